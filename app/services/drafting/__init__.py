"""Drafts: what is being designed, changed one saved edit after another, undone, seen by others, checked behind.

`checking` loads the solver and is for the worker alone; it is not imported here.
"""

from app.services.drafting.changing import (
    EditConflict,
    Edited,
    NothingToUndo,
    UndoIsBlocked,
    edit,
    last_edit,
    last_undone,
    redo,
    replace_content,
    revert_to,
    undo,
)
from app.services.drafting.keeping import (
    Draft,
    QuestionnaireExists,
    VersionExists,
    VersionIsFrozen,
    VersionNotFound,
    derive_draft,
    get_draft,
    start_draft,
)
from app.services.drafting.presence import Change, Presence, changes_since, history, others, pulse

__all__ = [
    "Change",
    "Draft",
    "EditConflict",
    "Edited",
    "NothingToUndo",
    "Presence",
    "QuestionnaireExists",
    "UndoIsBlocked",
    "VersionExists",
    "VersionIsFrozen",
    "VersionNotFound",
    "changes_since",
    "derive_draft",
    "edit",
    "get_draft",
    "history",
    "last_edit",
    "last_undone",
    "others",
    "pulse",
    "redo",
    "replace_content",
    "revert_to",
    "start_draft",
    "undo",
]
