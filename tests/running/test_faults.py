"""Two tabs at once, processes killed at any moment: nothing acknowledged is lost, nothing counts twice."""

from __future__ import annotations

import copy
import http.client
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import func, select

from app.config import load_settings
from app.models import Response, Submission
from app.services import fieldwork, folding, responding, snapshots
from app.services.platform import Platform, open_platform
from questionnaires.model import Absence
from tests.running.citizen import Answer, Citizen
from tests.running.launch import WAVE, Running
from tests.servers import wait_for

pytestmark = pytest.mark.timeout(240)

CITIZENS = 4
TRIALS = 40
KILLED = ("worker", "web", "valkey", "worker", "beat", "web")
SETTLED_WITHIN = folding.LEASE_SECONDS + 30.0  # what a killed worker had claimed waits for the end of its lease
LOST = (http.client.HTTPException, ConnectionError, TimeoutError)


@pytest.fixture
def platform(running: Running) -> Iterator[Platform]:
    """The same database, to see what was stored."""
    platform = open_platform(load_settings(running.env))
    yield platform
    platform.database.close()


@pytest.fixture
def tabs(running: Running) -> tuple[Citizen, Citizen]:
    """Two tabs of one browser, in the middle of the questionnaire."""
    citizen = Citizen(running.port, WAVE, 5)
    address = citizen.start()
    while not address.endswith("/effets"):
        posted = citizen.request("POST", address, citizen.fill(citizen.request("GET", address).text))
        assert posted.status == 303
        address = posted.location
    return citizen, copy.copy(citizen)


def post_together(posts: list[tuple[Citizen, str, dict[str, list[str]]]]) -> list[Answer]:
    """Post from several tabs at the same moment."""
    barrier, answers = threading.Barrier(len(posts)), [Answer(0, "", "")] * len(posts)

    def post(place: int) -> None:
        citizen, page, data = posts[place]
        barrier.wait()
        answers[place] = citizen.request("POST", f"/r/{WAVE}/{page}", data)

    threads = [threading.Thread(target=post, args=(place,)) for place in range(len(posts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def open_page(citizen: Citizen, page: str, changes: dict[str, str]) -> dict[str, list[str]]:
    """The form of a page as it is shown now, with some answers changed."""
    html = citizen.request("GET", f"/r/{WAVE}/{page}").text
    data = citizen.shown(html)
    return {**data, **{name: [value] for name, value in changes.items()}, "aller": ["suite"]}


def stored(platform: Platform, citizen: Citizen) -> dict[str, object]:
    """The given answers in the database."""
    with platform.database.reading() as session:
        state = responding.find_response(session, WAVE, citizen.cookie.partition("=")[2].partition(".")[0])
    assert state is not None
    return dict(state.given)


def test_different_pages_both_keep_their_answer(tabs: tuple[Citizen, Citizen], platform: Platform) -> None:
    one, other = tabs
    for trial in range(TRIALS):
        first, second = str(trial % 3 + 1), str(trial % 11)
        answers = post_together(
            [
                (one, "collectif", open_page(one, "collectif", {"utilite": first})),
                (other, "territoire", open_page(other, "territoire", {"fragilite_emploi": second})),
            ]
        )
        assert [answer.status for answer in answers] == [303, 303]
        found = stored(platform, one)
        assert (found["utilite"], found["fragilite_emploi"]) == (int(first), int(second))


def test_same_page_different_questions_both_keep_their_answer(
    tabs: tuple[Citizen, Citizen], platform: Platform
) -> None:
    one, other = tabs
    for trial in range(TRIALS):
        first, second = str(trial % 3 + 1), str(trial % 4 + 1)
        answers = post_together(
            [
                (one, "collectif", open_page(one, "collectif", {"utilite": first})),
                (other, "collectif", open_page(other, "collectif", {"utilite_fragilites": second})),
            ]
        )
        assert [answer.status for answer in answers] == [303, 303]
        found = stored(platform, one)
        assert (found["utilite"], found["utilite_fragilites"]) == (int(first), int(second))


def test_same_question_the_second_is_told_and_replaces_nothing(
    tabs: tuple[Citizen, Citizen], platform: Platform
) -> None:
    one, other = tabs
    for trial in range(TRIALS):
        before = stored(platform, one)["utilite"]
        values = [value for value in ("1", "2", "3", "4", "5") if int(value) != before]
        first, second = values[trial % 4], values[(trial + 1) % 4]
        answers = post_together(
            [
                (one, "collectif", open_page(one, "collectif", {"utilite": first})),
                (other, "collectif", open_page(other, "collectif", {"utilite": second})),
            ]
        )
        kept = [value for value, answer in zip((first, second), answers, strict=True) if answer.status == 303]
        told = [answer for answer in answers if answer.status != 303]
        assert len(kept) == len(told) == 1
        assert stored(platform, one)["utilite"] == int(kept[0])
        assert "utilite" in told[0].text
        assert 'class="summary"' in told[0].text


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
    chance = random.Random(7)
    for child in KILLED:
        time.sleep(chance.uniform(0.2, 1.2))
        running.kill(child)
    is_over.set()
    for thread in threads:
        thread.join(60)
    assert not ledger.failures, ledger.failures[:3]
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
    return citizen.cookie.partition("=")[2].partition(".")[0]


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
    running.kill("valkey", is_awaited=False)
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
