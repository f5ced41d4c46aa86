"""Jobs: the row is the truth, the message in the queue only a hint."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of


class Job(Base):
    """One piece of work asked for, with its cause and its fate."""

    __tablename__ = "jobs"
    __table_args__ = (Index(None, "status", "requested_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    ids: Mapped[list[Any]]
    cause: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(one_of("status", "pending", "running", "done", "failed"))
    attempts: Mapped[int]
    error: Mapped[str | None] = mapped_column(Text)
    # How far it is: units done of units in all, None before it knows.
    done: Mapped[int] = mapped_column(server_default="0")
    total: Mapped[int | None]
    requested_at: Mapped[dt.datetime]
    started_at: Mapped[dt.datetime | None]
    # When its process last said that it goes on.
    alive_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
