"""Who may read, edit and publish a questionnaire.

An administrator may everything. A designer may everything on a questionnaire whose rights nobody has set, else what
stands beside their name. Nobody else may anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.models import Questionnaire, QuestionnaireRight, User
from app.services import audit

RIGHTS = ("read", "edit", "publish")
"""From the least to the most: each holds those before it."""


class NotAllowed(Exception):
    """This account may not do this; the web answers 403 and writes it into the audit log."""

    def __init__(self, right: str, subject: str) -> None:
        self.right, self.subject = right, subject
        super().__init__(f"{right} {subject}")


class RightIsUnknown(ValueError):
    """There is no such right, questionnaire or designer."""


def may(session: Session, user: User, questionnaire_id: int, right: str) -> bool:
    """Whether `user` has `right` (or a larger one) on a questionnaire. Raises RightIsUnknown."""
    if right not in RIGHTS:
        raise RightIsUnknown(right)
    if not user.active:
        return False
    if user.has_role("administrator"):
        return True
    if not user.has_role("designer"):
        return False
    held = rights_of(session, questionnaire_id)
    if not held:
        return True
    own = held.get(user.id)
    return own is not None and RIGHTS.index(own) >= RIGHTS.index(right)


def require(session: Session, user: User, questionnaire_id: int, right: str) -> None:
    """Go on only if `user` has `right` on the questionnaire. Raises NotAllowed, RightIsUnknown."""
    if not may(session, user, questionnaire_id, right):
        raise NotAllowed(right, f"questionnaire {questionnaire_id}")


def rights_of(session: Session, questionnaire_id: int) -> Mapping[int, str]:
    """Account -> right of those who are named; empty: every designer has every right."""
    named = select(QuestionnaireRight.user_id, QuestionnaireRight.right)
    rows = session.execute(named.filter_by(questionnaire_id=questionnaire_id))
    return {row.user_id: row.right for row in rows}


def set_rights(session: Session, actor: User | None, questionnaire_id: int, rights: Mapping[int, str]) -> None:
    """Name who may what on a questionnaire; with nobody named it is open to every designer again.

    Raises RightIsUnknown, NotAllowed (only an administrator, or the command line, may).
    """
    subject = f"questionnaire {questionnaire_id}"
    if actor is not None and not actor.has_role("administrator"):
        raise NotAllowed("rights", subject)
    known = session.get(Questionnaire, questionnaire_id) is not None
    people = set(session.scalars(select(User.id).where(User.id.in_(list(rights)))))
    if not known or people != set(rights) or not set(rights.values()) <= set(RIGHTS):
        raise RightIsUnknown(subject)
    session.execute(delete(QuestionnaireRight).where(QuestionnaireRight.questionnaire_id == questionnaire_id))
    session.add_all(
        QuestionnaireRight(questionnaire_id=questionnaire_id, user_id=user, right=right)
        for user, right in rights.items()
    )
    session.flush()
    named = {str(user): right for user, right in rights.items()}
    audit.record(session, actor, "set-rights", subject, rights=named)
