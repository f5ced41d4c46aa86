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

TILES: dict[str, tuple[float, float, tuple[str, ...], tuple[str, ...]]] = {
    "32": (5, 0, ("Hauts-de-", "France"), ("Hauts-de-", "France")),
    "28": (4, 1, ("Normandie",), ("Normandie",)),
    "11": (6, 1, ("Île-de-", "France"), ("Île-de-", "France")),
    "44": (8, 1, ("Grand Est",), ("Grand Est",)),
    "53": (1, 2, ("Bretagne",), ("Bretagne",)),
    "52": (3, 2, ("Pays de", "la Loire"), ("Pays de", "la Loire")),
    "24": (5, 2, ("Centre-", "Val de Loire"), ("Centre-", "Val de L.")),
    "27": (7, 2, ("Bourgogne-", "Fr.-Comté"), ("Bourg.-", "Fr.-Comté")),
    "75": (4, 3, ("Nouvelle-", "Aquitaine"), ("Nouvelle-", "Aquitaine")),
    "84": (6, 3, ("Auvergne-", "Rh.-Alpes"), ("Auvergne-", "Rh.-Alpes")),
    "76": (5, 4, ("Occitanie",), ("Occitanie",)),
    "93": (7, 4, ("Provence-", "Alpes-C. A."), ("Provence-", "A.-C. A.")),
    "94": (9, 4.35, ("Corse",), ("Corse",)),
}
"""Code of a region (COG since 2016) -> its place in half columns and lines, its name as it fits, wide then narrow."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Sizes in pixels. `half`, `line`: between half columns, and between lines, of the honeycomb.

    `inner`: half the width and the height above and below of what a hatch leaves free for the words. `words`: from
    the middle of a tile up to its name and down to its value, for a name of one line, then of two.
    """

    radius: float
    half: float
    line: float
    name: int
    value: int
    inner: tuple[float, float, float]
    words: tuple[tuple[float, float], tuple[float, float]]
    legend: tuple[int, float]
    is_narrow: bool = False

    @property
    def width(self) -> float:
        """Of the drawing."""
        return 10 * self.half + 8

    @property
    def map_height(self) -> float:
        """Of the tiles alone."""
        return 4.35 * self.line + 2 * self.radius + 8

    @property
    def height(self) -> float:
        """Of the drawing, its legend included."""
        return self.map_height + self.legend[1] * (3 if self.is_narrow else 2) + 12


WIDE = _Sheet(57.0, 52.0, 90.0, SIZE - 1, 21, (41, 33, 30), ((14, 14), (22, 20)), (3, 26))
NARROW = _Sheet(35.0, 31.5, 54.5, 11, 16, (29, 21, 24), ((8, 11), (13, 15)), (3, 26), is_narrow=True)
"""Of a phone: as large as its screen, so that words are read at the size they are written in."""


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


def tiles(regions: Sequence[Tile], bounds: Sequence[float], words: TileWords, *, is_narrow: bool = False) -> Spec:
    """The specification; `bounds`: the four values where the second to fifth classes start."""
    drawing = _Drawing(NARROW if is_narrow else WIDE)
    layers: list[Spec] = []
    for one in regions:
        layers += drawing.tile(one, bounds)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": words.description,
        "width": drawing.sheet.width,
        "height": drawing.sheet.height,
        "layer": [*layers, *drawing.legend(words)],
    }


@dataclass(frozen=True, slots=True)
class _Drawing:
    sheet: _Sheet

    def tile(self, region: Tile, bounds: Sequence[float]) -> list[Spec]:
        """A hexagon with its name and its value."""
        sheet = self.sheet
        column, line, *both = TILES[region.code]
        name = both[sheet.is_narrow]
        x, y = column * sheet.half + 4, line * sheet.line + sheet.radius + 4
        shape = self._hexagon(x, y)
        if region.value is None or region.is_fragile:
            edge = {"stroke": colour("edge"), "strokeDash": [5, 3], "strokeWidth": 1.5, "fill": colour("surface")}
            half, above, below = sheet.inner
            cover = [{"x": x - half, "x2": x + half, "y": y - above, "y2": y + below}]
            found = [*self._outline(shape, edge), *self._hatch(x, y)]
            found += self._layer({"type": "rect", "color": colour("surface"), "cornerRadius": 4}, cover)
            ink = colour("ink")
        else:
            place = 1 + bisect_right(list(bounds), region.value)
            ink = colour(f"seq-t{place}")
            found = self._outline(shape, {"fill": colour(f"seq-{place}"), "stroke": colour("surface")})
        up, down = sheet.words[len(name) - 1]
        names = [{"x": x, "y": y - up + (sheet.name + 2) * row, "text": part} for row, part in enumerate(name)]
        value = [{"x": x, "y": y + down, "text": region.text}]
        found += self._layer({"type": "text", "color": ink, "fontSize": sheet.name}, names)
        return found + self._layer({"type": "text", "color": ink, "fontSize": sheet.value, "fontWeight": "bold"}, value)

    def legend(self, words: TileWords) -> list[Spec]:
        """The five classes and the hatch."""
        found: list[Spec] = []
        columns, line = self.sheet.legend
        step = self.sheet.width / columns
        entries = [*words.classes, words.fragile]
        for place, text in enumerate(entries):
            # On a phone the words of the hatch have a line of their own.
            cell = 2 * columns if place == CLASSES and self.sheet.is_narrow else place
            x, y = (cell % columns) * step + 4, self.sheet.map_height + 18 + (cell // columns) * line
            box = [{"x": x, "x2": x + 24, "y": y - 8, "y2": y + 8}]
            fill = colour(f"seq-{place + 1}") if place < CLASSES else colour("surface")
            found += self._layer({"type": "rect", "color": fill, "stroke": colour("edge"), "strokeWidth": 1}, box)
            if place == CLASSES:
                lines = [{"x": x + 6 * one, "x2": x + 6 * one + 8, "y": y + 8, "y2": y - 8} for one in range(3)]
                found += self._layer({"type": "rule", "color": colour("edge")}, lines)
            size = SIZE - 2 if self.sheet.is_narrow else SIZE
            text_mark = {"type": "text", "align": "left", "fontSize": size}
            found += self._layer(text_mark, [{"x": x + 30, "y": y, "text": text}])
        return found

    def _hexagon(self, x: float, y: float) -> list[tuple[float, float]]:
        radius = self.sheet.radius
        return [(x + radius * sin(pi / 3 * one), y - radius * cos(pi / 3 * one)) for one in range(7)]

    def _outline(self, shape: Sequence[tuple[float, float]], style: dict[str, Any]) -> list[Spec]:
        rows = [{"x": x, "y": y, "order": place} for place, (x, y) in enumerate(shape)]
        layers = self._layer({"type": "line", "interpolate": "linear-closed", **style}, rows)
        layers[0]["encoding"]["order"] = {"field": "order", "type": "quantitative"}
        return layers

    def _hatch(self, x: float, y: float) -> list[Spec]:
        """Diagonals of the hexagon, 8 pixels apart: chords of slope one, cut by its six sides."""
        rows = []
        for one in range(-10, 11):
            ends = self._chord(one * 8 * 2**0.5)
            if ends is not None:
                (x1, y1), (x2, y2) = ends
                rows.append({"x": x + x1, "x2": x + x2, "y": y + y1, "y2": y + y2})
        return self._layer({"type": "rule", "color": colour("edge"), "strokeWidth": 1.5}, rows)

    def _chord(self, offset: float) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """The part of the line y = offset - x inside of the hexagon around the origin; None when it misses it."""
        shape = self._hexagon(0, 0)
        found = []
        for (x1, y1), (x2, y2) in pairwise(shape):
            first, last = x1 + y1 - offset, x2 + y2 - offset
            if first * last < 0:
                part = first / (first - last)
                found.append((x1 + part * (x2 - x1), y1 + part * (y2 - y1)))
        return (found[0], found[1]) if len(found) == 2 else None

    def _layer(self, mark: dict[str, Any], rows: Sequence[dict[str, Any]]) -> list[Spec]:
        encoding: dict[str, Any] = {
            name: {
                "field": name,
                "type": "quantitative",
                "axis": None,
                "scale": {"domain": domain, "nice": False, "zero": False},
            }
            for name, domain in (("x", [0, self.sheet.width]), ("y", [self.sheet.height, 0]))
        }
        encoding |= {end: {"field": end} for end in ("x2", "y2") if rows and end in rows[0]}
        if rows and "text" in rows[0]:
            encoding["text"] = {"field": "text", "type": "nominal"}
        return [{"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}] if rows else []
