"""Snapshots: the tally of a wave and its weights, made by the worker, read by every table.

A snapshot is a pure function of its inputs (segments, superseded submissions, weighting recipe, layout), whose
hash names it: made twice from the same inputs it is the same snapshot.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.db import Database, now
from app.estimation.disclosure import Policy
from app.estimation.estimates import Estimator
from app.estimation.margins import WeightingIsImpossible
from app.estimation.tally import Tally, UnknownCategory
from app.estimation.weighting import Weighting, calibrate, unweighted
from app.models import Snapshot, Wave
from app.models import Weighting as WeightingRow
from app.services import folding, tallies
from app.services.base_weights import agree
from app.services.remembering import Remembered
from app.services.tallies import Inputs
from app.services.weightings import recipes
from app.storage import FileIsMissing, Storage

KEPT = 24
KEPT_ESTIMATORS = 8
MAGIC = b"SNAPSHOT2\n"


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


def refresh_snapshot(database: Database, storage: Storage, wave_id: int) -> bool:
    """Make the snapshot of the present inputs, unless it exists; whether one was made by this call."""
    with database.snapshot() as session:
        inputs = tallies.read_inputs(session, wave_id)
        latest = _latest(session, wave_id)
    digest = inputs.digest
    if latest is not None and latest.inputs_hash == digest and latest.segments_seen == inputs.segments_seen:
        return False
    try:
        tally, problem = tallies.count_countable(storage, inputs)
    except FileIsMissing:
        return False  # merged meanwhile: the merge asks for a refresh of its own through the sweep
    weighting, problem = (unweighted(tally), problem) if problem else weigh(tally, inputs)
    content_hash = storage.put(folding.SNAPSHOTS, pack(tally, weighting))
    try:
        with database.transaction() as session:
            return _record(session, inputs, digest, content_hash, tally, weighting, problem)
    except IntegrityError:
        return False  # another worker was first, with the same inputs or the same number


class AggregatesDiffer(Exception):
    """The tally of the segments is not that of the submissions: something was lost or counted twice."""


def verify_wave(
    database: Database, storage: Storage, wave_id: int, progress: Callable[[int, int], None] | None = None
) -> Tally:
    """Recount a wave from its submissions; raises AggregatesDiffer when its segments say otherwise.

    Read piece by piece, in one state of the database. `progress` is told the rows done, and how many there are.
    """
    with database.snapshot() as session:
        inputs = tallies.read_inputs(session, wave_id)
        tally, problem = tallies.count_countable(storage, inputs)
        pieces = tallies.folded_payloads(session, wave_id, inputs.joined)
        told = None if progress is None else partial(_tell, progress, tally.n)
        base = None if problem else inputs.base_weights
        recounted = tallies.recount(tally.layout, pieces, told, base, inputs.indicators)
    if not agree(tally, recounted):
        raise AggregatesDiffer(f"wave {wave_id}")
    return tally


def _tell(progress: Callable[[int, int], None], total: int, done: int) -> None:
    progress(min(done, total), total)


def weigh(tally: Tally, inputs: Inputs) -> tuple[Weighting | None, str | None]:
    """The weights of a tally. When they are impossible: unweighted, and the name of the reason."""
    if tally.n == 0:
        return None, "TallyIsEmpty"
    if inputs.weighting is None:
        return unweighted(tally), "NoMargins"
    if not inputs.weighting.recipe["margins"]:
        return unweighted(tally), None  # the base weights of an imported file, as they are
    try:
        return calibrate(tally, recipes.to_recipe(inputs.weighting.recipe, inputs.questionnaire)), None
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
    live = _latest(session, wave_id, Snapshot.is_live)
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
            is_live=live is None or live.inputs_hash == digest or _is_step(session, wave_id, live.responses, tally.n),
        )
    )
    old = delete(Snapshot).where(Snapshot.wave_id == wave_id, Snapshot.number <= number - KEPT)
    session.execute(old if live is None else old.where(Snapshot.id != live.id))
    return True


def _is_step(session: Session, wave_id: int, shown: int, count: int) -> bool:
    """Whether a snapshot of `count` responses may follow one of `shown` on the page of live results.

    Their difference is then about so many people that it tells none of them: as many as the smallest count shown.
    """
    return abs(count - shown) >= Policy(**session.get_one(Wave, wave_id).policy).minimum_count


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
    return _summary(session, _latest(session, wave.id))


def live_snapshot(session: Session, wave: Wave) -> SnapshotSummary | None:
    """The snapshot that the page of live results shows: it moves by steps of several people."""
    return _summary(session, _latest(session, wave.id, Snapshot.is_live))


def _summary(session: Session, row: Snapshot | None) -> SnapshotSummary | None:
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


def _latest(
    session: Session, wave_id: int, *only: ColumnElement[bool] | InstrumentedAttribute[bool]
) -> Snapshot | None:
    of_wave = select(Snapshot).where(Snapshot.wave_id == wave_id, *only)
    return session.scalar(of_wave.order_by(Snapshot.number.desc()).limit(1))


_estimators = Remembered[str, Estimator](KEPT_ESTIMATORS)
"""By content hash: a snapshot never changes."""


def read_estimator(storage: Storage, content_hash: str) -> Estimator | None:
    """The estimator of the snapshot whose file this is, None when nothing was counted yet."""
    found = _estimators.get(content_hash)
    if found is None:
        tally, weighting = unpack(storage.get(folding.SNAPSHOTS, content_hash))
        if weighting is None:
            return None
        found = Estimator(tally, weighting)
        _estimators.put(content_hash, found)
    return found
