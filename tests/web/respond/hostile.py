"""What hostile visitors send: bodies, cookies, addresses; and what must be true of whatever is answered."""

from __future__ import annotations

import io
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.models import Response
from app.services import responding
from app.services.responding import ResponseState
from questionnaires.model import LocalText, encode_given
from questionnaires.validation import check_response
from tests.conftest import make_app, settings_for
from tests.factories import Field, launch
from tests.web.respond.visitors import EVERY_TYPE, FIRST, Page, Visitor

FORM = "application/x-www-form-urlencoded"
MARKUP = "\"'></textarea></title><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}${7*7}"
LANGUAGE = "en"


def bilingual(part: Any) -> Any:
    """The same with English words, so that a page in the wrong language is seen."""
    if isinstance(part, LocalText):
        return LocalText({"fr": part.in_("fr"), LANGUAGE: f"{part.in_('fr')} (in English)"})
    if isinstance(part, tuple):
        return tuple(bilingual(one) for one in part)
    if not is_dataclass(part) or isinstance(part, type):
        return part
    return replace(part, **{one.name: bilingual(getattr(part, one.name)) for one in fields(part) if one.init})


@dataclass
class Target:
    """A platform under attack: someone in the middle of answering, in English, and every route there is."""

    app: Flask
    wave: Field

    def someone(self) -> Visitor:
        """Someone who has answered the first page."""
        client = self.app.test_client()
        visitor = Visitor(client, self.wave.key)
        assert visitor.start(langue=LANGUAGE).status == 303
        assert visitor.place(visitor.answer("profil", **FIRST)) == "avis"
        return visitor

    def token(self, visitor: Visitor) -> str:
        """The token of the response."""
        cookie = visitor.client.get_cookie("reponse", path=f"/r/{self.wave.key}/")
        assert cookie is not None
        return cookie.value.partition(".")[0]

    def state(self, token: str) -> ResponseState | None:
        """What is stored of it."""
        with self.wave.database.reading() as session:
            return responding.find_response(session, self.wave.key, token)

    def rules(self, method: str = "") -> list[Rule]:
        """Every route of a respondent, those of tomorrow included; those of one method."""
        found = [rule for rule in self.app.url_map.iter_rules() if rule.endpoint.startswith("respond.")]
        return [rule for rule in found if not method or method in (rule.methods or ())]

    def everything(self) -> list[tuple[Any, ...]]:
        """Every response as it is stored."""
        with self.wave.database.reading() as session:
            columns = (Response.id, Response.given, Response.revision, Response.disposition, Response.language)
            return [tuple(row) for row in session.execute(select(*columns).order_by(Response.id))]


def open_target(database_url: str, folder: Path) -> Target:
    """The platform on this database."""
    app = make_app(settings_for(database_url, folder))
    return Target(
        app, launch(app.extensions["impact"].database, replace(bilingual(EVERY_TYPE), languages=("fr", LANGUAGE)))
    )


def fill_address(rule: Rule, wave: str, words: Iterator[str]) -> str:
    """An address of a route: this wave, and words for whatever else it takes."""
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: wave if found[1] == "wave" else next(words), rule.rule)


FIELDS = ("mot", "base", "vus", "aller", "csrf", "code", "courriel", "langue", "page", "depart", "evenements")


BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", FORM),
    "no type": (b"csrf=1", ""),
    "a text": (b"csrf=1&age=2", "text/plain; charset=utf-16"),
    "a list": (b'[{"csrf": 1}]', "application/json"),
    "half a document": (b'{"csrf": ', "application/json"),
    "a deep document": (b"[" * 100_000, "application/json"),
    "numbers without end": (b'{"events": [' + b"9" * 5000 + b"]}", "application/json"),
    "other people's events": (
        json.dumps(
            {"csrf": "x", "events": [{"event": "exit", "page": MARKUP, "at": 1e308, "data": {"a": "\0"}}] * 50}
        ).encode(),
        "application/json",
    ),
    "text that is none": (
        b"csrf=%ff%fe&age=%c3%28&mot=%ed%a0%80%00&langue=%80&code=%ff%00&depart=%00&courriel=%00@%ff",
        FORM,
    ),
    "raw bytes": (bytes(range(256)) * 8, FORM),
    "another width": ("csrf=1&age=2&mot=é".encode("utf-16"), f"{FORM}; charset=utf-16"),
    "another alphabet": ("csrf=1&mot=é".encode("latin-1"), f"{FORM}; charset=ibm037"),
    "thousands of fields": (urlencode([(f"f{n}", "1") for n in range(20_000)]).encode(), FORM),
    "thousands of the same": (b"&".join([b"vus=a", b"priorites=1"] * 10_000), FORM),
    "a million bytes": (b"mot=" + b"a" * 999_000, FORM),
    "ten million bytes": (b"mot=" + b"a" * 10_000_000, FORM),
    "a file": (
        b'--b\r\nContent-Disposition: form-data; name="mot"; filename="../../x"\r\n\r\nhello\r\n--b--\r\n',
        "multipart/form-data; boundary=b",
    ),
    "thousands of parts": (
        b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n' * 3000 + b"--b--\r\n",
        "multipart/form-data; boundary=b",
    ),
    "no boundary": (b"--b\r\nrubbish", "multipart/form-data"),
    "half a part": (b'--b\r\nContent-Disposition: form-data; name="mot"', "multipart/form-data; boundary=b"),
    "markup": (
        urlencode(dict.fromkeys(FIELDS, MARKUP)).encode(),
        FORM,
    ),
}
"""Bodies that no page of ours sends, with their content types."""

COOKIES = (
    "",
    "x",
    "." * 50,
    "a.b.c",
    "é\udcff".encode("utf-8", "surrogateescape").decode("latin-1"),
    "%00",
    "0" * 3000,
    "' OR 1=1 --",
    MARKUP.replace(";", "").replace(",", ""),
)
"""Cookies that open nothing."""

WORDS = (
    "profil",
    "avis",
    "inconnue",
    "profil.1",
    "profil.99999999999999999999999",
    "profil.²",
    "profil.-1",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "a%2Fb",
    "%00",
    "%ff%fe",
    "%ed%a0%80",
    "é" * 200,
    "x" * 5000,
    "ABCD-EFGH-IJKL-MNOP",
    "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "..",
    "__proto__",
)
"""What an address may hold where a name or a code is expected."""

HEAVY = ("thousands of fields", "thousands of the same", "a million bytes", "thousands of parts")
"""Bodies that take long to read: not every route needs every one of them each time."""

METHODS = ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "PROPFIND", "QUERY")


def send(
    client: FlaskClient, address: str, body: bytes, kind: str, method: str = "POST", **headers: str
) -> TestResponse:
    """One request, in a browser that reads English."""
    given = {"Accept-Language": LANGUAGE} | headers
    return client.open(
        address,
        method=method,
        input_stream=io.BytesIO(body),
        content_length=len(body),
        content_type=kind,
        headers=given,
    )


def expect_an_honest_page(answer: TestResponse, what: object) -> None:
    """No fault of ours, no trace; a page says what happened in the reader's language, with nothing typed as markup."""
    assert answer.status_code < 500, (what, answer.status_code, answer.get_data(as_text=True)[:500])
    text = answer.get_data(as_text=True)
    assert "Traceback" not in text, what
    assert "<script>" not in text, what
    assert "onerror=alert(1)>" not in text, what
    is_page = answer.content_type is not None and answer.content_type.startswith("text/html")
    is_to_the_script = "/suivi/" in answer.request.path and not text
    if answer.status_code < 400 or not is_page or answer.request.method == "HEAD" or is_to_the_script:
        return
    page = Page(answer)
    assert page.all("html")[0]["lang"] == LANGUAGE, (what, answer.status_code, page.title)
    assert page.texts["h1"], (what, text[:300])


def expect_valid(state: ResponseState | None, what: object) -> None:
    """Whatever is stored is of the version, of its types, and can be shown."""
    if state is None:
        return
    questionnaire = state.questionnaire
    known = {key for question in questionnaire.questions for key in question.keys}
    assert set(state.given) <= known, what
    assert json.dumps(encode_given(state.given)).isascii(), what
    wrong = [one for one in check_response(questionnaire, state.context, state.given) if one.is_blocking]
    reasons = {one.code for one in wrong} - {"answer-required"}
    assert not reasons, (what, reasons, state.given)


def cycle_words(start: int = 0) -> Iterator[str]:
    """The hostile words, from one of them on, for ever."""
    return itertools.chain(WORDS[start:], itertools.cycle(WORDS))
