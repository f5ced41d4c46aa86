"""The tables, one file per subject. Importing this package knows them all.

The database refuses impossible rows itself: every constraint has a name, every moment is aware UTC,
every closed list is checked. `accounts` alone imports Flask-Security.
"""

from app.models.accounts import Role, User
from app.models.audit import AuditEvent
from app.models.authoring import Questionnaire, QuestionnaireVersion
from app.models.base import Base
from app.models.doors import Attempt, Message, Salt, WaitingLine
from app.models.fieldwork import Invitation, PaperForm, ScreenOut, Wave
from app.models.folding import Segment, Snapshot, Weighting
from app.models.imports import Import
from app.models.jobs import Job
from app.models.proving import Comparison, Confirmation, Proof
from app.models.responding import PageEvent, Response, Submission

__all__ = [
    "Attempt",
    "AuditEvent",
    "Base",
    "Comparison",
    "Confirmation",
    "Import",
    "Invitation",
    "Job",
    "Message",
    "PageEvent",
    "PaperForm",
    "Proof",
    "Questionnaire",
    "QuestionnaireVersion",
    "Response",
    "Role",
    "Salt",
    "ScreenOut",
    "Segment",
    "Snapshot",
    "Submission",
    "User",
    "WaitingLine",
    "Wave",
    "Weighting",
]
