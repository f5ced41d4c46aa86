"""Whether the estimates of domains add up to those of the whole, as they must where everyone is in one domain.

With W_d the sum of the weights of the base of a domain d and v_d a share or a mean there, W = Σ W_d and
v = Σ W_d v_d / W: the national figure is the mean of the regional ones weighted by their weighted bases, and the
estimated persons of the regions add up to those of the country. One set of weights gives both, so this holds for
every question (Särndal, Swensson and Wretman, *Model Assisted Survey Sampling*, 1992, section 10.3).

Worked number: 60 % of 300 and 45 % of 100 weighted persons are 180 + 45 = 225 of 400, or 56.25 %.
"""

import numpy as np

from app.estimation.estimates import Estimates

TOLERANCE = 1e-9
"""Relative: what floating point loses over some dozens of domains is far below."""

_AVERAGED = ("share", "subtotal", "mean")


def adds_up(estimates: Estimates) -> bool:
    """Whether bases, weighted bases, estimated persons, shares and means of the domains make those of the whole.

    A total is added; a median or a standard deviation does not add up, and is not looked at. True without domains.
    """
    if len(estimates.domains) == 1:
        return True
    weights = estimates.weighted_base
    if estimates.base[0] != estimates.base[1:].sum() or not _same(weights[1:].sum(), weights[0]):
        return False
    for place, answer in enumerate(estimates.answers):
        value = np.where(estimates.base > 0, estimates.value[:, place], 0.0)
        if answer.kind in _AVERAGED and not _same((value * weights)[1:].sum(), value[0] * weights[0]):
            return False
        if answer.kind == "total" and not _same(value[1:].sum(), value[0]):
            return False
    return True


def _same(one: float, other: float) -> bool:
    return bool(abs(one - other) <= TOLERANCE * max(1.0, abs(one), abs(other)))
