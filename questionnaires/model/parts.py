"""What questions are made of: texts in several languages, choices, rows, wordings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ..expressions import Expression, Kind, VariableType
from .items import part_name


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


class Order(StrEnum):
    """How choices or rows are shown: as written, in an order drawn for each response, or upside down for half."""

    FIXED = "fixed"
    RANDOM = "random"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class Choice:
    """A possible answer: its code is in every file and never reused, its name is what rules use.

    `specify` asks for words when it is chosen (“Autre, précisez”). A `fixed` choice keeps its place when the
    others are shown in a random order. `when` decides whether it is offered at all. `formerly`: its name in the
    version before, where it had another.
    """

    code: int
    name: str
    label: LocalText
    exclusive: bool = False
    help: LocalText | None = None
    specify: LocalText | None = None
    fixed: bool = False
    when: Expression | None = None
    formerly: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a grid, answered under the name `question_row`, where its condition holds."""

    name: str
    label: LocalText
    fixed: bool = False
    when: Expression | None = None
    formerly: str | None = None


@dataclass(frozen=True, slots=True)
class Subtotal:
    """A sum of choices that is published beside them, such as the top two."""

    name: str
    label: LocalText
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """Another wording of a question, for those of whom `when` is true; the first such variant counts."""

    name: str
    when: Expression
    text: LocalText
    help: LocalText | None = None


def codes(choices: tuple[Choice, ...]) -> dict[str, int]:
    """The code of each choice, by its name."""
    return {choice.name: choice.code for choice in choices}


def specified(question: str, choices: tuple[Choice, ...]) -> dict[str, VariableType]:
    """The words asked beside some choices, answered under `question_choice_text`."""
    asked = (choice for choice in choices if choice.specify is not None)
    return {specify_name(question, choice): VariableType(Kind.TEXT) for choice in asked}


def specify_name(question: str, choice: Choice) -> str:
    """The answer that holds the words of a choice that asks for some."""
    return part_name(question, f"{choice.name}_text")
