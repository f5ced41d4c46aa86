"""In Chromium: the network lost and found, sent once, pages put in place, autosave, the session, Back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route, expect
from sqlalchemy import update

from app.models import Response, Wave
from tests.factories import Field, count_rows
from tests.serving import serve
from tests.web.respond.visitors import SECOND

pytestmark = pytest.mark.browser
SOON = 4_000


@pytest.fixture
def site(app: Flask, wave: Field) -> Iterator[str]:
    """Address of the wave on a loopback port."""
    with serve(app) as root:
        yield f"{root}/r/{wave.key}/"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 390, "height": 800}, locale="fr-FR")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, site: str) -> Page:
    """Someone at the first page; nothing goes wrong in the script."""
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(site)
    page.get_by_role("button", name="Commencer").click()
    page.wait_for_url("**/profil*")
    return page


def given(field: Field) -> dict[str, Any]:
    with field.database.reading() as session:
        found = session.query(Response).one_or_none()
        return dict(found.given) if found else {}


def choose(page: Page, name: str, value: str) -> None:
    page.locator(f"input[name={name}][value='{value}']").check()


def go_on(page: Page) -> None:
    page.get_by_role("button", name="Continuer").last.click()


def test_answers_given_without_network_leave_when_it_is_back(page: Page, context: BrowserContext, wave: Field) -> None:
    choose(page, "age", "2")
    choose(page, "ville", "1")
    context.set_offline(True)
    go_on(page)
    expect(page.get_by_role("status").filter(has_text="Vous n’êtes plus connecté")).to_be_visible()
    assert page.locator("[aria-busy]").count() == 0
    choose(page, "ville", "2")
    context.set_offline(False)
    page.wait_for_url("**/avis*")
    assert given(wave) == {"age": 2, "ville": 2}
    assert page.evaluate("sessionStorage.length") == 0


def test_an_answer_changed_while_the_acknowledgement_was_lost_is_no_conflict(page: Page, wave: Field) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        """The server saves; its answer never arrives."""
        if not lost:
            route.fetch()
            lost.append(str(route.request.post_data))
            route.abort()
        else:
            route.continue_()

    choose(page, "age", "2")
    choose(page, "ville", "1")
    page.route("**/profil", lambda route: lose(route) if route.request.method == "POST" else route.continue_())
    go_on(page)
    expect(page.get_by_role("status").filter(has_text="Vous n’êtes plus connecté")).to_be_visible()
    assert given(wave)["ville"] == 1
    choose(page, "ville", "2")
    page.wait_for_url("**/avis*", timeout=SOON)
    assert given(wave)["ville"] == 2
    assert len(lost) == 1


def test_what_was_kept_in_the_browser_leaves_after_a_reload(page: Page, wave: Field) -> None:
    page.route("**/profil", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    choose(page, "age", "2")
    choose(page, "ville", "1")
    go_on(page)
    expect(page.get_by_role("status").filter(has_text="Vous n’êtes plus connecté")).to_be_visible()
    page.unroute("**/profil")
    page.reload()
    page.wait_for_url("**/avis*", timeout=SOON)
    assert given(wave) == {"age": 2, "ville": 1}


def test_what_a_pause_refuses_stays_in_the_browser(page: Page, wave: Field) -> None:
    with wave.database.transaction() as session:
        session.execute(update(Wave).values(status="paused"))
    with page.expect_response("**/profil", timeout=2 * SOON) as refused:
        choose(page, "age", "2")
    assert refused.value.status == 403
    page.wait_for_timeout(200)
    assert page.evaluate("sessionStorage.length") == 1, "a telephone may drop the page at any moment"


def test_a_server_that_fails_is_said_and_asked_again(page: Page, wave: Field) -> None:
    failures: list[int] = []

    def fail(route: Route) -> None:
        failures.append(1)
        route.fulfill(status=503, body="<h1>busy</h1>") if len(failures) == 1 else route.continue_()

    choose(page, "age", "2")
    choose(page, "ville", "1")
    page.route("**/profil", lambda route: fail(route) if route.request.method == "POST" else route.continue_())
    go_on(page)
    expect(page.get_by_role("status").filter(has_text="Le site ne répond pas")).to_be_visible()
    page.wait_for_url("**/avis*", timeout=SOON)
    assert given(wave) == {"age": 2, "ville": 1}


def test_a_page_sent_twice_is_sent_once_and_back_asks_nothing(page: Page, wave: Field) -> None:
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    go_on(page)
    expect(page.locator(".summary")).to_be_focused()
    assert page.title().startswith("Erreur – ")
    posts.clear()
    choose(page, "age", "2")
    choose(page, "ville", "1")
    page.get_by_role("button", name="Continuer").last.dblclick()
    page.wait_for_url("**/avis*")
    assert len([url for url in posts if url.endswith("/profil")]) == 1
    page.go_back()
    assert page.title().startswith("Page 1")
    assert page.locator("input[name=ville][value='1']").is_checked()
    go_on(page)
    page.wait_for_url("**/avis*")
    assert count_rows(wave.database, Response) == 1


def test_a_page_in_progress_is_saved_by_itself(page: Page, wave: Field) -> None:
    page.clock.install()
    choose(page, "age", "2")
    with page.expect_response("**/profil") as saved:
        page.clock.run_for(3_500)
    assert saved.value.status == 200
    expect(page.locator(".saved")).to_contain_text("Dernier enregistrement à")
    assert given(wave) == {"age": 2}
    choose(page, "ville", "1")
    page.reload()
    assert page.locator("input[name=age][value='2']").is_checked()
    page.reload()
    assert page.locator("input[name=ville][value='1']").is_checked(), "what had just changed was kept on leaving"


def test_the_end_of_a_session_is_announced_and_put_off(page: Page) -> None:
    page.evaluate("document.body.dataset.session = 1200")
    page.clock.install()
    page.evaluate("document.dispatchEvent(new Event('acknowledged'))")
    dialog = page.get_by_role("alertdialog", name="Êtes-vous toujours là")
    page.clock.run_for(13 * 60_000)
    assert not dialog.is_visible()
    page.clock.run_for(70_000)
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("dans 5 minutes")
    expect(dialog.get_by_role("button", name="Continuer de répondre")).to_be_focused()
    with page.expect_response("**/suivi/session") as extended:
        page.keyboard.press("Enter")
    assert extended.value.status == 204
    expect(dialog).to_be_hidden()
    page.clock.run_for(21 * 60_000)
    expect(page.get_by_role("alertdialog", name="Votre session est terminée")).to_be_visible()


def test_back_asks_nothing_without_script_either(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="fr-FR")
    page = context.new_page()
    page.goto(site)
    page.get_by_role("button", name="Commencer").click()
    choose(page, "age", "2")
    go_on(page)
    assert page.title().startswith("Erreur – ")
    choose(page, "ville", "1")
    go_on(page)
    page.wait_for_url("**/avis*")
    page.go_back()
    assert page.locator("h1").inner_text()
    assert page.locator("input[name=ville]").count() == 2
    page.go_back()
    assert page.locator("input[name=age][value='2']").is_checked()
    context.close()


@pytest.mark.full
def test_once_sent_the_browser_has_kept_no_page_of_answers(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="fr-FR")
    page = context.new_page()
    page.goto(site)
    page.get_by_role("button", name="Commencer").click()
    choose(page, "age", "2")
    choose(page, "ville", "1")
    go_on(page)
    go_on(page)
    assert page.title().startswith("Erreur – ")
    for name, value in {key: one if isinstance(one, str) else one[0] for key, one in SECOND.items()}.items():
        choose(page, name, value)
    go_on(page)
    page.get_by_label("heures").fill("12")
    go_on(page)
    page.get_by_role("button", name="Envoyer mes réponses").click()
    page.wait_for_url("**/fin*")
    for _ in range(4):  # the review, the last page, the page put right, the one that told
        with contextlib.suppress(Error):
            page.go_back()
        assert page.locator("input:checked").count() == 0
    context.close()
