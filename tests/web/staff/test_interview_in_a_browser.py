"""An interview with the keys alone, in a real browser: digits, « ne sait pas », refusal, Enter; switched off."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.factories import launch
from tests.questionnaires.builders import multiple, page, questionnaire, score_grid, single, text
from tests.serving import serve
from tests.web.staff.members import PASSWORD, hire

pytestmark = pytest.mark.browser
ASKED = questionnaire(
    page("un", single("avis", *(f"choix_{one}" for one in range(1, 13))), multiple("gouts", "a", "b", "c")),
    page("deux", score_grid("notes", "ici", "ailleurs"), text("mot")),
)


@pytest.fixture
def interview(app: Flask, browser: Browser) -> Iterator[Page]:
    """An interviewer at the first page of an interview."""
    launch(app.extensions["impact"].database, ASKED)
    email = hire(app, "interviewer")
    with serve(app) as root:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="fr-FR")
        window = context.new_page()
        window.goto(f"{root}/account/login?next=/interview/essai/telephone")
        window.fill("input[name=email]", email)
        window.fill("input[name=password]", PASSWORD)
        window.locator("main form button.b").first.click()
        window.get_by_role("button", name="Commencer l’entretien").click()
        window.wait_for_url("**/un")
        window.locator(".q.now").first.wait_for()
        yield window
        context.close()


def press(window: Page, *keys: str) -> None:
    for key in keys:
        window.keyboard.press(key)


def checked(window: Page) -> list[str]:
    found: list[str] = window.evaluate(
        "[...document.querySelectorAll('#page :checked')].map(i => i.name + '=' + i.value)"
    )
    return found


def test_an_interview_is_led_with_the_keys(interview: Page) -> None:
    press(interview, "1", "2")
    assert checked(interview) == ["avis=12"], "two digits are one number"
    press(interview, "Enter", "1", "3")
    assert checked(interview) == ["avis=12", "gouts=1", "gouts=3"]
    press(interview, "n")
    assert checked(interview) == ["avis=12", "gouts=nsp"], "not knowing takes the place of the choices"
    press(interview, "ArrowUp", "r", "Enter", "Enter")
    interview.wait_for_url("**/deux")
    interview.locator(".row.now").first.wait_for()
    press(interview, "1", "0", "Enter", "0", "Enter")
    assert checked(interview) == ["notes_ici=10", "notes_ailleurs=0"], "the key of a score is the score"
    interview.keyboard.type("non 1 ?")
    assert interview.locator("input[name=mot][type=text]").input_value() == "non 1 ?", "in a field the keys write"
    press(interview, "Escape", "r")
    assert checked(interview)[-1] == "mot=refus"


def test_the_keys_are_listed_and_can_be_switched_off(interview: Page) -> None:
    press(interview, "?")
    assert interview.locator("#keys dt").count() == 8
    interview.get_by_role("button", name="Couper les touches").click()
    assert interview.locator("label .key").count() == 0
    interview.locator("input[name=avis]").first.focus()
    press(interview, "3")
    assert checked(interview) == []
    interview.reload()
    press(interview, "3")
    assert checked(interview) == [], "it is remembered"
    interview.get_by_role("button", name=re.compile("Touches")).click()
    interview.get_by_role("button", name="Activer les touches").click()
    interview.locator("input[name=avis]").first.focus()
    press(interview, "3")
    assert checked(interview) == ["avis=3"]
