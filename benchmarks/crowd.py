"""A crowd that answers through HTTP, without a script, as light as can be: it shares its processors with the server.

Each person reads the form of the page that came, fills it in, thinks, posts it; what the server acknowledged (a
redirection) is remembered, to be looked for in the database afterwards.
"""

from __future__ import annotations

import asyncio
import html
import random
import re
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field

PATIENCE = 30.0
LOOK_AGAIN = 1.0
"""Seconds between two looks at the waiting page: less than a browser's fifteen, the run being short."""
MOST_TRIES = 4
LONGEST_END = 120.0
"""Seconds that those inside may take to finish once nobody comes any more."""
WAITING = "/file-d-attente"
_MAIN = re.compile(r'<main.*?<form method="post"([^>]*)>(.*?)</form>', re.S)
_ACTION = re.compile(r'action="([^"]*)"')
_INPUT = re.compile(r"<(?:input|textarea)\b([^>]*)>")
_ATTRIBUTE = re.compile(r'(name|value|type)="([^"]*)"')
_KNOWN = {"sexe": "2", "age": "4", "region": "53", "pcs": "3", "taille_agglo": "2", "heures": "3"}
"""Answers to the shipped questionnaire that its checks accept together."""

Fields = list[tuple[str, str]]


@dataclass(slots=True)
class Answered:
    """What a server answered."""

    status: int
    headers: dict[str, str]
    cookies: dict[str, str]
    text: str

    @property
    def place(self) -> str:
        """Where it redirects to: the path, without what follows a question or number sign."""
        target = urllib.parse.urlsplit(self.headers.get("location", ""))
        return target.path + (f"?{target.query}" if target.query else "")


@dataclass(slots=True)
class Person:
    """One respondent: the token of the response, every answer that was acknowledged, whether it was sent."""

    cookies: dict[str, str] = field(default_factory=dict)
    acknowledged: dict[str, list[str]] = field(default_factory=dict)
    is_inside: bool = False
    is_sent: bool = False

    @property
    def token(self) -> str:
        """The token of the response, without what a cookie adds to it."""
        return self.cookies.get("reponse", "").partition(".")[0]


@dataclass
class Crowd:
    """People in front of one wave, and what was measured. `think`: the bounds of their seconds between two pages."""

    port: int
    wave: str
    think: tuple[float, float]
    generator: random.Random = field(default_factory=lambda: random.Random(4))
    people: list[Person] = field(default_factory=list)
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"GET": [], "POST": []})
    errors: list[str] = field(default_factory=list)
    steps: int = 0
    waited: int = 0
    until: float = 0.0
    """When no more people come; those inside finish, as long as `is_patient`."""
    is_patient: bool = False

    async def run(self, count: int, seconds: float, is_patient: bool = False) -> None:
        """`count` people at once for `seconds`, each followed by another; a crowd does not come in one instant."""
        started = time.monotonic()
        self.until, self.is_patient = started + seconds, is_patient
        arrivals = min(sum(self.think), seconds / 3)
        async with asyncio.timeout(seconds + LONGEST_END):
            await asyncio.gather(*(self._follow_one_another(number / count * arrivals) for number in range(count)))

    async def _follow_one_another(self, wait: float) -> None:
        await asyncio.sleep(wait)
        while time.monotonic() < self.until:
            person = Person()
            self.people.append(person)
            try:
                await self._answer(person)
            except (OSError, ValueError, AssertionError, TimeoutError) as error:
                self.errors.append(f"{type(error).__name__}: {error}"[:300])
                await asyncio.sleep(LOOK_AGAIN)

    async def _answer(self, person: Person) -> None:
        root = f"/r/{self.wave}/"
        entry = await self._ask(person, "GET", root)
        place = await self._post(person, root, entry.text)
        person.is_inside = bool(place) and WAITING not in place
        while place and not place.endswith("/fin"):
            if not self._goes_on(person):
                return
            shown = await self._ask(person, "GET", place)
            if WAITING in place:
                self.waited += 1
                await asyncio.sleep(LOOK_AGAIN)
                place = await self._post(person, root, shown.text)
                person.is_inside = bool(place) and WAITING not in place
                continue
            await asyncio.sleep(self.generator.uniform(*self.think))
            place = await self._post(person, place, shown.text)
        person.is_sent = bool(place)
        if place:
            await self._ask(person, "GET", place)

    def _goes_on(self, person: Person) -> bool:
        return time.monotonic() < self.until or (self.is_patient and person.is_inside)

    async def _post(self, person: Person, address: str, text: str) -> str:
        """Fill in the form of a page until it passes; where that leads, nothing when the time is over."""
        for _ in range(MOST_TRIES):
            if not self._goes_on(person):
                return ""
            action, fields = fill(text, self.generator)
            posted = await self._ask(person, "POST", action or address, fields)
            if posted.status == 303:
                self.steps += 1
                for name, _ in fields:
                    person.acknowledged[name] = [value for other, value in fields if other == name]
                return posted.place
            text = posted.text
        raise AssertionError(f"{address}: {posted.status} after {MOST_TRIES} tries")

    async def _ask(self, person: Person, method: str, path: str, fields: Fields | None = None) -> Answered:
        start = time.perf_counter()
        async with asyncio.timeout(PATIENCE):
            found = await request(self.port, method, path, person.cookies, fields)
        self.seconds[method].append(time.perf_counter() - start)
        person.cookies |= found.cookies
        if found.status not in (200, 303, 422):
            raise AssertionError(f"{method} {path}: {found.status}")
        return found


async def request(port: int, method: str, path: str, cookies: dict[str, str], fields: Fields | None = None) -> Answered:
    """One request on a connection of its own, as gunicorn's plain workers have them."""
    body = urllib.parse.urlencode(fields or []).encode()
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
    if cookies:
        lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items()))
    if fields is not None:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()
        head, _, content = (await reader.read(-1)).partition(b"\r\n\r\n")
    finally:
        writer.close()
    first, *rest = head.decode("latin-1").split("\r\n")
    pairs = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in rest)]
    given = [value.partition(";")[0].partition("=") for name, value in pairs if name == "set-cookie"]
    return Answered(
        int(first.split()[1]), dict(pairs), {name: value for name, _, value in given}, content.decode("utf-8")
    )


def fill(text: str, generator: random.Random) -> tuple[str, Fields]:
    """The address of the form of a page, and its fields filled in: what is hidden as it is, one of each choice."""
    found = _MAIN.search(text)
    if found is None:
        raise AssertionError("a page without a form")
    action = _ACTION.search(found[1])
    fields: Fields = []
    offered: dict[str, list[str]] = {}
    for name, kind, value in _inputs(found[2]):
        if kind == "hidden":
            fields.append((name, value))
        elif kind in ("radio", "checkbox"):
            offered.setdefault(name, []).append(value)
        else:
            fields.append((name, value or _KNOWN.get(name, "")))
    for name, values in offered.items():
        # The last of several is what goes with nothing else; of one, it is the consent.
        fields.append((name, _KNOWN.get(name) or generator.choice(values[:-1] if len(values) > 1 else values)))
    return html.unescape(action[1]) if action else "", [*fields, ("aller", "suite")]


def _inputs(form: str) -> Iterator[tuple[str, str, str]]:
    """(name, type, value) of each input."""
    for tag in _INPUT.findall(form):
        attributes = dict(_ATTRIBUTE.findall(tag))
        if "name" in attributes:
            value = html.unescape(attributes.get("value", ""))
            yield attributes["name"], attributes.get("type", "text"), value
