"""Parts of a page that keep themselves fresh: what `live.js` fetches, when it stops, what it says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, Route

from app.web.pages import asset
from tests.browser.conftest import House
from tests.browser.windows import Window, open_browser

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]

WAITING = '<div data-live="/part" data-live-every="500"><p>{said}</p><a href="" data-live-link>Actualiser</a></div>'
OVER = "<div><p>{said}</p><a href='/suite'>Voir</a></div>"


@dataclass
class Part:
    """What the server says at each asking; the last is said again for ever."""

    answers: list[tuple[int, str]]
    asked: int = field(default=0)

    def answer(self, route: Route) -> None:
        """The next answer."""
        status, body = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        route.fulfill(status=status, content_type="text/html; charset=utf-8", body=body)


@pytest.fixture
def window(browser: Browser) -> Iterator[Window]:
    """A tab; its console must stay silent."""
    window = open_browser(browser)
    yield window
    window.page.context.close()


def show(window: Window, house: House, *answers: tuple[int, str]) -> Part:
    """Open a page whose live part gets these answers, one after the other."""
    with house.app.app_context():
        script = asset("live.js")
    first = WAITING.format(said="0")
    html = f'<!DOCTYPE html><title>Essai</title><script src="{script}" defer></script><main>{first}</main>'
    part = Part(list(answers))
    window.page.route("**/essai", lambda route: route.fulfill(content_type="text/html; charset=utf-8", body=html))
    window.page.route("**/part", part.answer)
    window.open(f"{house.url}/essai")
    return part


def wait_until(page: Page, is_so: Callable[[], bool], within: float = 8.0) -> None:
    deadline = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < deadline, "it does not come"
        page.wait_for_timeout(30)


def said(window: Window) -> str:
    return window.page.locator("main p").inner_text()


def test_a_part_is_refreshed_until_it_is_over(house: House, window: Window) -> None:
    part = show(window, house, *((200, WAITING.format(said=str(n))) for n in (1, 2)), (200, OVER.format(said="fini")))
    box = window.page.locator("main > div")
    assert box.get_attribute("aria-live") == "polite"
    assert not window.page.locator("[data-live-link]").is_visible(), "the script does what the link would"
    box.evaluate("node => { node.dataset.same = '1'; }")
    wait_until(window.page, lambda: said(window) == "fini")
    assert part.asked == 3
    assert box.get_attribute("data-same") == "1", "what announces stays in the page"
    window.page.wait_for_timeout(900)
    assert part.asked == 3, "nothing more is asked once it is over"
    assert window.errors == []


def test_a_server_that_is_away_is_asked_again(house: House, window: Window) -> None:
    part = show(window, house, (503, "plus tard"), (200, OVER.format(said="revenu")))
    wait_until(window.page, lambda: said(window) == "revenu")
    assert part.asked == 2


def test_who_is_signed_out_keeps_the_page_and_its_link(house: House, window: Window) -> None:
    part = show(window, house, (403, "refusé"))
    wait_until(window.page, lambda: window.page.locator("[data-live-link]").is_visible())
    window.page.wait_for_timeout(800)
    assert (part.asked, said(window)) == (1, "0")


def test_a_hidden_page_asks_nothing(house: House, window: Window) -> None:
    part = show(window, house, (200, WAITING.format(said="1")))
    wait_until(window.page, lambda: part.asked >= 1)
    set_hidden(window, True)
    asked = part.asked
    window.page.wait_for_timeout(1_300)
    assert part.asked <= asked + 1, "at most what was on its way"
    asked = part.asked
    set_hidden(window, False)
    wait_until(window.page, lambda: part.asked > asked)


def set_hidden(window: Window, is_hidden: bool) -> None:
    """Another tab is looked at, or this one again."""
    window.page.evaluate(
        """isHidden => {
          Object.defineProperty(document, 'hidden', {value: isHidden, configurable: true});
          document.dispatchEvent(new Event('visibilitychange'));
        }""",
        is_hidden,
    )
