"""Proving and comparing, for the worker and the command line: this module loads the solver.

What is found is a pure function of the contents, and is computed outside of any transaction; a task that is killed
is run again and finds the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import Database
from app.models import Questionnaire, QuestionnaireVersion
from app.services import jobs
from app.services.proving import keeping
from app.services.remembering import Remembered
from questionnaires import definition
from questionnaires.comparison import Comparison
from questionnaires.comparison.comparing import compare
from questionnaires.model import Questionnaire as Model
from questionnaires.proofs.proving import prove
from questionnaires.proofs.respondents import Proof, Respondent

Progress = Callable[[int, int], None]
KEPT_MODELS = 256
_models = Remembered[str, Model](KEPT_MODELS)


def prove_content(
    content: bytes,
    known: Iterable[Respondent] = (),
    progress: Progress | None = None,
    model: Model | None = None,
) -> Proof:
    """The proof of a file that reads well; one that this process has made or read is not made again.

    `model`: the version of the file, where it was read already.
    """
    content_hash = hashlib.sha256(content).hexdigest()

    def made() -> Proof:
        return prove(model or definition.read_published(content), known=tuple(known), progress=progress)

    return keeping.proofs.of(content_hash, made)


def compare_contents(old: bytes, new: bytes) -> Comparison:
    """The comparison of two files that read well, with the proof of their bases; remembered as proofs are."""
    pair = hashlib.sha256(old).hexdigest(), hashlib.sha256(new).hexdigest()
    return keeping.comparisons.of(pair, lambda: compare(definition.read_published(old), definition.read_published(new)))


def prove_version(database: Database, version_id: int, job_id: int | None = None) -> None:
    """Prove a version and compare it with the one published before; what is kept already is not made again."""
    with database.transaction() as session:
        version = session.get(QuestionnaireVersion, version_id)
        if version is None:
            return
        content, content_hash = version.content, version.content_hash
        row = keeping.find_proof(session, content_hash, is_locked=True)
        is_proven = row is not None and keeping.is_done(row)
        if row is not None and not is_proven:
            row.status, row.result, row.made_at = "running", None, None
        before = None if row is None else keeping.known_of(row, session)
    if not is_proven:
        tell = None if job_id is None else partial(jobs.advance, database, job_id)
        proof = prove_content(content, () if before is None else before.covering, tell)
        with database.transaction() as session:
            keeping.keep_proof(session, content_hash, proof)
    with database.reading() as session:
        old = keeping.published_before(session, session.get_one(QuestionnaireVersion, version_id))
    if old is not None:
        compare_versions(database, old.id, version_id)


def compare_versions(database: Database, old_id: int, new_id: int) -> None:
    """Compare two versions and keep what is found, unless it is kept already."""
    with database.reading() as session:
        old, new = session.get_one(QuestionnaireVersion, old_id), session.get_one(QuestionnaireVersion, new_id)
        row = keeping.find_comparison(session, old.content_hash, new.content_hash)
        if row is not None and keeping.is_done(row):
            return
    comparison = compare_contents(old.content, new.content)
    with database.transaction() as session:
        keeping.keep_comparison(session, old.content_hash, new.content_hash, comparison)


def prepare_publication(database: Database, contents: Sequence[bytes]) -> None:
    """Prove files that the next transaction publishes in this order, and compare each with the version before it.

    What is found stays in the memory of this process, where `authoring.publish_version` takes it.
    """
    earlier: dict[str, bytes] = {}
    for content in contents:
        model = _read(content)
        prove_content(content)
        with database.reading() as session:
            before = _content_before(session, model.name, model.version) or earlier.get(model.name)
        if before is not None and before != content:
            compare_contents(before, content)
        earlier[model.name] = content


def _read(content: bytes) -> Model:
    """The version of a file, read once a process. Raises DefinitionIsInvalid."""
    return _models.of(hashlib.sha256(content).hexdigest(), lambda: definition.read(content))


def _content_before(session: Session, key: str, name: str) -> bytes | None:
    """The file of the version that was published before the one of this name, there or to come."""
    of_questionnaire = select(QuestionnaireVersion).join(Questionnaire).where(Questionnaire.key == key)
    version = session.scalar(of_questionnaire.where(QuestionnaireVersion.name == name))
    if version is not None:
        before = keeping.published_before(session, version)
    else:
        latest = of_questionnaire.where(QuestionnaireVersion.status != "draft").order_by(QuestionnaireVersion.id.desc())
        before = session.scalar(latest.limit(1))
    return None if before is None else before.content
