"""Trimming of final weights: those outside the bounds are put at the bound, and the others share the difference.

This is R's `trimWeights(strict=TRUE)`: a pass clips the weights outside [low, high] and adds the same amount to
each of the others, which may push some outside, until none is. Bounds are in units of the mean weight: weights are
scaled to sum to the number of rows, so 0.3 and 3 mean thirty per cent and three times the mean. A pass that finds
every weight outside leaves the difference to the next one (R divides by zero there).

Worked: 2 rows of weight 4 and 8 of weight 0.25, bounds 0 and 3: each 4 becomes 3, the 2 taken off are shared among
8 rows, which become 0.5.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.estimation.distances import are_around_one
from app.estimation.margins import WeightingIsImpossible

FloatArray = NDArray[np.float64]

_PASSES = 10_000
# A weight this near a bound is at the bound: whether it is clipped or takes a share must not hang on a last digit.
_EDGE = 1e-12
# A difference of this part of the sum is rounding: it is not shared.
_ROUNDING = 1e-14


class TrimIsInvalid(WeightingIsImpossible):
    """Bounds of trimming must be numbers with 0 <= low < 1 < high, in units of the mean weight. Data: trim."""

    suggestion = "correct-the-bounds"


class TrimmingNeedsWeightClasses(WeightingIsImpossible):
    """Rows of a cell with free base weights have final weights of their own, which cells cannot trim.

    Data: none.
    """

    suggestion = "bound-the-ratios-with-logit-or-truncated"


class TrimmingDidNotEnd(WeightingIsImpossible):
    """Sharing the differences out pushes weights outside endlessly. Data: trim."""

    suggestion = "widen-the-bounds"


def trim(weights: FloatArray, sizes: NDArray[np.int64], bounds: tuple[float, float]) -> tuple[float, ...]:
    """The amount that each pass adds to a weight within the bounds; empty when nothing is outside.

    `weights` of a row per cell, summing to the number of rows; `sizes`: rows per cell.
    Raises TrimIsInvalid, TrimmingDidNotEnd.
    """
    if not are_around_one(bounds):
        raise TrimIsInvalid(trim=bounds)
    low, high = bounds
    rows = int(sizes.sum())
    shifts: list[float] = []
    for _ in range(_PASSES):
        within = _within(weights, bounds)
        clipped = np.clip(weights, low, high)
        left = rows - float(clipped @ sizes)
        if within.all() and (not shifts or abs(left) <= _ROUNDING * rows):
            return tuple(shifts)
        takers = int(sizes[within].sum())
        shifts.append(left / takers if takers and abs(left) > _ROUNDING * rows else 0.0)
        weights = np.where(within, weights + shifts[-1], clipped)
    raise TrimmingDidNotEnd(trim=bounds)


def trimmed(weights: FloatArray, bounds: tuple[float, float], shifts: Sequence[float]) -> FloatArray:
    """Weights after the passes of `trim`, the same for a row whatever the cells it is counted in."""
    low, high = bounds
    for shift in shifts:
        weights = np.where(_within(weights, bounds), weights + shift, np.clip(weights, low, high))
    return np.asarray(np.clip(weights, low, high), np.float64) if shifts else weights


def at_bounds(weights: FloatArray, bounds: tuple[float, float]) -> NDArray[np.bool_]:
    """Which weights are at a bound or so near that only rounding tells."""
    low, high = bounds
    return (weights <= low * (1 + _EDGE)) | (weights >= high * (1 - _EDGE))


def _within(weights: FloatArray, bounds: tuple[float, float]) -> NDArray[np.bool_]:
    low, high = bounds
    return (weights >= low * (1 - _EDGE)) & (weights <= high * (1 + _EDGE))
