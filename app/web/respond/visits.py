"""Who is answering: the one cookie of a response, its CSRF token, its language.

Respondents have no session: the cookie holds a random token of the response, sent to the pages of its wave only.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass

from flask import Request, g, request
from flask_babel import refresh
from werkzeug.wrappers import Response

from app.services import responding
from app.services.responding import Entry, ResponseState
from app.web import pages
from questionnaires.model import Questionnaire

COOKIE = "reponse"
SCREEN_LANGUAGES = ("fr", "en")
"""The languages of our own words; a questionnaire may have others."""
LONGEST_TOKEN = 200


class VisitIsOver(Exception):
    """The cookie is missing, or no response answers to it: expired, refused by the browser, or another's."""

    def __init__(self, wave: str) -> None:
        super().__init__(wave)
        self.wave = wave


class ForeignRequest(Exception):
    """A form of another site was posted here."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A respondent in front of a page: the token of the cookie and the response as it is stored."""

    wave: str
    token: str
    state: ResponseState

    @property
    def root(self) -> str:
        """The address under which every page of this wave is."""
        return wave_root(self.wave)

    @property
    def is_answering(self) -> bool:
        """Whether the response may still be answered."""
        return self.state.wave_status == "open" and self.state.disposition == "in_progress"

    @property
    def csrf(self) -> str:
        """The token of the forms of this response."""
        return csrf_token(self.token)


def wave_root(wave: str) -> str:
    """The address under which every page of a wave is, and the path of its cookie."""
    return f"/r/{wave}/"


def read_cookie() -> str | None:
    """The token of the request, None when there is none worth looking for."""
    token = request.cookies.get(COOKIE)
    return token if token and len(token) <= LONGEST_TOKEN else None


def find_visit(wave: str) -> Visit:
    """The visit of this request; raises VisitIsOver. From here on the page speaks its language."""
    visit = look_for_visit(wave)
    if visit is None:
        raise VisitIsOver(wave)
    return visit


def look_for_visit(wave: str) -> Visit | None:
    """The visit of this request, if there is one."""
    token = read_cookie()
    is_locked = request.method not in pages.SAFE_METHODS
    state = responding.find_response(pages.session(), wave, token, is_locked) if token else None
    if token is None or state is None:
        return None
    g.language = state.language
    return Visit(wave, token, state)


def csrf_token(token: str) -> str:
    """What a form of the response of this token carries."""
    key = pages.platform().settings.secret_key.encode()
    return hmac.digest(key, b"csrf:" + token.encode("utf-8", "surrogatepass"), "sha256").hex()


def has_csrf_token(visit: Visit, posted: str) -> bool:
    """Whether a form was made for this response."""
    return hmac.compare_digest(visit.csrf.encode(), posted.encode("utf-8", "replace"))


def require_own_site(posted: Request) -> None:
    """Refuse a form of another site where there is no token yet to tell; raises ForeignRequest."""
    origin = posted.headers.get("Origin")
    is_other = origin is not None and origin.partition("://")[2] != posted.host
    if posted.headers.get("Sec-Fetch-Site") == "cross-site" or is_other:
        raise ForeignRequest


def give_cookie(response: Response, wave: str, token: str) -> Response:
    """Hand the token to the browser, until it is closed."""
    response.set_cookie(
        COOKIE,
        token,
        path=wave_root(wave),
        httponly=True,
        samesite="Lax",
        secure=pages.platform().settings.production,
    )
    return response


def drop_cookie(response: Response, wave: str) -> Response:
    """Have the browser forget the response."""
    response.delete_cookie(COOKIE, path=wave_root(wave), httponly=True, samesite="Lax")
    return response


def choose_language(offered: Collection[str], stored: str | None = None) -> str:
    """The language of a page: asked in its address, else that of the response, else the browser's."""
    asked = request.args.get("lang", "")
    if asked in offered:
        return asked
    return stored or request.accept_languages.best_match(list(offered)) or next(iter(offered))


def speak(language: str) -> str:
    """Have our own words in a language from here on; gives it back."""
    g.language = language if language in SCREEN_LANGUAGES else "en"
    refresh()
    return language


def spoken() -> str | None:
    """The language that this page speaks so far, if it is known."""
    language: str | None = g.get("language")
    return language


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone at a page that may be read without a response: the wave, and the visit if there is one."""

    wave: str
    language: str
    visit: Visit | None
    entry: Entry

    @property
    def questionnaire(self) -> Questionnaire:
        return self.entry.questionnaire

    @property
    def is_answering(self) -> bool:
        """Whether the response may still be answered."""
        return self.visit is not None and self.entry.status == "open" and self.visit.state.disposition == "in_progress"


def find_visitor(wave: str) -> Visitor:
    """Whoever asks for a page of this wave; raises WaveNotFound."""
    visit = look_for_visit(wave)
    entry = responding.open_entry(pages.session(), wave)
    language = choose_language(entry.questionnaire.languages, visit.state.language if visit else None)
    return Visitor(wave, speak(language), visit, entry)
