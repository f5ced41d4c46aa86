"""What numbers can be: the range of a computed variable, from the ranges of what it reads.

In every file the negative integers are the causes of absence, so a computed variable that may fall below zero could
not be told from a missing one. Bounds by interval arithmetic (Moore, 1966): never too narrow.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from ..expressions import Call, Expression, Kind, Literal, Reference, VariableType, check_types, type_of
from ..model import Date, Duration, Month, Number, NumberGrid, Quantity, Questionnaire, Score, ScoreGrid, Year

# (least, most); None: without a bound. Of everything that is answered the least is 0 or more.
Range = tuple[Fraction | None, Fraction | None]
_ANY: Range = (None, None)
_COUNTED: Range = (Fraction(0), None)
_BOUNDED = Number | NumberGrid | Duration | Score | ScoreGrid | Year | Date | Month


class Ranges:
    """The range of each variable of a version, in its unit."""

    def __init__(self, questionnaire: Questionnaire, types: Mapping[str, VariableType]) -> None:
        self._types = types
        self._known: dict[str, Range] = dict.fromkeys(types, _COUNTED)
        # (larger, smaller): pairs of answers that a bound keeps in this order.
        self._orders: set[tuple[str, str]] = set()
        for question in questionnaire.questions:
            if isinstance(question, _BOUNDED):
                scale = 10**question.answer_type.decimals
                most = None if question.maximum is None else Fraction(question.maximum, scale)
                least = Fraction(max(question.minimum or 0, 0), scale)
                self._known.update(dict.fromkeys(question.answers, (least, most)))
            if isinstance(question, Quantity):
                self._order(question)
        for one in questionnaire.computed:
            # What is wrong with a rule is told elsewhere, and not again of those that read it.
            if not check_types(one.rule, types, scope=one.repeat):
                self._known[one.name] = self.of(one.rule, one.repeat)

    def __getitem__(self, variable: str) -> Range:
        return self._known[variable]

    def _order(self, question: Quantity) -> None:
        for name, limit in question.limits.items():
            if isinstance(limit, Reference):
                is_larger = name in ("at_least", "above")
                pair = (question.name, limit.variable)
                self._orders.add(pair if is_larger else pair[::-1])

    def of(self, rule: Expression, scope: str | None) -> Range:
        """The range of a rule that gives a number; of any other, what a boolean kept as a number can be."""
        found = type_of(rule, self._types, scope)
        if found is not None and found.kind is Kind.BOOLEAN:
            return Fraction(0), Fraction(1)
        match rule:
            case Literal(int(value), decimals):
                exact = Fraction(value, 10**decimals)
                return exact, exact
            case Reference(name):
                return self._known.get(name, _ANY)
            case Call(operation, args):
                return self._of_call(operation, args, scope)
        return _ANY

    def _of_call(self, operation: str, args: tuple[Expression, ...], scope: str | None) -> Range:
        if operation == "sum":
            return _sum([self._summed(one, scope) for one in args])
        if operation in ("count", "rank"):
            return _COUNTED
        found = [self.of(one, scope) for one in args]
        if operation == "-" and len(args) == 1:
            return _times(found[0], Fraction(-1))
        if operation == "*":
            first, second = found
            if first[0] is not None and first[0] == first[1]:
                return _times(second, first[0])
            return _times(first, second[0]) if second[0] is not None and second[0] == second[1] else _ANY
        if operation == "+":
            return _add(*found)
        least, most = _add(found[0], _times(found[1], Fraction(-1)))
        match args:
            case (Reference(larger), Reference(smaller)) if (larger, smaller) in self._orders:
                return Fraction(0) if least is None else max(least, Fraction(0)), most
        return least, most

    def _summed(self, part: Expression, scope: str | None) -> Range:
        """A part of a sum: of items, nobody knows how many there are."""
        least, most = self.of(part, scope)
        found = self._types.get(part.variable) if isinstance(part, Reference) else None
        roster = None if found is None else found.roster
        if roster is None or roster == scope:
            return least, most
        return (None if least is None or least < 0 else Fraction(0)), None


def _sum(parts: list[Range]) -> Range:
    """Of a sum each part may be missing: then it is nothing."""
    nothing = Fraction(0)
    least = _total([None if low is None else min(low, nothing) for low, _ in parts])
    return least, _total([None if high is None else max(high, nothing) for _, high in parts])


def _total(bounds: list[Fraction | None]) -> Fraction | None:
    known = [bound for bound in bounds if bound is not None]
    return sum(known, Fraction(0)) if len(known) == len(bounds) else None


def _add(first: Range, second: Range) -> Range:
    return _total([first[0], second[0]]), _total([first[1], second[1]])


def _times(found: Range, factor: Fraction) -> Range:
    low, high = (None if bound is None else bound * factor for bound in found)
    if factor == 0:
        return Fraction(0), Fraction(0)
    return (low, high) if factor > 0 else (high, low)
