"""The Celery application: `celery -A worker worker`, `celery -A worker beat`. One thin task per job."""

from __future__ import annotations

from typing import Any

from celery.signals import worker_process_init

from app.config import SettingsAreInvalid, load_settings
from app.jobs import make_celery

try:
    settings = load_settings()
except SettingsAreInvalid as problems:
    raise SystemExit(f"Réglages inutilisables : {problems}") from problems
app = make_celery(settings.broker_url)
app.conf.update(
    imports=["worker.tasks"],
    beat_schedule_filename=str(settings.var / "beat-schedule"),
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
)


@worker_process_init.connect
def _forget_connections(**_: Any) -> None:
    """A database connection must not be shared by the processes of a fork."""
    from worker import tasks

    tasks.platform.database.engine.dispose(close=False)


from worker import schedule  # noqa: E402  (the schedule names the tasks of the application above)

app.conf.beat_schedule = schedule.SCHEDULE
