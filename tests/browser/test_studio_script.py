"""The script of the studio: saving as one types, moves, focus, lost networks, other people; on a desk of its markup."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import House
from tests.browser.desk import AT, Desk
from tests.browser.windows import Window, open_browser

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

FOCUS = "document.activeElement === document.body ? '' : document.activeElement.id"
TEXT = "#p1-text-fr"
ORDER = """() => [...document.querySelectorAll('[data-list]')].map(
  list => [...list.children].filter(one => !one.matches('.is-held')).map(one => one.id))"""


@pytest.fixture
def window(browser: Browser) -> Iterator[Window]:
    """A tab; its console must stay silent."""
    window = open_browser(browser)
    yield window
    window.page.context.close()


@pytest.fixture
def desk(house: House, window: Window) -> Desk:
    """A draft of four questions on two pages, in front of one."""
    desk = Desk(house, {1: "Un", 2: "Deux", 3: "Trois", 4: "Quatre"}, {11: [1, 2, 3], 12: [4]})
    open_desk(desk, window)
    return desk


def open_desk(desk: Desk, window: Window, at: int = 1) -> None:
    window.open(f"{desk.serve(window.page)}?at={at}")
    window.page.wait_for_function("document.querySelector('#studio').dataset.scripted !== undefined")


def wait_until(page: Page, is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 8
    while not is_so():
        assert time.monotonic() < deadline, what
        page.wait_for_timeout(20)


def acted(desk: Desk, page: Page, *acts: str) -> None:
    """Wait for these acts, and no other, and for their answers to be shown."""
    wait_until(page, lambda: desk.acts == list(acts), f"{acts}, not {desk.acts}")
    page.wait_for_function("count => performance.getEntriesByName('studio:edit').length >= count", arg=len(acts))
    desk.acts.clear()
    page.evaluate("performance.clearMeasures('studio:edit')")


def pulse(page: Page) -> None:
    """Have the page ask at once, as when it is looked at again."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def focus(page: Page) -> str:
    found: str = page.evaluate(FOCUS)
    return found


def said(page: Page) -> str:
    return page.locator("#studio-said").inner_text()


# -- typing ---------------------------------------------------------------------------------------


def test_what_is_typed_saves_itself_after_the_last_key(window: Window, desk: Desk) -> None:
    page = window.page
    page.locator(TEXT).click()
    page.keyboard.press("End")
    page.keyboard.type(" mot", delay=20)
    assert desk.acts == [], "not at each key"
    acted(desk, page, "save")
    assert desk.texts[1] == "Un mot"
    assert focus(page) == "p1-text-fr"
    assert page.locator("#e1-t").inner_text() == "Un mot"
    page.keyboard.type(" x")
    page.keyboard.press("Tab")
    acted(desk, page, "save")
    assert desk.texts[1] == "Un mot x", "leaving the field is enough"
    assert page.evaluate("localStorage.length") == 0
    assert window.errors == []


def test_the_answer_of_an_older_save_leaves_newer_typing_alone(window: Window, desk: Desk) -> None:
    page = window.page
    page.locator(TEXT).click()
    page.keyboard.press("End")
    desk.before_answer = lambda: desk.acts.count("save") == 1 and page.keyboard.type("cd")
    page.keyboard.type("ab")
    acted(desk, page, "save", "save")
    assert page.locator(TEXT).input_value() == "Unabcd"
    assert desk.texts[1] == "Unabcd"
    assert page.evaluate("document.activeElement.selectionStart") == 6, "the caret has not moved"
    assert not page.locator("#studio-conflict").is_visible(), "one's own text is no conflict"


def test_text_survives_a_dead_server_and_a_reload(window: Window, desk: Desk) -> None:
    page = window.page
    desk.is_down = True
    page.locator(TEXT).fill("Un texte long")
    page.locator("#studio-unsaved").wait_for()
    assert "Pas encore enregistré" in page.locator("#studio-unsaved").inner_text()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    desk.is_down = False
    desk.is_signed_out = True
    page.reload()
    assert asked == ["beforeunload"], "leaving warns"
    desk.is_signed_out = False
    assert desk.texts[1] == "Un"
    assert "Un texte long" in page.locator("#studio-offer").inner_text()
    page.locator("#take-p1-text-fr").click()
    acted(desk, page, "save")
    assert desk.texts[1] == "Un texte long"
    assert page.locator(TEXT).input_value() == "Un texte long"
    assert not page.locator("#studio-offer").is_visible()
    assert focus(page) == "p1-text-fr"
    page.reload()
    assert asked == ["beforeunload"], "nothing is left to lose"
    assert not page.locator("#studio-offer").is_visible()


def test_a_network_that_comes_back_sends_what_waits_once(window: Window, desk: Desk) -> None:
    page = window.page
    desk.loses_answers = 1
    page.locator(TEXT).fill("Perdu en route")
    page.locator("#e2-down").click()
    wait_until(page, lambda: len(desk.acts) == 2, "what waits is sent again")
    acted(desk, page, "save", "move-down:2")
    assert desk.pages[11] == [1, 3, 2]
    page.locator("#studio-unsaved").wait_for(state="hidden")
    desk.loses_answers = 1
    page.locator("#e2-up").click()
    acted(desk, page, "move-up:2")
    assert desk.pages[11] == [1, 2, 3], "an answer that was lost is not applied twice"
    assert focus(page) == "e2-up"


def test_a_session_that_ended_keeps_the_work(window: Window, desk: Desk) -> None:
    page = window.page
    desk.is_signed_out = True
    page.locator(TEXT).fill("Après la session")
    page.locator("#studio-sign-in").wait_for()
    assert "reconnectez-vous" in page.locator("#studio-unsaved").inner_text()
    desk.is_signed_out, desk.token = False, "autre jeton"
    page.locator("#studio-retry").click()
    acted(desk, page, "save")
    assert desk.texts[1] == "Après la session"
    assert not page.locator("#studio-unsaved").is_visible()
    assert focus(page) != ""


# -- moves ----------------------------------------------------------------------------------------


def test_mouse_keyboard_and_button_do_the_same(window: Window, desk: Desk) -> None:
    page = window.page
    page.locator("#e1-down").click()
    acted(desk, page, "move-down:1")
    by_button = list(desk.pages[11])
    assert focus(page) == "e1-down"
    page.locator("#e1-up").focus()
    page.keyboard.press("Alt+ArrowUp")
    acted(desk, page, "move-up:1")
    assert focus(page) == "e1-up"
    drag(page, "#e1-handle", "#e2")
    acted(desk, page, "move-to:1:11:1")
    assert desk.pages[11] == by_button == [2, 1, 3]
    assert focus(page) == "e1"
    assert said(page) == "move-to : fait."
    page.locator("#o3").focus()
    page.keyboard.press("Alt+ArrowUp")
    acted(desk, page, "move-up:3")
    assert desk.pages[11] == [2, 3, 1]
    assert focus(page) == "o3", "in the outline too"
    assert window.errors == []


def test_a_drag_goes_to_another_page(window: Window, desk: Desk) -> None:
    page = window.page
    drag(page, "#e2-handle", "#e4")
    wait_until(page, lambda: len(desk.acts) == 1, "dropped")
    assert desk.acts[0] in ("move-to:2:12:0", "move-to:2:12:1")
    place = int(desk.acts[0][-1])
    assert desk.pages == {11: [1, 3], 12: [2, 4] if place == 0 else [4, 2]}
    shown = page.locator("#list12 article").evaluate_all("all => all.map(one => Number(one.dataset.element))")
    assert shown == desk.pages[12]
    assert window.errors == [], "nothing that the content policy refuses"


def drag(page: Page, handle: str, onto: str) -> None:
    start, end = page.locator(handle).bounding_box(), page.locator(onto).bounding_box()
    assert start
    assert end
    x, y = start["x"] + start["width"] / 2, start["y"] + start["height"] / 2
    before = page.evaluate(ORDER)
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(x, y + (end["y"] + end["height"] * 0.75 - y) * step / 8)
        page.wait_for_timeout(15)
    wait_until(page, lambda: page.evaluate(ORDER) != before, "it makes room")
    page.mouse.up()


def test_shortcuts_and_the_focus_after_each(window: Window, desk: Desk) -> None:
    page = window.page
    page.locator("#e2").focus()
    page.keyboard.press("Alt+d")
    acted(desk, page, "duplicate:2")
    assert focus(page) == "e5"
    page.keyboard.press("Delete")
    acted(desk, page, "delete:5")
    assert (focus(page), said(page)) == ("e3", "delete : fait.")
    page.keyboard.press("Control+z")
    acted(desk, page, "undo")
    assert 5 in desk.texts
    assert focus(page) != ""
    page.keyboard.press("/")
    assert focus(page) == "find"
    page.keyboard.press("?")
    assert page.locator("#find").input_value() == "?", "a single key is only a letter in a field"
    assert not page.locator("#studio-keys").is_visible()
    page.locator("#o1").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert focus(page) == "o5"
    page.keyboard.press("End")
    assert focus(page) == "o4"
    page.keyboard.press("?")
    assert page.locator("#studio-keys").is_visible()
    page.keyboard.press("Delete")
    page.keyboard.press("Control+z")
    page.keyboard.press("Escape")
    assert focus(page) == "o4"
    assert desk.acts == [], "nothing happens behind a dialog"
    stops = page.locator("#outline a[tabindex='0']").count()
    assert stops == 1, "the outline is one stop of the Tab key"


def test_single_keys_can_be_turned_off(window: Window, desk: Desk) -> None:
    page = window.page
    page.locator("#e1").focus()
    page.keyboard.press("?")
    page.locator("#studio-single-keys").uncheck()
    page.locator("#studio-keys-close").click()
    assert focus(page) == "e1"
    page.keyboard.press("?")
    assert not page.locator("#studio-keys").is_visible()
    page.keyboard.press("Alt+ArrowDown")
    acted(desk, page, "move-down:1")


def test_another_element_is_looked_at_without_losing_what_was_typed(window: Window, desk: Desk) -> None:
    page = window.page
    page.locator(TEXT).fill("Saisi juste avant")
    page.locator("#o2").click()
    acted(desk, page, "save")
    page.locator("#p2-text-fr").wait_for()
    assert desk.texts[1] == "Saisi juste avant"
    assert focus(page) == "o2"
    assert page.url.endswith(f"{AT}?at=2")
    page.go_back()
    page.locator(TEXT).wait_for()
    assert page.locator(TEXT).input_value() == "Saisi juste avant"


# -- the others -----------------------------------------------------------------------------------


def test_others_are_seen_before_one_edits(window: Window, desk: Desk) -> None:
    page = window.page
    desk.others = [{"name": "Dominique", "element": 2}]
    pulse(page)
    mark = page.locator("#e2 [data-others]")
    wait_until(page, lambda: "Dominique est ici" in mark.inner_text(), "seen on the card")
    assert "Dominique" in page.locator("#o2").inner_text()
    desk.others = [{"name": "Dominique", "element": 1}]
    pulse(page)
    wait_until(page, lambda: "Dominique travaille aussi" in said(page), "told when it is the same element")
    assert mark.inner_text() == ""
    page.locator("#e1-down").click()
    acted(desk, page, "move-down:1")
    assert "Dominique" in page.locator("#e1 [data-others]").inner_text(), "an edit does not wipe it"


def test_a_conflict_shows_both_texts_and_loses_none(window: Window, desk: Desk) -> None:
    page = window.page
    page.locator(TEXT).click()
    page.locator(TEXT).fill("Le mien")
    desk.texts[1], desk.revision = "Le sien", desk.revision + 1
    page.locator("#studio-conflict").wait_for()
    told = page.locator("#studio-conflict").inner_text()
    assert "Le mien" in told
    assert "Le sien" in told
    assert "Dominique" in told
    assert desk.texts[1] == "Le sien", "nothing is overwritten before somebody chose"
    desk.acts.clear()
    page.locator("#studio-keep-mine").click()
    wait_until(page, lambda: desk.texts[1] == "Le mien", "mine is kept")
    assert focus(page) == "p1-text-fr"
    assert page.locator(TEXT).input_value() == "Le mien"


def test_a_text_that_changed_under_the_typing_is_a_conflict(window: Window, desk: Desk) -> None:
    """The pulse shows theirs everywhere but where one types; what one replaces stays what one saw."""
    page = window.page
    page.evaluate("window.setTimeout = (real => (call, after) => real(call, after === 600 ? 900 : after))(setTimeout)")
    page.locator(TEXT).fill("Le mien")
    desk.texts[1], desk.revision, desk.is_checked = "Le sien", desk.revision + 1, False
    pulse(page)
    page.locator("#e1-t", has_text="Le sien").wait_for()
    assert page.locator(TEXT).input_value() == "Le mien"
    page.locator("#studio-conflict").wait_for()
    assert desk.acts == ["save"]
    page.locator(TEXT).dispatch_event("change")
    page.locator("#studio-take-theirs").click()
    assert page.locator(TEXT).input_value() == "Le sien"
    assert focus(page) == "p1-text-fr"
    page.locator(TEXT).fill("Le sien, revu")
    wait_until(page, lambda: desk.texts[1] == "Le sien, revu", "one goes on from theirs")


# -- what it looks like ---------------------------------------------------------------------------


def test_sheets_on_a_phone(window: Window, desk: Desk) -> None:
    page = window.page
    page.set_viewport_size({"width": 390, "height": 800})
    assert not page.locator("#outline").is_visible()
    page.locator("#sheet-outline").click()
    assert page.locator("#outline").is_visible()
    assert focus(page) == "o-t"
    page.keyboard.press("Escape")
    assert focus(page) == "sheet-outline"
    page.locator("#sheet-outline").click()
    page.locator("#o3").click()
    wait_until(page, lambda: focus(page) == "e3", "the sheet closes on the card that was chosen")
    assert not page.locator("#outline").is_visible()
    page.locator("#e2-edit").click()
    page.locator("#p2-text-fr").wait_for()
    assert page.locator("#properties").is_visible()
    page.locator("#p2-text-fr").fill("Au téléphone")
    page.locator("#studio-close-sheet").click()
    acted(desk, page, "save")
    assert desk.texts[2] == "Au téléphone"
    assert focus(page) == "e2-edit"
    assert page.evaluate("document.querySelectorAll('[inert]').length") == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wrong_in_any_state(window: Window, desk: Desk, width: int) -> None:
    page = window.page
    page.set_viewport_size({"width": width, "height": 900})
    desk.others = [{"name": "Dominique", "element": 2}]
    page.keyboard.press("?")
    check(window)
    page.keyboard.press("Escape")
    if width == 390:
        page.locator("#sheet-properties").click()
        check(window)
    desk.is_down = True
    page.locator(TEXT).fill("Le mien")
    page.locator("#studio-unsaved").wait_for()
    check(window)
    desk.is_down, desk.texts[1] = False, "Le sien"
    page.locator("#studio-conflict").wait_for()
    check(window)


def check(window: Window) -> None:
    """axe, what the eye sees, targets of 24 px, and a silent console but for the network that was cut."""
    window.errors[:] = [one for one in window.errors if "ERR_FAILED" not in one]
    window.check()
