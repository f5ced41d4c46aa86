"""Every type of question × width × language × script × state × colours: pairwise here, whole with FULL=1.

On each page: nothing runs over, nothing is cut, nothing is said on the console, targets are large, axe and our own
criteria find nothing, Tab goes everywhere in order with a visible focus; answers are kept back and forth.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from questionnaires.model import Information
from tests.browser.conftest import House
from tests.browser.everything import NEXT, SAMPLES, TYPE, asking
from tests.browser.pairwise import Case, cover_pairs, every_case
from tests.browser.windows import Window, open_browser
from tests.conftest import IS_FULL
from tests.web.respond.robots import typed

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

FACTORS = {
    "sample": tuple(SAMPLES),
    "width": (360, 768, 1280),
    "state": ("empty", "filled", "error"),
    "language": ("fr", "en"),
    "script": (True, False),
    "colours": ("light", "dark"),
}
SPOILT = "pas un nombre"
NEVER_WRONG = {name for name, (question, _) in SAMPLES.items() if isinstance(question, Information)} | {"sante"}
"""What has no error state: nothing to answer, or a choice that one may leave."""
HEIGHT = 900


@pytest.fixture(scope="module")
def windows(browser: Browser) -> Iterator[dict[str, Window]]:
    """A window for each language, used again and again."""
    windows = {language: open_browser(browser, language) for language in ("fr", "en")}
    yield windows
    for window in windows.values():
        window.page.context.close()


def arrive(house: House, window: Window, case: Case) -> None:
    """Stand in front of the question, with this width, these colours, with or without script."""
    name = str(case["sample"])
    root = house.launch(f"essai-{name.replace('_', '-')}", asking(name))
    window.page.set_viewport_size({"width": int(str(case["width"])), "height": HEIGHT})
    window.page.emulate_media(color_scheme=str(case["colours"]))  # type: ignore[arg-type]
    window.allow_script(bool(case["script"]))
    form = {"langue": str(case["language"]), "commencer": "nouveau", "accord": "1"}
    started = window.page.request.post(root, form=form, max_redirects=0)
    assert started.status == 303, started.text()
    assert window.open(root + TYPE) == 200


def answer(window: Window, name: str, language: str) -> None:
    """Give the answer of the sample, through the controls."""
    question, given = SAMPLES[name]
    for key, value in given.items():
        if "[" in key:
            put_line(window, name, str(value))
        elif key in question.answers:
            for field, said in typed(question, key, value, language):
                window.put(field, said)
        elif window.page.locator(f'[name="{key}"]').count():  # what goes with the answer, not what is drawn from it
            window.put(key, str(value))


def put_line(window: Window, name: str, value: str) -> None:
    """Write a line of a list in the first line that is free."""
    for line in window.page.locator(f"#q-{name} .lines input").all():
        if not line.input_value():
            line.fill(value)
            return


def spoil(window: Window) -> None:
    """Leave the choices blank, and type what is not what was asked, or what was not agreed to."""
    asked = "main input.f[inputmode]:visible, main input[type=email]:visible, main .q:has(.agree) input.f:visible"
    for field in window.page.locator(asked).all():
        field.fill(SPOILT)


def check_case(house: House, window: Window, case: Case) -> list[str]:
    """What is wrong in this case."""
    name, language = str(case["sample"]), str(case["language"])
    arrive(house, window, case)
    faults: list[str] = []
    if case["state"] == "filled":
        answer(window, name, language)
        before = window.filled()
        window.go()
        if window.place != NEXT:
            return [f"not taken: {before} ({window.page.locator('.summary').inner_text()})"]
        window.go("retour")
        if name != "commune" and window.filled() != before:
            faults.append(f"answers are lost on the way back: {before} {window.filled()}")
    if case["state"] == "error" and name not in NEVER_WRONG:
        spoil(window)
        window.go()
        if window.page.locator(".summary").count() != 1:
            return [f"no error on {window.place}"]
        faults += error_faults(window)
    # Filled, the markup is that of the empty page; axe is the slowest of all that is done here.
    faults += window.faults(with_axe=IS_FULL or case["state"] != "filled")
    if case["state"] != "filled":
        faults += window.tab_faults()
    return faults


def error_faults(window: Window) -> list[str]:
    """Whether the error is announced: in the title, by the focus, by links that lead to the fields."""
    faults = []
    if not window.page.title().startswith(("Erreur – ", "Error – ", "Error: ")):
        faults.append(f"8.6 the title does not begin with the error: {window.page.title()}")
    summary = window.page.locator(".summary")
    if not summary.evaluate("node => node === document.activeElement"):
        faults.append("11.10 the summary has not the focus")
    if summary.get_attribute("role") != "alert":
        faults.append("7.5 the summary is not an alert")
    link = summary.locator("a").first
    if link.count():
        target = (link.get_attribute("href") or "").removeprefix("#")
        link.press("Enter")
        focused = window.page.evaluate("document.activeElement.id")
        if focused != target:
            faults.append(f"11.10 the link of the summary leads to #{focused}, not #{target}")
    return faults


def run(house: House, windows: dict[str, Window], cases: list[Case], tmp_path: Path) -> None:
    """Every case; a screenshot of each that is wrong."""
    wrong = []
    begun = time.monotonic()
    for case in cases:
        window = windows[str(case["language"])]
        window.errors.clear()
        found = check_case(house, window, case)
        if found:
            window.page.screenshot(path=tmp_path / f"{'-'.join(map(str, case.values()))}.png", full_page=True)
            wrong += [f"{list(case.values())}: {one}" for one in found]
    print(f"{len(cases)} cases in {time.monotonic() - begun:.1f} s, screenshots in {tmp_path}")  # noqa: T201
    assert not wrong, f"{len(wrong)} faults\n" + "\n".join(dict.fromkeys(wrong))


def test_every_pair(house: House, windows: dict[str, Window], tmp_path: Path) -> None:
    run(house, windows, cover_pairs(FACTORS), tmp_path)


@pytest.mark.full
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("sample", SAMPLES)
def test_the_whole_matrix(house: House, windows: dict[str, Window], tmp_path: Path, sample: str) -> None:
    run(house, windows, every_case(FACTORS | {"sample": (sample,)}), tmp_path)
