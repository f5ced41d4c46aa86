"""The rows of jobs: taken once, taken again from the dead, given up after the third failure."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update

from app.db import Database, now
from app.jobs import REBUILD_WAVE
from app.models import Job
from app.services import jobs
from tests.factories import count_rows
from tests.journeys import in_threads

LONG = jobs.ABANDONED_AFTER + dt.timedelta(minutes=1)


@pytest.fixture
def job_id(database: Database) -> int:
    """A job asked for."""
    with database.transaction() as session:
        jobs.request_rebuild(session, None, 7, cause="a test")
    return job(database).id


def job(database: Database) -> Job:
    with database.reading() as session:
        return session.scalars(select(Job)).one()


def change(database: Database, **values: Any) -> None:
    with database.transaction() as session:
        session.execute(update(Job).values(**values))


def run(database: Database, job_id: int, error: Exception | None = None) -> list[int] | None:
    with jobs.running(database, job_id) as ids:
        if error is not None:
            raise error
        return ids


def to_run(database: Database) -> list[int]:
    with database.reading() as session:
        return [job_id for _, job_id in jobs.jobs_to_run(session)]


def test_a_job_is_done_once(database: Database, job_id: int) -> None:
    assert run(database, job_id) == [7]
    assert run(database, job_id) is None
    done = job(database)
    assert (done.status, done.attempts, done.error) == ("done", 1, None)
    assert done.finished_at is not None
    assert run(database, job_id + 1000) is None, "there is no such job"


def test_a_job_that_runs_is_not_taken_by_another(database: Database, job_id: int) -> None:
    with jobs.running(database, job_id) as mine:
        assert mine == [7]
        assert run(database, job_id) is None
        assert job(database).status == "running"
        assert to_run(database) == []
    assert job(database).status == "done"


def test_two_workers_never_take_the_same_job(database: Database) -> None:
    with database.transaction() as session:
        for number in range(40):
            jobs.request_rebuild(session, None, number, cause="a test")
    with database.reading() as session:
        ids = list(session.scalars(select(Job.id)))
    for one in ids:
        take = partial(run, database, one)
        assert [ids for ids in in_threads(take, take) if ids is not None] == [job_ids(database, one)]


def job_ids(database: Database, job_id: int) -> list[int]:
    with database.reading() as session:
        return list(session.get_one(Job, job_id).ids)


def test_the_job_of_a_dead_process_is_taken_again(database: Database, job_id: int) -> None:
    change(database, status="running", attempts=1, started_at=now() - LONG, requested_at=now() - LONG)
    assert to_run(database) == [job_id]
    assert run(database, job_id) == [7]
    assert (job(database).status, job(database).attempts) == ("done", 2)


def test_a_job_that_kills_its_process_each_time_is_given_up(database: Database, job_id: int) -> None:
    change(database, status="running", attempts=jobs.ATTEMPTS, started_at=now() - LONG)
    assert run(database, job_id) is None
    failed = job(database)
    assert failed.status == "failed"
    assert failed.error
    assert to_run(database) == []


def test_the_third_failure_ends_a_job(database: Database, job_id: int) -> None:
    for attempt in (1, 2, 3):
        with pytest.raises(LookupError):
            run(database, job_id, LookupError("a reason"))
        failed = job(database)
        assert (failed.attempts, failed.error) == (attempt, "LookupError: a reason")
        assert failed.status == ("failed" if attempt == 3 else "pending")
        assert (failed.finished_at is not None) == (attempt == 3)
    assert run(database, job_id) is None


def test_a_job_that_succeeds_after_a_failure_forgets_it(database: Database, job_id: int) -> None:
    with pytest.raises(LookupError):
        run(database, job_id, LookupError())
    assert run(database, job_id) == [7]
    assert (job(database).status, job(database).error) == ("done", None)


def test_an_error_of_who_has_nothing_to_do_changes_nothing(database: Database, job_id: int) -> None:
    run(database, job_id)
    with pytest.raises(LookupError):
        run(database, job_id, LookupError())
    assert (job(database).status, job(database).error) == ("done", None)


def test_a_job_is_left_to_its_hint_for_a_moment_then_asked_for_again(database: Database, job_id: int) -> None:
    assert to_run(database) == []
    change(database, requested_at=now() - jobs.PATIENCE - dt.timedelta(seconds=1))
    assert to_run(database) == [job_id]


def test_the_same_recount_is_not_asked_for_twice(database: Database, job_id: int) -> None:
    with database.transaction() as session:
        jobs.request_rebuild(session, None, 7, cause="again")
        jobs.request_rebuild(session, None, 8, cause="another wave")
    assert count_rows(database, Job) == 2
    run(database, job_id)
    with database.transaction() as session:
        jobs.request_rebuild(session, None, 7, cause="the next night")
    assert count_rows(database, Job) == 3


def test_a_job_says_how_far_it_is(database: Database, job_id: int) -> None:
    with jobs.running(database, job_id):
        jobs.advance(database, job_id, 0, 40)
        assert progress(database, job_id) == jobs.JobProgress("running", 0, 40, None, None)
        jobs.advance(database, job_id, 40, 40)
        assert progress(database, job_id) == jobs.JobProgress("running", 40, 40, None, None)
    told = progress(database, job_id)
    assert told is not None
    assert (told.status, told.is_over) == ("done", True)
    assert progress(database, job_id + 1000) is None


def test_progress_is_not_written_at_every_step(database: Database, job_id: int) -> None:
    with jobs.running(database, job_id):
        for done in range(100):
            jobs.advance(database, job_id, done, 1000)
        assert job(database).done < 99
        change(database, alive_at=now() - dt.timedelta(seconds=1))
        jobs.advance(database, job_id, 500, 1000)
        assert job(database).done == 500


def test_a_long_job_that_advances_is_not_taken_again(database: Database, job_id: int) -> None:
    with jobs.running(database, job_id):
        change(database, started_at=now() - LONG, alive_at=now() - LONG)
        assert to_run(database) == [job_id], "it has said nothing for too long"
        jobs.advance(database, job_id, 1, 2)
        assert to_run(database) == []
        assert run(database, job_id) is None


def test_what_a_lost_process_still_says_does_not_change_the_end(database: Database, job_id: int) -> None:
    run(database, job_id)
    jobs.advance(database, job_id, 1, 2)
    assert (job(database).done, job(database).status) == (0, "done")


def test_the_last_job_asked_for_on_something_is_found(database: Database, job_id: int) -> None:
    run(database, job_id)
    with database.transaction() as session:
        jobs.request_rebuild(session, None, 7, cause="again")
        jobs.request_rebuild(session, None, 77, cause="another wave")
    with database.reading() as session:
        latest = jobs.latest_job(session, REBUILD_WAVE, 7)
        assert latest is not None
        assert (latest.status, latest.finished_at) == ("pending", None)
        assert jobs.latest_job(session, REBUILD_WAVE, 8) is None


def progress(database: Database, job_id: int) -> jobs.JobProgress | None:
    with database.reading() as session:
        return jobs.job_progress(session, job_id)
