"""The names of jobs, and how one is asked for.

A message is only a hint: it leaves after the commit, from a bounded background sender with
short socket limits, and may be lost; a sweep every two seconds asks again for what the rows show undone.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from queue import Full, Queue

from celery import Celery
from sqlalchemy.orm import Session

from app.db import after_commit, now
from app.models import Job

SOCKET_SECONDS = 1.0
PENDING_MESSAGES = 1000
RESULT_TASK_SECONDS = 900


@dataclass(frozen=True, slots=True)
class JobName:
    """A job: its Celery task name, its queue, and whether a row of `jobs` keeps it."""

    name: str
    queue: str
    has_row: bool = False


FOLD_WAVE = JobName("fold-wave", "fold")
REFRESH_SNAPSHOT = JobName("refresh-snapshot", "fold")
REBUILD_WAVE = JobName("rebuild-wave", "bulk", has_row=True)
RUN_WEIGHTING = JobName("run-weighting", "interactive", has_row=True)
SWEEP = JobName("sweep", "interactive")
SWEEP_FILES = JobName("sweep-files", "bulk")
NIGHTLY = JobName("nightly", "bulk")
READ_MICRODATA = JobName("read-microdata", "bulk", has_row=True)
IMPORT_MICRODATA = JobName("import-microdata", "bulk", has_row=True)
COLLECT_PARTIALS = JobName("collect-partials", "bulk")
PROVE_VERSION = JobName("prove-version", "bulk", has_row=True)
COMPARE_VERSIONS = JobName("compare-versions", "bulk", has_row=True)
CHECK_DRAFT = JobName("check-draft", "interactive")

SEND_MESSAGE = JobName("send-message", "mail")

JOBS = {
    job.name: job
    for job in (
        FOLD_WAVE,
        REFRESH_SNAPSHOT,
        REBUILD_WAVE,
        RUN_WEIGHTING,
        SWEEP,
        SWEEP_FILES,
        NIGHTLY,
        READ_MICRODATA,
        IMPORT_MICRODATA,
        COLLECT_PARTIALS,
        PROVE_VERSION,
        COMPARE_VERSIONS,
        CHECK_DRAFT,
        SEND_MESSAGE,
    )
}
QUEUES = ("interactive", "fold", "mail", "bulk")


def make_celery(broker_url: str) -> Celery:
    """The Celery application, for the producer and for the worker: one configuration."""
    app = Celery("impact", set_as_current=False)
    app.conf.update(
        broker_url=broker_url,
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_serializer="json",
        accept_content=["json"],
        task_default_queue="interactive",
        task_routes={name: {"queue": job.queue} for name, job in JOBS.items()},
        worker_prefetch_multiplier=1,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            # A message of a dead worker comes back within seconds; tasks are idempotent and short.
            "visibility_timeout": RESULT_TASK_SECONDS,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
            "socket_timeout": 30,
            "socket_connect_timeout": SOCKET_SECONDS,
        },
        timezone="UTC",
    )
    return app


class Sender:
    """Sends hints in the background: `send` never waits and never fails.

    Identical hints that wait are sent once. When the broker is away or slow they are dropped.
    """

    def __init__(self, broker_url: str) -> None:
        self._celery = make_celery(broker_url)
        self._celery.conf.broker_transport_options = {
            "socket_timeout": SOCKET_SECONDS,
            "socket_connect_timeout": SOCKET_SECONDS,
        }
        self._queue: Queue[tuple[str, tuple[int, ...]]] = Queue(PENDING_MESSAGES)
        self._waiting: set[tuple[str, tuple[int, ...]]] = set()
        self._lock = threading.Lock()
        self._owner: int | None = None

    def send(self, job: JobName, ids: tuple[int, ...]) -> None:
        """Queue one hint; dropped when a thousand already wait."""
        message = (job.name, ids)
        with self._lock:
            if self._owner != os.getpid():  # a thread does not survive the fork of gunicorn
                self._start()
            if message in self._waiting:
                return
            with contextlib.suppress(Full):
                self._queue.put_nowait(message)
                self._waiting.add(message)

    def _start(self) -> None:
        self._owner = os.getpid()
        self._queue = Queue(PENDING_MESSAGES)
        self._waiting = set()
        threading.Thread(target=self._run, name="hint-sender", daemon=True).start()

    def _run(self) -> None:
        queue = self._queue
        while True:
            message = queue.get()
            with self._lock:
                self._waiting.discard(message)
            name, ids = message
            # Whatever the broker does, the row is there and the sweep will ask again.
            with contextlib.suppress(Exception):
                self._celery.send_task(name, args=list(ids), queue=JOBS[name].queue, retry=False)


def request(session: Session, sender: Sender | None, job: JobName, *ids: int, cause: str = "") -> Job | None:
    """Ask for `job` on the rows `ids` once this transaction is committed.

    A job that keeps a row gets it now, in the same transaction; the row's id is then what the task takes.
    """
    row: Job | None = None
    if job.has_row:
        row = Job(name=job.name, ids=list(ids), cause=cause, status="pending", attempts=0, requested_at=now())
        session.add(row)
        session.flush()
        ids = (row.id,)
    if sender is not None:
        after_commit(session, lambda: sender.send(job, ids))
    return row


def send_all(sender: Sender, hints: Iterable[tuple[JobName, int]]) -> None:
    """Send hints for rows that are there already: nothing waits for a commit."""
    for job, identifier in hints:
        sender.send(job, (identifier,))
