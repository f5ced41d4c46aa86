"""What only a browser can tell: where Enter leads, what has the focus, how wide a page is; without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.factories import Field
from tests.serving import serve

pytestmark = pytest.mark.browser


@pytest.fixture
def site(app: Flask, wave: Field) -> Iterator[str]:
    """Address of the wave on a loopback port."""
    with serve(app) as root:
        yield f"{root}/r/{wave.key}/"


@pytest.fixture(params=[390, 1280])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A window without JavaScript."""
    context = browser.new_context(
        viewport={"width": request.param, "height": 800}, java_script_enabled=False, locale="fr-FR"
    )
    yield context.new_page()
    context.close()


def press_enter(page: Page) -> None:
    with page.expect_navigation():
        page.keyboard.press("Enter")


def width(page: Page) -> float:
    """How wide the page is, whatever the window."""
    metrics = page.context.new_cdp_session(page).send("Page.getLayoutMetrics")
    found: float = metrics["cssContentSize"]["width"]
    return found


def test_a_questionnaire_is_answered_with_the_keyboard(site: str, page: Page) -> None:
    page.goto(site)
    page.get_by_role("button", name="Commencer").press("Enter")
    page.wait_for_url("**/profil*")
    page.get_by_label("lyon").press("Space")
    press_enter(page)
    assert page.title().startswith("Erreur – ")
    assert page.locator(".summary:focus").count() == 1, "the summary has the focus"
    page.locator(".summary a").press("Enter")
    assert page.locator("input[name=age]:focus").count() == 1, "its link leads to the first input"
    page.locator("input[name=age][value='2']").press("Space")
    press_enter(page)
    page.wait_for_url("**/avis*")
    for name in ("utilite", "note", "grille_un", "grille_deux", "effets_ici", "effets_ailleurs"):
        page.locator(f"input[name={name}]").first.press("Space")
    page.locator("input[name=priorites]").first.press("Space")
    assert width(page) <= page.viewport_size["width"]  # type: ignore[index]
    page.get_by_role("button", name="Continuer").press("Enter")
    page.wait_for_url("**/fin_du_questionnaire*")
    page.get_by_label("heures").fill("1\u202f0")
    press_enter(page)
    page.wait_for_url("**/envoi*")
    assert width(page) <= page.viewport_size["width"]  # type: ignore[index]
    page.get_by_role("button", name="Envoyer mes réponses").press("Enter")
    page.wait_for_url(re.compile(r"/fin(#|$)"))
    assert page.locator("output").inner_text().count("-") == 3


def test_paper_holds_every_question_and_no_button(site: str, page: Page) -> None:
    page.goto(site)
    page.get_by_role("button", name="Commencer").click()
    page.emulate_media(media="print")
    assert page.get_by_text("adulte").is_visible()
    assert not page.locator(".go").is_visible()
