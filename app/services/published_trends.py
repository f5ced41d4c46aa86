"""Series of published figures: sourced estimates of surveys made elsewhere, joined only where something says so."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import erfc, sqrt

from app.services.trends import Gap, NoSuchSeries, Point, Series, Step, control
from questionnaires import published
from questionnaires.comparison import Join
from questionnaires.published import PublishedFigure, Statistic

NORMAL = 1.959963984540054
"""The 97.5 % point of the normal law."""
_SHARES = (Statistic.SHARE, Statistic.TOP_TWO)


def published_list(language: str) -> list[tuple[str, str, int]]:
    """Key, label and number of points of every series that can be read."""
    return [(one.key, one.label.in_(language), len(_figures(one.items))) for one in published.series()]


def published_series(key: str, language: str) -> Series:
    """The series of this key, in the order of time. Raises NoSuchSeries."""
    found = next((one for one in published.series() if one.key == key), None)
    if found is None:
        raise NoSuchSeries(key)
    figures = _figures(found.items)
    points = tuple(point_of(one, language) for one in figures)
    steps = []
    for before, after in pairwise(figures):
        said = published.join_between(before, after)
        steps.append(Step(said.join, reasons=(said.reason.in_(language),)))
    pairs = zip(points, points[1:], steps, strict=False)
    gaps = control([None if step.join is Join.CUT else gap_between(one, other) for one, other, step in pairs])
    tested = tuple(replace(step, gap=gap) for step, gap in zip(steps, gaps, strict=True))
    label = found.label.in_(language)
    return Series("", key, label, "", label, found.population, "respondent", False, points, tested)


def _figures(items: tuple[str, ...]) -> list[PublishedFigure]:
    """The figures of these items for everybody: no part, no subgroup."""
    found = [
        one
        for one in published.figures()
        if one.item.key in items and not one.part and one.subgroup is None and one.statistic in _SHARES
    ]
    return sorted(found, key=lambda one: one.wave.on)


def point_of(figure: PublishedFigure, language: str) -> Point:
    """The point of a figure: a share, or a mean, of which no interval can be told."""
    is_mean = figure.statistic is Statistic.MEAN
    share = float(figure.value) / (1 if is_mean else 100)
    reach = None if figure.n is None or is_mean else NORMAL * sqrt(share * (1 - share) / figure.n)
    return Point(
        wave=figure.wave.name.in_(language),
        on=figure.wave.on,
        value=share,
        # As of a simple random sample: published surveys say nothing of their design (Cochran, 1977, 3.2).
        low=None if reach is None else share - reach,
        high=None if reach is None else share + reach,
        base=figure.n,
        base_words=figure.base.in_(language),
        source=tuple(one.title for one in figure.sources),
        caveats=tuple(one.in_(language) for one in figure.caveats),
        name=figure.item.text.in_(language),
        date_words=figure.wave.date.in_(language),
    )


def gap_between(before: Point, after: Point) -> Gap | None:
    """The difference of two independent shares (z test, variances added), where both bases are known."""
    if before.value is None or before.high is None or after.value is None or after.high is None:
        return None
    value = after.value - before.value
    reach = sqrt((after.high - after.value) ** 2 + (before.high - before.value) ** 2)
    p = erfc(abs(value) * NORMAL / reach / sqrt(2)) if reach else 1.0
    return Gap(value, value - reach, value + reach, p, is_significant=False)
