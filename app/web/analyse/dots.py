"""The chart of domains: one dot and its interval each, beside the whole. Geometry only, from a ProtectedTable."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.estimation.disclosure import Mask, ProtectedTable
from app.web import formats
from app.web.analyse.presentation import Scale, mean_scale

WIDTH, LEFT, RIGHT = 340, 6, 14
TOP, STEP, BELOW = 34, 36, 26
LONGEST_LABEL = 44
MARKS = 5


@dataclass(frozen=True, slots=True)
class Dot:
    """A domain: its name and value on one line, its interval on the next. Without a value it is hidden."""

    label: str
    full_label: str
    text: str
    y: float
    x: float | None = None
    low: float | None = None
    high: float | None = None
    is_fragile: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of the grid and what is written under it."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class DotChart:
    """Dots from the largest to the smallest, in the coordinates of the view box."""

    dots: tuple[Dot, ...]
    marks: tuple[Mark, ...]
    whole: Mark | None
    cut_at: str
    height: int
    column: str
    is_mean: bool
    width: int = WIDTH
    top: int = TOP

    @property
    def base(self) -> int:
        """Where the grid ends."""
        return self.height - BELOW

    @property
    def highest(self) -> Dot | None:
        """The largest value shown."""
        return next((dot for dot in self.dots if dot.x is not None), None)

    @property
    def lowest(self) -> Dot | None:
        """The smallest value shown."""
        return next((dot for dot in reversed(self.dots) if dot.x is not None), None)


def dot_chart(table: ProtectedTable, place: int, scale: Scale | None = None) -> DotChart | None:
    """The chart of one column by domain; None without domains or when every domain is hidden."""
    column = table.columns[place]
    is_mean = column.kind == "mean"
    domains = [row for row in table.rows if not row.is_total]
    cells = [row.cells[place] for row in domains]
    ends = [end for cell in cells if cell.low is not None and cell.high is not None for end in (cell.low, cell.high)]
    if not ends:
        return None
    whole = table.rows[0].cells[place].value
    axis = _Axis(ends + ([whole] if whole is not None else []), is_mean, scale or mean_scale(table))
    order = sorted(range(len(domains)), key=lambda one: -_value(cells[one].value))
    dots = tuple(
        _dot(table, domains[one].label, place, table.rows.index(domains[one]), TOP + line * STEP, axis)
        for line, one in enumerate(order)
    )
    height = TOP + len(dots) * STEP + BELOW
    mark = None if whole is None else Mark(axis.place(whole), axis.write(whole))
    return DotChart(dots, axis.marks, mark, axis.cut_at, height, column.label, is_mean)


def _value(value: float | None) -> float:
    return -math.inf if value is None else value


def _dot(table: ProtectedTable, label: str, place: int, row: int, y: float, axis: _Axis) -> Dot:
    cell = table.rows[row].cells[place]
    name = label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1].rstrip() + "…"
    if cell.value is None or cell.low is None or cell.high is None:
        return Dot(name, label, "–" if cell.mask is Mask.NO_ANSWER else "c", y)
    star = f"{formats.NO_BREAK}*" if cell.is_fragile else ""
    places = axis.place(cell.value), axis.place(cell.low), axis.place(cell.high)
    return Dot(name + star, label, axis.write(cell.value), y, *places, cell.is_fragile)


class _Axis:
    """Round bounds around what is shown. An axis that does not start at its zero says so: `cut_at`."""

    def __init__(self, values: list[float], is_mean: bool, scale: Scale) -> None:
        self.is_mean, self.language = is_mean, formats.language()
        start, end = scale if is_mean else (0.0, 1.0)
        span = max(values) - min(values)
        self.step = _round_step(max(span, (end - start) / 50) / MARKS)
        self.low = max(start, math.floor(min(values) / self.step) * self.step)
        self.high = min(end, math.ceil(max(values) / self.step) * self.step)
        if self.high <= self.low:
            # Everything is at one round value: nothing but the whole scale can show where.
            self.low, self.high, self.step = start, end, _round_step((end - start) / MARKS)
        self.cut_at = self.write(self.low) if self.low > start + 1e-9 else ""

    def place(self, value: float) -> float:
        part = (value - self.low) / (self.high - self.low)
        return round(LEFT + (WIDTH - LEFT - RIGHT) * min(1.0, max(0.0, part)), 1)

    def write(self, value: float) -> str:
        if self.is_mean:
            return formats.mean(value, self.language)
        return formats.percent(value, self.language)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The grid; the unit stands on the last mark only."""
        count = round((self.high - self.low) / self.step)
        values = [self.low + one * self.step for one in range(count + 1)]
        texts = [self.write(value).removesuffix(f"{formats.NO_BREAK}%").removesuffix("%") for value in values]
        texts[-1] = self.write(values[-1])
        return tuple(Mark(self.place(value), text) for value, text in zip(values, texts, strict=True))


def _round_step(wanted: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least `wanted`."""
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= wanted * (1 - 1e-9))
