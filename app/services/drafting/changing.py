"""Changes of a draft: each saved at once with what undoes it, so that nothing is lost and all can be taken back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import now
from app.jobs import CHECK_DRAFT, Sender, request
from app.models import Draft as DraftRow
from app.models import Edit as EditRow
from app.models import QuestionnaireVersion, User
from app.services import audit
from app.services.drafting.keeping import Draft, as_draft, document_of, keep_document, lock_draft
from questionnaires import editing
from questionnaires.editing import (
    Document,
    Move,
    Operation,
    OperationDoesNotApply,
    Put,
    Remove,
    Tree,
    ValueHasChanged,
)

SAME_TYPING = dt.timedelta(seconds=20)
"""Edits of one value by one person that follow so closely are one edit: nobody undoes letter after letter."""
UNDOABLE = ("edit", "redo", "restore")
FIXED_KEYS = frozenset(("questionnaire", "version", "format"))
"""What identifies a version: not changed by an edit."""


class EditConflict(Exception):
    """Somebody changed a value since its author saw it: both values, who, and when. Nothing was changed."""

    def __init__(
        self, element: int, key: str, theirs: Tree | None, mine: Tree | None, author: str, at: dt.datetime | None
    ) -> None:
        self.element, self.key, self.theirs, self.mine, self.author, self.at = element, key, theirs, mine, author, at
        super().__init__(f"{key} of {element}")


class NothingToUndo(Exception):
    """This person has done nothing in this draft that can be taken back (or done again)."""


class UndoIsBlocked(Exception):
    """Somebody else built on what was to be undone."""


@dataclass(frozen=True, slots=True)
class Edited:
    """A draft after a change: what was touched, and the elements that are new."""

    draft: Draft
    touched: frozenset[int]
    made: tuple[int, ...] = ()
    label: Mapping[str, Any] | None = None


def edit(
    session: Session,
    sender: Sender | None,
    actor: User | None,
    version_id: int,
    operations: Sequence[Operation],
    label: Mapping[str, Any],
) -> Edited:
    """Change a draft; operations that change nothing are no edit.

    Raises VersionNotFound, NotAllowed, VersionIsFrozen, EditConflict, OperationDoesNotApply.
    """
    version, row = lock_draft(session, version_id, actor)
    document = document_of(session, row)
    if not operations:
        return Edited(as_draft(session, version, row), frozenset())
    for one in operations:
        if isinstance(one, Put) and one.element == 0 and one.key in FIXED_KEYS:
            raise OperationDoesNotApply("key", 0)
    try:
        applied = editing.apply(document, operations)
    except ValueHasChanged as error:
        raise _conflict(session, version_id, error, operations) from None
    _keep(session, sender, actor, row, applied.document)
    if not _joins_the_last(session, row, actor, operations, label):
        _record(session, row, actor, "edit", label, operations, applied)
    _lose_schedule(session, version, actor)
    made = tuple(sorted(applied.document.nodes.keys() - document.nodes.keys()))
    return Edited(as_draft(session, version, row), applied.touched, made, label)


def undo(session: Session, sender: Sender | None, actor: User, version_id: int, once: str = "") -> Edited:
    """Take back this person's last change still standing, `once` in its label. Raises NothingToUndo, UndoIsBlocked."""
    version, row = lock_draft(session, version_id, actor)
    last = last_edit(session, version_id, actor.id)
    if last is None:
        raise NothingToUndo(version_id)
    return _taken_back(session, sender, actor, version, row, last, "undo", once)


def redo(session: Session, sender: Sender | None, actor: User, version_id: int, once: str = "") -> Edited:
    """Do again what this person took back last, unless they changed something since. Raises as `undo`."""
    version, row = lock_draft(session, version_id, actor)
    last = last_undone(session, version_id, actor.id)
    if last is None:
        raise NothingToUndo(version_id)
    return _taken_back(session, sender, actor, version, row, last, "redo", once)


def revert_to(session: Session, sender: Sender | None, actor: User | None, version_id: int, revision: int) -> Edited:
    """Bring a draft back to what it was after an edit, by one edit that can be undone itself."""
    version, row = lock_draft(session, version_id, actor)
    asked = select(EditRow).where(EditRow.version_id == version_id, EditRow.revision > revision)
    later = session.scalars(asked.order_by(EditRow.revision.desc())).all()
    operations = [editing.operation_from_json(one) for found in later for one in found.inverse]
    return _restored(session, sender, actor, version, row, operations, {"act": "revert", "revision": revision})


def replace_content(
    session: Session, sender: Sender | None, actor: User | None, version_id: int, content: bytes
) -> Edited:
    """Give a draft the content of a file, by one edit: what stood there can be had back."""
    version, row = lock_draft(session, version_id, actor)
    document, new = document_of(session, row), editing.open_document(content)
    fresh = editing.plain(new.root)
    operations = [Put(0, key, None) for key in document.root if key not in fresh]
    operations += [Put(0, key, value) for key, value in fresh.items() if editing.plain(document.root.get(key)) != value]
    return _restored(session, sender, actor, version, row, operations, {"act": "import"})


def last_edit(session: Session, version_id: int, user_id: int) -> EditRow | None:
    """What `undo` would take back."""
    asked = select(EditRow).where(
        EditRow.version_id == version_id,
        EditRow.author_id == user_id,
        EditRow.kind.in_(UNDOABLE),
        EditRow.undone.is_(False),
    )
    return session.scalar(asked.order_by(EditRow.revision.desc()).limit(1))


def last_undone(session: Session, version_id: int, user_id: int) -> EditRow | None:
    """What `redo` would do again."""
    mine = select(EditRow).where(EditRow.version_id == version_id, EditRow.author_id == user_id)
    found = session.scalar(
        mine.where(EditRow.kind == "undo", EditRow.undone.is_(False)).order_by(EditRow.revision.desc()).limit(1)
    )
    if found is None:
        return None
    newer = mine.where(EditRow.kind.in_(("edit", "restore")), EditRow.revision > found.revision)
    return None if session.scalar(newer.limit(1)) is not None else found


# -- parts ----------------------------------------------------------------------------------------


def _restored(
    session: Session,
    sender: Sender | None,
    actor: User | None,
    version: QuestionnaireVersion,
    row: DraftRow,
    operations: Sequence[Operation],
    label: Mapping[str, Any],
) -> Edited:
    applied = editing.apply(document_of(session, row), operations)
    if operations:
        _keep(session, sender, actor, row, applied.document)
        _record(session, row, actor, "restore", label, operations, applied)
        _lose_schedule(session, version, actor)
        audit.record(session, actor, "restore-draft", f"version {version.id}", act=label["act"])
    return Edited(as_draft(session, version, row), applied.touched, (), label)


def _taken_back(
    session: Session,
    sender: Sender | None,
    actor: User,
    version: QuestionnaireVersion,
    row: DraftRow,
    last: EditRow,
    kind: str,
    once: str,
) -> Edited:
    done = [editing.operation_from_json(one) for one in last.operations]
    operations = _guarded([editing.operation_from_json(one) for one in last.inverse], done)
    document = document_of(session, row)
    if _is_built_upon(session, document, last, operations, done):
        raise UndoIsBlocked(last.id)
    try:
        applied = editing.apply(document, operations)
    except (ValueHasChanged, OperationDoesNotApply) as error:
        raise UndoIsBlocked(last.id) from error
    last.undone = True
    _keep(session, sender, actor, row, applied.document)
    _record(session, row, actor, kind, {**last.label, "once": once}, operations, applied)
    _lose_schedule(session, version, actor)
    return Edited(as_draft(session, version, row), applied.touched, (), last.label)


def _guarded(inverse: Sequence[Operation], done: Sequence[Operation]) -> list[Operation]:
    """The inverse, where each value that it gives back must still be the one that the edit gave."""
    guarded: list[Operation] = []
    for back, forth in zip(inverse, reversed(done), strict=True):
        if isinstance(back, Put) and isinstance(forth, Put) and back.key == forth.key:
            # A list is given numbers when it is put: it is not the one that the operation holds.
            before = editing.UNSAID if isinstance(forth.value, list) else forth.value
            guarded.append(replace(back, before=before))
        else:
            guarded.append(back)
    return guarded


def _is_built_upon(
    session: Session, document: Document, last: EditRow, operations: Sequence[Operation], done: Sequence[Operation]
) -> bool:
    """Whether taking an edit back would take away what somebody else did since: a value alone is `_guarded`."""
    asked = select(EditRow).where(
        EditRow.version_id == last.version_id,
        EditRow.revision > last.revision,
        EditRow.author_id.is_distinct_from(last.author_id),
        EditRow.kind.in_(UNDOABLE),
        EditRow.undone.is_(False),
    )
    later = session.scalars(asked).all()
    lost: set[int] = set()
    for back, forth in zip(operations, reversed(done), strict=True):
        # The numbers of elements that are replaced as a whole, or of a text whose only language is taken back.
        if isinstance(back, Remove) or (isinstance(back, Put) and _holds_elements(back, forth)):
            lost |= _inside(document, back.element)
        elif isinstance(back, Put) and isinstance(forth, Put) and back.key != forth.key:
            lost.add(back.element)
    moved = {one.element for one in operations if isinstance(one, Move)}
    moves = {one["element"] for edit in later for one in edit.operations if one["do"] == "move"}
    return bool(moved & moves) or any(lost.intersection(one.touched) for one in later)


def _holds_elements(*puts: Operation) -> bool:
    return any(isinstance(one, Put) and isinstance(one.value, list) for one in puts)


def _inside(document: Document, element: int) -> set[int]:
    """An element and all that is in it; nothing where it is gone."""
    if element not in document.nodes:
        return set()
    within = (_inside(document, one.element) for one in editing.children(document, element))
    return {element}.union(*within)


def _keep(session: Session, sender: Sender | None, actor: User | None, row: DraftRow, document: Document) -> None:
    row.document, row.revision = document.to_json(), row.revision + 1
    row.updated_at, row.updated_by = now(), None if actor is None else actor.id
    keep_document(session, row, document)
    request(session, sender, CHECK_DRAFT, row.version_id)


def _record(
    session: Session,
    row: DraftRow,
    actor: User | None,
    kind: str,
    label: Mapping[str, Any],
    operations: Iterable[Operation],
    applied: editing.Applied,
) -> None:
    session.add(
        EditRow(
            version_id=row.version_id,
            revision=row.revision,
            author_id=None if actor is None else actor.id,
            at=now(),
            kind=kind,
            label=dict(label),
            operations=[one.to_json() for one in operations],
            inverse=[one.to_json() for one in applied.inverse],
            touched=sorted(applied.touched),
        )
    )
    session.flush()


def _joins_the_last(
    session: Session, row: DraftRow, actor: User | None, operations: Sequence[Operation], label: Mapping[str, Any]
) -> bool:
    """Whether an edit went into the last one, which it only continues: the same value, the same person, at once."""
    if len(operations) != 1 or not isinstance(operations[0], Put) or actor is None:
        return False
    put = operations[0]
    asked = select(EditRow).where(EditRow.version_id == row.version_id).order_by(EditRow.revision.desc()).limit(1)
    last = session.scalar(asked)
    if last is None or last.author_id != actor.id or last.kind != "edit" or last.undone:
        return False
    before = [editing.operation_from_json(one) for one in last.operations]
    is_same = (
        len(before) == 1
        and isinstance(before[0], Put)
        and (before[0].element, before[0].key)
        == (
            put.element,
            put.key,
        )
    )
    if not is_same or now() - last.at > SAME_TYPING:
        return False
    last.revision, last.at, last.label = row.revision, now(), dict(label)
    last.operations = [replace(put, before=editing.UNSAID).to_json()]
    session.flush()
    return True


def _lose_schedule(session: Session, version: QuestionnaireVersion, actor: User | None) -> None:
    """What was to be published later was another content."""
    if version.publishes_at is not None:
        version.publishes_at, version.scheduled_by, version.schedule_problem = None, None, "edited"
        audit.record(session, actor, "cancel-schedule", f"version {version.id}", reason="edited")


def _conflict(
    session: Session, version_id: int, error: ValueHasChanged, operations: Sequence[Operation]
) -> EditConflict:
    puts = (one for one in operations if isinstance(one, Put))
    mine = next((one.value for one in puts if (one.element, one.key) == (error.element, error.key)), None)
    asked = select(EditRow).where(EditRow.version_id == version_id).order_by(EditRow.revision.desc()).limit(50)
    by = next((one for one in session.scalars(asked) if error.element in one.touched), None)
    author = None if by is None or by.author_id is None else session.get(User, by.author_id)
    name = "" if author is None else author.name
    return EditConflict(error.element, error.key, error.theirs, mine, name, None if by is None else by.at)
