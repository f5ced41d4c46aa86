"""What folding makes: segments (columnar files), weightings, snapshots."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of


class Segment(Base):
    """One immutable columnar file of submissions of one version, named by its content hash."""

    __tablename__ = "segments"
    __table_args__ = (CheckConstraint("row_count >= 0", name="row_count_is_a_count"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_versions.id"))
    content_hash: Mapped[str] = mapped_column(String(64), index=True)
    row_count: Mapped[int]
    created_at: Mapped[dt.datetime]
    retired_at: Mapped[dt.datetime | None]


class Weighting(Base):
    """One weighting of a wave: the recipe with its margins, their universe, date and source, and how its run went.

    A draft may be edited; once asked to run, the recipe stays as it is for ever, and another attempt is another row.
    """

    __tablename__ = "weightings"
    __table_args__ = (
        UniqueConstraint("wave_id", "number"),
        CheckConstraint("NOT in_use OR status = 'done'", name="in_use_was_run"),
        CheckConstraint("frozen_at IS NULL OR status = 'done'", name="frozen_was_run"),
        CheckConstraint("(frozen_at IS NULL) = (frozen_for IS NULL)", name="frozen_says_for_what"),
        # The one that the snapshots of the wave use.
        Index(
            "uq_weightings_in_use", "wave_id", unique=True, sqlite_where=text("in_use"), postgresql_where=text("in_use")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id"))
    number: Mapped[int]
    label: Mapped[str] = mapped_column(String(200), server_default="")
    status: Mapped[str] = mapped_column(
        one_of("status", "draft", "queued", "running", "done", "failed"), server_default="done"
    )
    recipe: Mapped[Mapping[str, Any]]
    # Of its own run, on the responses folded then; the snapshots of a weighting in use have theirs.
    diagnostics: Mapped[Mapping[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # Why it could not be run: {"code": …, "data": {…}, "suggestion": …}.
    problem: Mapped[Mapping[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    responses: Mapped[int | None]
    in_use: Mapped[bool] = mapped_column(server_default=false())
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id"))
    created_at: Mapped[dt.datetime]
    ran_at: Mapped[dt.datetime | None]
    frozen_at: Mapped[dt.datetime | None]
    frozen_for: Mapped[str | None] = mapped_column(String(200))


class Snapshot(Base):
    """The state of a wave's aggregates: the tally and the weights, in one file."""

    __tablename__ = "snapshots"
    __table_args__ = (UniqueConstraint("wave_id", "number"), UniqueConstraint("wave_id", "inputs_hash"))

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id"))
    weighting_id: Mapped[int | None] = mapped_column(ForeignKey("weightings.id"))
    number: Mapped[int]
    inputs_hash: Mapped[str] = mapped_column(String(64))
    content_hash: Mapped[str] = mapped_column(String(64), index=True)
    responses: Mapped[int]
    problem: Mapped[str | None] = mapped_column(String(80))
    diagnostics: Mapped[Mapping[str, Any]]
    created_at: Mapped[dt.datetime]
    segments_seen: Mapped[int]
    """How many segments the wave had had when its inputs were read: another number means a stale snapshot."""
    # One of those that the page of live results shows: it differs from the one before by enough people.
    is_live: Mapped[bool] = mapped_column(server_default=false())
