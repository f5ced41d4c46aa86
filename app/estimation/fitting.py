"""Meeting margins: raking margin by margin, the other methods by Newton's steps, on masses of base weights per cell.

Both stop at the tolerance but go on while a step still halves the gap, which takes the weights to the last digits,
so that they do not depend on where it happened to stop.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from app.estimation.distances import Distance
from app.estimation.margins import Codes, MarginTarget, WeightingIsImpossible
from app.estimation.redundancy import independent

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Shares of the first Jacobian added to the present one when a plain step leads nowhere, as where whole
# categories are at a bound: it turns and shortens the step.
_DAMPING = (0.0, 1e-4, 1e-2, 1.0, 100.0)
# Coefficients run away where no ratios within the bounds meet the margins: at this size all are at a bound.
_ENDLESS = 1e7


class DidNotConverge(WeightingIsImpossible):
    """The margins were not met in the iterations allowed.

    Data: margin, category, gap (relative), iterations.
    """

    suggestion = "merge-categories-or-drop-a-margin"


class BoundsAreInfeasible(WeightingIsImpossible):
    """No ratios within the bounds meet the margins. Data: margin, category (the farthest off), bounds."""

    suggestion = "widen-the-bounds-or-merge-categories"


@dataclass(frozen=True, slots=True)
class Fit:
    """Per margin a number for each level, steps taken, largest relative gap left and where (margin, level)."""

    numbers: list[FloatArray]
    iterations: int
    gap: float
    worst: tuple[int, int]


def rake(
    mass: FloatArray, wanted: Sequence[FloatArray], levels: Sequence[IntArray], tolerance: float, iterations: int
) -> Fit:
    """Iterative proportional fitting: factors per margin, whose product is the ratio of a cell.

    `mass`: per cell the sum of base weights; `wanted`: sums to reach per margin and level; `levels`: per margin
    the level of every cell. One cycle over the margins is an iteration.
    """
    factors = [np.ones(len(aim)) for aim in wanted]
    gap, worst = _largest_gap(mass, wanted, levels)
    for cycle in range(iterations):
        if gap <= tolerance and gap < 1e-15:
            return Fit(factors, cycle, gap, worst)
        for index, (cell_levels, aim) in enumerate(zip(levels, wanted, strict=True)):
            step = aim / np.bincount(cell_levels, mass, len(aim))
            factors[index] = factors[index] * step
            mass = mass * step[cell_levels]
        previous = gap
        gap, worst = _largest_gap(mass, wanted, levels)
        if gap <= tolerance and gap > previous / 2:
            return Fit(factors, cycle + 1, gap, worst)
    return Fit(factors, iterations, gap, worst)


def _largest_gap(
    mass: FloatArray, wanted: Sequence[FloatArray], levels: Sequence[IntArray]
) -> tuple[float, tuple[int, int]]:
    gap, worst = 0.0, (0, 0)
    for index, (cell_levels, aim) in enumerate(zip(levels, wanted, strict=True)):
        miss = np.abs(np.bincount(cell_levels, mass, len(aim)) / aim - 1)
        place = int(miss.argmax())
        # A ratio that is not finite counts as an endless gap.
        size = float(miss[place]) if np.isfinite(miss[place]) else inf
        if size > gap:
            gap, worst = size, (index, place)
    return gap, worst


class _Equations:
    """The margins as equations Σ M F(x'λ) x = t, over the distinct combinations of levels."""

    def __init__(self, mass: FloatArray, wanted: Sequence[FloatArray], levels: Sequence[IntArray]) -> None:
        self.widths = [len(aim) for aim in wanted]
        self.starts = [sum(self.widths[:index]) for index in range(len(wanted))]
        keys = np.zeros(len(mass), np.int64)
        for cell_levels, width in zip(levels, self.widths, strict=True):
            keys = keys * width + cell_levels
        _, first, combination = np.unique(keys, return_index=True, return_inverse=True)
        self.mass = np.bincount(combination, mass)
        self.places = [start + cell_levels[first] for start, cell_levels in zip(self.starts, levels, strict=True)]
        self.aims = np.concatenate(list(wanted))
        self.plain = self.jacobian(np.ones(len(self.mass)))
        self._independent = independent(self.plain)

    def sums(self, values: FloatArray) -> FloatArray:
        """Σ M v x: per level, the mass of what has these values."""
        weighted, size = self.mass * values, len(self.aims)
        found = [np.bincount(place, weighted, size) for place in self.places]
        return np.asarray(np.sum(found, axis=0), np.float64)

    def jacobian(self, slopes: FloatArray) -> FloatArray:
        """X' diag(M F') X."""
        weighted, size = self.mass * slopes, len(self.aims)
        matrix = np.zeros(size * size)
        for i, one in enumerate(self.places):
            for other in self.places[i:]:
                matrix += np.bincount(one * size + other, weighted, size * size)
        upper = matrix.reshape(size, size)
        return upper + np.triu(upper, 1).T

    def direction(self, jacobian: FloatArray, residual: FloatArray) -> FloatArray | None:
        """Where Newton's step points; coefficients of redundant levels stay as they are. None when it is singular."""
        places = self._independent
        direction = np.zeros(len(residual))
        try:
            direction[places] = np.linalg.solve(jacobian[np.ix_(places, places)], residual[places])
        except np.linalg.LinAlgError:
            return None
        return direction

    def arguments(self, numbers: FloatArray) -> FloatArray:
        """u = x'λ of every combination."""
        return np.asarray(np.sum([numbers[place] for place in self.places], axis=0), np.float64)

    def worst(self, residual: FloatArray) -> tuple[float, tuple[int, int]]:
        miss = np.abs(residual / self.aims)
        place = int(miss.argmax())
        margin = int(np.searchsorted(self.starts, place, side="right")) - 1
        return float(miss[place]), (margin, place - self.starts[margin])


def solve(
    distance: Distance,
    mass: FloatArray,
    wanted: Sequence[FloatArray],
    levels: Sequence[IntArray],
    tolerance: float,
    iterations: int,
) -> Fit:
    """Newton's steps: coefficients λ per margin and level, arguments as in `rake`.

    A step is taken when it brings the sums closer to what is wanted; where none does, they cannot be met.
    """
    equations = _Equations(mass, wanted, levels)
    numbers = np.zeros(len(equations.aims))
    residual = _missing(distance, equations, numbers)
    gap, worst = equations.worst(residual)
    taken = 0
    while taken < iterations and not (gap <= tolerance and gap < 1e-15):
        found = _step(distance, equations, numbers, residual)
        if found is None:
            break
        numbers, residual = found
        taken, previous = taken + 1, gap
        gap, worst = equations.worst(residual)
        if gap <= tolerance and gap > previous / 2:
            break
    parts = [numbers[start : start + width] for start, width in zip(equations.starts, equations.widths, strict=True)]
    return Fit(parts, taken, gap, worst)


def _missing(distance: Distance, equations: _Equations, numbers: FloatArray) -> FloatArray:
    """What every level lacks of its aim."""
    return equations.aims - equations.sums(distance.ratios(equations.arguments(numbers)))


def _step(
    distance: Distance, equations: _Equations, numbers: FloatArray, residual: FloatArray
) -> tuple[FloatArray, FloatArray] | None:
    """The next coefficients and what is missing then, or None when no step leads closer."""
    jacobian = equations.jacobian(distance.slopes(equations.arguments(numbers)))
    size = float(np.square(residual / equations.aims).sum())
    for damping in _DAMPING:
        direction = equations.direction(jacobian + damping * equations.plain, residual)
        if direction is None or not np.abs(numbers + direction).max() < _ENDLESS:
            continue
        tried = numbers + direction
        missing = _missing(distance, equations, tried)
        if float(np.square(missing / equations.aims).sum()) < size:
            return tried, missing
    return None


def refuse_unmet(
    fit: Fit, targets: Sequence[MarginTarget], tolerance: float, bounds: tuple[float, float] | None, feasible: bool
) -> None:
    """Raise when the fit is not within the tolerance, naming the category farthest off.

    `feasible`: whether the margins can be met when nothing bounds the ratios.
    """
    if fit.gap <= tolerance:
        return
    margin, category = _named(targets, *fit.worst)
    if bounds is not None and feasible:
        raise BoundsAreInfeasible(margin=margin, category=category, bounds=bounds)
    raise DidNotConverge(margin=margin, category=category, gap=fit.gap, iterations=fit.iterations)


def _named(targets: Sequence[MarginTarget], margin: int, level: int) -> tuple[str, Codes]:
    return targets[margin].margin.name, targets[margin].levels[level]
