"""What folding makes: segments (columnar files), weightings, snapshots."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


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
    """One weighting of a wave: the recipe with its margins, their universe, date and source."""

    __tablename__ = "weightings"
    __table_args__ = (UniqueConstraint("wave_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id"))
    number: Mapped[int]
    recipe: Mapped[Mapping[str, Any]]
    created_at: Mapped[dt.datetime]


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
