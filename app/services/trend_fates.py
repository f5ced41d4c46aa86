"""What a comparison of two versions does to each trend: which continue, with a note or not, break, begin or end.

A trend is a variable over the waves of its questionnaire; where its question declares a concept, that concept names
it. What is said here is what `trends` does: the ledger is obeyed, and what nobody has confirmed is cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.models import Response, Wave
from app.services.fieldwork import SENT
from app.services.ledgers import Standing
from questionnaires import concepts
from questionnaires.codebook.columns import columns
from questionnaires.comparison import ComparabilityClass, Comparison, Join
from questionnaires.concepts import Grade
from questionnaires.concepts.reading import concepts_of
from questionnaires.model import LocalText, Questionnaire


class Fate(StrEnum):
    """What becomes of a trend, the gravest first."""

    BREAKS = "breaks"
    ENDS = "ends"
    NOTED = "noted"
    BEGINS = "begins"
    CONTINUES = "continues"


@dataclass(frozen=True, slots=True)
class TrendFate:
    """What becomes of the trends of some variables of one question (or of a variable that nobody is asked).

    `concept`: what they measure, empty where nothing is declared; `left`: the concept that they measured before,
    where it is another. `fate` is what holds now, `once` what will hold when the class proposed is confirmed: they
    differ only while it `is_waiting`. `reason`: the note of who decided. `is_examined`: whether the register has
    graded the new version as a measure of its concept; in the series of the concept, a version that it has not
    graded stays aside. `class_`: the class that was retained, the one proposed while nobody has.
    """

    question: str
    variables: tuple[str, ...]
    concept: str
    left: str
    fate: Fate
    once: Fate
    is_waiting: bool
    reason: LocalText
    is_examined: bool
    class_: ComparabilityClass

    @property
    def goes_on(self) -> bool:
        """Whether both versions have it, and something is to be said of passing from one to the other."""
        return self.fate not in (Fate.ENDS, Fate.BEGINS)


_FATES: Mapping[Join, Fate] = {Join.JOINED: Fate.CONTINUES, Join.NOTED: Fate.NOTED, Join.CUT: Fate.BREAKS}
_ORDER = {one: rank for rank, one in enumerate(Fate)}
_NOTHING = LocalText({})


def trend_fates(
    comparison: Comparison, standings: Mapping[str, Standing], old: Questionnaire, new: Questionnaire
) -> tuple[TrendFate, ...]:
    """The trends that a comparison touches, the gravest first; those of identical variables continue, and are not here.

    `standings`: where each variable that changed stands (`ledgers.standings`).
    """
    asked_before = {one.variable.name: one.variable.question for one in columns(old)}
    before, after = concepts_of(old), concepts_of(new)
    grouped: dict[TrendFate, list[str]] = {}
    for name, standing in standings.items():
        class_, question = comparison.classes[name], comparison.questions.get(name) or name
        was = comparison.formerly.get(name, name)
        left, concept = before.get(asked_before.get(was) or was, ""), after.get(question, "")
        if class_ is ComparabilityClass.DROPPED:
            concept = left
        elif class_ is ComparabilityClass.NEW:
            left = ""
        decision = None if standing.is_waiting else standing.decision
        class_ = class_ if decision is None else decision.class_
        once = _once(class_)
        is_waiting = standing.is_waiting and once not in (Fate.BEGINS, Fate.ENDS)
        one = TrendFate(
            question,
            (),
            concept,
            left if left != concept else "",
            Fate.BREAKS if is_waiting else once,
            once,
            is_waiting,
            _NOTHING if decision is None else decision.reason,
            _is_examined(concept, comparison.questionnaire, comparison.new, question),
            class_,
        )
        grouped.setdefault(one, []).append(name)
    found = (replace(one, variables=tuple(names)) for one, names in grouped.items())
    return tuple(sorted(found, key=lambda one: (_ORDER[one.fate], not one.is_waiting)))


def _once(class_: ComparabilityClass) -> Fate:
    """What a class that was confirmed makes of a trend."""
    if class_ is ComparabilityClass.NEW:
        return Fate.BEGINS
    return Fate.ENDS if class_ is ComparabilityClass.DROPPED else _FATES[class_.joins]


def _is_examined(concept: str, questionnaire: str, version: str, question: str) -> bool:
    if not concept or concept not in concepts.register():
        return not concept
    return concepts.register()[concept].tie(questionnaire, version, question).grade is not Grade.NONE


def waves_on(session: Session, version_id: int) -> list[tuple[str, str]]:
    """Name and origin of the waves already asked in a version, those of respondents first.

    A wave that has passed to a later version is one of them as long as somebody was counted in this one.
    """
    sent = select(Response.wave_id).where(Response.version_id == version_id, Response.disposition.in_(SENT))
    rows = session.execute(
        select(Wave.name, Wave.origin)
        .where(Wave.status != "planned", or_(Wave.version_id == version_id, Wave.id.in_(sent)))
        .order_by(Wave.opened_at, Wave.id)
    )
    return sorted(((row[0], row[1]) for row in rows), key=lambda one: one[1] != "respondent")
