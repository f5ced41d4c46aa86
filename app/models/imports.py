"""Imports: the microdata of earlier studies, and how they were mapped to a version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of


class Import(Base):
    """A file of microdata of an earlier study: proposed, mapped to a version, reviewed by a person, then imported."""

    __tablename__ = "imports"
    __table_args__ = (
        CheckConstraint("(reviewed_at IS NULL) = (status = 'proposed')", name="reviewed_has_a_date"),
        CheckConstraint("status <> 'done' OR wave_id IS NOT NULL", name="done_has_a_wave"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str] = mapped_column(String(200))
    content_hash: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(one_of("kind", "csv", "sav"))
    version_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_versions.id"))
    status: Mapped[str] = mapped_column(one_of("status", "proposed", "reviewed", "running", "done", "failed"))
    mapping: Mapped[Mapping[str, Any]]
    # What was read, what was not mapped, and why: made with the proposal, then by the import itself.
    report: Mapped[Mapping[str, Any]]
    # Why it could not be read or run: a code of `services.imports.sentences` with its data, as JSON.
    problem: Mapped[str | None] = mapped_column(Text)
    # Of the wave that it made, when its rows came with one: {"classes": [weight, …]}, or null for too many values.
    base_weights: Mapped[Mapping[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    wave_id: Mapped[int | None] = mapped_column(ForeignKey("waves.id"))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[dt.datetime]
    reviewed_by: Mapped[str | None] = mapped_column(String(200))
    reviewed_at: Mapped[dt.datetime | None]
