"""The audit log: every act of the staff on something that matters, in the act's own transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.db import now
from app.models import AuditEvent, User


def record(session: Session, actor: User | None, action: str, subject: str, **data: Any) -> None:
    """Append one event; `actor` is None for the command line and the worker."""
    session.add(AuditEvent(at=now(), user_id=actor.id if actor else None, action=action, subject=subject, data=data))
