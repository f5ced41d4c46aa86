"""What a variable is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from ..expressions import Absence, Expression
from ..model import LocalText

Codes = tuple[tuple[int, LocalText], ...]


class VariableKind(StrEnum):
    """What the values of a variable are. A rank is 1 for the first choice, 0 for one that is not ranked."""

    CATEGORY = "category"
    INDICATOR = "indicator"
    NUMBER = "number"
    SCORE = "score"
    RANK = "rank"
    DATE = "date"
    MONTH = "month"
    TEXT = "text"
    COMPUTED = "computed"


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of the version's files. `question` is empty for one that nobody is asked.

    `label` is what tells it from its neighbours: the text of the question, of the row, of the choice.
    `universe` is the rule of who is asked, None for everybody before any exit. Values are times 10**decimals.
    `roster`: the list for each of whose items it has a value, None for one value a response.
    """

    name: str
    question: str
    kind: VariableKind
    label: LocalText
    codes: Codes = ()
    absences: tuple[Absence, ...] = ()
    universe: Expression | None = None
    concept: str | None = None
    decimals: int = 0
    row: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    unit: LocalText | None = None
    roster: str | None = None


class Column(NamedTuple):
    """Where a variable comes from: an answer, and the code whose presence or rank it is, if it is of one choice."""

    variable: Variable
    answer: str
    code: int | None = None
