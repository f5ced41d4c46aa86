"""Who is answering: the one cookie of a response, its CSRF token, its language.

Respondents have no session: the cookie holds the token of the response, sent to the pages of its wave only, and
the moment of its last page, both signed. Too long after that moment the page asks for the code.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from flask import Request, g, request
from flask_babel import refresh
from werkzeug.wrappers import Response

from app.db import now
from app.services import attempts, responding
from app.services.responding import Entry, ResponseState
from app.web import pages
from app.web.respond import staffed
from questionnaires.model import Questionnaire

COOKIE = "reponse"
SCREEN_LANGUAGES = ("fr", "en")
"""The languages of our own words; a questionnaire may have others."""
LONGEST_COOKIE = 200
RENEWED_AFTER = 60
"""Seconds after which the stamp of a cookie is renewed: not at each page, for that would weigh on each."""
KEPT_SECONDS = 30 * 86_400
"""How long a device keeps its access, for who chose that it should."""
KEPT = "k"
"""After the stamp of a cookie that a device keeps."""
CODE = "code-de-reprise"
"""Name of the field that holds a code; no variable has a hyphen."""


class Ended(Enum):
    """Why a cookie opens nothing: none was sent, it is too old, it was not made here or not for this wave."""

    ABSENT = "absent"
    OVER = "over"
    FOREIGN = "foreign"


class VisitIsOver(Exception):
    """No response answers to the cookie of this request; `reason` says why."""

    def __init__(self, wave: str, reason: Ended = Ended.ABSENT) -> None:
        super().__init__(wave)
        self.wave = wave
        self.reason = reason


class CodeIsRefused(Exception):
    """A code that was typed opens nothing here."""

    def __init__(self, wave: str, typed: str) -> None:
        super().__init__(wave)
        self.wave = wave
        self.typed = typed


class CodeIsWrong(CodeIsRefused):
    """No response has this code."""


class CodeIsOfAnotherWave(CodeIsRefused):
    """The code opens a response of the wave `other`."""

    def __init__(self, wave: str, typed: str, other: str) -> None:
        super().__init__(wave, typed)
        self.other = other


class CodesAreExhausted(CodeIsRefused):
    """Too many wrong codes came from this address; it may try again at the moment `until`."""

    def __init__(self, wave: str, typed: str, until: dt.datetime) -> None:
        super().__init__(wave, typed)
        self.until = until


class ForeignRequest(Exception):
    """A form of another site was posted here."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A respondent in front of a page: the token of the cookie and the response as it is stored."""

    wave: str
    token: str
    state: ResponseState
    stamp: int = 0
    """When the cookie was made or renewed, in seconds; 0 for one that has yet to be given."""
    is_kept: bool = False

    @property
    def root(self) -> str:
        """The address under which every page of this wave is."""
        return wave_root(self.wave)

    @property
    def is_answering(self) -> bool:
        """Whether the response may be answered, for the first time or again."""
        return self.state.wave_status == "open" and self.state.is_writable

    @property
    def session_seconds(self) -> str:
        """How long the cookie opens the response without another page; empty when nobody has to be told."""
        return "" if self.is_kept else str(pages.platform().settings.session_minutes * 60)

    @property
    def csrf(self) -> str:
        """The token of the forms of this response."""
        return csrf_token(self.token)


def wave_root(wave: str) -> str:
    """The address under which every page of a wave is, and the path of its cookie."""
    return f"/r/{wave}/"


@dataclass(frozen=True, slots=True)
class Seal:
    """What a cookie of ours says."""

    token: str
    stamp: int
    is_kept: bool


def seal(secret_key: str, token: str, stamp: int, is_kept: bool = False) -> str:
    """The value of a cookie: token, stamp (seconds), signature."""
    signed = f"{token}.{stamp}{KEPT if is_kept else ''}"
    return f"{signed}.{_sign(secret_key, signed)}"


def _sign(secret_key: str, signed: str) -> str:
    return hmac.digest(secret_key.encode(), b"cookie:" + signed.encode("utf-8", "replace"), "sha256").hex()[:32]


def unseal() -> Seal | Ended:
    """What the cookie of the request says, however old; ABSENT or FOREIGN where it says nothing."""
    value = request.cookies.get(COOKIE)
    if not value:
        return Ended.ABSENT
    signed, _, signature = value.rpartition(".")
    expected = _sign(pages.platform().settings.secret_key, signed).encode()
    if len(value) > LONGEST_COOKIE or not hmac.compare_digest(expected, signature.encode("utf-8", "replace")):
        return Ended.FOREIGN
    token, _, stamp = signed.partition(".")
    return Seal(token, int(stamp.removesuffix(KEPT)), stamp.endswith(KEPT))


def read_cookie() -> Seal | Ended:
    """What the cookie of the request says, or why it opens nothing."""
    found = unseal()
    if isinstance(found, Ended):
        return found
    lasts = KEPT_SECONDS if found.is_kept else pages.platform().settings.session_minutes * 60
    return found if _seconds() - found.stamp < lasts else Ended.OVER


def _seconds() -> int:
    return int(now().timestamp())


def find_visit(wave: str) -> Visit:
    """The visit of this request; raises VisitIsOver. From here on the page speaks its language.

    A form that came too late may carry the code of its response: see `open_by_code` for what it raises.
    """
    sealed = read_cookie()
    visit = _open(wave, sealed) if isinstance(sealed, Seal) else None
    if visit is not None:
        return visit
    if request.method not in pages.SAFE_METHODS and CODE in request.form:
        return open_by_code(wave, request.form[CODE])
    raise VisitIsOver(wave, sealed if isinstance(sealed, Ended) else Ended.FOREIGN)


def look_for_visit(wave: str) -> Visit | None:
    """The visit of this request, if there is one."""
    sealed = read_cookie()
    return _open(wave, sealed) if isinstance(sealed, Seal) else None


def open_by_code(wave: str, code: str) -> Visit:
    """The visit of whoever gives the code of a response of this wave; its cookie leaves with the answer.

    Raises ForeignRequest, CodeIsWrong, CodeIsOfAnotherWave, CodesAreExhausted. Who catches CodeIsWrong counts it.
    """
    require_own_site(request)
    typed = code.strip()[:LONGEST_COOKIE]
    until = attempts.blocked_until(pages.session(), request.remote_addr or "")
    if until is not None:
        raise CodesAreExhausted(wave, typed, until)
    found = responding.find_by_code(pages.session(), code, pages.platform().settings.secret_key)
    if found is None:
        raise CodeIsWrong(wave, typed)
    if found.wave_key != wave:
        raise CodeIsOfAnotherWave(wave, typed, found.wave_key)
    visit = _open(wave, Seal(found.token, 0, False))
    if visit is None:
        raise VisitIsOver(wave)
    return visit


def _open(wave: str, sealed: Seal) -> Visit | None:
    is_locked = request.method not in pages.SAFE_METHODS
    state = responding.find_response(pages.session(), wave, sealed.token, is_locked)
    if state is None or staffed.is_shut(state):
        return None
    g.language = state.language
    visit = g.visit = Visit(wave, sealed.token, state, sealed.stamp, sealed.is_kept)
    return visit


def renew(response: Response, visit: Visit) -> Response:
    """Have the cookie of a visit last from now on, when its stamp is older than a minute."""
    if _seconds() - visit.stamp >= RENEWED_AFTER:
        give_cookie(response, visit.wave, visit.token, visit.is_kept)
    return response


def renew_visit(response: Response) -> Response:
    """After each request of a visit: its cookie lasts, unless the view has said another thing of it."""
    visit: Visit | None = g.get("visit")
    if visit is not None and not g.get("is_cookie_said", False):
        renew(response, visit)
    return response


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


def give_cookie(response: Response, wave: str, token: str, is_kept: bool = False) -> Response:
    """Hand the token to the browser, until it is closed; `is_kept`: for thirty days from the last page."""
    settings = pages.platform().settings
    g.is_cookie_said = True
    response.set_cookie(
        COOKIE,
        seal(settings.secret_key, token, _seconds(), is_kept),
        max_age=KEPT_SECONDS if is_kept else None,
        path=wave_root(wave),
        httponly=True,
        samesite="Lax",
        secure=settings.production,
    )
    return response


def drop_cookie(response: Response, wave: str) -> Response:
    """Have the browser forget the response."""
    g.is_cookie_said = True
    secure = pages.platform().settings.production
    response.delete_cookie(COOKIE, path=wave_root(wave), httponly=True, samesite="Lax", secure=secure)
    return drop_pages(response)


def drop_pages(response: Response) -> Response:
    """Have the browser forget the pages that it kept for its Back button (those that answered a form)."""
    response.headers["Clear-Site-Data"] = '"cache"'
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
        """Whether the response may be answered, for the first time or again."""
        return self.visit is not None and self.visit.is_answering


def find_visitor(wave: str) -> Visitor:
    """Whoever asks for a page of this wave; raises WaveNotFound."""
    visit = look_for_visit(wave)
    entry = responding.open_entry(pages.session(), wave)
    language = choose_language(entry.questionnaire.languages, visit.state.language if visit else None)
    return Visitor(wave, speak(language), visit, entry)
