"""A message is a hint: it leaves after the commit, in the background, and nobody waits for the broker.

Each sender lives in a process of its own, as in the web server, so that its thread ends with it.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import time
import tracemalloc
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Thread

import pytest
import redis

from app.db import Database
from app.jobs import FOLD_WAVE, JOBS, PENDING_MESSAGES, QUEUES, REBUILD_WAVE, Sender, request
from app.models import Job
from app.services import responding
from app.services.responding import Submitted
from tests import servers
from tests.factories import SECRET, launch
from tests.journeys import Respondent, arrive, at_once, opened

PROMPT = 0.050
"""Seconds within which a request is answered, broker or not."""


@pytest.fixture
def silent_broker() -> Iterator[str]:
    """A broker that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


@pytest.fixture
def closed_broker() -> str:
    """An address where nothing listens."""
    return f"redis://127.0.0.1:{servers.free_port()}/0"


@pytest.fixture(params=["closed_broker", "silent_broker"])
def broken_broker(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


def send_all(url: str, broker_url: str, wave_key: str, tokens: list[str]) -> list[float]:
    """Send responses; how long each transaction took, in seconds."""
    sender, times = Sender(broker_url), []
    with opened(url) as database:
        for token in tokens:
            start = time.perf_counter()
            with database.transaction() as session:
                sent = responding.submit_response(session, wave_key, token, SECRET, sender)
            times.append(time.perf_counter() - start)
            assert isinstance(sent, Submitted)
    return times


def ready_to_send(database: Database, count: int) -> tuple[str, list[Respondent]]:
    wave = launch(database)
    people = [arrive(wave) for _ in range(count)]
    for person in people:
        person.answer("profil", sexe=1, region=1)
        person.answer("avis", confiance=5, engage=1)
    return wave.key, people


def test_a_respondent_never_waits_for_the_broker(database: Database, database_url: str, broken_broker: str) -> None:
    wave_key, people = ready_to_send(database, 20)
    tokens = [person.token for person in people]
    (times,) = at_once(partial(send_all, database_url, broken_broker, wave_key, tokens))
    assert sorted(times)[len(times) // 2] < PROMPT
    assert max(times) < 0.5, "even the slowest has not waited for a socket"
    assert {person.state.disposition for person in people} == {"complete"}


def flood(broker_url: str, count: int) -> tuple[float, int]:
    """Send many different hints, then ten times as many; the slowest send (seconds), and the memory of the latter."""
    sender, slowest = Sender(broker_url), 0.0

    def send(numbers: range) -> None:
        nonlocal slowest
        for number in numbers:
            start = time.perf_counter()
            sender.send(FOLD_WAVE, (number,))
            slowest = max(slowest, time.perf_counter() - start)

    send(range(count))
    time.sleep(1)  # the thread of the sender imports what it needs
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    send(range(count, 11 * count))
    return slowest, tracemalloc.get_traced_memory()[0] - before


def test_a_flood_of_hints_is_bounded_and_never_blocks(broken_broker: str) -> None:
    assert PENDING_MESSAGES < 2_000
    ((slowest, grown),) = at_once(partial(flood, broken_broker, 2_000))
    assert slowest < 0.5
    assert grown < 1_000_000, "20,000 kept hints would be some 4 MB"


def send_hints(broker_url: str, hints: list[tuple[str, tuple[int, ...]]]) -> None:
    """Send hints and wait until the sender has nothing left."""
    sender = Sender(broker_url)
    for name, ids in hints:
        sender.send(JOBS[name], ids)
    time.sleep(1)


def messages(broker_url: str, queue: str) -> list[list[int]]:
    """The arguments of the tasks that wait in a queue."""
    with redis.Redis.from_url(broker_url) as broker:
        bodies = [json.loads(raw)["body"] for raw in broker.lrange(queue, 0, -1)]
    return sorted(json.loads(base64.b64decode(body))[0] for body in bodies)


def test_a_hint_reaches_the_queue_of_its_job(valkey_url: str) -> None:
    hints = [("fold-wave", (1,)), ("fold-wave", (2,)), ("rebuild-wave", (7,))]
    at_once(partial(send_hints, valkey_url, hints))
    assert messages(valkey_url, "fold") == [[1], [2]]
    assert messages(valkey_url, "bulk") == [[7]]


def test_identical_hints_that_wait_are_sent_once(valkey_url: str) -> None:
    at_once(partial(send_hints, valkey_url, [("fold-wave", (1,))] * 500 + [("fold-wave", (2,))] * 500))
    waiting = messages(valkey_url, "fold")
    assert {tuple(one) for one in waiting} == {(1,), (2,)}
    assert len(waiting) < 50


def hint_across_an_outage(broker_url: str, folder: Path) -> None:
    """Send a hint while the broker is down; when the test says that it is up again, another."""
    sender = Sender(broker_url)
    sender.send(FOLD_WAVE, (1,))
    time.sleep(1)
    (folder / "tried").touch()
    servers.wait_for((folder / "up").exists, "the broker")
    sender.send(FOLD_WAVE, (2,))
    servers.wait_for((folder / "seen").exists, "the hint")


def test_a_sender_finds_its_broker_again(own_valkey: servers.Valkey, tmp_path: Path) -> None:
    own_valkey.kill()

    def restart() -> bool:
        servers.wait_for((tmp_path / "tried").exists, "the first hint")
        own_valkey.start()
        (tmp_path / "up").touch()
        try:
            servers.wait_for(lambda: [2] in messages(own_valkey.url, "fold"), "the second hint", within=15)
        finally:
            (tmp_path / "seen").touch()
        return True

    thread = Thread(target=restart)
    thread.start()
    at_once(partial(hint_across_an_outage, own_valkey.url, tmp_path))
    thread.join()
    assert [2] in messages(own_valkey.url, "fold")


def request_and_fail(url: str, broker_url: str) -> None:
    sender = Sender(broker_url)
    with opened(url) as database:
        try:
            with database.transaction() as session:
                request(session, sender, FOLD_WAVE, 1)
                request(session, sender, REBUILD_WAVE, 1, cause="a test")
                raise LookupError
        except LookupError:
            pass
        with database.transaction() as session:
            request(session, sender, REBUILD_WAVE, 5, cause="a test")
    time.sleep(1)


def test_a_hint_of_what_was_rolled_back_is_never_sent(database: Database, database_url: str, valkey_url: str) -> None:
    at_once(partial(request_and_fail, database_url, valkey_url))
    assert messages(valkey_url, "fold") == []
    with database.reading() as session:
        (job,) = session.query(Job).all()
    assert (job.ids, job.status, job.cause) == ([5], "pending", "a test")
    assert messages(valkey_url, "bulk") == [[job.id]], "the row's number is what the task takes"


def test_a_sender_made_before_a_fork_works_after_it(valkey_url: str) -> None:
    at_once(partial(send_from_a_child, valkey_url))
    assert messages(valkey_url, "fold") == [[1], [2]]


def send_from_a_child(broker_url: str) -> None:
    """As gunicorn: the parent sends, then forks; the child has no thread of it."""
    sender = Sender(broker_url)
    sender.send(FOLD_WAVE, (1,))
    time.sleep(0.5)
    child = os.fork()
    if child == 0:
        sender.send(FOLD_WAVE, (2,))
        time.sleep(1)
        os._exit(0)
    os.waitpid(child, 0)


def test_every_job_has_a_queue_that_a_worker_reads() -> None:
    assert {job.queue for job in JOBS.values()} <= set(QUEUES)
    assert all(name == job.name for name, job in JOBS.items())
