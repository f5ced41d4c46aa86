"""Folding: submissions become columnar segments, exactly once, whatever process dies at whatever moment.

Each step is a short transaction that leaves the rows truthful; files are computed and written between them:

    claim        submissions without a segment are leased to this fold
    write        a segment is made of their rows, named by its content
    record       the segment's row is added and its submissions marked, or nothing is (the lease was lost)

A file without a row is swept. Small segments are merged, and rows that were replaced or withdrawn leave then.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from app import microdata
from app.db import Database, now
from app.jobs import REFRESH_SNAPSHOT, Sender, request
from app.models import QuestionnaireVersion, Response, Segment, Snapshot, Submission
from app.services.authoring import read_model
from app.storage import PARTIAL, Storage
from questionnaires import codebook
from questionnaires.model import Questionnaire

LEASE_SECONDS = 20
BATCH = 5_000
MERGE_ABOVE = 8
SMALL_ROWS = 50_000
ORPHAN_SECONDS = 3_600
SEGMENTS = "segments"
TALLIES = "tallies"
SNAPSHOTS = "snapshots"


@dataclass(frozen=True, slots=True)
class Claim:
    """Submissions of one version, leased to one fold under a token."""

    token: str
    version_id: int
    content_hash: str
    rows: tuple[microdata.SegmentRow, ...]
    submission_ids: tuple[int, ...]


def has_unfolded(session: Session, wave_id: int) -> bool:
    """Whether a submission of this wave waits for a fold."""
    statement = select(Submission.id).where(Submission.wave_id == wave_id, Submission.segment_id.is_(None))
    return session.scalar(statement.limit(1)) is not None


def count_unfolded(session: Session, wave_id: int) -> int:
    """How many submissions of this wave wait for a fold."""
    waiting = and_(Submission.wave_id == wave_id, Submission.segment_id.is_(None))
    return session.scalar(select(func.count()).where(waiting)) or 0


def fold_wave(
    database: Database,
    storage: Storage,
    sender: Sender | None,
    wave_id: int,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Fold everything that waits in a wave; gives how many submissions were folded by this call.

    `progress` is told after each batch how many that is so far.
    """
    folded = 0
    while True:
        with database.transaction() as session:
            claim = claim_submissions(session, wave_id)
        if claim is None:
            break
        folded += fold_claim(database, storage, sender, wave_id, claim)
        if progress is not None:
            progress(folded)
    merge_segments(database, storage, wave_id, MERGE_ABOVE)
    return folded


def fold_claim(database: Database, storage: Storage, sender: Sender | None, wave_id: int, claim: Claim) -> int:
    """Write the segment of a claim and record it; 0 when the lease was lost meanwhile."""
    with database.reading() as session:
        model = read_model(session, claim.version_id, claim.content_hash)
    content = microdata.write_segment(claim.rows, segment_variables(model))
    content_hash = storage.put(SEGMENTS, content)
    try:
        with database.transaction() as session:
            record_segment(session, wave_id, claim, content_hash)
            request(session, sender, REFRESH_SNAPSHOT, wave_id)
    except LeaseWasLost:
        return 0  # another fold has them; the file has no row and will be swept
    return len(claim.submission_ids)


def segment_variables(questionnaire: Questionnaire) -> list[microdata.SegmentVariable]:
    """The columns of a segment: every variable of the codebook."""
    return [
        microdata.SegmentVariable(variable.name, "text" if variable.kind is codebook.VariableKind.TEXT else "integer")
        for variable in codebook.variables(questionnaire)
    ]


class LeaseWasLost(Exception):
    """Some claimed submissions were folded by another process after the lease had ended."""


def claim_submissions(session: Session, wave_id: int, batch: int = BATCH) -> Claim | None:
    """Lease up to `batch` submissions of one version that no segment holds; None when there are none free."""
    at = now()
    free = and_(Submission.wave_id == wave_id, Submission.segment_id.is_(None), _is_free(at))
    version_id = session.scalar(select(Submission.version_id).where(free).order_by(Submission.id).limit(1))
    if version_id is None:
        return None
    free = and_(free, Submission.version_id == version_id)
    chosen = select(Submission.id).where(free).order_by(Submission.id).limit(batch).subquery()
    first, last = session.execute(select(func.min(chosen.c.id), func.max(chosen.c.id))).one()
    # A range of the index of what waits: a list of numbers makes PostgreSQL read the whole table, again and again.
    waiting = and_(Submission.wave_id == wave_id, Submission.segment_id.is_(None), Submission.id.between(first, last))
    token = secrets.token_hex(16)
    # The condition stands twice: two folds that chose the same rows at once must not both have them.
    session.execute(
        update(Submission)
        .where(waiting, free)
        .values(claim=token, claimed_until=at + dt.timedelta(seconds=LEASE_SECONDS))
        .execution_options(synchronize_session=False)
    )
    claimed = session.execute(
        select(Submission.id, Submission.kind, Submission.payload, Response.public_id)
        .join(Response, Response.id == Submission.response_id)
        .where(waiting, Submission.claim == token)
        .order_by(Submission.id)
    ).all()
    if not claimed:
        return None
    content_hash = session.scalars(
        select(QuestionnaireVersion.content_hash).where(QuestionnaireVersion.id == version_id)
    ).one()
    # A withdrawn response was emptied: it has no row, and its removal takes away the one it had.
    rows = tuple(
        microdata.SegmentRow(
            submission=row.id,
            response=row.public_id,
            values=row.payload["values"],
            absences=row.payload["absences"],
            weight=row.payload.get("weight"),
        )
        for row in claimed
        if row.kind != "remove" and row.payload
    )
    return Claim(token, version_id, content_hash, rows, tuple(row.id for row in claimed))


def record_segment(session: Session, wave_id: int, claim: Claim, content_hash: str) -> Segment:
    """Add the segment's row and mark its submissions, all of them or none (LeaseWasLost)."""
    segment = Segment(
        wave_id=wave_id,
        version_id=claim.version_id,
        content_hash=content_hash,
        row_count=len(claim.rows),
        created_at=now(),
    )
    session.add(segment)
    session.flush()
    ids = claim.submission_ids
    marked = session.execute(
        update(Submission)
        .where(
            Submission.wave_id == wave_id,
            Submission.segment_id.is_(None),
            Submission.id.between(ids[0], ids[-1]),
            Submission.claim == claim.token,
        )
        .values(segment_id=segment.id, claim=None, claimed_until=None)
        .execution_options(synchronize_session=False)
    )
    if marked.rowcount != len(ids):  # type: ignore[attr-defined]  # typed as a plain Result
        raise LeaseWasLost
    return segment


def live_segments(session: Session, wave_id: int) -> Sequence[Segment]:
    """The segments that hold the wave now, in the order of their making."""
    return session.scalars(
        select(Segment).where(Segment.wave_id == wave_id, Segment.retired_at.is_(None)).order_by(Segment.id)
    ).all()


def superseded_submissions(session: Session, wave_id: int) -> dict[int, list[int]]:
    """Segment id -> its submissions that a later one of the same response replaces or removes.

    A correction counts once it is folded itself, in whatever order; a withdrawal at once, since its answers
    are erased already.
    """
    earlier, later = aliased(Submission), aliased(Submission)
    rows = session.execute(
        select(earlier.segment_id, earlier.id)
        .join(later, and_(later.response_id == earlier.response_id, later.number > earlier.number))
        .where(
            later.wave_id == wave_id,
            later.number > 1,
            or_(later.segment_id.is_not(None), later.kind == "remove"),
            earlier.segment_id.is_not(None),
            earlier.kind != "remove",
        )
        .order_by(earlier.id)
        .distinct()
    )
    found: dict[int, list[int]] = {}
    for segment_id, submission_id in rows:
        if segment_id is not None:
            found.setdefault(segment_id, []).append(submission_id)
    return found


def merge_segments(database: Database, storage: Storage, wave_id: int, above: int) -> bool:
    """Merge the small segments of each version when there are more than `above`; drop superseded rows.

    Nobody is locked out meanwhile: when another process changed the segments first, nothing is recorded.
    """
    with database.snapshot() as session:
        segments = live_segments(session, wave_id)
        superseded = superseded_submissions(session, wave_id)
    merged = False
    for version_id in {segment.version_id for segment in segments}:
        small = [one for one in segments if one.version_id == version_id and one.row_count < SMALL_ROWS]
        if len(small) > above:
            merged = _merge(database, storage, small, superseded) or merged
    return merged


def erase_superseded(database: Database, storage: Storage, wave_id: int) -> bool:
    """Rewrite the segments that still hold replaced or withdrawn rows, without them (within 24 hours)."""
    with database.snapshot() as session:
        superseded = superseded_submissions(session, wave_id)
        segments = [one for one in live_segments(session, wave_id) if one.id in superseded]
    rewritten = [_merge(database, storage, [segment], superseded) for segment in segments]
    return any(rewritten)


def _merge(database: Database, storage: Storage, segments: Sequence[Segment], superseded: dict[int, list[int]]) -> bool:
    contents = []
    for segment in segments:
        content = storage.get(SEGMENTS, segment.content_hash)
        gone = superseded.get(segment.id)
        contents.append(_without(content, gone) if gone else content)
    content = microdata.merge_segments(contents)
    if len(segments) == 1 and content == storage.get(SEGMENTS, segments[0].content_hash):
        return False
    content_hash = storage.put(SEGMENTS, content)
    ids = [segment.id for segment in segments]
    try:
        with database.transaction() as session:
            retired = session.execute(
                update(Segment)
                .where(Segment.id.in_(ids), Segment.retired_at.is_(None))
                .values(retired_at=now())
                .execution_options(synchronize_session=False)
            )
            if retired.rowcount != len(ids):  # type: ignore[attr-defined]  # typed as a plain Result
                raise LeaseWasLost
            merged = Segment(
                wave_id=segments[0].wave_id,
                version_id=segments[0].version_id,
                content_hash=content_hash,
                row_count=microdata.row_count(content),
                created_at=now(),
            )
            session.add(merged)
            session.flush()
            session.execute(
                update(Submission)
                .where(Submission.segment_id.in_(ids))
                .values(segment_id=merged.id)
                .execution_options(synchronize_session=False)
            )
    except LeaseWasLost:
        return False
    return True


def _without(content: bytes, gone: Sequence[int]) -> bytes:
    held = microdata.read_columns(content, [microdata.SUBMISSION])[microdata.SUBMISSION]
    return microdata.filter_rows(content, set(held.tolist()) - set(gone))


def unfold_wave(session: Session, wave_id: int) -> None:
    """Forget every segment of a wave, so that its submissions are folded anew (files lost, format changed).

    Submissions first: a fold under way waits for them and then finds its lease lost. In the other order it would
    record a segment between the two statements, and count twice.
    """
    session.execute(
        update(Submission)
        .where(Submission.wave_id == wave_id)
        .values(segment_id=None, claim=None, claimed_until=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Segment)
        .where(Segment.wave_id == wave_id, Segment.retired_at.is_(None))
        .values(retired_at=now())
        .execution_options(synchronize_session=False)
    )


def waves_to_fold(session: Session) -> list[int]:
    """Waves with a submission that waits and that no live lease holds."""
    statement = (
        select(Submission.wave_id).where(Submission.segment_id.is_(None), _is_free(now())).group_by(Submission.wave_id)
    )
    return list(session.scalars(statement))


def _is_free(at: dt.datetime) -> ColumnElement[bool]:
    return or_(Submission.claimed_until.is_(None), Submission.claimed_until < at)


def waves_with_segments(session: Session) -> list[int]:
    """Waves that hold something folded."""
    return list(session.scalars(select(Segment.wave_id).where(Segment.retired_at.is_(None)).distinct()))


def waves_to_refresh(session: Session) -> list[int]:
    """Waves that have folded something their latest snapshot has not seen."""
    segments = select(Segment.wave_id, func.count().label("made")).group_by(Segment.wave_id).subquery()
    # Segments are only ever added, so their count tells whether the snapshot saw them all.
    seen = (
        select(Snapshot.wave_id, func.max(Snapshot.segments_seen).label("made")).group_by(Snapshot.wave_id).subquery()
    )
    statement = (
        select(segments.c.wave_id)
        .outerjoin(seen, seen.c.wave_id == segments.c.wave_id)
        .where(or_(seen.c.made.is_(None), seen.c.made < segments.c.made))
    )
    return list(session.scalars(statement))


def sweep_files(database: Database, storage: Storage, older_than: float = ORPHAN_SECONDS) -> int:
    """Delete the files that no row names and that are old enough to belong to no work in progress."""
    with database.snapshot() as session:
        live = set(session.scalars(select(Segment.content_hash).where(Segment.retired_at.is_(None))))
        kept = set(session.scalars(select(Snapshot.content_hash)))
    orphans = [name for name in storage.names(SEGMENTS, older_than) if name not in live]
    tallies = [name for name in storage.names(TALLIES, older_than) if name.rpartition("-")[2] not in live]
    snapshots = [name for name in storage.names(SNAPSHOTS, older_than) if name not in kept]
    partial = list(storage.names(PARTIAL, older_than))  # a writer was killed in the middle
    swept = ((SEGMENTS, orphans), (TALLIES, tallies), (SNAPSHOTS, snapshots), (PARTIAL, partial))
    return sum(storage.delete(kind, names) for kind, names in swept)
