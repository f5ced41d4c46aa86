"""On a cheap phone with a poor network: the first paint within a second, nothing moves, little is fetched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from questionnaires import definition
from tests.browser.conftest import House
from tests.browser.everything import SAMPLES, TYPE, asking
from tests.browser.test_shipped_journeys import FILES
from tests.browser.windows import Window, open_browser

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SLOWER = 4
"""How many times slower the processor is made: about a phone of 150 euros."""
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
FIRST_PAINT, PAGE_WEIGHT = 1000, 20_000
"""Milliseconds; bytes of the page, compressed."""
STILL = 0.001
"""Of layout shift: what a page that is painted while it still arrives may do on a busy machine; 0.1 is called good."""
SCRIPT_WEIGHT, STYLE_WEIGHT = 10_000, 8_000
TRIES = 3
"""The best of these counts: the machine that runs the tests has other things to do."""
WATCH = """() => {
  window.seen = {moved: 0, paint: 0};
  new PerformanceObserver(list => { for (const one of list.getEntries()) window.seen.moved += one.value; })
    .observe({type: 'layout-shift', buffered: true});
}"""
MEASURE = """() => ({
  paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null,
  moved: window.seen.moved,
  fetched: [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .map(one => [one.name.split('/').pop(), one.initiatorType, one.encodedBodySize]),
})"""


@pytest.fixture
def phone(browser: Browser) -> Iterator[Window]:
    """A slow phone that has nothing in its cache."""
    window = open_browser(browser, "fr", 360, is_mobile=True, has_touch=True)
    window.cdp.send("Network.enable")
    window.page.add_init_script(f"({WATCH})()")
    yield window
    window.page.context.close()


def slow_down(window: Window, is_slow: bool = True) -> None:
    """Slow network and processor, and an empty cache; or none of that."""
    off = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    window.cdp.send("Network.emulateNetworkConditions", NETWORK if is_slow else off)
    window.cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER if is_slow else 1})
    window.cdp.send("Network.clearBrowserCache")


def test_first_paint_without_anything_in_the_cache(house: House, phone: Window) -> None:
    file = next(one for one in FILES if (one.parent.name, one.stem) == ("impact-citoyens", "2022"))
    root = house.launch("impact-citoyens-2022", definition.read(file.read_bytes(), file.name))
    phone.open(root)
    phone.press("main form button.b")
    question = phone.page.url
    phone.open(root)
    for name, url in (("entry", root), ("question", question)):
        tries = []
        for _ in range(TRIES):
            slow_down(phone)
            phone.page.goto("about:blank")
            phone.page.goto(url, wait_until="load")
            phone.page.wait_for_timeout(500)  # what the script moves, it moves now
            tries.append(phone.page.evaluate(MEASURE))
            slow_down(phone, is_slow=False)
        paint = min(one["paint"] for one in tries)
        fetched = tries[0]["fetched"]
        print(f"{name}: first paint {paint:.0f} ms of {[round(one['paint']) for one in tries]}, {fetched}")  # noqa: T201
        assert paint < FIRST_PAINT, f"{name} is painted after {paint:.0f} ms"
        assert max(one["moved"] for one in tries) < STILL, f"{name} moves"
        weights = {kind: size for _, kind, size in fetched if size}
        assert len(fetched) == 3, f"one page, one script, one style sheet: {fetched}"
        assert weights["navigation"] <= PAGE_WEIGHT
        assert weights["script"] <= SCRIPT_WEIGHT
        assert weights["link"] <= STYLE_WEIGHT


def test_nothing_moves_when_the_script_dresses_the_controls(house: House, phone: Window) -> None:
    moved = {}
    slow_down(phone)
    for name in SAMPLES:
        root = house.launch(f"essai-{name.replace('_', '-')}", asking(name))
        started = phone.page.request.post(root, form={"langue": "fr", "commencer": "nouveau"}, max_redirects=0)
        assert started.status == 303
        phone.page.goto(root + TYPE, wait_until="load")
        phone.page.wait_for_timeout(50)
        moved[name] = phone.page.evaluate("window.seen.moved")
    assert {name: value for name, value in moved.items() if value >= STILL} == {}
