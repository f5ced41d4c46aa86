"""Who has a draft open, on which element, and what was changed since somebody last looked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.db import now
from app.models import Edit as EditRow
from app.models import Presence as PresenceRow
from app.models import User

GONE_AFTER = dt.timedelta(seconds=20)
STILL_THERE = dt.timedelta(seconds=5)
"""Somebody who stays on an element is written down no more often: pages ask several times a second."""
CLIENT_LENGTH = 32
PAGE = 50


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody else on a draft: their name and the element that they are on (0: the questionnaire)."""

    user_id: int
    name: str
    element: int


@dataclass(frozen=True, slots=True)
class Change:
    """One edit as the history shows it."""

    revision: int
    author: str
    author_id: int | None
    at: dt.datetime
    kind: str
    label: Mapping[str, Any]
    touched: tuple[int, ...]
    is_undone: bool


def pulse(session: Session, user: User, version_id: int, client: str, element: int) -> tuple[Presence, ...]:
    """Say where somebody is; gives the others, each once, where they were seen last."""
    client, at = client[:CLIENT_LENGTH], now()
    row = session.get(PresenceRow, (version_id, user.id, client))
    if row is None:
        session.execute(delete(PresenceRow).where(PresenceRow.seen_at < at - 3 * GONE_AFTER))
        session.add(PresenceRow(version_id=version_id, user_id=user.id, client=client, element=element, seen_at=at))
    elif row.element != element or at - row.seen_at > STILL_THERE:
        row.element, row.seen_at = element, at
    session.flush()
    return others(session, user, version_id)


def others(session: Session, user: User, version_id: int) -> tuple[Presence, ...]:
    """Who else is on a draft now."""
    asked = (
        select(PresenceRow.user_id, User.name, PresenceRow.element)
        .join(User, User.id == PresenceRow.user_id)
        .where(
            PresenceRow.version_id == version_id,
            PresenceRow.user_id != user.id,
            PresenceRow.seen_at > now() - GONE_AFTER,
        )
        .order_by(PresenceRow.seen_at)
    )
    found = {row.user_id: Presence(*row) for row in session.execute(asked)}
    return tuple(found.values())


def changes_since(session: Session, version_id: int, revision: int) -> tuple[Change, ...]:
    """The edits after a revision, the oldest first."""
    return _changes(session, version_id, revision, None)[::-1]


def history(session: Session, version_id: int, before: int | None = None) -> tuple[Change, ...]:
    """A page of the edits of a draft, the latest first; `before`: those of earlier revisions."""
    return _changes(session, version_id, 0, before)


def _changes(session: Session, version_id: int, after: int, before: int | None) -> tuple[Change, ...]:
    asked = (
        select(EditRow, User.name)
        .outerjoin(User, User.id == EditRow.author_id)
        .where(EditRow.version_id == version_id, EditRow.revision > after)
        .order_by(EditRow.revision.desc())
        .limit(PAGE)
    )
    if before is not None:
        asked = asked.where(EditRow.revision < before)
    return tuple(
        Change(row.revision, name or "", row.author_id, row.at, row.kind, row.label, tuple(row.touched), row.undone)
        for row, name in session.execute(asked)
    )
