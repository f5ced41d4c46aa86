"""Confidence intervals from an estimate and its standard error."""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

FEW = 5.0
"""Below this many expected (effective) answers on either side, a share is too skewed for a normal interval.
"""


def quantile(confidence: float) -> float:
    """Normal quantile of a two-sided interval: 1.96 at 0.95."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def mean_interval(value: FloatArray, error: FloatArray, confidence: float) -> tuple[FloatArray, FloatArray]:
    """value ± z error."""
    reach = quantile(confidence) * error
    return value - reach, value + reach


def share_interval(
    share: FloatArray, error: FloatArray, base: FloatArray, effective: FloatArray, confidence: float
) -> tuple[FloatArray, FloatArray]:
    """Normal interval cut to [0, 1]; Wilson's score interval with an effective size where it does not hold.

    Wilson is used where the share is 0 or 1, or where min(p, 1 - p) times the Kish effective base is below
    FEW. The effective size is that of Korn and Graubard (1998), p (1 - p) / se², never above the number of
    answers nor below one; Kish's where the share is 0 or 1 (the standard error is then 0 and says nothing).
    A share strictly between with a standard error of 0 is a margin of the weighting, known without sampling
    error: its interval is itself. Worked number: 0 of 40 at 95 % gives [0, 3.841 / 43.841] = [0, 0.0876].
    """
    low, high = mean_interval(share, error, confidence)
    # An error that is almost nothing gives an endless size, and the number of answers is the least of both.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        extreme = (share <= 0) | (share >= 1)
        few = np.minimum(share, 1 - share) * effective < FEW
        scored = extreme | (few & (error > 0))
        size = np.where(extreme, effective, np.minimum(base, share * (1 - share) / error**2))
        size = np.maximum(size, 1.0)
        z2 = quantile(confidence) ** 2
        centre = (share + z2 / (2 * size)) / (1 + z2 / size)
        reach = np.sqrt(share * (1 - share) * z2 / size + z2**2 / (4 * size**2)) / (1 + z2 / size)
    low = np.where(scored, centre - reach, low)
    high = np.where(scored, centre + reach, high)
    # At 0 and 1 the bound is the share itself up to rounding.
    low = np.where(share <= 0, 0.0, low)
    high = np.where(share >= 1, 1.0, high)
    return np.clip(low, 0, 1), np.clip(high, 0, 1)
