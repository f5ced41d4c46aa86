"""The numbers and the texts with which the rules of a version compare its variables: where verdicts turn over."""

from __future__ import annotations

from collections.abc import Iterator

from ..checking.places import walk
from ..expressions import Call, Expression, Kind, Literal, Reference, day_number, month_number
from ..expressions.tree import COMPARISONS
from ..expressions.tree import walk as nodes
from ..model import Questionnaire, variable_types

_RULES = ("when", "rule", "at_least", "at_most", "above", "below", "total_from")


class Constants:
    """By variable, the constants beside it and those next to them."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self._types = variable_types(questionnaire)
        self._numbers: dict[str, set[int]] = {}
        self._texts: dict[str, set[str]] = {}
        for rule in rules_of(questionnaire):
            for node, _ in nodes(rule):
                if isinstance(node, Call) and node.op in COMPARISONS | {"in"}:
                    self._read(node)

    def numbers(self, name: str) -> tuple[int, ...]:
        """At the scale of the variable."""
        return tuple(sorted(self._numbers.get(name, ())))

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(sorted(self._texts.get(name, ())))

    def _read(self, node: Call) -> None:
        constants = [one for one in node.args if isinstance(one, Literal)]
        names = {one.variable for argument in node.args for one, _ in nodes(argument) if isinstance(one, Reference)}
        for name in names & self._types.keys():
            known = self._types[name]
            for constant in constants:
                value = self._value(constant, known.kind, known.decimals)
                if isinstance(value, str):
                    self._texts.setdefault(name, set()).add(value)
                elif value is not None:
                    self._numbers.setdefault(name, set()).update({max(value - 1, 0), value, value + 1})

    def _value(self, constant: Literal, kind: Kind, decimals: int) -> int | str | None:
        value = constant.value
        if isinstance(value, bool) or value is None:
            return None
        if isinstance(value, str):
            if kind is Kind.DATE:
                return day_number(value)
            return month_number(value) if kind is Kind.MONTH else value if value.strip() else None
        scaled: int = value * 10**decimals // 10**constant.decimals
        return max(scaled, 0)


def rules_of(questionnaire: Questionnaire) -> Iterator[Expression]:
    """Every rule of a version."""
    for part, _ in walk(questionnaire):
        for name in _RULES:
            rule = getattr(part, name, None)
            if isinstance(rule, Expression):
                yield rule
