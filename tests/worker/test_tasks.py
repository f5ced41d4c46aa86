"""Each task does its work once, leaves at once when it is done, and can be called by anybody at any time."""

from __future__ import annotations

import datetime as dt
import os
import time
from functools import partial
from pathlib import Path

import pytest
import redis
from sqlalchemy import event, select, update

from app.db import Database, now
from app.jobs import JOBS
from app.models import Job, Snapshot, Submission
from app.services import drafting, folding, jobs
from app.storage import PARTIAL, FolderStorage
from tests.factories import (
    BY_SEX,
    SECRET,
    TWO_PAGES,
    Field,
    count_rows,
    launch,
    payload,
    segments_of,
    send_many,
    snapshots_of,
)
from tests.journeys import answer_all, at_once, expect_whole, fold, let_leases_end, refresh, withdraw

Call = tuple[str, tuple[int, ...]]
NOWHERE = "redis://127.0.0.1:1/0"
SENT = [payload(TWO_PAGES, sexe=sexe, region=1, confiance=8, engage=1) for sexe in (1, 2)]


class Installation:
    """A database, a folder of files and a broker; its tasks run in a process of the worker's."""

    def __init__(self, database: Database, folder: Path, broker_url: str) -> None:
        self.database, self.storage, self.broker_url = database, FolderStorage(folder / "storage"), broker_url
        self.env = {
            "DATABASE_URL": database.url.render_as_string(hide_password=False),
            "IMPACT_VAR": str(folder / "var"),
            "IMPACT_STORAGE": str(folder / "storage"),
            "BROKER_URL": broker_url,
            "SECRET_KEY": SECRET,
        }

    def run(self, *calls: Call) -> list[list[str]]:
        """Call tasks one after the other; the statements of each."""
        (statements,) = at_once(partial(perform, self.env, calls))
        return statements

    def messages(self) -> dict[str, int]:
        """How many messages wait in each queue."""
        with redis.Redis.from_url(self.broker_url) as broker:
            return {queue: broker.llen(queue) for queue in ("interactive", "fold", "bulk") if broker.llen(queue)}


def perform(env: dict[str, str], calls: tuple[Call, ...]) -> list[list[str]]:
    """In the worker's process: read its settings, call these tasks, let its hints leave."""
    os.environ.update(env)
    from worker import tasks

    statements: list[str] = []
    event.listen(
        tasks.platform.database.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_: statements.append(statement),
    )
    found = []
    for name, ids in calls:
        statements.clear()
        tasks.app.tasks[name](*ids)
        found.append(list(statements))
    if env["BROKER_URL"] != NOWHERE:
        time.sleep(0.7)
    return found


@pytest.fixture
def here(database: Database, tmp_path: Path) -> Installation:
    return Installation(database, tmp_path, NOWHERE)


@pytest.fixture
def here_with_broker(database: Database, tmp_path: Path, valkey_url: str) -> Installation:
    return Installation(database, tmp_path, valkey_url)


@pytest.fixture
def wave(database: Database) -> Field:
    return launch(database, shares=BY_SEX)


def writes(statements: list[str]) -> list[str]:
    return [one for one in statements if one.startswith(("INSERT", "UPDATE", "DELETE"))]


def job_of(database: Database) -> Job:
    with database.reading() as session:
        return session.scalars(select(Job).order_by(Job.id.desc())).first() or pytest.fail("no job")


def test_every_job_has_its_task(here: Installation) -> None:
    (names,) = at_once(partial(task_names, here.env))
    assert names == set(JOBS)


def task_names(env: dict[str, str]) -> set[str]:
    os.environ.update(env)
    from worker import tasks

    return {name for name in tasks.app.tasks if not name.startswith("celery.")}


def test_folding_a_wave_makes_its_snapshot_and_then_leaves_at_once(here: Installation, wave: Field) -> None:
    send_many(wave, SENT, 30)
    fold_it: Call = ("fold-wave", (wave.wave_id,))
    _first, again, of_nobody = here.run(fold_it, fold_it, ("fold-wave", (wave.wave_id + 1000,)))
    expect_whole(wave, here.storage, 30)
    assert [snapshot.responses for snapshot in snapshots_of(wave)] == [30]
    for statements in (again, of_nobody):
        asked = [one for one in statements if not one.startswith("BEGIN")]
        assert len(asked) == 1, "one question to the database, and it leaves"
        assert writes(asked) == []


def test_a_fold_whose_submissions_are_leased_leaves_them(here: Installation, wave: Field) -> None:
    send_many(wave, SENT, 4)
    with wave.database.transaction() as session:
        folding.claim_submissions(session, wave.wave_id)
    here.run(("fold-wave", (wave.wave_id,)))
    assert segments_of(wave) == []


def test_refreshing_a_snapshot_that_exists_writes_nothing(here: Installation, wave: Field) -> None:
    send_many(wave, SENT, 4)
    fold(wave, here.storage)
    refresh_it: Call = ("refresh-snapshot", (wave.wave_id,))
    _first, again = here.run(refresh_it, refresh_it)
    assert count_rows(wave.database, Snapshot) == 1
    assert writes(again) == []


def test_a_recount_ends_its_job_and_then_leaves_at_once(here: Installation, wave: Field) -> None:
    send_many(wave, SENT, 4)
    fold(wave, here.storage)
    with wave.database.transaction() as session:
        jobs.request_rebuild(session, None, wave.wave_id, cause="a test")
    recount: Call = ("rebuild-wave", (job_of(wave.database).id,))
    _first, again = here.run(recount, recount)
    assert (job_of(wave.database).status, job_of(wave.database).attempts) == ("done", 1)
    assert writes(again) == []


def test_a_recount_that_differs_fails_its_job_loudly(here: Installation, wave: Field) -> None:
    send_many(wave, SENT, 4)
    fold(wave, here.storage)
    with wave.database.transaction() as session:
        session.execute(update(Submission).values(payload=SENT[0]))
        jobs.request_rebuild(session, None, wave.wave_id, cause="a test")
    recount: Call = ("rebuild-wave", (job_of(wave.database).id,))
    with pytest.raises(AssertionError, match="AggregatesDiffer"):
        here.run(recount)
    assert job_of(wave.database).status == "pending"
    assert "AggregatesDiffer" in (job_of(wave.database).error or "")


def test_a_sweep_with_nothing_undone_asks_for_nothing(here_with_broker: Installation, wave: Field) -> None:
    send_many(wave, SENT, 4)
    fold(wave, here_with_broker.storage)
    refresh(wave, here_with_broker.storage)
    (statements,) = here_with_broker.run(("sweep", ()))
    assert writes(statements) == []
    assert here_with_broker.messages() == {}


def test_a_sweep_asks_again_for_whatever_is_undone(here_with_broker: Installation, wave: Field) -> None:
    unfolded = launch(wave.database, key="ailleurs")
    send_many(wave, SENT, 4)
    send_many(unfolded, SENT, 4)
    fold(wave, here_with_broker.storage)
    with wave.database.transaction() as session:
        jobs.request_rebuild(session, None, wave.wave_id, cause="a test")
        session.flush()
        session.execute(update(Job).values(requested_at=now() - dt.timedelta(minutes=1)))
        drafting.start_draft(session, None, None, key="b", version="1", population="citoyens", title={"fr": "B"})
    (statements,) = here_with_broker.run(("sweep", ()))
    assert writes(statements) == []
    assert here_with_broker.messages() == {"interactive": 1, "fold": 2, "bulk": 1}


def test_a_sweep_finds_the_submissions_of_a_dead_fold(here_with_broker: Installation, wave: Field) -> None:
    send_many(wave, SENT, 4)
    with wave.database.transaction() as session:
        folding.claim_submissions(session, wave.wave_id)
    here_with_broker.run(("sweep", ()))
    assert here_with_broker.messages() == {}
    let_leases_end(wave)
    here_with_broker.run(("sweep", ()))
    assert here_with_broker.messages() == {"fold": 1}


def test_the_files_of_nobody_are_swept_and_only_they(here: Installation, wave: Field) -> None:
    send_many(wave, SENT, 4)
    fold(wave, here.storage)
    refresh(wave, here.storage)
    here.storage.put(folding.SEGMENTS, b"an orphan")
    here.storage.put_as(PARTIAL, "0123", b"a crumb")
    for path in here.storage.folder.rglob("*"):
        os.utime(path, (time.time() - 7_200,) * 2)
    here.run(("sweep-files", ()), ("sweep-files", ()))
    kinds = (folding.SEGMENTS, folding.TALLIES, folding.SNAPSHOTS, PARTIAL)
    assert [len(list(here.storage.names(kind, 0))) for kind in kinds] == [1, 1, 1, 0]
    expect_whole(wave, here.storage, 4)


def test_the_night_erases_what_was_withdrawn_and_asks_for_one_recount(here: Installation, wave: Field) -> None:
    people = [answer_all(wave) for _ in range(3)]
    fold(wave, here.storage)
    withdraw(wave, people[0].receipt)
    fold(wave, here.storage)
    here.run(("nightly", ()), ("nightly", ()))
    with wave.database.reading() as session:
        live = folding.live_segments(session, wave.wave_id)
    assert sum(segment.row_count for segment in live) == 2
    assert count_rows(wave.database, Job) == 1
    here.run(("rebuild-wave", (job_of(wave.database).id,)))
    assert job_of(wave.database).status == "done"


def test_tasks_of_an_empty_database_do_nothing(here: Installation, database: Database) -> None:
    one = (1,)
    calls: list[Call] = [("sweep", ()), ("sweep-files", ()), ("nightly", ()), ("rebuild-wave", one), ("fold-wave", one)]
    found = here.run(*calls)
    assert [writes(statements) for statements in found] == [[]] * len(calls)
