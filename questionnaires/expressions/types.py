"""The types of rules: what may be compared with what, and whether arithmetic is linear.

Numbers carry their decimals, so that a variable of one decimal, kept as 125, compares with 12.5 exactly.

Days and months are two kinds of dates. A text written beside a date, in a comparison, `in {...}`, `+` or `-`,
is a date of the same kind: `naissance < "2004-03-01"`. Dates of one kind compare with each other; date - date
is a number of days or of months; date + number and date - number are dates, the number being whole.

A variable of a repeated section has one value for each item of its roster. In a rule of that section (`scope`
names its roster) it is that of the current item, in `sum` too. Elsewhere it may only be an argument of `sum`, by
itself: `sum(cout)` and `sum(cout, autre)` add the values of all the items, `sum(cout * 2)` is refused. Any
other argument of `sum` is any expression that gives a number. `count(roster)` is the number of items.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeGuard

from ..problems import Data, Problem
from .dates import day_number, month_number
from .tree import COMPARISONS, MAX_DECIMALS, Call, ChoiceName, Expression, Literal, Reference


class Kind(StrEnum):
    """What an expression gives. NULL is the type of the constant `null`, which goes with every other."""

    BOOLEAN = "boolean"
    NUMBER = "number"
    CHOICE = "choice"
    CHOICES = "choices"
    TEXT = "text"
    DATE = "date"
    MONTH = "month"
    RANKING = "ranking"
    ITEMS = "items"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class VariableType:
    """The type of a variable; `choices` maps the names of choices to their codes.

    `roster`: the list for each of whose items it has a value; outside of the repeated section only `sum` reads it.
    """

    kind: Kind
    decimals: int = 0
    choices: Mapping[str, int] = field(default_factory=dict, hash=False)
    roster: str | None = None


_BOOLEAN = VariableType(Kind.BOOLEAN)
_NULL = VariableType(Kind.NULL)
_COUNT = VariableType(Kind.NUMBER)
_OF_CHOICES = (Kind.CHOICE, Kind.CHOICES, Kind.RANKING)
_ORDERED = (Kind.NUMBER, Kind.DATE, Kind.MONTH)
_NEVER_COMPARED = (Kind.CHOICES, Kind.RANKING, Kind.ITEMS, Kind.BOOLEAN)
_READS_DATES = COMPARISONS | {"in", "+", "-"}


def check_types(
    expression: Expression,
    types: Mapping[str, VariableType],
    expected: Kind | None = None,
    scope: str | None = None,
) -> list[Problem]:
    """Every problem of types in a rule, those of the parts first; `expected` also checks the kind of its result.

    `scope`: the roster of the repeated section in which the rule stands.
    """
    checker = Checker(types, scope)
    found = checker.type_of(expression)
    if expected is not None and found is not None and found.kind not in (expected, Kind.NULL):
        checker.report("rule-result", expected=expected.value, found=found.kind.value)
    return checker.problems


def type_of(expression: Expression, types: Mapping[str, VariableType], scope: str | None = None) -> VariableType | None:
    """The type of the result, or None where a problem leaves it unknown."""
    return Checker(types, scope).type_of(expression)


def is_calendar(found: VariableType | None) -> TypeGuard[VariableType]:
    """Whether a type is that of days or of months."""
    return found is not None and found.kind in (Kind.DATE, Kind.MONTH)


def date_number(kind: Kind, text: str) -> int | None:
    """The number of a day or of a month written in a rule, None when it is malformed."""
    return day_number(text) if kind is Kind.DATE else month_number(text)


def is_constant(expression: Expression) -> bool:
    """Whether the value is the same whatever the answers, so that multiplying by it stays linear."""
    if isinstance(expression, Call):
        return all(is_constant(argument) for argument in expression.args)
    return isinstance(expression, Literal)


def choice_partner(args: tuple[Expression, ...], types: Mapping[str, VariableType]) -> Reference | None:
    """The variable of choices among the arguments, which gives the names their codes."""
    for argument in args:
        if isinstance(argument, Reference):
            found = types.get(argument.variable)
            if found is not None and found.kind in _OF_CHOICES:
                return argument
    return None


class Checker:
    """One walk over a rule. A part of unknown type (None) has been reported and raises no second problem."""

    def __init__(self, types: Mapping[str, VariableType], scope: str | None = None) -> None:
        self.types = types
        self.scope = scope
        self.problems: list[Problem] = []

    def report(self, code: str, **data: Data) -> None:
        self.problems.append(Problem(code, data=data))

    def type_of(self, node: Expression) -> VariableType | None:
        match node:
            case Literal(None):
                return _NULL
            case Literal(bool()):
                return _BOOLEAN
            case Literal(int(), decimals):
                return VariableType(Kind.NUMBER, decimals)
            case Literal():
                return VariableType(Kind.TEXT)
            case Reference(variable):
                return self._variable(variable)
            case ChoiceName(name):
                self.report("rule-choice-without-variable", choice=name)
                return None
            case Call(op, args):
                return self._call(op, args)

    def argument_types(self, op: str, args: tuple[Expression, ...]) -> list[VariableType | None]:
        """The types of arguments as the operation reads them: a text beside a date is a date of the same kind."""
        found = [self._argument(op, node) for node in args]
        calendar = next((one for one in found if is_calendar(one)), None)
        if calendar is None or op not in _READS_DATES:
            return found
        for index, node in enumerate(args):
            if isinstance(node, Literal) and isinstance(node.value, str):
                found[index] = calendar
                if date_number(calendar.kind, node.value) is None:
                    self.report("rule-date-malformed", found=node.value)
                    found[index] = None
        return found

    def _argument(self, op: str, node: Expression) -> VariableType | None:
        if isinstance(node, ChoiceName) and (op in COMPARISONS or op == "in"):
            return None  # its variable stands beside it, and `_compare` has looked at both
        if op == "sum" and isinstance(node, Reference):
            return self._variable(node.variable, over_items=True)
        return self.type_of(node)

    def _variable(self, variable: str, *, over_items: bool = False) -> VariableType | None:
        found = self.types.get(variable)
        if found is None:
            self.report("rule-variable-unknown", variable=variable)
        elif found.roster is not None and found.roster != self.scope and not over_items:
            self.report("rule-item-variable", variable=variable, roster=found.roster)
            return None
        return found

    def _call(self, op: str, args: tuple[Expression, ...]) -> VariableType | None:
        if op in ("and", "or", "not"):
            for argument in args:
                self._expect(op, argument, Kind.BOOLEAN)
            return _BOOLEAN
        if op in COMPARISONS or op == "in":
            self._compare(op, args)
            return _BOOLEAN
        if op == "has":
            self._about_a_choice(op, args, Kind.CHOICES, Kind.RANKING)
            return _BOOLEAN
        if op == "rank":
            self._about_a_choice(op, args, Kind.RANKING)
            return _COUNT
        if op == "count":
            self._expect(op, args[0], Kind.CHOICES, Kind.RANKING, Kind.ITEMS)
            return _COUNT
        if op in ("answered", "no_opinion"):
            self.type_of(args[0])
            return _BOOLEAN
        if op in ("+", "-") and len(args) == 2:
            return self._addition(op, args)
        return self._arithmetic(op, args)

    def _expect(self, op: str, node: Expression, *kinds: Kind) -> VariableType | None:
        return self._of_kind(op, self._argument(op, node), *kinds)

    def _of_kind(self, op: str, found: VariableType | None, *kinds: Kind) -> VariableType | None:
        if found is not None and found.kind not in (*kinds, Kind.NULL):
            self.report("rule-type-mismatch", operation=op, expected=kinds[0].value, found=found.kind.value)
            return None
        return found

    def _compare(self, op: str, args: tuple[Expression, ...]) -> None:
        partner = choice_partner(args, self.types)
        names = [node for node in args if isinstance(node, ChoiceName)]
        if partner is not None:
            for name in names:
                self._choice(name, partner)
        elif Literal(None) not in args:
            for name in names:
                self.type_of(name)
        found = self.argument_types(op, args)
        kinds = [one for one in found if one is not None and one.kind is not Kind.NULL]
        if not kinds:
            return
        first = kinds[0]
        is_ordered = op not in ("=", "!=", "in")
        if first.kind in _NEVER_COMPARED or (is_ordered and first.kind not in _ORDERED):
            expected = Kind.NUMBER if is_ordered else Kind.CHOICE
            self.report("rule-type-mismatch", operation=op, expected=expected.value, found=first.kind.value)
            return
        for other in kinds[1:]:
            if other.kind is not first.kind or other.choices != first.choices:
                self.report("rule-type-mismatch", operation=op, expected=first.kind.value, found=other.kind.value)

    def _about_a_choice(self, op: str, args: tuple[Expression, ...], *kinds: Kind) -> None:
        variable, choice = args
        if self._expect(op, variable, *kinds) is None:
            return
        if isinstance(variable, Reference) and isinstance(choice, ChoiceName):
            self._choice(choice, variable)

    def _choice(self, choice: ChoiceName, partner: Reference) -> None:
        known = self.types[partner.variable].choices
        if choice.name not in known:
            self.report("rule-choice-unknown", choice=choice.name, variable=partner.variable, known=tuple(known))

    def _addition(self, op: str, args: tuple[Expression, ...]) -> VariableType | None:
        found = self.argument_types(op, args)
        if any(is_calendar(one) for one in found):
            return self._addition_of_dates(op, *found)
        numbers = [self._of_kind(op, one, Kind.NUMBER) for one in found]
        return None if None in numbers else self._number(op, numbers)  # it could have been a date or a number

    def _addition_of_dates(self, op: str, left: VariableType | None, right: VariableType | None) -> VariableType | None:
        """Date - date is a number; date + number, number + date and date - number are dates."""
        if left is None or right is None:
            return None
        if Kind.NULL in (left.kind, right.kind):
            return _NULL
        date, other = (left, right) if is_calendar(left) else (right, left)
        if op == "-" and not is_calendar(left):
            self._of_kind(op, left, right.kind)
            return None
        if op == "-" and is_calendar(other):
            return None if self._of_kind(op, other, date.kind) is None else _COUNT
        if self._of_kind(op, other, Kind.NUMBER) is None:
            return None
        if other.decimals:
            self.report("rule-too-many-decimals", decimals=0, found=other.decimals)
            return None
        return date

    def _arithmetic(self, op: str, args: tuple[Expression, ...]) -> VariableType | None:
        found = [self._expect(op, argument, Kind.NUMBER) for argument in args]
        if op == "*" and not any(is_constant(argument) for argument in args):
            self.report("rule-not-linear")
        return self._number(op, found)

    def _number(self, op: str, found: list[VariableType | None]) -> VariableType | None:
        scales = [one.decimals for one in found if one is not None]
        decimals = sum(scales) if op == "*" else max(scales, default=0)
        if decimals > MAX_DECIMALS:
            self.report("rule-too-many-decimals", decimals=MAX_DECIMALS, found=decimals)
            return None
        return VariableType(Kind.NUMBER, decimals)
