"""Versions over time: who made, published and retired them, when one is to be published by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db import Database, now
from app.models import QuestionnaireVersion, User, Wave
from app.services import audit, authoring, rights

PROBLEMS: Mapping[type[Exception], str] = {
    authoring.ContentHasChanged: "content",
    authoring.DraftIsUnsettled: "draft",
    authoring.VersionIsUnproven: "proof",
    authoring.VersionHasFindings: "findings",
    authoring.ChangesAreUnconfirmed: "changes",
    authoring.ReviewIsMissing: "review",
    rights.NotAllowed: "rights",
}
"""Why a scheduled publication was not made: error -> the code that the page says in words."""


class VersionIsNotADraft(Exception):
    """Only a draft is published."""


class VersionIsNotPublished(Exception):
    """Only a published version is retired, only a retired one is put back."""


class MomentIsPast(ValueError):
    """A publication is scheduled for later."""


@dataclass(frozen=True, slots=True)
class Made:
    """How a version came to be, in the names of people; empty for the command line."""

    version_id: int
    author: str
    published_by: str
    made_from: str
    message: str
    retired_at: dt.datetime | None
    publishes_at: dt.datetime | None
    schedule_problem: str | None
    waves: tuple[Wave, ...]


def history_of(session: Session, version_ids: Sequence[int]) -> dict[int, Made]:
    """Version -> how it came to be, with the waves that ask it now."""
    rows = session.scalars(select(QuestionnaireVersion).where(QuestionnaireVersion.id.in_(version_ids))).all()
    names = {row.id: row.name for row in session.execute(select(User.id, User.name))}
    called = {row.id: row.name for row in rows}
    waves = session.scalars(select(Wave).where(Wave.version_id.in_(version_ids)).order_by(Wave.id)).all()
    return {
        row.id: Made(
            row.id,
            names.get(row.author_id or 0, ""),
            names.get(row.published_by or 0, ""),
            called.get(row.made_from_id or 0, ""),
            row.message or "",
            row.retired_at,
            row.publishes_at,
            row.schedule_problem,
            tuple(one for one in waves if one.version_id == row.id),
        )
        for row in rows
    }


def retire_version(session: Session, actor: User, version_id: int) -> None:
    """Open no new wave on a version; the waves that run on it go on. Raises VersionIsNotPublished, NotAllowed."""
    version = _locked(session, actor, version_id)
    if version.status == "retired":
        return
    if version.status != "published":
        raise VersionIsNotPublished(version_id)
    version.status, version.retired_at = "retired", now()
    audit.record(session, actor, "retire-version", _subject(version))


def reinstate_version(session: Session, actor: User, version_id: int) -> None:
    """Let waves be opened again on a retired version. Raises VersionIsNotPublished, NotAllowed."""
    version = _locked(session, actor, version_id)
    if version.status == "published":
        return
    if version.status != "retired":
        raise VersionIsNotPublished(version_id)
    version.status, version.retired_at = "published", None
    audit.record(session, actor, "reinstate-version", _subject(version))


def schedule_version(
    session: Session,
    actor: User,
    version_id: int,
    at: dt.datetime,
    seen: str,
    *,
    message: str | None = None,
    needs_review: bool = False,
) -> None:
    """Have a draft published by itself at a moment, if it is ready now; looked at once more then.

    Raises VersionIsNotADraft, MomentIsPast, and what `authoring.require_ready` does.
    """
    version = _locked(session, actor, version_id)
    if version.status != "draft":
        raise VersionIsNotADraft(version_id)
    if at <= now():
        raise MomentIsPast(at)
    authoring.require_ready(session, version, actor, seen, needs_review=needs_review)
    version.publishes_at, version.scheduled_by, version.schedule_problem = at, actor.id, None
    version.message = message.strip()[: authoring.MESSAGE_LENGTH] if message and message.strip() else version.message
    audit.record(session, actor, "schedule-version", _subject(version), at=at.isoformat(), hash=version.content_hash)


def cancel_schedule(session: Session, actor: User | None, version_id: int, problem: str | None = None) -> bool:
    """Publish it by itself no more; whether it was to be. `problem`: why, said on its page: `edited` or a code."""
    version = session.get_one(QuestionnaireVersion, version_id, with_for_update=True, populate_existing=True)
    if version.publishes_at is None:
        return False
    if problem is None and actor is not None:
        rights.require(session, actor, version.questionnaire_id, "publish")
    version.publishes_at, version.scheduled_by, version.schedule_problem = None, None, problem
    audit.record(session, actor, "cancel-schedule", _subject(version), problem=problem)
    return True


def versions_due(session: Session) -> list[int]:
    """The drafts whose moment has come."""
    asked = select(QuestionnaireVersion.id).where(
        QuestionnaireVersion.status == "draft", QuestionnaireVersion.publishes_at <= now()
    )
    return list(session.scalars(asked.order_by(QuestionnaireVersion.publishes_at, QuestionnaireVersion.id)))


def publish_due(database: Database, *, needs_review: bool = False) -> int:
    """Publish what is due, each in a transaction of its own; of what may not be, say why. How many were published."""
    with database.reading() as session:
        due = versions_due(session)
    return sum(_publish_due(database, version_id, needs_review) for version_id in due)


def _publish_due(database: Database, version_id: int, needs_review: bool) -> bool:
    with database.transaction() as session:
        version = session.get_one(QuestionnaireVersion, version_id, with_for_update=True, populate_existing=True)
        if version.status != "draft" or version.publishes_at is None or version.publishes_at > now():
            return False
        actor = session.get(User, version.scheduled_by) if version.scheduled_by else None
        try:
            authoring.publish_version(session, version_id, actor, needs_review=needs_review)
        except tuple(PROBLEMS) as refusal:
            cancel_schedule(session, actor, version_id, PROBLEMS[type(refusal)])
            return False
        return True


def forget_problem(session: Session, version_id: int) -> None:
    """Say no more why a scheduled publication was not made."""
    session.execute(
        update(QuestionnaireVersion).where(QuestionnaireVersion.id == version_id).values(schedule_problem=None)
    )


def _locked(session: Session, actor: User, version_id: int) -> QuestionnaireVersion:
    version = session.get(QuestionnaireVersion, version_id, with_for_update=True, populate_existing=True)
    if version is None:
        raise authoring.VersionNotFound(version_id)
    rights.require(session, actor, version.questionnaire_id, "publish")
    return version


def _subject(version: QuestionnaireVersion) -> str:
    return f"{version.questionnaire.key} {version.name}"
