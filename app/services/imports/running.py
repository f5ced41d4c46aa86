"""What the worker does with an import: read its file and report; make its wave.

The wave is made in short transactions, each of some thousand rows, in the order of the file: how many responses it
has says where a killed process stopped. Its submissions are held under a lease without end, so that no fold takes
them, and the wave is not closed, until all are there; then one transaction sets them free.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from app.db import Database, now
from app.jobs import FOLD_WAVE, Sender, request
from app.models import Import, Response, Submission, Wave, Weighting
from app.services import audit, fieldwork, jobs
from app.services.authoring import get_version
from app.services.imports.applying import Applied, apply_mapping, make_report
from app.services.imports.keeping import FILES, get_import, write_problem
from app.services.imports.mapping import MicrodataMapping
from app.services.imports.parsing import MappingIsInvalid, mapping_of
from app.services.imports.proposing import propose_mapping
from app.services.imports.reading import FileIsUnreadable, Source, read_file
from app.services.responding.sending import ENGINE
from app.services.windows import PARIS
from app.storage import FileIsMissing, Storage
from questionnaires.model import Questionnaire

CHUNK = 2_000
HOLD = "import"
HELD_UNTIL = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
"""The lease of the submissions of a wave that is not whole yet."""


class ImportHasMoved(Exception):
    """Another process has gone on with this import: what this one was about to write is there already."""


def examine_import(database: Database, storage: Storage, import_id: int) -> None:
    """Read the file, propose a mapping where there is none, and keep the report. What is wrong is kept with it."""
    with database.reading() as session:
        row = get_import(session, import_id)
        version, questionnaire = get_version(session, row.version_id)
        file_name, file_hash, document = row.file_name, row.content_hash, row.mapping
    try:
        source = read_file(storage.get(FILES, file_hash))
        if document:
            mapping = mapping_of(document, questionnaire, file_hash)
        else:
            mapping = propose_mapping(source, questionnaire, file_name, file_hash)
        report = make_report(source, mapping, questionnaire, apply_mapping(source, mapping, questionnaire))
        problem = None
    except FileIsUnreadable as error:
        problem = write_problem(error.code, error.data)
    except FileIsMissing:
        problem = write_problem("file-missing", {})
    except MappingIsInvalid as error:
        problem = write_problem(error.problems[0].code, error.problems[0].data)
    with database.transaction() as session:
        row = get_import(session, import_id, is_locked=True)
        if row.mapping != document or row.version_id != version.id:
            return  # edited meanwhile: another job reads it by the new mapping
        row.problem = problem
        if problem is None:
            row.mapping, row.report = mapping.to_document(), report


def run_import(
    database: Database, storage: Storage, sender: Sender | None, import_id: int, job_id: int | None = None
) -> None:
    """Make the wave of an approved import, from where it stands. Nothing to do when it is done.

    Ends as failed, with the reason kept, when the file or the mapping is not what was approved.
    """
    with database.reading() as session:
        row = get_import(session, import_id)
        if row.status != "running":
            return
        _, questionnaire = get_version(session, row.version_id)
        file_hash, document = row.content_hash, row.mapping
    try:
        content = storage.get(FILES, file_hash)
        mapping = mapping_of(document, questionnaire, file_hash)
        source = read_file(content)
        applied = apply_mapping(source, mapping, questionnaire)
        if applied.bad_weights or (applied.refusals and mapping.unknown_codes == "refuse"):
            raise FileIsUnreadable("values-unknown")
        _make_wave(database, import_id, mapping)
    except (FileIsUnreadable, FileIsMissing, MappingIsInvalid, fieldwork.WaveKeyIsTaken) as error:
        _fail(database, import_id, error)
        return
    try:
        _fill(database, import_id, job_id, questionnaire, applied, mapping)
        _finish(database, sender, import_id, questionnaire, source, mapping, applied)
    except ImportHasMoved:
        return


def _fail(database: Database, import_id: int, error: Exception) -> None:
    code, data = type(error).__name__, {}
    if isinstance(error, FileIsUnreadable):
        code, data = error.code, error.data
    elif isinstance(error, MappingIsInvalid):
        code, data = error.problems[0].code, dict(error.problems[0].data)
    taken = ("WaveKeyIsTaken", "WaveKeyIsReserved")
    known = {"FileIsMissing": "file-missing", **dict.fromkeys(taken, "wave-key-taken")}
    if code in taken:
        data = {"key": str(error)}
    with database.transaction() as session:
        row = get_import(session, import_id, is_locked=True)
        if row.status == "running":
            row.status, row.problem = "failed", write_problem(known.get(code, code), data)


def _make_wave(database: Database, import_id: int, mapping: MicrodataMapping) -> None:
    """The wave, planned and empty, unless it is there already."""
    with database.transaction() as session:
        row = get_import(session, import_id, is_locked=True)
        if row.wave_id is not None:
            return
        wave = fieldwork.create_wave(
            session, key=mapping.wave.key, name=mapping.wave.name, version_id=row.version_id, origin="respondent"
        )
        wave.opens_at, wave.closes_at = _noon(mapping.wave.began_on), _end_of(mapping.wave.ended_on)
        wave.access, wave.may_correct = "personal", False
        wave.method = {"source_file": row.file_name, "source_sha256": row.content_hash}
        session.flush()
        row.wave_id = wave.id


def _noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), PARIS)


def _end_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(23, 59), PARIS)


def _fill(
    database: Database,
    import_id: int,
    job_id: int | None,
    questionnaire: Questionnaire,
    applied: Applied,
    mapping: MicrodataMapping,
) -> None:
    """Every row that is not there yet, some thousands at a time. Raises ImportHasMoved."""
    with database.reading() as session:
        done = _responses_of(session, get_import(session, import_id))
    while done < applied.rows:
        end = min(done + CHUNK, applied.rows)
        payloads = list(applied.payloads(questionnaire, done, end))
        with database.transaction() as session:
            row = get_import(session, import_id, is_locked=True)
            if row.status != "running" or _responses_of(session, row) != done:
                raise ImportHasMoved(import_id)
            _add_rows(session, row, mapping, payloads)
        done = end
        if job_id is not None:
            jobs.advance(database, job_id, done, applied.rows)


def _responses_of(session: Session, row: Import) -> int:
    return session.scalar(select(func.count()).select_from(Response).where(Response.wave_id == row.wave_id)) or 0


def _add_rows(session: Session, row: Import, mapping: MicrodataMapping, payloads: Sequence[dict[str, Any]]) -> None:
    """A response and its submission for each payload, in this order."""
    at = _noon(mapping.wave.ended_on)
    responses: list[dict[str, Any]] = [
        {
            "public_id": secrets.token_hex(10),
            "wave_id": row.wave_id,
            "version_id": row.version_id,
            "origin": "respondent",
            "mode": mapping.wave.mode,
            "language": mapping.wave.language,
            "context": {},
            "given": {},
            "revision": 0,
            "disposition": "complete",
            # Nobody holds this token: what was imported is not resumed.
            "token_hash": hashlib.sha256(secrets.token_bytes(32)).hexdigest(),
            "started_at": at,
            "updated_at": at,
            "completed_at": at,
        }
        for _ in payloads
    ]
    ids = session.scalars(insert(Response).returning(Response.id, sort_by_parameter_order=True), responses).all()
    submissions = [
        {
            "response_id": response_id,
            "number": 1,
            "kind": "add",
            "wave_id": row.wave_id,
            "version_id": row.version_id,
            "payload": payload,
            "engine": ENGINE,
            "created_at": now(),
            "claim": HOLD,
            "claimed_until": HELD_UNTIL,
        }
        for response_id, payload in zip(ids, payloads, strict=True)
    ]
    session.execute(insert(Submission), submissions)


def _finish(
    database: Database,
    sender: Sender | None,
    import_id: int,
    questionnaire: Questionnaire,
    source: Source,
    mapping: MicrodataMapping,
    applied: Applied,
) -> None:
    """Close the wave and let its submissions be folded: all of them, in one transaction."""
    report = make_report(source, mapping, questionnaire, applied)
    with database.transaction() as session:
        row = get_import(session, import_id, is_locked=True)
        if row.status != "running" or row.wave_id is None or _responses_of(session, row) != applied.rows:
            raise ImportHasMoved(import_id)
        wave = session.get_one(Wave, row.wave_id, with_for_update=True)
        wave.status, wave.opened_at, wave.closed_at = "closed", wave.opens_at, wave.closes_at
        session.execute(
            update(Submission)
            .where(Submission.wave_id == wave.id, Submission.claim == HOLD, Submission.segment_id.is_(None))
            .values(claim=None, claimed_until=None)
            .execution_options(synchronize_session=False)
        )
        if applied.weights is not None:
            row.base_weights = {"classes": applied.weight_classes()}
            session.add(_file_weighting(wave.id))
        row.report, row.status, row.problem = report, "done", None
        audit.record(session, None, "import-microdata", wave.key, import_id=row.id, sha256=row.content_hash)
        request(session, sender, FOLD_WAVE, wave.id)


def _file_weighting(wave_id: int) -> Weighting:
    """The weighting that takes the weights of the file as they are."""
    recipe = {"label": {"fr": "Poids du fichier"}, "method": "none", "margins": [], "base": "file"}
    return Weighting(
        wave_id=wave_id,
        number=1,
        label="Poids du fichier",
        status="done",
        recipe=recipe,
        in_use=True,
        created_at=now(),
        ran_at=now(),
    )
