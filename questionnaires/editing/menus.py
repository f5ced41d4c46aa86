"""Rules as people build them from menus: groups of conditions, all or any of them, over the same tree.

What menus can say comes back as the very same tree; what they cannot (sums, products) is edited as text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from ..expressions import (
    Call,
    ChoiceName,
    Expression,
    ExpressionIsMalformed,
    ExpressionSyntaxError,
    Literal,
    Reference,
    parse,
    to_text,
)
from ..expressions.tree import check_limits

COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
ABOUT = ("answered", "no_opinion")
ALL, ANY = "all", "any"
_OPS = {ALL: "and", ANY: "or"}
_MODES = {op: mode for mode, op in _OPS.items()}


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of menus.

    `operator`: a comparison, `in`, `has`, `answered`, `no_opinion`, or `holds` (a variable that is true or false).
    `measure`: what of the variable is compared: itself, `count` (how many are chosen or listed) or `rank` (of
    `choice`). `values`: names of choices where `is_choice`, else what the text of a rule says: a number, a text or
    a day in double quotes, a variable.
    """

    variable: str
    operator: str
    values: tuple[str, ...] = ()
    is_choice: bool = False
    measure: str = ""
    choice: str = ""
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions and groups of which all, or any, must hold; none at all always holds, and says nothing in a group."""

    mode: str = ALL
    parts: tuple[Condition | Group, ...] = ()
    is_negated: bool = False


class MenusAreIncomplete(Exception):
    """A condition lacks its question, or a value that it takes; `place` counts conditions from 0, in their order."""

    def __init__(self, place: int) -> None:
        self.place = place
        super().__init__(str(place))


def to_menus(expression: Expression) -> Group | None:
    """A rule as menus; None where menus cannot say it."""
    if expression == Literal(True):
        return Group()
    found = _part(expression, is_negated=False)
    if found is None:
        return None
    return found if isinstance(found, Group) and not found.is_negated else Group(ALL, (found,))


def from_menus(menus: Group) -> Expression:
    """The rule that menus say; inverse of `to_menus`. Raises MenusAreIncomplete, ExpressionIsTooLarge."""
    rule = _group(menus, count())
    made = Literal(True) if rule is None else rule
    check_limits(made)
    return made


def conditions(menus: Group) -> Iterator[Condition]:
    """The conditions of a group and of the groups in it, in their order."""
    for one in menus.parts:
        if isinstance(one, Group):
            yield from conditions(one)
        else:
            yield one


# -- from a tree ----------------------------------------------------------------------------------


def _part(expression: Expression, is_negated: bool) -> Condition | Group | None:
    match expression:
        case Call("not", (inner,)) if not is_negated:
            return _part(inner, is_negated=True)
        case Call(("and" | "or") as op, args):
            parts = tuple(_part(one, is_negated=False) for one in args)
            kept = tuple(one for one in parts if one is not None)
            return Group(_MODES[op], kept, is_negated) if len(kept) == len(parts) else None
        case Reference(variable):
            return Condition(variable, "holds", is_negated=is_negated)
        case Call(("answered" | "no_opinion") as op, (Reference(variable),)):
            return Condition(variable, op, is_negated=is_negated)
        case Call("has", (Reference(variable), ChoiceName(name))):
            return Condition(variable, "has", (name,), is_choice=True, is_negated=is_negated)
        case Call("in", (Reference(variable), *others)):
            return _compared(variable, "in", others, "", "", is_negated)
        case Call(op, (Reference(variable), other)) if op in COMPARISONS:
            return _compared(variable, op, [other], "", "", is_negated)
        case Call(op, (Call("count", (Reference(variable),)), other)) if op in COMPARISONS:
            return _compared(variable, op, [other], "count", "", is_negated)
        case Call(op, (Call("rank", (Reference(variable), ChoiceName(name))), other)) if op in COMPARISONS:
            return _compared(variable, op, [other], "rank", name, is_negated)
    return None


def _compared(
    variable: str, operator: str, others: list[Expression], measure: str, choice: str, is_negated: bool
) -> Condition | None:
    if all(isinstance(one, ChoiceName) for one in others):
        names = tuple(one.name for one in others if isinstance(one, ChoiceName))
        return Condition(variable, operator, names, True, measure, choice, is_negated)
    if all(_is_plain(one) for one in others):
        return Condition(variable, operator, tuple(map(to_text, others)), False, measure, choice, is_negated)
    return None


def _is_plain(expression: Expression) -> bool:
    """Whether a value is one that a menu offers or that a field takes: a number, a text, a day, a variable."""
    if isinstance(expression, Literal):
        return expression.value is not None and parse(to_text(expression)) == expression
    return isinstance(expression, Reference) or (
        isinstance(expression, Call)
        and expression.op == "-"
        and len(expression.args) == 1
        and isinstance(expression.args[0], Literal)
    )


# -- to a tree ------------------------------------------------------------------------------------


def _group(group: Group, places: Iterator[int]) -> Expression | None:
    """None for a group in which nothing is said."""
    parts = [_group(one, places) if isinstance(one, Group) else _condition(one, next(places)) for one in group.parts]
    said = tuple(one for one in parts if one is not None)
    if not said:
        return None
    made = said[0] if len(said) == 1 else Call(_OPS[group.mode], said)
    return Call("not", (made,)) if group.is_negated else made


def _condition(condition: Condition, place: int) -> Expression:
    try:
        made = _said(condition)
    except (ExpressionIsMalformed, ExpressionSyntaxError):
        raise MenusAreIncomplete(place) from None
    return Call("not", (made,)) if condition.is_negated else made


def _said(condition: Condition) -> Expression:
    variable = Reference(condition.variable)
    if condition.operator == "holds":
        return variable
    if condition.operator in ABOUT:
        return Call(condition.operator, (variable,))
    left: Expression = variable
    if condition.measure == "count":
        left = Call("count", (variable,))
    elif condition.measure == "rank":
        left = Call("rank", (variable, ChoiceName(condition.choice)))
    return Call(condition.operator, (left, *_values(condition)))


def _values(condition: Condition) -> Iterator[Expression]:
    for text in condition.values:
        value: Expression = ChoiceName(text) if condition.is_choice else parse(text)
        if not isinstance(value, ChoiceName) and not _is_plain(value):
            raise ExpressionIsMalformed(text)
        yield value
