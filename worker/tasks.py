"""The tasks, one per job: ids only, idempotent, gone at once when the work is done."""

from __future__ import annotations

import logging

from app.jobs import FOLD_WAVE, NIGHTLY, REBUILD_WAVE, REFRESH_SNAPSHOT, SEND_MESSAGE, SWEEP, SWEEP_FILES, send_all
from app.services import admission, attempts, fieldwork, folding, jobs, messages, paradata, snapshots
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
        hints += jobs.jobs_to_run(session)
        if platform.settings.smtp_url:
            hints += [(SEND_MESSAGE, message_id) for message_id in messages.messages_to_send(session)]
        has_waiting = admission.has_waiting(session)
    if has_waiting:
        with platform.database.transaction() as session:
            admission.call_waiting(session, platform.settings.capacity)
    send_all(platform.sender, hints)


@app.task(name=SWEEP_FILES.name)
def sweep_files() -> None:
    """Delete the files that no row names."""
    count = folding.sweep_files(platform.database, platform.storage)
    if count:
        log.info("swept %d files", count)


@app.task(name=NIGHTLY.name)
def nightly() -> None:
    """What is done once a day.

    Forget the addresses of past days and of what was never mailed, close what has ended, drop what was replaced from
    the segments, have every wave recounted.
    """
    with platform.database.transaction() as session:
        attempts.forget_past_days(session)
        messages.give_up(session)
        fieldwork.close_ended_waves(session)
    with platform.database.reading() as session:
        wave_ids = folding.waves_with_segments(session)
    for wave_id in wave_ids:
        folding.erase_superseded(platform.database, platform.storage, wave_id)
        with platform.database.transaction() as session:
            jobs.request_rebuild(session, platform.sender, wave_id, cause="nightly")
    paradata.purge(platform.database)
