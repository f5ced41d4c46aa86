"""The parts of a rule against what answers can be: a comparison that no answer meets, or that every answer meets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from ..checking.ranges import Range, Ranges
from ..expressions import Call, Expression, Kind, Literal, Reference, VariableType, day_number, month_number, to_text
from ..expressions.tree import COMPARISONS, walk
from ..model import MultipleChoice, MultipleGrid, Question, Questionnaire, Ranking, Roster


@dataclass(frozen=True, slots=True)
class Certain:
    """A comparison with one verdict for every answer. `least` and `most`: what its first side can be, as text."""

    part: str
    is_true: bool
    least: str
    most: str


class Atoms:
    """The ranges of a version, for the comparisons of its rules."""

    def __init__(self, questionnaire: Questionnaire, types: Mapping[str, VariableType]) -> None:
        self._types = types
        self._ranges = Ranges(questionnaire, types)
        self._counts = {
            key: Fraction(most)
            for one in questionnaire.questions
            if (most := _most(one)) is not None
            for key in one.answers
        }

    def certain(self, rule: Expression, scope: str | None) -> Iterator[Certain]:
        """The comparisons of a rule that are decided before anybody answers."""
        for node, _ in walk(rule):
            if isinstance(node, Call) and node.op in COMPARISONS:
                left, right = node.args
                kind = self._kind(left) or self._kind(right)
                if not (_reads(left) or _reads(right)) or kind is Kind.CHOICE or kind is Kind.TEXT:
                    continue
                if isinstance(left, Literal):
                    left, right = right, left
                mine, other = self._range(left, kind, scope), self._range(right, kind, scope)
                op = node.op if left is node.args[0] else _TURNED[node.op]
                verdict = _verdict(op, mine, other)
                if verdict is not None:
                    yield Certain(to_text(node), verdict, _said(mine[0]), _said(mine[1]))

    def _kind(self, node: Expression) -> Kind | None:
        known = self._types.get(node.variable) if isinstance(node, Reference) else None
        return None if known is None else known.kind

    def _range(self, node: Expression, kind: Kind | None, scope: str | None) -> Range:
        if isinstance(node, Literal) and isinstance(node.value, str):
            number = day_number(node.value) if kind is Kind.DATE else month_number(node.value)
            return (None, None) if number is None else (Fraction(number), Fraction(number))
        if isinstance(node, Call) and node.op in ("count", "rank") and isinstance(node.args[0], Reference):
            return Fraction(0 if node.op == "count" else 1), self._counts.get(node.args[0].variable)
        return self._ranges.of(node, scope)


_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}


def _most(question: Question) -> int | None:
    """How many choices or items an answer has at most."""
    match question:
        case MultipleChoice() | MultipleGrid():
            return min(question.maximum or len(question.choices), len(question.choices))
        case Roster():
            return question.maximum
        case Ranking():
            return question.count
    return None


def _reads(node: Expression) -> bool:
    return any(isinstance(one, Reference) for one, _ in walk(node))


def _verdict(op: str, mine: Range, other: Range) -> bool | None:
    """True or False where all values of two ranges compare alike."""
    if op == "!=":
        found = _verdict("=", mine, other)
        return None if found is None else not found
    if op == "=":
        is_apart = _below(mine, other, strictly=True) or _below(other, mine, strictly=True)
        return False if is_apart else True if mine == other and mine[0] == mine[1] and mine[0] is not None else None
    if op in (">", ">="):
        mine, other, op = other, mine, _TURNED[op]
    if _below(mine, other, strictly=op == "<"):
        return True
    return False if _below(other, mine, strictly=op == "<=") else None


def _below(mine: Range, other: Range, *, strictly: bool) -> bool:
    if mine[1] is None or other[0] is None:
        return False
    return mine[1] < other[0] if strictly else mine[1] <= other[0]


def _said(bound: Fraction | None) -> str:
    return "" if bound is None else str(bound.numerator if bound.denominator == 1 else float(bound))
