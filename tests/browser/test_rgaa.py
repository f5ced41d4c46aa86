"""Criteria of the RGAA that axe does not cover, on every type of question (facts: R4.2 to R4.5).

What holds of any page (11.1, 11.4 to 11.7, 11.10, 11.11, 9.1, 10.4, 10.11, 10.12, R4.4) is looked at by
inspection.js; here it is looked at narrower, larger and with more space, and what needs a hand is done by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import House
from tests.browser.everything import SAMPLES, TYPE, asking
from tests.browser.windows import Window, open_browser
from tests.web.respond.visitors import EVERY_TYPE, FIRST, SECOND, THIRD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

STYLE = (
    """css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); document.adoptedStyleSheets = [sheet]; }"""
)
SPACING = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
p { margin-bottom: 2em !important; }"""
LARGE = "html { font-size: 200% !important; }"
# What a page is looked at in: name, width, height, style (10.4, 10.11, 10.12, 13.9).
VIEWS = [
    ("320 px", 320, 640, ""),
    ("zoom 200 % of 1280", 640, 450, ""),
    ("text 200 %", 1280, 900, LARGE),
    ("spacing at 360", 360, 800, SPACING),
    ("spacing at 1280", 1280, 900, SPACING),
    ("landscape", 740, 360, ""),
]
OURS = ("choice under 52 px", "box of a grid", "R4.4")
LEGEND = """name => { const asked = document.getElementById(`q-${name}`);
  const said = asked.querySelector(':scope > legend, :scope > label, :scope > p');
  return [asked.tagName, said === asked.firstElementChild, said.textContent.trim()]; }"""


@pytest.fixture
def window(browser: Browser) -> Iterator[Window]:
    """A French browser."""
    window = open_browser(browser, "fr")
    yield window
    window.page.context.close()


def arrive(house: House, window: Window, name: str) -> str:
    """Stand in front of one sample; gives the address of its wave."""
    root = house.launch(f"essai-{name.replace('_', '-')}", asking(name))
    started = window.page.request.post(root, form={"langue": "fr", "commencer": "nouveau"}, max_redirects=0)
    assert started.status == 303
    assert window.open(root + TYPE) == 200
    return root


def test_every_type_narrow_large_and_spaced(house: House, window: Window) -> None:
    faults = []
    for name in SAMPLES:
        arrive(house, window, name)
        for view, width, height, style in VIEWS:
            window.page.set_viewport_size({"width": width, "height": height})
            window.page.evaluate(STYLE, style)
            found = window.faults(with_axe=False)
            faults += [f"{name}, {view}: {one}" for one in found if not one.startswith(OURS)]
    assert not faults, "\n".join(faults)


def test_the_legend_is_first_and_is_the_question(house: House, window: Window) -> None:
    for name, (question, _) in SAMPLES.items():
        arrive(house, window, name)
        asked = next(one for one in asking(name).questions if one.name == name)
        tag, is_first, said = window.page.evaluate(LEGEND, name)
        assert said == asked.text.in_("fr"), "11.7"
        assert is_first, f"11.6 {name}"
        several = window.page.locator(f"#q-{name} :is(input:not([type=hidden]), select)").count() > 1
        assert tag == "FIELDSET" or not several, f"11.5 {name}: {type(question).__name__}"


def test_the_skip_link_leads_to_the_content(house: House, window: Window) -> None:
    root = arrive(house, window, "statut")
    for url in (root, root + TYPE, f"{root}aide"):
        window.open(url)
        window.page.keyboard.press("Tab")
        link = window.page.locator(".skip")
        assert link.evaluate("node => node === document.activeElement")
        box = link.bounding_box()
        assert box is not None
        assert box["y"] >= 0, "12.7: it is seen once it has the focus"
        window.page.keyboard.press("Enter")
        window.page.keyboard.press("Tab")
        assert window.page.evaluate("document.activeElement.closest('main') !== null"), url


def test_titles_landmarks_and_way(house: House, window: Window) -> None:
    root = house.launch("imprevus", EVERY_TYPE)
    window.open(root)
    window.press("main form button.b")
    titles = []
    for answers in (FIRST, SECOND, THIRD, {}):
        titles.append(window.page.title())
        assert window.page.locator("header, main, footer").count() >= 3, "12.6"
        assert window.page.locator("nav:not([aria-label])").count() == 0, "12.6: each nav has a name"
        for name, values in answers.items():
            for value in values if isinstance(values, list) else [values]:
                window.put(name, value)
        window.go()
    assert window.place == "fin"
    titles.append(window.page.title())
    assert len(set(titles)) == len(titles), f"8.6: each page has its own {titles}"
    assert all(re.search(r"\d", one) for one in titles[:3]), f"8.6: which step {titles}"


def test_answers_are_reviewed_before_they_are_sent(house: House, window: Window) -> None:
    root = house.launch("imprevus", EVERY_TYPE)
    window.open(root)
    window.press("main form button.b")
    for answers in (FIRST, SECOND, THIRD):
        for name, values in answers.items():
            for value in values if isinstance(values, list) else [values]:
                window.put(name, value)
        window.go()
    assert window.place == "envoi"
    words = window.page.locator("main").inner_text()
    assert all(said in words for said in ("adulte", "paris", "utile", "12", "bonjour")), "11.12: all is shown"
    window.check()
    window.press("main a[href*='fin_du_questionnaire']")
    window.put("mot", "au revoir")
    window.go()
    assert window.place == "envoi", "11.12: what is changed leads back to the review"
    assert "au revoir" in window.page.locator("main").inner_text()


def test_ranks_are_given_by_the_keyboard_without_the_script(house: House, window: Window) -> None:
    window.allow_script(False)
    arrive(house, window, "rangs")
    for _ in range(3):
        window.page.keyboard.press("Tab")
    for label, presses in (("a", 2), ("b", 1), ("c", 3)):
        window.page.locator("select[name=rangs]").nth("abc".index(label)).focus()
        for _ in range(presses):
            window.page.keyboard.press("ArrowDown")
    assert [value for name, value in window.filled() if name == "rangs"] == ["1:2", "2:1", "3:3"]


def test_ranks_are_given_by_the_keyboard_with_the_script(house: House, window: Window) -> None:
    arrive(house, window, "rangs")
    for label in ("b", "c", "a"):
        add = window.page.locator(f".rank:has-text('{label}, plutôt') button[data-act=add]")
        add.focus()
        window.page.keyboard.press("Space")
        assert window.page.evaluate("document.activeElement.closest('.rank') !== null"), "the focus stays in the row"
    assert sorted(value for name, value in window.filled() if name == "rangs") == ["1:3", "2:1", "3:2"]
    up = window.page.locator(".rank:has-text('a, plutôt') button[data-act=up]")
    up.focus()
    window.page.keyboard.press("Enter")
    assert sorted(value for name, value in window.filled() if name == "rangs") == ["1:2", "2:1", "3:3"]
    said = window.page.locator("[role=status], [aria-live=polite]").filter(has_text="rang 2")
    said.wait_for(state="attached")  # 7.5: the new rank is announced
    window.check()


def test_what_the_script_says_is_announced(house: House, window: Window) -> None:
    arrive(house, window, "parts")
    for field in window.page.locator("#q-parts .f").all():
        field.fill("30")
    live = window.page.locator("output, [role=status], [aria-live=polite]").filter(has_text="60")
    live.first.wait_for(state="attached")
    window.check()
