"""Evaluation: a rule becomes one Python function over the answers, compiled once.

An answer that is missing or absent is null. `and`, `or`, `not` are Kleene's; a comparison, a count or an
operation with null is null, except `sum`, which adds what is answered and is null when nothing is;
`answered` and `no_opinion` are never null.

What is compiled is the tree of `resolution`, the very one that the browser evaluates.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from .answers import Absence, Answer
from .resolution import Resolved, to_browser
from .tree import Expression
from .types import Kind, VariableType, type_of

Result = int | bool | str | None
Rule = Callable[[Mapping[str, Answer]], Result]
# Inside, a reference to several choices also gives its tuple of codes.
_Part = Callable[[Mapping[str, Answer]], Any]

_BINARY: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


def compile_expression(
    expression: Expression,
    types: Mapping[str, VariableType],
    decimals: int | None = None,
    scope: str | None = None,
) -> Rule:
    """A function from answers to the value of the rule.

    A number comes out at the scale of the expression, or at `decimals` when that is given and not smaller.
    `scope`: the roster of the repeated section in which the rule stands; a variable of that section is read by
    its plain name. The items of another roster are read as `name[id]`, for the ids in the answer of the roster.
    Raises ExpressionIsIllTyped.
    """
    part = _compile(to_browser(expression, types, scope))
    found = type_of(expression, types, scope)
    if decimals is None or found is None or found.kind is not Kind.NUMBER:
        return part
    factor = 10 ** max(decimals - found.decimals, 0)
    return part if factor == 1 else _unary(lambda value: value * factor, part)


def _compile(tree: Resolved) -> _Part:
    match tree:
        case ["var", str(name)]:
            return _reference(name)
        case ["items", str(roster), str(name)]:
            return _items(roster, name)
        case ["answered" | "no_opinion" | "count" | "has" | "rank" as op, ["var", str(name)], *codes]:
            return _about(op, name, codes)
        case ["=" | "!=" | "<" | "<=" | ">" | ">=" as op, ["var", str(name)], int() | str() as constant]:
            return _compare_constant(op, name, constant)
        case ["in", subject, *members]:
            return _unary(frozenset(members).__contains__, _compile(subject))
        case [str(op), *args]:
            return _operation(op, [_compile(argument) for argument in args])
    return lambda _: tree


def _operation(op: str, parts: list[_Part]) -> _Part:
    if op == "and":
        return _conjunction(parts)
    if op == "or":
        return _disjunction(parts)
    if op == "sum":
        return _sum(parts)
    if len(parts) == 1:
        return _unary(operator.not_ if op == "not" else operator.neg, parts[0])
    return _binary(_BINARY[op], *parts)


def _reference(variable: str) -> _Part:
    def value(answers: Mapping[str, Answer]) -> Any:
        answer = answers.get(variable)
        return None if answer.__class__ is Absence else answer

    return value


def _compare_constant(op: str, variable: str, constant: int | str) -> _Part:
    """The commonest rules of all, `variable = 'choice'` before the others, have functions of their own."""

    def is_equal(answers: Mapping[str, Answer]) -> bool | None:
        answer = answers.get(variable)
        if answer is None or answer.__class__ is Absence:
            return None
        return answer == constant

    compare = _BINARY[op]

    def value(answers: Mapping[str, Answer]) -> Any:
        answer = answers.get(variable)
        if answer is None or answer.__class__ is Absence:
            return None
        return compare(answer, constant)

    return is_equal if op == "=" else value


def _about(op: str, variable: str, codes: list[Any]) -> _Part:
    """What may be asked about an answer itself; of several choices, also about the code of one."""
    code = codes[0] if codes else None

    def is_answered(answers: Mapping[str, Answer]) -> bool:
        answer = answers.get(variable)
        return answer is not None and answer.__class__ is not Absence

    def is_no_opinion(answers: Mapping[str, Answer]) -> bool:
        return answers.get(variable) is Absence.NO_OPINION

    def count(answers: Mapping[str, Answer]) -> int | None:
        answer = answers.get(variable)
        return len(answer) if isinstance(answer, tuple) else None

    def has(answers: Mapping[str, Answer]) -> bool | None:
        answer = answers.get(variable)
        return code in answer if isinstance(answer, tuple) else None

    def rank(answers: Mapping[str, Answer]) -> int | None:
        answer = answers.get(variable)
        return answer.index(code) + 1 if isinstance(answer, tuple) and code in answer else None

    return {"answered": is_answered, "no_opinion": is_no_opinion, "count": count, "has": has, "rank": rank}[op]


def _items(roster: str, variable: str) -> _Part:
    def value(answers: Mapping[str, Answer]) -> int | None:
        ids = answers.get(roster)
        if not isinstance(ids, tuple):
            return None
        given = [answers.get(f"{variable}[{item}]") for item in ids]
        found = [one for one in given if isinstance(one, int) and one.__class__ is not Absence]
        return sum(found) if found else None

    return value


def _conjunction(parts: list[_Part]) -> _Part:
    def value(answers: Mapping[str, Answer]) -> bool | None:
        result: bool | None = True
        for part in parts:
            found = part(answers)
            if found is False:
                return False
            if found is None:
                result = None
        return result

    return value


def _disjunction(parts: list[_Part]) -> _Part:
    def value(answers: Mapping[str, Answer]) -> bool | None:
        result: bool | None = False
        for part in parts:
            found = part(answers)
            if found is True:
                return True
            if found is None:
                result = None
        return result

    return value


def _binary(operation: Callable[[Any, Any], Any], left: _Part, right: _Part) -> _Part:
    def value(answers: Mapping[str, Answer]) -> Any:
        first = left(answers)
        if first is None:
            return None
        second = right(answers)
        return None if second is None else operation(first, second)

    return value


def _unary(operation: Callable[[Any], Any], part: _Part) -> _Part:
    def value(answers: Mapping[str, Answer]) -> Any:
        found = part(answers)
        return None if found is None else operation(found)

    return value


def _sum(parts: list[_Part]) -> _Part:
    def value(answers: Mapping[str, Answer]) -> int | None:
        found = [one for part in parts if (one := part(answers)) is not None]
        return sum(found) if found else None

    return value
