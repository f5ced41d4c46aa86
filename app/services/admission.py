"""How many may answer at once, and the one line in which the others wait.

Nobody who answers is ever counted out: capacity is looked at when someone starts, and only then. Whoever finds the
platform full gets the next number; numbers are called in their order as places free up, a called number keeps its
place for CALL_SECONDS, then the place passes on. The browser holds its number, so the line is one row however many
wait, and that row is the lock of all who want to enter a platform that is nearly full.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import now
from app.models import Response, WaitingLine

CALL_SECONDS = 180
"""How long a place is kept for a number that was called."""
ACTIVE_MINUTES = 10
"""Someone who has saved nothing for as long leaves the place to another, and is not stopped on coming back."""
STARTED_MINUTES = 90
"""Who started before is no longer counted: the count reads one short stretch of an index."""
KNOWN_SECONDS = 1.0
FREE_SHARE, FREE_ROOM = 0.75, 20
"""Below this share of the capacity less that many, a count of a second ago is enough to let someone in."""


@dataclass(frozen=True, slots=True)
class Line:
    """The line as it is stored. `calls`: number -> the second at which its place passes on."""

    given: int
    called: int
    calls: Mapping[int, int]

    @property
    def is_empty(self) -> bool:
        """Whether nobody waits and no place is kept for anyone."""
        return self.called == self.given and not self.calls


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a number stands: called until a moment, or so many before it, or passed (`before` below 0)."""

    number: int
    before: int
    called_until: dt.datetime | None = None

    @property
    def is_called(self) -> bool:
        """Whether one may enter now."""
        return self.called_until is not None

    @property
    def is_over(self) -> bool:
        """Whether the number is of no use any more: its turn has passed, or it was never given."""
        return self.called_until is None and self.before < 0


@dataclass(slots=True)
class _Known:
    """What this process knew a moment ago: until when that will do, and whether there was plenty of room."""

    until: float
    is_roomy: bool


_known: WeakKeyDictionary[object, _Known] = WeakKeyDictionary()
"""Of each database of this process."""


def enter(session: Session, capacity: int, number: int | None) -> Standing | None:
    """Let someone start a response in this transaction (None), or say where in the line they stand from now on.

    `capacity`: how many may answer at once, 0 without limit. `number`: the one they hold, if any; used up by entering.
    Whoever may enter holds the row of the line until the transaction ends, so that two never take one place. With
    plenty of room the row is not locked: more than `capacity` enter only if a quarter of it starts within a second.
    """
    if capacity == 0 or _is_roomy(session, capacity):
        return None
    line, row = _lock(session)
    active = count_active(session)
    line = call_next(line, capacity - active, int(now().timestamp()))
    standing = _enter_or_wait(line, capacity - active, number)
    if standing is None:
        line = replace(line, calls={one: until for one, until in line.calls.items() if one != number})
    elif standing.number > line.given:
        line = replace(line, given=standing.number)
    _store(row, line)
    return standing


def _enter_or_wait(line: Line, free: int, number: int | None) -> Standing | None:
    """Whether this number, or someone without one, may take a place; else where they stand."""
    standing = stand(line, number)
    if standing is not None and not standing.is_over:
        return None if standing.is_called else standing
    if line.called == line.given and free > len(line.calls):
        return None
    return Standing(line.given + 1, line.given - line.called)


def call_next(line: Line, free: int, second: int) -> Line:
    """The line at this second with `free` places that nobody answers in: late numbers pass, the next are called."""
    kept = {one: until for one, until in line.calls.items() if until > second}
    last = min(line.given, line.called + max(0, free - len(kept)))
    calls = kept | dict.fromkeys(range(line.called + 1, last + 1), second + CALL_SECONDS)
    return Line(line.given, last, calls)


def stand(line: Line, number: int | None) -> Standing | None:
    """Where a number stands in this line; None for none."""
    if number is None:
        return None
    if number in line.calls:
        return Standing(number, 0, dt.datetime.fromtimestamp(line.calls[number], dt.UTC))
    return Standing(number, number - line.called - 1 if number <= line.given else -1)


def find_standing(session: Session, number: int | None) -> Standing | None:
    """Where a number stands now; reads one row, writes nothing."""
    standing = stand(_read(session), number)
    if standing is not None and standing.called_until is not None and standing.called_until <= now():
        return Standing(standing.number, -1)
    return standing


def has_waiting(session: Session) -> bool:
    """Whether there is anything to call for."""
    return not _read(session).is_empty


def call_waiting(session: Session, capacity: int) -> None:
    """Call as many numbers as there are places; `capacity` 0: all of them."""
    line, row = _lock(session)
    free = capacity - count_active(session) if capacity else line.given
    _store(row, call_next(line, free, int(now().timestamp())))


def count_active(session: Session) -> int:
    """How many answer at this moment: started lately, not sent yet, and saved something within the last minutes."""
    at = now()
    statement = select(func.count()).where(
        Response.started_at > at - dt.timedelta(minutes=STARTED_MINUTES),
        Response.updated_at > at - dt.timedelta(minutes=ACTIVE_MINUTES),
        Response.disposition == "in_progress",
    )
    return session.execute(statement).scalar_one()


def _is_roomy(session: Session, capacity: int) -> bool:
    """Whether, as of a second ago at most, nobody waited and many places were free."""
    engine = session.get_bind()
    known = _known.get(engine)
    if known is None or time.monotonic() > known.until:
        limit = capacity * FREE_SHARE - FREE_ROOM
        is_roomy = limit > 0 and _read(session).is_empty and count_active(session) < limit
        known = _known[engine] = _Known(time.monotonic() + KNOWN_SECONDS, is_roomy)
    return known.is_roomy


def _read(session: Session) -> Line:
    row = session.execute(select(WaitingLine.given, WaitingLine.called, WaitingLine.calls)).one()
    return Line(row.given, row.called, _decode(row.calls))


def _lock(session: Session) -> tuple[Line, WaitingLine]:
    """The line, and its row locked until the end of the transaction."""
    row = session.execute(select(WaitingLine).with_for_update().execution_options(populate_existing=True)).scalar_one()
    return Line(row.given, row.called, _decode(row.calls)), row


def _decode(calls: Mapping[str, int]) -> dict[int, int]:
    return {int(number): until for number, until in calls.items()}


def _store(row: WaitingLine, line: Line) -> None:
    """Write what has changed; the same line writes nothing."""
    row.given, row.called = line.given, line.called
    calls = {str(number): until for number, until in line.calls.items()}
    if calls != row.calls:
        row.calls = calls
