"""The rows of jobs: asked for, taken, ended; a job whose process died is taken again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, and_, cast, func, or_, select, update
from sqlalchemy.orm import Session

from app.db import Database, now
from app.jobs import JOBS, REBUILD_WAVE, JobName, Sender, request
from app.models import Job

ATTEMPTS = 3
ABANDONED_AFTER = dt.timedelta(minutes=5)
"""A running job that has said nothing for so long has lost its process: it is taken again."""
PATIENCE = dt.timedelta(seconds=5)
ADVANCE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a job is: `done` units of `total` (None before it knows), and why it failed."""

    status: str
    done: int
    total: int | None
    error: str | None
    finished_at: dt.datetime | None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.status in ("done", "failed")


_PROGRESS = select(Job.status, Job.done, Job.total, Job.error, Job.finished_at)


def request_rebuild(session: Session, sender: Sender | None, wave_id: int, cause: str) -> None:
    """Ask for the recount of a wave, unless one that has not begun was asked for already."""
    waiting = session.scalars(select(Job.ids).where(Job.name == REBUILD_WAVE.name, Job.status == "pending"))
    if [wave_id] in waiting.all():
        return
    request(session, sender, REBUILD_WAVE, wave_id, cause=cause)


def jobs_to_run(session: Session) -> list[tuple[JobName, int]]:
    """Jobs that nobody has taken in time, or whose process has not ended them in a long time."""
    at = now()
    rows = session.scalars(
        select(Job).where(
            or_(
                and_(Job.status == "pending", Job.requested_at < at - PATIENCE),
                and_(Job.status == "running", _last_sign() < at - ABANDONED_AFTER),
            )
        )
    )
    return [(JOBS[row.name], row.id) for row in rows if row.name in JOBS]


def job_progress(session: Session, job_id: int) -> JobProgress | None:
    """How far a job is; None when there is no such job."""
    row = session.execute(_PROGRESS.where(Job.id == job_id)).one_or_none()
    return None if row is None else JobProgress(*row)


def latest_job(session: Session, job: JobName, *ids: int) -> JobProgress | None:
    """How far the job of this name last asked for on these ids is; None when it never was."""
    # As text, which both databases compare; the ids were written by the same function.
    is_same = cast(Job.ids, String) == json.dumps(list(ids))
    row = session.execute(_PROGRESS.where(Job.name == job.name, is_same).order_by(Job.id.desc()).limit(1)).one_or_none()
    return None if row is None else JobProgress(*row)


def advance(database: Database, job_id: int, done: int, total: int) -> None:
    """Say from inside a job that `done` of its `total` units are done: shown on pages, and a sign of life.

    To be called often, never inside a transaction: it writes at most twice a second, and at the end.
    """
    at = now()
    with database.reading() as session:
        told = session.execute(select(Job.done, Job.total, Job.alive_at).where(Job.id == job_id)).one()
    is_recent = told.alive_at is not None and at - told.alive_at < dt.timedelta(seconds=ADVANCE_SECONDS)
    is_news = told.total != total or (done >= total and told.done != done)
    if is_recent and not is_news:
        return
    with database.transaction() as session:
        session.execute(
            update(Job).where(Job.id == job_id, Job.status == "running").values(done=done, total=total, alive_at=at)
        )


def _last_sign() -> ColumnElement[dt.datetime | None]:
    return func.coalesce(Job.alive_at, Job.started_at)


@contextmanager
def running(database: Database, job_id: int) -> Iterator[list[int] | None]:
    """Run the block as this job: its ids, or None when there is nothing to do (done, or taken by another).

    An error of the block is kept with the job and raised again; the third one ends it as failed, and so does
    the third death of its process.
    """
    ids = _take(database, job_id)
    try:
        yield ids
    except Exception as error:
        if ids is not None:
            _end(database, job_id, error)
        raise
    if ids is not None:
        _end(database, job_id, None)


def _take(database: Database, job_id: int) -> list[int] | None:
    with database.transaction() as session:
        job = session.get(Job, job_id, with_for_update=True)
        if job is None or job.status in ("done", "failed"):
            return None
        last_sign = job.alive_at or job.started_at
        if job.status == "running" and last_sign is not None and last_sign > now() - ABANDONED_AFTER:
            return None
        if job.attempts >= ATTEMPTS:  # its process died each time, and may again
            job.status, job.finished_at, job.error = "failed", now(), "its process ended before it did"
            return None
        job.status, job.attempts = "running", job.attempts + 1
        job.started_at = job.alive_at = now()
        job.done, job.total = 0, None
        return list(job.ids)


def _end(database: Database, job_id: int, error: Exception | None) -> None:
    with database.transaction() as session:
        job = session.get_one(Job, job_id, with_for_update=True)
        if error is None:
            job.status, job.error = "done", None
        else:
            job.status = "failed" if job.attempts >= ATTEMPTS else "pending"
            job.error = f"{type(error).__name__}: {error}"[:2000]
        job.finished_at = None if job.status == "pending" else now()
