"""Days and months as numbers: what is kept of them, and the texts that stand for them in rules and files."""

from __future__ import annotations

import re
from datetime import date

_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")


def day_number(text: str) -> int | None:
    """The number of the day "2022-03-01", as `datetime.date.toordinal` gives it; None when it is no day."""
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).toordinal()
    except ValueError:
        return None


def day_text(number: int) -> str:
    """The text of a day; the inverse of `day_number`."""
    return date.fromordinal(number).isoformat()


def month_text(number: int) -> str:
    """The text of a month; the inverse of `month_number`."""
    return f"{number // 12:04}-{number % 12 + 1:02}"


def month_number(text: str) -> int | None:
    """The number of the month "2022-03", 12 * year + month - 1; None when it is no month of the years 1 to 9999."""
    found = _MONTH.fullmatch(text)
    if found is None:
        return None
    year, month = int(found[1]), int(found[2])
    return 12 * year + month - 1 if year and 1 <= month <= 12 else None
