"""Questionnaires and their versions: a published version is frozen, byte for byte."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, one_of


class Questionnaire(Base):
    """The instrument over time."""

    __tablename__ = "questionnaires"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    created_at: Mapped[dt.datetime]
    versions: Mapped[list[QuestionnaireVersion]] = relationship(
        back_populates="questionnaire", order_by="QuestionnaireVersion.id"
    )


class QuestionnaireVersion(Base):
    """One version: its file as it was read, kept for ever once published."""

    __tablename__ = "questionnaire_versions"
    __table_args__ = (
        UniqueConstraint("questionnaire_id", "name"),
        CheckConstraint("status = 'draft' OR published_at IS NOT NULL", name="published_has_a_date"),
        CheckConstraint("status = 'retired' OR retired_at IS NULL", name="only_retired_has_a_date"),
        CheckConstraint("publishes_at IS NULL OR status = 'draft'", name="only_a_draft_is_scheduled"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaires.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(one_of("status", "draft", "published", "retired"))
    format_number: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    content_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[dt.datetime]
    published_at: Mapped[dt.datetime | None]
    # Who made it, from which version, and what they say of it; the command line is nobody.
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_from_id: Mapped[int | None] = mapped_column(ForeignKey("questionnaire_versions.id"))
    message: Mapped[str | None] = mapped_column(Text)
    published_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # When it is to be published by itself, who asked for it, and why it could not be done.
    publishes_at: Mapped[dt.datetime | None]
    scheduled_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    schedule_problem: Mapped[str | None] = mapped_column(Text)
    retired_at: Mapped[dt.datetime | None]
    # The content that files and database had in common when they were last synchronised.
    synced_hash: Mapped[str | None] = mapped_column(String(64))
    questionnaire: Mapped[Questionnaire] = relationship(back_populates="versions")


class QuestionnaireRight(Base):
    """What a person may do to a questionnaire; without any row of it, every designer may do everything."""

    __tablename__ = "questionnaire_rights"

    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaires.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    right: Mapped[str] = mapped_column(one_of("right", "read", "edit", "publish"))
