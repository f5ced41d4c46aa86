"""The tasks, one per job: ids only, idempotent, gone at once when the work is done."""

from __future__ import annotations

import logging

from app.jobs import FOLD_WAVE, NIGHTLY, REBUILD_WAVE, REFRESH_SNAPSHOT, SWEEP, SWEEP_FILES, send_all
from app.services import folding, jobs, snapshots
from app.services.platform import open_platform
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
            snapshots.verify_wave(platform.database, platform.storage, ids[0])


@app.task(name=SWEEP.name)
def sweep() -> None:
    """Ask again for whatever the rows show undone."""
    with platform.database.reading() as session:
        hints = [(FOLD_WAVE, wave_id) for wave_id in folding.waves_to_fold(session)]
        hints += [(REFRESH_SNAPSHOT, wave_id) for wave_id in folding.waves_to_refresh(session)]
        hints += jobs.jobs_to_run(session)
    send_all(platform.sender, hints)


@app.task(name=SWEEP_FILES.name)
def sweep_files() -> None:
    """Delete the files that no row names."""
    count = folding.sweep_files(platform.database, platform.storage)
    if count:
        log.info("swept %d files", count)


@app.task(name=NIGHTLY.name)
def nightly() -> None:
    """Drop replaced and withdrawn rows from the segments, then have every wave recounted."""
    with platform.database.reading() as session:
        wave_ids = folding.waves_with_segments(session)
    for wave_id in wave_ids:
        folding.erase_superseded(platform.database, platform.storage, wave_id)
        with platform.database.transaction() as session:
            jobs.request_rebuild(session, platform.sender, wave_id, cause="nightly")
