"""Figures published outside of this platform, each with its source and its caveats."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ..comparison.changes import Join
from ..concepts import NOT_EXAMINED
from ..model import LocalText
from .reading import Published, PublishedIsInvalid, read_published
from .types import (
    OtherReading,
    PublishedFigure,
    PublishedItem,
    PublishedJoin,
    PublishedSeries,
    PublishedWave,
    Source,
    Statistic,
)

__all__ = [
    "OtherReading",
    "Published",
    "PublishedFigure",
    "PublishedIsInvalid",
    "PublishedItem",
    "PublishedJoin",
    "PublishedSeries",
    "PublishedWave",
    "Source",
    "Statistic",
    "figures",
    "items",
    "join_between",
    "join_with_version",
    "read_published",
    "series",
]

OTHER_QUESTION = LocalText({"fr": "Deux questions différentes.", "en": "Two different questions."})
OTHER_MEASURE = LocalText(
    {
        "fr": "Deux mesures différentes\u00a0: autre réponse, autre territoire ou autre calcul.",
        "en": "Two different measures: another answer, another territory or another computation.",
    }
)

OWN_WAVE = LocalText(
    {
        "fr": "Un chiffre publié et une vague interrogée ici\u00a0: leur comparabilité n’est pas établie.",
        "en": "A published figure and a wave asked here: nothing establishes that they are comparable.",
    }
)


@cache
def _published() -> Published:
    return read_published((Path(__file__).parent / "published.yaml").read_bytes())


def figures() -> tuple[PublishedFigure, ...]:
    """Every published figure, in the order of the file: by item, then by wave."""
    return _published().figures


def items() -> Mapping[str, PublishedItem]:
    """Every question behind them, by key."""
    return _published().items


def series() -> tuple[PublishedSeries, ...]:
    """What is read on one picture although the question changed."""
    return _published().series


def join_between(first: PublishedFigure, second: PublishedFigure) -> PublishedJoin:
    """Whether two figures make one series. Cut unless something says otherwise: the register, not a resemblance."""
    published = _published()
    if first.item.key != second.item.key:
        reason = published.breaks.get(frozenset((first.item.key, second.item.key)), OTHER_QUESTION)
        return PublishedJoin(Join.CUT, reason)
    if (first.part, first.subgroup, first.statistic) != (second.part, second.subgroup, second.statistic):
        return PublishedJoin(Join.CUT, OTHER_MEASURE)
    earlier, later = sorted((first, second), key=lambda one: one.wave.on)
    found = published.joins.get((first.item.key, earlier.wave.key, later.wave.key))
    return found or PublishedJoin(Join.CUT, NOT_EXAMINED)


def join_with_version(figure: PublishedFigure, questionnaire: str, version: str) -> PublishedJoin:
    """Whether a figure and a wave of a version of ours make one series. Cut unless the file says otherwise."""
    key = (figure.item.key, figure.wave.key, f"{questionnaire}/{version}")
    return _published().joins.get(key) or PublishedJoin(Join.CUT, OWN_WAVE)
