"""Statistics of one measure as ratios and sums, with the influence of one row on each.

In a domain d, let a_i be 1 for a row that is in the base of the measure, y_i its value and W = Σ w a.

    share, subtotal   p = Σ w y / W                          z = (y - p a) / W
    mean              m = Σ w y / W                          z = (y - m a) / W
    deviation         s = sqrt(Σ w (y - m)² / W)             z = ((y - m)² - s²) a / (2 s W)
    total             T = k Σ w y                            z = k y
    median            smallest code whose share of answers at or below it, F, reaches one half; z is that of F

y is 1 or 0 for a share; k is persons per unit of weight. The standard deviation is that of the weighted
population, dividing by Σ w as Insee and the institutes print it, not by n - 1 (R's svyvar is n / (n - 1) times
its square). A row's influence depends on its domain and answer only: it is a coefficient per integer that the
tally keeps, and so are sums of z² for a category. A number keeps sums of 1, y and y², which hold the z² of a
mean or of a total, not of a deviation: that one has no standard error (nan).

Worked numbers: answers 1, 2, 2, 4 with weights 1: mean 2.25, deviation sqrt(4.75 / 4) = 1.0897, median 2
(F(1) = 0.25, F(2) = 0.75), total of those who answered 2 among 4,000 persons: 1000 · 2 = 2,000.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.estimation.layout import Measure
from app.estimation.moments import Moments

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Kind = Literal["share", "mean", "deviation", "median", "total"]

# Cumulative weights that should be one half may miss it by their rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Statistic:
    """What to estimate of a measure.

    kind "share": the share of every category (of the ones, for an indicator), then of every group of codes.
    "total": the number of persons of the same, or the sum of a number. "mean", "deviation": the mean and the
    standard deviation of a number in its own unit, or of the codes of a category (a score), no opinion apart.
    "median": that of the codes of a category; a tally does not hold the median of a number. Left None, a number
    gets its mean and anything else its shares. `groups`: name -> codes, the subtotals.
    """

    measure: str
    kind: Kind | None = None
    groups: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a column of estimates is about: a code of the measure, a named group of them, or all its values."""

    kind: Literal["share", "subtotal", "mean", "deviation", "median", "total"]
    code: int | None = None
    name: str = ""
    codes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """A statistic in every domain, linearized.

    value: (domains, columns); coefficients, squares: (domains, width, columns), the influence z of an answer and
    its square per integer kept; count: (domains, columns) rows behind; base, weighted_base, squared_base:
    (domains,) rows, Σ w and Σ w². The columns of a median are the shares at or below each of its codes.
    """

    answers: tuple[Answer, ...]
    value: FloatArray
    coefficients: FloatArray
    squares: FloatArray
    count: IntArray
    base: IntArray
    weighted_base: FloatArray
    squared_base: FloatArray

    @property
    def kind(self) -> str:
        """The kind of all answers: a subtotal is a share."""
        kind = self.answers[0].kind
        return "share" if kind == "subtotal" else kind


def linearize(
    measure: Measure, statistic: Statistic, moments: Moments, table: FloatArray, centre: int, persons: float
) -> Linear:
    """A statistic from a table of moments of its measure. `persons`: how many a unit of weight stands for.

    ValueError when the measure does not have this statistic.
    """
    kind = statistic.kind or ("mean" if measure.kind == "number" else "share")
    if measure.kind == "number":
        if kind in ("share", "median") or statistic.groups:
            raise ValueError(f"{measure.name} is a number: it has no {kind} from a tally")
        return _of_number(measure, kind, moments, table, centre, persons)
    if kind in ("share", "total"):
        return _of_answers(measure, statistic.groups, moments, table, persons if kind == "total" else None)
    return _of_codes(measure, kind, moments, table)


def median_places(cumulative: FloatArray, level: float | FloatArray = 0.5) -> IntArray:
    """Place of the smallest code whose cumulative share (last axis) reaches a level; the last one at most."""
    reached = cumulative >= np.expand_dims(np.asarray(level, np.float64), -1) - _ROUNDING
    place = np.where(reached.any(axis=-1), reached.argmax(axis=-1), cumulative.shape[-1] - 1)
    return np.asarray(place, np.int64)


def _base(moments: Moments, table: FloatArray, asked: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
    rows = np.rint(moments.counts(table) @ asked).astype(np.int64)
    return rows, moments.weighted(table) @ asked, moments.squared(table) @ asked


def _of_answers(
    measure: Measure,
    groups: Mapping[str, tuple[int, ...]],
    moments: Moments,
    table: FloatArray,
    persons: float | None,
) -> Linear:
    """Shares of the answers and of their groups, or their totals in persons."""
    answers, select = _selection(measure, groups, is_total=persons is not None)
    asked = np.ones(len(select))
    base, weighted, squared = _base(moments, table, asked)
    count = np.rint(moments.counts(table) @ select).astype(np.int64)
    sums = moments.weighted(table) @ select
    if persons is not None:
        coefficients = np.broadcast_to(persons * select, (len(table), *select.shape))
        return Linear(answers, persons * sums, coefficients, coefficients**2, count, base, weighted, squared)
    value = sums / weighted[:, None]
    coefficients = (select - value[:, None, :]) / weighted[:, None, None]
    value = _exact_ends(value, count, base[:, None])
    return Linear(answers, value, coefficients, coefficients**2, count, base, weighted, squared)


def _of_codes(measure: Measure, kind: Kind, moments: Moments, table: FloatArray) -> Linear:
    """Mean, deviation or cumulative shares of the codes that are values."""
    codes = np.asarray(measure.counted_codes, np.int64)
    asked = (codes >= 0).astype(np.float64)
    values = codes * asked
    base, weighted, squared = _base(moments, table, asked)
    kept = tuple(sorted(int(code) for code in codes if code >= 0))
    if not kept:
        raise ValueError(f"{measure.name} has no code that is a value")
    sums = moments.weighted(table)
    if kind == "median":
        below = asked[:, None] * (codes[:, None] <= np.asarray(kept))
        count = np.rint(moments.counts(table) @ below).astype(np.int64)
        value = sums @ below / weighted[:, None]
        coefficients = (below - value[:, None, :] * asked[:, None]) / weighted[:, None, None]
        answers = tuple(Answer("median", codes=kept) for _ in kept)
        value = _exact_ends(value, count, base[:, None])
        return Linear(answers, value, coefficients, coefficients**2, count, base, weighted, squared)
    mean = sums @ values / weighted
    away = (values - mean[:, None]) * asked
    value, influence = mean, away
    if kind == "deviation":
        value = np.sqrt((sums * away**2).sum(axis=1) / weighted)
        influence = (away**2 - value[:, None] ** 2) * asked / (2 * value[:, None])
    coefficients = (influence / weighted[:, None])[:, :, None]
    answer = Answer("deviation" if kind == "deviation" else "mean", codes=tuple(int(c) for c in codes if c >= 0))
    return Linear(
        (answer,), value[:, None], coefficients, coefficients**2, base[:, None], base, weighted, squared
    )  # fmt: skip


def _of_number(
    measure: Measure, kind: Kind, moments: Moments, table: FloatArray, centre: int, persons: float
) -> Linear:
    """Mean, deviation or total of a number, from Σ 1, Σ (y - m) and Σ (y - m)² with m the centre."""
    unit = 10.0**-measure.decimals
    base, weighted, squared = _base(moments, table, np.array([1.0, 0.0, 0.0]))
    sums = moments.weighted(table)
    mean = sums[:, 1] / weighted
    # The influence is α + β (y - m): its square is α² + 2 α β (y - m) + β² (y - m)².
    if kind == "total":
        value = persons * unit * (sums[:, 1] + centre * weighted)
        alpha, beta = np.full(len(table), persons * unit * centre), np.full(len(table), persons * unit)
    elif kind == "deviation":
        value = unit * np.sqrt(np.maximum(sums[:, 2] / weighted - mean**2, 0.0))
        alpha = beta = np.full(len(table), np.nan)
    else:
        value = unit * (mean + centre)
        alpha, beta = -unit * mean / weighted, unit / weighted
    coefficients = np.stack([alpha, beta, np.zeros(len(table))], axis=1)[:, :, None]
    squares = np.stack([alpha**2, 2 * alpha * beta, beta**2], axis=1)[:, :, None]
    answer = Answer("total" if kind == "total" else "deviation" if kind == "deviation" else "mean")
    return Linear((answer,), value[:, None], coefficients, squares, base[:, None], base, weighted, squared)


def _selection(
    measure: Measure, groups: Mapping[str, tuple[int, ...]], is_total: bool
) -> tuple[tuple[Answer, ...], FloatArray]:
    """The answers of shares, and which codes each adds up: (codes, answers) of zeros and ones."""
    codes = measure.counted_codes
    shown = (1,) if measure.kind == "indicator" else codes
    answers = [Answer("total" if is_total else "share", code, codes=(code,)) for code in shown]
    for name, members in groups.items():
        if not set(members) <= set(codes):
            raise ValueError(f"group {name} of {measure.name} has codes that the measure does not count")
        answers.append(Answer("total" if is_total else "subtotal", name=name, codes=tuple(members)))
    select = [[float(code in answer.codes) for answer in answers] for code in codes]
    return tuple(answers), np.asarray(select)


def _exact_ends(value: FloatArray, count: IntArray, base: IntArray) -> FloatArray:
    """Nobody is exactly 0 and everybody exactly 1, whatever the rounding of weights."""
    value = np.where((count == base) & (base > 0), 1.0, value)
    return np.where((count == 0) & (base > 0), 0.0, value)
