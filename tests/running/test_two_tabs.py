"""Two tabs of one respondent post at the same moment: nothing lost, nothing silently replaced."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator

import pytest

from app.config import load_settings
from app.services import responding
from app.services.platform import Platform, open_platform
from tests.running.citizen import Answer, Citizen
from tests.running.launch import WAVE, Running

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("platform")]

TRIALS = 40
PAGES = ("profil", "situation", "territoire", "collectif")
NO_OPINION = "nsp"


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
        state = responding.find_response(session, WAVE, citizen.cookie.partition("=")[2])
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
