"""From what a respondent typed to the value that is kept: numbers, dates, months, durations."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from ..expressions import MAX_INTEGER
from ..model import DURATIONS, Duration, NumberGrid, Quantity
from ..problems import Place, Problem

# A group mark may be a space, also one of those of French typography.
_NUMBER = re.compile(r"([-+\u2212]?)([0-9]{1,40})(?:[.,]([0-9]+))?")
_GROUP_MARKS = re.compile("[ \u00a0\u202f]")
_DAY_FIRST = re.compile(r"([0-9]{1,2})\s*[/. -]\s*([0-9]{1,2})\s*[/. -]\s*([0-9]{4})")
_YEAR_FIRST = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_MONTH_FIRST = re.compile(r"([0-9]{1,2})\s*[/. -]\s*([0-9]{4})")
_MONTH_LAST = re.compile(r"([0-9]{4})-([0-9]{1,2})")
_WHOLE = re.compile(r"[0-9]{1,9}")


def read_number(question: Quantity | NumberGrid, text: str) -> int | Problem:
    """The scaled integer that a respondent typed, or what is wrong: `1 234,5` with one decimal is 12345.

    Bounds are for `check_answer`.
    """
    place = Place(question=question.name, variable=question.name)
    decimals = question.answer_type.decimals
    found = _NUMBER.fullmatch(_GROUP_MARKS.sub("", text))
    if found is None:
        return Problem("number-not-a-number", place)
    sign, whole, fraction = found[1], found[2], (found[3] or "").rstrip("0")
    if len(fraction) > decimals:
        return Problem("number-too-many-decimals", place, data={"decimals": decimals})
    value = int(whole + fraction.ljust(decimals, "0"))
    return -value if sign in ("-", "\u2212") else value


def read_date(text: str) -> int | None:
    """The number of a day, typed `31/12/2022`, `31.12.2022` or `2022-12-31`; None where there is no such day."""
    if found := _YEAR_FIRST.fullmatch(text.strip()):
        year, month, day = found.groups()
    elif found := _DAY_FIRST.fullmatch(text.strip()):
        day, month, year = found.groups()
    else:
        return None
    try:
        return dt.date(int(year), int(month), int(day)).toordinal()
    except ValueError:
        return None


def read_month(text: str) -> int | None:
    """The number of a month, typed `12/2022` or `2022-12`; None where there is no such month."""
    if found := _MONTH_LAST.fullmatch(text.strip()):
        year, month = found.groups()
    elif found := _MONTH_FIRST.fullmatch(text.strip()):
        month, year = found.groups()
    else:
        return None
    return 12 * int(year) + int(month) - 1 if 1 <= int(month) <= 12 and int(year) else None


def read_duration(question: Duration, parts: Sequence[str]) -> int | Problem | None:
    """The duration typed in parts, one for each unit; a blank part beside another is 0. None: all are blank."""
    typed = [_GROUP_MARKS.sub("", part) for part in parts]
    if not any(typed):
        return None
    worth = DURATIONS[question.units]
    if len(typed) != len(worth) or not all(_WHOLE.fullmatch(part or "0") for part in typed):
        return Problem("duration-not-a-duration", Place(question=question.name, variable=question.name))
    value = sum(int(part or "0") * each for part, each in zip(typed, worth, strict=True))
    return min(value, MAX_INTEGER)
