"""Series of a variable over the waves of a questionnaire: their points, and what the ledger lets one join.

A point is a cell of the protected table of a wave's latest snapshot. Waves of one origin make a series: figures of
trials and simulations never stand beside those of respondents. Two points are joined, joined with a note or cut as
the ledger of comparability says; without a confirmed verdict they are cut.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import isfinite

import numpy as np
from sqlalchemy.orm import Session

from app.estimation.comparisons import difference, false_discoveries
from app.estimation.disclosure import Cell, ProtectedRow, ProtectedTable
from app.estimation.estimates import Estimates
from app.estimation.tables import Column
from app.services import analysis, authoring, fieldwork, indicators, ledgers, lineages
from app.services.analysis import DomainNotAvailable, NothingFolded, QuestionNotAnalysed, WaveTables
from app.services.fieldwork import WaveSummary
from app.services.lineages import Lineage
from app.storage import Storage
from questionnaires.comparison import ComparabilityClass, Join
from questionnaires.comparison.joining import segments
from questionnaires.comparison.ledger import Doubt, Verdict
from questionnaires.model import Questionnaire

LEVEL = 0.05
RESPONDENT = "respondent"
Judge = Callable[[str, str, str], Verdict]
"""Variable, older version, newer version -> what may be joined."""
_SEVERITY = {Join.JOINED: 0, Join.NOTED: 1, Join.CUT: 2}


class NoSuchSeries(Exception):
    """No wave of this questionnaire has a point of this variable, or has this answer or domain."""


@dataclass(frozen=True, slots=True)
class Point:
    """One wave of a series, or one published figure.

    `value`, `low`, `high`: a share between 0 and 1 or a mean in its unit, None when withheld or unknown. `base`:
    respondents behind it, None when withheld or not published; `base_words` says who they are. `wave_key`: of an
    own wave, empty for a published figure; `variable` is what that wave calls it. `caveats`: what must be said
    beside it.
    """

    wave: str
    on: dt.date
    value: float | None
    low: float | None = None
    high: float | None = None
    base: int | None = None
    base_words: str = ""
    wave_key: str = ""
    variable: str = ""
    version: str = ""
    version_id: int | None = None
    weighting: str = ""
    snapshot: str = ""
    source: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    name: str = ""
    is_fragile: bool = False
    date_words: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A point minus the one before it, with its interval; `is_significant` at 5 %, false discoveries controlled."""

    value: float
    low: float
    high: float
    p: float
    is_significant: bool


@dataclass(frozen=True, slots=True)
class Step:
    """From a point to the next: what may be joined, why (`reasons`), and the gap where it may be read and tested.

    `class_`: of the variable between the two versions, None between published figures or in doubt. `doubts`: why
    the ledger cuts whatever the class.
    """

    join: Join
    class_: ComparabilityClass | None = None
    reasons: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    gap: Gap | None = None

    @property
    def is_read(self) -> bool:
        """Whether the change from a point to the next may be read."""
        return self.join is not Join.CUT


@dataclass(frozen=True, slots=True)
class Line:
    """One answer of the question over the waves: a cell of each, None where the wave has no such answer."""

    code: str
    label: str
    kind: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """Points in the order of time, and the steps between neighbours (one less).

    `answer`: the answer read, a code of `lines`. `domain`: who is kept, in words, empty for the whole.
    `domains`: variable and label of what it can be read by; `codes`: the rows of the chosen one.
    """

    questionnaire: str
    variable: str
    title: str
    answer: str
    answer_label: str
    population: str
    origin: str
    is_mean: bool
    points: tuple[Point, ...]
    steps: tuple[Step, ...]
    lines: tuple[Line, ...] = ()
    domain: str = ""
    domains: tuple[tuple[str, str], ...] = ()
    codes: tuple[tuple[int, str], ...] = ()

    @property
    def runs(self) -> tuple[tuple[Point, ...], ...]:
        """The runs of points that a line may go through."""
        found: list[list[Point]] = []
        for place, point in enumerate(self.points):
            if place == 0 or self.steps[place - 1].join is Join.CUT:
                found.append([])
            found[-1].append(point)
        return tuple(tuple(one) for one in found)


@dataclass(frozen=True, slots=True)
class Offered:
    """A variable that has a point in at least two waves of one origin."""

    questionnaire: str
    questionnaire_title: str
    variable: str
    label: str
    section: str
    origin: str
    waves: int
    concept: str | None
    is_row: bool


@dataclass(frozen=True, slots=True)
class WaveTable:
    """A table of a wave. `variable`, `by`: what this wave calls what is tabulated, and what breaks it down."""

    summary: WaveSummary
    tables: WaveTables
    table: ProtectedTable
    variable: str
    by: str = analysis.WHOLE


@dataclass(frozen=True, slots=True)
class WaveColumn:
    """The row and the column that are read in the table of a wave."""

    of: WaveTable
    row: int
    column: Column

    @property
    def cell(self) -> Cell:
        """The figure."""
        return self.of.table.rows[self.row].cells[self.of.table.columns.index(self.column)]

    @property
    def read(self) -> tuple[str, ...]:
        """The variables behind it, as the ledger names them: its own, or those of a composite score, and `by`."""
        scores = {each.name: each for each in indicators.indicators_of(self.of.tables.questionnaire)}
        score = scores.get(self.column.family)
        own = (self.column.family,) if score is None else tuple(each.variable for each in score.declared.items)
        return own if self.of.by == analysis.WHOLE else (*own, self.of.by)

    def estimates(self) -> Estimates:
        """The estimates behind the column, of every row of the table."""
        column, dimension = self.column, None if self.of.by == analysis.WHOLE else self.of.by
        if column.kind == "mean":
            return self.of.tables.estimator.estimate(column.family, dimension, kind="mean")
        groups = {column.code: column.members} if column.kind == "subtotal" else {}
        return self.of.tables.estimator.estimate(column.family, dimension, groups)


def wave_date(wave: WaveSummary) -> dt.date | None:
    """The day that orders a wave: when it was opened, or is planned to; None for neither."""
    moment = wave.opened_at or wave.opens_at
    return moment.date() if moment else None


def waves_of(session: Session, questionnaire: str, origin: str) -> list[WaveSummary]:
    """The waves of one questionnaire and one origin that have a date, in the order of time."""
    found = [
        one
        for one in fieldwork.list_waves(session)
        if one.questionnaire_key == questionnaire and one.origin == origin and wave_date(one) is not None
    ]
    return sorted(found, key=lambda one: (wave_date(one) or dt.date.max, one.id))


def offered(session: Session, language: str) -> list[Offered]:
    """Every variable with at least two waves of an origin, as the latest version asks it; respondents first."""
    groups: dict[tuple[str, str], list[WaveSummary]] = {}
    for wave in fieldwork.list_waves(session):
        if wave_date(wave) is not None:
            groups.setdefault((wave.questionnaire_key, wave.origin), []).append(wave)
    found = []
    for (key, origin), waves in sorted(groups.items(), key=lambda one: (one[0][1] != RESPONDENT, one[0])):
        if len(waves) < 2:
            continue
        waves = waves_of(session, key, origin)
        models = [model_of(session, one) for one in waves]
        latest, counts = models[-1], _counts(lineages.lineage_of(session, key), waves, models)
        found += [
            Offered(
                key,
                latest.title.in_(language),
                one.name,
                one.text.in_(language),
                one.section.in_(language),
                origin,
                counts[one.name],
                one.concept,
                one.is_row,
            )
            for one in analysis.question_list(latest)
            if counts[one.name] > 1
        ]
    return found


def _counts(lineage: Lineage, waves: Sequence[WaveSummary], models: Sequence[Questionnaire]) -> dict[str, int]:
    """Each variable of the latest wave -> how many waves have it, by this name or a former one."""
    lineage = lineage.until(waves[-1].version_name)
    asked = [{one.name for one in analysis.question_list(model)} for model in models]
    counts = dict.fromkeys(sorted(asked[-1]), 0)
    for variable in counts:
        for wave, names in zip(waves, asked, strict=True):
            alias = lineage.alias(variable, wave.version_name)
            counts[variable] += alias is not None and alias.variable in names
    return counts


def model_of(session: Session, wave: WaveSummary) -> Questionnaire:
    """The questionnaire that a wave asks."""
    return authoring.get_version(session, fieldwork.get_wave(session, wave.key).version_id)[1]


def read_series(
    session: Session,
    storage: Storage,
    questionnaire: str,
    variable: str,
    language: str,
    *,
    answer: str = "",
    by: str = analysis.WHOLE,
    domain: int | None = None,
    origin: str = RESPONDENT,
    judge: Judge | None = None,
) -> Series:
    """The series of an answer of a variable over the waves of a questionnaire, of one origin.

    `answer`: a code of the table (a choice, a subtotal, « mean »); empty for the first subtotal, else the mean, else
    the first answer. `by`, `domain`: one row of a breakdown; the whole when no wave has such a row. `judge`: the
    ledger of the questionnaire when None. Raises NoSuchSeries.
    """
    lineage = lineages.lineage_of(session, questionnaire)
    variable = lineage.newest(variable)
    tables = _tables_of(session, storage, waves_of(session, questionnaire, origin), (lineage, variable, by), language)
    if not tables:
        raise NoSuchSeries(variable)
    latest = tables[-1]
    chosen = answer or _default_answer(latest.table)
    if by == analysis.WHOLE or not any(_rows_of(one.table, domain) for one in tables):
        domain = None
    lineage = lineage.until(latest.summary.version_name)
    found = _columns_of(tables, lineage, chosen, domain)
    if not found:
        raise NoSuchSeries(chosen)
    steps = steps_between(judge or ledgers.judge_of(session, questionnaire), found, language)
    last = found[-1]
    return Series(
        questionnaire,
        latest.variable,
        latest.table.reading.question,
        chosen,
        last.column.label,
        last.of.table.reading.population,
        origin,
        last.column.kind == "mean",
        tuple(point_of(one) for one in found),
        tested(steps, _gaps(steps, found)),
        _lines(found, lineage),
        "" if domain is None else last.of.table.rows[last.row].label,
        _domains(last.of.tables, latest.variable, language),
        tuple((row.code, row.label) for row in latest.table.rows if row.code is not None),
    )


def _gaps(steps: Sequence[Step], found: Sequence[WaveColumn]) -> list[Gap | None]:
    pairs = zip(steps, pairwise(found), strict=True)
    return [gap_between(before, after) if step.is_read else None for step, (before, after) in pairs]


def _tables_of(
    session: Session,
    storage: Storage,
    waves: Sequence[WaveSummary],
    asked: tuple[Lineage, str, str],
    language: str,
) -> list[WaveTable]:
    """The tables of a variable by another; `asked`: the lineage of both, and what its last version calls them."""
    lineage, variable, by = asked
    found = []
    for summary in waves:
        here, over = (lineage.alias(name, summary.version_name) for name in (variable, by))
        if here is None or over is None:
            continue
        wave = fieldwork.get_wave(session, summary.key)
        try:
            tables = WaveTables(session, storage, wave, language)
            table = tables.table(here.variable, over.variable)
        except (NothingFolded, QuestionNotAnalysed, DomainNotAvailable):
            # A wave without this question, or not counted yet, has no point.
            continue
        found.append(WaveTable(summary, tables, table, here.variable, over.variable))
    return found


def _columns_of(tables: Sequence[WaveTable], lineage: Lineage, answer: str, domain: int | None) -> list[WaveColumn]:
    """The cell of an answer and a domain, as the last table names them, in each table that has both."""
    variable, by = tables[-1].variable, tables[-1].by
    found = []
    for one in tables:
        version = one.summary.version_name
        row = None if domain is None else lineage.code(by, domain, version)
        if domain is None or row is not None:
            code = lineage.column(variable, answer, version)
            places = [(place, column) for place in _rows_of(one.table, row) for column in one.table.columns]
            found += [WaveColumn(one, place, column) for place, column in places if column.code == code]
    return found


def _rows_of(table: ProtectedTable, domain: int | None) -> list[int]:
    """The row of a domain; without one, the whole."""
    return [place for place, row in enumerate(table.rows) if row.code == domain]


def _default_answer(table: ProtectedTable) -> str:
    for kind in ("subtotal", "mean"):
        for column in table.columns:
            if column.kind == kind:
                return column.code
    return table.columns[0].code


def _domains(tables: WaveTables, variable: str, language: str) -> tuple[tuple[str, str], ...]:
    names = tables.domains_of(variable)
    return tuple((name, text.in_(language)) for name, text in tables.domains if name in names)


def point_of(one: WaveColumn) -> Point:
    """The point of a wave. ValueError for one without a date."""
    cell, row, reading, summary = one.cell, one.of.table.rows[one.row], one.of.table.reading, one.of.summary
    on = wave_date(summary)
    if on is None:
        raise ValueError(f"{summary.key} has no date")
    return Point(
        wave=summary.name,
        on=on,
        value=cell.value,
        low=cell.low,
        high=cell.high,
        base=cell.base if cell.base is not None else _base(row, cell),
        base_words=reading.base,
        wave_key=summary.key,
        variable=one.of.variable,
        version=summary.version_name,
        version_id=one.of.tables.version.id,
        weighting=reading.weighting,
        snapshot=reading.snapshot,
        is_fragile=cell.is_fragile,
    )


def _base(row: ProtectedRow, cell: Cell) -> int | None:
    return None if cell.is_hidden else row.base


def _lines(found: Sequence[WaveColumn], lineage: Lineage) -> tuple[Line, ...]:
    """Every answer of the last wave, over all of them."""
    lines = []
    for column in found[-1].of.table.columns:
        cells = []
        for one in found:
            here = lineage.column(found[-1].of.variable, column.code, one.of.summary.version_name)
            places = [place for place, other in enumerate(one.of.table.columns) if other.code == here]
            cells.append(one.of.table.rows[one.row].cells[places[0]] if places else None)
        lines.append(Line(column.code, column.label, column.kind, tuple(cells)))
    return tuple(lines)


def steps_between(judge: Judge, found: Sequence[WaveColumn], language: str) -> list[Step]:
    """The verdicts between neighbours, as `segments` applies them: of several variables, the one that forbids most."""

    def between(before: int, after: int) -> Verdict:
        first, last = found[before].of.summary.version_name, found[after].of.summary.version_name
        return max((judge(name, first, last) for name in found[after].read), key=lambda one: _SEVERITY[one.join])

    places = {point: run for run in segments(range(len(found)), between) for point in run.points}
    steps = []
    for place in range(1, len(found)):
        verdict = between(place - 1, place)
        is_cut = places[place - 1] is not places[place]
        reasons = tuple(one.in_(language) for one in verdict.reasons)
        steps.append(Step(Join.CUT if is_cut else verdict.join, verdict.class_, reasons, verdict.doubts))
    return steps


def tested(steps: Sequence[Step], gaps: Sequence[Gap | None]) -> tuple[Step, ...]:
    """The steps of a series with their gaps, None where they are cut, each tested among the others."""
    return tuple(replace(step, gap=gap) for step, gap in zip(steps, control(gaps), strict=True))


def control(gaps: Sequence[Gap | None]) -> list[Gap | None]:
    """The gaps of one series with their verdict: false discoveries held at LEVEL (Benjamini and Hochberg)."""
    p = np.array([np.nan if one is None else one.p for one in gaps], np.float64)
    adjusted = false_discoveries(p, "benjamini-hochberg")
    return [
        None if gap is None else replace(gap, p=float(each), is_significant=bool(each < LEVEL))
        for gap, each in zip(gaps, adjusted, strict=True)
    ]


def gap_between(before: WaveColumn, after: WaveColumn) -> Gap | None:
    """The difference of two waves, where both show their interval, by one code, and their bases allow a test."""
    if any(one.cell.low is None or one.cell.high is None for one in (before, after)):
        return None
    domain = after.of.table.rows[after.row].code
    is_recoded = after.column.kind == "percent" and before.column.members != after.column.members
    if is_recoded or before.of.table.rows[before.row].code != domain:
        return None
    new, old = after.estimates(), before.estimates()
    tested = difference(new, old, minimum=after.of.table.policy.minimum_base)
    row = new.domains.index(domain)
    for place, answer in enumerate(tested.answers):
        # A choice of several is alone in its family.
        if answer.codes == after.column.members or len(tested.answers) == 1:
            found = [float(one[row, place]) for one in (tested.value, tested.low, tested.high, tested.p)]
            value, low, high, p = found
            return Gap(value, low, high, p, is_significant=False) if all(map(isfinite, found)) else None
    return None
