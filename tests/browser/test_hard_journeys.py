"""Journeys that do not go as planned: another device, no network, pressed twice, too late, two tabs.

Nothing that was typed is lost, and every page says what to do next.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from app.models import Response, Submission
from app.services.responding.responses import token_hash
from app.web.respond import visits
from tests.browser.conftest import House
from tests.browser.walkers import token_of
from tests.browser.windows import Window, open_browser, open_window
from tests.web.respond.visitors import EVERY_TYPE, FIRST, SECOND, THIRD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

with_and_without_script = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


@pytest.fixture
def root(house: House) -> str:
    """Address of an open wave of three pages: profil, avis, fin_du_questionnaire."""
    return house.launch("imprevus", EVERY_TYPE)


@pytest.fixture
def window(browser: Browser) -> Iterator[Window]:
    """A browser with a phone's width."""
    window = open_browser(browser, "fr", 390)
    yield window
    window.page.context.close()


@pytest.fixture
def elsewhere(browser: Browser) -> Iterator[Window]:
    """Another device."""
    window = open_browser(browser, "fr")
    yield window
    window.page.context.close()


def begin(window: Window, root: str, script: bool = True) -> None:
    """Stand at the first page."""
    window.allow_script(script)
    window.open(root)
    window.press("main form button.b")
    assert window.place == "profil"


def put_all(window: Window, answers: dict[str, Any]) -> None:
    """Answer some questions."""
    for name, values in answers.items():
        for value in values if isinstance(values, list) else [values]:
            window.put(name, value)


def answer(window: Window, *pages: dict[str, Any]) -> None:
    """Answer pages and go on."""
    for answers in pages:
        put_all(window, answers)
        window.go()


def stored(house: House, window: Window, root: str) -> Response:
    """The row of the response of a window."""
    with house.platform.database.reading() as session:
        found = select(Response).where(Response.token_hash == token_hash(token_of(window, root)))
        return session.scalars(found).one()


def sent(house: House, response: Response) -> list[str]:
    """The kinds of the submissions of a response."""
    with house.platform.database.reading() as session:
        return list(session.scalars(select(Submission.kind).where(Submission.response_id == response.id)))


def grow_old(house: House, window: Window, root: str) -> None:
    """The cookie of a window was given longer ago than a session lasts."""
    settings = house.platform.settings
    stamp = int(time.time()) - settings.session_minutes * 60 - 60
    value = visits.seal(settings.secret_key, token_of(window, root), stamp)
    window.page.context.add_cookies([{"name": "reponse", "value": value, "url": root}])


def read_code(window: Window) -> str:
    """The code on the page « Reprendre plus tard »."""
    found = re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", window.page.locator("main").inner_text())
    assert found is not None, window.page.locator("main").inner_text()
    return found[0]


@with_and_without_script
def test_resumed_on_another_device_by_its_code(root: str, window: Window, elsewhere: Window, script: bool) -> None:
    begin(window, root, script)
    answer(window, FIRST)
    put_all(window, {"utilite": "1"})
    window.go("pause")
    assert window.place == "pause"
    code = read_code(window)
    window.check()
    elsewhere.allow_script(script)
    elsewhere.open(f"{root}reprendre-ici")
    elsewhere.check()
    elsewhere.page.locator("#code").fill(code.lower().replace("-", " "))
    elsewhere.shows_another(lambda: elsewhere.page.keyboard.press("Enter"))
    assert elsewhere.place == "avis"
    assert elsewhere.page.locator("input[name=utilite][value='1']").is_checked(), "what was answered is there"
    assert code not in elsewhere.page.url
    elsewhere.go("retour")
    assert elsewhere.page.locator("input[name=age][value='2']").is_checked()


@with_and_without_script
def test_a_wrong_code_says_so_and_stays(root: str, window: Window, script: bool) -> None:
    window.allow_script(script)
    window.open(f"{root}reprendre-ici")
    window.page.locator("#code").fill("AAAA-AAAA-AAAA-AAAA")
    window.shows_another(lambda: window.page.keyboard.press("Enter"))
    assert window.page.title().startswith("Erreur – ")
    assert window.page.locator("#code").input_value() == "AAAA-AAAA-AAAA-AAAA"
    assert window.page.locator("#code").get_attribute("aria-invalid") == "true"
    window.check()


def test_network_lost_in_the_middle(house: House, root: str, window: Window) -> None:
    begin(window, root)
    answer(window, FIRST)
    put_all(window, SECOND)
    window.page.context.set_offline(True)
    window.page.locator("button.b[value=suite]").click()
    window.page.wait_for_function("() => document.querySelector('#net')?.textContent.trim()")
    assert window.place == "avis"
    assert window.page.locator("input[name=note][value='7']").is_checked()
    assert window.page.locator("#net").get_attribute("role") == "status", "7.5: announced"
    assert [one for one in window.errors if "ERR_INTERNET_DISCONNECTED" not in one] == []
    window.errors.clear()
    window.page.context.set_offline(False)
    window.page.wait_for_url("**/fin_du_questionnaire*", timeout=20_000)
    assert stored(house, window, root).given["note"] == 7
    answer(window, THIRD)
    window.go()
    assert window.place == "fin"
    assert sent(house, stored(house, window, root)) == ["add"]


def test_what_could_not_be_sent_outlives_a_reload(root: str, window: Window) -> None:
    begin(window, root)
    answer(window, FIRST, SECOND)
    put_all(window, THIRD)
    window.page.route("**/fin_du_questionnaire", lambda route: route.abort("connectionfailed"))
    window.page.locator("button.b[value=suite]").click()
    window.page.wait_for_function("() => document.querySelector('#net')?.textContent.trim()")
    window.page.unroute_all()
    window.page.evaluate("location.reload()")
    window.page.wait_for_url("**/envoi*", timeout=20_000)
    assert "bonjour" in window.page.locator("main").inner_text()


@with_and_without_script
def test_sent_twice_counts_once(house: House, root: str, window: Window, script: bool) -> None:
    begin(window, root, script)
    answer(window, FIRST, SECOND, THIRD)
    assert window.place == "envoi"
    window.page.locator("button.b[value=suite]").evaluate("button => { button.click(); button.click(); }")
    window.page.wait_for_url(re.compile("/fin(#|$)"))
    response = stored(house, window, root)
    assert response.disposition == "complete"
    assert sent(house, response) == ["add"]
    window.page.go_back()
    window.page.wait_for_load_state()
    window.open(f"{root}envoi")
    assert window.place == "fin", "what is sent is not sent again"


@with_and_without_script
def test_a_session_that_is_over_asks_for_the_code_and_keeps_the_answers(
    house: House, root: str, window: Window, script: bool
) -> None:
    begin(window, root, script)
    answer(window, FIRST)
    window.go("pause")
    code = read_code(window)
    window.press("main a.b")
    put_all(window, SECOND)
    grow_old(house, window, root)
    window.go()
    assert window.page.locator("#code").count() == 1, "the code is asked for"
    window.check()
    window.page.locator("#code").fill(code)
    window.shows_another(lambda: window.page.keyboard.press("Enter"))
    assert window.place == "fin_du_questionnaire", "what came too late is saved once the code is given"
    assert stored(house, window, root).given["note"] == 7


def test_the_end_of_the_session_is_announced_and_put_off(house: House, root: str, window: Window) -> None:
    begin(window, root)
    window.page.clock.install()
    window.page.reload()
    window.page.clock.fast_forward((house.platform.settings.session_minutes * 60 - 200) * 1000)
    dialog = window.page.get_by_role("alertdialog")
    dialog.wait_for()
    assert "min" in dialog.inner_text()
    focused = window.page.evaluate("document.activeElement.outerHTML")
    assert dialog.locator("button:focus").count() == 1, f"the focus is in the announcement, not at {focused[:200]}"
    window.check()
    window.page.keyboard.press("Enter")
    dialog.wait_for(state="hidden")
    window.page.clock.fast_forward((house.platform.settings.session_minutes * 60 - 200) * 1000)
    dialog.wait_for()


@with_and_without_script
def test_a_form_whose_token_expired_is_shown_again_with_its_answers(root: str, window: Window, script: bool) -> None:
    begin(window, root, script)
    answer(window, FIRST)
    put_all(window, SECOND)
    before = window.filled()
    window.page.locator("#page input[name=csrf]").evaluate("node => { node.value = 'of another visit'; }")
    window.go()
    assert window.place == "avis"
    assert window.page.locator(".summary").count() == 1
    assert window.filled() == before
    window.check()
    window.go()
    assert window.place == "fin_du_questionnaire"


@with_and_without_script
def test_two_tabs_that_disagree_lose_nothing(house: House, root: str, window: Window, script: bool) -> None:
    begin(window, root, script)
    other = open_window(window.page.context, 1280)
    other.allow_script(script)
    other.open(f"{root}profil")
    answer(window, FIRST)
    put_all(other, {"age": "2", "ville": "2"})
    other.go()
    assert other.place == "profil"
    assert "autre fenêtre" in other.page.locator(".summary").inner_text()
    assert other.page.locator("input[name=ville][value='2']").is_checked(), "what was said here stands"
    assert stored(house, window, root).given["ville"] == 1, "what was said there is stored until one chooses"
    other.check()
    other.go()
    assert other.place == "avis"
    assert stored(house, window, root).given["ville"] == 2


@with_and_without_script
def test_two_tabs_on_different_pages_both_count(house: House, root: str, window: Window, script: bool) -> None:
    begin(window, root, script)
    answer(window, FIRST)
    other = open_window(window.page.context, 1280)
    other.allow_script(script)
    other.open(f"{root}profil")
    answer(window, SECOND)
    other.put("ville", "2")
    other.go()
    answer(window, THIRD)
    assert window.place == "envoi"
    given = stored(house, window, root).given
    assert (given["ville"], given["note"], given["heures"]) == (2, 7, 12)
