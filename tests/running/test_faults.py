"""Processes killed at any moment: every acknowledged answer is there, and nothing counts twice."""

from __future__ import annotations

import http.client
import random
import threading
import time
from dataclasses import dataclass, field

import pytest
from sqlalchemy import func, select

from app.config import load_settings
from app.models import Response, Submission
from app.services import fieldwork, responding, snapshots
from app.services.platform import Platform, open_platform
from questionnaires.model import Absence
from tests.running.citizen import Citizen
from tests.running.launch import WAVE, Running
from tests.servers import wait_for

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("platform")]

CITIZENS = 4
SECONDS = 14.0
SETTLED_WITHIN = 60.0
LOST = (http.client.HTTPException, ConnectionError, TimeoutError)


@dataclass
class Ledger:
    """What the platform acknowledged to one citizen after another."""

    sent: list[str] = field(default_factory=list)
    pages: dict[str, dict[str, str]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def test_killing_worker_web_and_broker_loses_no_acknowledged_answer(running: Running) -> None:
    ledger, is_over = Ledger(), threading.Event()
    threads = [threading.Thread(target=keep_answering, args=(running, ledger, is_over, n)) for n in range(CITIZENS)]
    for thread in threads:
        thread.start()
    chance, deadline = random.Random(7), time.monotonic() + SECONDS
    killed = []
    while time.monotonic() < deadline:
        time.sleep(chance.uniform(0.3, 1.5))
        child = chance.choice(["worker", "web", "valkey", "worker", "beat"])
        running.kill(child)
        killed.append(child)
    is_over.set()
    for thread in threads:
        thread.join(60)
    assert not ledger.failures, ledger.failures[:3]
    assert len(killed) >= 4
    assert len(ledger.sent) >= CITIZENS
    platform = open_platform(load_settings(running.env))
    check_acknowledged(platform, ledger)
    check_aggregates(platform)
    platform.database.close()


def keep_answering(running: Running, ledger: Ledger, is_over: threading.Event, number: int) -> None:
    """One citizen after another, page by page; a cut connection is tried again with the same answers."""
    seed = number * 1000
    while not is_over.is_set():
        seed += 1
        citizen = Citizen(running.port, WAVE, seed)
        try:
            address = patiently(citizen.start)
            while not address.endswith("/fin"):
                page = address
                html = patiently(lambda: citizen.request("GET", page)).text  # noqa: B023
                data = citizen.fill(html)
                posted = patiently(lambda: citizen.request("POST", page, data))  # noqa: B023
                if posted.status != 303:
                    ledger.failures.append(f"{page} {posted.status} {posted.text[:500]}")
                    return
                address = posted.location
                if not page.endswith("/envoi"):
                    scores = {name: value[0] for name, value in data.items() if name.startswith("fragilite_")}
                    ledger.pages.setdefault(token_of(citizen), {}).update(scores)
            ledger.sent.append(token_of(citizen))
        except Exception as error:
            ledger.failures.append(repr(error))
            return


def patiently(request):  # type: ignore[no-untyped-def]
    """Try again after a cut connection: posting the same answers twice changes nothing."""
    for _ in range(40):
        try:
            return request()
        except LOST:
            time.sleep(0.2)
    raise AssertionError("the platform did not come back")


def token_of(citizen: Citizen) -> str:
    """The token in the citizen's cookie."""
    return citizen.cookie.partition("=")[2]


def check_acknowledged(platform: Platform, ledger: Ledger) -> None:
    """Each page acknowledged is stored as it was posted, each sending is one submission."""
    with platform.database.reading() as session:
        for token, scores in ledger.pages.items():
            state = responding.find_response(session, WAVE, token)
            assert state is not None
            for name, value in scores.items():
                expected = Absence.NO_OPINION if value == "nsp" else int(value)
                assert state.given[name] == expected
        for token in ledger.sent:
            state = responding.find_response(session, WAVE, token)
            assert state is not None
            assert state.disposition == "complete"
            count = select(func.count()).where(Submission.response_id == state.id)
            assert session.scalar(count) == 1


def check_aggregates(platform: Platform) -> None:
    """Everything is folded in the end, and the aggregates equal a recount."""
    with platform.database.reading() as session:
        wave = fieldwork.get_wave(session, WAVE)

    def is_settled() -> bool:
        with platform.database.reading() as session:
            latest = snapshots.latest_snapshot(session, wave)
            complete = session.scalar(
                select(func.count()).where(Response.wave_id == wave.id, Response.disposition == "complete")
            )
            return latest is not None and latest.responses == complete

    wait_for(is_settled, "every response folded and counted", SETTLED_WITHIN)
    assert snapshots.verify_wave(platform.database, platform.storage, wave.id).n == complete_count(platform, wave.id)


def complete_count(platform: Platform, wave_id: int) -> int:
    """Responses that are complete."""
    with platform.database.reading() as session:
        found = select(func.count()).where(Response.wave_id == wave_id, Response.disposition == "complete")
        return session.scalar(found) or 0


def test_a_post_never_waits_for_the_broker(running: Running) -> None:
    citizen = Citizen(running.port, WAVE, 99)
    address = citizen.start()
    slowest = 0.0
    running.kill("valkey")
    for _ in range(12):
        html = citizen.request("GET", address).text
        data = citizen.fill(html)
        begin = time.monotonic()
        posted = citizen.request("POST", address, data)
        slowest = max(slowest, time.monotonic() - begin)
        assert posted.status == 303
        address = posted.location
        if address.endswith("/fin"):
            break
    assert address.endswith("/fin")
    assert slowest < 1.0
