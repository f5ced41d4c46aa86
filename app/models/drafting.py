"""Drafts: what is being designed, every change of it, who is there; what is said of it, and who approved it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of


class Draft(Base):
    """What a draft holds now, valid or not; its version has the last content that was checked and found sound."""

    __tablename__ = "drafts"
    __table_args__ = (
        CheckConstraint("revision >= 0", name="revision_counts_up"),
        CheckConstraint("checked <= revision", name="checked_follows"),
    )

    version_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_versions.id"), primary_key=True)
    document: Mapped[Mapping[str, Any]]
    revision: Mapped[int]
    # The revision whose problems these are.
    checked: Mapped[int]
    problems: Mapped[list[Any]] = mapped_column(JSON, server_default="[]")
    updated_at: Mapped[dt.datetime]
    updated_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class Edit(Base):
    """One change of a draft: what was done, and what undoes it."""

    __tablename__ = "edits"
    __table_args__ = (
        UniqueConstraint("version_id", "revision"),
        CheckConstraint("revision >= 1", name="revision_counts_from_one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_versions.id"))
    revision: Mapped[int]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[dt.datetime]
    kind: Mapped[str] = mapped_column(one_of("kind", "edit", "undo", "redo", "restore"))
    # What was done, for people: {"act": code, …}.
    label: Mapped[Mapping[str, Any]]
    operations: Mapped[list[Any]] = mapped_column(JSON)
    inverse: Mapped[list[Any]] = mapped_column(JSON)
    touched: Mapped[list[Any]] = mapped_column(JSON)
    # Of an edit or a redo: whether it was undone since.
    undone: Mapped[bool] = mapped_column(server_default=false())


class Presence(Base):
    """Who has a draft open, and on which element."""

    __tablename__ = "presences"

    version_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_versions.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    client: Mapped[str] = mapped_column(String(32), primary_key=True)
    element: Mapped[int]
    seen_at: Mapped[dt.datetime]


class Comment(Base):
    """What somebody says of a version, of an element of it if `element` is said; an answer names what it answers."""

    __tablename__ = "comments"
    __table_args__ = (CheckConstraint("(resolved_at IS NULL) = (resolved_by IS NULL)", name="resolved_by_somebody"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_versions.id"), index=True)
    element: Mapped[int | None]
    # The name of the element when this was said.
    name: Mapped[str] = mapped_column(String(80))
    answers_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[dt.datetime]
    resolved_at: Mapped[dt.datetime | None]
    resolved_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class Review(Base):
    """A request to read a content before it is published, and what was decided of that very content."""

    __tablename__ = "reviews"
    __table_args__ = (
        CheckConstraint("(status IN ('approved', 'changes')) = (decided_by IS NOT NULL)", name="decided_by_somebody"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided_has_a_date"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_versions.id"), index=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(one_of("status", "requested", "approved", "changes", "withdrawn"))
    requested_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[dt.datetime]
    message: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[dt.datetime | None]
    words: Mapped[str] = mapped_column(Text)


class Preview(Base):
    """The answers of somebody who tries a version: of origin trial for ever, never among responses."""

    __tablename__ = "previews"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_versions.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    origin: Mapped[str] = mapped_column(one_of("origin", "trial"))
    language: Mapped[str] = mapped_column(String(8))
    context: Mapped[Mapping[str, Any]]
    given: Mapped[Mapping[str, Any]]
    updated_at: Mapped[dt.datetime] = mapped_column(index=True)


class Passage(Base):
    """The act by which an open wave passes to a later version: how many in progress were moved, how many stayed."""

    __tablename__ = "passages"
    __table_args__ = (
        CheckConstraint("old_version_id <> new_version_id", name="between_two_versions"),
        CheckConstraint("moved >= 0 AND kept >= 0", name="counts_people"),
        Index(None, "wave_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id"))
    old_version_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_versions.id"))
    new_version_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_versions.id"))
    fate: Mapped[str] = mapped_column(one_of("fate", "finish", "move"))
    moved: Mapped[int]
    kept: Mapped[int]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[dt.datetime]
