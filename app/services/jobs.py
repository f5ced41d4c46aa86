"""The rows of jobs: asked for, taken, ended; a job whose process died is taken again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.db import Database, now
from app.jobs import JOBS, REBUILD_WAVE, JobName, Sender, request
from app.models import Job

ATTEMPTS = 3
ABANDONED_AFTER = dt.timedelta(minutes=15)
PATIENCE = dt.timedelta(seconds=5)


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
                and_(Job.status == "running", Job.started_at < at - ABANDONED_AFTER),
            )
        )
    )
    return [(JOBS[row.name], row.id) for row in rows if row.name in JOBS]


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
        started = job.started_at
        if job.status == "running" and started is not None and started > now() - ABANDONED_AFTER:
            return None
        if job.attempts >= ATTEMPTS:  # its process died each time, and may again
            job.status, job.finished_at, job.error = "failed", now(), "its process ended before it did"
            return None
        job.status, job.started_at, job.attempts = "running", now(), job.attempts + 1
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
