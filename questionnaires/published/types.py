"""Types of published figures. A figure never travels without its wave, its base, its sources and its caveats."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from ..comparison.changes import Join
from ..concepts import Grade
from ..model import LocalText


class Statistic(StrEnum):
    """What a figure is: a share or a sum of two answers in %, a mean, a count, a total extrapolated to a universe."""

    SHARE = "share"
    TOP_TWO = "top_two"
    MEAN = "mean"
    COUNT = "count"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Source:
    """A public page, or a notice without an address (empty)."""

    key: str
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class PublishedWave:
    """A survey as published. `on` orders it in time and `date` says it in words.

    `dated_by`: what dates it, fieldwork, publication, or a deduction. `n`: respondents at least, None if unknown;
    `size` says it in words.
    """

    key: str
    name: LocalText
    population: str
    on: dt.date
    date: LocalText
    dated_by: str
    n: int | None
    size: LocalText


@dataclass(frozen=True, slots=True)
class PublishedItem:
    """A question as far as it is known, of one population: its concept, its wording in our words, its scale."""

    key: str
    concept: str
    population: str
    text: LocalText
    scale: LocalText
    is_multiple: bool
    grade: Grade
    reason: LocalText


@dataclass(frozen=True, slots=True)
class OtherReading:
    """Another value that another source gives of the same figure."""

    value: Decimal
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """One published value: in % (share, top_two), out of 10 (mean of an intensity), or a number.

    `part`: the answer, the row or the fragility that it is about, empty for the item itself; `subgroup`: the
    territory or the part of the population, None for all. `base`: who it is about, in words; `n`: how many, None
    when unknown. `is_derived`: computed from other published values. `bound`: « plus de », « près de »… in words.
    """

    key: str
    item: PublishedItem
    wave: PublishedWave
    value: Decimal
    statistic: Statistic
    base: LocalText
    n: int | None
    sources: tuple[Source, ...]
    entry: int
    part: str = ""
    label: LocalText | None = None
    subgroup: LocalText | None = None
    caveats: tuple[LocalText, ...] = ()
    others: tuple[OtherReading, ...] = ()
    is_derived: bool = False
    bound: LocalText | None = None

    @property
    def is_disputed(self) -> bool:
        """Whether sources give other values."""
        return bool(self.others)

    @property
    def has_known_base(self) -> bool:
        """Whether the number of those it is about is known."""
        return self.n is not None


@dataclass(frozen=True, slots=True)
class PublishedJoin:
    """Whether two figures make one series, and why."""

    join: Join
    reason: LocalText


@dataclass(frozen=True, slots=True)
class PublishedSeries:
    """Items read one after the other, on one picture: a new item is always a break."""

    key: str
    label: LocalText
    population: str
    items: tuple[str, ...]
