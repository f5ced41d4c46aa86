"""The audit log: every act of the staff on something that matters, in the act's own transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import now
from app.models import AuditEvent, User

REFUSALS = ("refused", "sign-in-refused", "account-locked")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events are asked for; what is empty or None asks for nothing."""

    user_id: int | None = None
    action: str = ""
    subject: str = ""
    """Part of the subject, as it is written."""
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    is_refusal: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `name` is that of the account today, empty for the command line and the worker."""

    id: int
    at: dt.datetime
    user_id: int | None
    name: str
    action: str
    subject: str
    data: Mapping[str, Any]


def record(session: Session, actor: User | None, action: str, subject: str, **data: Any) -> None:
    """Append one event; `actor` is None for the command line and the worker."""
    session.add(AuditEvent(at=now(), user_id=actor.id if actor else None, action=action, subject=subject, data=data))


def read(session: Session, wanted: Filter, *, limit: int, offset: int) -> Sequence[Event]:
    """The events that pass a filter, the latest first."""
    events = select(AuditEvent, User.name).outerjoin(User, AuditEvent.user_id == User.id)
    if wanted.user_id is not None:
        events = events.where(AuditEvent.user_id == wanted.user_id)
    if wanted.action:
        events = events.where(AuditEvent.action == wanted.action)
    if wanted.subject:
        events = events.where(AuditEvent.subject.contains(wanted.subject, autoescape=True))
    if wanted.since is not None:
        events = events.where(AuditEvent.at >= wanted.since)
    if wanted.until is not None:
        events = events.where(AuditEvent.at < wanted.until)
    if wanted.is_refusal:
        events = events.where(AuditEvent.action.in_(REFUSALS))
    rows = session.execute(events.order_by(AuditEvent.id.desc()).limit(limit).offset(offset))
    return [Event(one.id, one.at, one.user_id, name or "", one.action, one.subject, one.data) for one, name in rows]
