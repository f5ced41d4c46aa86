"""The time of Paris as staff types it for a window: one moment, or the reason why there is none."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
MINUTE = dt.timedelta(minutes=1)
SHAPES = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%d/%m/%Y %Hh%M")
"""As a browser sends a date with a time, and as people type one where it offers no such field."""
YEARS = range(2000, 2200)


class TimeIsMalformed(ValueError):
    """A text that is no date with a time, or one of another age."""


class TimeDoesNotExist(ValueError):
    """The clocks went forward over this time. `before` and `after`: the nearest that exist, in Paris, without zone."""

    def __init__(self, before: dt.datetime, after: dt.datetime) -> None:
        super().__init__(f"{before:%H:%M}, {after:%H:%M}")
        self.before = before
        self.after = after


def read_paris(text: str) -> dt.datetime:
    """The moment, in UTC, of a local time as typed, at the minute; of one that comes twice that day, the later.

    Raises TimeIsMalformed, TimeDoesNotExist.
    """
    typed = _read(text.strip())
    if not _exists(typed):
        raise TimeDoesNotExist(_nearest(typed, -MINUTE), _nearest(typed, MINUTE))
    return typed.replace(tzinfo=PARIS, fold=1).astimezone(dt.UTC)


def write_paris(moment: dt.datetime) -> str:
    """A moment as `read_paris` reads it, and as a browser fills its field."""
    return f"{moment.astimezone(PARIS):{SHAPES[0]}}"


def is_twice(moment: dt.datetime) -> bool:
    """Whether the clocks of Paris show this time twice on that day."""
    here = moment.astimezone(PARIS)
    return here.replace(fold=0).utcoffset() != here.replace(fold=1).utcoffset()


def _read(text: str) -> dt.datetime:
    for shape in SHAPES:
        try:
            typed = dt.datetime.strptime(text.replace(" h ", "h"), shape).replace(second=0)
        except ValueError:
            continue
        if typed.year in YEARS:
            return typed
    raise TimeIsMalformed(text[:40])


def _exists(local: dt.datetime) -> bool:
    there = local.replace(tzinfo=PARIS).astimezone(dt.UTC)
    return there.astimezone(PARIS).replace(tzinfo=None) == local


def _nearest(local: dt.datetime, step: dt.timedelta) -> dt.datetime:
    while not _exists(local):
        local += step
    return local
