"""The chart of actors: one line each, its first and its last measure. Shape and colour both say who."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.web.charts.axes import Axis
from app.web.charts.rendering import Spec
from app.web.charts.theme import SIZE, colour
from app.web.charts.trends import NARROW, WIDE

STEP = 48
SHAPES = {
    "citoyens": "circle",
    "elus": "square",
    "entreprises": "triangle-up",
    "associations": "diamond",
    "fondations": "M0,-1L0.95,-0.31L0.59,0.81L-0.59,0.81L-0.95,-0.31Z",
    "academiques": "cross",
}
"""Population -> shape of its marks; its colour is the token `pop-` and its name."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A value and how it is written. `is_hollow`: drawn empty; None: the first measure of an actor is, not its last."""

    value: float
    text: str
    is_hollow: bool | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """A line: `label` of the population, its first measure and its last (None when there is one only: `last`).

    `is_comparable`: whether the gap between the two may be read; the line is full then, dotted otherwise.
    """

    label: str
    population: str
    first: Measure | None
    last: Measure | None
    is_comparable: bool = False


def dots(actors: Sequence[Actor], axis: Axis, description: str, marks: Sequence[str], *, width: int = WIDE) -> Spec:
    """The specification: actors from top to bottom; `marks` are the words of the axis, one for each of its marks."""
    plot = _Plot(actors, axis)
    values = axis.marks
    texts = [{"x": value, "y": len(actors), "text": text} for value, text in zip(values, marks, strict=True)]
    grid = [{"x": value, "y": -0.5, "y2": len(actors) - 0.5} for value in values]
    rule = {"type": "rule", "color": colour("line")}
    below = {"type": "text", "dy": -STEP / 2 + 18, "baseline": "top", "color": colour("soft"), "fontSize": SIZE - 1}
    if width > NARROW:
        names = plot.layer({"type": "text", "align": "right", "fontWeight": "bold", "dx": -24}, plot.names)
    else:
        # No room beside the lines of a phone: the name stands above its line.
        names = plot.layer({"type": "text", "align": "left", "fontWeight": "bold", "dy": -18}, plot.names)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": description,
        "width": width if width <= NARROW else width - 200,
        "height": (len(actors) + 1) * (STEP if width > NARROW else STEP + 14),
        "layer": [*plot.layer(rule, grid), *plot.layer(below, texts), *plot.lines(), *plot.marks(), *names],
    }


class _Plot:
    def __init__(self, actors: Sequence[Actor], axis: Axis) -> None:
        self.actors, self.axis = actors, axis

    @property
    def names(self) -> list[dict[str, Any]]:
        return [{"x": self.axis.low, "y": place, "text": one.label} for place, one in enumerate(self.actors)]

    def layer(self, mark: dict[str, Any], rows: Sequence[dict[str, Any]]) -> list[Spec]:
        if not rows:
            return []
        scales = {
            "x": {"domain": [self.axis.low, self.axis.high], "nice": False, "zero": False},
            "y": {"domain": [len(self.actors), -1], "nice": False, "zero": False},
        }
        encoding: dict[str, Any] = {
            name: {"field": name, "type": "quantitative", "scale": scale, "axis": None}
            for name, scale in scales.items()
        }
        encoding |= {end: {"field": end} for end in ("x2", "y2") if end in rows[0]}
        if "text" in rows[0]:
            encoding["text"] = {"field": "text", "type": "nominal"}
        return [{"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}]

    def lines(self) -> list[Spec]:
        found: list[Spec] = []
        for place, one in enumerate(self.actors):
            if one.first is None or one.last is None:
                continue
            mark = {"type": "rule", "color": colour(f"pop-{one.population}"), "strokeWidth": 3, "strokeCap": "round"}
            row = {"x": one.first.value, "x2": one.last.value, "y": place}
            found += self.layer(mark if one.is_comparable else {**mark, "strokeDash": [2, 6]}, [row])
        return found

    def marks(self) -> list[Spec]:
        found: list[Spec] = []
        for place, one in enumerate(self.actors):
            ink = colour(f"pop-{one.population}")
            mark = {"type": "point", "shape": SHAPES[one.population], "stroke": ink, "strokeWidth": 2.2, "opacity": 1}
            is_rising = one.first is None or one.last is None or one.first.value <= one.last.value
            for measure, is_last in ((one.first, False), (one.last, True)):
                if measure is None:
                    continue
                row = {"x": measure.value, "y": place, "text": measure.text}
                is_hollow = not is_last if measure.is_hollow is None else measure.is_hollow
                fill = colour("surface") if is_hollow else ink
                found += self.layer({**mark, "size": 190, "fill": fill}, [{"x": row["x"], "y": place}])
                # Each value stands outside of the line between the two.
                is_right = is_last == is_rising
                text = {"type": "text", "align": "left" if is_right else "right", "dx": 15 if is_right else -15}
                weight = {"fontWeight": "bold", "fontSize": SIZE + 1} if is_last else {"color": colour("soft")}
                found += self.layer(text | weight, [row])
        return found
