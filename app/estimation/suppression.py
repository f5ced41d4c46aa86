"""Which quantities to withhold so that none of the sensitive ones follows from the others by addition.

Every published quantity is a linear form of unknown cells. Quantities are offered one by one; one is
published unless a sensitive form would then be a linear combination of published forms (Langsrud,
"Secondary cell suppression by Gaussian elimination", 2024). This is exact where hiding one more cell per
row and column is not. Linked tables are quantities of the same unknowns (`app.estimation.families`). It does not
look at how narrowly a sensitive count is bounded: that audit works on the same forms.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]

# Elimination modulo a prime is exact for forms of small integers; its square times a row fits 64 bits.
_PRIME = 1_000_003


def publishable(forms: IntArray, sensitive: NDArray[np.bool_], order: Iterable[int]) -> NDArray[np.bool_]:
    """Which of the quantities may be published, offered in `order`; the first offered are the best served.

    `forms`: (quantities, unknowns) integer coefficients. Sensitive quantities are never published, and no
    integer combination of the published ones gives one of them.
    """
    published = np.zeros(len(forms), bool)
    if not sensitive.any():
        published[list(order)] = True
        return published
    targets = forms[sensitive] % _PRIME
    # One row for each pivot, in the column of its own; rows are sparse, so only those that hold a column change.
    basis = np.zeros((min(forms.shape), forms.shape[1]), np.int64)
    pivots: list[int] = []
    for index in order:
        if sensitive[index]:
            continue
        form = forms[index] % _PRIME
        factors = form[pivots]
        used = np.flatnonzero(factors)
        rest = (form - factors[used] @ basis[used]) % _PRIME
        places = np.flatnonzero(rest)
        if not len(places):
            published[index] = True  # it already follows from what is published
            continue
        pivot = int(places[0])
        rest = rest * pow(int(rest[pivot]), -1, _PRIME) % _PRIME
        held = np.flatnonzero(targets[:, pivot])
        reduced = _without(targets[held], pivot, rest)
        if not reduced.any(axis=1).all():
            continue
        published[index] = True
        targets[held] = reduced
        known = basis[: len(pivots)]
        changed = np.flatnonzero(known[:, pivot])
        known[changed] = _without(known[changed], pivot, rest)
        basis[len(pivots)] = rest
        pivots.append(pivot)
    return published


def _without(rows: IntArray, pivot: int, form: IntArray) -> IntArray:
    """Rows less as much of `form`, which is 1 there, as they hold in the column of the pivot."""
    places = np.flatnonzero(form)
    left = rows.copy()
    left[:, places] = (rows[:, places] - np.outer(rows[:, pivot], form[places])) % _PRIME
    return left
