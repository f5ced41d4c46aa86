"""The 13 metropolitan regions as tiles, each near its place: the value is written in every one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, pi, sin
from typing import Any

from app.web.charts.rendering import Spec
from app.web.charts.theme import SIZE, colour

CLASSES = 5
RADIUS = 57.0
HALF, LINE = 52.0, 90.0
"""Pixels between half columns, and between lines, of the honeycomb."""

TILES: dict[str, tuple[float, float, tuple[str, ...]]] = {
    "32": (5, 0, ("Hauts-de-", "France")),
    "28": (4, 1, ("Normandie",)),
    "11": (6, 1, ("Île-de-", "France")),
    "44": (8, 1, ("Grand Est",)),
    "53": (1, 2, ("Bretagne",)),
    "52": (3, 2, ("Pays de", "la Loire")),
    "24": (5, 2, ("Centre-", "Val de Loire")),
    "27": (7, 2, ("Bourgogne-", "Fr.-Comté")),
    "75": (4, 3, ("Nouvelle-", "Aquitaine")),
    "84": (6, 3, ("Auvergne-", "Rh.-Alpes")),
    "76": (5, 4, ("Occitanie",)),
    "93": (7, 4, ("Provence-", "Alpes-C. A.")),
    "94": (9, 4.35, ("Corse",)),
}
"""Code of a region (COG since 2016) -> its place in half columns and lines, and its name as it fits."""

WIDTH, HEIGHT = 10 * HALF + 8, 4.35 * LINE + 2 * RADIUS + 8
LEGEND = 64


@dataclass(frozen=True, slots=True)
class Tile:
    """A region: its code, its value (None when hidden or unknown) and how it is written.

    `is_fragile`: its base is small; it is hatched and takes no class.
    """

    code: str
    value: float | None
    text: str
    is_fragile: bool = False


@dataclass(frozen=True, slots=True)
class TileWords:
    """`classes`: the words of the five classes; `fragile`: of the hatch; `description`: what is seen, in a sentence."""

    description: str
    classes: Sequence[str]
    fragile: str


def tiles(regions: Sequence[Tile], bounds: Sequence[float], words: TileWords) -> Spec:
    """The specification; `bounds`: the four values where the second to fifth classes start."""
    layers: list[Spec] = []
    for one in regions:
        layers += _tile(one, bounds)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": words.description,
        "width": WIDTH,
        "height": HEIGHT + LEGEND,
        "layer": [*layers, *_legend(words)],
    }


def _tile(region: Tile, bounds: Sequence[float]) -> list[Spec]:
    column, line, name = TILES[region.code]
    x, y = column * HALF + 4, line * LINE + RADIUS + 4
    shape = _hexagon(x, y)
    if region.value is None or region.is_fragile:
        edge = {"stroke": colour("edge"), "strokeDash": [5, 3], "strokeWidth": 1.5, "fill": colour("surface")}
        cover = [{"x": x - 41, "x2": x + 41, "y": y - 33, "y2": y + 30}]
        found = [*_outline(shape, edge), *_hatch(x, y)]
        found += _layer({"type": "rect", "color": colour("surface"), "cornerRadius": 4}, cover)
        ink = colour("ink")
    else:
        place = 1 + bisect_right(list(bounds), region.value)
        ink = colour(f"seq-t{place}")
        found = _outline(shape, {"fill": colour(f"seq-{place}"), "stroke": colour("surface")})
    top = y - 14 if len(name) == 1 else y - 22
    names = [{"x": x, "y": top + 15 * row, "text": part} for row, part in enumerate(name)]
    value = [{"x": x, "y": y + 20 - (6 if len(name) == 1 else 0), "text": region.text}]
    found += _layer({"type": "text", "color": ink, "fontSize": SIZE - 1}, names)
    return found + _layer({"type": "text", "color": ink, "fontSize": 21, "fontWeight": "bold"}, value)


def _legend(words: TileWords) -> list[Spec]:
    found: list[Spec] = []
    step = WIDTH / 3
    entries = [*words.classes, words.fragile]
    for place, text in enumerate(entries):
        x, y = (place % 3) * step + 4, HEIGHT + 18 + (place // 3) * 26
        box = [{"x": x, "x2": x + 24, "y": y - 8, "y2": y + 8}]
        fill = colour(f"seq-{place + 1}") if place < CLASSES else colour("surface")
        found += _layer({"type": "rect", "color": fill, "stroke": colour("edge"), "strokeWidth": 1}, box)
        if place == CLASSES:
            lines = [{"x": x + 6 * one, "x2": x + 6 * one + 8, "y": y + 8, "y2": y - 8} for one in range(3)]
            found += _layer({"type": "rule", "color": colour("edge")}, lines)
        found += _layer({"type": "text", "align": "left"}, [{"x": x + 32, "y": y, "text": text}])
    return found


def _hexagon(x: float, y: float) -> list[tuple[float, float]]:
    return [(x + RADIUS * sin(pi / 3 * one), y - RADIUS * cos(pi / 3 * one)) for one in range(7)]


def _outline(shape: Sequence[tuple[float, float]], style: dict[str, Any]) -> list[Spec]:
    rows = [{"x": x, "y": y, "order": place} for place, (x, y) in enumerate(shape)]
    layers = _layer({"type": "line", "interpolate": "linear-closed", **style}, rows)
    layers[0]["encoding"]["order"] = {"field": "order", "type": "quantitative"}
    return layers


def _hatch(x: float, y: float) -> list[Spec]:
    """Diagonals of the hexagon, 8 pixels apart: chords of slope one, cut by its six sides."""
    rows = []
    for one in range(-10, 11):
        ends = _chord(one * 8 * 2**0.5)
        if ends is not None:
            (x1, y1), (x2, y2) = ends
            rows.append({"x": x + x1, "x2": x + x2, "y": y + y1, "y2": y + y2})
    return _layer({"type": "rule", "color": colour("edge"), "strokeWidth": 1.5}, rows)


def _chord(offset: float) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The part of the line y = offset - x inside of the hexagon around the origin; None when it misses it."""
    shape = _hexagon(0, 0)
    found = []
    for (x1, y1), (x2, y2) in pairwise(shape):
        first, last = x1 + y1 - offset, x2 + y2 - offset
        if first * last < 0:
            part = first / (first - last)
            found.append((x1 + part * (x2 - x1), y1 + part * (y2 - y1)))
    return (found[0], found[1]) if len(found) == 2 else None


def _layer(mark: dict[str, Any], rows: Sequence[dict[str, Any]]) -> list[Spec]:
    encoding: dict[str, Any] = {
        name: {
            "field": name,
            "type": "quantitative",
            "axis": None,
            "scale": {"domain": domain, "nice": False, "zero": False},
        }
        for name, domain in (("x", [0, WIDTH]), ("y", [HEIGHT + LEGEND, 0]))
    }
    encoding |= {end: {"field": end} for end in ("x2", "y2") if rows and end in rows[0]}
    if rows and "text" in rows[0]:
        encoding["text"] = {"field": "text", "type": "nominal"}
    return [{"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}] if rows else []
