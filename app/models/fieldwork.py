"""Waves: one period of fieldwork of one version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.authoring import QuestionnaireVersion
from app.models.base import Base, one_of

ORIGINS = ("respondent", "trial", "simulated")


class Wave(Base):
    """A wave: what is asked, to whom it is open, the notice shown, the disclosure policy."""

    __tablename__ = "waves"
    __table_args__ = (
        CheckConstraint("status = 'planned' OR opened_at IS NOT NULL", name="opened_has_a_date"),
        CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed_has_a_date"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    version_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_versions.id"), index=True)
    status: Mapped[str] = mapped_column(one_of("status", "planned", "open", "closed"))
    origin: Mapped[str] = mapped_column(one_of("origin", *ORIGINS))
    notice: Mapped[Mapping[str, Any]]
    policy: Mapped[Mapping[str, Any]]
    created_at: Mapped[dt.datetime]
    opened_at: Mapped[dt.datetime | None]
    closed_at: Mapped[dt.datetime | None]
    version: Mapped[QuestionnaireVersion] = relationship()


class ScreenOut(Base):
    """A person outside the universe: counted, and nothing else of them is kept."""

    __tablename__ = "screen_outs"

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id"), index=True)
    exit_name: Mapped[str] = mapped_column(String(80))
    counted_on: Mapped[dt.date]
