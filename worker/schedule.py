"""What runs by the clock. A sweep asks again for whatever the rows show undone; messages may be lost."""

from __future__ import annotations

from celery.schedules import crontab

from app.jobs import COLLECT_PARTIALS, NIGHTLY, SWEEP, SWEEP_FILES

SWEEP_SECONDS = 2.0
COLLECT_SECONDS = 60.0

SCHEDULE = {
    "sweep": {
        "task": SWEEP.name,
        "schedule": SWEEP_SECONDS,
        # A sweep that waited is of no use: the next one does the same.
        "options": {"expires": SWEEP_SECONDS * 2},
    },
    "collect-partials": {
        "task": COLLECT_PARTIALS.name,
        "schedule": COLLECT_SECONDS,
        "options": {"expires": COLLECT_SECONDS},
    },
    "sweep-files": {"task": SWEEP_FILES.name, "schedule": crontab(minute="17")},
    "nightly": {"task": NIGHTLY.name, "schedule": crontab(hour="2", minute="40")},
}
