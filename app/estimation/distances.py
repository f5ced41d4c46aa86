"""How weights may leave base weights: the methods of calibration, as functions of u = x'λ.

A row of base weight d gets the weight d F(u), where u adds up one coefficient per margin, that of the row's level.
F is the reciprocal of the derivative of the distance (Deville and Särndal 1992; the same four as Calmar and R's
`calibrate`): raking exp(u), linear 1 + u, truncated 1 + u kept within [L, U], and logit, which stays within:

    F(u) = (L (U-1) + U (1-L) exp(Au)) / (U-1 + (1-L) exp(Au)),  A = (U-L) / ((1-L)(U-1))

For L = 0.4 and U = 2.6, A = 2.2917, F(0) = 1, F(0.1) = 1.1050 and F(-0.1) = 0.9053. Bounds hold for the ratio of
final to base weight, both scaled to the same sum. Raking needs no F here: it is fitted margin by margin, its ratio
being a product of factors (see `fitting`).
"""

from dataclasses import dataclass
from math import isfinite
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.estimation.margins import WeightingIsImpossible

FloatArray = NDArray[np.float64]
Method = Literal["raking", "linear", "logit", "truncated"]
BOUNDED = ("logit", "truncated")


class BoundsAreInvalid(WeightingIsImpossible):
    """Bounds must be numbers with 0 <= low < 1 < high, for logit and truncated only. Data: method, bounds."""

    suggestion = "correct-the-bounds"


@dataclass(frozen=True, slots=True)
class Distance:
    """The function F of linear, logit or truncated, with the bounds (L, U) of the last two."""

    method: Method
    bounds: tuple[float, float] | None

    def ratios(self, u: FloatArray) -> FloatArray:
        """F(u), the ratio of final to base weight."""
        if self.bounds is None:
            return 1 + u
        low, high = self.bounds
        if self.method == "truncated":
            return np.asarray(np.clip(1 + u, low, high), np.float64)
        return low + (high - low) * self._logistic(u)

    def slopes(self, u: FloatArray) -> FloatArray:
        """F'(u); zero where a truncated ratio is at a bound."""
        if self.bounds is None:
            return np.ones_like(u)
        low, high = self.bounds
        if self.method == "truncated":
            return ((1 + u > low) & (1 + u < high)).astype(np.float64)
        part = self._logistic(u)
        return (high - low) * self._steepness() * part * (1 - part)

    def _steepness(self) -> float:
        low, high = self.bounds or (0.0, 0.0)
        return (high - low) / ((1 - low) * (high - 1))

    def _logistic(self, u: FloatArray) -> FloatArray:
        """(F - L) / (U - L), written so that no exponential overflows."""
        low, high = self.bounds or (0.0, 0.0)
        shifted = self._steepness() * u + np.log((1 - low) / (high - 1))
        small: FloatArray = np.exp(-np.abs(shifted))
        return np.where(shifted < 0, small, 1.0) / (1 + small)


def distance_of(method: Method, bounds: tuple[float, float] | None) -> Distance | None:
    """The function of a method, None for raking; raises BoundsAreInvalid when it lacks bounds or has no use of them."""
    fits = bounds is not None and are_around_one(bounds) if method in BOUNDED else bounds is None
    if not fits:
        raise BoundsAreInvalid(method=method, bounds=bounds)
    return None if method == "raking" else Distance(method, bounds)


def are_around_one(bounds: tuple[float, float]) -> bool:
    """Whether 0 <= low < 1 < high, both finite: anything else leaves no room around the mean weight."""
    low, high = bounds
    return isfinite(low) and isfinite(high) and 0 <= low < 1 < high
