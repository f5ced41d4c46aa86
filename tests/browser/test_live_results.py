"""Live results before a real browser: they come by themselves, under the strict policy, or by a link."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from app.services import folding, snapshots
from tests.browser.conftest import EMAIL, PASSWORD, Site
from tests.browser.windows import Window, open_browser
from tests.factories import BY_SEX, TWO_PAGES, Field, launch, payload, send_many

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

SENT = [payload(TWO_PAGES, sexe=sexe, region=1, confiance=8, engage=sexe) for sexe in (1, 2)]
COUNTED = ".kpi:first-child dd b"


def send(site: Site, wave: Field, count: int) -> None:
    """People send, the worker folds."""
    send_many(wave, SENT, count)
    folding.fold_wave(site.platform.database, site.platform.storage, None, wave.wave_id)
    snapshots.refresh_snapshot(site.platform.database, site.platform.storage, wave.wave_id)


def open_live(site: Site, browser: Browser, wave: Field, has_script: bool) -> Window:
    """An analyst in front of the page of live results, on a phone."""
    window = open_browser(browser, width=390)
    window.open(f"{site.url}/account/login?next=/analyse/{wave.key}/live?q=engage%26q=confiance")
    window.page.get_by_label("Adresse").fill(EMAIL)
    window.page.get_by_label("Mot de passe", exact=False).first.fill(PASSWORD)
    window.allow_script(has_script)
    window.press("main form button.b")
    window.open(f"{site.url}/analyse/{wave.key}/live?q=engage&q=confiance")
    return window


def expect_sound(window: Window) -> None:
    """Nothing is wrong with what keeps itself fresh; the frame around it is that of every staff page."""
    assert [fault for fault in window.faults() if "/analyse/" not in fault or "questions" in fault] == []


def test_results_come_by_themselves(site: Site, browser: Browser) -> None:
    wave = launch(site.platform.database, shares=BY_SEX, key="en-direct")
    send(site, wave, 40)
    window = open_live(site, browser, wave, has_script=True)
    page = window.page
    assert page.locator(COUNTED).inner_text() == "40"
    assert not page.locator("[data-live-link]").first.is_visible()
    page.evaluate("document.querySelector('h1').dataset.before = '1'")
    send(site, wave, 5)
    expect(page.locator(COUNTED)).to_have_text("45")
    assert "40 réponses" in page.locator(".stamp").last.inner_text().replace("\u202f", " ")
    send(site, wave, 6)
    expect(page.locator(".stamp").last).to_contain_text("51")
    assert page.locator("h1").get_attribute("data-before") == "1", "the page itself was not loaded again"
    expect_sound(window)
    page.set_viewport_size({"width": 1280, "height": 900})
    expect_sound(window)
    page.context.close()


def test_without_script_a_link_does_the_same(site: Site, browser: Browser) -> None:
    wave = launch(site.platform.database, shares=BY_SEX, key="en-direct-sans-script")
    send(site, wave, 40)
    window = open_live(site, browser, wave, has_script=False)
    send(site, wave, 11)
    window.press("a[data-live-link]")
    assert window.page.locator(COUNTED).inner_text() == "51"
    assert "q=engage" in window.page.url
    expect_sound(window)
    window.page.context.close()
