"""The check of a draft, for the worker: its problems, its content once it is sound, the proof of it.

Nothing is computed inside a transaction. A check that is killed is asked for again by the sweep; one of an older
revision never overwrites what a later one found. This module loads the solver.
"""

from __future__ import annotations

import datetime as dt
import hashlib

from sqlalchemy import String, cast, delete, or_, select
from sqlalchemy.orm import Session

from app.db import Database, now
from app.models import Comparison as ComparisonRow
from app.models import Draft as DraftRow
from app.models import Proof as ProofRow
from app.models import QuestionnaireVersion
from app.services.drafting.keeping import encode_problems
from app.services.proving import keeping
from app.services.proving.running import prove_content
from questionnaires import definition, editing
from questionnaires.editing import Document, Reading
from questionnaires.model import Questionnaire

ROUNDS = 5
"""A draft that is edited faster than it is checked is looked at so many times, then left to the next hint."""
PATIENCE = dt.timedelta(seconds=10)
"""A proof that was not made so long after the last edit was lost with its process."""
QUIET = dt.timedelta(seconds=15)
"""While somebody works, versions are not compared: it is dearer than the proof, and nobody looks yet."""
FRESH = dt.timedelta(hours=1)
OUTLIVED = dt.timedelta(hours=1)
"""What was proven of a content that a draft no longer has is kept so long: an undo finds it again."""
FORGOTTEN_AT_ONCE = 1000


def check_draft(database: Database, version_id: int) -> None:
    """Check a draft until its last revision is checked, keep its problems, and prove it when nothing prevents."""
    model: Questionnaire | None = None
    for _round in range(ROUNDS):
        with database.reading() as session:
            found = _to_check(session, version_id)
        if found is None:
            break
        document, revision = found
        reading = editing.read_document(document)
        model = reading.questionnaire
        content = None if reading.questionnaire is None else definition.write(reading.questionnaire)
        with database.transaction() as session:
            _keep(session, version_id, revision, reading, content)
    _prove(database, version_id, model)


def _to_check(session: Session, version_id: int) -> tuple[Document, int] | None:
    row = session.get(DraftRow, version_id)
    version = session.get(QuestionnaireVersion, version_id)
    if row is None or version is None or version.status != "draft" or row.checked == row.revision:
        return None
    return Document.from_json(row.document), row.revision


def _keep(session: Session, version_id: int, revision: int, reading: Reading, content: bytes | None) -> None:
    version = session.get(QuestionnaireVersion, version_id, with_for_update=True, populate_existing=True)
    row = session.get(DraftRow, version_id, with_for_update=True, populate_existing=True)
    if version is None or row is None or version.status != "draft" or row.checked >= revision:
        return
    row.problems, row.checked = encode_problems(reading.problems), revision
    if content is None or row.revision != revision:
        return
    content_hash = hashlib.sha256(content).hexdigest()
    if content_hash != version.content_hash:
        known = version.content_hash
        version.content, version.content_hash = content, content_hash
        session.flush()
        _expect_proof(session, content_hash, known)


def _expect_proof(session: Session, content_hash: str, known_hash: str) -> None:
    before = keeping.find_proof(session, known_hash)
    if before is not None and before.status != "done":
        # That content was changed before it was proven: what is known is what was known of it.
        known_hash = before.known_hash or known_hash
    if keeping.find_proof(session, content_hash) is None:
        session.add(
            ProofRow(
                content_hash=content_hash, engine=keeping.ENGINE, status="queued", known_hash=known_hash, waivers=[]
            )
        )
        session.flush()


def _prove(database: Database, version_id: int, model: Questionnaire | None) -> None:
    """Prove the content of a draft whose last check found it sound, with the respondents of the content before.

    `model`: the version that it describes, where it was just read.
    """
    with database.transaction() as session:
        version = session.get(QuestionnaireVersion, version_id)
        draft = session.get(DraftRow, version_id)
        if version is None or draft is None or draft.checked != draft.revision:
            return
        if any(one["severity"] == "blocking" for one in draft.problems):
            return
        content, content_hash = version.content, version.content_hash
        row = keeping.find_proof(session, content_hash, is_locked=True)
        if row is not None and keeping.is_done(row):
            return
        before = None if row is None else keeping.known_of(row, session)
    try:
        proof = prove_content(content, () if before is None else before.covering, model=model)
    except Exception as error:
        with database.transaction() as session:
            row = keeping.find_proof(session, content_hash, is_locked=True)
            if row is not None and not keeping.is_done(row):
                row.status, row.problem = "failed", type(error).__name__
        raise
    with database.transaction() as session:
        keeping.keep_proof(session, content_hash, proof)


def drafts_to_check(session: Session) -> list[int]:
    """Drafts whose last edit has not been checked, or whose content has waited long for its proof."""
    drafts = select(DraftRow.version_id).join(QuestionnaireVersion, QuestionnaireVersion.id == DraftRow.version_id)
    drafts = drafts.where(QuestionnaireVersion.status == "draft")
    unproven = drafts.join(ProofRow, ProofRow.content_hash == QuestionnaireVersion.content_hash).where(
        ProofRow.status == "queued",
        ProofRow.engine == keeping.ENGINE,
        ProofRow.job_id.is_(None),
        DraftRow.updated_at < now() - PATIENCE,
    )
    unchecked = drafts.where(DraftRow.checked < DraftRow.revision)
    return sorted({*session.scalars(unchecked), *session.scalars(unproven)})


def drafts_to_compare(session: Session) -> list[int]:
    """Drafts that are sound and quiet, and not compared yet with the version published before."""
    drafts = select(DraftRow.version_id).join(QuestionnaireVersion, QuestionnaireVersion.id == DraftRow.version_id)
    quiet = drafts.where(
        QuestionnaireVersion.status == "draft",
        DraftRow.checked == DraftRow.revision,
        DraftRow.updated_at < now() - QUIET,
        DraftRow.updated_at > now() - FRESH,
    )
    return [one for one in session.scalars(quiet) if _lacks_comparison(session, one)]


def _lacks_comparison(session: Session, version_id: int) -> bool:
    old = keeping.published_before(session, session.get_one(QuestionnaireVersion, version_id))
    return old is not None and keeping.comparison_of(session, old.id, version_id).status == "absent"


def forget_old_proofs(session: Session) -> int:
    """Delete what was proven and compared of contents that no version has any more, but for what a person let pass.

    Gives how many were deleted. Each edit of a draft that leaves it sound makes such a content.
    """
    held = select(QuestionnaireVersion.content_hash)
    proofs = select(ProofRow.id).where(
        or_(ProofRow.made_at.is_(None), ProofRow.made_at < now() - OUTLIVED),
        ProofRow.content_hash.not_in(held),
        cast(ProofRow.waivers, String) == "[]",
    )
    compared = select(ComparisonRow.id).where(
        ComparisonRow.made_at < now() - OUTLIVED,
        or_(ComparisonRow.old_hash.not_in(held), ComparisonRow.new_hash.not_in(held)),
    )
    gone = 0
    for table, found in ((ProofRow, proofs), (ComparisonRow, compared)):
        ids = session.scalars(found.limit(FORGOTTEN_AT_ONCE)).all()
        if ids:
            session.execute(delete(table).where(table.id.in_(ids)))
        gone += len(ids)
    return gone
