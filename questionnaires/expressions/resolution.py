"""A rule once its types are known: the small JSON tree that evaluators read, in the browser and here.

A constant is itself; an operation is a list that starts with its name. Choices have become codes, dates numbers,
and where scales differ the coarser number is multiplied, so that nothing is left to look up:

    ["var", name]                   the value of an answer, null while it has none
    ["items", roster, name]         the sum of the answers `name[id]` for each id in the answer of the roster,
                                    null when none has a value
    ["and" | "or", part, ...]       Kleene's, as ["not", part]
    ["answered" | "no_opinion", ["var", name]]       never null
    ["sum", part, ...]              of the parts that are not null, null when all are
    [operation, part, ...]          null as soon as a part is, or else: "=", "!=", "<", "<=", ">", ">=", "+", "-" (of
                                    one part or two), "*", ["in", part, constant, ...], ["count", ["var", name]],
                                    ["has" | "rank", ["var", name], code]; a choice that is not ranked is null

Whole numbers are exact while they stay below 2**53.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..problems import Problem
from .tree import COMPARISONS, Call, ChoiceName, Expression, Literal, Reference
from .types import Checker, Kind, VariableType, check_types, choice_partner, date_number, is_calendar

Resolved = int | bool | str | None | list["Resolved"]

_ALIGNED = COMPARISONS | {"in", "+", "-", "sum"}


class ExpressionIsIllTyped(ValueError):
    """Only a rule without a problem of types can be evaluated; carries the problems."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(", ".join(f"{found.code} {dict(found.data)}" for found in problems))


def to_browser(expression: Expression, types: Mapping[str, VariableType], scope: str | None = None) -> Resolved:
    """The tree that evaluators read; a number comes out at the scale of the expression.

    `scope`: the roster of the repeated section in which the rule stands. Raises ExpressionIsIllTyped.
    """
    problems = check_types(expression, types, scope=scope)
    if problems:
        raise ExpressionIsIllTyped(problems)
    return _Resolver(types, scope).resolve(expression)


class _Resolver:
    def __init__(self, types: Mapping[str, VariableType], scope: str | None) -> None:
        self._types = types
        self._scope = scope
        self._checker = Checker(types, scope)

    def resolve(self, node: Expression) -> Resolved:
        match node:
            case Literal(value):
                return value
            case Reference(variable):
                return self._variable(variable)
            case ChoiceName():
                # Only beside the constant null, where the comparison is null whatever the code.
                return None
            case Call(op, args):
                return self._call(op, args)

    def _variable(self, variable: str) -> Resolved:
        roster = self._types[variable].roster
        if roster is None or roster == self._scope:
            return ["var", variable]
        return ["items", roster, variable]  # an argument of `sum`: the types allow no other

    def _call(self, op: str, args: tuple[Expression, ...]) -> Resolved:
        if op in ("has", "rank"):
            return [op, self.resolve(args[0]), self._code(args[1], args)]
        if op not in _ALIGNED:
            return [op, *(self.resolve(argument) for argument in args)]
        found = self._checker.argument_types(op, args)
        scale = max((one.decimals for one in found if one is not None), default=0)
        return [op, *(self._aligned(node, args, one, scale) for node, one in zip(args, found, strict=True))]

    def _aligned(
        self, node: Expression, args: tuple[Expression, ...], found: VariableType | None, scale: int
    ) -> Resolved:
        """An argument, at the scale of the most precise one when it is a number."""
        if isinstance(node, ChoiceName):
            return self._code(node, args)
        if isinstance(node, Literal) and isinstance(node.value, str) and is_calendar(found):
            return date_number(found.kind, node.value)
        part = self.resolve(node)
        if found is None or found.kind is not Kind.NUMBER or found.decimals == scale:
            return part
        factor = 10 ** (scale - found.decimals)
        return part * factor if isinstance(part, int) else ["*", part, factor]

    def _code(self, choice: Expression, args: tuple[Expression, ...]) -> int | None:
        partner = choice_partner(args, self._types)
        if partner is None or not isinstance(choice, ChoiceName):
            return None
        return self._types[partner.variable].choices[choice.name]
