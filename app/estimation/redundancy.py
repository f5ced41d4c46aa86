"""Margins are redundant equations: each repeats that everybody is somewhere, crossed ones repeat more."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# What is left of a scaled diagonal once the columns before are taken out: below this it is rounding.
_REDUNDANT = 1e-10


def independent(matrix: FloatArray) -> NDArray[np.int64]:
    """Places of columns of a positive semi-definite matrix that span the others (pivoted Cholesky), sorted.

    Scaling to a unit diagonal keeps rare categories apart from redundancies.
    """
    size = len(matrix)
    scale = 1 / np.sqrt(np.diag(matrix))
    scaled = matrix * np.outer(scale, scale)
    left = np.ones(size)
    factors = np.zeros((size, size))
    chosen: list[int] = []
    for step in range(size):
        pivot = int(left.argmax())
        if left[pivot] <= _REDUNDANT:
            break
        chosen.append(pivot)
        row = (scaled[pivot] - factors[:step, pivot] @ factors[:step]) / np.sqrt(left[pivot])
        factors[step] = row
        left = left - row**2
        left[chosen] = 0.0
    return np.sort(np.asarray(chosen, np.int64))
