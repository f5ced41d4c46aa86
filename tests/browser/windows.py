"""A window of Chromium in front of a questionnaire: with or without script, and everything that is looked at in it."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, CDPSession, ConsoleMessage, Error, Page

INSPECTION = (Path(__file__).parent / "inspection.js").read_text(encoding="utf-8")
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4"]
# Chromium notes every answer of 400 and more; ours are pages, and each test says which it expects.
ANSWER = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
MARK = "() => { document.querySelector('h1').dataset.before = '1'; }"
IS_NEW = """() => document.readyState === 'complete' && document.querySelector('h1') !== null
  && document.querySelector('h1').dataset.before === undefined"""
FORM = """() => [...new FormData(document.querySelector('#page')).entries()]
  .filter(([name]) => !['csrf', 'base', 'vus', 'suivi', 'aller'].includes(name)).sort()"""
LONGEST_TABBING = 150
PATIENCE = 8_000
"""Milliseconds before what does not come is a failure."""
# Where the focus is, and whether the eye sees it: a ring on the field itself or on what stands for it.
FOCUSED = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const shown = node.closest('label.c, label.n, label.rank') ?? node;
  const rings = [node, shown, node.nextElementSibling].filter(Boolean).some(one => {
    const style = getComputedStyle(one);
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow.includes('6px');
  });
  const {left, right, top, bottom, width, height} = shown.getBoundingClientRect();
  return {tag: node.tagName, type: node.type ?? '', name: node.name ?? '', value: node.value ?? '', rings,
          checked: node.checked === true, left, right, top: top + scrollY, bottom: bottom + scrollY,
          isSeen: width > 1 && height > 1 && bottom > 0 && top < innerHeight, isInMain: !!node.closest('main'),
          form: node.closest('form') !== null};
}"""
TABBABLE = """() => {
  const shown = node => { const {width, height} = node.getBoundingClientRect();
    return width > 1 && height > 1 && getComputedStyle(node).visibility === 'visible' && !node.closest('.sr') };
  const fields = [...document.querySelectorAll(
    'main input:not([type=hidden]), main select, main textarea, main button')];
  return [...new Set(fields.filter(node => shown(node) && !node.disabled)
    .map(node => node.type === 'radio' ? node.name : `${node.name}=${node.type === 'checkbox' ? node.value : ''}`))];
}"""


@dataclass
class Window:
    """A tab. `errors`: what the console and the page complained of; `has_script` may be changed between pages."""

    page: Page
    cdp: CDPSession
    errors: list[str] = field(default_factory=list)
    has_script: bool = True

    @property
    def place(self) -> str:
        """Where it is, below the wave."""
        return self.page.url.partition("/r/")[2].partition("/")[2].partition("?")[0].partition("#")[0]

    def allow_script(self, allowed: bool) -> None:
        """Switch the scripts of the pages on or off, from the next page on."""
        self.has_script = allowed
        self.cdp.send("Emulation.setScriptExecutionDisabled", {"value": not allowed})

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Our own look may always run scripts (axe waits for promises); those of the page were loaded, or not."""
        if not self.has_script:
            self.cdp.send("Emulation.setScriptExecutionDisabled", {"value": False})
        yield
        if not self.has_script:
            self.cdp.send("Emulation.setScriptExecutionDisabled", {"value": True})

    def open(self, url: str) -> int:
        """Go to an address; gives the status."""
        answer = self.page.goto(url)
        assert answer is not None
        return answer.status

    def shows_another(self, act: Callable[[], object], within: float = 15.0) -> None:
        """Do something, and wait for the page it leads to: loaded, or put in place by the script."""
        self.page.evaluate(MARK)
        act()
        deadline = time.monotonic() + within
        while True:
            try:
                if self.page.evaluate(IS_NEW):
                    return
            except Error:  # between two pages
                pass
            assert time.monotonic() < deadline, f"{self.page.url}: nothing came ({self.errors})"
            self.page.wait_for_timeout(10)

    def press(self, button: str) -> None:
        """Press the first button or link of this selector, and wait for what it leads to."""
        self.shows_another(lambda: self.page.locator(button).first.click())

    def go(self, going: str = "suite") -> None:
        """Press a button of the page by where it goes: suite, retour, pause, langue-en."""
        self.press(f":is(button.b, .lang button)[name=aller][value={going}]")

    def put(self, name: str, value: str) -> None:
        """Answer: choose, tick, pick or type in the field of this name, with the mouse."""
        field = self.page.locator(f'[name="{name}"]:not([type=hidden])')
        first = field.first
        tag, kind = first.evaluate("node => [node.tagName, node.type]")
        if kind in ("radio", "checkbox"):
            self.page.locator(f'[name="{name}"][value="{value}"]').check(force=True)
        elif tag == "SELECT":
            self.page.locator(f'select[name="{name}"]:has(option[value="{value}"])').first.select_option(value)
        else:
            first.fill(value)

    def filled(self) -> list[list[str]]:
        """What the page would post of its answers, in the order of the names."""
        found: list[list[str]] = self.page.evaluate(FORM)
        return found

    def faults(self, with_axe: bool = True) -> list[str]:
        """Everything that is wrong with the page as it stands, for the eye, the finger and the screen reader."""
        size = self.page.viewport_size
        assert size is not None
        with self.looking():
            found: list[str] = self.page.evaluate(INSPECTION, {"width": size["width"]})
            if with_axe:
                options = {"runOnly": {"type": "tag", "values": AXE_TAGS}, "resultTypes": ["violations"]}
                violations = Axe().run(self.page, options=options).response["violations"]
                found += [f"axe {one['id']}: {one['nodes'][0]['html'][:160]}" for one in violations]
        found += [error for error in self.errors if not ANSWER.search(error)]
        self.errors.clear()
        return found

    def check(self) -> None:
        """Nothing is wrong with the page as it stands."""
        found = self.faults()
        assert not found, "\n".join([self.page.url, *found])

    def tab_faults(self) -> list[str]:
        """Whether Tab leads to every field, in the order of the eye, and shows where it is."""
        faults, stops = [], []
        wanted: set[str] = set(self.page.evaluate(TABBABLE))
        self.page.evaluate("() => { const main = document.querySelector('main'); main.tabIndex = -1; main.focus(); }")
        for _ in range(LONGEST_TABBING):
            self.page.keyboard.press("Tab")
            stop: dict[str, Any] | None = self.page.evaluate(FOCUSED)
            if stop is None or not stop["isInMain"]:
                break
            stops.append(stop)
        for stop in stops:
            wanted -= {stop["name"], f"{stop['name']}={stop['value'] if stop['type'] == 'checkbox' else ''}"}
            if not stop["rings"]:
                faults.append(f"10.7 the focus is not seen: {stop['name']} {stop['value']}")
            if not stop["isSeen"]:
                faults.append(f"2.4.11 the focus is out of sight: {stop['name']} {stop['value']}")
        for before, after in itertools.pairwise(stops):
            is_above = after["bottom"] <= before["top"] + 1
            is_left = after["right"] <= before["left"] + 1 and after["top"] < before["bottom"] - 1
            if is_above or (is_left and after["bottom"] <= before["bottom"] + 1):
                faults.append(f"12.8 Tab goes back from {before['name']} {before['value']} to {after['name']}")
        return faults + [f"7.3 Tab does not reach {name}" for name in sorted(wanted)]


def open_window(context: BrowserContext, width: int = 1280, height: int = 900) -> Window:
    """A tab of a browser."""
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": height})
    page.set_default_timeout(PATIENCE)
    window = Window(page, context.new_cdp_session(page))

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            window.errors.append(f"console: {message.text}")

    page.on("console", listen)
    page.on("pageerror", lambda error: window.errors.append(f"script: {error}"))
    return window


@cache
def locale_of(language: str) -> str:
    """What a browser of this language asks for."""
    return {"fr": "fr-FR", "en": "en-GB"}[language]


def open_browser(browser: Browser, language: str = "fr", width: int = 1280, **more: Any) -> Window:
    """A window of a browser of its own, with its own cookies; close `window.page.context` at the end."""
    return open_window(browser.new_context(locale=locale_of(language), **more), width)
