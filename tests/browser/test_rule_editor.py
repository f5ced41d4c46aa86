"""The editor of a rule in a browser: by keyboard alone, in place, the focus never lost, without fault on any screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask_security import hash_password
from playwright.sync_api import Browser, Page, expect

from app.services import accounts, authoring, drafting
from questionnaires import definition, editing
from tests.browser.conftest import PASSWORD, House
from tests.browser.windows import Window, open_browser
from tests.questionnaires.builders import number, page, questionnaire, single

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

EMAIL = "regle@example.org"
MOST_TABS = 60
SLOW = """() => {
  const real = window.fetch;
  window.fetch = (...all) => real(...all).then((one) => new Promise((done) => setTimeout(() => done(one), 400)));
}"""


@pytest.fixture(scope="module")
def draft(house: House) -> int:
    """A designer, and a draft of four questions, under a name that nothing else of the house has."""
    asked = page("page", single("q1"), single("q2", "a", "b", "c"), number("age"), single("q3"))
    written = definition.write(replace(questionnaire(asked), name="essai-de-regles"))
    with house.platform.database.transaction() as session:
        with house.app.app_context():
            hashed = hash_password(PASSWORD)
        accounts.create_account(session, email=EMAIL, name="Camille Renard", password_hash=hashed, roles=["designer"])
        return authoring.import_version(session, written).id


@pytest.fixture
def window(browser: Browser, house: House) -> Iterator[Window]:
    """A window of the designer."""
    window = open_browser(browser)
    window.open(f"{house.url}/account/login")
    window.page.fill("#email", EMAIL)
    window.page.fill("#password", PASSWORD)
    window.page.locator("main form button").first.click()
    window.page.wait_for_url("**/account/**")
    yield window
    window.page.context.close()


def focused(page: Page) -> str:
    """The id of what has the focus, without that of the rule."""
    found: str = page.evaluate("document.activeElement.id")
    return found.removeprefix(page.evaluate("document.querySelector('[data-rule]')?.id + '-'"))


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until the focus is there."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement !== document.body"), f"lost before {wanted}"
        if focused(page) == wanted:
            return
    pytest.fail(f"Tab never leads to {wanted}")


def choose(page: Page, field: str, first: str, then: str) -> None:
    """Choose in a menu by its first letters; what follows from it is shown, and the focus stays."""
    tab_to(page, field)
    page.keyboard.type(first)
    page.locator(f"[id$='{then}']").wait_for()
    assert focused(page) == field


def question(house: House, draft: int, name: str) -> int:
    """The element of a question."""
    with house.platform.database.reading() as session:
        document = drafting.get_draft(session, draft).document
    return next(one.element for one in document.nodes.values() if (one.kind, one.name) == ("question", name))


def test_a_filter_is_written_by_keyboard_alone(house: House, window: Window, draft: int) -> None:
    page, element = window.page, question(house, draft, "q3")
    window.open(f"{house.url}/design/versions/{draft}/studio?at={element}")
    for _ in range(2 * MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == f"p{element}-when":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/rule/**")
    choose(page, "g.0-variable", "q1", "g.0-operator")
    tab_to(page, "g.0-value")
    page.keyboard.type("oui")
    words = page.locator(".in-clear")
    expect(words).to_contain_text("« oui » à « q1 »")
    assert focused(page) == "g.0-value"
    tab_to(page, "add-g")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id.endsWith('g.1-variable')")
    page.keyboard.type("q2")
    page.locator("[id$='g.1-operator']").wait_for()
    assert focused(page) == "g.1-variable"
    tab_to(page, "g.1-operator")
    page.keyboard.type("est l")
    page.locator("[id$='g.1-value-b']").wait_for()
    assert focused(page) == "g.1-operator"
    tab_to(page, "g.1-value")
    page.keyboard.press("Space")
    expect(words).to_contain_text("« a » à « q2 »")
    tab_to(page, "g.1-value-b")
    page.keyboard.press("Space")
    expect(words.locator("code")).to_have_text("q1 = 'oui' and q2 in {'a', 'b'}")
    assert focused(page) == "g.1-value-b"
    tab_to(page, "save")
    page.keyboard.press("Enter")
    page.wait_for_url("**/studio?**")
    expect(page.locator(f"#e{element} .rule code")).to_have_text("q1 = 'oui' and q2 in {'a', 'b'}")
    assert window.errors == []


def test_what_is_typed_meanwhile_stays_and_a_click_saves_it(house: House, window: Window, draft: int) -> None:
    page, element = window.page, question(house, draft, "q3")
    window.open(f"{house.url}/design/versions/{draft}/studio/rule/{element}/when")
    page.locator("[id$='as-text']").click()
    page.wait_for_function("() => document.activeElement.tagName === 'TEXTAREA'")
    page.keyboard.press("Control+a")
    page.keyboard.type("age > 3 and age < 9")
    page.locator("[id$='as-menus']").click()
    value = page.locator("[id$='g.0-value']")
    value.wait_for()
    page.evaluate(SLOW)
    page.locator("[id$='g.0-operator']").select_option(">=")
    value.fill("12")
    expect(page.locator(".in-clear code")).to_have_text("age >= 3 and age < 9")
    expect(value).to_have_value("12")
    page.locator("[id$='-save']").last.click()
    page.wait_for_url("**/studio?**")
    expect(page.locator(f"#e{element} .rule code")).to_have_text("age >= 12 and age < 9")


def test_a_server_that_is_away_loses_nothing(house: House, window: Window, draft: int) -> None:
    page, element = window.page, question(house, draft, "q3")
    hold(house, draft, element)
    window.open(f"{house.url}/design/versions/{draft}/studio/rule/{element}/when")
    page.route("**/rule/**", lambda route: route.abort())
    choose(page, "g.0-variable", "q2", "away")
    expect(page.locator("[id$='-away']")).to_contain_text("Le serveur ne répond pas")
    assert window.faults() == ["console: Failed to load resource: net::ERR_FAILED"]
    page.unroute("**/rule/**")
    page.locator("[id$='g.0-operator']").select_option("in")
    page.locator("[id$='g.0-value-c']").check()
    expect(page.locator(".in-clear code")).to_have_text("q2 in {'c'}")
    expect(page.locator("[id$='-away']")).to_be_hidden()


def test_a_session_that_is_over_loses_nothing(house: House, window: Window, draft: int) -> None:
    page, element = window.page, question(house, draft, "q3")
    hold(house, draft, element)
    window.open(f"{house.url}/design/versions/{draft}/studio/rule/{element}/when")
    page.context.clear_cookies()
    page.locator("[id$='g.0-variable']").select_option("q2")
    door = page.locator("[id$='-session'] a")
    with page.context.expect_page() as opened:
        door.click()
    other = opened.value
    other.fill("#email", EMAIL)
    other.fill("#password", PASSWORD)
    other.locator("main form button").first.click()
    other.wait_for_url("**/account/**")
    page.locator("[id$='-refresh']").dispatch_event("click")
    page.locator("[id$='g.0-value']").select_option("b")
    page.locator("[id$='-save']").last.click()
    page.wait_for_url("**/studio?**")
    expect(page.locator(f"#e{element} .rule code")).to_have_text("q2 = 'b'")


def hold(house: House, draft: int, element: int) -> None:
    """Give the element the rule q1 = 'oui'."""
    with house.platform.database.transaction() as session:
        drafting.edit(session, None, None, draft, (editing.Put(element, "when", "q1 = 'oui'"),), {"act": "rule"})


def test_every_state_of_the_editor_is_without_fault(house: House, window: Window, draft: int) -> None:
    page, element = window.page, question(house, draft, "q3")
    hold(house, draft, element)
    for width, height in ((1280, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        window.open(f"{house.url}/design/versions/{draft}/studio/rule/{element}/when")
        page.locator("[id$='group-g']").click()
        page.wait_for_function("() => document.activeElement.closest('.group-box .group-box')")
        page.keyboard.type("q2")
        page.locator("[id$='g.1.0-operator']").select_option("in")
        page.locator("[id$='g.1.0-value-b']").wait_for()
        assert window.faults() == []
        page.locator("[id$='-save']").last.click()
        page.locator("[aria-invalid=true]").wait_for()
        assert page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"
        assert window.faults() == []
        page.locator("[id$='g.1.0-value-b']").check()
        page.locator("[id$='as-text']").click()
        page.locator("textarea").fill("q1 = oui et")
        page.locator("textarea").blur()
        page.locator("[aria-invalid=true]").wait_for()
        assert window.faults() == []
        assert page.locator("mark").inner_text() == "et"
