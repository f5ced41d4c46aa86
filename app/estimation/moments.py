"""Moments of a tally under a weighting, and the variance of whatever is linear in the answers.

A statistic is linearized (see `linearization`): each row gets an influence z_i that depends on its domain and
answer only. Its standard error is that of a calibrated estimator (residual linearization, the one of R's
`calibrate`; facts in Deville and Särndal 1992). Regress z on the margin indicators X over the whole sample with
the base weights d; e is the residual, u_i = w_i e_i with the final weight w_i = d_i g_c. Summed over strata,

    Var = Σ_h n_h / (n_h - 1) (Σ u² - (Σ u)² / n_h)

The rows of a cell share their margins, their stratum and their factor g. With a_h = n_h / (n_h - 1), D and D2 the
sums of d and of d² over rows, and b the slopes of the regression,

    b        = (X'DX)⁻ Σ X d z
    Σ a u²   = Σ a g² d² z² - 2 b' Σ X a g² d² z + b' (Σ X a g² D2 X') b
    Σ_h u    = Σ_h g d z - b' Σ_h X g D

Each is linear in Σ d and Σ d² over the rows behind each answer: `Moments.tables` takes them once for all answers
and domains as products of matrices, and what follows works on small arrays.

Worked number: answers 1, 0, 0, 0, 1 in one stratum with weights 1 and no margin: p = 0.4, z = (y - 0.4) / 5, so
Var = 5/4 (2 · 0.12² + 3 · 0.08²) = 0.06 and the standard error is 0.24495 = sqrt(0.4 · 0.6 / 4).

A stratum with one row has no spread of its own. It is centred at the mean of u over the whole sample with a_h = 1
(R's `survey.lonely.psu = "adjust"`): the standard error is then rather too large than too small, and `lonely`
names those strata.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.estimation.tally import Measure, Tally
from app.estimation.weighting import Weighting

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Eigenvalues of the scaled margin matrix below this are its exact redundancies (each margin sums to one).
_REDUNDANT = 1e-10
# A residual variance below this part of the variance before calibration is rounding: the estimate is a margin.
_ROUNDING = 1e-13


class Moments:
    """What every statistic of a tally under a weighting needs, computed once.

    `rows`, `degrees`: number of rows n, and degrees of freedom n - H with H occupied strata (R's degf of the full
    design, also for domains). `lonely`: codes of the strata with one row. A table of moments is (domains, functions,
    width): its functions are `counts`, one row of `weighted` per stratum, `crossed` and `spread` by margin
    category, `squared` and `scaled`, which the properties of this class take out of it.
    """

    def __init__(self, tally: Tally, weighting: Weighting) -> None:
        """Raises WeightingDoesNotFit when the weighting was made for other rows."""
        self.tally = tally
        factors = weighting.factors_on(tally)
        mass, mass_squared = tally.cell_mass()
        strata, sizes, self.lonely = _strata(tally)
        self.rows, self.degrees = tally.n, tally.n - len(sizes)
        scale, self._centring = _centring(sizes)
        margins = _indicators(weighting, tally)
        self._margins = len(margins)
        scaled = scale @ strata * factors**2
        self._inverse = _pseudo_inverse((margins * mass) @ margins.T)
        self._spread = (margins * scaled * mass_squared) @ margins.T
        self._totals = (strata * factors * mass) @ margins.T
        self._on_mass = np.concatenate([strata * factors, margins])
        self._on_squares = np.concatenate([[factors**2], [scaled], margins * scaled])
        self.weight = float(factors @ mass)
        self.weight_squared = float(factors**2 @ mass_squared)
        self._exact = _on_counts(tally, self._on_mass, self._on_squares) if tally.is_exact else None
        self._strata = len(sizes)
        self._orders: dict[str | None, tuple[IntArray, list[slice]]] = {}

    def tables(self, names: Sequence[str], by: str | None) -> tuple[dict[str, FloatArray], dict[str, int]]:
        """Per measure its table of moments for the whole, then for every code of `by`; per number, its centre.

        A number is (answered, Σ(y - m), Σ(y - m)²) with m its centre. KeyError on an unknown name.
        """
        measures = [self.tally.layout.measure(name) for name in names]
        counts, places, centres = self._counts(measures)
        order, slices = self._order(by)
        # Cells come sorted by their first dimension: nothing to move there.
        if by is not None and self.tally.layout.dimension_index(by):
            counts = counts.take(order, axis=-2)
        parts = [self._product(counts[..., cells, :], order[cells]) for cells in slices]
        table = np.stack(parts)
        table = np.concatenate([table.sum(axis=0, keepdims=True), table] if by else [table])
        return {name: table[:, :, place] for name, place in places.items()}, centres

    def counts(self, table: FloatArray) -> FloatArray:
        """Rows, (domains, width)."""
        return table[:, 0]

    def weighted(self, table: FloatArray) -> FloatArray:
        """Σ w y, (domains, width)."""
        strata = table[:, 1 : 1 + self._strata]
        return strata[:, 0] if strata.shape[1] == 1 else strata.sum(axis=1)

    def squared(self, table: FloatArray) -> FloatArray:
        """Σ w² y, (domains, width)."""
        return table[:, 1 + len(self._on_mass)]

    def scaled(self, table: FloatArray) -> FloatArray:
        """Σ a w² y, (domains, width): what Σ z² is made of."""
        return table[:, 2 + len(self._on_mass)]

    def variance(self, influence: FloatArray, before: FloatArray) -> FloatArray:
        """Variances (domains, answers) of statistics whose influences have these moments.

        influence: (domains, functions, answers), the table of moments times the influence of each answer;
        before: (domains, answers), Σ a w² z². What calibration removes but for rounding is 0.
        """
        sums, by_margin, crossed = self._split(influence)
        slopes = self._inverse @ by_margin
        squares = before - 2 * (slopes * crossed).sum(axis=-2) + (slopes * (self._spread @ slopes)).sum(axis=-2)
        sums = sums - self._totals @ slopes
        variance = squares - (sums * (self._centring @ sums)).sum(axis=-2)
        return np.where(variance < _ROUNDING * before, 0.0, variance)

    def covariance(self, influence: FloatArray, before: FloatArray) -> FloatArray:
        """Covariance matrix (answers, answers) of one domain: influence (functions, answers), before Σ a w² z z'."""
        sums, by_margin, crossed = self._split(influence)
        slopes = self._inverse @ by_margin
        mixed = slopes.T @ crossed
        squares = before - mixed - mixed.T + slopes.T @ self._spread @ slopes
        sums = sums - self._totals @ slopes
        return np.asarray(squares - sums.T @ self._centring @ sums, np.float64)

    def _split(self, influence: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        strata = 1 + self._strata
        margins = strata + self._margins
        return influence[..., 1:strata, :], influence[..., strata:margins, :], influence[..., margins + 2 :, :]

    def _counts(self, measures: Sequence[Measure]) -> tuple[FloatArray, dict[str, slice], dict[str, int]]:
        """What is summed: the integers (cells, width), or three layers of them when base weights are free.

        The layers are the integers, then Σd and Σd² of the same. A number is centred, in integers where it can be.
        """
        tally, width = self.tally, sum(measure.width for measure in measures)
        shape = (len(tally.cells), width) if self._exact is not None else (3, len(tally.cells), width)
        counts, places, centres, start = np.empty(shape), {}, {}, 0
        for measure in measures:
            places[measure.name] = slice(start, start + measure.width)
            start += measure.width
        # Measures that lie side by side in the tally are copied in one go: most often all of them.
        for source, target in _runs([(tally.layout.place(name), place) for name, place in places.items()]):
            counts[..., target] = tally.counts[:, source]
        for measure in measures:
            place = places[measure.name]
            layers: Sequence[FloatArray] = () if self._exact is not None else tally.mass(measure.name)
            if measure.kind == "number":
                integers, centres[measure.name] = _centred(tally.answers(measure.name))
                counts[..., place] = integers
                layers = [_moved(layer, centres[measure.name]) for layer in layers]
            for index, layer in enumerate(layers, 1):
                counts[index, :, place] = layer
        return counts, places, centres

    def _product(self, counts: FloatArray, cells: IntArray) -> FloatArray:
        """Sums over some cells of every function: (functions, width)."""
        if self._exact is not None:
            return self._exact[:, cells] @ counts
        rows, mass, squares = counts
        return np.concatenate(
            [rows.sum(axis=0, keepdims=True), self._on_mass[:, cells] @ mass, self._on_squares[:, cells] @ squares]
        )

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


def _strata(tally: Tally) -> tuple[FloatArray, IntArray, tuple[int, ...]]:
    """Indicators of the occupied strata (strata, cells), rows of each, and the codes of those with one row."""
    name = tally.layout.stratum
    if name is None:
        return np.ones((1, len(tally.cells))), np.array([tally.n]), ()
    occupied, place = np.unique(tally.positions(name), return_inverse=True)
    strata = (np.arange(len(occupied))[:, None] == place).astype(np.float64)
    sizes = np.rint(strata @ tally.sizes).astype(np.int64)
    codes = tally.layout.dimension(name).codes
    return strata, sizes, tuple(codes[occupied[i]] for i in np.flatnonzero(sizes == 1))


def _centring(sizes: IntArray) -> tuple[FloatArray, FloatArray]:
    """(a_h, Q): the variance is Σ a u² - S'QS with S the sums of u by stratum.

    Q holds a_h / n_h on its diagonal; a stratum of one row is centred at ū = Σ u / n instead, which takes
    2 u ū - ū² away from its u².
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(sizes > 1, sizes / (sizes - 1.0), 1.0 if len(sizes) > 1 else np.nan)
    lonely = (sizes == 1).astype(np.float64)
    if len(sizes) == 1 or not lonely.any():
        return scale, np.diag(scale / sizes)
    mean = np.full(len(sizes), 1 / sizes.sum())
    crossed = np.outer(lonely, mean)
    return scale, np.diag((1 - lonely) * scale / sizes) + crossed + crossed.T - lonely.sum() * np.outer(mean, mean)


def _indicators(weighting: Weighting, tally: Tally) -> FloatArray:
    """X': one row per margin category, one column per cell."""
    rows = [np.zeros((0, len(tally.cells)))]
    for margin, levels in zip(weighting.margins, weighting.levels_on(tally), strict=True):
        rows.append((np.arange(len(margin.levels))[:, None] == levels).astype(np.float64))
    return np.concatenate(rows)


def _on_counts(tally: Tally, on_mass: FloatArray, on_squares: FloatArray) -> FloatArray:
    """Functions of the integers alone, where every row of a cell has the same base weight."""
    base = tally.base_weights()
    return np.concatenate([np.ones((1, len(base))), on_mass * base, on_squares * base**2])


def _pseudo_inverse(matrix: FloatArray) -> FloatArray:
    """A generalized inverse of X'DX.

    Scaling to a unit diagonal keeps rare categories apart from redundancies; a category without rows is left out.
    """
    if not len(matrix):
        return matrix
    diagonal = np.diag(matrix)
    scale = np.divide(1, np.sqrt(diagonal), out=np.zeros_like(diagonal), where=diagonal > 0)
    scaled = np.linalg.pinv(matrix * np.outer(scale, scale), rcond=_REDUNDANT, hermitian=True)
    return np.asarray(scaled * np.outer(scale, scale), np.float64)


def _centred(block: IntArray) -> tuple[IntArray, int]:
    """(answered, Σ(y-m), Σ(y-m)²) with m the rounded mean, in exact integers where floats would cancel."""
    answered, total, squares = (int(part) for part in block.sum(axis=0, dtype=object))
    centre = round(total / answered) if answered else 0
    # Python integers hold what 64 bits might not: m² times a count.
    if centre * centre * max(answered, 1) + 2 * centre * total + squares < 2**62:
        return _moved(block, centre), centre
    return block, 0


def _runs(pairs: Sequence[tuple[slice, slice]]) -> list[tuple[slice, slice]]:
    """Pairs of places (source, target), those that follow each other in both joined."""
    runs: list[tuple[slice, slice]] = []
    for source, target in pairs:
        if runs and runs[-1][0].stop == source.start:
            before, into = runs.pop()
            source, target = slice(before.start, source.stop), slice(into.start, target.stop)
        runs.append((source, target))
    return runs


def _moved(block: NDArray[Any], centre: int) -> NDArray[Any]:
    """Sums of 1, y and y² become those of 1, y - m and (y - m)²."""
    n, first, second = block.T
    return np.stack([n, first - centre * n, second - 2 * centre * first + centre**2 * n], axis=1)
