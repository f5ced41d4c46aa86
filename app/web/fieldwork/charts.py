"""The chart of completes by day: geometry only, drawn by the template as SVG attributes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600, 240
LEFT, RIGHT, TOP, BOTTOM = 46, 8, 22, 34
SHOWN_DAYS = 60
LABELS = 6


@dataclass(frozen=True, slots=True)
class Bar:
    """One day: its rectangle, and whether its date stands under it."""

    day: dt.date
    count: int
    x: float
    y: float
    width: float
    height: float
    is_labelled: bool

    @property
    def middle(self) -> float:
        """Where the label goes."""
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid."""

    value: int
    y: float


@dataclass(frozen=True, slots=True)
class DayChart:
    """Bars and grid, in the coordinates of a WIDTH x HEIGHT view box. `left_out`: earlier days not drawn."""

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    left_out: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    base: int = HEIGHT - BOTTOM

    @property
    def busiest(self) -> Bar:
        """The day with most completes; the first of them."""
        return max(self.bars, key=lambda bar: bar.count)


def day_chart(by_day: Sequence[tuple[dt.date, int]]) -> DayChart | None:
    """The bars of the days from the first complete to the last, empty days included; None without any."""
    if not by_day:
        return None
    counts = dict(by_day)
    first, last = min(counts), max(counts)
    days = [first + dt.timedelta(days=one) for one in range((last - first).days + 1)]
    shown = days[-SHOWN_DAYS:]
    step = tick_step(max(counts.values()))
    top = max(step, -(-max(counts.values()) // step) * step)
    slot = (WIDTH - LEFT - RIGHT) / max(len(shown), 7)
    every = -(-len(shown) // LABELS)
    bars = tuple(
        _bar(day, counts.get(day, 0), LEFT + place * slot, slot, top, (len(shown) - 1 - place) % every == 0)
        for place, day in enumerate(shown)
    )
    ticks = tuple(Tick(value, round(_y(value, top), 1)) for value in range(0, top + 1, step))
    return DayChart(bars, ticks, len(days) - len(shown))


def tick_step(largest: int) -> int:
    """A round step that makes at most five lines: 1, 2 or 5 times a power of ten."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if step * factor * 4 >= largest:
                return step * factor
        step *= 10


def _y(value: int, top: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top


def _bar(day: dt.date, count: int, x: float, slot: float, top: int, is_labelled: bool) -> Bar:
    y = _y(count, top)
    gap = min(6.0, slot * 0.25)
    return Bar(
        day,
        count,
        round(x + gap / 2, 1),
        round(y, 1),
        round(slot - gap, 1),
        round(HEIGHT - BOTTOM - y, 1),
        is_labelled,
    )
