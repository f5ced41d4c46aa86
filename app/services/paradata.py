"""Paradata: what happened on the pages of a response, never what was typed.

Events wait in a bounded buffer of the process and are written a few seconds later, many at once, in a short
transaction of their own: a respondent never waits for them. They may be lost.
"""

from __future__ import annotations

import atexit
import datetime as dt
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import CursorResult, Table, delete, exists, insert, or_, select
from sqlalchemy.orm import Session

from app.db import Database, now
from app.models import PageEvent, Response

INITIALIZED, NEW_PAGE, INPUT = "initialized", "new-page", "input"
CONTROL, CONTROL_SKIP, CONTACT_SUPPORT, EXIT = "control", "control-skip", "contact-support", "exit"
"""What is recorded; the names are those of the collection tools of INSEE."""
RETENTION = dt.timedelta(days=365)
FLUSH_SECONDS = 2.0
MOST_WAITING = 10_000
"""Events that a process holds before it drops the next ones."""
PURGED_AT_ONCE = 5_000
EVENTS = cast(Table, PageEvent.__table__)
_RESPONSES = cast(Table, Response.__table__)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on a page (`page` may be empty) of a response. `data`: codes, names and counts only."""

    wave_id: int
    response_id: int
    event: str
    page: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    at: dt.datetime = field(default_factory=now)

    def row(self) -> dict[str, Any]:
        """The columns of its row."""
        return {
            "wave_id": self.wave_id,
            "response_id": self.response_id,
            "event": self.event,
            "page": self.page,
            "at": self.at,
            "data": dict(self.data),
        }


class Recorder:
    """Takes events without waiting nor failing, and writes them in the background."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[Event] = deque()
        self._lock = threading.Lock()
        self._has_some = threading.Event()
        self._owner: int | None = None
        self._is_closed = False

    def record(self, events: Iterable[Event]) -> None:
        """Have these events written soon; dropped when too many wait."""
        if self._is_closed:
            return
        if self._owner != os.getpid():  # a thread does not survive the fork of gunicorn
            self._start()
        for event in events:
            if len(self._waiting) < MOST_WAITING:
                self._waiting.append(event)
        if self._waiting:
            self._has_some.set()

    def flush(self) -> int:
        """Write what waits, in one transaction; how many. What the database refuses is lost."""
        rows = []
        while self._waiting:
            try:
                rows.append(self._waiting.popleft().row())
            except IndexError:  # another thread was faster
                break
        if not rows:
            return 0
        try:
            with self._database.transaction() as session:
                session.execute(insert(EVENTS), rows)
        except Exception as error:
            log.warning("%d events of paradata were lost: %s", len(rows), type(error).__name__)
            return 0
        return len(rows)

    def close(self) -> None:
        """Write what waits, and take no more."""
        self._is_closed = True
        atexit.unregister(self.close)
        self._has_some.set()
        if self._owner == os.getpid():
            self.flush()

    def _start(self) -> None:
        with self._lock:
            if self._owner == os.getpid():
                return
            self._owner = os.getpid()
            # What waited before a fork is written by the process that forked.
            self._waiting, self._has_some = deque(), threading.Event()
            threading.Thread(target=self._run, name="paradata", daemon=True).start()
            atexit.register(self.close)

    def _run(self) -> None:
        while not self._is_closed:
            self._has_some.wait()
            time.sleep(FLUSH_SECONDS)
            self._has_some.clear()
            if not self._is_closed:
                self.flush()


def device_class(user_agent: str) -> str:
    """All that is kept of a browser: phone, tablet or desktop."""
    if "iPad" in user_agent or "Tablet" in user_agent:
        return "tablet"
    if "Mobi" in user_agent:
        return "phone"
    return "tablet" if "Android" in user_agent else "desktop"


def forget(session: Session, response_id: int) -> None:
    """Delete the events of a response: it was withdrawn, or was never to be kept."""
    session.execute(delete(EVENTS).where(EVENTS.c.response_id == response_id))


def purge(database: Database) -> int:
    """Delete what is older than a year, and the events of responses that are gone or withdrawn; how many."""
    before = now() - RETENTION
    is_kept = exists().where(_RESPONSES.c.id == EVENTS.c.response_id, _RESPONSES.c.disposition != "withdrawn")
    found = select(EVENTS.c.id).where(or_(EVENTS.c.at < before, ~is_kept)).limit(PURGED_AT_ONCE)
    total = 0
    while True:
        with database.transaction() as session:
            ids = session.scalars(found).all()
            if not ids:
                return total
            result = cast(CursorResult[Any], session.execute(delete(EVENTS).where(EVENTS.c.id.in_(ids))))
        total += result.rowcount
        if len(ids) < PURGED_AT_ONCE:
            return total
