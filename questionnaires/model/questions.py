"""One class per type of question, and what questions are made of.

A class declares the names of its answers and their types; what is a valid answer is in `validation`, which
variables it becomes in `codebook`, how it is written in `definition`, each with one entry per class.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ..expressions import Absence, Expression, Kind, VariableType


class LocalText(Mapping[str, str]):
    """A text in several languages, the version's first language first. Immutable and hashable."""

    __slots__ = ("_texts",)
    _texts: dict[str, str]

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)

    def in_(self, language: str) -> str:
        """The text in a language, or else in the first one; an empty text when there is none at all."""
        texts = self._texts
        found = texts.get(language)
        return found if found is not None else next(iter(texts.values()), "")

    def __getitem__(self, language: str) -> str:
        return self._texts[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __hash__(self) -> int:
        return hash(frozenset(self._texts.items()))

    def __repr__(self) -> str:
        return f"LocalText({self._texts!r})"


class Required(StrEnum):
    """HARD: an answer (or an offered absence) is needed to go on. SOFT: recommended once. NO: free."""

    HARD = "hard"
    SOFT = "soft"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Choice:
    """A possible answer: its code is in every file and never reused, its name is what rules use."""

    code: int
    name: str
    label: LocalText
    exclusive: bool = False
    help: LocalText | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a grid, answered under the name `question_row`."""

    name: str
    label: LocalText


@dataclass(frozen=True, slots=True)
class Subtotal:
    """A sum of choices that is published beside them, such as the top two."""

    name: str
    label: LocalText
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What every question has. Not asked itself: each type is a class below."""

    name: str
    text: LocalText
    help: LocalText | None = None
    when: Expression | None = None
    required: Required = Required.HARD
    no_opinion: bool = False
    refusal: bool = False
    sensitive: bool = False
    concept: str | None = None
    source: str | None = None
    note: str | None = None

    @property
    def answers(self) -> tuple[str, ...]:
        """The names of its answers in the given document."""
        return (self.name,)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its variables in the codebook."""
        return self.answers

    @property
    def answer_type(self) -> VariableType:
        """The type of each of its answers in rules."""
        raise NotImplementedError(type(self).__name__)

    @property
    def offered(self) -> frozenset[Absence]:
        """The absences that the respondent may choose as an answer."""
        both = ((self.no_opinion, Absence.NO_OPINION), (self.refusal, Absence.REFUSED))
        return frozenset(absence for is_offered, absence in both if is_offered)


def codes(choices: tuple[Choice, ...]) -> dict[str, int]:
    """The code of each choice, by its name."""
    return {choice.name: choice.code for choice in choices}


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleChoice(Question):
    """One choice; the answer is its code."""

    choices: tuple[Choice, ...]
    subtotals: tuple[Subtotal, ...] = ()

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.CHOICE, choices=codes(self.choices))


@dataclass(frozen=True, slots=True, kw_only=True)
class MultipleChoice(Question):
    """Any number of choices within the bounds; the answer is the sorted tuple of their codes."""

    choices: tuple[Choice, ...]
    minimum: int | None = None
    maximum: int | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(f"{self.name}_{choice.name}" for choice in self.choices)

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.CHOICES, choices=codes(self.choices))


@dataclass(frozen=True, slots=True, kw_only=True)
class Score(Question):
    """A whole number on a scale whose two ends are labelled."""

    minimum: int = 0
    maximum: int = 10
    low: LocalText
    high: LocalText

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.NUMBER)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreGrid(Question):
    """Several rows scored on one scale."""

    rows: tuple[Row, ...]
    minimum: int = 0
    maximum: int = 10
    low: LocalText
    high: LocalText

    @property
    def answers(self) -> tuple[str, ...]:
        return tuple(f"{self.name}_{row.name}" for row in self.rows)

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.NUMBER)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceGrid(Question):
    """Several rows answered by one list of choices."""

    rows: tuple[Row, ...]
    choices: tuple[Choice, ...]
    subtotals: tuple[Subtotal, ...] = ()

    @property
    def answers(self) -> tuple[str, ...]:
        return tuple(f"{self.name}_{row.name}" for row in self.rows)

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.CHOICE, choices=codes(self.choices))


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Question):
    """A number kept as an integer: the value, like its bounds, is times 10 to the power of `decimals`.

    Never below zero, whatever the minimum: in every file the negative integers are the absences.
    """

    minimum: int | None = None
    maximum: int | None = None
    decimals: int = 0
    unit: LocalText | None = None

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.NUMBER, self.decimals)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Question):
    """Free words, at most `maximum` characters; `long` asks for several lines."""

    maximum: int = 2000
    long: bool = False

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.TEXT)
