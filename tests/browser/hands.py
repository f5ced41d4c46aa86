"""Somebody who works in the pages of the staff with the mouse, or with the keyboard alone."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page

from tests.browser.conftest import PASSWORD, House
from tests.browser.windows import Window

READY = "document.querySelector('#studio').dataset.scripted !== undefined"
EDITED = "studio:edit"
DONE = "([name, act]) => performance.getEntriesByName(name).some(one => one.detail === act)"
STANDS_ELSEWHERE = "was => document.querySelector(`#properties form[id$='-form']`)?.id !== was"
MOST_ROUNDS = 6
# How many stops of Tab lie between the focus and a target: forwards, and backwards through Shift and Tab.
STEPS = """wanted => {
  const shown = node => node.getClientRects().length > 0 && getComputedStyle(node).visibility === 'visible';
  const stops = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary,'
    + ' iframe, [tabindex="0"]')].filter(node => !node.disabled && node.tabIndex >= 0 && shown(node));
  const target = document.querySelector(wanted), here = document.activeElement;
  const place = stops.indexOf(target);
  if (place < 0) return null;
  let at = stops.indexOf(here);
  const before = one => here.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING;
  if (at < 0) at = stops.filter(before).length - .5;
  return Math.sign(place - at) * Math.ceil(Math.abs(place - at));
}"""
CHOICE = "node => ({at: node.selectedIndex, values: [...node.options].map(one => one.value)})"


@dataclass
class Hands:
    """In front of a window. `by_keyboard`: nothing is done with the mouse."""

    window: Window
    by_keyboard: bool

    @property
    def page(self) -> Page:
        """The tab."""
        return self.window.page

    def sign_in(self, house: House, email: str) -> None:
        """Enter with the password of the tests."""
        self.window.open(f"{house.url}/account/login")
        self.write("#email", email)
        self.write("#password", PASSWORD)
        self.press("main form button")
        self.page.wait_for_url("**/account/**")

    def reach(self, wanted: str) -> None:
        """Bring the focus there with Tab, in the shorter direction."""
        self.page.locator(wanted).first.wait_for()
        for _ in range(MOST_ROUNDS):
            if self.page.evaluate("one => document.activeElement?.matches(one) ?? false", wanted):
                return
            steps = self.page.evaluate(STEPS, wanted)
            assert steps is not None, f"Tab cannot lead to {wanted} on {self.page.url}"
            for _ in range(abs(steps)):
                self.page.keyboard.press("Tab" if steps > 0 else "Shift+Tab")
        raise AssertionError(f"Tab does not lead to {wanted} on {self.page.url}")

    def press(self, wanted: str) -> None:
        """Press a button, follow a link, open what can be opened."""
        if not self.by_keyboard:
            return self.page.locator(wanted).first.click()
        self.reach(wanted)
        return self.page.keyboard.press("Enter")

    def follow(self, wanted: str) -> None:
        """Press what leads to another page, and wait for it."""
        self.window.shows_another(lambda: self.press(wanted))

    def write(self, wanted: str, text: str) -> None:
        """Write in the place of what a field holds."""
        if not self.by_keyboard:
            return self.page.fill(wanted, text)
        self.reach(wanted)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(text)
        return None

    def choose(self, wanted: str, value: str) -> None:
        """Choose in a menu."""
        if not self.by_keyboard:
            self.page.select_option(wanted, value)
            return
        self.reach(wanted)
        menu = self.page.locator(wanted).first.evaluate(CHOICE)
        steps = menu["values"].index(value) - menu["at"]
        for _ in range(abs(steps)):
            self.page.keyboard.press("ArrowDown" if steps > 0 else "ArrowUp")

    def tick(self, wanted: str) -> None:
        """Tick a box, choose a button: Tab leads to a group of buttons, the arrows go through it."""
        if not self.by_keyboard:
            return self.page.locator(wanted).check()
        one = self.page.locator(wanted)
        if one.get_attribute("type") == "checkbox":
            self.reach(wanted)
            return self.page.keyboard.press("Space")
        group = f"input[name={one.get_attribute('name')}]"
        self.reach(f"{group}:checked" if self.page.locator(f"{group}:checked").count() else group)
        self.page.keyboard.press("Space")
        for _ in range(self.page.locator(group).count()):
            if one.is_checked():
                return None
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows do not lead to {wanted}")

    def edit(self, wanted: str) -> int:
        """Press what changes the draft, and wait until the server has it; gives the element one then stands on."""
        self.page.evaluate("name => performance.clearMeasures(name)", EDITED)
        act = self.page.locator(wanted).first.get_attribute("value") or "save"
        was = self._form()
        self.press(wanted)
        self.page.wait_for_function(DONE, arg=[EDITED, act])  # an earlier text may be on its way still
        if act.startswith("add"):
            self.page.wait_for_function(STANDS_ELSEWHERE, arg=was)
        assert self.page.evaluate("document.activeElement !== document.body"), f"the focus is lost after {wanted}"
        return int(self._form().removeprefix("p").removesuffix("-form"))

    def _form(self) -> str:
        return self.page.locator("#properties form[id$='-form']").first.get_attribute("id") or ""

    def say(self, element: int, key: str, text: str) -> None:
        """Write a property of the element one stands on; it keeps itself."""
        field = f"#p{element}-{key}"
        self.write(field, text)
        self.page.keyboard.press("Tab")
        kept = "([one, text]) => document.querySelector(`${one} + input[type=hidden]`)?.value === text"
        self.page.wait_for_function(kept, arg=[field, text])

    def open_studio(self, address: str) -> None:
        """Open a draft and wait for its script."""
        self.window.open(address)
        self.page.wait_for_function(READY)
