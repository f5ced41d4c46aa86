"""Random well-typed rules over the variables of the vectors, answers to them, and what the rules mean.

`meaning` reads a rule naively, by names of choices, fractions and dates: nothing of it is shared with the
evaluators that it judges.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

import questionnaires
from questionnaires.expressions import (
    Absence,
    Answer,
    Call,
    ChoiceName,
    Expression,
    Kind,
    Literal,
    Reference,
    VariableType,
    check_types,
    references,
)

VECTORS = json.loads((Path(questionnaires.__file__).parent / "expression_vectors.json").read_text("utf-8"))
TYPES: Mapping[str, VariableType] = {
    name: VariableType(Kind(one["kind"]), one.get("decimals", 0), one.get("choices", {}), one.get("roster"))
    for name, one in VECTORS["variables"].items()
} | {"majeur": VariableType(Kind.BOOLEAN)}
SCOPES = (None, "partenaires", "priorite")
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_DAYS = ("2022-02-28", "2022-03-01", "2022-03-02", "2024-02-29")
_MONTHS = ("2021-12", "2022-01", "2022-02")
_TEXTS = ("", "maire", "été", "2022-03-01")
_IDS = (1, 2, 3)

# -- rules ----------------------------------------------------------------------------------------

Rules = st.SearchStrategy[Expression]


def call(op: str | st.SearchStrategy[str], *parts: Rules) -> Rules:
    chosen = st.just(op) if isinstance(op, str) else op
    return st.builds(lambda one, args: Call(one, args), chosen, st.tuples(*parts))


def among(op: str, subject: Rules, members: Rules) -> Rules:
    return st.builds(lambda one, found: Call(op, (one, *found)), subject, st.lists(members, min_size=1, max_size=3))


def variables(scope: str | None, *kinds: Kind) -> Rules:
    """The variables of these kinds that a rule of that section may read by themselves."""
    found = [name for name, one in TYPES.items() if one.kind in kinds and one.roster in (None, scope)]
    return st.sampled_from(found).map(Reference)


def literals(low: int, high: int, decimals: int) -> Rules:
    return st.builds(Literal, st.integers(low, high), st.integers(0, decimals))


def about_a_choice(op: str, scope: str | None, *kinds: Kind) -> Rules:
    found = ((name, one) for name, one in TYPES.items() if one.kind in kinds and one.roster in (None, scope))
    pairs = ((Reference(name), ChoiceName(choice)) for name, one in found for choice in one.choices)
    return st.sampled_from([Call(op, pair) for pair in pairs])


@cache
def numbers(depth: int, scope: str | None) -> Rules:
    leaves = st.one_of(
        variables(scope, Kind.NUMBER),
        literals(-20, 130, 2),
        call("count", variables(scope, Kind.CHOICES, Kind.RANKING, Kind.ITEMS)),
        about_a_choice("rank", scope, Kind.RANKING),
        call("sum", st.sampled_from(["cout", "duree", "moyen"]).map(Reference)),
        st.just(Literal(None)),
    )
    if not depth:
        return leaves
    inner = numbers(depth - 1, scope)
    items = st.sampled_from(["cout", "duree", "moyen"]).map(Reference)
    return st.one_of(
        leaves,
        call(st.sampled_from("+-"), inner, inner),
        call("-", inner),
        call("*", literals(-120, 120, 1), inner),
        call("*", inner, literals(-120, 120, 1)),
        st.lists(inner | items, min_size=1, max_size=3).map(lambda args: Call("sum", tuple(args))),
        call("-", dates(scope, Kind.DATE), dates(scope, Kind.DATE)),
        call("-", dates(scope, Kind.MONTH), dates(scope, Kind.MONTH)),
    )


@cache
def dates(scope: str | None, kind: Kind) -> Rules:
    known = variables(scope, kind)
    whole = literals(-400, 400, 0) | call("count", st.just(Reference("priorite"))) | st.just(Reference("enfants"))
    return st.one_of(known, known, call(st.sampled_from("+-"), known, whole), call("+", whole, known))


def _comparisons(depth: int, scope: str | None) -> Rules:
    any_comparison, equality = st.sampled_from(COMPARISONS), st.sampled_from(COMPARISONS[:2])
    inner = numbers(max(depth - 1, 0), scope)
    words = st.sampled_from(_TEXTS).map(Literal)
    parts = [call(any_comparison, inner, inner), among("in", inner, literals(-3, 130, 2))]
    for kind, texts in ((Kind.DATE, _DAYS), (Kind.MONTH, _MONTHS)):
        written = st.sampled_from(texts).map(Literal)
        parts.append(call(any_comparison, dates(scope, kind), dates(scope, kind) | written))
        parts.append(call(any_comparison, written, dates(scope, kind)))
        parts.append(among("in", dates(scope, kind), written))
    texts_read = variables(scope, Kind.TEXT)
    parts += [call(equality, texts_read, words), among("in", texts_read, words)]
    for op in ("=", "!="):
        parts.append(about_a_choice(op, scope, Kind.CHOICE))
        parts.append(about_a_choice(op, scope, Kind.CHOICE).map(lambda one: Call(one.op, one.args[::-1])))  # type: ignore[union-attr]
    parts.append(call(equality, variables(scope, Kind.CHOICE), st.just(Literal(None))))
    return st.one_of(parts)


@cache
def conditions(depth: int, scope: str | None) -> Rules:
    any_kind = variables(scope, *Kind)
    leaves = st.one_of(
        _comparisons(depth, scope),
        about_a_choice("in", scope, Kind.CHOICE),
        about_a_choice("has", scope, Kind.CHOICES, Kind.RANKING),
        call(st.sampled_from(["answered", "no_opinion"]), any_kind),
        st.just(Reference("majeur")),
        st.sampled_from([True, False, None]).map(Literal),
    )
    if not depth:
        return leaves
    inner = conditions(depth - 1, scope)
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        leaves,
        call("not", inner),
        st.builds(lambda op, args: Call(op, tuple(args)), st.sampled_from(["and", "or"]), several),
    )


@cache
def well_typed(scope: str | None) -> Rules:
    made = st.one_of(
        conditions(2, scope), conditions(2, scope), numbers(2, scope), dates(scope, Kind.DATE), dates(scope, Kind.MONTH)
    )
    # Too many decimals, or a text beside a date that is the constant null: rare, and not worth steering around.
    return made.filter(lambda rule: not check_types(rule, TYPES, scope=scope))


# -- answers --------------------------------------------------------------------------------------


def _values(found: VariableType) -> st.SearchStrategy[Any]:
    codes = st.sampled_from(sorted(found.choices.values()) or [0])
    match found.kind:
        case Kind.NUMBER:
            return st.integers(-3, 13) | st.integers(-2000, 2000)
        case Kind.BOOLEAN:
            return st.booleans()
        case Kind.TEXT:
            return st.sampled_from(_TEXTS)
        case Kind.DATE:
            return st.sampled_from(_DAYS).map(lambda text: date.fromisoformat(text).toordinal())
        case Kind.MONTH:
            return st.integers(12 * 2021 + 10, 12 * 2022 + 2)
        case Kind.CHOICE:
            return codes
        case Kind.CHOICES:
            return st.sets(codes).map(lambda found: tuple(sorted(found)))
        case Kind.RANKING:
            return st.lists(codes, unique=True).map(tuple)
    return st.lists(st.sampled_from(_IDS), unique=True).map(tuple)


@cache
def _answers(name: str) -> st.SearchStrategy[Any]:
    return _values(TYPES[name]) | st.sampled_from(Absence)


def answers_to(rule: Expression) -> st.SearchStrategy[dict[str, Any]]:
    """Answers to what a rule reads, in any section; each may be missing."""
    asked: dict[str, st.SearchStrategy[Any]] = {}
    for name in sorted(references(rule)):
        roster = TYPES[name].roster
        asked[name] = _answers(name)
        if roster is not None:
            asked[roster] = _answers(roster)
            ids = TYPES[roster].choices.values() or _IDS
            asked.update({f"{name}[{item}]": _answers(name) for item in ids})
    return st.fixed_dictionaries({}, optional=asked)


# -- meaning --------------------------------------------------------------------------------------

_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


class Month(tuple[int, int]):
    """A year and a month."""


def meaning(node: Expression, answers: Mapping[str, Answer], scope: str | None) -> Any:
    """A truth value, a Fraction, a date, a Month, a text or the name of a choice; None for null."""
    match node:
        case Literal(bool() | None | str() as value):
            return value
        case Literal(int() as value, decimals):
            return Fraction(value, 10**decimals)
        case Reference(variable):
            return _read(variable, answers.get(variable))
        case ChoiceName(name):
            return name
        case Call("and" | "or" as op, args):
            found = [meaning(one, answers, scope) for one in args]
            decisive = op == "or"
            return decisive if decisive in found else None if None in found else not decisive
        case Call("answered" | "no_opinion" as op, (Reference(variable),)):
            answer = answers.get(variable)
            if op == "no_opinion":
                return answer is Absence.NO_OPINION
            return answer is not None and not isinstance(answer, Absence)
        case Call("sum", args):
            every = [one for part in args for one in _summed(part, answers, scope) if one is not None]
            return sum(every) if every else None
        case Call(op, args):
            found = [meaning(one, answers, scope) for one in args]
            return None if None in found else _apply(op, found)


def _read(variable: str, answer: Answer | None) -> Any:
    found = TYPES[variable]
    if answer is None or isinstance(answer, Absence):
        return None
    names = {code: name for name, code in found.choices.items()}
    if isinstance(answer, tuple):
        return [names.get(code, code) for code in answer]
    match found.kind, answer:
        case Kind.NUMBER, int():
            return Fraction(answer, 10**found.decimals)
        case Kind.DATE, int():
            return date.fromordinal(answer)
        case Kind.MONTH, int():
            return Month((answer // 12, answer % 12 + 1))
        case Kind.CHOICE, int():
            return names[answer]
    return answer


def _summed(node: Expression, answers: Mapping[str, Answer], scope: str | None) -> list[Any]:
    roster = TYPES[node.variable].roster if isinstance(node, Reference) else None
    if not isinstance(node, Reference) or roster in (None, scope):
        return [meaning(node, answers, scope)]
    ids = answers.get(roster or "")
    names = [f"{node.variable}[{item}]" for item in ids] if isinstance(ids, tuple) else []
    return [_read(node.variable, answers.get(name)) for name in names]


def _apply(op: str, found: list[Any]) -> Any:
    first, *others = found
    if isinstance(next((one for one in found if isinstance(one, date | Month)), None), date):
        first, *others = found = [date.fromisoformat(one) if isinstance(one, str) else one for one in found]
    elif any(isinstance(one, Month) for one in found):
        read = [Month((int(one[:4]), int(one[5:]))) if isinstance(one, str) else one for one in found]
        first, *others = found = read
    match op:
        case "not":
            return not first
        case "in":
            return first in others
        case "has":
            return others[0] in first
        case "rank":
            return Fraction(first.index(others[0]) + 1) if others[0] in first else None
        case "count":
            return Fraction(len(first))
        case "*":
            return first * others[0]
        case "+" | "-":
            return -first if not others else _added(first, others[0], 1 if op == "+" else -1)
    return _ORDERS[op](first, others[0])


def _added(first: Any, second: Any, sign: int) -> Any:
    match first, second:
        case date(), date():
            return Fraction((first - second).days)
        case Month((a, b)), Month((c, d)):
            return Fraction(12 * (a - c) + b - d)
        case Fraction(), date() | Month():
            return _added(second, first, sign)
        case date(), Fraction():
            return first + timedelta(days=sign * int(second))
        case Month((year, month)), Fraction():
            years, months = divmod(month - 1 + sign * int(second), 12)
            return Month((year + years, months + 1))
    return first + sign * second
