"""A response is sent, and sent again once corrected, each time as an immutable submission; and it is withdrawn."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.db import now
from app.jobs import FOLD_WAVE, Sender, request
from app.models import Message, Response, Submission
from app.services import audit, paradata
from app.services.responding.codes import code_hash, read_code, response_code
from app.services.responding.responses import RESPONSES, ResponseIsSent, ResponseState, lock_response
from questionnaires import codebook, validation
from questionnaires.model import Context, Questionnaire
from questionnaires.problems import Severity
from questionnaires.routing import Path

ENGINE = 2
"""Number of the rules that turn given answers into effective ones; kept with each submission."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """The response is sent; a second sending gives the same."""

    submission_number: int
    completed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Incomplete:
    """The response cannot be sent yet: this page is not done."""

    page: str


def submit_response(
    session: Session, wave_key: str, token: str, secret_key: str, sender: Sender | None
) -> Submitted | Incomplete:
    """Send the response: one immutable submission, in this transaction. Sending twice sends once."""
    state = lock_response(session, wave_key, token)
    if state.disposition == "complete" and state.completed_at is not None:
        return Submitted(_last_number(session, state.id), state.completed_at)
    if not state.is_writable:
        raise ResponseIsSent
    page = _unfinished_page(state)
    if page is not None:
        return Incomplete(page)
    number, at = _last_number(session, state.id) + 1, now()
    session.add(
        Submission(
            response_id=state.id,
            number=number,
            kind="add" if number == 1 else "replace",
            wave_id=state.wave_id,
            version_id=state.version_id,
            payload=make_payload(state.questionnaire, state.path, state.context),
            engine=ENGINE,
            created_at=at,
        )
    )
    session.execute(
        update(RESPONSES)
        .where(RESPONSES.c.id == state.id)
        .values(
            disposition="complete",
            sent_given=None,
            completed_at=at,
            updated_at=at,
            # The code that was given stays, also of a response whose token was drawn at random once.
            receipt_hash=func.coalesce(
                RESPONSES.c.receipt_hash, code_hash(secret_key, response_code(secret_key, token))
            ),
        )
    )
    request(session, sender, FOLD_WAVE, state.wave_id)
    return Submitted(number, at)


def _unfinished_page(state: ResponseState) -> str | None:
    """The page that keeps the response from being sent, None when nothing does."""
    path = state.path
    if path.first_incomplete is not None:
        return path.first_incomplete
    found = validation.check_response(state.questionnaire, state.context, state.given, path)
    blocking = [problem for problem in found if problem.severity is Severity.BLOCKING]
    if blocking or path.exit is not None:
        return (blocking[0].place.page if blocking else None) or path.pages[-1]
    return None


def make_payload(questionnaire: Questionnaire, path: Path, context: Context) -> dict[str, Any]:
    """What is sent: the variables, those of the items of each list, the warnings that were passed.

    Without any item, without any such warning, it has neither key.
    """
    record = codebook.record(questionnaire, path, context)
    payload: dict[str, Any] = {"values": dict(record.values), "absences": dict(record.absences)}
    rosters = {roster: [_item(one) for one in records] for roster, records in record.rosters.items() if records}
    if rosters:
        payload["rosters"] = rosters
    if path.confirmed:
        payload["confirmed"] = list(path.confirmed)
    return payload


def _item(record: codebook.ItemRecord) -> dict[str, Any]:
    return {"item": record.item, "values": dict(record.values), "absences": dict(record.absences)}


def withdraw_response(session: Session, code: str, secret_key: str, sender: Sender | None) -> bool:
    """Erase the answers behind a code. False when no response has it, or when they were erased already."""
    sought = code_hash(secret_key, read_code(code))
    row = session.scalar(select(Response.id).where(Response.receipt_hash == sought))
    return row is not None and erase_response(session, row, sender)


def erase_response(session: Session, response_id: int, sender: Sender | None) -> bool:
    """Erase the answers of a response, sent or not, and what waits to be mailed about it.

    What was sent leaves the aggregates by a submission of its own; of what was not, nothing was counted. A row
    without any answer stays, so that its code can still say what became of it. False when there is none, or when
    it was done before.
    """
    found = select(Response).where(Response.id == response_id).with_for_update()
    row = session.scalar(found.execution_options(populate_existing=True))
    if row is None or row.disposition == "withdrawn":
        return False
    row.disposition, row.given, row.revision, row.updated_at = "withdrawn", {}, row.revision + 1, now()
    row.context, row.sent_given, row.consent = {**row.context, "external": {}}, None, None
    session.execute(delete(Message).where(Message.response_id == row.id))
    paradata.forget(session, row.id)
    take_back(session, row.id, row.wave_id, row.version_id, sender)
    audit.record(session, None, "withdraw-response", f"response {row.id}")
    return True


def take_back(
    session: Session,
    response_id: int,
    wave_id: int,
    version_id: int,
    sender: Sender | None = None,
    is_partial: bool = False,
) -> bool:
    """Take what was sent of a response, locked by this transaction, out of the aggregates and erase it.

    A submission of its own says so; False when nothing had been sent. `is_partial`: what had been sent was partial.
    """
    number = _last_number(session, response_id)
    if not number:
        return False
    session.execute(update(Submission).where(Submission.response_id == response_id).values(payload={}))
    session.add(
        Submission(
            response_id=response_id,
            number=number + 1,
            kind="remove",
            wave_id=wave_id,
            version_id=version_id,
            payload={},
            is_partial=is_partial,
            engine=ENGINE,
            created_at=now(),
        )
    )
    request(session, sender, FOLD_WAVE, wave_id)
    return True


def _last_number(session: Session, response_id: int) -> int:
    statement = select(func.max(Submission.number)).where(Submission.response_id == response_id)
    return session.scalar(statement) or 0
