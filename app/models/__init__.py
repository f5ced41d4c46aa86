"""The tables, one file per subject. Importing this package knows them all.

The database refuses impossible rows itself: every constraint has a name, every moment is aware UTC,
every closed list is checked. `accounts` alone imports Flask-Security.
"""

from app.models.accounts import Identity, Invited, Passkey, Role, SignIn, User
from app.models.audit import AuditEvent
from app.models.authoring import Questionnaire, QuestionnaireRight, QuestionnaireVersion
from app.models.base import Base
from app.models.doors import Attempt, Message, Salt, WaitingLine
from app.models.drafting import Comment, Draft, Edit, Passage, Presence, Preview, Review
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
    "Comment",
    "Comparison",
    "Confirmation",
    "Draft",
    "Edit",
    "Identity",
    "Import",
    "Invitation",
    "Invited",
    "Job",
    "Message",
    "PageEvent",
    "PaperForm",
    "Passage",
    "Passkey",
    "Presence",
    "Preview",
    "Proof",
    "Questionnaire",
    "QuestionnaireRight",
    "QuestionnaireVersion",
    "Response",
    "Review",
    "Role",
    "Salt",
    "ScreenOut",
    "Segment",
    "SignIn",
    "Snapshot",
    "Submission",
    "User",
    "WaitingLine",
    "Wave",
    "Weighting",
]
