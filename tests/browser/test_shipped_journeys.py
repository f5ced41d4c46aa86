"""Each shipped questionnaire is answered in Chromium to the end: every width, language, script, hand occurs."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

import questionnaires
from questionnaires import definition
from tests.browser.conftest import House
from tests.browser.pairwise import every_case
from tests.browser.walkers import Walker
from tests.browser.windows import open_browser

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

FILES = sorted((Path(questionnaires.__file__).parent / "definitions").glob("*/*.yaml"))
WIDTHS, LANGUAGES = (360, 768, 1280), ("fr", "en")
# For each questionnaire in turn: width, language, script, keyboard.
TURNS = [
    (360, "fr", True, False),
    (768, "en", False, False),
    (1280, "fr", False, True),
    (360, "en", False, False),
    (768, "fr", True, False),
    (1280, "en", True, True),
    (360, "fr", False, False),
    (1280, "en", True, False),
]
MOST_RESPONDENTS = 12


def test_every_way_of_answering_takes_its_turn() -> None:
    assert len(TURNS) == len(FILES) == 8
    for place, values in enumerate((set(WIDTHS), set(LANGUAGES), {True, False}, {True, False})):
        assert {turn[place] for turn in TURNS} == values
    assert sum(by_keyboard for *_, by_keyboard in TURNS) >= 2


@contextmanager
def arriving(
    house: House, browser: Browser, file: Path, turn: tuple[int, str, bool, bool], seed: int
) -> Iterator[Walker]:
    """Someone who has begun one of the questionnaires."""
    width, language, script, by_keyboard = turn
    root = house.launch(f"{file.parent.name}-{file.stem}", definition.read(file.read_bytes(), file.name))
    window = open_browser(browser, language, width)
    window.allow_script(script)
    where = house.waves[f"{file.parent.name}-{file.stem}"]
    walker = Walker(window, where, root, language, by_keyboard, random.Random(seed))
    walker.start()
    yield walker
    window.page.context.close()


def look(walker: Walker) -> None:
    """Each page fits the window, says nothing on the console, and has all its names and groups."""
    walker.faults += [f"{walker.window.place}: {one}" for one in walker.window.faults(with_axe=False)]


def look_and_come_back(walker: Walker) -> None:
    """Go back a page and forward again: the answers given there stand."""
    look(walker)
    window = walker.window
    if window.page.locator("button[name=aller][value=retour]").count() and walker.places[0] != window.place:
        here = window.place
        walker.go("retour")
        before = window.filled()
        walker.go()
        if window.page.locator(".summary.warn").count():
            walker.go()
        assert window.place == here, f"forward from {before} leads to {window.place}"


def answer_to_the_end(house: House, browser: Browser, file: Path, turn: tuple[int, str, bool, bool]) -> None:
    """Somebody reaches the end; whoever the survey does not concern leaves the place to another."""
    for seed in range(MOST_RESPONDENTS):
        with arriving(house, browser, file, turn, seed) as walker:
            walker.look = look
            end = walker.answer_all()
            assert not walker.faults, "\n".join(walker.faults)
            if end == "fin":
                assert "envoi" in walker.places
                assert walker.window.page.locator("output").count() >= 1
                state = walker.robot.state()
                assert state is not None
                assert state.disposition == "complete"
                return
    raise AssertionError("nobody reached the end")


@pytest.mark.parametrize(
    ("file", "turn"),
    [
        # Of a questionnaire with several versions, the latest; the others in the whole matrix.
        pytest.param(file, turn, marks=[pytest.mark.full] if after.parent == file.parent else [])
        for file, after, turn in zip(FILES, [*FILES[1:], Path()], TURNS, strict=True)
    ],
    ids=lambda one: one.stem if isinstance(one, Path) else str(one),
)
def test_somebody_answers_to_the_end(
    house: House, browser: Browser, file: Path, turn: tuple[int, str, bool, bool]
) -> None:
    answer_to_the_end(house, browser, file, turn)


ALL_TURNS = [
    tuple(case.values())
    for case in every_case({"width": WIDTHS, "language": LANGUAGES, "script": (True, False), "keys": (True, False)})
]


@pytest.mark.full
@pytest.mark.parametrize("turn", ALL_TURNS, ids=str)
@pytest.mark.parametrize("file", FILES, ids=lambda one: f"{one.parent.name}-{one.stem}")
def test_somebody_answers_in_each_way(
    house: House, browser: Browser, file: Path, turn: tuple[int, str, bool, bool]
) -> None:
    answer_to_the_end(house, browser, file, turn)


@pytest.mark.parametrize("script", [True, pytest.param(False, marks=pytest.mark.full)])
def test_back_and_forth_at_every_page_with_a_change_of_language(house: House, browser: Browser, script: bool) -> None:
    file = next(one for one in FILES if one.parent.name == "impact-fondations")
    for seed in range(MOST_RESPONDENTS):
        with arriving(house, browser, file, (360, "fr", script, False), seed) as walker:
            walker.look = change_language_at(5)
            end = walker.answer_all()
            assert not walker.faults, "\n".join(walker.faults)
            if end == "fin":
                assert walker.window.page.locator("html").get_attribute("lang") == "en"
                return
    raise AssertionError("nobody reached the end")


def change_language_at(page: int):  # type: ignore[no-untyped-def]
    """Come back at each page; at the given one, go on in English."""

    def look(walker: Walker) -> None:
        look_and_come_back(walker)
        if len(walker.places) == page and walker.window.page.locator("html").get_attribute("lang") == "fr":
            walker.go("langue-en")
            assert walker.window.page.locator("html").get_attribute("lang") == "en"
            walker.robot.language = "en"

    return look
