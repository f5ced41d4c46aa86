"""Snapshots: the tally of a wave and its weights, made by the worker, read by every table.

A snapshot is a pure function of its inputs (segments, superseded submissions, weighting recipe, layout), whose
hash names it: made twice from the same inputs it is the same snapshot.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import microdata
from app.db import Database, now
from app.estimation.estimates import Estimator
from app.estimation.margins import WeightingIsImpossible
from app.estimation.tally import Dimension, Layout, Measure, Tally, UnknownCategory, count
from app.estimation.weighting import Weighting, rake, unweighted
from app.models import Segment, Snapshot, Submission, Wave
from app.models import Weighting as WeightingRow
from app.services import folding, recipes
from app.services.authoring import get_version
from app.storage import FileIsMissing, Storage
from questionnaires import codebook
from questionnaires.codebook import Variable, VariableKind
from questionnaires.model import Absence, Questionnaire

ENGINE = 1
"""Number of the computation; another number makes other snapshots of the same inputs."""
KEPT = 24
MAGIC = b"SNAPSHOT1\n"


@dataclass(frozen=True, slots=True)
class SnapshotSummary:
    """A snapshot as pages name it.

    `problem`: why it is not weighted, a code of `app.estimation`. `recipe`: the margins with their universe, date
    and source, as kept with the wave; empty without any.
    """

    id: int
    number: int
    content_hash: str
    created_at: dt.datetime
    responses: int
    weighting_number: int | None
    problem: str | None
    diagnostics: Mapping[str, Any]
    recipe: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a snapshot is made of, read in one state of the database."""

    wave_id: int
    questionnaire: Questionnaire
    segments: tuple[Segment, ...]
    superseded: Mapping[int, Sequence[int]]
    weighting: WeightingRow | None
    segments_seen: int

    @property
    def layout(self) -> Layout:
        """What is counted: the margins' variables make the cells, every closed question is a measure."""
        return make_layout(self.questionnaire, self.weighting.recipe if self.weighting else None)

    @property
    def digest(self) -> str:
        """The hash that names the snapshot of these inputs."""
        live = {segment.id: segment.content_hash for segment in self.segments}
        document = {
            "engine": ENGINE,
            "segments": sorted(live.values()),
            "superseded": sorted(one for key, many in self.superseded.items() if key in live for one in many),
            "recipe": self.weighting.recipe if self.weighting else None,
            "layout": self.layout.digest,
        }
        return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def make_layout(questionnaire: Questionnaire, recipe: Mapping[str, Any] | None) -> Layout:
    """Margins' variables as dimensions (their codes are those of the margins), closed variables as measures."""
    found = codebook.variables(questionnaire)
    codes: dict[str, set[int]] = {}
    if recipe is not None:
        for margin in recipes.to_recipe(recipe, questionnaire).margins:
            for place, name in enumerate(margin.dimensions):
                codes.setdefault(name, set()).update(level[place] for level in margin.shares)
    # In the order of the questionnaire, which is that of the rows of tables.
    dimensions = tuple(
        Dimension(variable.name, tuple(code for code, _ in variable.codes if code in codes[variable.name]))
        for variable in found
        if variable.name in codes
    )
    measures = tuple(measure for variable in found if (measure := _measure(variable)) is not None)
    return Layout(dimensions, measures)


def _measure(variable: Variable) -> Measure | None:
    no_opinion = (int(Absence.NO_OPINION),) if Absence.NO_OPINION in variable.absences else ()
    if variable.kind in (VariableKind.CATEGORY, VariableKind.RANK):
        return Measure(variable.name, "category", tuple(code for code, _ in variable.codes) + no_opinion)
    if variable.kind is VariableKind.SCORE:
        low, high = variable.minimum or 0, variable.maximum or 10
        return Measure(variable.name, "category", tuple(range(low, high + 1)) + no_opinion)
    if variable.kind is VariableKind.INDICATOR:
        return Measure(variable.name, "indicator")
    if variable.kind in (VariableKind.NUMBER, VariableKind.COMPUTED):
        return Measure(variable.name, "number", decimals=variable.decimals)
    return None


def read_inputs(session: Session, wave_id: int) -> Inputs:
    """The present inputs of a wave's snapshot."""
    wave = session.get_one(Wave, wave_id)
    _, questionnaire = get_version(session, wave.version_id)
    weighting = session.scalar(
        select(WeightingRow).where(WeightingRow.wave_id == wave_id).order_by(WeightingRow.number.desc()).limit(1)
    )
    seen = session.scalar(select(func.count()).select_from(Segment).where(Segment.wave_id == wave_id)) or 0
    return Inputs(
        wave_id=wave_id,
        questionnaire=questionnaire,
        segments=tuple(folding.live_segments(session, wave_id)),
        superseded=folding.superseded_submissions(session, wave_id),
        weighting=weighting,
        segments_seen=seen,
    )


def refresh_snapshot(database: Database, storage: Storage, wave_id: int) -> bool:
    """Make the snapshot of the present inputs, unless it exists; whether one was made by this call."""
    with database.snapshot() as session:
        inputs = read_inputs(session, wave_id)
        latest = _latest(session, wave_id)
    digest = inputs.digest
    if latest is not None and latest.inputs_hash == digest and latest.segments_seen == inputs.segments_seen:
        return False
    try:
        tally, problem = count_countable(storage, inputs)
    except FileIsMissing:
        return False  # merged meanwhile: the merge asks for a refresh of its own through the sweep
    weighting, problem = (unweighted(tally), problem) if problem else weigh(tally, inputs)
    content_hash = storage.put(folding.SNAPSHOTS, pack(tally, weighting))
    try:
        with database.transaction() as session:
            return _record(session, inputs, digest, content_hash, tally, weighting, problem)
    except IntegrityError:
        return False  # another worker was first, with the same inputs or the same number


def count_countable(storage: Storage, inputs: Inputs) -> tuple[Tally, str | None]:
    """The tally of a wave; without the cells of its margins, and why, when people are in none of them."""
    try:
        return count_wave(storage, inputs), None
    except UnknownCategory as error:
        return count_wave(storage, replace(inputs, weighting=None)), type(error).__name__


def count_wave(storage: Storage, inputs: Inputs) -> Tally:
    """The tally of the wave: that of each segment, cached by its content, less the superseded rows."""
    layout = inputs.layout
    parts = []
    for segment in inputs.segments:
        name = f"{layout.digest[:24]}-{segment.content_hash}"
        try:
            part = Tally.from_bytes(storage.get(folding.TALLIES, name))
        except FileIsMissing:
            part = count(layout, read_layout_columns(storage, segment, layout))
            storage.put_as(folding.TALLIES, name, part.to_bytes())
        gone = inputs.superseded.get(segment.id)
        if gone:
            columns = read_layout_columns(storage, segment, layout)
            is_gone = np.isin(columns[microdata.SUBMISSION], np.asarray(gone, np.int64))
            part = part - count(layout, {key: column[is_gone] for key, column in columns.items()})
        parts.append(part)
    return Tally.total(layout, parts)


def read_layout_columns(storage: Storage, segment: Segment, layout: Layout) -> dict[str, Any]:
    """The columns of a segment that a layout counts, and the submission of each row."""
    content = storage.get(folding.SEGMENTS, segment.content_hash)
    return microdata.read_columns(content, (microdata.SUBMISSION, *_names(layout)))


def _names(layout: Layout) -> list[str]:
    """The columns that a layout counts, each once."""
    dimensions = [dimension.name for dimension in layout.dimensions]
    return list(dict.fromkeys(dimensions + [measure.name for measure in layout.measures]))


def folded_payloads(session: Session, wave_id: int) -> list[Mapping[str, Any]]:
    """The latest folded submission of each response; of a withdrawn one, nothing is left."""
    rows = session.execute(
        select(Submission.response_id, Submission.payload)
        .where(Submission.wave_id == wave_id, Submission.segment_id.is_not(None))
        .order_by(Submission.response_id, Submission.number)
    )
    latest: dict[int, Mapping[str, Any]] = {}
    for response_id, payload in rows:
        latest[response_id] = payload
    return [payload for payload in latest.values() if payload]


def recount_rows(session: Session, inputs: Inputs) -> Tally:
    """The tally of what is folded, from the submissions themselves, without segments."""
    return recount(inputs.layout, folded_payloads(session, inputs.wave_id))


def recount(layout: Layout, payloads: Sequence[Mapping[str, Any]]) -> Tally:
    """The tally of these payloads, row by row: what the nightly check compares with that of the segments."""
    columns = {
        name: np.asarray([one["values"].get(name, one["absences"].get(name)) for one in payloads], dtype=np.int64)
        for name in _names(layout)
    }
    return count(layout, columns)


class AggregatesDiffer(Exception):
    """The tally of the segments is not that of the submissions: something was lost or counted twice."""


def verify_wave(database: Database, storage: Storage, wave_id: int) -> Tally:
    """Recount a wave from its submissions; raises AggregatesDiffer when its segments say otherwise."""
    with database.snapshot() as session:
        inputs = read_inputs(session, wave_id)
        payloads = folded_payloads(session, wave_id)
    tally, _ = count_countable(storage, inputs)
    if tally != recount(tally.layout, payloads):
        raise AggregatesDiffer(f"wave {wave_id}")
    return tally


def weigh(tally: Tally, inputs: Inputs) -> tuple[Weighting | None, str | None]:
    """The weights of a tally. When they are impossible: unweighted, and the name of the reason."""
    if tally.n == 0:
        return None, "TallyIsEmpty"
    if inputs.weighting is None:
        return unweighted(tally), "NoMargins"
    try:
        return rake(tally, recipes.to_recipe(inputs.weighting.recipe, inputs.questionnaire)), None
    except (WeightingIsImpossible, UnknownCategory) as error:
        return unweighted(tally), type(error).__name__


def _record(
    session: Session,
    inputs: Inputs,
    digest: str,
    content_hash: str,
    tally: Tally,
    weighting: Weighting | None,
    problem: str | None,
) -> bool:
    """Add the snapshot's row and forget the oldest ones. The same inputs again only move to the front.

    False, and nothing added, when a snapshot has seen more: a slow worker must not put an older state in front.
    """
    wave_id = inputs.wave_id
    # One statement, so that no other snapshot comes between its two figures; the number is unique besides.
    latest = select(func.max(Snapshot.number), func.max(Snapshot.segments_seen)).where(Snapshot.wave_id == wave_id)
    last_number, seen = session.execute(latest).one()
    if seen is not None and seen > inputs.segments_seen:
        return False
    number = (last_number or 0) + 1
    session.execute(delete(Snapshot).where(Snapshot.wave_id == wave_id, Snapshot.inputs_hash == digest))
    session.add(
        Snapshot(
            wave_id=wave_id,
            weighting_id=inputs.weighting.id if inputs.weighting else None,
            number=number,
            inputs_hash=digest,
            content_hash=content_hash,
            responses=tally.n,
            problem=problem,
            diagnostics=weighting.diagnostics.to_dict() if weighting else {},
            created_at=now(),
            segments_seen=inputs.segments_seen,
        )
    )
    session.execute(delete(Snapshot).where(Snapshot.wave_id == wave_id, Snapshot.number <= number - KEPT))
    return True


def pack(tally: Tally, weighting: Weighting | None) -> bytes:
    """The file of a snapshot."""
    header = json.dumps(weighting.to_dict() if weighting else None, sort_keys=True).encode()
    return MAGIC + len(header).to_bytes(8, "little") + header + tally.to_bytes()


def unpack(content: bytes) -> tuple[Tally, Weighting | None]:
    """Inverse of `pack`."""
    start = len(MAGIC) + 8
    if content[: len(MAGIC)] != MAGIC:
        raise ValueError("not a snapshot")
    size = int.from_bytes(content[len(MAGIC) : start], "little")
    header = json.loads(content[start : start + size])
    tally = Tally.from_bytes(content[start + size :])
    return tally, Weighting.from_dict(header) if header else None


def latest_snapshot(session: Session, wave: Wave) -> SnapshotSummary | None:
    """The latest snapshot of a wave, None before the first fold."""
    row = _latest(session, wave.id)
    if row is None:
        return None
    weighting = session.get(WeightingRow, row.weighting_id) if row.weighting_id else None
    return SnapshotSummary(
        id=row.id,
        number=row.number,
        content_hash=row.content_hash,
        created_at=row.created_at,
        responses=row.responses,
        weighting_number=weighting.number if weighting and row.problem is None else None,
        problem=row.problem,
        diagnostics=row.diagnostics,
        recipe=weighting.recipe if weighting else {},
    )


def _latest(session: Session, wave_id: int) -> Snapshot | None:
    return session.scalar(select(Snapshot).where(Snapshot.wave_id == wave_id).order_by(Snapshot.number.desc()).limit(1))


class _Estimators:
    """The estimators of the snapshots last asked for: a snapshot never changes."""

    def __init__(self, size: int = 8) -> None:
        self._kept: OrderedDict[str, Estimator] = OrderedDict()
        self._size = size
        self._lock = threading.Lock()

    def get(self, storage: Storage, content_hash: str) -> Estimator | None:
        with self._lock:
            found = self._kept.get(content_hash)
            if found is not None:
                self._kept.move_to_end(content_hash)
                return found
        tally, weighting = unpack(storage.get(folding.SNAPSHOTS, content_hash))
        if weighting is None:
            return None
        found = Estimator(tally, weighting)
        with self._lock:
            self._kept[content_hash] = found
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return found


_estimators = _Estimators()


def read_estimator(storage: Storage, content_hash: str) -> Estimator | None:
    """The estimator of the snapshot whose file this is, None when nothing was counted yet."""
    return _estimators.get(storage, content_hash)
