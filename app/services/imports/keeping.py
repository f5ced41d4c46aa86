"""Imports as they are kept: a file, its mapping, the report of both, who approved it, and the wave it made.

proposed    the file is read (or being read) and its mapping may be edited; any change comes back here
reviewed    a person has approved this mapping of this file
running     the wave is being made; nothing of it is counted yet
done        the wave is there, closed
failed      the import was refused or has stopped; the mapping may be edited
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from app.db import now
from app.jobs import IMPORT_MICRODATA, READ_MICRODATA, Sender, request
from app.models import Base, Import, Job, User, Wave, Weighting
from app.services import audit
from app.services.authoring import get_version
from app.services.fieldwork import VersionIsNotPublished
from app.services.imports.mapping import digest_of
from app.services.imports.parsing import MappingIsInvalid, MappingProblem, read_mapping
from app.storage import Storage

FILES = "imports"
"""The kind of the files in the storage."""
ORPHAN_SECONDS = 3_600


class ImportNotFound(Exception):
    """No import has this number."""


class ImportIsBusy(Exception):
    """An import that runs, or has made its wave, does not change: withdraw it first."""


class ReportIsStale(Exception):
    """The report is not that of this mapping: the file is still being read, or could not be."""


class ValuesAreUnknown(Exception):
    """The mapping takes nothing, or refuses values that the file has: it cannot be approved as it is."""


class ImportIsNotReviewed(Exception):
    """An import runs only once a person has approved its mapping."""


class WaveIsFrozen(Exception):
    """Published results rest on the wave: it cannot be withdrawn."""


def create_import(
    session: Session,
    *,
    file_name: str,
    content_hash: str,
    kind: str,
    version_id: int,
    actor: User | None = None,
) -> Import:
    """Keep a file that is in the storage, to be read and mapped to a published version.

    Raises authoring.VersionNotFound, fieldwork.VersionIsNotPublished.
    """
    version, _ = get_version(session, version_id)
    if version.status != "published":
        raise VersionIsNotPublished(version_id)
    row = Import(
        file_name=file_name[:200],
        content_hash=content_hash,
        kind=kind,
        version_id=version_id,
        status="proposed",
        mapping={},
        report={},
        created_by=actor.id if actor else None,
        created_at=now(),
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "create-import", f"import {row.id}", file=row.file_name, sha256=content_hash)
    return row


def request_reading(session: Session, sender: Sender | None, row: Import) -> None:
    """Ask for the reading of the file by the present mapping."""
    job = request(session, sender, READ_MICRODATA, row.id, cause=f"import {row.id}")
    row.job_id = job.id if job else None
    row.problem = None


def get_import(session: Session, import_id: int, is_locked: bool = False) -> Import:
    """The import of this number; raises ImportNotFound. `is_locked`: for whoever will change it."""
    statement = select(Import).where(Import.id == import_id)
    row = session.scalar(statement.with_for_update() if is_locked else statement)
    if row is None:
        raise ImportNotFound(import_id)
    return row


def list_imports(session: Session) -> Sequence[Import]:
    """Every import, the latest first."""
    return session.scalars(select(Import).order_by(Import.id.desc())).all()


def hash_of(content: bytes) -> str:
    """What names a file: its SHA-256, as the storage does."""
    return hashlib.sha256(content).hexdigest()


def set_examined(row: Import, document: Mapping[str, Any], report: Mapping[str, Any]) -> None:
    """Keep the mapping and the report that were made of the file in this process: nobody else need read it."""
    row.mapping, row.report = document, report


def edit_mapping(session: Session, sender: Sender | None, row: Import, data: bytes, actor: User | None = None) -> None:
    """Give an import another mapping; what was approved before is not any more.

    Raises ImportIsBusy, ReportIsStale (the file was never read), MappingIsInvalid.
    """
    _refuse_busy(row)
    if not row.report:
        raise ReportIsStale(row.id)
    _, questionnaire = get_version(session, row.version_id)
    columns = [one["name"] for one in row.report["columns"]]
    mapping = read_mapping(data, questionnaire, row.content_hash, columns)
    row.mapping = mapping.to_document()
    row.status, row.reviewed_by, row.reviewed_at = "proposed", None, None
    audit.record(session, actor, "edit-import", f"import {row.id}", mapping=mapping.digest)
    request_reading(session, sender, row)


def is_current(row: Import) -> bool:
    """Whether the report is that of the present mapping."""
    return bool(row.mapping) and row.report.get("mapping") == digest_of(row.mapping)


def blocking_values(row: Import) -> bool:
    """Whether the mapping takes nothing, or by its own rule refuses values that the file has."""
    report = row.report
    is_refused = bool(report.get("unknown")) and row.mapping.get("unknown_codes") == "refuse"
    return not row.mapping.get("variables") or is_refused or report.get("bad_weights") is not None


def review_import(session: Session, row: Import, reviewer: str, actor: User | None = None) -> None:
    """A person approves this mapping of this file.

    Raises ImportIsBusy, ReportIsStale, ValuesAreUnknown; MappingIsInvalid when the address of the wave is taken.
    """
    _refuse_busy(row)
    if not is_current(row):
        raise ReportIsStale(row.id)
    if blocking_values(row):
        raise ValuesAreUnknown(row.id)
    key = row.mapping["wave"]["key"]
    if session.scalar(select(Wave.id).where(Wave.key == key, Wave.id.is_distinct_from(row.wave_id))) is not None:
        raise MappingIsInvalid([MappingProblem(1, "wave-key-taken", {"key": key})])
    row.status, row.reviewed_by, row.reviewed_at = "reviewed", reviewer[:200], now()
    row.problem = None
    audit.record(
        session, actor, "review-import", f"import {row.id}", mapping=digest_of(row.mapping), reviewer=reviewer[:200]
    )


def request_import(session: Session, sender: Sender | None, row: Import, actor: User | None = None) -> Job | None:
    """Ask for the wave of an approved import. Raises ImportIsBusy, ImportIsNotReviewed."""
    if row.status != "reviewed" and not is_stopped(session, row):
        _refuse_busy(row)
        raise ImportIsNotReviewed(row.id)
    row.status, row.problem = "running", None
    job = request(session, sender, IMPORT_MICRODATA, row.id, cause=f"import {row.id}")
    row.job_id = job.id if job else None
    audit.record(session, actor, "run-import", f"import {row.id}", mapping=digest_of(row.mapping))
    return job


def is_stopped(session: Session, row: Import) -> bool:
    """Whether an import was running and its job has failed: it may be taken up again, or withdrawn."""
    if row.status != "running" or row.job_id is None:
        return False
    return session.scalar(select(Job.status).where(Job.id == row.job_id)) == "failed"


def withdraw_import(session: Session, row: Import, actor: User | None = None) -> None:
    """Delete the wave that an import made, with every answer and every result of it.

    The file and its mapping stay, to be reviewed again. Raises WaveIsFrozen when published results rest on it,
    ImportIsBusy while it runs.
    """
    if row.status == "running" and not is_stopped(session, row):
        raise ImportIsBusy(row.id)
    wave_id = row.wave_id
    _refuse_frozen(session, wave_id)
    row.status, row.reviewed_by, row.reviewed_at = "proposed", None, None
    row.wave_id = row.base_weights = None
    session.flush()
    if wave_id is not None:
        _delete_wave(session, wave_id)
    audit.record(session, actor, "withdraw-import", f"import {row.id}", wave=row.mapping.get("wave", {}).get("key"))


def _refuse_frozen(session: Session, wave_id: int | None) -> None:
    """Before anything changes: whoever catches the refusal keeps what the session wrote."""
    if session.scalar(select(exists().where(Weighting.wave_id == wave_id, Weighting.frozen_at.is_not(None)))):
        raise WaveIsFrozen(wave_id)


def _delete_wave(session: Session, wave_id: int) -> None:
    """Every row of the wave, whatever table it is in, those that are pointed at last."""
    for table in reversed(Base.metadata.sorted_tables):
        if "wave_id" in table.c and table.name != Import.__tablename__:
            session.execute(table.delete().where(table.c.wave_id == wave_id))
    session.execute(delete(Wave).where(Wave.id == wave_id).execution_options(synchronize_session=False))


def remove_import(session: Session, row: Import, actor: User | None = None) -> None:
    """Forget an import that has made no wave; its file is swept. Raises ImportIsBusy."""
    _refuse_busy(row)
    audit.record(session, actor, "remove-import", f"import {row.id}", file=row.file_name, sha256=row.content_hash)
    session.delete(row)


def _refuse_busy(row: Import) -> None:
    if row.status in ("running", "done") or row.wave_id is not None:
        raise ImportIsBusy(row.id)


def problem_of(row: Import) -> Mapping[str, Any] | None:
    """Why it could not be read or run: {"code", "data"}."""
    found: Mapping[str, Any] | None = json.loads(row.problem) if row.problem else None
    return found


def write_problem(code: str, data: Mapping[str, str | int]) -> str:
    """The inverse of `problem_of`."""
    return json.dumps({"code": code, "data": dict(data)})


def sweep_files(session: Session, storage: Storage, older_than: float = ORPHAN_SECONDS) -> int:
    """Delete the files of imports that are no more, when they are old enough to belong to no upload."""
    kept = set(session.scalars(select(Import.content_hash)))
    return storage.delete(FILES, [name for name in storage.names(FILES, older_than) if name not in kept])
