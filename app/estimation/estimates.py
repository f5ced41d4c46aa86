"""Estimates with their sampling errors, computed from a tally alone, whatever the number of rows.

A statistic is linearized (`linearization`), the variance of its influence is that of a calibrated estimator,
summed over strata (`moments`), and an interval is drawn from both (`intervals`).

A calibrated total has the scale of the population when the weighting knows it, else of the respondents: weights
sum to n. Its standard error is R's svytotal: without margins the size of the universe counts as unknown.

A median has the interval of Woodruff (1952), as R's svyquantile: the interval of the share at or below it is read
back on the cumulative distribution, and its standard error is the length of that interval over twice the quantile.
On a scale of few codes it is often a single code and the standard error 0: the interval is what to show. Worked
number (`apistrat`, api00): median 668, of which the t interval of the share at or below, 0.5 ± 0.07, gives
[641, 695], and a standard error of 54 / (2 · 1.97196) = 13.692.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.estimation.intervals import IntervalRule, Method
from app.estimation.layout import Measure
from app.estimation.linearization import Answer, Kind, Linear, Statistic, linearize, median_places
from app.estimation.moments import Moments
from app.estimation.tally import Tally
from app.estimation.weighting import Weighting

__all__ = ["Answer", "Estimates", "Estimator", "Statistic", "estimate"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Estimates of one statistic: rows are domains (`domains[0]` is None, all rows), columns are `answers`.

    value (a share between 0 and 1, a number of persons, or a mean in its unit), se, low, high: (domains,
    answers), nan on an empty base. count: rows behind a share or a total, answers behind the rest.
    base: rows in the base; weighted_base: sum of their weights; effective_base: Kish's
    (Σw)²/Σw². `by`: the dimension of the domains, None when there is only the whole.
    degrees: degrees of freedom of the sample, n - H. persons: how many persons a unit of weight stands for.
    """

    measure: Measure
    by: str | None
    domains: tuple[int | None, ...]
    answers: tuple[Answer, ...]
    value: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    count: IntArray
    base: IntArray
    weighted_base: FloatArray
    effective_base: FloatArray
    confidence: float
    degrees: int
    persons: float

    @property
    def index(self) -> FloatArray:
        """100 × value / value of the whole, (domains, answers); nan where the whole is 0.

        Worked number: 30 % in a region and 25 % in the whole is an index of 120.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.value[:1] != 0, 100 * self.value / self.value[:1], np.nan)

    @property
    def weighted(self) -> FloatArray:
        """Estimated persons, (domains, answers): those who gave the answer of a share, the base of the rest.

        The unit is that of `persons`: respondents when the weighting does not know the size of its universe.
        """
        base = self.persons * self.weighted_base[:, None]
        kinds = np.array([answer.kind in ("share", "subtotal") for answer in self.answers])
        return np.where(kinds, base * np.where(self.base[:, None] > 0, self.value, 0.0), base)


class Estimator:
    """Estimates from one tally under one weighting, sharing what does not depend on the question.

    `lonely_strata`: codes of the strata with a single row, which `moments` centres at the overall mean.
    """

    def __init__(self, tally: Tally, weighting: Weighting, confidence: float = 0.95, interval: Method = "auto") -> None:
        """Raises WeightingDoesNotFit when the weighting was made for other rows."""
        self.tally = tally
        self.confidence = confidence
        self.moments = Moments(tally, weighting)
        self.rule = IntervalRule(interval, confidence, self.moments.rows, self.moments.degrees)
        self.persons = 1.0 if weighting.population is None else weighting.population / weighting.n
        self.lonely_strata = self.moments.lonely

    def estimate(
        self,
        measure: str,
        by: str | None = None,
        groups: Mapping[str, tuple[int, ...]] | None = None,
        kind: Kind | None = None,
    ) -> Estimates:
        """One statistic for all rows and for every code of dimension `by`; KeyError on an unknown name."""
        return self.estimate_each([Statistic(measure, kind, groups or {})], by)[0]

    def estimate_each(self, statistics: Sequence[Statistic], by: str | None = None) -> list[Estimates]:
        """Several statistics by the same dimension, far faster than one by one."""
        names = list(dict.fromkeys(statistic.measure for statistic in statistics))
        tables, centres = self.moments.tables(names, by)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = [self._linearized(statistic, tables, centres) for statistic in statistics]
            if not found:
                return []
            errors = self._errors(statistics, found, tables)
            bounds = self._bounds(found, errors)
            return [
                self._finished(statistic.measure, linear, error, bound, by)
                for statistic, linear, error, bound in zip(statistics, found, errors, bounds, strict=True)
            ]

    def _linearized(self, statistic: Statistic, tables: Mapping[str, FloatArray], centres: Mapping[str, int]) -> Linear:
        name = statistic.measure
        measure = self.tally.layout.measure(name)
        return linearize(measure, statistic, self.moments, tables[name], centres.get(name, 0), self.persons)

    def _errors(
        self, statistics: Sequence[Statistic], found: Sequence[Linear], tables: Mapping[str, FloatArray]
    ) -> list[FloatArray]:
        """Standard errors of every column, (domains, columns) per statistic; the variance is taken once for all."""
        influences, before = [], []
        for statistic, linear in zip(statistics, found, strict=True):
            table = tables[statistic.measure]
            influences.append(table @ linear.coefficients)
            before.append((self.moments.scaled(table)[:, None, :] @ linear.squares)[:, 0])
        variance = self.moments.variance(np.concatenate(influences, axis=2), np.concatenate(before, axis=1))
        return _parted(np.sqrt(variance), found)

    def _bounds(self, found: Sequence[Linear], errors: Sequence[FloatArray]) -> list[tuple[FloatArray, FloatArray]]:
        """Intervals of every column. Shares are taken together: their rule has many small steps."""
        shares = [i for i, linear in enumerate(found) if linear.kind in ("share", "median")]
        bounds = {
            i: self.rule.around(linear.value, error) if linear.kind != "total" else self._of_total(linear, error)
            for i, (linear, error) in enumerate(zip(found, errors, strict=True))
            if i not in shares
        }
        if shares:
            kept = [found[i] for i in shares]
            bases = [np.broadcast_to(k.base[:, None].astype(np.float64), k.value.shape) for k in kept]
            kish = [np.broadcast_to(_effective(k)[:, None], k.value.shape) for k in kept]
            values, known = [k.value for k in kept], [errors[i] for i in shares]
            low, high = self.rule.of_share(*(np.concatenate(part, axis=1) for part in (values, known, bases, kish)))
            bounds |= dict(zip(shares, zip(_parted(low, kept), _parted(high, kept), strict=True), strict=True))
        return [bounds[i] for i in range(len(found))]

    def _of_total(self, linear: Linear, error: FloatArray) -> tuple[FloatArray, FloatArray]:
        """A number of persons is a share of everybody times their number; the sum of a number is not."""
        if not linear.answers[0].codes:
            return self.rule.around(linear.value, error)
        everybody = self.persons * self.moments.weight
        rows = np.array(float(self.moments.rows))
        effective = np.array(self.moments.weight**2 / self.moments.weight_squared)
        low, high = self.rule.of_share(linear.value / everybody, error / everybody, rows, effective)
        return low * everybody, high * everybody

    def _finished(
        self,
        name: str,
        linear: Linear,
        error: FloatArray,
        bounds: tuple[FloatArray, FloatArray],
        by: str | None,
    ) -> Estimates:
        layout = self.tally.layout
        answers, value, count, (low, high) = linear.answers, linear.value, linear.count, bounds
        if linear.kind == "median":
            answers = answers[:1]
            value, error, low, high = self._median(linear, error, low, high)
            count = linear.base[:, None]
        domains = (None, *(layout.dimension(by).codes if by else ()))
        return Estimates(
            layout.measure(name), by, domains, answers, value, error, low, high, count, linear.base,
            linear.weighted_base, _effective(linear), self.confidence, self.moments.degrees, self.persons,
        )  # fmt: skip

    def _median(
        self, linear: Linear, error: FloatArray, low: FloatArray, high: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Median, standard error and Woodruff's interval, each (domains, 1), from the cumulative shares."""
        codes = np.asarray(linear.answers[0].codes, np.float64)
        cumulative = linear.value
        place = median_places(cumulative)[:, None]
        ends = [
            codes[median_places(cumulative, np.take_along_axis(bound, place, axis=1)[:, 0])][:, None]
            for bound in (low, high)
        ]
        known = np.isfinite(np.take_along_axis(error, place, axis=1)) & (linear.base[:, None] > 0)
        low, high = (np.where(known, end, np.nan) for end in ends)
        value = np.where(linear.base[:, None] > 0, codes[place], np.nan)
        return value, (high - low) / (2 * self.rule.quantile), low, high


def estimate(
    tally: Tally,
    weighting: Weighting,
    measure: str,
    by: str | None = None,
    groups: Mapping[str, tuple[int, ...]] | None = None,
    kind: Kind | None = None,
) -> Estimates:
    """One statistic (see Estimator, which shares work between several)."""
    return Estimator(tally, weighting).estimate(measure, by, groups, kind)


def _effective(linear: Linear) -> FloatArray:
    """Kish's effective base, 0 where it is empty."""
    squared = linear.squared_base
    return np.divide(linear.weighted_base**2, squared, out=np.zeros_like(squared), where=linear.base > 0)


def _parted(columns: FloatArray, found: Sequence[Linear]) -> list[FloatArray]:
    """Columns taken together, given back to their statistics."""
    bounds = np.cumsum([linear.value.shape[1] for linear in found])[:-1]
    return np.split(columns, bounds, axis=1)
