"""A version is read by others before it is published: comments on its elements, requests to read it, decisions.

What is approved is a content: a version that changes since is to be read again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import now
from app.models import Comment, Draft, QuestionnaireVersion, Review, User
from app.services import audit, rights

LONGEST_TEXT = 4000


class TextIsMissing(ValueError):
    """A comment, and what is to be changed, need words."""


class CommentNotFound(Exception):
    """The version has no comment of this number."""


class ReviewNotFound(Exception):
    """Nobody has asked to have this version read, or it was decided since."""


class ReviewIsOfAnotherContent(Exception):
    """The version is not the one that the person has read any more."""


class ReviewerIsTheAuthor(Exception):
    """Whoever asked for the review, or made the last edit, does not approve it."""


@dataclass(frozen=True, slots=True)
class Said:
    """A comment or an answer, with its author's name."""

    id: int
    text: str
    author: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment with its answers. `element`: of the draft, None for the whole version; `name`: its name then."""

    id: int
    element: int | None
    name: str
    said: tuple[Said, ...]
    resolved_at: dt.datetime | None
    resolved_by: str

    @property
    def is_open(self) -> bool:
        """Whether nobody has settled it."""
        return self.resolved_at is None


@dataclass(frozen=True, slots=True)
class ReviewState:
    """A request to read a version. `is_current`: whether it is of the content that the version has now."""

    id: int
    status: str
    requested_by: str
    requested_at: dt.datetime
    message: str
    decided_by: str
    decided_at: dt.datetime | None
    words: str
    is_current: bool


# -- comments -------------------------------------------------------------------------------------


def add_comment(
    session: Session,
    actor: User,
    version_id: int,
    text: str,
    *,
    element: int | None = None,
    name: str = "",
    answers_id: int | None = None,
) -> Comment:
    """Say something of a version or of an element, or answer what was said of it.

    Raises TextIsMissing, CommentNotFound, NotAllowed.
    """
    version = _allowed(session, actor, version_id, "read")
    words = _words(text)
    if not words:
        raise TextIsMissing
    if answers_id is not None:
        first = _first(session, version_id, answers_id)
        element, name = first.element, first.name
    row = Comment(
        version_id=version_id,
        element=element,
        name=name[:80],
        answers_id=answers_id,
        author_id=actor.id,
        text=words,
        created_at=now(),
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "comment-version", _subject(version), comment=row.id, answers=answers_id)
    return row


def resolve_comment(session: Session, actor: User, version_id: int, comment_id: int, is_resolved: bool = True) -> None:
    """Settle a thread, or open it again. Raises CommentNotFound, NotAllowed."""
    version = _allowed(session, actor, version_id, "read")
    row = _first(session, version_id, comment_id)
    row.resolved_at, row.resolved_by = (now(), actor.id) if is_resolved else (None, None)
    action = "resolve-comment" if is_resolved else "reopen-comment"
    audit.record(session, actor, action, _subject(version), comment=row.id)


def threads_of(session: Session, version_id: int) -> tuple[Thread, ...]:
    """What is said of a version: open threads first, then those that were settled, each from the oldest."""
    rows = session.scalars(select(Comment).where(Comment.version_id == version_id).order_by(Comment.id)).all()
    names = _names(session, {one for row in rows for one in (row.author_id, row.resolved_by)})
    said: dict[int, list[Said]] = {}
    for row in rows:
        words = Said(row.id, row.text, names.get(row.author_id, ""), row.created_at)
        said.setdefault(row.answers_id or row.id, []).append(words)
    threads = [
        Thread(row.id, row.element, row.name, tuple(said[row.id]), row.resolved_at, names.get(row.resolved_by or 0, ""))
        for row in rows
        if row.answers_id is None
    ]
    return tuple(sorted(threads, key=lambda one: not one.is_open))


def open_comments(session: Session, version_id: int) -> Mapping[int | None, int]:
    """Element -> how many threads on it are open; None for the whole version."""
    asked = select(Comment.element, func.count()).where(
        Comment.version_id == version_id, Comment.answers_id.is_(None), Comment.resolved_at.is_(None)
    )
    return {row[0]: row[1] for row in session.execute(asked.group_by(Comment.element))}


def _first(session: Session, version_id: int, comment_id: int) -> Comment:
    row = session.get(Comment, comment_id)
    if row is None or row.version_id != version_id or row.answers_id is not None:
        raise CommentNotFound(comment_id)
    return row


# -- reviews --------------------------------------------------------------------------------------


def request_review(session: Session, actor: User, version_id: int, message: str = "") -> Review:
    """Ask others to read the content that a draft has now; a request before it that is not decided is withdrawn.

    Raises NotAllowed, ReviewNotFound when the version is no draft.
    """
    version = _allowed(session, actor, version_id, "edit")
    if version.status != "draft":
        raise ReviewNotFound(version_id)
    waiting = _waiting(session, version_id)
    if waiting is not None:
        waiting.status = "withdrawn"
    row = Review(
        version_id=version_id,
        content_hash=version.content_hash,
        status="requested",
        requested_by=actor.id,
        requested_at=now(),
        message=_words(message),
        words="",
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "request-review", _subject(version), hash=version.content_hash)
    return row


def decide_review(
    session: Session, actor: User, version_id: int, *, is_approved: bool, words: str, seen: str | None = None
) -> Review:
    """Approve the content of which a review was asked, or ask for changes. `seen`: the hash of what was read.

    Raises NotAllowed, ReviewNotFound, ReviewIsOfAnotherContent, ReviewerIsTheAuthor, TextIsMissing (changes are said).
    """
    version = _allowed(session, actor, version_id, "read")
    row = _waiting(session, version_id)
    if row is None:
        raise ReviewNotFound(version_id)
    if row.content_hash != version.content_hash or (seen is not None and seen != version.content_hash):
        raise ReviewIsOfAnotherContent(version_id)
    said = _words(words)
    if is_approved and actor.id in _authors(session, row):
        raise ReviewerIsTheAuthor(version_id)
    if not is_approved and not said:
        raise TextIsMissing
    row.status = "approved" if is_approved else "changes"
    row.decided_by, row.decided_at, row.words = actor.id, now(), said
    action = "approve-version" if is_approved else "ask-changes"
    audit.record(session, actor, action, _subject(version), hash=row.content_hash, words=said)
    return row


def withdraw_review(session: Session, actor: User, version_id: int) -> None:
    """Take a request back. Raises ReviewNotFound, NotAllowed."""
    version = _allowed(session, actor, version_id, "edit")
    row = _waiting(session, version_id)
    if row is None:
        raise ReviewNotFound(version_id)
    row.status = "withdrawn"
    audit.record(session, actor, "withdraw-review", _subject(version))


def reviews_of(session: Session, version_id: int) -> tuple[ReviewState, ...]:
    """Every request of a version, the latest first."""
    content_hash = session.get_one(QuestionnaireVersion, version_id).content_hash
    rows = session.scalars(select(Review).where(Review.version_id == version_id).order_by(Review.id.desc())).all()
    names = _names(session, {one for row in rows for one in (row.requested_by, row.decided_by)})
    return tuple(
        ReviewState(
            id=row.id,
            status=row.status,
            requested_by=names.get(row.requested_by, ""),
            requested_at=row.requested_at,
            message=row.message,
            decided_by=names.get(row.decided_by or 0, ""),
            decided_at=row.decided_at,
            words=row.words,
            is_current=row.content_hash == content_hash,
        )
        for row in rows
    )


def is_approved(session: Session, version: QuestionnaireVersion) -> bool:
    """Whether somebody else approved this very content, and nobody asked for changes of it since."""
    asked = select(Review).where(
        Review.version_id == version.id,
        Review.content_hash == version.content_hash,
        Review.status.in_(("approved", "changes")),
    )
    latest = session.scalar(asked.order_by(Review.decided_at.desc(), Review.id.desc()).limit(1))
    return latest is not None and latest.status == "approved" and latest.decided_by not in _authors(session, latest)


def _authors(session: Session, row: Review) -> set[int | None]:
    """Who asked for it, and who edited the version last: neither is the second person."""
    draft = session.get(Draft, row.version_id)
    version = session.get_one(QuestionnaireVersion, row.version_id)
    return {row.requested_by, draft.updated_by if draft is not None and draft.updated_by else version.author_id}


def _waiting(session: Session, version_id: int) -> Review | None:
    asked = select(Review).where(Review.version_id == version_id, Review.status == "requested")
    return session.scalar(asked.order_by(Review.id.desc()).limit(1).with_for_update())


# -- parts ----------------------------------------------------------------------------------------


def _allowed(session: Session, actor: User, version_id: int, right: str) -> QuestionnaireVersion:
    version = session.get_one(QuestionnaireVersion, version_id)
    rights.require(session, actor, version.questionnaire_id, right)
    return version


def _words(text: str) -> str:
    return text.replace("\x00", "").strip()[:LONGEST_TEXT]


def _subject(version: QuestionnaireVersion) -> str:
    return f"{version.questionnaire.key} {version.name}"


def _names(session: Session, ids: set[int | None]) -> dict[int, str]:
    found = session.execute(select(User.id, User.name).where(User.id.in_([one for one in ids if one is not None])))
    return {row[0]: row[1] for row in found}
