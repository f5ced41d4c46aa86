"""Types of the register of concepts: what is measured, on which scale, and how comparable each measure is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from ..model import LocalText


class Grade(StrEnum):
    """How far a measure of a concept may be compared with the measure of reference.

    A: same question, same scale, base that plays the same part. B: same scale, wording fitted to who is asked.
    C: same notion by another question, scale, list or base: read beside, never subtracted. NONE: not comparable,
    or not examined.
    """

    A = "A"
    B = "B"
    C = "C"
    NONE = "0"

    @property
    def is_comparable(self) -> bool:
        """Whether values may be compared: both measures need it."""
        return self in (Grade.A, Grade.B)


NOT_EXAMINED = LocalText({"fr": "Non examinée.", "en": "Not examined."})


@dataclass(frozen=True, slots=True)
class Scale:
    """What is expected of the answers. `kind`: choices, multiple, score, number, yes_no, or another type of question.

    `choices` and `rows` are names; `subtotal` names the choices whose sum is published, under `subtotal_label`.
    """

    kind: str
    choices: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    subtotal: tuple[str, ...] = ()
    subtotal_label: LocalText | None = None


@dataclass(frozen=True, slots=True)
class Tie:
    """A question of shipped versions that measures a concept. `variable`: its name in those versions."""

    questionnaire: str
    versions: tuple[str, ...]
    variable: str
    grade: Grade
    reason: LocalText


@dataclass(frozen=True, slots=True)
class Concept:
    """What questions measure, across versions and populations."""

    name: str
    label: LocalText
    definition: LocalText
    scale: Scale
    ties: tuple[Tie, ...] = ()

    def tie(self, questionnaire: str, version: str, variable: str) -> Tie:
        """How a question is tied; of grade NONE, not examined, when the register says nothing of it."""
        for one in self.ties:
            if (one.questionnaire, one.variable) == (questionnaire, variable) and version in one.versions:
                return one
        return Tie(questionnaire, (version,), variable, Grade.NONE, NOT_EXAMINED)


@dataclass(frozen=True, slots=True)
class Register:
    """Every concept, by name, in the order of the file."""

    concepts: Mapping[str, Concept]

    POPULATIONS: ClassVar[tuple[str, ...]] = (
        "citoyens",
        "elus",
        "entreprises",
        "associations",
        "fondations",
        "academiques",
    )
    """Who is asked, in the order of pages."""

    def __getitem__(self, name: str) -> Concept:
        return self.concepts[name]

    def __contains__(self, name: str) -> bool:
        return name in self.concepts
