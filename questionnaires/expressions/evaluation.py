"""Evaluation: a rule becomes one Python function over the answers, compiled once.

An answer that is missing or absent is null. `and`, `or`, `not` are Kleene's; a comparison, a count or an
operation with null is null, except `sum`, which adds what is answered and is null when nothing is;
`answered` and `no_opinion` are never null. The names of choices become codes, and the scales of numbers
constant factors, while compiling.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from ..problems import Problem
from .answers import Absence, Answer
from .tree import COMPARISONS, Call, ChoiceName, Expression, Literal, Reference
from .types import Kind, VariableType, check_types, choice_partner, type_of

Result = int | bool | str | None
Rule = Callable[[Mapping[str, Answer]], Result]
# Inside, a reference to a multiple choice also gives its tuple of codes.
_Part = Callable[[Mapping[str, Answer]], Any]

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class ExpressionIsIllTyped(ValueError):
    """Only a rule without a problem of types is compiled; carries the problems."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(", ".join(f"{found.code} {dict(found.data)}" for found in problems))


def compile_expression(expression: Expression, types: Mapping[str, VariableType], decimals: int | None = None) -> Rule:
    """A function from answers to the value of the rule.

    A number comes out at the scale of the expression, or at `decimals` when that is given and not smaller.
    Raises ExpressionIsIllTyped.
    """
    problems = check_types(expression, types)
    if problems:
        raise ExpressionIsIllTyped(problems)
    part = _compile(expression, types)
    found = type_of(expression, types)
    if decimals is None or found is None or found.kind is not Kind.NUMBER:
        return part
    return _scaled(part, 10 ** max(decimals - found.decimals, 0))


def _compile(node: Expression, types: Mapping[str, VariableType]) -> _Part:
    match node:
        case Literal(value):
            return _constant(value)
        case Reference(variable):
            return _reference(variable)
        case ChoiceName():
            # Only beside the constant null, where the comparison is null whatever the code.
            return _constant(None)
        case Call(op, args):
            return _compile_call(op, args, types)


def _compile_call(op: str, args: tuple[Expression, ...], types: Mapping[str, VariableType]) -> _Part:
    if op in COMPARISONS:
        return _comparison(op, args, types)
    if op in ("in", "has"):
        return _membership(op, args, types)
    if op in ("answered", "no_opinion", "count"):
        assert isinstance(args[0], Reference)  # the tree has seen to it
        return _about(op, args[0].variable)
    parts = [_compile(argument, types) for argument in args]
    if op == "and":
        return _conjunction(parts)
    if op == "or":
        return _disjunction(parts)
    if op == "not":
        return _unary(operator.not_, parts[0])
    if op == "*":
        return _binary(operator.mul, *parts)
    aligned = _aligned(args, parts, types)
    if op == "sum":
        return _sum(aligned)
    if len(aligned) == 1:
        return _unary(operator.neg, aligned[0])
    return _binary(operator.add if op == "+" else operator.sub, *aligned)


def _constant(value: Result) -> _Part:
    return lambda _: value


def _reference(variable: str) -> _Part:
    def value(answers: Mapping[str, Answer]) -> Any:
        answer = answers.get(variable)
        return None if answer.__class__ is Absence else answer

    return value


def _code(choice: ChoiceName, args: tuple[Expression, ...], types: Mapping[str, VariableType]) -> int | None:
    partner = choice_partner(args, types)
    return None if partner is None else types[partner.variable].choices[choice.name]


def _comparison(op: str, args: tuple[Expression, ...], types: Mapping[str, VariableType]) -> _Part:
    compare = _COMPARE[op]
    # The commonest rule of all, `variable = 'choice'`, has a function of its own.
    if isinstance(args[0], Reference) and isinstance(args[1], ChoiceName):
        return _compare_choice(compare, args[0].variable, _code(args[1], args, types))
    resolved = tuple(Literal(_code(node, args, types)) if isinstance(node, ChoiceName) else node for node in args)
    parts = [_compile(node, types) for node in resolved]
    return _binary(compare, *_aligned(resolved, parts, types))


def _compare_choice(compare: Callable[[Any, Any], bool], variable: str, code: int | None) -> _Part:
    def value(answers: Mapping[str, Answer]) -> bool | None:
        answer = answers.get(variable)
        if answer is None or answer.__class__ is Absence:
            return None
        return compare(answer, code)

    return value


def _membership(op: str, args: tuple[Expression, ...], types: Mapping[str, VariableType]) -> _Part:
    subject = _compile(args[0], types)
    if op == "has":
        assert isinstance(args[1], ChoiceName)
        code = _code(args[1], args, types)
        return _unary(lambda codes: code in codes, subject)
    found = type_of(args[0], types)
    decimals = max((node.decimals for node in args if isinstance(node, Literal)), default=0)
    if found is not None and found.kind is Kind.NUMBER:
        decimals = max(decimals, found.decimals)
        subject = _scaled(subject, 10 ** (decimals - found.decimals))
    members: set[Any] = set()
    for node in args[1:]:
        if isinstance(node, ChoiceName):
            members.add(_code(node, args, types))
        elif isinstance(node, Literal):
            is_text = isinstance(node.value, str)
            members.add(node.value if is_text else int(node.value or 0) * 10 ** (decimals - node.decimals))
    return _unary(members.__contains__, subject)


def _about(op: str, variable: str) -> _Part:
    def is_answered(answers: Mapping[str, Answer]) -> bool:
        answer = answers.get(variable)
        return answer is not None and answer.__class__ is not Absence

    def is_no_opinion(answers: Mapping[str, Answer]) -> bool:
        return answers.get(variable) is Absence.NO_OPINION

    def count(answers: Mapping[str, Answer]) -> int | None:
        answer = answers.get(variable)
        return len(answer) if isinstance(answer, tuple) else None

    return {"answered": is_answered, "no_opinion": is_no_opinion, "count": count}[op]


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


def _scaled(part: _Part, factor: int) -> _Part:
    if factor == 1:
        return part
    return _unary(lambda value: value * factor, part)


def _aligned(args: tuple[Expression, ...], parts: list[_Part], types: Mapping[str, VariableType]) -> list[_Part]:
    """The parts brought to the scale of the most precise one; those that are not numbers as they are."""
    found = [type_of(node, types) for node in args]
    scale = max((one.decimals for one in found if one is not None), default=0)
    return [
        part if one is None or one.kind is not Kind.NUMBER else _scaled(part, 10 ** (scale - one.decimals))
        for part, one in zip(parts, found, strict=True)
    ]
