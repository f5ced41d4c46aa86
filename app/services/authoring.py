"""Questionnaires and versions: read from files, published, found again."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.db import now
from app.jobs import Sender
from app.models import Draft as DraftRow
from app.models import Questionnaire as QuestionnaireRow
from app.models import QuestionnaireVersion, User
from app.services import audit, drafting, ledgers, proving, reviewing, rights
from app.services.drafting import VersionIsFrozen as VersionIsFrozen
from app.services.drafting import VersionNotFound as VersionNotFound
from app.services.proving import keeping
from app.services.remembering import Remembered
from questionnaires import definition
from questionnaires.model import LocalText, Questionnaire
from questionnaires.problems import Severity
from questionnaires.proofs.respondents import Finding

KEPT_MODELS = 64
MESSAGE_LENGTH = 1000


class ContentHasChanged(Exception):
    """The draft has other content than the one that was read before publishing it."""


class VersionIsUnproven(Exception):
    """The proof of this content, or its comparison with the version published before, is not there yet."""


class VersionHasFindings(Exception):
    """The proof found what keeps a version from being asked, and nobody waived it by name."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(", ".join(proving.finding_key(one.problem) for one in findings))


class ChangesAreUnconfirmed(Exception):
    """Variables changed since the version published before, and nobody has confirmed what that means."""

    def __init__(self, variables: Sequence[str]) -> None:
        self.variables = tuple(variables)
        super().__init__(", ".join(variables))


class ReviewIsMissing(Exception):
    """Nobody else has approved this very content, where a second person is required."""


class DraftIsUnsettled(Exception):
    """What the draft holds is not what the version has: it is not checked yet, or something in it blocks."""


@dataclass(frozen=True, slots=True)
class VersionSummary:
    """A version as lists show it."""

    id: int
    questionnaire_key: str
    name: str
    status: str
    created_at: dt.datetime
    published_at: dt.datetime | None
    content_hash: str
    question_count: int
    questionnaire_id: int = 0


@dataclass(frozen=True, slots=True)
class QuestionnaireSummary:
    """A questionnaire and its versions, the latest first."""

    id: int
    key: str
    title: LocalText
    population: str
    versions: tuple[VersionSummary, ...]


_models = Remembered[str, Questionnaire](KEPT_MODELS)
"""Parsed versions by content hash: a published version never changes, so it is read once a process."""


def read_model(session: Session, version_id: int, content_hash: str) -> Questionnaire:
    """The model of a version; asks the database for its file only the first time in this process."""
    found = _models.get(content_hash)
    if found is None:
        content = session.scalar(select(QuestionnaireVersion.content).where(QuestionnaireVersion.id == version_id))
        if content is None:
            raise VersionNotFound(version_id)
        found = definition.read_published(content)
        _models.put(content_hash, found)
    return found


def _questionnaire(session: Session, key: str) -> QuestionnaireRow:
    """The questionnaire of this key, made here where there is none."""
    row = session.scalar(select(QuestionnaireRow).where(QuestionnaireRow.key == key))
    if row is None:
        row = QuestionnaireRow(key=key, created_at=now())
        session.add(row)
        session.flush()
    return row


def import_version(
    session: Session, data: bytes, actor: User | None = None, sender: Sender | None = None
) -> QuestionnaireVersion:
    """Keep a questionnaire file as a draft; the same content twice is the same version.

    New content is to be proven: that is asked for here, or kept where this process has proven it already.
    Raises DefinitionIsInvalid with every problem of the file, VersionIsFrozen when a published version has
    this name and other content, NotAllowed for an `actor` who may not edit the questionnaire.
    """
    model = definition.read(data)
    content_hash = hashlib.sha256(data).hexdigest()
    row = _questionnaire(session, model.name)
    if actor is not None:
        rights.require(session, actor, row.id, "edit")
    version = session.scalar(
        select(QuestionnaireVersion)
        .where(QuestionnaireVersion.questionnaire_id == row.id, QuestionnaireVersion.name == model.version)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    known_hash: str | None = None
    if version is None:
        version = QuestionnaireVersion(
            questionnaire=row,
            name=model.version,
            status="draft",
            format_number=definition.FORMAT,
            content=data,
            content_hash=content_hash,
            created_at=now(),
        )
        session.add(version)
        session.flush()
    elif version.content_hash == content_hash:
        return version
    elif version.status != "draft":
        raise VersionIsFrozen(f"{model.name} {model.version}")
    elif session.get(DraftRow, version.id) is not None:
        # Somebody designs it: the file is one more edit, which can be undone; its check makes it the content.
        drafting.replace_content(session, sender, actor, version.id, data)
    else:
        known_hash = version.content_hash
        version.content, version.content_hash = data, content_hash
        session.flush()
    proving.request_proof(session, sender, version.id, known_hash)
    audit.record(session, actor, "import-version", f"{model.name} {model.version}", hash=content_hash)
    return version


def publish_version(
    session: Session,
    version_id: int,
    actor: User | None = None,
    seen: str | None = None,
    *,
    message: str | None = None,
    needs_review: bool = False,
) -> QuestionnaireVersion:
    """Freeze a draft; publishing a published version changes nothing.

    What it rests on was made before, by the worker or by this process (`proving.running`): nothing is proven here.
    `seen`: the content hash of what the person read; another content is not published for it. `message`: what is
    said of the version, kept with it. `needs_review`: whether a second person must have approved it; nobody asks
    that of the command line, which acts without an actor. Raises VersionNotFound, and what `require_ready` does.
    """
    # What this session has read of it before the lock may have changed since.
    version = session.get(QuestionnaireVersion, version_id, with_for_update=True, populate_existing=True)
    if version is None:
        raise VersionNotFound(version_id)
    if version.status == "draft":
        require_ready(session, version, actor, seen, needs_review=needs_review)
        version.status, version.published_at = "published", now()
        version.published_by = actor.id if actor else None
        version.publishes_at = version.scheduled_by = version.schedule_problem = None
        version.message = message.strip()[:MESSAGE_LENGTH] if message and message.strip() else version.message
        subject = f"{version.questionnaire.key} {version.name}"
        audit.record(session, actor, "publish-version", subject, hash=version.content_hash)
    return version


def require_ready(
    session: Session,
    version: QuestionnaireVersion,
    actor: User | None,
    seen: str | None = None,
    *,
    needs_review: bool = False,
) -> None:
    """Refuse to publish a version that may not be.

    Raises NotAllowed, ContentHasChanged, DraftIsUnsettled, VersionIsUnproven, VersionHasFindings,
    ChangesAreUnconfirmed, ReviewIsMissing.
    """
    if actor is not None:
        rights.require(session, actor, version.questionnaire_id, "publish")
    if seen is not None and seen != version.content_hash:
        raise ContentHasChanged(version.id)
    if not is_settled(session, version.id):
        raise DraftIsUnsettled(version.id)
    _require_proof(session, version)
    if needs_review and actor is not None and not reviewing.is_approved(session, version):
        raise ReviewIsMissing(version.id)


def is_settled(session: Session, version_id: int) -> bool:
    """Whether a version holds what its draft holds, checked and sound."""
    row = session.get(DraftRow, version_id, populate_existing=True)
    if row is None:
        return True
    blocking = any(one["severity"] == Severity.BLOCKING.value for one in row.problems)
    return row.checked == row.revision and not blocking


def _require_proof(session: Session, version: QuestionnaireVersion) -> None:
    """Refuse a version that is not proven, not clean, or changed without anybody having confirmed the change.

    What this process has proven or compared is kept now.
    """
    state = proving.proof_of(session, version.id)
    if state.proof is None:
        raise VersionIsUnproven(version.id)
    if state.blocking:
        raise VersionHasFindings(state.blocking)
    keeping.keep_proof(session, version.content_hash, state.proof)
    old = proving.published_before(session, version)
    if old is None:
        return
    comparison = proving.comparison_of(session, old.id, version.id).comparison
    waiting = ledgers.unconfirmed(session, version.id)
    if comparison is None or waiting is None:
        raise VersionIsUnproven(version.id)
    keeping.keep_comparison(session, old.content_hash, version.content_hash, comparison)
    if waiting:
        raise ChangesAreUnconfirmed(waiting)


def get_version(session: Session, version_id: int) -> tuple[VersionSummary, Questionnaire]:
    """A version and its model; raises VersionNotFound."""
    version = session.get(QuestionnaireVersion, version_id, options=[joinedload(QuestionnaireVersion.questionnaire)])
    if version is None:
        raise VersionNotFound(version_id)
    model = read_model(session, version.id, version.content_hash)
    return _summary(version, model), model


def find_version(session: Session, questionnaire_key: str, name: str) -> VersionSummary | None:
    """The version of this name, if there is one."""
    version_id = session.scalar(
        select(QuestionnaireVersion.id)
        .join(QuestionnaireVersion.questionnaire)
        .where(QuestionnaireRow.key == questionnaire_key, QuestionnaireVersion.name == name)
    )
    return None if version_id is None else get_version(session, version_id)[0]


def published_models(session: Session, questionnaire_key: str, *, but: int) -> list[Questionnaire]:
    """The models of the versions of a questionnaire that were published, without one version."""
    asked = (
        select(QuestionnaireVersion.id, QuestionnaireVersion.content_hash)
        .join(QuestionnaireVersion.questionnaire)
        .where(QuestionnaireRow.key == questionnaire_key, QuestionnaireVersion.status != "draft")
        .where(QuestionnaireVersion.id != but)
    )
    return [read_model(session, version_id, content_hash) for version_id, content_hash in session.execute(asked)]


def list_questionnaires(session: Session) -> list[QuestionnaireSummary]:
    """Every questionnaire with its versions, by key."""
    rows = session.scalars(
        select(QuestionnaireRow).options(joinedload(QuestionnaireRow.versions)).order_by(QuestionnaireRow.key)
    ).unique()
    summaries = []
    for row in rows:
        models = [(version, read_model(session, version.id, version.content_hash)) for version in row.versions]
        if models:
            latest = models[-1][1]
            versions = tuple(_summary(version, model) for version, model in reversed(models))
            summaries.append(QuestionnaireSummary(row.id, row.key, latest.title, latest.population, versions))
    return summaries


def _summary(version: QuestionnaireVersion, model: Questionnaire) -> VersionSummary:
    return VersionSummary(
        id=version.id,
        questionnaire_key=model.name,
        name=version.name,
        status=version.status,
        created_at=version.created_at,
        published_at=version.published_at,
        content_hash=version.content_hash,
        question_count=len(model.questions),
        questionnaire_id=version.questionnaire_id,
    )
