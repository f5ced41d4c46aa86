"""Waves: one period of fieldwork of one version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.authoring import QuestionnaireVersion
from app.models.base import Base, BigKey, one_of

ORIGINS = ("respondent", "trial", "simulated")
BASES = ("consent", "public_interest", "legitimate_interest")
"""The legal bases of a study (article 6 of the RGPD); only the first asks for a consent before the first question."""


class Wave(Base):
    """A wave: what is asked, to whom it is open, the notice shown, the disclosure policy."""

    __tablename__ = "waves"
    __table_args__ = (
        CheckConstraint("status = 'planned' OR opened_at IS NOT NULL", name="opened_has_a_date"),
        CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed_has_a_date"),
        CheckConstraint("opens_at IS NULL OR closes_at IS NULL OR opens_at < closes_at", name="opens_before_it_closes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    version_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_versions.id"), index=True)
    status: Mapped[str] = mapped_column(one_of("status", "planned", "open", "paused", "closed"))
    origin: Mapped[str] = mapped_column(one_of("origin", *ORIGINS))
    notice: Mapped[Mapping[str, Any]]
    policy: Mapped[Mapping[str, Any]]
    created_at: Mapped[dt.datetime]
    opened_at: Mapped[dt.datetime | None]
    closed_at: Mapped[dt.datetime | None]
    # Between these moments an open wave takes answers; without one, from its opening, until its closing.
    opens_at: Mapped[dt.datetime | None]
    closes_at: Mapped[dt.datetime | None]
    access: Mapped[str] = mapped_column(one_of("access", "link", "personal"), server_default="link")
    # Nobody assumes a legal basis: a wave of real respondents does not open before one is chosen.
    basis: Mapped[str | None] = mapped_column(one_of("basis", *BASES))
    may_correct: Mapped[bool] = mapped_column(server_default=true())
    # Whether what was begun and left is counted too.
    counts_partial: Mapped[bool] = mapped_column(server_default=false())
    # What the method sheet says that cannot be computed: the client, the selection of the sample, the incentive…
    method: Mapped[Mapping[str, Any]] = mapped_column(server_default="{}")
    version: Mapped[QuestionnaireVersion] = relationship()


class ScreenOut(Base):
    """A person outside the universe: counted, and nothing else of them is kept."""

    __tablename__ = "screen_outs"

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id"), index=True)
    exit_name: Mapped[str] = mapped_column(String(80))
    counted_on: Mapped[dt.date]


class Invitation(Base):
    """A personal code: who holds it is known elsewhere. `link` joins it to its response until the study closes."""

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    external: Mapped[Mapping[str, Any]]
    link: Mapped[str | None] = mapped_column(String(32), unique=True)
    # Its response was begun, and the link between them has been dropped since: it opens nothing any more.
    is_spent: Mapped[bool] = mapped_column(server_default=false())
    created_on: Mapped[dt.date]
    answered_on: Mapped[dt.date | None]


class PaperForm(Base):
    """A paper form: entered twice, by two people; sent when both entries agree."""

    __tablename__ = "paper_forms"
    __table_args__ = (
        UniqueConstraint("wave_id", "number"),
        CheckConstraint("number >= 1", name="number_counts_from_one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id"))
    number: Mapped[int]
    status: Mapped[str] = mapped_column(
        one_of("status", "first_entry", "to_enter_again", "second_entry", "differs", "done")
    )
    first_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("responses.id", ondelete="SET NULL"), index=True)
    second_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("responses.id", ondelete="SET NULL"), index=True)
    first_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    second_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # How many questions were read differently, and on how many of them each reading was not the one kept.
    differences: Mapped[int | None]
    first_errors: Mapped[int | None]
    second_errors: Mapped[int | None]
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]
