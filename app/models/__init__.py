"""The tables, one file per subject. Importing this package knows them all.

The database refuses impossible rows itself: every constraint has a name, every moment is aware UTC,
every closed list is checked. `accounts` alone imports Flask-Security.
"""

from app.models.accounts import Role, User
from app.models.audit import AuditEvent
from app.models.authoring import Questionnaire, QuestionnaireVersion
from app.models.base import Base
from app.models.fieldwork import ScreenOut, Wave
from app.models.folding import Segment, Snapshot, Weighting
from app.models.jobs import Job
from app.models.responding import Response, Submission

__all__ = [
    "AuditEvent",
    "Base",
    "Job",
    "Questionnaire",
    "QuestionnaireVersion",
    "Response",
    "Role",
    "ScreenOut",
    "Segment",
    "Snapshot",
    "Submission",
    "User",
    "Wave",
    "Weighting",
]
