"""A sent response is corrected: what was sent counts until the correction is sent in its turn, or given up."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db import now
from app.services.responding.responses import RESPONSES, ResponseState, require_open
from questionnaires.model import decode_given


class CorrectionIsRefused(Exception):
    """The response cannot be corrected: its wave does not allow it, or nothing was sent."""


def can_correct(state: ResponseState) -> bool:
    """Whether a correction may begin."""
    return state.disposition == "complete" and state.may_correct and state.wave_status == "open"


def start_correction(session: Session, locked: ResponseState) -> None:
    """Open a sent response, locked by this transaction, to its pages; again is the same.

    Raises CorrectionIsRefused, WaveIsClosed, WaveIsNotOpen.
    """
    require_open(locked.wave_status)
    if locked.disposition == "correcting":
        return
    if not can_correct(locked):
        raise CorrectionIsRefused
    _write(session, locked, disposition="correcting", sent_given=RESPONSES.c.given)


def cancel_correction(session: Session, locked: ResponseState) -> None:
    """Give up the correction of a response locked by this transaction: what was sent is given again."""
    if locked.disposition == "correcting":
        _write(session, locked, disposition="complete", given=RESPONSES.c.sent_given, sent_given=None)


def as_sent(session: Session, state: ResponseState) -> ResponseState:
    """The response with the answers that count: those last sent, whatever its correction holds so far."""
    if state.disposition != "correcting":
        return state
    sent = session.scalar(select(RESPONSES.c.sent_given).where(RESPONSES.c.id == state.id))
    return state if sent is None else replace(state, given=decode_given(sent))


def _write(session: Session, state: ResponseState, **values: object) -> None:
    values |= {"revision": state.revision + 1, "updated_at": now()}
    session.execute(update(RESPONSES).where(RESPONSES.c.id == state.id).values(**values))
