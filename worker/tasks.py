"""The tasks, one per job: ids only, idempotent, gone at once when the work is done."""

from __future__ import annotations

import logging
from functools import partial

from app.jobs import (
    CHECK_DRAFT,
    COLLECT_PARTIALS,
    COMPARE_VERSIONS,
    FOLD_WAVE,
    IMPORT_MICRODATA,
    NIGHTLY,
    PROVE_VERSION,
    READ_MICRODATA,
    REBUILD_WAVE,
    REFRESH_SNAPSHOT,
    RUN_WEIGHTING,
    SEND_MESSAGE,
    SWEEP,
    SWEEP_FILES,
    send_all,
)
from app.services import (
    admission,
    attempts,
    fieldwork,
    folding,
    jobs,
    messages,
    paradata,
    partials,
    previewing,
    releasing,
    snapshots,
)
from app.services.drafting import checking
from app.services.imports import keeping as imports_kept
from app.services.imports import running as imports
from app.services.platform import open_platform
from app.services.proving import request_proof
from app.services.proving import running as proving
from app.services.weightings import keeping as weightings
from app.services.weightings import running as weighting_runs
from worker import app, settings

log = logging.getLogger(__name__)
platform = open_platform(settings)


@app.task(name=FOLD_WAVE.name)
def fold_wave(wave_id: int) -> None:
    """Fold the submissions that wait, then make the snapshot."""
    with platform.database.reading() as session:
        if not folding.has_unfolded(session, wave_id):
            return
    folded = folding.fold_wave(platform.database, platform.storage, platform.sender, wave_id)
    if folded:
        snapshots.refresh_snapshot(platform.database, platform.storage, wave_id)


@app.task(name=REFRESH_SNAPSHOT.name)
def refresh_snapshot(wave_id: int) -> None:
    """Make the snapshot of what is folded, unless it exists."""
    snapshots.refresh_snapshot(platform.database, platform.storage, wave_id)


@app.task(name=REBUILD_WAVE.name)
def rebuild_wave(job_id: int) -> None:
    """Recount a wave from its submissions and compare; a difference fails the job, loudly."""
    with jobs.running(platform.database, job_id) as ids:
        if ids is not None:
            tell = partial(jobs.advance, platform.database, job_id)
            snapshots.verify_wave(platform.database, platform.storage, ids[0], tell)


@app.task(name=RUN_WEIGHTING.name)
def run_weighting(job_id: int) -> None:
    """Find the weights of a weighting, unless it has them."""
    with jobs.running(platform.database, job_id) as ids:
        if ids is not None:
            weighting_runs.run_weighting(platform.database, platform.storage, ids[0], job_id)


@app.task(name=SEND_MESSAGE.name)
def send_message(message_id: int) -> None:
    """Send an e-mail, unless it has left or is in other hands."""
    messages.send_message(platform.database, platform.settings, message_id)


@app.task(name=SWEEP.name)
def sweep() -> None:
    """Ask again for whatever the rows show undone, and call in who waits in line."""
    with platform.database.reading() as session:
        hints = [(FOLD_WAVE, wave_id) for wave_id in folding.waves_to_fold(session)]
        hints += [(REFRESH_SNAPSHOT, wave_id) for wave_id in folding.waves_to_refresh(session)]
        hints += [(REFRESH_SNAPSHOT, wave_id) for wave_id in weightings.waves_to_reweight(session)]
        hints += [(CHECK_DRAFT, version_id) for version_id in checking.drafts_to_check(session)]
        hints += jobs.jobs_to_run(session)
        quiet = checking.drafts_to_compare(session)
        if platform.settings.smtp_url:
            hints += [(SEND_MESSAGE, message_id) for message_id in messages.messages_to_send(session)]
        has_waiting = admission.has_waiting(session)
        has_due = bool(releasing.versions_due(session))
    for version_id in quiet:
        with platform.database.transaction() as session:
            request_proof(session, platform.sender, version_id)
    if has_waiting:
        with platform.database.transaction() as session:
            admission.call_waiting(session, platform.settings.capacity)
    if has_due:
        releasing.publish_due(platform.database, needs_review=platform.settings.needs_review)
    send_all(platform.sender, hints)


@app.task(name=CHECK_DRAFT.name)
def check_draft(version_id: int) -> None:
    """Check what a draft holds now, and prove it when nothing prevents."""
    checking.check_draft(platform.database, version_id)


@app.task(name=COLLECT_PARTIALS.name)
def collect_partials() -> None:
    """Count what was begun and left, in the waves that declare it."""
    with platform.database.reading() as session:
        wave_ids = partials.waves_with_partials(session)
    for wave_id in wave_ids:
        partials.collect_partials(platform.database, platform.sender, wave_id)


@app.task(name=READ_MICRODATA.name)
def read_microdata(job_id: int) -> None:
    """Read a file of an earlier study, propose its mapping where it has none, report what is not mapped."""
    with jobs.running(platform.database, job_id) as ids:
        if ids is not None:
            imports.examine_import(platform.database, platform.storage, ids[0])


@app.task(name=IMPORT_MICRODATA.name)
def import_microdata(job_id: int) -> None:
    """Make the wave of a reviewed import, going on where a killed process stopped."""
    with jobs.running(platform.database, job_id) as ids:
        if ids is not None:
            imports.run_import(platform.database, platform.storage, platform.sender, ids[0], job_id)


@app.task(name=PROVE_VERSION.name)
def prove_version(job_id: int) -> None:
    """Prove a version and compare it with the one published before, unless that is kept."""
    with jobs.running(platform.database, job_id) as ids:
        if ids is not None:
            proving.prove_version(platform.database, ids[0], job_id)


@app.task(name=COMPARE_VERSIONS.name)
def compare_versions(job_id: int) -> None:
    """Compare two versions, unless they are compared."""
    with jobs.running(platform.database, job_id) as ids:
        if ids is not None:
            proving.compare_versions(platform.database, *ids)


@app.task(name=SWEEP_FILES.name)
def sweep_files() -> None:
    """Delete the files that no row names, and the proofs of contents that no version has."""
    count = folding.sweep_files(platform.database, platform.storage)
    with platform.database.snapshot() as session:
        count += imports_kept.sweep_files(session, platform.storage)
    with platform.database.transaction() as session:
        proofs = checking.forget_old_proofs(session)
    if count or proofs:
        log.info("swept %d files and %d proofs", count, proofs)


@app.task(name=NIGHTLY.name)
def nightly() -> None:
    """What is done once a day.

    Forget the addresses of past days, what was never mailed and what was tried, close what has ended, drop what was
    replaced from the segments, have every wave recounted.
    """
    with platform.database.transaction() as session:
        attempts.forget_past_days(session)
        messages.give_up(session)
        fieldwork.close_ended_waves(session)
        previewing.sweep_previews(session)
    with platform.database.reading() as session:
        wave_ids = folding.waves_with_segments(session)
    for wave_id in wave_ids:
        folding.erase_superseded(platform.database, platform.storage, wave_id)
        with platform.database.transaction() as session:
            jobs.request_rebuild(session, platform.sender, wave_id, cause="nightly")
    paradata.purge(platform.database)
