"""Which quantities to withhold so that none of the sensitive ones follows from the others by addition.

Every published quantity is a linear form of unknown cells. Quantities are offered one by one; one is
published unless a sensitive form would then be a linear combination of published forms (Langsrud,
"Secondary cell suppression by Gaussian elimination", 2024). This is exact where hiding one more cell per
row and column is not. It does not look at how narrowly a sensitive count is bounded, nor at other tables:
that audit works on the same forms.
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
    basis = np.zeros((0, forms.shape[1]), np.int64)
    pivots: list[int] = []
    for index in order:
        if sensitive[index]:
            continue
        form = forms[index] % _PRIME
        rest = (form - form[pivots] @ basis) % _PRIME
        places = np.flatnonzero(rest)
        if not len(places):
            published[index] = True  # it already follows from what is published
            continue
        pivot = int(places[0])
        rest = rest * pow(int(rest[pivot]), -1, _PRIME) % _PRIME
        reduced = (targets - np.outer(targets[:, pivot], rest)) % _PRIME
        if not reduced.any(axis=1).all():
            continue
        published[index] = True
        targets = reduced
        basis = np.vstack([(basis - np.outer(basis[:, pivot], rest)) % _PRIME, rest])
        pivots.append(pivot)
    return published
