"""Proofs and comparisons as they are kept: by content, so that the same bytes are never proven twice.

Nothing here proves anything, nor loads the solver: `running` does, for the worker and the command line.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import now
from app.jobs import COMPARE_VERSIONS, PROVE_VERSION, JobName, Sender, request
from app.models import Comparison as ComparisonRow
from app.models import Proof as ProofRow
from app.models import QuestionnaireVersion, User
from app.services import audit, jobs
from app.services.proving.encoding import (
    decode_comparison,
    decode_proof,
    encode_comparison,
    encode_proof,
    finding_key,
)
from app.services.remembering import Remembered
from questionnaires.comparison import Comparison
from questionnaires.proofs.respondents import Finding, Proof, Respondent

ENGINE = 3
"""Goes up when a proof or a comparison may come out otherwise: what an earlier one made counts no more."""
REMEMBERED = 256
REASON_LENGTH = 500
DAMAGED = "what is kept cannot be read"
UNDECIDED = "proof-undecided"
"""The one finding that a person may let pass: the solver gave up, and nothing shows a defect (DESIGN 3.5)."""


T = TypeVar("T")


class FindingNotFound(Exception):
    """The proof has no finding of this name that may be let pass."""


class ReasonIsMissing(Exception):
    """Letting a finding pass, or retaining a class, needs a reason that is written."""


proofs = Remembered[str, Proof](REMEMBERED)
"""By content hash: proven by this process or read from a shipped file, before a transaction that needs them."""
comparisons = Remembered[tuple[str, str], Comparison](REMEMBERED)
"""By the content hashes of the old and the new version."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A blocking finding that a person lets pass, and why; `key`: see `finding_key`."""

    key: str
    reason: str
    author: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class ProofState:
    """The proof of a content, or how far it is. `status`: absent, queued, running, done or failed."""

    status: str
    proof: Proof | None = None
    waivers: tuple[Waiver, ...] = ()
    progress: jobs.JobProgress | None = None
    problem: str | None = None
    made_at: dt.datetime | None = None

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """What keeps the version from being published: blocking, and not waived by name where it may be."""
        waived = {one.key for one in self.waivers}
        found = () if self.proof is None else self.proof.findings
        blocking = (one for one in found if one.problem.is_blocking)
        return tuple(one for one in blocking if not (is_waivable(one) and finding_key(one.problem) in waived))


@dataclass(frozen=True, slots=True)
class ComparisonState:
    """The comparison of two contents, or how far it is; words of `ProofState`."""

    status: str
    comparison: Comparison | None = None
    progress: jobs.JobProgress | None = None
    problem: str | None = None
    made_at: dt.datetime | None = None


def is_waivable(finding: Finding) -> bool:
    """Whether a person may let a finding pass: it blocks, and is no defect but what the solver left undecided."""
    return finding.problem.is_blocking and finding.problem.code == UNDECIDED


# -- proofs ---------------------------------------------------------------------------------------


def proof_of(session: Session, version_id: int) -> ProofState:
    """The proof of a version as it is now, or how far it is."""
    content_hash = _content_hash(session, version_id)
    row, known = find_proof(session, content_hash), proofs.get(content_hash)
    waivers = () if row is None else _read_waivers(row.waivers)
    if row is None or (row.status != "done" and known is not None):
        return ProofState("absent" if known is None else "done", known, waivers)
    status, progress, problem = _fate(session, row)
    return ProofState(status, read_proof(row), waivers, progress, problem, row.made_at)


def covering_of(session: Session, version_id: int) -> tuple[Respondent, ...]:
    """The few respondents who reach all that a version asks; nobody while it is not proven."""
    proof = proof_of(session, version_id).proof
    return () if proof is None else proof.covering


def find_proof(session: Session, content_hash: str, *, is_locked: bool = False) -> ProofRow | None:
    """The row of the proof of a content by this engine."""
    asked = select(ProofRow).where(ProofRow.content_hash == content_hash, ProofRow.engine == ENGINE)
    return session.scalar(asked.with_for_update() if is_locked else asked)


def request_proof(session: Session, sender: Sender | None, version_id: int, known_hash: str | None = None) -> None:
    """Ask for the proof of a version, and for its comparison with the one published before.

    Nothing is asked for that is there or on its way; what failed is asked for again. `known_hash`: the content
    that this one was before.
    """
    content_hash = _content_hash(session, version_id)
    remembered = proofs.get(content_hash)
    if remembered is not None:
        keep_proof(session, content_hash, remembered)
    row = find_proof(session, content_hash, is_locked=True)
    if row is None:
        known_hash = known_hash or _hash_before(session, version_id)
        row = ProofRow(content_hash=content_hash, engine=ENGINE, status="queued", known_hash=known_hash, waivers=[])
        session.add(row)
    elif is_done(row):
        if not _lacks_comparison(session, version_id):
            return
    elif _fate(session, row)[0] != "failed":
        return
    else:
        row.status, row.result, row.problem, row.made_at = "queued", None, None, None
    row.job_id = _ask(session, sender, PROVE_VERSION, version_id)


def _lacks_comparison(session: Session, version_id: int) -> bool:
    """Whether a version was published before this one, and their comparison is neither there nor on its way."""
    old = published_before(session, session.get_one(QuestionnaireVersion, version_id))
    return old is not None and comparison_of(session, old.id, version_id).status in ("absent", "failed")


def keep_proof(session: Session, content_hash: str, proof: Proof) -> None:
    """Keep a proof that was made; what is there already is the same."""
    row = find_proof(session, content_hash, is_locked=True)
    if row is None:
        row = ProofRow(content_hash=content_hash, engine=ENGINE, waivers=[])
        session.add(row)
    elif is_done(row):
        return
    row.status, row.result, row.problem, row.made_at = "done", encode_proof(proof), None, now()


def waive_finding(session: Session, actor: User, version_id: int, key: str, reason: str) -> None:
    """Let an undecided finding of a version pass, by its name. Raises FindingNotFound, ReasonIsMissing."""
    reason = read_reason(reason)
    version = session.get_one(QuestionnaireVersion, version_id)
    row = find_proof(session, version.content_hash, is_locked=True)
    state = proof_of(session, version_id)
    if row is None or key not in {finding_key(one.problem) for one in state.blocking if is_waivable(one)}:
        raise FindingNotFound(key)
    waiver = {"key": key, "reason": reason, "author": actor.email, "at": now().isoformat()}
    row.waivers = [*row.waivers, waiver]
    subject = f"{version.questionnaire.key} {version.name}"
    audit.record(session, actor, "waive-finding", subject, hash=version.content_hash, finding=key, reason=reason)


def read_reason(text: str) -> str:
    """What a person wrote as their reason. Raises ReasonIsMissing."""
    reason = text.strip()[:REASON_LENGTH]
    if not reason:
        raise ReasonIsMissing(text)
    return reason


def known_of(row: ProofRow, session: Session) -> Proof | None:
    """The proof of the content that this one was before, if it is kept."""
    if row.known_hash is None:
        return None
    asked = select(ProofRow).where(ProofRow.content_hash == row.known_hash, ProofRow.result.is_not(None))
    before = session.scalar(asked.order_by(ProofRow.engine.desc()).limit(1))
    return None if before is None or before.result is None else _decoded(decode_proof, before.result)


# -- comparisons ----------------------------------------------------------------------------------


def published_before(session: Session, version: QuestionnaireVersion) -> QuestionnaireVersion | None:
    """The latest version of the same questionnaire that was published, among those kept before this one."""
    asked = select(QuestionnaireVersion).where(
        QuestionnaireVersion.questionnaire_id == version.questionnaire_id,
        QuestionnaireVersion.id < version.id,
        QuestionnaireVersion.status != "draft",
    )
    return session.scalar(asked.order_by(QuestionnaireVersion.id.desc()).limit(1))


def comparison_of(session: Session, old_id: int, new_id: int) -> ComparisonState:
    """The comparison of two versions as it is now, or how far it is."""
    old_hash, new_hash = _content_hash(session, old_id), _content_hash(session, new_id)
    row, known = find_comparison(session, old_hash, new_hash), comparisons.get((old_hash, new_hash))
    if row is None or (row.status != "done" and known is not None):
        return ComparisonState("absent" if known is None else "done", known)
    status, progress, problem = _fate(session, row)
    return ComparisonState(status, read_comparison(row), progress, problem, row.made_at)


def find_comparison(session: Session, old_hash: str, new_hash: str, *, is_locked: bool = False) -> ComparisonRow | None:
    """The row of the comparison of two contents by this engine."""
    asked = select(ComparisonRow).where(
        ComparisonRow.old_hash == old_hash, ComparisonRow.new_hash == new_hash, ComparisonRow.engine == ENGINE
    )
    return session.scalar(asked.with_for_update() if is_locked else asked)


def request_comparison(session: Session, sender: Sender | None, old_id: int, new_id: int) -> None:
    """Ask for the comparison of two versions, unless it is there or on its way."""
    old_hash, new_hash = _content_hash(session, old_id), _content_hash(session, new_id)
    row = find_comparison(session, old_hash, new_hash, is_locked=True)
    if row is None:
        row = ComparisonRow(old_hash=old_hash, new_hash=new_hash, engine=ENGINE, status="queued")
        session.add(row)
    elif _fate(session, row)[0] != "failed":
        return
    row.status, row.result, row.problem, row.made_at = "queued", None, None, None
    row.job_id = _ask(session, sender, COMPARE_VERSIONS, old_id, new_id)


def keep_comparison(session: Session, old_hash: str, new_hash: str, comparison: Comparison) -> None:
    """Keep a comparison that was made; what is there already is the same."""
    row = find_comparison(session, old_hash, new_hash, is_locked=True)
    if row is None:
        row = ComparisonRow(old_hash=old_hash, new_hash=new_hash, engine=ENGINE)
        session.add(row)
    elif is_done(row):
        return
    row.status, row.result, row.problem, row.made_at = "done", encode_comparison(comparison), None, now()


# -- parts ----------------------------------------------------------------------------------------


def _content_hash(session: Session, version_id: int) -> str:
    asked = select(QuestionnaireVersion.content_hash).where(QuestionnaireVersion.id == version_id)
    return session.execute(asked).scalar_one()


def _hash_before(session: Session, version_id: int) -> str | None:
    """The content of the version kept before this one."""
    version = session.get_one(QuestionnaireVersion, version_id)
    asked = select(QuestionnaireVersion.content_hash).where(
        QuestionnaireVersion.questionnaire_id == version.questionnaire_id, QuestionnaireVersion.id < version_id
    )
    return session.scalar(asked.order_by(QuestionnaireVersion.id.desc()).limit(1))


def _ask(session: Session, sender: Sender | None, job: JobName, *ids: int) -> int:
    row = request(session, sender, job, *ids, cause="a version changed")
    assert row is not None  # these jobs keep a row
    return row.id


def _fate(session: Session, row: ProofRow | ComparisonRow) -> tuple[str, jobs.JobProgress | None, str | None]:
    """The status that holds now: what is damaged has failed, and so has what a job that failed was to make."""
    if row.status == "done" and not is_done(row):
        return "failed", None, DAMAGED
    progress = (
        None if row.status in ("done", "failed") or row.job_id is None else jobs.job_progress(session, row.job_id)
    )
    if progress is not None and progress.status == "failed":
        return "failed", progress, progress.error
    return row.status, progress, row.problem


def is_done(row: ProofRow | ComparisonRow) -> bool:
    """Whether what was asked for is there and can be read; what is damaged is to be made again."""
    return row.status == "done" and (read_proof(row) if isinstance(row, ProofRow) else read_comparison(row)) is not None


def read_proof(row: ProofRow) -> Proof | None:
    """The proof of a row; None while there is none that can be read."""
    found = proofs.get(row.content_hash)
    if found is None and row.result is not None:
        found = _decoded(decode_proof, row.result)
        if found is not None:
            proofs.put(row.content_hash, found)
    return found if row.result is not None else None


def read_comparison(row: ComparisonRow) -> Comparison | None:
    """The comparison of a row; None while there is none that can be read."""
    pair = row.old_hash, row.new_hash
    found = comparisons.get(pair)
    if found is None and row.result is not None:
        found = _decoded(decode_comparison, row.result)
        if found is not None:
            comparisons.put(pair, found)
    return found if row.result is not None else None


def _decoded(decode: Callable[[Mapping[str, Any]], T], result: Mapping[str, Any]) -> T | None:
    """What a document says; None where it is damaged."""
    try:
        return decode(result)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return None


def _read_waivers(rows: Iterable[Mapping[str, Any]]) -> tuple[Waiver, ...]:
    return tuple(Waiver(one["key"], one["reason"], one["author"], dt.datetime.fromisoformat(one["at"])) for one in rows)
