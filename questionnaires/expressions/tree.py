"""The tree of a rule and its canonical JSON form.

`age = 'a18_24' and count(priority) >= 2` is the tree
`{"op": "and", "args": [{"op": "=", "args": [{"var": "age"}, {"choice": "a18_24"}]}, ...]}`.
A tree that breaks the shape of the language (an unknown operation, a wrong number of arguments) cannot be
made.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MAX_DEPTH = 50
MAX_NODES = 500
MAX_DECIMALS = 6
MAX_INTEGER = 2**53 - 1  # the largest integer that a browser holds exactly

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
CHOICE_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,63}")
# `rank` is not one of them: it came later, is read as an operation only before a parenthesis, and so leaves the
# variables of that name alone.
RESERVED_WORDS = frozenset(
    {"and", "or", "not", "in", "has", "null", "true", "false", "count", "sum", "answered", "no_opinion"}
)

COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
# operation -> (fewest, most) arguments; None: as many as the limits allow
ARITIES: Mapping[str, tuple[int, int | None]] = {
    "and": (2, None),
    "or": (2, None),
    "not": (1, 1),
    **dict.fromkeys(sorted(COMPARISONS), (2, 2)),
    "in": (2, None),
    "has": (2, 2),
    "rank": (2, 2),
    "+": (2, 2),
    "-": (1, 2),
    "*": (2, 2),
    "count": (1, 1),
    "answered": (1, 1),
    "no_opinion": (1, 1),
    "sum": (1, None),
}
_ABOUT_A_CHOICE = frozenset({"has", "rank"})
_ABOUT_A_VARIABLE = _ABOUT_A_CHOICE | {"count", "answered", "no_opinion"}


class ExpressionIsMalformed(ValueError):
    """A tree breaks the shape of the language."""


class ExpressionIsTooLarge(ExpressionIsMalformed):
    """A tree is deeper than MAX_DEPTH or has more than MAX_NODES nodes."""


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """A constant. A number is `value / 10**decimals`: 12.50 is `Literal(1250, 2)`. A text is NFC.

    A day ("2022-03-01") or a month ("2022-03") is a text, which becomes a date beside one: see `types`.
    """

    value: int | str | bool | None
    decimals: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.value, str):
            object.__setattr__(self, "value", unicodedata.normalize("NFC", self.value))
        is_number = isinstance(self.value, int) and not isinstance(self.value, bool)
        if self.decimals and (not is_number or not 0 < self.decimals <= MAX_DECIMALS):
            raise ExpressionIsMalformed(f"decimals: {self.decimals}")
        if isinstance(self.value, int) and abs(self.value) > MAX_INTEGER:
            raise ExpressionIsMalformed(f"not exact everywhere: {self.value}")

    # True == 1 in Python but not in rules, so the type of the value counts.
    def _key(self) -> tuple[type, object, int]:
        return type(self.value), self.value, self.decimals

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


@dataclass(frozen=True, slots=True)
class Reference:
    """The answer of a variable: its value, or null while it has none.

    A variable of a repeated section is that of the current item inside of the section; outside of it only `sum`
    reads it, over the items.
    """

    variable: str

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.variable) or self.variable in RESERVED_WORDS:
            raise ExpressionIsMalformed(f"variable: {self.variable!r}")


@dataclass(frozen=True, slots=True)
class ChoiceName:
    """A choice by its name; the variable it is compared with gives its code."""

    name: str

    def __post_init__(self) -> None:
        if not CHOICE_NAME.fullmatch(self.name):
            raise ExpressionIsMalformed(f"choice: {self.name!r}")


@dataclass(frozen=True, slots=True)
class Call:
    """An operation on its arguments; see `ARITIES`."""

    op: str
    args: tuple[Expression, ...]

    def __post_init__(self) -> None:
        if self.op not in ARITIES:
            raise ExpressionIsMalformed(f"operation: {self.op!r}")
        fewest, most = ARITIES[self.op]
        if len(self.args) < fewest or (most is not None and len(self.args) > most):
            raise ExpressionIsMalformed(f"{self.op} with {len(self.args)} arguments")
        if self.op in _ABOUT_A_VARIABLE and not isinstance(self.args[0], Reference):
            raise ExpressionIsMalformed(f"{self.op} is about a variable")
        if self.op in _ABOUT_A_CHOICE and not isinstance(self.args[1], ChoiceName):
            raise ExpressionIsMalformed(f"{self.op} is about a choice")
        if self.op == "in" and not all(is_set_item(item) for item in self.args[1:]):
            raise ExpressionIsMalformed("a set holds choices, numbers or texts")


Expression = Literal | Reference | ChoiceName | Call


def is_set_item(node: Expression) -> bool:
    """Whether a node may stand in the braces of `in {...}`."""
    if isinstance(node, Literal):
        return isinstance(node.value, int | str) and not isinstance(node.value, bool)
    return isinstance(node, ChoiceName)


def walk(expression: Expression) -> Iterator[tuple[Expression, int]]:
    """Every node with its depth, from 1, without recursion."""
    waiting: list[tuple[Expression, int]] = [(expression, 1)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        if isinstance(node, Call):
            waiting.extend((argument, depth + 1) for argument in reversed(node.args))


def check_limits(expression: Expression) -> None:
    """Raise ExpressionIsTooLarge when the tree is deeper or larger than a rule may be."""
    for count, (_, depth) in enumerate(walk(expression), start=1):
        if depth > MAX_DEPTH or count > MAX_NODES:
            raise ExpressionIsTooLarge(f"more than {MAX_DEPTH} levels or {MAX_NODES} nodes")


def references(expression: Expression) -> frozenset[str]:
    """The names of the variables that the rule reads."""
    return frozenset(node.variable for node, _ in walk(expression) if isinstance(node, Reference))


def to_json(expression: Expression) -> dict[str, Any]:
    """The canonical JSON tree; `from_json` reads it back to an equal expression."""
    match expression:
        case Literal(value, 0):
            return {"value": value}
        case Literal(value, decimals):
            return {"value": value, "decimals": decimals}
        case Reference(variable):
            return {"var": variable}
        case ChoiceName(name):
            return {"choice": name}
        case Call(op, args):
            return {"op": op, "args": [to_json(argument) for argument in args]}


def from_json(tree: object) -> Expression:
    """Read a JSON tree. Raises ExpressionIsMalformed (ExpressionIsTooLarge past the limits)."""
    expression = _from_json(tree, 1)
    check_limits(expression)
    return expression


def _from_json(tree: object, depth: int) -> Expression:
    if depth > MAX_DEPTH:
        raise ExpressionIsTooLarge(f"more than {MAX_DEPTH} levels")
    if not isinstance(tree, dict):
        raise ExpressionIsMalformed("not an object")
    match len(tree), tree:
        case 2, {"op": str(op), "args": [*args]}:
            return Call(op, tuple(_from_json(argument, depth + 1) for argument in args))
        case 1, {"var": str(variable)}:
            return Reference(variable)
        case 1, {"choice": str(name)}:
            return ChoiceName(name)
        case 2, {"value": int(value), "decimals": int(decimals)} if decimals:
            return Literal(value, decimals)
        case 1, {"value": bool() | int() | str() | None as value}:
            return Literal(value)
    raise ExpressionIsMalformed("not a tree of a rule")
