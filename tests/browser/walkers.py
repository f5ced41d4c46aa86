"""Someone who answers a whole questionnaire in Chromium: with the mouse, or with the keyboard alone.

What is answered is invented by the simulation, as the robot over HTTP does; how it is said is what the controls of
the page take.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from werkzeug.datastructures import MultiDict

from app.services import simulation
from questionnaires.problems import Problem
from tests.browser.windows import FOCUSED, Window
from tests.factories import Field
from tests.web.respond.robots import ATTEMPTS, MOST_PAGES, Robot, random_person

LONGEST_TABBING = 200
LONGEST_LIST = 300
# The fields of the form in the order of the page: a group of radio buttons or of boxes is several.
FIELDS = """() => [...document.querySelectorAll(
    '#page input:not([type=hidden]), #page select, #page textarea')].map((node, place) => {
  node.dataset.place = place;
  return {place, name: node.name, type: node.type, tag: node.tagName, value: node.value, checked: node.checked === true,
    isShown: node.getClientRects().length > 0, isRanked: node.matches('.rank select') && node.hidden,
    options: [...(node.options ?? [])].map(one => one.value)};
})"""
STARTED = ("main form button.b:not(.txt)", "main form a.b")


@dataclass
class Walker:
    """Someone in front of a window. `look`: what is done at each page before it is answered."""

    window: Window
    where: Field
    root: str
    language: str
    by_keyboard: bool = False
    generator: random.Random = field(default_factory=lambda: random.Random(1))
    look: Callable[[Walker], None] = lambda _: None
    places: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        person = random_person(self.where.questionnaire, self.generator)
        self.robot = Robot(None, self.where, self.generator, person, self.language)  # type: ignore[arg-type]

    @property
    def token(self) -> str:
        """The token of the response, from the cookie."""
        return token_of(self.window, self.root)

    def start(self) -> None:
        """Open the door, agree if that is asked, and begin."""
        assert self.window.open(f"{self.root}?lang={self.language}") == 200
        for box in self.window.page.locator("main form input[type=checkbox][required]").all():
            box.check()
        self.press("main form button.b:not(.txt)")

    def press(self, button: str) -> None:
        """Press a button: with the mouse, or by Tab and Enter."""
        if not self.by_keyboard:
            return self.window.press(button)
        page = self.window.page
        self.tab_to(lambda _: bool(page.evaluate("one => document.activeElement.matches(one)", button)), button)
        return self.window.shows_another(lambda: page.keyboard.press("Enter"))

    def go(self, going: str = "suite") -> None:
        """Press a button of a page of questions."""
        self.press(f":is(button.b, .lang button)[name=aller][value={going}]")

    def answer_all(self) -> str:
        """Answer to the end, and send; gives where that leads: `fin`, or `sortie/…`."""
        for _ in range(MOST_PAGES):
            place = unquote(self.window.place)
            self.places.append(place)
            self.look(self)
            if place == "fin" or place.startswith("sortie/"):
                return place
            if place == "envoi":
                self.go()
            else:
                self.fill(place)
        raise AssertionError(f"no end after {MOST_PAGES} pages")

    def fill(self, place: str) -> None:
        """Answer a page until it passes."""
        problems: dict[str, Problem] = {}
        self.robot.token = self.token
        for _ in range(ATTEMPTS):
            state = self.robot.state()
            assert state is not None
            shown = state.path.shown[place]
            answers = simulation.page_answers(state, place, self.robot.person, self.generator, problems)
            self.put_all(self.wanted(answers))
            self.go()
            if self.window.place != place:
                return
            if self.window.page.locator(".summary.warn").count():  # only warnings: go on as it is
                self.go()
                if self.window.place != place:
                    return
            after = self.robot.state()
            assert after is not None
            if after.path.shown.get(place) != shown:
                problems = {}
                continue
            problems = self.robot.problems(state, place, answers)
            self.robot.person = random_person(state.questionnaire, self.generator)
        raise AssertionError(f"{place} refuses {answers}: {problems}")

    def wanted(self, answers: Any) -> MultiDict[str, str]:
        """The values of the fields of these answers."""
        state = self.robot.state()
        assert state is not None
        data: MultiDict[str, str] = MultiDict()
        for key, answer in answers.items():
            for name, value in self.robot.inputs(state.questionnaire.question_of(key), key, answer):
                data.add(name, value)
        return data

    def put_all(self, wanted: MultiDict[str, str]) -> None:
        """Make the form say this, and nothing else."""
        fields = self.window.page.evaluate(FIELDS)
        for place in range(LONGEST_LIST):
            if place >= len(fields):
                return
            if self.put(fields[place], wanted):
                fields = self.window.page.evaluate(FIELDS)  # the script may have opened some, emptied or moved them

    def put(self, one: dict[str, Any], wanted: MultiDict[str, str]) -> bool:
        """Make one field say what is wanted; gives whether anything had to be done."""
        if one["type"] in ("checkbox", "radio"):
            is_wanted = one["value"] in wanted.getlist(one["name"])
            # A button that is chosen stays until another is.
            if one["checked"] == is_wanted or (one["type"] == "radio" and not is_wanted) or not one["isShown"]:
                return False
            self.choose(one)
        elif one["tag"] == "SELECT":
            value = next((said for said in wanted.getlist(one["name"]) if said in one["options"]), "")
            if one["value"] == value:
                return False
            self.pick(one, value)
        else:
            value = wanted.get(one["name"], "")
            if one["value"].replace("\r", "") == value or not one["isShown"]:
                return False
            self.type(one, value)
        return True

    def choose(self, one: dict[str, Any]) -> None:
        """Tick or untick a box, choose a button."""
        if not self.by_keyboard:
            self.at(one).click(force=True)
        elif one["type"] == "checkbox":
            self.tab_to_field(one)
            self.window.page.keyboard.press("Space")
        else:
            self.choose_by_arrows(one)

    def choose_by_arrows(self, one: dict[str, Any]) -> None:
        """Tab leads to the group; the arrows go through it and choose."""
        keyboard = self.window.page.keyboard
        stop = self.tab_to(lambda stop: stop["name"] == one["name"], one["name"])
        if stop["value"] == one["value"]:
            return keyboard.press("Space")
        for _ in range(LONGEST_LIST):
            keyboard.press("ArrowDown")
            stop = self.window.page.evaluate(FOCUSED)
            if stop["value"] == one["value"]:
                assert stop["checked"]
                return None
        raise AssertionError(f"the arrows do not lead to {one['name']} {one['value']}")

    def pick(self, one: dict[str, Any], value: str) -> None:
        """Pick in a list (with the script, ranks are given by buttons, which have a test of their own)."""
        if not self.by_keyboard or one["isRanked"]:
            self.at(one).select_option(value, force=True)
            return
        self.tab_to(lambda _: self.is_at(one), one["name"])
        steps = one["options"].index(value) - one["options"].index(one["value"])
        for _ in range(abs(steps)):
            self.window.page.keyboard.press("ArrowDown" if steps > 0 else "ArrowUp")

    def type(self, one: dict[str, Any], value: str) -> None:
        """Type, in the place of what was there."""
        if not self.by_keyboard:
            self.at(one).fill(value)
            return
        self.tab_to(lambda _: self.is_at(one), one["name"])
        self.window.page.keyboard.press("ControlOrMeta+a")
        self.window.page.keyboard.press("Delete")
        self.window.page.keyboard.type(value)

    def at(self, one: dict[str, Any]) -> Any:
        """A field by its place."""
        return self.window.page.locator(f"#page [data-place='{one['place']}']")

    def is_at(self, one: dict[str, Any]) -> bool:
        """Whether the focus is on a field."""
        found: str | None = self.window.page.evaluate("document.activeElement.dataset.place ?? null")
        return found == str(one["place"])

    def tab_to_field(self, one: dict[str, Any]) -> None:
        """Press Tab until the focus is on a field."""
        self.tab_to(lambda _: self.is_at(one), f"{one['name']} {one['value']}")

    def tab_to(self, is_there: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        """Press Tab until the focus is where it has to be; gives what is there."""
        for _ in range(LONGEST_TABBING):
            stop: dict[str, Any] | None = self.window.page.evaluate(FOCUSED)
            if stop is not None and is_there(stop):
                return stop
            self.window.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {what} on {self.window.page.url}")


def token_of(window: Window, root: str) -> str:
    """The token that a browser holds for a wave, without its stamp."""
    cookies = window.page.context.cookies(root)
    return next(str(one.get("value")) for one in cookies if one.get("name") == "reponse").partition(".")[0]
