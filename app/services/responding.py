"""Answering: a response is started, saved page by page, sent, withdrawn.

A save locks the row, merges in Python and writes with revision + 1; of two conflicting answers the second is
told and nothing is silently replaced. Sending writes one immutable submission; respondents touch no shared row.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from sqlalchemy import Table, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from app.db import now
from app.jobs import FOLD_WAVE, Sender, request
from app.models import QuestionnaireVersion, Response, ScreenOut, Submission, Wave
from app.services import audit
from app.services.authoring import read_model
from app.services.fieldwork import WaveNotFound
from questionnaires import codebook, routing, validation
from questionnaires.model import (
    Absence,
    Answer,
    Context,
    Exit,
    Given,
    Questionnaire,
    decode_context,
    decode_given,
    encode_given,
)
from questionnaires.problems import Problem, Severity

ENGINE = 1
"""Number of the rules that turn given answers into effective ones; kept with each submission."""


class WaveIsNotOpen(Exception):
    """The wave has not opened yet."""


class WaveIsClosed(Exception):
    """The wave takes no more answers."""


class ResponseNotFound(Exception):
    """No response answers to this token in this wave (it ended, or the link is another one's)."""


class ResponseIsSent(Exception):
    """The response was sent: its answers are no longer written by a page."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The door of a wave."""

    wave_id: int
    wave_key: str
    wave_name: str
    origin: str
    status: str
    version_id: int
    notice: Mapping[str, str]
    questionnaire: Questionnaire


@dataclass(frozen=True, slots=True)
class Started:
    """A response that has just begun; the token is given once and kept hashed."""

    token: str
    first_page: str


@dataclass(frozen=True, slots=True)
class ResponseState:
    """A response as the pages need it."""

    id: int
    public_id: str
    wave_id: int
    wave_key: str
    wave_status: str
    origin: str
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

    @property
    def path(self) -> routing.Path:
        """The path of these answers (computed, never stored)."""
        return routing.path(self.questionnaire, self.context, self.given)


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a page that was posted.

    `problems`: what keeps the respondent on the page, or warns once. `conflicts`: answers that another tab
    changed meanwhile, with what is stored now; the posted ones were not kept. `next_page`: None at the end of
    the path and when the respondent stays.
    """

    problems: tuple[Problem, ...]
    conflicts: Mapping[str, Answer | None]
    next_page: str | None
    exit: Exit | None
    state: ResponseState

    @property
    def stays(self) -> bool:
        """Whether the page has to be shown again."""
        return bool(self.problems or self.conflicts)


@dataclass(frozen=True, slots=True)
class Submitted:
    """The response is sent; a second sending gives the same."""

    submission_number: int
    completed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Incomplete:
    """The response cannot be sent yet: this page is not done."""

    page: str


def open_entry(session: Session, wave_key: str) -> Entry:
    """What the entry page needs; raises WaveNotFound."""
    row = session.execute(
        select(Wave, QuestionnaireVersion.content_hash)
        .join(QuestionnaireVersion, QuestionnaireVersion.id == Wave.version_id)
        .where(Wave.key == wave_key)
    ).one_or_none()
    if row is None:
        raise WaveNotFound(wave_key)
    wave, content_hash = row
    return Entry(
        wave_id=wave.id,
        wave_key=wave.key,
        wave_name=wave.name,
        origin=wave.origin,
        status=wave.status,
        version_id=wave.version_id,
        notice=wave.notice,
        questionnaire=read_model(session, wave.version_id, content_hash),
    )


def start_response(session: Session, wave_key: str, language: str, mode: str = "web") -> Started:
    """Begin a response. Raises WaveNotFound, WaveIsNotOpen, WaveIsClosed."""
    entry = open_entry(session, wave_key)
    _require_open(entry.status)
    questionnaire = entry.questionnaire
    if language not in questionnaire.languages:
        language = questionnaire.first_language
    token, at = secrets.token_urlsafe(24), now()
    context = Context(seed=secrets.randbits(31), language=language, mode=mode, started_on=at.date().isoformat())
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
            token_hash=_token_hash(token),
            started_at=at,
            updated_at=at,
        )
    )
    return Started(token, routing.path(questionnaire, context, {}).pages[0])


# Core tables: the hot path pays for no mapped object.
_responses = cast(Table, Response.__table__)
_R, _W, _V = _responses.c, Wave.__table__.c, QuestionnaireVersion.__table__.c
_STATE = (
    select(
        _R.id,
        _R.public_id,
        _R.wave_id,
        _W.key.label("wave_key"),
        _W.status.label("wave_status"),
        _R.origin,
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
    .join_from(_responses, Wave.__table__, _W.id == _R.wave_id)
    .join(QuestionnaireVersion.__table__, _V.id == _R.version_id)
    .where(_R.token_hash == bindparam("token_hash"), _W.key == bindparam("wave_key"))
)
_WRITE = (
    update(_responses)
    .where(_R.id == bindparam("row"))
    .values(given=bindparam("given"), revision=bindparam("revision"), updated_at=bindparam("updated_at"))
)
_LOCKED_STATE = _STATE.with_for_update(of=_responses)


def find_response(session: Session, wave_key: str, token: str, is_locked: bool = False) -> ResponseState | None:
    """The response of this token in this wave: one statement.

    `is_locked`: for a request that will write. The row stays locked until the transaction ends; the functions
    below take the state as `locked`, and need not read it again.
    """
    statement = _LOCKED_STATE if is_locked else _STATE
    row = session.execute(statement, {"token_hash": _token_hash(token), "wave_key": wave_key}).one_or_none()
    if row is None:
        return None
    values = row._asdict()
    values["context"], values["given"] = decode_context(row.context), decode_given(row.given)
    return ResponseState(**values, questionnaire=read_model(session, row.version_id, row.content_hash))


def _lock(session: Session, wave_key: str, token: str, locked: ResponseState | None) -> ResponseState:
    """The response, locked for this transaction; raises ResponseNotFound, WaveIsClosed, WaveIsNotOpen."""
    state = locked or find_response(session, wave_key, token, is_locked=True)
    if state is None:
        raise ResponseNotFound
    _require_open(state.wave_status)
    return state


def _require_open(status: str) -> None:
    if status == "closed":
        raise WaveIsClosed
    if status != "open":
        raise WaveIsNotOpen


def save_page(
    session: Session,
    wave_key: str,
    token: str,
    page: str,
    answers: Mapping[str, Answer | None],
    base: Mapping[str, Answer | None],
    passing: bool,
    accepted: frozenset[str] = frozenset(),
    locked: ResponseState | None = None,
) -> Saved:
    """Merge the answers of one page into the response.

    `answers`: what was posted and is valid by itself, None where left blank. `base`: what the page showed when
    it was made. `passing`: the respondent wants to go on, so blanks become SKIPPED and the page is checked.
    `accepted`: keys (`problem_key`) of the warnings already shown, which no longer hold the respondent.
    Raises ResponseNotFound, ResponseIsSent, WaveIsClosed.
    """
    state = _lock(session, wave_key, token, locked)
    if state.disposition != "in_progress":
        raise ResponseIsSent
    merged, conflicts = merge(state.given, answers, base)
    if passing:
        for name, answer in answers.items():
            if answer is None and merged.get(name) is None and name not in conflicts:
                merged[name] = Absence.SKIPPED
    state = _write_given(session, state, merged)
    problems: tuple[Problem, ...] = ()
    if passing and not conflicts:
        found = validation.check_page(state.questionnaire, state.context, state.given, page)
        problems = tuple(one for one in found if one.severity is Severity.BLOCKING or problem_key(one) not in accepted)
    if problems or conflicts:
        return Saved(problems, conflicts, None, None, state)
    path = state.path
    if passing and path.exit is not None and path.pages[-1] == page:
        _leave(session, state, path.exit)
        return Saved((), {}, None, path.exit, state)
    stays = passing and path.first_incomplete == page  # an answer opened a question further down this page
    return Saved((), {}, page if stays else path.after(page), None, state)


def problem_key(problem: Problem) -> str:
    """What tells one problem of a page from another, for warnings that were already shown."""
    place = problem.place
    return ":".join((problem.code, place.question or "", place.variable or "", str(problem.data.get("check", ""))))


def merge(
    stored: Given, answers: Mapping[str, Answer | None], base: Mapping[str, Answer | None]
) -> tuple[dict[str, Answer], dict[str, Answer | None]]:
    """Three-way merge of one page: (merged document, answers in conflict with what is stored of them).

    An answer that the respondent did not touch keeps what is stored; one that nobody else touched is taken;
    one that both changed, differently, is a conflict and stays as stored.
    """
    merged, conflicts = dict(stored), {}
    for name, mine in answers.items():
        theirs, was = stored.get(name), base.get(name)
        if _same(mine, was) or _same(mine, theirs):
            continue
        if _same(theirs, was):
            merged[name] = Absence.SKIPPED if mine is None else mine
        else:
            conflicts[name] = theirs
    return merged, conflicts


def _same(one: Answer | None, other: Answer | None) -> bool:
    """Whether two answers say the same; a blank says the same whether it was saved or not."""
    blank = (None, Absence.SKIPPED)
    return (one == other and type(one) is type(other)) or (one in blank and other in blank)


def _write_given(session: Session, state: ResponseState, given: dict[str, Answer]) -> ResponseState:
    if given == state.given:
        return state
    at, revision = now(), state.revision + 1
    session.execute(_WRITE, {"row": state.id, "given": encode_given(given), "revision": revision, "updated_at": at})
    return replace(state, given=given, revision=revision, updated_at=at)


def _leave(session: Session, state: ResponseState, taken: Exit) -> None:
    """End a response at an exit: of someone outside the universe only the count is kept."""
    if taken.keep:
        session.execute(update(_responses).where(_R.id == state.id).values(disposition="screened_out"))
        return
    session.execute(delete(_responses).where(_R.id == state.id))
    session.add(ScreenOut(wave_id=state.wave_id, exit_name=taken.name, counted_on=now().date()))


def set_language(session: Session, wave_key: str, token: str, language: str) -> None:
    """Go on in another language of the version; one it does not have changes nothing."""
    state = _lock(session, wave_key, token, None)
    if language in state.questionnaire.languages and language != state.language:
        session.execute(update(_responses).where(_R.id == state.id).values(language=language))


def submit_response(
    session: Session, wave_key: str, token: str, secret_key: str, sender: Sender | None
) -> Submitted | Incomplete:
    """Send the response: one immutable submission, in this transaction. Sending twice sends once."""
    state = _lock(session, wave_key, token, None)
    if state.disposition == "complete" and state.completed_at is not None:
        return Submitted(_last_number(session, state.id), state.completed_at)
    if state.disposition != "in_progress":
        raise ResponseIsSent
    path = state.path
    if path.first_incomplete is not None:
        return Incomplete(path.first_incomplete)
    blocking = [
        problem
        for problem in validation.check_response(state.questionnaire, state.context, state.given)
        if problem.severity is Severity.BLOCKING
    ]
    if blocking or path.exit is not None:
        return Incomplete((blocking[0].place.page if blocking else None) or path.pages[-1])
    record = codebook.record(state.questionnaire, path)
    number, at = _last_number(session, state.id) + 1, now()
    session.add(
        Submission(
            response_id=state.id,
            number=number,
            kind="add" if number == 1 else "replace",
            wave_id=state.wave_id,
            version_id=state.version_id,
            payload={"values": dict(record.values), "absences": dict(record.absences)},
            engine=ENGINE,
            created_at=at,
        )
    )
    session.execute(
        update(_responses)
        .where(_R.id == state.id)
        .values(
            disposition="complete",
            completed_at=at,
            updated_at=at,
            receipt_hash=_keyed_hash(secret_key, receipt_code(secret_key, token)),
        )
    )
    request(session, sender, FOLD_WAVE, state.wave_id)
    return Submitted(number, at)


def withdraw_response(session: Session, code: str, secret_key: str, sender: Sender | None) -> bool:
    """Erase the answers behind a receipt code; they leave the aggregates. False when no response has it."""
    normal = code.strip().upper().replace(" ", "").replace("-", "")
    normal = "-".join(normal[start : start + 4] for start in range(0, len(normal), 4))
    row = session.scalar(
        select(Response).where(Response.receipt_hash == _keyed_hash(secret_key, normal)).with_for_update()
    )
    if row is None or row.disposition != "complete":
        return False
    number = _last_number(session, row.id) + 1
    row.disposition, row.given, row.revision, row.updated_at = "withdrawn", {}, row.revision + 1, now()
    session.execute(update(Submission).where(Submission.response_id == row.id).values(payload={}))
    session.add(
        Submission(
            response_id=row.id,
            number=number,
            kind="remove",
            wave_id=row.wave_id,
            version_id=row.version_id,
            payload={},
            engine=ENGINE,
            created_at=now(),
        )
    )
    audit.record(session, None, "withdraw-response", f"response {row.id}")
    request(session, sender, FOLD_WAVE, row.wave_id)
    return True


def _last_number(session: Session, response_id: int) -> int:
    statement = select(func.max(Submission.number)).where(Submission.response_id == response_id)
    return session.scalar(statement) or 0


def receipt_code(secret_key: str, token: str) -> str:
    """The receipt of a response: 80 bits derived from its token, so that nothing keeps it in clear."""
    digest = hmac.digest(secret_key.encode(), b"receipt:" + token.encode(), "sha256")
    code = base64.b32encode(digest[:10]).decode()
    return "-".join(code[start : start + 4] for start in range(0, 16, 4))


def _token_hash(token: str) -> str:
    """Tokens are 192 random bits: a plain hash cannot be searched."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _keyed_hash(secret_key: str, code: str) -> str:
    return hmac.digest(secret_key.encode(), b"code:" + code.encode("utf-8", "replace"), "sha256").hex()
