"""Proofs of versions, comparisons of two, and what a person has confirmed of a comparison."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of

STATUSES = ("queued", "running", "done", "failed")
CLASSES = (
    "identical",
    "cosmetic",
    "wording",
    "choices-added",
    "recoded",
    "base-changed",
    "broken",
    "new",
    "dropped",
)
"""Of comparability, in the words of `questionnaires.comparison`."""


class Proof(Base):
    """The proof of one content by one engine: bytes and engine decide it, whatever version has these bytes."""

    __tablename__ = "proofs"
    __table_args__ = (
        UniqueConstraint("content_hash", "engine"),
        CheckConstraint("(status = 'done') = (result IS NOT NULL)", name="done_has_a_result"),
        CheckConstraint("(status = 'done') = (made_at IS NOT NULL)", name="done_has_a_date"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    engine: Mapped[int]
    status: Mapped[str] = mapped_column(one_of("status", *STATUSES))
    # The content that this one was before its last edit, or that of the version before: what its proof
    # found is tried first.
    known_hash: Mapped[str | None] = mapped_column(String(64))
    # Findings with their witnesses, what is outside of the model, covering respondents, figures.
    result: Mapped[Mapping[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # Of the findings that a person lets pass: [{"code", "path", "reason", "author", "at"}].
    waivers: Mapped[list[Any]] = mapped_column(server_default="[]")
    # Why there is none.
    problem: Mapped[str | None] = mapped_column(Text)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id"))
    made_at: Mapped[dt.datetime | None]


class Comparison(Base):
    """What changed between two contents, with the class of each variable and the proof of each base."""

    __tablename__ = "comparisons"
    __table_args__ = (
        UniqueConstraint("old_hash", "new_hash", "engine"),
        CheckConstraint("(status = 'done') = (result IS NOT NULL)", name="done_has_a_result"),
        CheckConstraint("(status = 'done') = (made_at IS NOT NULL)", name="done_has_a_date"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    old_hash: Mapped[str] = mapped_column(String(64))
    new_hash: Mapped[str] = mapped_column(String(64))
    engine: Mapped[int]
    status: Mapped[str] = mapped_column(one_of("status", *STATUSES))
    result: Mapped[Mapping[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    problem: Mapped[str | None] = mapped_column(Text)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id"))
    made_at: Mapped[dt.datetime | None]


class Confirmation(Base):
    """What a person decided of one changed variable, having seen the change of this digest; the latest counts."""

    __tablename__ = "confirmations"
    __table_args__ = (CheckConstraint("old_version <> new_version", name="of_two_versions"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaires.id"), index=True)
    old_version: Mapped[str] = mapped_column(String(80))
    new_version: Mapped[str] = mapped_column(String(80))
    variable: Mapped[str] = mapped_column(String(200))
    # Classes of comparability: that of the comparison, and the one that counts.
    proposed: Mapped[str] = mapped_column(one_of("proposed", *CLASSES))
    confirmed: Mapped[str] = mapped_column(one_of("confirmed", *CLASSES))
    reason: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[dt.datetime]
