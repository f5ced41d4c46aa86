"""A citizen who answers through HTTP alone, as a browser without JavaScript would."""

from __future__ import annotations

import contextlib
import http.client
import random
import time
import urllib.parse
from dataclasses import dataclass, field
from html.parser import HTMLParser

PATIENCE = 30.0


@dataclass
class Form:
    """The fields of the first form of a page that posts."""

    action: str = ""
    hidden: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    checked: dict[str, list[str]] = field(default_factory=dict)
    boxes: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.form: Form | None = None
        self.is_open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form" and found.get("method", "").lower() == "post" and self.form is None:
            self.form, self.is_open = Form(found.get("action", "")), True
        if self.form is None or not self.is_open or "name" not in found:
            return
        name, kind, value = found["name"], found.get("type", "text"), found.get("value", "")
        if tag == "textarea":
            self.form.texts[name] = ""
        elif tag == "input" and kind == "hidden":
            self.form.hidden[name] = value
        elif tag == "input" and kind in ("radio", "checkbox"):
            self.form.choices.setdefault(name, []).append(value)
            if "checked" in found:
                self.form.checked.setdefault(name, []).append(value)
            if kind == "checkbox":
                self.form.boxes.add(name)
        elif tag == "input":
            self.form.texts[name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_open = False


def read_form(html: str) -> Form:
    """The form of a page."""
    reader = _Reader()
    reader.feed(html)
    assert reader.form is not None, html[:2000]
    return reader.form


@dataclass
class Answer:
    """What the server answered."""

    status: int
    location: str
    text: str


class Citizen:
    """One person with one browser; tries again when the server is away, as a person would."""

    def __init__(self, port: int, wave: str, seed: int) -> None:
        self.port, self.wave, self.cookie = port, wave, ""
        self.generator = random.Random(seed)
        self.acknowledged: dict[str, dict[str, list[str]]] = {}

    def request(self, method: str, path: str, data: dict[str, list[str]] | None = None) -> Answer:
        """One request. A refused connection was not received: it is tried again; a broken one is raised."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self._request(method, path, data)
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def _request(self, method: str, path: str, data: dict[str, list[str]] | None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        headers = {"Cookie": self.cookie} if self.cookie else {}
        body = None
        if data is not None:
            body = urllib.parse.urlencode(data, doseq=True)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie" and value.startswith("reponse="):
                self.cookie = value.split(";")[0]
        return Answer(response.status, urllib.parse.urlsplit(response.getheader("Location") or "").path, text)

    def start(self) -> str:
        """Begin a response; gives the address of its first page."""
        entry = self.request("GET", f"/r/{self.wave}/")
        assert entry.status == 200, entry.status
        begun = self.request("POST", f"/r/{self.wave}/", {**as_lists(read_form(entry.text).hidden)})
        assert begun.status == 303, begun.text[:1000]
        return begun.location

    def fill(self, html: str) -> dict[str, list[str]]:
        """Answers for a page that satisfy its rules: a profile first, then chance."""
        form = read_form(html)
        data = as_lists(form.hidden)
        for name, values in form.choices.items():
            data[name] = [PROFILE.get(name) or self.choose(name, values, name in form.boxes)]
        data.update({name: [value or "3"] for name, value in form.texts.items() if name == "heures"})
        return {**data, "aller": ["suite"]}

    def shown(self, html: str) -> dict[str, list[str]]:
        """What the form of a page would post if nothing were touched."""
        form = read_form(html)
        texts = {name: [value] for name, value in form.texts.items()}
        return as_lists(form.hidden) | form.checked | texts

    def choose(self, _name: str, values: list[str], is_box: bool) -> str:
        """One value; not the exclusive one of a list of boxes, which comes last."""
        return self.generator.choice(values[:-1] if is_box and len(values) > 1 else values)

    def answer(self) -> str:
        """Answer everything and send; gives the page of the receipt."""
        address = self.start()
        for _ in range(30):
            shown = self.request("GET", address)
            assert shown.status == 200, (address, shown.status)
            posted = self.request("POST", address, self.fill(shown.text))
            assert posted.status == 303, (address, posted.status, posted.text[:3000])
            address = posted.location
            if address.endswith("/fin"):
                return self.request("GET", address).text
        raise AssertionError(f"no end after thirty pages, at {address}")


PROFILE = {"sexe": "2", "age": "4", "region": "53", "pcs": "3", "taille_agglo": "2"}
"""Codes of the shipped questionnaire: a profile that its checks accept."""


def as_lists(values: dict[str, str]) -> dict[str, list[str]]:
    """Form data of single values."""
    return {name: [value] for name, value in values.items()}
