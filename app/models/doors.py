"""What guards the doors: attempts at codes, places in the waiting line, messages that wait to leave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, one_of


class Salt(Base):
    """The salt of a day, for the hashes of addresses; deleted with its day, so that they mean nothing after."""

    __tablename__ = "salts"

    on_day: Mapped[dt.date] = mapped_column(primary_key=True)
    salt: Mapped[str] = mapped_column(String(64))


class Attempt(Base):
    """Failures to give a code, of one address (as a keyed hash), within one hour."""

    __tablename__ = "attempts"
    __table_args__ = (CheckConstraint("failures >= 0", name="failures_count_up"),)

    address_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    hour: Mapped[dt.datetime] = mapped_column(primary_key=True)
    failures: Mapped[int]


class WaitingLine(Base):
    """The one line of those who wait while the platform is full: numbers given, numbers called.

    Its one row is there from the migration on: whoever wants to enter a full platform locks it. `calls`: the numbers
    that were called and have not entered yet, each with the moment at which its place passes on (seconds since 1970).
    """

    __tablename__ = "waiting_line"
    __table_args__ = (
        CheckConstraint("id = 1", name="there_is_one_line"),
        CheckConstraint("called <= given", name="called_after_given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    given: Mapped[int]
    called: Mapped[int]
    calls: Mapped[Mapping[str, Any]]


class Message(Base):
    """An e-mail that waits to leave. Its address is erased when it has left, or never will."""

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint("status = 'waiting' OR address = ''", name="address_goes_with_the_message"),
        # A sweep looks every two seconds for those that wait, among all that were ever sent.
        Index(None, "status", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(one_of("kind", "resume"))
    status: Mapped[str] = mapped_column(one_of("status", "waiting", "sent", "failed"))
    address: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(8))
    # The address of the platform as the respondent sees it: the worker has no request to read it from.
    root: Mapped[str] = mapped_column(String(200))
    response_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("responses.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[dt.datetime]
    # When it may be taken: put off by whoever takes it, so that no other does meanwhile, and by a failure.
    due_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
