"""The chart of a series over waves: points, intervals, and bands where it breaks. A line never crosses a band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from textwrap import wrap
from typing import Any

from app.web.charts.axes import Axis
from app.web.charts.rendering import Spec
from app.web.charts.theme import SIZE, colour

WIDE, NARROW = 720, 340
"""Widths in pixels: of a desk, of a phone."""
BAND = 18
HATCH = 7
SIDE, NARROW_SIDE = 64, 32
NEAREST, NARROW_NEAREST = 100, 62
"""Pixels between neighbouring points at least: nearer dates are set apart, and the axis is then not in proportion."""
LINE = 17
TEXT = 7.4
"""Width of a letter of a label, at most."""


class Join(StrEnum):
    """How a point goes on from the one before it."""

    JOINED = "joined"
    NOTED = "noted"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Shape:
    """How a point is drawn. `is_hollow`: its base is unknown. `is_square`: it is not of the same kind as the others."""

    is_hollow: bool = False
    is_square: bool = False


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A point: `when` in years (2015.7), `label` under the axis, `text` its value as written.

    `low`, `high`: its interval, None when unknown.
    `join`, `reason`: how it goes on from the point before, and the few words beside a break; of the first, ignored.
    """

    when: float
    label: str
    value: float
    text: str
    low: float | None = None
    high: float | None = None
    shape: Shape = Shape()
    join: Join = Join.CUT
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TrendWords:
    """Sentences of the chart. `names`: one for each run of points between breaks, or none."""

    description: str
    break_: str
    marks: Sequence[str]
    names: Sequence[str] = ()


def trend(
    points: Sequence[TrendPoint], axis: Axis, words: TrendWords, *, ink: str = "accent", width: int = WIDE
) -> Spec:
    """The specification of a series, `points` in the order of time; `words.marks` are of the axis, `ink` a token."""
    height = 300 if width > NARROW else 260
    sheet = _Sheet(points, axis, width, height, ink)
    layers = [
        *sheet.bands(words.break_),
        *sheet.links(),
        *sheet.intervals(),
        *sheet.marks(),
        *sheet.texts(words.names),
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": words.description,
        "width": width,
        "height": height,
        "padding": {"left": 4, "right": 12, "top": 8, "bottom": 4},
        "layer": [sheet.grid(words.marks), *layers],
    }


class _Sheet:
    """The drawing area: places in years and in the unit of the values, with pixels turned into them."""

    def __init__(self, points: Sequence[TrendPoint], axis: Axis, width: int, height: int, ink: str) -> None:
        self.axis, self.width, self.height = axis, width, height
        self.ink = colour(ink)
        # In pixels from here on: dates that are too near are set apart.
        is_narrow = width <= NARROW
        side, nearest = (NARROW_SIDE, NARROW_NEAREST) if is_narrow else (SIDE, NEAREST)
        places = _places([one.when for one in points], width - 2 * side, nearest)
        self.points = [replace(one, when=side + place) for one, place in zip(points, places, strict=True)]
        self.start, self.end, self.is_narrow = 0.0, float(width), is_narrow
        self.x_pixel, self.y_pixel = 1.0, (axis.high - axis.low) / height

    def layer(self, mark: dict[str, Any], rows: Sequence[dict[str, Any]], **others: Any) -> list[Spec]:
        """One layer of marks placed by x and y (and x2, y2); none without rows."""
        if not rows:
            return []
        encoding = {
            "x": {"field": "x", "type": "quantitative", "scale": self._x_scale, "axis": None},
            "y": {"field": "y", "type": "quantitative", "scale": self._y_scale},
        }
        encoding |= {end: {"field": end} for end in ("x2", "y2") if end in rows[0]}
        if "text" in rows[0]:
            encoding["text"] = {"field": "text", "type": "nominal"}
        return [{"data": {"values": list(rows)}, "mark": mark, "encoding": encoding | others}]

    @property
    def _x_scale(self) -> dict[str, Any]:
        return {"domain": [self.start, self.end], "nice": False, "zero": False}

    @property
    def _y_scale(self) -> dict[str, Any]:
        return {"domain": [self.axis.low, self.axis.high], "nice": False, "zero": False}

    def grid(self, marks: Sequence[str]) -> Spec:
        """The lines of the values, their words, and the labels of the waves."""
        values = self.axis.marks
        expression = "".join(
            f"abs(datum.value-{value})<{self.axis.step / 100}?{_quoted(text)}:"
            for value, text in zip(values, marks, strict=True)
        )
        axis = {"values": values, "labelExpr": f"{expression}''"}
        rows = [{"x": self.points[0].when, "y": self.axis.low}]
        (layer,) = self.layer({"type": "point", "opacity": 0, "color": self.ink}, rows)
        layer["encoding"]["y"]["axis"] = axis
        return layer

    def bands(self, word: str) -> list[Spec]:
        """The hatched bands of the breaks, with the word above each, and its reason where there is room."""
        lines: list[dict[str, Any]] = []
        edges: list[dict[str, Any]] = []
        texts: list[dict[str, Any]] = []
        half, low, high = BAND / 2 * self.x_pixel, self.axis.low, self.axis.high
        middles = [(before.when + after.when) / 2 for before, after in pairwise(self.points) if after.join is Join.CUT]
        reasons = [after.reason for after in self.points[1:] if after.join is Join.CUT]
        for middle, reason in zip(middles, reasons, strict=True):
            left, right = middle - half, middle + half
            edges += [{"x": one, "y": low, "y2": high} for one in (left, right)]
            lines += self._hatch(left, right)
            said = self._reason(middle, middles, word, reason)
            texts.append({"x": middle, "y": high + said.count("\n") * LINE * self.y_pixel, "text": said})
        faint = {"type": "rule", "color": colour("edge"), "strokeWidth": 1}
        above = {"type": "text", "dy": -10, "baseline": "bottom", "color": colour("soft"), "lineBreak": "\n"}
        return [
            *self.layer({**faint, "opacity": 0.55}, lines),
            *self.layer(faint, edges),
            *self.layer({**above, "fontSize": SIZE - 1}, texts),
        ]

    def _hatch(self, left: float, right: float) -> list[dict[str, Any]]:
        rise = BAND * self.y_pixel
        count = int(self.height / HATCH) + 1
        found = []
        for one in range(-int(BAND / HATCH) - 1, count):
            start, low, high = self.axis.low + one * HATCH * self.y_pixel, self.axis.low, self.axis.high
            # From (left, start) up to (right, start + rise), cut to the height of the chart.
            first, last = max(0.0, (low - start) / rise), min(1.0, (high - start) / rise)
            if first < last:
                found.append(
                    {
                        "x": left + first * (right - left),
                        "x2": left + last * (right - left),
                        "y": start + first * rise,
                        "y2": start + last * rise,
                    }
                )
        return found

    def _reason(self, middle: float, middles: Sequence[float], word: str, reason: str) -> str:
        """The word alone where its reason does not fit before the next band."""
        gaps = [abs(middle - other) for other in middles if other != middle]
        ends = [2 * (middle - self.start), 2 * (self.end - middle)]
        room = int(min(gaps + ends) / self.x_pixel / TEXT) - 1
        lines = wrap(reason, room) if reason and room > max(map(len, reason.split())) else []
        return "\n".join([word, *lines]) if len(lines) <= 3 else word

    def links(self) -> list[Spec]:
        """The lines: full where joined, dotted where joined with a note."""
        found: list[Spec] = []
        for join, dash in ((Join.JOINED, []), (Join.NOTED, [2, 6])):
            rows = [
                {"x": before.when, "y": before.value, "x2": after.when, "y2": after.value}
                for before, after in pairwise(self.points)
                if after.join is join
            ]
            mark = {"type": "rule", "color": self.ink, "strokeWidth": 3, "strokeCap": "round"}
            found += self.layer({**mark, "strokeDash": dash} if dash else mark, rows)
        return found

    def intervals(self) -> list[Spec]:
        """The intervals, with their ends."""
        bars, ends = [], []
        for one in self.points:
            if one.low is not None and one.high is not None:
                bars.append({"x": one.when, "y": one.low, "y2": one.high})
                reach = 6 * self.x_pixel
                ends += [{"x": one.when - reach, "x2": one.when + reach, "y": end} for end in (one.low, one.high)]
        mark = {"type": "rule", "color": self.ink, "strokeWidth": 2}
        return [*self.layer(mark, bars), *self.layer(mark, ends)]

    def marks(self) -> list[Spec]:
        """The points: full, or hollow where the base is unknown; discs, or squares."""
        found: list[Spec] = []
        for shape in (Shape(), Shape(is_hollow=True), Shape(is_square=True), Shape(is_hollow=True, is_square=True)):
            mark = {"type": "point", "stroke": self.ink, "strokeWidth": 2.5, "size": 130, "opacity": 1}
            drawn = {"shape": "square" if shape.is_square else "circle"}
            drawn["fill"] = colour("surface") if shape.is_hollow else self.ink
            rows = [{"x": one.when, "y": one.value} for one in self.points if one.shape == shape]
            found += self.layer({**mark, **drawn}, rows)
        return found

    def texts(self, names: Sequence[str]) -> list[Spec]:
        """The values above their points, the waves under the axis, the names of the runs under their lines."""
        values = [{"x": one.when, "y": one.high or one.value, "text": one.text} for one in self.points]
        rows: list[list[dict[str, Any]]] = [[], []]
        reached = [-1e9, -1e9]
        for one in self.points:
            half = len(one.label) * TEXT / 2 * self.x_pixel
            # Two waves of nearby dates stand on two lines.
            line = 0 if one.when - half > reached[0] + 4 * self.x_pixel else 1
            reached[line] = one.when + half
            rows[line].append({"x": one.when, "y": self.axis.low, "text": one.label})
        label = {"type": "text", "baseline": "top", "color": colour("soft"), "fontSize": SIZE - 1}
        bold = {"type": "text", "dy": -12, "baseline": "bottom", "fontSize": SIZE + 2, "fontWeight": "bold"}
        named = {"type": "text", "dy": 16, "baseline": "top", "color": self.ink, "lineBreak": "\n"}
        return [
            *self.layer(bold, values),
            *(one for line, found in enumerate(rows) for one in self.layer({**label, "dy": 14 + 18 * line}, found)),
            *self.layer({**named, "fontSize": SIZE - 1}, self._names(names)),
        ]

    def _names(self, names: Sequence[str]) -> list[dict[str, Any]]:
        runs: list[list[TrendPoint]] = []
        for one in self.points:
            if not runs or one.join is Join.CUT:
                runs.append([])
            runs[-1].append(one)
        found = []
        # On a phone the runs are named in the table alone.
        for place, (run, name) in enumerate([] if self.is_narrow else zip(runs, names, strict=False)):
            middle = (run[0].when + run[-1].when) / 2
            before = (runs[place - 1][-1].when + run[0].when + BAND) / 2 if place else self.start
            after = (run[-1].when + runs[place + 1][0].when - BAND) / 2 if place + 1 < len(runs) else self.end
            room = 2 * min(middle - before, after - middle)
            text = "\n".join(wrap(name, max(9, min(26, int(room / TEXT))), break_long_words=False))
            lowest = min(one.low if one.low is not None else one.value for one in run)
            found.append({"x": middle, "y": lowest, "text": text})
        return found


def _places(whens: Sequence[float], width: float, nearest: float) -> list[float]:
    """Where dates go on a line of `width` pixels: in proportion, but never nearer than `nearest` where that fits."""
    if len(whens) < 2:
        return [width / 2] * len(whens)
    gaps = [max(after - before, 0.0) for before, after in pairwise(whens)]
    least = min(nearest, width / len(gaps))
    held: set[int] = set()
    while True:
        room = width - least * len(held)
        free = sum(gap for place, gap in enumerate(gaps) if place not in held)
        scale = room / free if free else 0.0
        short = {place for place, gap in enumerate(gaps) if place not in held and gap * scale < least - 1e-9}
        if not short:
            break
        held |= short
    found = [0.0]
    for place, gap in enumerate(gaps):
        found.append(found[-1] + (least if place in held else gap * scale))
    return found


def _quoted(text: str) -> str:
    """A text as Vega's expressions write it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
