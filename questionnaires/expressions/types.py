"""The types of rules: what may be compared with what, and whether arithmetic is linear.

Numbers carry their decimals, so that a variable of one decimal, kept as 125, compares with 12.5 exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ..problems import Data, Problem
from .tree import COMPARISONS, MAX_DECIMALS, Call, ChoiceName, Expression, Literal, Reference


class Kind(StrEnum):
    """What an expression gives. NULL is the type of the constant `null`, which goes with every other."""

    BOOLEAN = "boolean"
    NUMBER = "number"
    CHOICE = "choice"
    CHOICES = "choices"
    TEXT = "text"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class VariableType:
    """The type of a variable; `choices` maps the names of choices to their codes."""

    kind: Kind
    decimals: int = 0
    choices: Mapping[str, int] = field(default_factory=dict, hash=False)


_BOOLEAN = VariableType(Kind.BOOLEAN)
_NULL = VariableType(Kind.NULL)
_COUNT = VariableType(Kind.NUMBER)


def check_types(
    expression: Expression, types: Mapping[str, VariableType], expected: Kind | None = None
) -> list[Problem]:
    """Every problem of types in a rule, in reading order; `expected` also checks the kind of its result."""
    checker = _Checker(types)
    found = checker.type_of(expression)
    if expected is not None and found is not None and found.kind not in (expected, Kind.NULL):
        checker.report("rule-result", expected=expected.value, found=found.kind.value)
    return checker.problems


def type_of(expression: Expression, types: Mapping[str, VariableType]) -> VariableType | None:
    """The type of the result, or None where a problem leaves it unknown."""
    return _Checker(types).type_of(expression)


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
            if found is not None and found.kind in (Kind.CHOICE, Kind.CHOICES):
                return argument
    return None


class _Checker:
    """One walk over a rule. A part of unknown type (None) has been reported and raises no second problem."""

    def __init__(self, types: Mapping[str, VariableType]) -> None:
        self.types = types
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

    def _variable(self, variable: str) -> VariableType | None:
        found = self.types.get(variable)
        if found is None:
            self.report("rule-variable-unknown", variable=variable)
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
            self._has(args)
            return _BOOLEAN
        if op == "count":
            self._expect(op, args[0], Kind.CHOICES)
            return _COUNT
        if op in ("answered", "no_opinion"):
            self.type_of(args[0])
            return _BOOLEAN
        return self._arithmetic(op, args)

    def _expect(self, op: str, node: Expression, kind: Kind) -> VariableType | None:
        found = self.type_of(node)
        if found is not None and found.kind not in (kind, Kind.NULL):
            self.report("rule-type-mismatch", operation=op, expected=kind.value, found=found.kind.value)
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
        found = [self.type_of(node) for node in args if not isinstance(node, ChoiceName)]
        kinds = [one for one in found if one is not None and one.kind is not Kind.NULL]
        if not kinds:
            return
        first = kinds[0]
        ordered = op not in ("=", "!=", "in")
        if first.kind in (Kind.CHOICES, Kind.BOOLEAN) or (ordered and first.kind is not Kind.NUMBER):
            expected = Kind.NUMBER if ordered else Kind.CHOICE
            self.report("rule-type-mismatch", operation=op, expected=expected.value, found=first.kind.value)
            return
        for other in kinds[1:]:
            if other.kind is not first.kind or other.choices != first.choices:
                self.report("rule-type-mismatch", operation=op, expected=first.kind.value, found=other.kind.value)

    def _has(self, args: tuple[Expression, ...]) -> None:
        variable = args[0]
        if self._expect("has", variable, Kind.CHOICES) is None:
            return
        if isinstance(variable, Reference) and isinstance(args[1], ChoiceName):
            self._choice(args[1], variable)

    def _choice(self, choice: ChoiceName, partner: Reference) -> None:
        known = self.types[partner.variable].choices
        if choice.name not in known:
            self.report("rule-choice-unknown", choice=choice.name, variable=partner.variable, known=tuple(known))

    def _arithmetic(self, op: str, args: tuple[Expression, ...]) -> VariableType | None:
        found = [self._expect(op, argument, Kind.NUMBER) for argument in args]
        scales = [one.decimals for one in found if one is not None]
        if op == "*" and not any(is_constant(argument) for argument in args):
            self.report("rule-not-linear")
        decimals = sum(scales) if op == "*" else max(scales, default=0)
        if decimals > MAX_DECIMALS:
            self.report("rule-too-many-decimals", decimals=MAX_DECIMALS, found=decimals)
            return None
        return VariableType(Kind.NUMBER, decimals)
