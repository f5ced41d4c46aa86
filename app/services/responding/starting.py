"""A response begins: its context is drawn and frozen."""

from __future__ import annotations

import datetime as dt
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db import now
from app.models import Response
from app.services.responding.codes import code_hash, response_code, response_token
from app.services.responding.responses import ResponseState, find_response, open_entry, require_open, token_hash
from questionnaires import routing, validation
from questionnaires.expressions import MAX_INTEGER
from questionnaires.model import Context, ContextVariable, Questionnaire, Value

LONGEST_EXTERNAL = 2000
START = re.compile("[0-9a-f]{32}")
"""The one-time value of an entry form, from `new_start`."""
_BOUNDS = {"date": (1, dt.date.max.toordinal()), "month": (12 * dt.MINYEAR, 12 * dt.MAXYEAR + 11)}
"""What a day and a month may be, as they are kept."""


@dataclass(frozen=True, slots=True)
class Started:
    """A response that has begun; its token is kept hashed. `first_page` is empty when nothing is left to answer.

    `response_id`: of one that begins just now, None when it had begun before.
    """

    token: str
    first_page: str
    response_id: int | None = None


def start_response(
    session: Session,
    wave_key: str,
    language: str,
    secret_key: str,
    mode: str = "web",
    external: Mapping[str, Value] | None = None,
    consent: Mapping[str, str] | None = None,
    invitation_link: str | None = None,
    start: str = "",
    version_id: int | None = None,
) -> Started:
    """Begin a response. Raises WaveNotFound, WaveIsNotOpen, WaveIsClosed.

    `external`: what whoever invited knows of the respondent; see `read_external`. `consent`: which notice was shown
    and what was agreed to. `invitation_link`: the random token that joins it to its invitation. `start`: the one-time
    value of the form that was sent, any other text is ignored; sent twice, the second finds the response of the first
    while nothing is answered there. `version_id`: the version to be asked, where it is not that of the wave.
    """
    entry = open_entry(session, wave_key, version_id)
    require_open(entry.status)
    questionnaire = entry.questionnaire
    language = language if language in questionnaire.languages else questionnaire.first_language
    public_id, at = _public_id(secret_key, wave_key, start), now()
    token = response_token(secret_key, public_id)
    if START.fullmatch(start) and (state := find_response(session, wave_key, token)) is not None:
        if state.revision == 0 and state.is_writable:
            return _as_begun(state, token)
        public_id = _public_id(secret_key, wave_key, "")
        token = response_token(secret_key, public_id)
    context = _draw_context(questionnaire, language, mode, at, external or {})
    response = Response(
        public_id=public_id,
        wave_id=entry.wave_id,
        version_id=entry.version_id,
        origin=entry.origin,
        mode=mode,
        language=language,
        context=context.encode(),
        given={},
        revision=0,
        disposition="in_progress",
        token_hash=token_hash(token),
        receipt_hash=code_hash(secret_key, response_code(secret_key, token)),
        consent=dict(consent) if consent else None,
        invitation_link=invitation_link,
        **dict.fromkeys(("started_at", "updated_at"), at),
    )
    begun = _add(session, wave_key, token, response)
    return begun or Started(token, routing.path(questionnaire, context, {}).pages[0], response.id)


def _add(session: Session, wave_key: str, token: str, response: Response) -> Started | None:
    """Add a response; the one that had begun where the same form, sent twice at once, was first."""
    try:
        with session.begin_nested():
            session.add(response)
    except IntegrityError:
        state = find_response(session, wave_key, token)
        if state is None:
            raise
        return _as_begun(state, token)
    return None


def new_start() -> str:
    """A one-time value for the form that begins a response: 128 bits."""
    return secrets.token_hex(16)


def _public_id(secret_key: str, wave_key: str, start: str) -> str:
    """A random public id, or the one that belongs to the one-time value of a form: 80 bits either way."""
    if not START.fullmatch(start):
        return secrets.token_hex(10)
    return hmac.digest(secret_key.encode(), f"start:{wave_key}:{start}".encode(), "sha256")[:10].hex()


def _as_begun(state: ResponseState, token: str) -> Started:
    """A response that had begun before; where it goes on."""
    return Started(token, state.path.first_incomplete or "")


def _draw_context(
    questionnaire: Questionnaire, language: str, mode: str, at: dt.datetime, external: Mapping[str, Value]
) -> Context:
    """Everything that is fixed from the start on."""
    seed = secrets.randbits(31)
    return Context(
        seed=seed,
        language=language,
        mode=mode,
        started_on=at.date().isoformat(),
        arms=routing.draw_arms(questionnaire, seed),
        external=read_external(questionnaire, external),
    )


def read_external(questionnaire: Questionnaire, external: Mapping[str, Value]) -> dict[str, Value]:
    """The external variables that the version declares, as they are kept.

    A value is taken as it is kept (a code, a number times 10**decimals, the number of a day) or as people write
    it in a file (the name of a choice, `12.5`, `2022-12-31`). Another variable, another type: left out.
    """
    declared = [one for one in questionnaire.context if one.provider == "external" and one.name in external]
    found = {one.name: _read_value(one, external[one.name]) for one in declared}
    return {name: value for name, value in found.items() if value is not None}


def _read_value(variable: ContextVariable, value: Value) -> Value | None:
    if isinstance(value, tuple | bool):
        return None
    if variable.type == "text":
        return value if isinstance(value, str) and 0 < len(value) <= LONGEST_EXTERNAL else None
    code = _read_words(variable, value.strip()) if isinstance(value, str) else value
    if code is None or (variable.type == "choice" and code not in {choice.code for choice in variable.choices}):
        return None
    low, high = _BOUNDS.get(variable.type, (0, MAX_INTEGER))
    return code if low <= code <= high else None


def _read_words(variable: ContextVariable, words: str) -> int | None:
    if variable.type == "date":
        return validation.read_date(words)
    if variable.type == "month":
        return validation.read_month(words)
    if variable.type == "choice":
        codes = {choice.name: choice.code for choice in variable.choices}
        return codes.get(words, int(words) if words.isascii() and words.isdigit() and len(words) < 12 else None)
    return _read_number(words, variable.decimals)


def _read_number(words: str, decimals: int) -> int | None:
    try:
        scaled = Decimal(words.replace(",", ".")).scaleb(decimals)
        return int(scaled) if scaled.is_finite() and scaled == scaled.to_integral_value() else None
    except InvalidOperation:
        return None
