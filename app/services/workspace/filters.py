"""Filters: a rule of the core, evaluated over whole columns at once.

A row is kept when the rule is definitely true of it, as a condition shows a page. The value of a part of the rule
is two arrays, what it is and whether it is known (Kleene's third value): a test holds them against the core's own
evaluator, row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from questionnaires.codebook import VariableKind
from questionnaires.codebook.columns import columns as codebook_columns
from questionnaires.expressions import (
    MAX_DEPTH,
    MAX_NODES,
    Absence,
    Expression,
    ExpressionIsTooLarge,
    ExpressionSyntaxError,
    Kind,
    Resolved,
    VariableType,
    check_types,
    parse,
    to_browser,
)
from questionnaires.model import Questionnaire, variable_types
from questionnaires.problems import Data, Problem

BoolArray = NDArray[np.bool_]
Columns = Mapping[str, NDArray[Any]]

_LARGEST = 2**62  # beyond it, 64 bits might not hold the next operation
_SETS = frozenset({Kind.CHOICES, Kind.RANKING})
_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


class FilterIsInvalid(ValueError):
    """A text that is not a rule of this version; carries the problems of the core."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(", ".join(one.code for one in problems))
        self.problems = problems


class FilterNotCounted(ValueError):
    """A rule that the columns cannot answer: it reads words, or each item of a list."""

    def __init__(self, variable: str) -> None:
        super().__init__(variable)
        self.variable = variable


@dataclass(frozen=True, slots=True)
class Source:
    """Where the columns hold an answer: `state` says why it is missing; `parts`: code of a choice -> its column."""

    kind: Kind
    state: str
    parts: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filter:
    """A rule over columns. `names`: the columns that it reads."""

    expression: Expression
    tree: Resolved
    sources: Mapping[str, Source]
    names: tuple[str, ...]

    def keeps(self, columns: Columns, rows: int) -> BoolArray:
        """Which rows are kept: (rows,). Columns are integers, absences negative."""
        found = _Evaluation(self.sources, columns).value(self.tree)
        return np.broadcast_to(found.known & (found.value == True), (rows,))  # noqa: E712  (arrays, and 1 is not true)


def read_filter(text: str, questionnaire: Questionnaire) -> Filter:
    """The filter of a text in the rule language; raises FilterIsInvalid, FilterNotCounted."""
    types = questionnaire.derive(variable_types)
    try:
        expression = parse(text)
    except ExpressionSyntaxError as error:
        data: dict[str, Data] = {"position": error.position, "expected": error.expected, "found": error.found}
        raise FilterIsInvalid((Problem("rule-syntax", data=data),)) from error
    except ExpressionIsTooLarge as error:
        raise FilterIsInvalid((Problem("rule-too-large", data={"depth": MAX_DEPTH, "nodes": MAX_NODES}),)) from error
    problems = check_types(expression, types, Kind.BOOLEAN)
    if problems:
        raise FilterIsInvalid(tuple(problems))
    return make_filter(expression, types, questionnaire.derive(_sources))


def make_filter(expression: Expression, types: Mapping[str, VariableType], sources: Mapping[str, Source]) -> Filter:
    """A well-typed rule over these sources; raises FilterNotCounted when they cannot answer it."""
    tree = to_browser(expression, types)
    names: dict[str, None] = {}
    _gather(tree, sources, names)
    return Filter(expression, tree, sources, tuple(names))


def _sources(questionnaire: Questionnaire) -> dict[str, Source]:
    """Where each answer of a version is, by its name in rules."""
    types = questionnaire.derive(variable_types)
    found: dict[str, Source] = {}
    for variable, answer, code in codebook_columns(questionnaire):
        if variable.roster is not None or answer not in types:
            continue
        kind = Kind.TEXT if variable.kind is VariableKind.TEXT else types[answer].kind
        parts = dict(found[answer].parts) if answer in found else {}
        if code is not None:
            parts[code] = variable.name
        found[answer] = Source(kind, found[answer].state if answer in found else variable.name, parts)
    return found


def _gather(tree: Resolved, sources: Mapping[str, Source], names: dict[str, None]) -> None:
    """The columns that a rule reads; raises FilterNotCounted on what they do not hold."""
    match tree:
        case ["var", str(name)]:
            if name not in sources or sources[name].kind in (Kind.TEXT, *_SETS):
                raise FilterNotCounted(name)
            names[sources[name].state] = None
        case ["items", _, str(name)]:
            raise FilterNotCounted(name)
        case ["answered" | "no_opinion" | "count" | "has" | "rank" as op, ["var", str(name)], *codes]:
            if name not in sources:
                raise FilterNotCounted(name)
            source = sources[name]
            names[source.state] = None
            if op in ("has", "rank"):
                names[source.parts[_code(codes)]] = None
            elif op == "count":
                names.update(dict.fromkeys(source.parts.values()))
        case [_, *parts]:
            for part in parts:
                _gather(part, sources, names)


def _code(codes: list[Resolved]) -> int:
    code = codes[0]
    assert isinstance(code, int)
    return code


@dataclass(frozen=True, slots=True)
class _Part:
    """What a part of the rule is, where it is known. Numbers are no larger than `bound`; arrays broadcast."""

    value: NDArray[Any]
    known: BoolArray
    bound: int = 1


_YES, _NO = np.asarray(True), np.asarray(False)


class _Evaluation:
    """One rule over one set of columns."""

    def __init__(self, sources: Mapping[str, Source], columns: Columns) -> None:
        self._sources, self._columns = sources, columns

    def value(self, tree: Resolved) -> _Part:
        match tree:
            case None:
                return _Part(_NO, _NO)
            case bool() | int() | str():
                exact = isinstance(tree, int) and abs(tree) >= _LARGEST
                bound = abs(tree) if isinstance(tree, int) else 1
                return _Part(np.asarray(tree, object) if exact else np.asarray(tree), _YES, bound)
            case ["var", str(name)]:
                return self._number(self._columns[self._sources[name].state])
            case ["answered" | "no_opinion" | "count" | "has" | "rank" as op, ["var", str(name)], *codes]:
                return self._about(op, self._sources[name], codes)
            case ["in", subject, *members]:
                part = self.value(subject)
                return _Part(_is_in(part.value, members), part.known)
            case [str(op), *args]:
                return self._operation(op, [self.value(one) for one in args])
        raise AssertionError(tree)

    def _number(self, column: NDArray[Any]) -> _Part:
        bound = int(np.iinfo(column.dtype).max)
        if column.dtype.itemsize == 8:
            bound = int(np.abs(column).max()) if len(column) else 1
        return _Part(column, column >= 0, bound)

    def _about(self, op: str, source: Source, codes: list[Resolved]) -> _Part:
        state = self._columns[source.state]
        if op == "answered":
            return _Part(state >= 0, _YES)
        if op == "no_opinion":
            return _Part(state == int(Absence.NO_OPINION), _YES)
        if op == "count":
            if source.kind not in _SETS:
                return self._number(state)  # a list: its column is the number of its items
            chosen = [(self._columns[name] > 0).astype(np.int64) for name in source.parts.values()]
            return _Part(np.sum(chosen, axis=0), state >= 0, len(chosen))
        column = self._columns[source.parts[_code(codes)]]
        if op == "has":
            return _Part(column > 0, column >= 0)
        return _Part(column, column > 0, 128)

    def _operation(self, op: str, parts: list[_Part]) -> _Part:
        if op in ("and", "or"):
            return _kleene(parts, op == "and")
        if op == "sum":
            return _sum(parts)
        known = parts[0].known & parts[-1].known
        if op == "not":
            return _Part(~parts[0].value.astype(bool), known)
        if op in _COMPARE:
            return _Part(np.asarray(_COMPARE[op](parts[0].value, parts[1].value)), known)
        if len(parts) == 1:
            return _Part(-_wide(parts[0].value, parts[0].bound), known, parts[0].bound)
        left, right = parts
        bound = left.bound * right.bound if op == "*" else left.bound + right.bound
        first, second = _wide(left.value, bound), _wide(right.value, bound)
        made = first * second if op == "*" else first + second if op == "+" else first - second
        return _Part(np.asarray(made), known, bound)


def _is_in(value: NDArray[Any], members: list[Resolved]) -> BoolArray:
    found = _NO
    for one in members:
        found = found | np.asarray(value == one, bool)
    return found


def _wide(value: NDArray[Any], bound: int) -> NDArray[Any]:
    """Room for an operation: 64 bits, or Python's own integers where they might not do."""
    return value.astype(object if bound >= _LARGEST else np.int64)


def _kleene(parts: list[_Part], is_and: bool) -> _Part:
    """`and` is false as soon as a part is, `or` true; else they are known when every part is."""
    decided, known = _NO, _YES
    for part in parts:
        decided = decided | (part.known & (~part.value.astype(bool) if is_and else part.value.astype(bool)))
        known = known & part.known
    return _Part(~decided if is_and else decided, decided | known)


def _sum(parts: list[_Part]) -> _Part:
    """What is answered, added; unknown when nothing is."""
    bound = sum(part.bound for part in parts)
    total, known = np.asarray(0, object if bound >= _LARGEST else np.int64), _NO
    for part in parts:
        total = np.asarray(total + np.where(part.known, _wide(part.value, bound), 0))
        known = known | part.known
    return _Part(total, known, bound)
