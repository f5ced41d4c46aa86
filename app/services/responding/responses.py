"""Responses as the pages need them: read in one statement, locked for a request that writes."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from app.db import now
from app.models import QuestionnaireVersion, Response, Wave
from app.services.authoring import read_model
from app.services.fieldwork import WaveNotFound, status_at
from questionnaires import routing
from questionnaires.model import Answer, Context, Questionnaire, decode_context, decode_given, encode_given


class WaveIsNotOpen(Exception):
    """The wave has not opened yet."""


class WaveIsPaused(WaveIsNotOpen):
    """The wave takes no answers for now; what was answered is kept."""


class WaveIsClosed(Exception):
    """The wave takes no more answers."""


class ResponseNotFound(Exception):
    """No response answers to this token in this wave (it ended, or the link is another one's)."""


class ResponseIsSent(Exception):
    """The response was sent: its answers are no longer written by a page."""


WRITABLE = ("in_progress", "correcting")
"""The dispositions of a response whose answers may be written."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The door of a wave. `status` is what holds at this moment: see `fieldwork.status_at`."""

    wave_id: int
    wave_key: str
    wave_name: str
    origin: str
    status: str
    access: str
    basis: str | None
    may_correct: bool
    opens_at: dt.datetime | None
    closes_at: dt.datetime | None
    version_id: int
    notice: Mapping[str, str]
    questionnaire: Questionnaire


@dataclass(frozen=True, slots=True)
class ResponseState:
    """A response as the pages need it. `wave_status` is what holds at this moment."""

    id: int
    public_id: str
    wave_id: int
    wave_key: str
    wave_status: str
    origin: str
    mode: str
    may_correct: bool
    version_id: int
    content_hash: str
    language: str
    context: Context
    given: dict[str, Answer]
    revision: int
    disposition: str
    updated_at: dt.datetime
    completed_at: dt.datetime | None
    questionnaire: Questionnaire = field(repr=False)
    _path: routing.Path | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def is_writable(self) -> bool:
        """Whether its answers may be written: not sent yet, or being corrected."""
        return self.disposition in WRITABLE

    @property
    def path(self) -> routing.Path:
        """The path of these answers: never stored, computed once for each state."""
        found = self._path
        if found is None:
            found = routing.path(self.questionnaire, self.context, self.given)
            object.__setattr__(self, "_path", found)
        return found


def open_entry(session: Session, wave_key: str, version_id: int | None = None) -> Entry:
    """What the entry page needs; raises WaveNotFound.

    `version_id`: another version than the one that the wave asks now, for whoever goes on with it.
    """
    is_asked = Wave.version_id if version_id is None else version_id
    row = session.execute(
        select(Wave, QuestionnaireVersion.id, QuestionnaireVersion.content_hash)
        .join(QuestionnaireVersion, QuestionnaireVersion.id == is_asked)
        .where(Wave.key == wave_key)
    ).one_or_none()
    if row is None:
        raise WaveNotFound(wave_key)
    wave, asked_id, content_hash = row
    return Entry(
        wave_id=wave.id,
        wave_key=wave.key,
        wave_name=wave.name,
        origin=wave.origin,
        status=status_at(wave.status, wave.opens_at, wave.closes_at, now()),
        access=wave.access,
        basis=wave.basis,
        may_correct=wave.may_correct,
        opens_at=wave.opens_at,
        closes_at=wave.closes_at,
        version_id=asked_id,
        notice=wave.notice,
        questionnaire=read_model(session, asked_id, content_hash),
    )


# Core tables: the hot path pays for no mapped object.
RESPONSES = cast(Table, Response.__table__)
_R, _W, _V = RESPONSES.c, Wave.__table__.c, QuestionnaireVersion.__table__.c
_STATE = (
    select(
        _R.id,
        _R.public_id,
        _R.wave_id,
        _W.key.label("wave_key"),
        _W.status.label("wave_status"),
        _W.opens_at,
        _W.closes_at,
        _W.may_correct,
        _R.origin,
        _R.mode,
        _R.version_id,
        _V.content_hash,
        _R.language,
        _R.context,
        _R.given,
        _R.revision,
        _R.disposition,
        _R.updated_at,
        _R.completed_at,
    )
    .join_from(RESPONSES, Wave.__table__, _W.id == _R.wave_id)
    .join(QuestionnaireVersion.__table__, _V.id == _R.version_id)
    .where(_R.token_hash == bindparam("token_hash"), _W.key == bindparam("wave_key"))
)
_LOCKED_STATE = _STATE.with_for_update(of=RESPONSES)
_WRITE = (
    update(RESPONSES)
    .where(_R.id == bindparam("row"))
    .values(given=bindparam("given"), revision=bindparam("revision"), updated_at=bindparam("updated_at"))
)


def find_response(session: Session, wave_key: str, token: str, is_locked: bool = False) -> ResponseState | None:
    """The response of this token in this wave: one statement.

    `is_locked`: for a request that will write. The row stays locked until the transaction ends; the functions
    that save take the state as `locked`, and need not read it again.
    """
    statement = _LOCKED_STATE if is_locked else _STATE
    row = session.execute(statement, {"token_hash": token_hash(token), "wave_key": wave_key}).one_or_none()
    if row is None:
        return None
    values = row._asdict()
    values["wave_status"] = status_at(row.wave_status, values.pop("opens_at"), values.pop("closes_at"), now())
    values["context"], values["given"] = decode_context(row.context), decode_given(row.given)
    questionnaire = read_model(session, row.version_id, row.content_hash).for_mode(row.mode)
    return ResponseState(**values, questionnaire=questionnaire)


def lock_response(session: Session, wave_key: str, token: str, locked: ResponseState | None = None) -> ResponseState:
    """The response, locked for this transaction; raises ResponseNotFound, WaveIsClosed, WaveIsNotOpen."""
    state = locked or find_response(session, wave_key, token, is_locked=True)
    if state is None:
        raise ResponseNotFound
    require_open(state.wave_status)
    return state


def require_open(status: str) -> None:
    """Raises WaveIsClosed, WaveIsPaused, WaveIsNotOpen."""
    if status == "closed":
        raise WaveIsClosed
    if status == "paused":
        raise WaveIsPaused
    if status != "open":
        raise WaveIsNotOpen


def write_given(
    session: Session, state: ResponseState, given: dict[str, Answer], path: routing.Path | None = None
) -> ResponseState:
    """Store these given answers; the same ones write nothing and count no revision. `path`: theirs, if known."""
    if given == state.given:
        if path is not None:
            object.__setattr__(state, "_path", path)
        return state
    at, revision = now(), state.revision + 1
    session.execute(_WRITE, {"row": state.id, "given": encode_given(given), "revision": revision, "updated_at": at})
    written = replace(state, given=given, revision=revision, updated_at=at)
    object.__setattr__(written, "_path", path)
    return written


def token_hash(token: str) -> str:
    """Tokens are 192 random bits: a plain hash cannot be searched."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
