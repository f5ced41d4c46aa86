"""Series of a concept for one population: its published figures and the waves asked here, in the order of time.

Published figures and respondents' waves stand together; a view of trial or simulated waves is apart. Two waves of a
questionnaire are joined as its ledger says, renames included, where one question of it goes on; two published figures
as their register says; a published figure and a wave not at all, unless that register declares it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from sqlalchemy.orm import Session

from app.services import analysis, crossed, fieldwork, ledgers, lineages, published_trends, trends
from app.services.analysis import AnalysedQuestion, NothingFolded, WaveTables
from app.services.crossed import ConceptNotFound
from app.services.fieldwork import WaveSummary
from app.services.lineages import Lineage
from app.services.trends import RESPONDENT, Gap, Judge, Point, Series, Step, WaveColumn, WaveTable
from app.storage import Storage
from questionnaires import concepts, published
from questionnaires.comparison import Join
from questionnaires.concepts import Concept, Grade, Register
from questionnaires.model import LocalText
from questionnaires.published import PublishedFigure, Statistic

OTHER_QUESTIONNAIRE = LocalText({"fr": "Deux questionnaires différents.", "en": "Two different questionnaires."})
OTHER_STATISTIC = LocalText(
    {
        "fr": "Autre calcul\u00a0: une part et une moyenne ne se suivent pas.",
        "en": "Another statistic: a share and a mean.",
    }
)
_MEASURED = (Statistic.SHARE, Statistic.TOP_TWO, Statistic.MEAN)


@dataclass(frozen=True, slots=True)
class ConceptSeries:
    """`series` may have no point. `part`, `parts`: what of the concept is read, and can be: name and label.

    `aside`: points that the series does not take, as their grade or their statistic is another, with the reason.
    """

    concept: Concept
    part: str
    parts: tuple[tuple[str, str], ...]
    series: Series
    aside: tuple[tuple[Point, LocalText], ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """A point and where it comes from: a published figure, or a wave."""

    point: Point
    is_mean: bool
    grade: Grade
    reason: LocalText
    figure: PublishedFigure | None = None
    wave: WaveColumn | None = None


def concept_series(
    session: Session,
    storage: Storage,
    name: str,
    population: str,
    language: str,
    *,
    part: str | None = None,
    origin: str = RESPONDENT,
    judge: Judge | None = None,
) -> ConceptSeries:
    """The series of a concept for one population; of its first part without one.

    `judge`: stands for the ledger of every questionnaire. Raises ConceptNotFound.
    """
    if name not in concepts.register() or population not in Register.POPULATIONS:
        raise ConceptNotFound(f"{name}: {population}")
    concept = concepts.register()[name]
    parts = crossed.parts_of(concept, language)
    chosen = part if part is not None else parts[0][0] if parts else ""
    if chosen and chosen not in dict(parts):
        raise ConceptNotFound(f"{name}: {chosen}")
    outside = _published(concept, population, chosen, language) if origin == RESPONDENT else ()
    read = [*outside, *_own(session, storage, concept, (population, chosen, origin), language)]
    read.sort(key=lambda one: (one.point.on, one.figure is None))
    taken = [one for one in read if one.grade is not Grade.NONE]
    is_mean = taken[-1].is_mean if taken else False
    aside = [(one.point, one.reason) for one in read if one.grade is Grade.NONE]
    aside += [(one.point, OTHER_STATISTIC) for one in taken if one.is_mean != is_mean]
    taken = [one for one in taken if one.is_mean == is_mean]
    judging = _Judging(session, language, judge)
    steps = [judging.step(before, after) for before, after in pairwise(taken)]
    pairs = zip(steps, pairwise(taken), strict=True)
    gaps = [_gap(before, after) if step.is_read else None for step, (before, after) in pairs]
    title, label = concept.label.in_(language), dict(parts).get(chosen) or concept.label.in_(language)
    points = tuple(one.point for one in taken)
    series = Series("", name, title, chosen, label, population, origin, is_mean, points, trends.tested(steps, gaps))
    return ConceptSeries(concept, chosen, parts, series, tuple(aside))


def _published(concept: Concept, population: str, part: str, language: str) -> Iterator[_Read]:
    for one in published.figures():
        about = (one.item.concept, one.item.population, one.part, one.subgroup)
        if about == (concept.name, population, part, None) and one.statistic in _MEASURED and not one.is_derived:
            point, item = published_trends.point_of(one, language), one.item
            yield _Read(point, one.statistic is Statistic.MEAN, item.grade, item.reason, figure=one)


def _own(
    session: Session, storage: Storage, concept: Concept, asked: tuple[str, str, str], language: str
) -> Iterator[_Read]:
    population, part, origin = asked
    for summary in fieldwork.list_waves(session):
        is_dated = trends.wave_date(summary) is not None
        if summary.origin != origin or not is_dated or trends.model_of(session, summary).population != population:
            continue
        try:
            tables = WaveTables(session, storage, fieldwork.get_wave(session, summary.key), language)
        except NothingFolded:
            continue
        for one in analysis.question_list(tables.questionnaire):
            if one.concept == concept.name and not one.is_row:
                yield from _of_wave(summary, tables, concept, one, part)


def _of_wave(
    summary: WaveSummary, tables: WaveTables, concept: Concept, asked: AnalysedQuestion, part: str
) -> Iterator[_Read]:
    place, name = crossed.place_of(tables, concept, asked, part), crossed.variable_of(tables.questionnaire, asked, part)
    if place is None or name is None:
        return
    table, column = place
    wave = WaveColumn(WaveTable(summary, tables, table, name), 0, table.columns[column])
    tie = concept.tie(summary.questionnaire_key, summary.version_name, asked.name)
    yield _Read(trends.point_of(wave), wave.column.kind == "mean", tie.grade, tie.reason, wave=wave)


@dataclass(slots=True)
class _Judging:
    """What the ledgers and the register of published figures say of neighbouring points."""

    session: Session
    language: str
    judge: Judge | None = None
    _ledgers: dict[str, Judge] = field(default_factory=dict)
    _lineages: dict[str, Lineage] = field(default_factory=dict)

    def step(self, before: _Read, after: _Read) -> Step:
        """From a point to the next."""
        if before.wave is not None and after.wave is not None:
            return self._of_waves(before.wave, after.wave)
        figure, wave = before.figure or after.figure, before.wave or after.wave
        assert figure is not None
        if wave is not None:
            summary = wave.of.summary
            said = published.join_with_version(figure, summary.questionnaire_key, summary.version_name)
        else:
            said = published.join_between(figure, after.figure or figure)
        return Step(said.join, reasons=(said.reason.in_(self.language),))

    def _of_waves(self, before: WaveColumn, after: WaveColumn) -> Step:
        key, version = after.of.summary.questionnaire_key, after.of.summary.version_name
        if before.of.summary.questionnaire_key != key:
            return self._cut(OTHER_QUESTIONNAIRE)
        if key not in self._lineages:
            self._lineages[key] = lineages.lineage_of(self.session, key)
            self._ledgers[key] = self.judge or ledgers.judge_of(self.session, key)
        lineage, old = self._lineages[key].until(version), before.of.summary.version_name
        alias = lineage.alias(after.of.variable, old)
        column = lineage.column(after.of.variable, after.column.code, old)
        if alias is None or (alias.variable, column) != (before.of.variable, before.column.code):
            return self._cut(published.OTHER_QUESTION)
        return trends.steps_between(self._ledgers[key], [before, after], self.language)[0]

    def _cut(self, reason: LocalText) -> Step:
        return Step(Join.CUT, reasons=(reason.in_(self.language),))


def _gap(before: _Read, after: _Read) -> Gap | None:
    if before.wave is not None and after.wave is not None:
        return trends.gap_between(before.wave, after.wave)
    return published_trends.gap_between(before.point, after.point)
