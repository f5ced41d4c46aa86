"""Crossed views (regards croisés): one concept across populations, each measure with its grade, wave, base and source.

Measures of respondents' waves stand beside published figures; those of demonstration waves make a view of their own.
An interval comes from the estimator for an own wave. For a published share whose base is known it is the margin of a
simple random sample, p ± 1.96 √(p(1−p)/n) (74 % of 2,400: 72.2 to 75.8), indicative; otherwise there is none.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy.orm import Session

from app.estimation.disclosure import ProtectedTable
from app.models import Wave
from app.services import analysis, fieldwork
from app.services.analysis import AnalysedQuestion, NothingFolded, WaveTables
from app.services.weightings.margins import DEFINITIONS
from app.storage import Storage
from questionnaires import concepts, definition, published
from questionnaires.comparison import Join
from questionnaires.concepts import Concept, Grade, Register
from questionnaires.model import Grid, LocalText, MultipleChoice, Questionnaire
from questionnaires.piping import outline, outlined
from questionnaires.published import PublishedFigure, Statistic

RESPONDENT = "respondent"
POPULATIONS = Register.POPULATIONS
Z = 1.959963984540054
SHARES = (Statistic.SHARE, Statistic.TOP_TWO)

OWN_WAVES = LocalText(
    {
        "fr": "Comparabilité de ces deux vagues non établie ici\u00a0: elle se lit dans les tendances.",
        "en": "Comparability of these two waves is not established here: see the trends.",
    }
)
UNTESTED = LocalText(
    {
        "fr": "Base non publiée\u00a0: aucun test possible.",
        "en": "Base not published: no test is possible.",
    }
)
BELOW = LocalText(
    {
        "fr": "Comparaison refusée\u00a0: la mesure {population} est de degré {grade}. {reason}",
        "en": "Comparison refused: the measure of {population} is of grade {grade}. {reason}",
    }
)
OTHER_STATISTIC = LocalText(
    {
        "fr": "Comparaison refusée\u00a0: les deux chiffres ne se calculent pas de la même façon.",
        "en": "Comparison refused: the two figures are not computed in the same way.",
    }
)


class ConceptNotFound(Exception):
    """The register has no such concept, or the concept has no such part."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measure of a concept by one wave. `value`, `low`, `high`: proportions for shares, else in its own unit.

    `value` is None when it is withheld. `base` is None when unknown or withheld; `is_indicative`: the interval is
    that of a simple random sample. `others`: what other sources give. `figure`: the published figure, None for an
    own wave, whose key is `wave_key`.
    """

    population: str
    value: float | None
    low: float | None
    high: float | None
    is_indicative: bool
    is_mean: bool
    base: int | None
    base_words: str
    wave: str
    date: str
    on: dt.date
    question: str
    grade: Grade
    reason: LocalText
    sources: tuple[published.Source, ...] = ()
    caveats: tuple[str, ...] = ()
    others: tuple[float, ...] = ()
    figure: PublishedFigure | None = None
    wave_key: str = ""
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """The difference of two measures, None when it must not be computed; why; whether a test at 95 % finds it."""

    difference: float | None
    reason: LocalText
    is_significant: bool | None = None


@dataclass(frozen=True, slots=True)
class ActorLine:
    """The measures of one population, in order of time, never empty."""

    population: str
    measures: tuple[Measurement, ...]

    @property
    def first(self) -> Measurement | None:
        """The first measure; None when there is only one."""
        return self.measures[0] if len(self.measures) > 1 else None

    @property
    def last(self) -> Measurement:
        """The latest measure."""
        return self.measures[-1]

    @property
    def gap(self) -> Gap | None:
        """From the first to the last measure."""
        return None if self.first is None else gap_between(self.first, self.last)


@dataclass(frozen=True, slots=True)
class CrossedView:
    """One concept, one part of it, by population. `aside`: measures that no line takes, with their reason."""

    concept: Concept
    part: str
    parts: tuple[tuple[str, str], ...]
    origin: str
    lines: tuple[ActorLine, ...]
    absent: tuple[str, ...]
    aside: tuple[Measurement, ...]

    def line(self, population: str) -> ActorLine | None:
        """The line of a population, if it has measures."""
        return next((one for one in self.lines if one.population == population), None)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether two populations may be compared, and what is said then. `difference`: first less second."""

    is_allowed: bool
    reason: str
    difference: float | None = None


def crossed_view(
    session: Session, storage: Storage, name: str, language: str, part: str | None = None, origin: str = RESPONDENT
) -> CrossedView:
    """The crossed view of a concept. Raises ConceptNotFound."""
    if name not in concepts.register():
        raise ConceptNotFound(name)
    concept = concepts.register()[name]
    parts = parts_of(concept, language)
    chosen = (parts[0][0] if parts else "") if part is None else part
    if chosen not in dict(parts) and chosen:
        raise ConceptNotFound(f"{name}: {chosen}")
    outside = _published(concept, chosen, language) if origin == RESPONDENT else []
    measures = [*outside, *_own(session, storage, concept, chosen, origin, language)]
    taken, aside = _sorted_out(measures)
    lines = tuple(ActorLine(one, tuple(taken[one])) for one in POPULATIONS if one in taken)
    absent = tuple(one for one in POPULATIONS if one not in taken)
    return CrossedView(concept, chosen, parts, origin, lines, absent, tuple(aside))


def _sorted_out(measures: Sequence[Measurement]) -> tuple[dict[str, list[Measurement]], list[Measurement]]:
    """The measures of each line, in order of time, and those left aside: another item, grade NONE, a total."""
    taken: dict[str, list[Measurement]] = {}
    aside: list[Measurement] = []
    items: dict[str, str] = {}
    for one in measures:
        item = one.figure.item.key if one.figure else ""
        is_other = bool(item) and items.setdefault(one.population, item) != item
        if one.grade is Grade.NONE or one.is_total or is_other:
            aside.append(one)
        else:
            taken.setdefault(one.population, []).append(one)
    for line in taken.values():
        line.sort(key=lambda one: one.on)
    return taken, aside


def parts_of(concept: Concept, language: str) -> tuple[tuple[str, str], ...]:
    """The parts a view can be of: the concept as a whole first, then those published, by name and label."""
    found: dict[str, str] = {}
    for one in published.figures():
        if one.item.concept == concept.name and one.subgroup is None and not one.is_derived:
            found.setdefault(one.part, one.label.in_(language) if one.label else concept.label.in_(language))
    if concept.scale.kind in ("choices", "yes_no", "computed", "indicator", "score", "number"):
        found.setdefault("", concept.label.in_(language))
    return tuple(sorted(found.items(), key=lambda one: bool(one[0])))


def _published(concept: Concept, part: str, language: str) -> list[Measurement]:
    return [
        _from_figure(one, language)
        for one in published.figures()
        if (one.item.concept, one.part, one.subgroup) == (concept.name, part, None) and not one.is_derived
    ]


def _from_figure(figure: PublishedFigure, language: str) -> Measurement:
    is_share = figure.statistic in SHARES
    value = float(figure.value) / (100 if is_share else 1)
    low, high = margin(value, figure.n) if is_share and figure.n else (None, None)
    base = figure.base.in_(language)
    return Measurement(
        population=figure.item.population,
        value=value,
        low=low,
        high=high,
        is_indicative=low is not None,
        is_mean=not is_share,
        base=figure.n,
        base_words=f"{base}, {figure.wave.size.in_(language)}",
        wave=figure.wave.name.in_(language),
        date=figure.wave.date.in_(language),
        on=figure.wave.on,
        question=figure.item.text.in_(language),
        grade=figure.item.grade,
        reason=figure.item.reason,
        sources=figure.sources,
        caveats=tuple(one.in_(language) for one in figure.caveats),
        others=tuple(float(one.value) / (100 if is_share else 1) for one in figure.others),
        figure=figure,
        is_total=figure.statistic in (Statistic.TOTAL, Statistic.COUNT),
    )


def margin(share: float, n: int) -> tuple[float, float]:
    """The interval at 95 % of a proportion under simple random sampling, within 0 and 1."""
    half = Z * math.sqrt(share * (1 - share) / n)
    return max(0.0, share - half), min(1.0, share + half)


def _own(
    session: Session, storage: Storage, concept: Concept, part: str, origin: str, language: str
) -> Iterator[Measurement]:
    for summary in fieldwork.list_waves(session):
        if summary.origin != origin or not summary.complete:
            continue
        wave = fieldwork.get_wave(session, summary.key)
        try:
            tables = WaveTables(session, storage, wave, language)
        except NothingFolded:
            continue
        for asked in analysis.question_list(tables.questionnaire):
            if asked.concept == concept.name and not asked.is_row:
                found = _from_wave(tables, concept, asked, part)
                if found is not None:
                    yield found


def _from_wave(tables: WaveTables, concept: Concept, asked: AnalysedQuestion, part: str) -> Measurement | None:
    place = place_of(tables, concept, asked, part)
    if place is None:
        return None
    table, column = place
    wave, cell, reading = tables.wave, table.rows[0].cells[column], table.reading
    questionnaire = tables.questionnaire
    key = _key_of(wave)
    tie = concept.tie(key, tables.version.name, asked.name)
    opened = wave.opened_at or tables.snapshot.created_at
    return Measurement(
        population=questionnaire.population,
        value=cell.value,
        low=cell.low,
        high=cell.high,
        is_indicative=False,
        is_mean=table.columns[column].kind == "mean",
        base=None if cell.is_hidden else cell.base,
        base_words=reading.base,
        wave=reading.wave,
        date=opened.date().isoformat(),
        on=opened.date(),
        question=reading.question,
        grade=tie.grade,
        reason=tie.reason,
        caveats=reading.notes,
        wave_key=wave.key,
    )


def _key_of(wave: Wave) -> str:
    return wave.version.questionnaire.key


def place_of(
    tables: WaveTables, concept: Concept, asked: AnalysedQuestion, part: str
) -> tuple[ProtectedTable, int] | None:
    """The protected table, and the column of it, that hold the measure; None when the question has no such part."""
    name = variable_of(tables.questionnaire, asked, part)
    if name is None:
        return None
    table = tables.table(name)
    question = tables.questionnaire.question(asked.question) if asked.question else None
    if isinstance(question, MultipleChoice):
        names = [choice.name for choice in question.choices]
        return (table, names.index(part)) if part in names else None
    subtotals = {one.name: one.choices for one in getattr(question, "subtotals", ())}
    for place, column in enumerate(table.columns):
        is_sum = column.kind == "subtotal" and subtotals.get(column.code) == concept.scale.subtotal
        is_yes = concept.scale.kind == "yes_no" and column.code == "1"
        if (is_sum and concept.scale.subtotal) or is_yes or column.kind == "mean":
            return table, place
    return None


def variable_of(questionnaire: Questionnaire, asked: AnalysedQuestion, part: str) -> str | None:
    """The variable to tabulate: the row of a grid that a part names, else the question itself."""
    question = questionnaire.question(asked.question) if asked.question else None
    if isinstance(question, Grid):
        rows = {row.name: name for name, row in zip(question.answers, question.rows, strict=True)}
        return rows.get(part)
    return asked.name if not part or isinstance(question, MultipleChoice) else None


def gap_between(first: Measurement, second: Measurement) -> Gap:
    """The change from one measure to the next of a population: as the comparability of published points says."""
    if first.figure is None or second.figure is None:
        return Gap(None, OWN_WAVES)
    join = published.join_between(first.figure, second.figure)
    if join.join is Join.CUT or first.value is None or second.value is None:
        return Gap(None, join.reason)
    difference = second.value - first.value
    if first.is_mean or first.base is None or second.base is None:
        return Gap(difference, join.reason if first.base and second.base else UNTESTED)
    error = math.sqrt(sum(one * (1 - one) / n for one, n in ((first.value, first.base), (second.value, second.base))))
    return Gap(difference, join.reason, abs(difference) > Z * error)


def compare_actors(first: Measurement, second: Measurement, language: str, names: tuple[str, str]) -> Comparison:
    """Compare two populations, or refuse: both measures need a grade that allows it. `names`: how they are called."""
    for one, name in zip((first, second), names, strict=True):
        if not one.grade.is_comparable:
            words = {"population": name, "grade": one.grade.value, "reason": one.reason.in_(language)}
            return Comparison(False, BELOW.in_(language).format(**words))
    if first.is_mean != second.is_mean:
        return Comparison(False, OTHER_STATISTIC.in_(language))
    reason = " ".join(dict.fromkeys(one.reason.in_(language) for one in (first, second)))
    if first.value is None or second.value is None:
        return Comparison(True, reason)
    return Comparison(True, reason, first.value - second.value)


@dataclass(frozen=True, slots=True)
class TiedQuestion:
    """A question of a shipped version as a concept ties it. `text`: the latest wording."""

    tie: concepts.Tie
    population: str
    text: str


def questions_of(concept: Concept, language: str) -> tuple[TiedQuestion, ...]:
    """The questions tied to a concept, with their wording, by population and version."""
    found = []
    for tie in concept.ties:
        questionnaire = _shipped(tie.questionnaire, tie.versions[-1])
        computed = {one.name: one.label for one in questionnaire.computed}
        asked = computed.get(tie.variable) or outlined(questionnaire.question(tie.variable).text)
        found.append(TiedQuestion(tie, questionnaire.population, outline(asked.in_(language))))
    return tuple(sorted(found, key=lambda one: (POPULATIONS.index(one.population), one.tie.versions)))


@cache
def _shipped(name: str, version: str) -> Questionnaire:
    """A shipped version, read once by a process."""
    return definition.read((DEFINITIONS / name / f"{version}.yaml").read_bytes())
