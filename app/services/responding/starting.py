"""A response begins: its context is drawn and frozen."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sqlalchemy.orm import Session

from app.db import now
from app.models import Response
from app.services.responding.responses import open_entry, require_open, token_hash
from questionnaires import routing, validation
from questionnaires.expressions import MAX_INTEGER
from questionnaires.model import Context, ContextVariable, Questionnaire, Value

LONGEST_EXTERNAL = 2000
_BOUNDS = {"date": (1, dt.date.max.toordinal()), "month": (12 * dt.MINYEAR, 12 * dt.MAXYEAR + 11)}
"""What a day and a month may be, as they are kept."""


@dataclass(frozen=True, slots=True)
class Started:
    """A response that has just begun; the token is given once and kept hashed."""

    token: str
    first_page: str


def start_response(
    session: Session, wave_key: str, language: str, mode: str = "web", external: Mapping[str, Value] | None = None
) -> Started:
    """Begin a response. Raises WaveNotFound, WaveIsNotOpen, WaveIsClosed.

    `external`: what whoever invited knows of the respondent; see `read_external`.
    """
    entry = open_entry(session, wave_key)
    require_open(entry.status)
    questionnaire = entry.questionnaire
    if language not in questionnaire.languages:
        language = questionnaire.first_language
    token, at, seed = secrets.token_urlsafe(24), now(), secrets.randbits(31)
    context = Context(
        seed=seed,
        language=language,
        mode=mode,
        started_on=at.date().isoformat(),
        arms=routing.draw_arms(questionnaire, seed),
        external=read_external(questionnaire, external or {}),
    )
    session.add(
        Response(
            public_id=secrets.token_hex(10),
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
            started_at=at,
            updated_at=at,
        )
    )
    return Started(token, routing.path(questionnaire, context, {}).pages[0])


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
