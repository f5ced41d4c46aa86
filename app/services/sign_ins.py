"""The sessions of accounts: one row for each browser that signed in, checked at each page of the staff."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db import now
from app.models import SignIn, User
from app.services import audit

SEEN_EVERY = dt.timedelta(minutes=5)
"""How old "last seen" may be: a page must not cost a write."""
LONGEST = dt.timedelta(days=14)
LONGEST_PAUSE = dt.timedelta(hours=12)
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def start(session: Session, user: User, means: str, agent: str) -> str:
    """Write down a sign-in; gives the key that the cookie holds. `agent`: the header User-Agent."""
    key, at = secrets.token_urlsafe(32), now()
    row = SignIn(user_id=user.id, key_hash=_hash(key), means=means, agent=device(agent), started_at=at, seen_at=at)
    session.add(row)
    audit.record(session, user, "sign-in", f"user {user.id}", means=means)
    return key


def find(session: Session, key: str) -> SignIn | None:
    """The session of this key, while it lasts: twelve hours without a page, fourteen days in all."""
    at = now()
    return session.scalar(
        select(SignIn).where(
            SignIn.key_hash == _hash(key),
            SignIn.ended_at.is_(None),
            SignIn.started_at > at - LONGEST,
            SignIn.seen_at > at - LONGEST_PAUSE,
        )
    )


def note_seen(session: Session, sign_in_id: int) -> None:
    """The person has just opened a page."""
    session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=now()))


def current(session: Session, user_id: int) -> Sequence[SignIn]:
    """The sessions of an account that are not over, the last seen first."""
    at = now()
    alive = select(SignIn).where(
        SignIn.user_id == user_id,
        SignIn.ended_at.is_(None),
        SignIn.started_at > at - LONGEST,
        SignIn.seen_at > at - LONGEST_PAUSE,
    )
    return session.scalars(alive.order_by(SignIn.seen_at.desc())).all()


def end(session: Session, actor: User | None, user_id: int, only: int | None = None, but: str | None = None) -> int:
    """End the sessions of an account: one (`only`), all, or all but the one of the key `but`; gives how many."""
    ending = update(SignIn).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None))
    if only is not None:
        ending = ending.where(SignIn.id == only)
    if but is not None:
        ending = ending.where(SignIn.key_hash != _hash(but))
    ended = session.execute(ending.values(ended_at=now()).returning(SignIn.id)).all()
    if ended:
        audit.record(session, actor, "end-sessions", f"user {user_id}", count=len(ended))
    return len(ended)


def key_is_of(sign_in: SignIn, key: str) -> bool:
    """Whether this session is the one of this key."""
    return sign_in.key_hash == _hash(key)


def device(agent: str) -> str:
    """A browser and a system in two words; what is not known is left out."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return " · ".join(part for part in (browser, system) if part)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
