"""Base weights of their own for every row: sums of d and d² per cell, in floating point.

Weights that take few values are classes of the layout and stay exact. These do not: additions round, so the order
of rows and batches shows in the last digits, and a subtraction returns the rest to rounding only.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.estimation.layout import Layout, LayoutIsInvalid, Measure

FloatArray = NDArray[np.float64]

# A sum this small beside what was added and taken away is what rounding leaves of nothing.
_ROUNDING = 1e-9

SMALLEST = 1e-100
"""Beyond it, and beyond its inverse, squares of base weights and their sums leave the range of floats."""


class FreeWeightsAreInvalid(ValueError):
    """A base weight is not a finite number above zero, of a size that can be squared, or there is not one for each row.

    `rows`: how many rows are concerned.
    """

    def __init__(self, rows: int) -> None:
        super().__init__(f"{rows} rows without a positive base weight")
        self.rows = rows


def checked(layout: Layout, weights: NDArray[Any], rows: int) -> FloatArray:
    """The weights as floats; raises FreeWeightsAreInvalid, or LayoutIsInvalid when the layout has classes."""
    if layout.base_weights is not None:
        raise LayoutIsInvalid("base weights are either classes of the layout or free, not both")
    found = np.asarray(weights, np.float64)
    if found.shape != (rows,):
        raise FreeWeightsAreInvalid(abs(rows - found.size))
    wrong = int(np.count_nonzero(~((found > SMALLEST) & (found < 1 / SMALLEST))))
    if wrong:
        raise FreeWeightsAreInvalid(wrong)
    return found


def with_cells(layout: Layout) -> Layout:
    """A layout whose counting also tells the cell of every row: one that counts something in them."""
    return layout if layout.measures else replace(layout, measures=(Measure("", "indicator"),))


def sum_masses(
    layout: Layout, columns: Mapping[str, NDArray[Any]], weights: FloatArray, index: NDArray[np.int64], cells: int
) -> FloatArray:
    """Σd and Σd², (2, cells, 1 + layout.width): of all rows of a cell, then behind each integer of its measures."""
    masses = np.zeros((2, cells, 1 + layout.width))
    for power, mass in enumerate(masses, start=1):
        powers = weights**power
        mass[:, 0] = np.bincount(index, powers, cells)
        for measure in layout.measures:
            place = layout.place(measure.name)
            mass[:, place.start + 1 : place.stop + 1] = _masses(measure, columns[measure.name], powers, index, cells)
    return masses


def _masses(
    measure: Measure, column: NDArray[Any], powers: FloatArray, index: NDArray[np.int64], cells: int
) -> FloatArray:
    if measure.kind == "number":
        rows = column >= 0
        values, where, powers = column[rows].astype(np.float64), index[rows], powers[rows]
        return np.stack([np.bincount(where, powers * values**i, cells) for i in range(3)], axis=1)
    codes = np.asarray(measure.counted_codes, np.int64)
    order = np.argsort(codes)
    places = order[np.minimum(np.searchsorted(codes[order], column), len(codes) - 1)]
    rows = codes[places] == column
    slots = index[rows] * len(codes) + places[rows]
    sums: FloatArray = np.bincount(slots, powers[rows], cells * len(codes)).astype(np.float64, copy=False)
    return sums.reshape(cells, len(codes))


def settled(masses: FloatArray, integers: NDArray[np.int64], magnitudes: FloatArray) -> FloatArray:
    """Masses after additions, with the rounding removed where nothing is left.

    `integers`: (cells, 1 + layout.width) as in the masses; `magnitudes`: sums of the absolute values added.
    A correction of weights alone leaves integers at zero and a mass that counts: that is kept.
    """
    nothing = (integers == 0) & (np.abs(masses) <= _ROUNDING * magnitudes)
    return np.where(nothing, 0.0, masses)
