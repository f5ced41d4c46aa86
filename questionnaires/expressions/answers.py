"""What a rule reads: values of answers, and the typed causes of their absence."""

from __future__ import annotations

from enum import IntEnum


class Absence(IntEnum):
    """Why a value is missing. The integers are those of every file that the platform writes."""

    NOT_REACHED = -1
    NOT_ROUTED = -2
    NOT_IN_VERSION = -3
    SKIPPED = -4
    NO_OPINION = -5
    REFUSED = -6
    SCREENED_OUT = -7
    BROKE_OFF = -8
    WITHDRAWN = -9


# A code, a score or a scaled number; a text; the sorted codes of a multiple choice.
Value = int | str | tuple[int, ...]
Answer = Value | Absence
