"""Someone who answers through the pages, as a browser without JavaScript would."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.web.respond import visits
from questionnaires.model import Questionnaire, Required
from tests.factories import SECRET, Field
from tests.questionnaires.builders import (
    choice_grid,
    leaves,
    multiple,
    must_hold,
    number,
    page,
    questionnaire,
    score,
    score_grid,
    single,
    text,
)

Attributes = dict[str, str]
_INERT = re.compile(r"<template\b.*?</template>", re.DOTALL)
"""What is there for the script alone."""
VOID = {"input", "meta", "link", "br"}

EVERY_TYPE: Questionnaire = questionnaire(
    page(
        "profil",
        single("age", "mineur", "adulte"),
        single("ville", "paris", "lyon"),
        exits=(leaves("trop_jeune", "age = 'mineur'"),),
    ),
    page(
        "avis",
        single("utilite", "utile", "inutile", no_opinion=True),
        multiple("priorites", "emploi", "climat", "aucune", exclusive="aucune", no_opinion=True),
        score("note", no_opinion=True),
        score_grid("grille", "un", "deux", no_opinion=True),
        choice_grid("effets", "ici", "ailleurs"),
    ),
    page(
        "fin_du_questionnaire",
        number("heures", maximum=100, no_opinion=True),
        text("mot", required=Required.NO, maximum=40),
        checks=(must_hold("assez_d_heures", "heures >= 2", "heures"),),
    ),
)
"""A tiny questionnaire with every type of question, an exit and a check."""


@dataclass
class Page:
    """A page as it was received."""

    response: TestResponse
    elements: list[tuple[str, Attributes]] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    chosen: list[tuple[str, str]] = field(default_factory=list)
    """The options that are selected, each with the name of its list."""

    def __post_init__(self) -> None:
        _Reader(self).feed(_INERT.sub("", self.text))

    @property
    def text(self) -> str:
        return self.response.get_data(as_text=True)

    @property
    def said(self) -> str:
        """What one reads, without the tags."""
        return re.sub(r"<[^>]+>", "", self.text)

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def title(self) -> str:
        return "".join(self.texts["title"])

    def all(self, tag: str, **wanted: str) -> list[Attributes]:
        """The elements of this tag with these attributes (`class_` for class, whole)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in wanted.items()}
        return [found for name, found in self.elements if name == tag and wanted.items() <= found.items()]

    @property
    def hidden(self) -> dict[str, list[str]]:
        """What the form posts besides the answers."""
        fields: dict[str, list[str]] = defaultdict(list)
        for found in self.all("input", type="hidden"):
            fields[found["name"]].append(found["value"])
        return dict(fields)

    @property
    def filled(self) -> dict[str, list[str]]:
        """Everything that the form of the page posts as it stands, buttons aside."""
        fields: dict[str, list[str]] = defaultdict(list)
        for found in self.all("input"):
            is_choice = found.get("type") in ("radio", "checkbox")
            if "name" in found and (not is_choice or "checked" in found):
                fields[found["name"]].append(found["value"])
        for name, value in self.chosen:
            fields[name].append(value)
        return dict(fields)

    @property
    def runs_only_our_script(self) -> bool:
        """Whether the page has one script, a file of ours, and nothing else that a browser would run."""
        scripts = self.all("script")
        is_ours = [one.get("src", "").startswith("/static/") for one in scripts] == [True]
        handlers = [name for _, found in self.elements for name in found if name.startswith("on")]
        return is_ours and not "".join(self.texts["script"]).strip() and not handlers

    @property
    def checked(self) -> set[tuple[str, str]]:
        """Name and value of what is chosen."""
        return {(one["name"], one["value"]) for one in self.all("input") if "checked" in one}


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page, self.open, self.list = page, list[str](), ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.page.elements.append((tag, found))
        if tag == "select":
            self.list = found.get("name", "")
        if tag == "option" and "selected" in found:
            self.page.chosen.append((self.list, found.get("value", "")))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        for tag in set(self.open):
            self.page.texts[tag].append(data)


@dataclass
class Visitor:
    """A browser in front of a wave."""

    client: FlaskClient
    key: str

    def get(self, place: str = "", **headers: str) -> Page:
        """Open a page of the wave, following no redirection."""
        return Page(self.client.get(f"/r/{self.key}/{place}", headers=headers))

    def start(self, **data: str) -> Page:
        """Press the button of the entry."""
        return Page(self.client.post(f"/r/{self.key}/", data=data))

    def post(self, shown: Page, going: str = "suite", **answers: Any) -> Page:
        """Fill in a page that was shown, and press a button of it."""
        data = shown.hidden | {"aller": going} | answers
        return Page(self.client.post(shown.response.request.full_path.rstrip("?"), data=data))

    def answer(self, place: str, going: str = "suite", **answers: Any) -> Page:
        """Open a page, fill it in, press a button."""
        return self.post(self.get(place), going, **answers)

    def change(self, shown: Page, going: str = "suite", **answers: Any) -> Page:
        """Change some answers of a page as it stands, the others posted as they are, and press a button."""
        return self.post(shown, going, **(shown.filled | answers))

    def place(self, page: Page) -> str:
        """Where a redirection leads, below the wave."""
        assert page.status == 303, page.text
        return str(page.response.location).removeprefix(f"/r/{self.key}/")


FIRST: dict[str, Any] = {"age": "2", "ville": "1"}
SECOND: dict[str, Any] = {
    "utilite": "1",
    "priorites": ["1", "2"],
    "note": "7",
    "grille_un": "0",
    "grille_deux": "nsp",
    "effets_ici": "1",
    "effets_ailleurs": "2",
}
THIRD: dict[str, Any] = {"heures": "12", "mot": "bonjour"}


def make_cookie(token: str, age: float = 0, is_kept: bool = False, secret_key: str = SECRET) -> str:
    """The cookie of the response of this token, stamped `age` seconds ago."""
    return visits.seal(secret_key, token, int(time.time() - age), is_kept)


def hold_cookie(client: FlaskClient, key: str, token: str, age: float = 0, is_kept: bool = False) -> None:
    """Have a browser hold the cookie of this response, of this age."""
    client.set_cookie(visits.COOKIE, make_cookie(token, age, is_kept), path=f"/r/{key}/")


def token_of(client: FlaskClient, key: str) -> str:
    """The token in the cookie that a browser holds for a wave."""
    cookie = client.get_cookie(visits.COOKIE, path=f"/r/{key}/")
    assert cookie is not None, "no cookie"
    return cookie.value.partition(".")[0]


def arrive(client: FlaskClient, field: Field) -> Visitor:
    """Someone starts the questionnaire."""
    visitor = Visitor(client, field.key)
    assert visitor.start().status == 303
    return visitor


def answer_all(visitor: Visitor) -> Page:
    """Answer the three pages; gives the review."""
    assert visitor.place(visitor.answer("profil", **FIRST)) == "avis"
    assert visitor.place(visitor.answer("avis", **SECOND)) == "fin_du_questionnaire"
    assert visitor.place(visitor.answer("fin_du_questionnaire", **THIRD)) == "envoi"
    return visitor.get("envoi")
