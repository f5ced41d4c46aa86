"""Files and database, compared three ways: what a version was when both were last alike, its file, and what is kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.jobs import Sender
from app.models import Questionnaire as QuestionnaireRow
from app.models import QuestionnaireVersion
from app.models.drafting import Draft
from app.services import authoring

Key = tuple[str, str]
"""A questionnaire and the name of its version."""
_FILE_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,79}")


class State(StrEnum):
    """Where a version changed since its file and the database were last alike."""

    UNCHANGED = "unchanged"
    NEW_IN_FILES = "new-in-files"
    NEW_IN_DATABASE = "new-in-database"
    CHANGED_IN_FILES = "changed-in-files"
    CHANGED_IN_DATABASE = "changed-in-database"
    CHANGED_IN_BOTH = "changed-in-both"
    FROZEN = "published-and-different"
    UNNAMEABLE = "no-file-name"


REFUSED = frozenset({State.CHANGED_IN_BOTH, State.FROZEN, State.UNNAMEABLE})
FROM_FILES = frozenset({State.NEW_IN_FILES, State.CHANGED_IN_FILES})
FROM_DATABASE = frozenset({State.NEW_IN_DATABASE, State.CHANGED_IN_DATABASE})


@dataclass(frozen=True, slots=True)
class Compared:
    """A version, its state, and the hashes of its file and of what is kept (None: not there)."""

    key: Key
    state: State
    file_hash: str | None
    kept_hash: str | None
    content: bytes


def compare(session: Session, files: Mapping[Key, bytes]) -> tuple[Compared, ...]:
    """Every version of the files and of the database, by key. Changes nothing.

    A draft that somebody edits in the studio is never replaced by its file: a change of the file is then one in both.
    """
    statement = (
        select(QuestionnaireRow.key, QuestionnaireVersion, Draft.version_id)
        .join(QuestionnaireVersion.questionnaire)
        .outerjoin(Draft, Draft.version_id == QuestionnaireVersion.id)
    )
    kept = {(key, version.name): (version, edited is not None) for key, version, edited in session.execute(statement)}
    found = []
    for key in sorted(files.keys() | kept.keys()):
        data = files.get(key)
        version, is_edited = kept.get(key, (None, False))
        file_hash = None if data is None else hashlib.sha256(data).hexdigest()
        state = _state(file_hash, version, is_edited=is_edited)
        held = version.content_hash if version is not None else None
        content = data if state in FROM_FILES or version is None else version.content
        found.append(Compared(key, state, file_hash, held, content or b""))
    return tuple(found)


def _state(file_hash: str | None, version: QuestionnaireVersion | None, *, is_edited: bool) -> State:
    if version is None:
        return State.NEW_IN_FILES
    if file_hash is None:
        return State.NEW_IN_DATABASE if _FILE_NAME.fullmatch(version.name) else State.UNNAMEABLE
    if file_hash == version.content_hash:
        return State.UNCHANGED
    if version.synced_hash == file_hash:
        return State.CHANGED_IN_DATABASE
    if version.status != "draft":
        return State.FROZEN
    return (
        State.CHANGED_IN_FILES
        if version.synced_hash == version.content_hash and not is_edited
        else (State.CHANGED_IN_BOTH)
    )


def take_files(session: Session, sender: Sender | None, compared: tuple[Compared, ...]) -> None:
    """Keep the files that are new or changed as drafts. Raises DefinitionIsInvalid, VersionIsFrozen."""
    for one in compared:
        if one.state in FROM_FILES:
            authoring.import_version(session, one.content, sender=sender)


def remember(session: Session, files: Mapping[Key, bytes]) -> None:
    """Note what each version is where its file and the database are alike: later changes are told from it."""
    for one in compare(session, files):
        if one.state is State.UNCHANGED:
            version = session.scalar(
                select(QuestionnaireVersion)
                .join(QuestionnaireVersion.questionnaire)
                .where(QuestionnaireRow.key == one.key[0], QuestionnaireVersion.name == one.key[1])
            )
            if version is not None and version.synced_hash != one.kept_hash:
                version.synced_hash = one.kept_hash
