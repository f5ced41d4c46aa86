"""The studio as it is served: two people on one draft, answers that cross."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from flask_security import hash_password
from playwright.sync_api import Browser, Page, Route

from app.services import accounts, authoring
from questionnaires import definition
from tests.browser.conftest import PASSWORD, House
from tests.browser.windows import Window, open_browser
from tests.drafts import large

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PEOPLE = {"camille@example.org": "Camille Renard", "dominique@example.org": "Dominique Petit"}
READY = "document.querySelector('#studio').dataset.scripted !== undefined"

CHANGE_CARD = """element => {
  document.querySelector(`#e${element}-t`).textContent = "d’avant";
  document.querySelector(`#e${element}`).dataset.mark = "d’avant";
}"""


@pytest.fixture(scope="module")
def drafts(house: House) -> dict[str, int]:
    """Two designers, and a draft of 300 questions for each test."""
    found = {}
    with house.platform.database.transaction() as session:
        with house.app.app_context():
            hashed = hash_password(PASSWORD)
        for email, name in PEOPLE.items():
            accounts.create_account(session, email=email, name=name, password_hash=hashed, roles=["designer"])
        for key in ("ensemble", "croise"):
            found[key] = authoring.import_version(session, definition.write(large(key))).id
    return found


@pytest.fixture
def people(browser: Browser, house: House) -> Iterator[list[Window]]:
    """A window of each, signed in."""
    windows = [open_browser(browser) for _ in PEOPLE]
    for email, window in zip(PEOPLE, windows, strict=True):
        window.open(f"{house.url}/account/login")
        window.page.fill("#email", email)
        window.page.fill("#password", PASSWORD)
        window.page.locator("main form button").first.click()
        window.page.wait_for_url("**/account/**")
    yield windows
    for window in windows:
        window.page.context.close()


def stand(house: House, window: Window, version_id: int, place: int = 0) -> int:
    """Open the studio at a question of the outline; gives its number."""
    window.open(f"{house.url}/design/versions/{version_id}/studio")
    window.page.wait_for_function(READY)
    lines = window.page.locator("#outline .branch li a[data-element]")
    element = int(lines.nth(place).get_attribute("data-element") or "0")
    lines.nth(place).click()
    window.page.locator(f"#p{element}-text-fr").wait_for()
    return element


def wait_until(page: Page, is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline, what
        page.wait_for_timeout(30)


def test_two_people_see_each_other_and_lose_nothing(house: House, people: list[Window], drafts: dict[str, int]) -> None:
    one, other = (window.page for window in people)
    element = stand(house, people[0], drafts["ensemble"])
    assert stand(house, people[1], drafts["ensemble"]) == element
    mark = other.locator(f"#e{element} [data-others]").first
    wait_until(other, lambda: "Camille Renard" in mark.inner_text(), "seen before anything is touched")
    field = f"#p{element}-text-fr"
    other.evaluate(
        "window.setTimeout = (real => (call, after) => real(call, after === 600 ? 1500 : after))(setTimeout)"
    )
    other.fill(field, "Le texte de Dominique")
    one.fill(field, "Le texte de Camille")
    one.locator(field).blur()
    one.locator(f"#e{element}-t", has_text="Camille").wait_for()
    other.locator("#studio-conflict").wait_for()
    told = other.locator("#studio-conflict").inner_text()
    assert "Le texte de Dominique" in told
    assert "Le texte de Camille" in told
    assert one.locator(field).input_value() == "Le texte de Camille"
    other.locator("#studio-keep-mine").click()
    other.locator(f"#e{element}-t", has_text="Dominique").wait_for()
    wait_until(one, lambda: "Dominique" in one.locator(f"#e{element}-t").inner_text(), "the first sees it")
    people[0].errors.clear()
    faults = people[0].faults()
    assert not faults, "\n".join(faults)


def test_a_card_that_changed_under_an_answer_is_shown_as_it_is(
    house: House, people: list[Window], drafts: dict[str, int]
) -> None:
    page = people[0].page
    element = stand(house, people[0], drafts["croise"], 1)
    other = stand(house, people[0], drafts["croise"])
    text = page.locator(f"#e{element}-t").inner_text()

    def change(route: Route) -> None:
        """As an answer that crossed this request would: another card, and in its mark what it says."""
        page.evaluate(CHANGE_CARD, element)
        page.evaluate("element => document.querySelector(`#e${element} ~ article`).remove()", element)
        route.continue_()

    after = page.locator(f"#e{element} ~ article").first.get_attribute("id")
    page.route("**/studio/edit", change, times=1)
    page.fill(f"#p{other}-text-fr", "Un autre")
    page.keyboard.press("Tab")
    page.locator(f"#e{other}-t", has_text="Un autre").wait_for()
    wait_until(page, lambda: page.locator(f"#e{element}-t").inner_text() == text, "asked for again, and shown")
    assert page.locator(f"#e{element} ~ article").first.get_attribute("id") == after
    assert people[0].errors == []
