"""Each state of the door of a survey: an honest page, in the reader's language, that says what to do next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser
from sqlalchemy.orm import Session

from app.db import now
from app.models import Wave
from app.services import fieldwork, invitations
from questionnaires import definition
from tests.browser.conftest import House
from tests.browser.everything import TYPE, asking
from tests.browser.test_shipped_journeys import FILES
from tests.browser.windows import Window, open_browser

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SAMPLE = "deja"


@pytest.fixture(params=[("fr", True, 360), ("en", False, 1280)], ids=["fr-script-360", "en-no-script-1280"])
def window(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Window]:
    """A browser; its language, script and width vary together."""
    language, script, width = request.param
    window = open_browser(browser, language, width)
    window.allow_script(script)
    yield window
    window.page.context.close()


def change(house: House, key: str, act: Callable[[Session, Wave], object]) -> str:
    """A wave of its own, changed by `act(session, wave)`; gives its address."""
    root = house.launch(key, asking(SAMPLE))
    with house.platform.database.transaction() as session:
        act(session, fieldwork.get_wave(session, key))
    return root


def leave_it(_session: Session, _wave: Wave) -> None:
    """The wave stays as it is: open."""


def says(window: Window, root: str, status: int, french: str, english: str) -> str:
    """Open the door: the title of the page, faultless, with something to do next; gives its words."""
    assert window.open(root) == status
    is_french = window.page.locator("html").get_attribute("lang") == "fr"
    assert window.page.locator("h1").inner_text() == (french if is_french else english)
    assert window.page.locator("main a.b, main button.b").count() >= 1, "what to do next"
    window.check()
    return window.page.locator("main").inner_text()


def test_not_yet_open(house: House, window: Window) -> None:
    def plan(session: Session, wave: Wave) -> None:
        wave.opens_at = now() + dt.timedelta(days=3)

    root = change(house, "pas-encore", plan)
    text = says(window, root, 200, "L’enquête n’est pas encore ouverte", "The survey is not open yet")
    assert str((now() + dt.timedelta(days=3)).year) in text, "it says when it opens"


def test_open(house: House, window: Window) -> None:
    root = change(house, "ouverte", leave_it)
    says(window, root, 200, "Essai d’un type de question", "Trial of a type of question")
    window.press("main form button.b")
    assert window.place == TYPE


def test_paused(house: House, window: Window) -> None:
    root = change(house, "en-pause", leave_it)
    window.open(root)
    window.press("main form button.b")
    window.put(SAMPLE, "1")
    change(house, "en-pause", fieldwork.pause_wave)
    window.go()
    assert window.page.locator(f"input[name={SAMPLE}][value='1']").is_checked(), "what was typed stands"
    window.check()
    says(window, root, 200, "L’enquête est en pause", "The survey is paused")
    change(house, "en-pause", fieldwork.open_wave)
    window.open(root)
    window.press("main a.b")
    assert window.place == TYPE


def test_closed(house: House, window: Window) -> None:
    root = change(house, "fermee", fieldwork.close_wave)
    says(window, root, 410, "L’enquête est close", "The survey is closed")


def test_closed_while_one_answers(house: House, window: Window) -> None:
    root = change(house, f"fermee-{window.has_script}".lower(), leave_it)
    window.open(root)
    window.press("main form button.b")
    window.put(SAMPLE, "1")
    change(house, f"fermee-{window.has_script}".lower(), fieldwork.close_wave)
    window.go()
    assert window.page.locator("h1").inner_text() in ("L’enquête est close", "The survey is closed")
    window.check()


def test_already_answered(house: House, window: Window) -> None:
    root = change(house, "deja-repondu", leave_it)
    window.open(root)
    window.press("main form button.b")
    window.put(SAMPLE, "1")
    window.go()
    window.put("suite", "rien")
    window.go()
    window.go()
    assert window.place == "fin"
    window.check()
    window.open(root)
    assert window.page.locator("main a.b[href$='/fin']").count() == 1
    window.check()


def test_personal_code(house: House, window: Window) -> None:
    codes: list[str] = []
    key = f"sur-invitation-{window.has_script}".lower()

    def invite(session: Session, wave: Wave) -> None:
        wave.access = "personal"
        codes.extend(invitations.create_invitations(session, wave, [{}, {}], house.platform.settings.secret_key))

    root = change(house, key, invite)
    window.open(root)
    window.check()
    window.press("main form button.b")
    assert window.page.title().startswith(("Erreur – ", "Error – "))
    window.check()
    window.page.locator("#code-1").fill(codes[0].lower())
    window.press("main form button.b")
    assert window.place == TYPE
    assert codes[0] not in window.page.url
    window.put(SAMPLE, "1")
    window.go()
    window.put("suite", "rien")
    window.go()
    window.go()
    assert window.place == "fin"
    window.page.context.clear_cookies()
    window.open(root)
    window.page.locator("#code-1").fill(codes[0])
    window.press("main form button.b")
    assert window.page.locator("h1").inner_text() in ("Vous avez déjà répondu", "You have already answered")
    window.check()
    window.open(f"{root}invitation/{codes[1]}")
    window.press("main form button.b")
    assert window.place == TYPE, "the address of an invitation leads in as well"


def test_consent_is_asked_before_the_first_question(house: House, window: Window) -> None:
    def ask(session: Session, wave: Wave) -> None:
        wave.basis = "consent"

    root = change(house, "avec-accord", ask)
    window.open(root)
    window.check()
    window.press("main form button.b")
    assert window.page.title().startswith(("Erreur – ", "Error – "))
    window.check()
    window.page.locator("#accord-1").check(force=True)
    window.press("main form button.b")
    assert window.place == TYPE


def test_screened_out(house: House, window: Window) -> None:
    file = next(one for one in FILES if (one.parent.name, one.stem) == ("impact-citoyens", "2022"))
    root = house.launch("impact-citoyens-2022", definition.read(file.read_bytes(), file.name))
    window.open(f"{root}sortie/mineur")
    assert window.page.locator("h1").count() == 1
    assert window.page.locator("main a.b").count() >= 1
    window.check()


def test_unknown_survey(house: House, window: Window) -> None:
    says(window, f"{house.url}/r/nulle-part/", 404, "Cette enquête n’existe pas", "This survey does not exist")
