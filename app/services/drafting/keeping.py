"""Drafts as they are kept: read, begun, made from another version."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import now
from app.jobs import CHECK_DRAFT, Sender, request
from app.models import Draft as DraftRow
from app.models import Questionnaire as QuestionnaireRow
from app.models import QuestionnaireVersion, User
from app.services import audit, rights
from questionnaires import definition, editing
from questionnaires.editing import Document
from questionnaires.problems import DefinitionIsInvalid, Place, Problem, Severity

DOCUMENTS = "documents of drafts"
"""Where a session keeps the documents that it has read."""


class VersionNotFound(Exception):
    """No version has this number."""


class VersionIsFrozen(Exception):
    """A published version does not change: a change needs a new version."""


class QuestionnaireExists(Exception):
    """A questionnaire has this key already."""


class VersionExists(Exception):
    """A version of this questionnaire has this name already."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A version being designed: its document, and what the last check of it found.

    `problems` are those of the revision `checked`; they say nothing of later ones. `content_hash`: of the last
    content that was sound, which the proof is about.
    """

    version_id: int
    questionnaire_id: int
    key: str
    name: str
    status: str
    document: Document
    revision: int
    checked: int
    problems: tuple[Problem, ...]
    content_hash: str
    updated_at: dt.datetime
    updated_by: str

    @property
    def is_checked(self) -> bool:
        """Whether the problems are those of what the draft holds now."""
        return self.checked == self.revision

    @property
    def is_sound(self) -> bool:
        """Whether the version holds what the draft holds: nothing in it prevents reading."""
        return self.is_checked and not any(one.is_blocking for one in self.problems)


def get_draft(session: Session, version_id: int) -> Draft:
    """What a version holds, as a draft. A version that nobody has edited has no row: its content is its document.

    Raises VersionNotFound.
    """
    version = session.get(QuestionnaireVersion, version_id)
    if version is None:
        raise VersionNotFound(version_id)
    row = session.get(DraftRow, version_id)
    return as_draft(session, version, row if version.status == "draft" else None)


def document_of(session: Session, row: DraftRow) -> Document:
    """What the row of a draft holds; a session reads each revision once, for what it then knows of its elements."""
    known: dict[int, tuple[int, dt.datetime, Document]] = session.info.setdefault(DOCUMENTS, {})
    held = known.get(row.version_id)
    if held is None or held[:2] != (row.revision, row.updated_at):
        return keep_document(session, row, Document.from_json(row.document))
    return held[2]


def keep_document(session: Session, row: DraftRow, document: Document) -> Document:
    """Have `document_of` give this document, which is the one of the row."""
    session.info.setdefault(DOCUMENTS, {})[row.version_id] = (row.revision, row.updated_at, document)
    return document


def as_draft(session: Session, version: QuestionnaireVersion, row: DraftRow | None) -> Draft:
    """A version and its row as a draft."""
    key = session.scalar(select(QuestionnaireRow.key).where(QuestionnaireRow.id == version.questionnaire_id))
    author = None if row is None or row.updated_by is None else session.get(User, row.updated_by)
    return Draft(
        version_id=version.id,
        questionnaire_id=version.questionnaire_id,
        key=str(key),
        name=version.name,
        status=version.status,
        document=editing.open_document(version.content) if row is None else document_of(session, row),
        revision=0 if row is None else row.revision,
        checked=0 if row is None else row.checked,
        problems=() if row is None else decode_problems(row.problems),
        content_hash=version.content_hash,
        updated_at=version.created_at if row is None else row.updated_at,
        updated_by="" if author is None else author.name,
    )


def lock_draft(session: Session, version_id: int, actor: User | None) -> tuple[QuestionnaireVersion, DraftRow]:
    """A draft that `actor` is to change, locked with its version; its row is made here if nobody has edited it yet.

    Raises VersionNotFound, NotAllowed (the command line, which acts as nobody, may), VersionIsFrozen.
    """
    version = session.get(QuestionnaireVersion, version_id, with_for_update=True, populate_existing=True)
    if version is None:
        raise VersionNotFound(version_id)
    if actor is not None:
        rights.require(session, actor, version.questionnaire_id, "edit")
    if version.status != "draft":
        raise VersionIsFrozen(version_id)
    row = session.get(DraftRow, version_id, with_for_update=True, populate_existing=True)
    if row is None:
        document = editing.open_document(version.content).to_json()
        row = DraftRow(version_id=version_id, document=document, revision=0, checked=0, problems=[], updated_at=now())
        session.add(row)
        session.flush()
    return version, row


def start_draft(
    session: Session,
    sender: Sender | None,
    actor: User | None,
    *,
    key: str,
    version: str,
    population: str,
    title: Mapping[str, str],
    minutes: int = 10,
    message: str = "",
) -> QuestionnaireVersion:
    """A new questionnaire with its first version, a draft of one empty page; `title` has its languages, in order.

    Raises QuestionnaireExists.
    """
    if session.scalar(select(QuestionnaireRow.id).where(QuestionnaireRow.key == key)) is not None:
        raise QuestionnaireExists(key)
    document = editing.number_document(
        {
            "format": str(definition.FORMAT),
            "questionnaire": key,
            "version": version,
            "population": population,
            "languages": list(title),
            "title": dict(title),
            "minutes": str(minutes),
            "sections": [],
        }
    )
    document = editing.apply(document, editing.add(document, "section", 0)).document
    row = QuestionnaireRow(key=key, created_at=now())
    session.add(row)
    session.flush()
    made = _new_version(session, row, version, _shaped(document), actor, message, None)
    _begin(session, sender, made, document, actor)
    audit.record(session, actor, "start-draft", f"{key} {version}")
    return made


def derive_draft(
    session: Session, sender: Sender | None, actor: User | None, version_id: int, name: str, message: str = ""
) -> QuestionnaireVersion:
    """A new draft from any version, or from what a draft holds now.

    Raises VersionNotFound, NotAllowed, VersionExists.
    """
    source = get_draft(session, version_id)
    if actor is not None:
        rights.require(session, actor, source.questionnaire_id, "edit")
    taken = select(QuestionnaireVersion.id).where(
        QuestionnaireVersion.questionnaire_id == source.questionnaire_id, QuestionnaireVersion.name == name
    )
    if session.scalar(taken) is not None:
        raise VersionExists(name)
    document = _without_old_names(editing.apply(source.document, (editing.Put(0, "version", name),)).document)
    content = _shaped(document)
    if content is None:
        kept = session.get_one(QuestionnaireVersion, version_id).content
        old = editing.open_document(kept)
        content = editing.write_document(editing.apply(old, (editing.Put(0, "version", name),)).document)
    row = session.get_one(QuestionnaireRow, source.questionnaire_id)
    made = _new_version(session, row, name, content, actor, message, version_id)
    _begin(session, sender, made, document, actor)
    audit.record(session, actor, "derive-draft", f"{source.key} {name}", made_from=source.name)
    return made


def _without_old_names(document: Document) -> Document:
    """The document without the names of before the version that it is made from: they were about an earlier step."""
    gone = [editing.Put(one.element, "formerly", None) for one in document.nodes.values() if "formerly" in one.tree]
    return editing.apply(document, gone).document


def _shaped(document: Document) -> bytes | None:
    """The content of a document that has the shape of a version, whatever the checks say of it; None for none."""
    content = editing.write_document(document)
    try:
        definition.read_published(content)
    except DefinitionIsInvalid:
        return None
    return content


def _new_version(
    session: Session,
    row: QuestionnaireRow,
    name: str,
    content: bytes | None,
    actor: User | None,
    message: str,
    made_from: int | None,
) -> QuestionnaireVersion:
    assert content is not None
    version = QuestionnaireVersion(
        questionnaire=row,
        name=name,
        status="draft",
        format_number=definition.FORMAT,
        content=content,
        content_hash=hashlib.sha256(content).hexdigest(),
        created_at=now(),
        author_id=None if actor is None else actor.id,
        message=message.strip() or None,
        made_from_id=made_from,
    )
    session.add(version)
    session.flush()
    return version


def _begin(
    session: Session, sender: Sender | None, version: QuestionnaireVersion, document: Document, actor: User | None
) -> None:
    session.add(
        DraftRow(
            version_id=version.id,
            document=document.to_json(),
            revision=1,
            checked=0,
            problems=[],
            updated_at=now(),
            updated_by=None if actor is None else actor.id,
        )
    )
    session.flush()
    request(session, sender, CHECK_DRAFT, version.id)


# -- problems as they are kept --------------------------------------------------------------------


def encode_problems(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Problems as JSON."""
    return [
        {
            "code": one.code,
            "severity": one.severity.value,
            "path": one.place.path,
            "question": one.place.question,
            "page": one.place.page,
            "variable": one.place.variable,
            "data": dict(one.data),
        }
        for one in problems
    ]


def decode_problems(found: Iterable[Mapping[str, Any]]) -> tuple[Problem, ...]:
    """What `encode_problems` made."""
    return tuple(
        Problem(
            one["code"],
            Place(page=one["page"], question=one["question"], variable=one["variable"], path=one["path"]),
            Severity(one["severity"]),
            {key: tuple(value) if isinstance(value, list) else value for key, value in one["data"].items()},
        )
        for one in found
    )
