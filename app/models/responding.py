"""Responses (what a respondent is writing) and submissions (what was sent, immutable)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, one_of
from app.models.fieldwork import ORIGINS


class Response(Base):
    """One respondent's questionnaire in progress or done: given answers, context, revision."""

    __tablename__ = "responses"
    __table_args__ = (
        CheckConstraint("revision >= 0", name="revision_counts_up"),
        CheckConstraint("disposition <> 'complete' OR completed_at IS NOT NULL", name="complete_has_a_date"),
        CheckConstraint(
            "(disposition = 'correcting') = (sent_given IS NOT NULL)", name="correcting_keeps_what_was_sent"
        ),
        Index(None, "wave_id", "disposition"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_versions.id"))
    origin: Mapped[str] = mapped_column(one_of("origin", *ORIGINS))
    mode: Mapped[str] = mapped_column(one_of("mode", "web", "telephone", "paper"))
    language: Mapped[str] = mapped_column(String(8))
    context: Mapped[Mapping[str, Any]]
    given: Mapped[Mapping[str, Any]]
    revision: Mapped[int]
    disposition: Mapped[str] = mapped_column(
        one_of("disposition", "in_progress", "complete", "correcting", "screened_out", "withdrawn")
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    # Of the one code of a response: it resumes it while it is answered, and is its receipt once it is sent.
    receipt_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    # What is counted while a correction is being made; what is given then is not sent yet.
    sent_given: Mapped[Mapping[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # Which notice was shown, when, and whether it was consented to: {"notice": sha256, "at": iso, "basis": …}.
    consent: Mapped[Mapping[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    invitation_link: Mapped[str | None] = mapped_column(String(32), unique=True)
    # Of one begun and left: at which revision, and for which margins, it was last looked at to be counted as partial.
    partial_mark: Mapped[str | None] = mapped_column(String(40))
    started_at: Mapped[dt.datetime] = mapped_column(index=True)
    updated_at: Mapped[dt.datetime]
    completed_at: Mapped[dt.datetime | None]


class Submission(Base):
    """One sending of a response. Only its folding (segment, lease) is ever written after."""

    __tablename__ = "submissions"
    __table_args__ = (
        UniqueConstraint("response_id", "number"),
        CheckConstraint("number >= 1", name="number_counts_from_one"),
        CheckConstraint("(claim IS NULL) = (claimed_until IS NULL)", name="claim_has_an_end"),
        # The queue of the fold: what no segment holds yet.
        Index(
            "ix_submissions_unfolded",
            "wave_id",
            "id",
            sqlite_where=text("segment_id IS NULL"),
            postgresql_where=text("segment_id IS NULL"),
        ),
        # Corrections and withdrawals are few: a snapshot looks for them alone.
        Index(
            "ix_submissions_later",
            "wave_id",
            sqlite_where=text("number > 1"),
            postgresql_where=text("number > 1"),
        ),
        Index(
            "ix_submissions_partial",
            "wave_id",
            sqlite_where=text("is_partial"),
            postgresql_where=text("is_partial"),
        ),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    response_id: Mapped[int] = mapped_column(ForeignKey("responses.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(one_of("kind", "add", "replace", "remove"))
    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_versions.id"))
    payload: Mapped[Mapping[str, Any]]
    # Of a response that was begun and left; the one that ends it replaces this one.
    is_partial: Mapped[bool] = mapped_column(server_default=false())
    engine: Mapped[int]
    created_at: Mapped[dt.datetime]
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segments.id"), index=True)
    claim: Mapped[str | None] = mapped_column(String(32))
    claimed_until: Mapped[dt.datetime | None]


class PageEvent(Base):
    """Paradata: what happened on a page, by which response; never what was typed.

    No foreign key to the response: events are written late, in batches, and may be lost or come after it is gone.
    """

    __tablename__ = "page_events"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id"), index=True)
    response_id: Mapped[int] = mapped_column(BigKey, index=True)
    event: Mapped[str] = mapped_column(
        one_of("event", "initialized", "new-page", "input", "control", "control-skip", "contact-support", "exit")
    )
    page: Mapped[str] = mapped_column(String(80))
    at: Mapped[dt.datetime]
    data: Mapped[Mapping[str, Any]]
