"""Shares and means with their sampling errors, computed from a tally alone, whatever the number of rows.

Standard errors are those of a calibrated estimator (residual linearization, the one of R's
`calibrate(calfun="raking")`). For a domain and an answer let z_i = 1{i in domain} (y_i - p a_i) / W, where
a_i is 1 if row i is in the base, y_i its value (1 or 0 for a share), W the weighted base. Regress z on the
margin indicators X with the base weights d; e is the residual, u_i = w_i e_i, Var = n/(n-1) Σ (u_i - ū)².
The rows of a cell share their margins and weights, so with sums over the rows of each cell,

    b = (X'DX)⁻ X' (d Σz)
    Σu² = Σ w² Σz² - 2 b'X' (w² Σz) + b' (X' diag(w² n) X) b
    Σu = Σ w Σz - b'X' (w n)

Every sum is linear in the integers of the tally. They are taken once for all answers and domains as
`moments`; what follows works on small arrays (domains x margin categories x answers).
One sample without strata is assumed: with strata, moments are taken per stratum and the variances added.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.estimation.intervals import mean_interval, share_interval
from app.estimation.tally import Measure, Tally
from app.estimation.weighting import Weighting

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Eigenvalues of the scaled margin matrix below this are its exact redundancies (each margin sums to one).
_REDUNDANT = 1e-10
# A residual variance below this part of the variance before
# calibration is rounding: the estimate is a margin.
_ROUNDING = 1e-13

# Rows of the moments before the two blocks of margins.
_ROWS, _WEIGHTED, _SQUARED = 0, 1, 2
_PLAIN = 3


@dataclass(frozen=True, slots=True)
class Statistic:
    """What to estimate of a measure.

    kind "share": the share of every category (of the ones, for an indicator), then
    of every group of codes. kind "mean": the mean of a number in its own unit, or
    of the codes of a category (a score), no opinion apart. Left None, a number gets
    its mean and anything else its shares. `groups`: name -> codes, the subtotals.
    """

    measure: str
    kind: Literal["share", "mean"] | None = None
    groups: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a column of estimates is about: a code of the measure, a subtotal, or the mean."""

    kind: Literal["share", "subtotal", "mean"]
    code: int | None = None
    name: str = ""
    codes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Estimates of one statistic: rows are domains (`domains[0]` is None, all rows), columns are `answers`.

    value (a share between 0 and 1, or a mean in its unit), se, low, high: (domains,
    answers), nan on an empty base. count: rows behind a share, or answers behind a mean.
    base: rows in the base; weighted_base: sum of their weights; effective_base: Kish's
    (Σw)²/Σw². `by`: the dimension of the domains, None when there is only the whole.
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


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Moments of y, of y² and of being in the base: (domains, rows of the moments, answers)."""

    answers: tuple[Answer, ...]
    first: FloatArray
    second: FloatArray
    base: FloatArray
    counted: FloatArray
    centre: float
    scale: float


class Estimator:
    """Estimates from one tally under one weighting, sharing what does not depend on the question."""

    def __init__(self, tally: Tally, weighting: Weighting, confidence: float = 0.95) -> None:
        """Raises WeightingDoesNotFit when the weighting was made for other rows."""
        self.tally = tally
        self.confidence = confidence
        self._weights = weighting.weights_on(tally)
        self._margins = _indicators(weighting, tally)
        base = tally.base_weights()
        weighted = self._margins * base
        self._inverse = _pseudo_inverse((weighted * tally.sizes) @ self._margins.T)
        squared = self._margins * self._weights**2
        self._spread = (squared * tally.sizes) @ self._margins.T
        self._totals = (self._margins * self._weights) @ tally.sizes
        plain = np.stack([np.ones(len(base)), self._weights, self._weights**2])
        self._functions = np.concatenate([plain, weighted, squared])
        self._orders: dict[str | None, tuple[IntArray, list[slice]]] = {}

    def estimate(
        self,
        measure: str,
        by: str | None = None,
        groups: Mapping[str, tuple[int, ...]] | None = None,
        kind: Literal["share", "mean"] | None = None,
    ) -> Estimates:
        """One statistic for all rows and for every code of dimension `by`; KeyError on an unknown name."""
        return self.estimate_each([Statistic(measure, kind, groups or {})], by)[0]

    def estimate_each(self, statistics: Sequence[Statistic], by: str | None = None) -> list[Estimates]:
        """Several statistics by the same dimension, far faster than one by one."""
        names = dict.fromkeys(statistic.measure for statistic in statistics)
        moments, centres = self._moments(list(names), by)
        return [self._finish(statistic, moments[statistic.measure], centres, by) for statistic in statistics]

    def _moments(self, names: list[str], by: str | None) -> tuple[dict[str, FloatArray], dict[str, int]]:
        """Per measure (domains, 3 + 2 margin categories, width): sums over cells of its integers, centred."""
        blocks, places, centres, start = [], {}, {}, 0
        for name in names:
            measure = self.tally.layout.measure(name)
            block = self.tally.answers(name)
            if measure.kind == "number":
                block, centres[name] = _centred(block)
            blocks.append(block)
            places[name] = slice(start, start + measure.width)
            start += measure.width
        order, slices = self._order(by)
        counts = np.concatenate(blocks, axis=1)[order].astype(np.float64)
        functions = self._functions[:, order]
        parts = [functions[:, cells] @ counts[cells] for cells in slices]
        table = np.stack(parts) if parts else np.zeros((0, len(functions), start))
        table = np.concatenate([table.sum(axis=0, keepdims=True), table] if by else [table])
        return {name: table[:, :, place] for name, place in places.items()}, centres

    def _order(self, by: str | None) -> tuple[IntArray, list[slice]]:
        """Cells sorted by domain, and the slice of each domain."""
        if by not in self._orders:
            cells = len(self.tally.cells)
            if by is None:
                self._orders[by] = (np.arange(cells), [slice(0, cells)])
            else:
                positions = self.tally.positions(by)
                order = np.argsort(positions, kind="stable")
                size = len(self.tally.layout.dimension(by).codes)
                bounds = np.searchsorted(positions[order], np.arange(size + 1))
                self._orders[by] = (order, [slice(bounds[i], bounds[i + 1]) for i in range(size)])
        return self._orders[by]

    def _finish(
        self, statistic: Statistic, moments: FloatArray, centres: Mapping[str, int], by: str | None
    ) -> Estimates:
        measure = self.tally.layout.measure(statistic.measure)
        parts = _parts(measure, statistic, moments, centres.get(measure.name, 0))
        base = np.rint(parts.base[:, _ROWS, 0]).astype(np.int64)
        count = np.rint(parts.counted).astype(np.int64)
        weighted, squared = parts.base[:, _WEIGHTED, 0], parts.base[:, _SQUARED, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            effective = np.where(base > 0, weighted**2 / squared, 0.0)
            value, error = self._value_and_error(parts)
        if parts.answers[0].kind == "mean":
            value, error = (value + parts.centre) * parts.scale, error * parts.scale
            low, high = mean_interval(value, error, self.confidence)
        else:
            value = _exact_ends(value, count, base[:, None])
            low, high = share_interval(
                value, error, base[:, None].astype(np.float64), effective[:, None], self.confidence
            )
        domains = (None, *(self.tally.layout.dimension(by).codes if by else ()))
        return Estimates(
            measure, by, domains, parts.answers, value, error, low, high,
            count, base, weighted, effective, self.confidence,
        )  # fmt: skip

    def _value_and_error(self, parts: _Parts) -> tuple[FloatArray, FloatArray]:
        """Ratios Σwy/Σw and their standard errors; nan where the base is empty."""
        first, base = parts.first, parts.base
        total = base[:, _WEIGHTED]
        value = first[:, _WEIGHTED] / total
        ratio = value[:, None, :]
        residual = (first - ratio * base) / total[:, None, :]
        margins = len(self._margins)
        slopes = self._inverse @ residual[:, _PLAIN : _PLAIN + margins]
        crossed = residual[:, _PLAIN + margins :]
        before = (parts.second[:, _SQUARED] - 2 * value * first[:, _SQUARED] + value**2 * base[:, _SQUARED]) / total**2
        squares = before - 2 * (slopes * crossed).sum(axis=1) + (slopes * (self._spread @ slopes)).sum(axis=1)
        sums = residual[:, _WEIGHTED] - np.einsum("m,dmk->dk", self._totals, slopes)
        n = self.tally.n
        variance = (squares - sums**2 / n) * (n / (n - 1) if n > 1 else np.nan)
        return value, np.sqrt(np.where(variance < _ROUNDING * before, 0.0, variance))


def estimate(
    tally: Tally,
    weighting: Weighting,
    measure: str,
    by: str | None = None,
    groups: Mapping[str, tuple[int, ...]] | None = None,
    kind: Literal["share", "mean"] | None = None,
) -> Estimates:
    """One statistic (see Estimator, which shares work between several)."""
    return Estimator(tally, weighting).estimate(measure, by, groups, kind)


def _indicators(weighting: Weighting, tally: Tally) -> FloatArray:
    """X': one row per margin category, one column per cell."""
    rows = [np.zeros((0, len(tally.cells)))]
    for margin, levels in zip(weighting.margins, weighting.levels_on(tally), strict=True):
        rows.append((np.arange(len(margin.levels))[:, None] == levels).astype(np.float64))
    return np.concatenate(rows)


def _pseudo_inverse(matrix: FloatArray) -> FloatArray:
    """A generalized inverse of X'DX.

    Scaling to a unit diagonal keeps rare categories apart from redundancies.
    """
    if not len(matrix):
        return matrix
    scale = 1 / np.sqrt(np.diag(matrix))
    scaled = np.linalg.pinv(matrix * np.outer(scale, scale), rcond=_REDUNDANT, hermitian=True)
    return np.asarray(scaled * np.outer(scale, scale), np.float64)


def _centred(block: IntArray) -> tuple[IntArray, int]:
    """(answered, Σ(y-m), Σ(y-m)²) with m the rounded mean, in exact integers where floats would cancel."""
    answered, total, squares = (int(part) for part in block.sum(axis=0, dtype=object))
    centre = round(total / answered) if answered else 0
    # Python integers hold what 64 bits might not: m² times a count.
    if centre * centre * max(answered, 1) + 2 * centre * total + squares < 2**62:
        n, first, second = block.T
        return np.stack([n, first - centre * n, second - 2 * centre * first + centre**2 * n], axis=1), centre
    return block, 0


def _parts(measure: Measure, statistic: Statistic, moments: FloatArray, centre: int) -> _Parts:
    kind = statistic.kind or ("mean" if measure.kind == "number" else "share")
    if measure.kind == "number":
        if kind == "share" or statistic.groups:
            raise ValueError(f"{measure.name} is a number: it has a mean and no shares")
        base, first, second = (moments[:, :, i : i + 1] for i in range(3))
        answers = (Answer("mean"),)
        return _Parts(answers, first, second, base, base[:, _ROWS], float(centre), 10.0**-measure.decimals)
    codes = np.asarray(measure.counted_codes, np.int64)
    if kind == "mean":
        values = np.where(codes >= 0, codes, 0).astype(np.float64)[:, None]
        base = moments @ (codes >= 0).astype(np.float64)[:, None]
        mean = (Answer("mean", codes=tuple(int(code) for code in codes if code >= 0)),)
        return _Parts(mean, moments @ values, moments @ values**2, base, base[:, _ROWS], 0.0, 1.0)
    shown, select = _selection(measure, statistic.groups)
    base, first = moments.sum(axis=2, keepdims=True), moments @ select
    return _Parts(shown, first, first, base, first[:, _ROWS], 0.0, 1.0)


def _selection(measure: Measure, groups: Mapping[str, tuple[int, ...]]) -> tuple[tuple[Answer, ...], FloatArray]:
    """The answers of shares, and which codes each adds up: (codes, answers) of zeros and ones."""
    codes = measure.counted_codes
    shown = (1,) if measure.kind == "indicator" else codes
    answers = [Answer("share", code, codes=(code,)) for code in shown]
    for name, members in groups.items():
        if not set(members) <= set(codes):
            raise ValueError(f"group {name} of {measure.name} has codes that the measure does not count")
        answers.append(Answer("subtotal", name=name, codes=tuple(members)))
    select = [[float(code in answer.codes) for answer in answers] for code in codes]
    return tuple(answers), np.asarray(select)


def _exact_ends(value: FloatArray, count: IntArray, base: IntArray) -> FloatArray:
    """Nobody is exactly 0 and everybody exactly 1, whatever the rounding of weights."""
    value = np.where((count == base) & (base > 0), 1.0, value)
    return np.where((count == 0) & (base > 0), 0.0, value)
