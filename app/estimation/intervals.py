"""Confidence intervals from an estimate and its standard error.

Worked numbers at 95 %. Of 200 rows, p = 0.828 with a standard error of 0.02607 (the schools of `apistrat`):
normal [0.7769, 0.8790]; t with 199 degrees of freedom [0.7765, 0.8794]; logit [0.7703, 0.8735]; beta, with an
effective size of 0.828 · 0.172 / 0.02607² = 209.6, [0.7699, 0.8765]. Of 40 rows of equal weight, nobody:
[0, 1 - 0.025^(1/40)] = [0, 0.0881].
"""

from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, expit, stdtrit

FloatArray = NDArray[np.float64]
Method = Literal["auto", "normal", "t", "logit", "beta"]

FEW = 5.0
"""Below this many expected (effective) answers on either side, a share is too skewed for a normal interval.
"""

# Beyond this many effective answers the beta interval is the t interval, and its inverse is not exact.
_ENDLESS = 1e10


@dataclass(frozen=True)
class IntervalRule:
    """How to draw intervals. `rows`, `degrees`: number of rows n and degrees of freedom n - H of the whole sample.

    normal: value ± z se. t: value ± t se with those degrees of freedom. logit, for a share: logit p ± t se / (p
    (1 - p)), taken back (R's svyciprop, method "logit"). beta, for a share: Korn and Graubard (1998), the interval
    of Clopper and Pearson for an effective size (R's svyciprop, method "beta"). auto: normal, and beta where it
    does not hold. What is not a share has the t interval under logit and beta, the normal one under auto.
    """

    method: Method = "auto"
    confidence: float = 0.95
    rows: int = 0
    degrees: int = 0

    @cached_property
    def quantile(self) -> float:
        """Standard errors on either side of the estimate: 1.96 for a normal interval at 0.95."""
        return self._normal if self.method in ("auto", "normal") else self._t(self.degrees)

    @cached_property
    def _normal(self) -> float:
        return NormalDist().inv_cdf(0.5 + self.confidence / 2)

    def _t(self, degrees: int) -> float:
        return float(stdtrit(degrees, 0.5 + self.confidence / 2)) if degrees > 0 else float("nan")

    @cached_property
    def size_ratio(self) -> float:
        """What degrees of freedom lost to strata take from an effective size: (t of n - 1 / t of n - H)²."""
        if self.degrees == self.rows - 1:
            return 1.0
        return (self._t(self.rows - 1) / self._t(self.degrees)) ** 2

    def around(self, value: FloatArray, error: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The interval of what is not a share."""
        reach = self.quantile * error
        return value - reach, value + reach

    def of_share(
        self, share: FloatArray, error: FloatArray, base: FloatArray, effective: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """The interval of shares, within [0, 1]. base: answers; effective: Kish's (Σw)²/Σw² of them.

        At 0 and 1 the standard error is 0 and says nothing: the interval is that of Clopper and Pearson for
        Kish's effective size, whatever the method. Under auto it is Korn and Graubard's where min(p, 1 - p) times
        the effective base is below FEW. The effective size is p (1 - p) / se², not below one, and under auto never
        above the number of answers. A share strictly between with a standard error of 0 is a margin of the
        weighting, known without sampling error: its interval is itself.
        """
        share, error, base, effective = np.broadcast_arrays(share, error, base, effective)
        extreme = (share <= 0) | (share >= 1)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if self.method == "logit":
                centre, reach = np.log(share / (1 - share)), self.quantile * error / (share * (1 - share))
                low, high = expit(centre - reach), expit(centre + reach)
            else:
                low, high = self.around(share, error)
            size = np.maximum(share * (1 - share) / error**2, 1.0)
        if self.method == "auto":
            size = np.minimum(size, base)
            exact = extreme | ((np.minimum(share, 1 - share) * effective < FEW) & (error > 0))
        else:
            exact = extreme | ((error > 0) & (self.method == "beta"))
        size = np.where(extreme, np.maximum(effective, 1.0), size * self.size_ratio)
        low, high = np.where(error == 0, share, low), np.where(error == 0, share, high)
        exact &= size < _ENDLESS
        low[exact], high[exact] = self._beta(share[exact], size[exact])
        return np.clip(low, 0, 1), np.clip(high, 0, 1)

    def _beta(self, share: FloatArray, size: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Quantiles of the beta distributions of Clopper and Pearson for `size` answers."""
        tail = (1 - self.confidence) / 2
        some, others = size * share, size * (1 - share)
        low, high = np.zeros_like(share), np.ones_like(share)
        low[share > 0] = betaincinv(some[share > 0], others[share > 0] + 1, tail)
        high[share < 1] = betaincinv(some[share < 1] + 1, others[share < 1], 1 - tail)
        # Far below any share of a survey the inverse is not exact.
        return np.minimum(low, share), np.maximum(high, share)
