"""A desk for the script of the studio: pages of its markup, and answers to its requests, from a draft in memory.

Only what the script must bear is here: what the real studio does is tested on the real studio.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from urllib.parse import parse_qs, urlsplit

from flask import render_template
from playwright.sync_api import Page, Route

from tests.browser.conftest import House

AT = "/design/versions/1/studio"
FRAME = """<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Essai du studio</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<link rel="stylesheet" href="{staff}"><link rel="stylesheet" href="{studio}"></head><body class="studio">
<main id="main"><div class="title"><h1>Essai</h1></div>
<div class="panes" id="studio" data-edit="{at}/edit" data-pulse="{at}/pulse" data-revision="{revision}" data-at="{on}"
 data-lang="fr" data-version="1" data-user="1">{panes}</div>{script}{status}</main></body></html>"""
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'"
)


@dataclass
class Desk:
    """A draft: texts by number of question, the order in each of two pages, and what was asked."""

    house: House
    texts: dict[int, str]
    pages: dict[int, list[int]]
    revision: int = 1
    at: int = 0
    token: str = "jeton"
    is_down: bool = False
    is_signed_out: bool = False
    is_checked: bool = True
    others: list[dict[str, object]] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    before_answer: Callable[[], object] | None = None
    loses_answers: int = 0
    pulses: int = 0
    history: list[tuple[dict[int, str], dict[int, list[int]]]] = field(default_factory=list)

    # -- what it shows ----------------------------------------------------------------------------

    def outline(self) -> str:
        lines = "".join(
            f'<li><a href="{AT}?at={one}" id="o{one}" data-element="{one}" data-select'
            f"{' aria-current=true' if one == self.at else ''}><span class='id'>Q{one}</span>"
            f'<span>{escape(self.texts[one])}</span><span data-others="{one}"></span></a></li>'
            for page in self.pages.values()
            for one in page
        )
        find = '<label for="find">Chercher</label><input type="text" id="find">'
        return (
            '<nav data-pane id="outline" class="pane side" aria-labelledby="o-t">'
            '<header><h2 id="o-t">Plan</h2></header>'
            f'{find}<div class="tree"><ul>{lines}</ul></div></nav>'
        )

    def card(self, one: int) -> str:
        buttons = "".join(
            f'<button class="b" id="e{one}-{name}" name="act" value="{act}:{one}" aria-label="{word} Q{one}">'
            f"{word[0]}</button>"
            for name, act, word in (
                ("up", "move-up", "Monter"),
                ("down", "move-down", "Descendre"),
                ("double", "duplicate", "Dupliquer"),
                ("delete", "delete", "Supprimer"),
            )
        )
        form = self.form(f'<div class="set">{buttons}</div>')
        return (
            f'<article class="item" id="e{one}" data-element="{one}" tabindex="-1" aria-labelledby="e{one}-t"><header>'
            f'<span data-handle id="e{one}-handle">⠿</span><span data-others="{one}"></span>{form}</header>'
            f'<div><h3 id="e{one}-t">{escape(self.texts[one])}</h3>'
            f'<a class="b" href="{AT}?at={one}" id="e{one}-edit" data-select>Modifier Q{one}</a></div></article>'
        )

    def form(self, inside: str) -> str:
        hidden = f'<input type="hidden" name="csrf_token" value="{self.token}">'
        return f'<form method="post" action="{AT}/edit">{hidden}{inside}</form>'

    def canvas(self) -> str:
        lists = "".join(
            f'<section aria-label="Page {page}"><div data-list="{page}:questions" id="list{page}">'
            f"{''.join(map(self.card, held))}</div></section>"
            for page, held in self.pages.items()
        )
        undo = self.form('<button class="b" id="undo" name="act" value="undo">Annuler</button>')
        title = '<h2 id="c-t">Questions</h2>'
        return f'<section data-pane id="canvas" class="pane" aria-labelledby="c-t">{title}{undo}{lists}</section>'

    def properties(self) -> str:
        text = escape(self.texts.get(self.at, ""), quote=True)
        fields = (
            f'<input type="hidden" name="at" value="{self.at}"><input type="hidden" name="act" value="save">'
            f'<div class="field"><label for="p{self.at}-text-fr">Libellé</label>'
            f'<textarea id="p{self.at}-text-fr" name="p-text.fr" rows="3">\n{text}</textarea>'
            f'<input type="hidden" name="was-text.fr" value="{text}"></div>'
            f'<button class="b" id="p{self.at}-apply">Appliquer</button>'
        )
        inside = self.form(fields) if self.at in self.texts else "<p>Rien</p>"
        return (
            '<aside data-pane id="properties" class="pane side right" aria-labelledby="p-t">'
            f'<h2 id="p-t">Propriétés</h2>{inside}</aside>'
        )

    def status(self) -> str:
        pending = "" if self.is_checked else " data-pending"
        said = "Preuve à jour" if self.is_checked else "Preuve en cours"
        return (
            f'<footer data-pane id="status" class="status" aria-label="État"{pending}>{said} · {self.revision}</footer>'
        )

    def panes(self) -> dict[str, str]:
        named = {"outline": self.outline, "canvas": self.canvas, "properties": self.properties, "status": self.status}
        return {name: draw() for name, draw in named.items()}

    def page(self) -> str:
        panes = self.panes()
        with self.house.app.test_request_context("/"):
            assets = self.house.app.jinja_env.globals["asset"]
            script = render_template("design/studio/script.html")
            staff, studio = assets("staff.css"), assets("studio.css")  # type: ignore[operator]
        inside = panes["outline"] + panes["canvas"] + panes["properties"]
        return FRAME.format(
            staff=staff, studio=studio, at=AT, revision=self.revision, on=self.at, panes=inside, script=script,
            status=panes["status"],
        )  # fmt: skip

    # -- what it answers --------------------------------------------------------------------------

    def serve(self, page: Page) -> str:
        """Answer the requests of a tab; gives the address."""
        page.route(f"**{AT}*", self._studio)
        page.route(f"**{AT}/edit", self._edit)
        page.route(f"**{AT}/pulse", self._pulse)
        return f"{self.house.url}{AT}"

    def _studio(self, route: Route) -> None:
        if self.is_down:
            route.abort()
            return
        query = parse_qs(urlsplit(route.request.url).query)
        self.at = int(query.get("at", [str(self.at)])[0])
        headers = {"Content-Security-Policy": POLICY}
        route.fulfill(content_type="text/html; charset=utf-8", body=self.page(), headers=headers)

    def _edit(self, route: Route) -> None:
        if self.is_down:
            route.abort()
            return
        if self.is_signed_out:
            route.fulfill(status=401, body="")
            return
        form = {name: values[-1] for name, values in parse_qs(route.request.post_data or "", True).items()}
        if form["csrf_token"] != self.token:
            route.fulfill(status=400, body="")
            return
        status, more = self._apply(form)
        if self.loses_answers:
            self.loses_answers -= 1
            route.abort()
            return
        if self.before_answer:
            self.before_answer()
        answer = {"revision": self.revision, "panes": self.panes(), "focus": None, "conflict": None, **more}
        route.fulfill(status=status, content_type="application/json", body=json.dumps(answer))

    def _apply(self, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        if form["once"] in self.seen:
            return 200, {"at": self.at, "said": ""}
        self.seen.add(form["once"])
        act, at = form["act"], int(form["at"])
        self.acts.append(act)
        if act == "save":
            return self._save(at, form["p-text.fr"], form["was-text.fr"])
        if act != "undo":
            self.history.append((dict(self.texts), {page: list(held) for page, held in self.pages.items()}))
        self.revision += 1
        name, *numbers = act.split(":")
        focus = self._act(name, [int(one) for one in numbers])
        return 200, {"at": self.at, "focus": focus, "said": f"{name} : fait."}

    def _save(self, at: int, text: str, before: str) -> tuple[int, dict[str, object]]:
        theirs = self.texts[at]
        if theirs not in (before, text):
            told = {"element": at, "key": "text.fr", "label": f"Libellé de Q{at}", "mine": text, "theirs": theirs}
            return 409, {"at": at, "conflict": {**told, "who": "Dominique"}, "said": "Deux textes."}
        self.texts[at] = text
        self.revision += 1
        return 200, {"at": at, "said": "Enregistré."}

    def _act(self, name: str, numbers: list[int]) -> str | None:
        if name == "undo":
            self.texts, self.pages = self.history.pop()
            return None
        one = numbers[0]
        held = next(page for page in self.pages.values() if one in page)
        place = held.index(one)
        self.at = one
        if name == "duplicate":
            new = max(self.texts) + 1
            self.texts[new] = self.texts[one]
            held.insert(place + 1, new)
            self.at = new
            return f"e{new}"
        held.remove(one)
        if name == "delete":
            del self.texts[one]
            self.at = held[min(place, len(held) - 1)]
            return f"e{self.at}"
        if name == "move-to":
            self.pages[numbers[1]].insert(numbers[2], one)
        else:
            held.insert(max(0, place + (1 if name == "move-down" else -1)), one)
        return None

    def _pulse(self, route: Route) -> None:
        self.pulses += 1
        if self.is_down:
            route.abort()
            return
        if self.is_signed_out:
            route.fulfill(status=401, body="")
            return
        answer = {"revision": self.revision, "others": self.others, "panes": self.panes()}
        route.fulfill(content_type="application/json", body=json.dumps(answer))
