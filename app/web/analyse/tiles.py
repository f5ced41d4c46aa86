"""The map of the 13 regions of one figure: its values as they are written, and five round classes of them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from flask_babel import gettext as _

from app.services.territories import RegionFigure
from app.web import formats
from app.web.analyse.presentation import HIDDEN, NOT_ASKED
from app.web.charts.regions import CLASSES, TILES, Tile, TileWords, tiles
from app.web.charts.rendering import Spec


def region_map(figures: Sequence[RegionFigure], is_mean: bool, description: str, *, is_narrow: bool = False) -> Spec:
    """The specification of the map, `is_narrow` for a phone.

    Classes are made of the solid values alone, as they are written.
    """
    factor = 10 if is_mean else 100
    known = {str(one.region): one for one in figures if one.region is not None}
    shown = [_tile(code, known.get(code), factor) for code in TILES]
    bounds = class_bounds([int(one.value) for one in shown if one.value is not None and not one.is_fragile])
    words = TileWords(description, class_words(bounds, factor), str(_("* base fragile, c valeur masquée")))
    return tiles(shown, bounds, words, is_narrow=is_narrow)


def _tile(code: str, figure: RegionFigure | None, factor: int) -> Tile:
    if figure is None or figure.cell.value is None:
        return Tile(code, None, HIDDEN if figure is not None and figure.is_hidden else NOT_ASKED)
    value, language = figure.cell.value, formats.language()
    text = formats.mean(value, language) if factor == 10 else formats.points(value, language)
    is_fragile = figure.cell.is_fragile
    return Tile(code, float(_units(value, factor)), f"{text}{formats.NO_BREAK}*" if is_fragile else text, is_fragile)


def class_bounds(units: Sequence[int]) -> tuple[int, ...]:
    """The four round bounds of five classes that hold these values: multiples of the smallest step that does.

    Steps are 1, 2, 5, 10, 20, 50… of the unit in which values are written: a point, a tenth of a mean. Worked
    number: from 74 to 87, steps of 5: under 75, 75 to 79, 80 to 84, 85 to 89, 90 and above. Empty without values.
    """
    if not units:
        return ()
    low, high = min(units), max(units)
    steps = (size * 10**power for power in range(9) for size in (1, 2, 5))
    step = next(one for one in steps if high < (low // one + CLASSES) * one)
    first = (low // step + 1) * step
    return tuple(first + place * step for place in range(CLASSES - 1))


def class_words(bounds: Sequence[int], factor: int) -> list[str]:
    """« moins de 75 », « 75 à 79 », « 90 et plus ». `factor`: 10 of tenths, 100 of points."""
    if not bounds:
        return []
    language = formats.language()

    def say(unit: int) -> str:
        return formats.mean(unit / 10, language) if factor == 10 else formats.number(unit, language)

    words = [str(_("moins de %(bound)s", bound=say(bounds[0])))]
    for first, following in pairwise(bounds):
        last = following - 1
        words.append(say(first) if first == last else str(_("%(first)s à %(last)s", first=say(first), last=say(last))))
    return [*words, str(_("%(bound)s et plus", bound=say(bounds[-1])))]


def _units(value: float, factor: int) -> int:
    """The value as it is written, in whole points or tenths."""
    return int((Decimal(repr(value)) * factor).quantize(Decimal(1), ROUND_HALF_UP))
