"""Asking for others: the waves that the staff asks now, and interviews by telephone."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.db import now
from app.models import User, Wave
from app.services import audit, fieldwork, responding
from app.services.responding import Entry, Started


class ConsentIsMissing(Exception):
    """A study whose basis is consent asks nothing of someone who has not agreed to it."""


def waves_to_ask(session: Session) -> list[Wave]:
    """The waves that take answers at this moment, the latest first; those of simulated respondents aside."""
    at = now()
    return [
        wave
        for wave in fieldwork.open_waves(session)
        if fieldwork.status_at(wave.status, wave.opens_at, wave.closes_at, at) == "open"
    ]


def begin_interview(
    session: Session,
    wave_key: str,
    language: str,
    secret_key: str,
    has_agreed: bool,
    interviewer: User,
    once: str,
) -> Started:
    """Begin a response by telephone, once the notice was read aloud.

    `once`: the one-time value of the form; see `start_response`. Raises ConsentIsMissing where the basis of the study
    is consent and the person has not agreed; WaveNotFound, WaveIsNotOpen, WaveIsClosed.
    """
    agreement = agree(responding.open_entry(session, wave_key), has_agreed)
    started = responding.start_response(
        session, wave_key, language, secret_key, mode="telephone", consent=agreement, start=once
    )
    if started.response_id is not None:
        audit.record(session, interviewer, "begin-interview", wave_key, language=language)
    return started


def agree(entry: Entry, has_agreed: bool) -> dict[str, str]:
    """What the response keeps of the information given before it. Raises ConsentIsMissing."""
    if entry.basis == "consent" and not has_agreed:
        raise ConsentIsMissing
    return fieldwork.note_information(entry.notice, entry.basis)
