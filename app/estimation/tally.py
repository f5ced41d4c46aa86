"""Tallies: exact integer counts per cell that add up and subtract, whatever the order or the batches.

A tally is a pure function of the rows and of a layout. It holds occupied cells only, as sorted mixed-radix
keys over the dimensions, with the number of rows of each and the integers of each measure. Everything
published is computed from it alone (see `weighting` and `estimates`). Only rows with free base weights bring
floating point in: beside the integers, such a tally carries sums of weights (see `free_weights`).
"""

import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.estimation.counting import NumberIsTooLarge, UnknownCategory, count_measures, occupied_cells
from app.estimation.free_weights import checked, settled, sum_masses, with_cells
from app.estimation.layout import NO_OPINION, BaseWeights, Dimension, Layout, LayoutIsInvalid, Measure, read_layout

__all__ = [
    "NO_OPINION",
    "BaseWeights",
    "Dimension",
    "Layout",
    "LayoutIsInvalid",
    "LayoutsDiffer",
    "Measure",
    "NumberIsTooLarge",
    "Tally",
    "TallyIsUnreadable",
    "UnknownCategory",
    "WeightsVaryInCells",
    "count",
]

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

_MAGIC = b"TALLY2\n\0"
_LARGEST_SUM = 2**62


class LayoutsDiffer(Exception):
    """Only tallies of one layout add up, all of them with free base weights or none."""


class WeightsVaryInCells(Exception):
    """Rows of a cell have base weights of their own: there is no such thing as the weight of a cell."""


class TallyIsUnreadable(Exception):
    """Bytes that are not a tally, or of an unknown format."""


def _frozen(array: NDArray[Any]) -> IntArray:
    result = np.ascontiguousarray(array, dtype=np.int64)
    result.flags.writeable = False
    return result


def _frozen_masses(array: NDArray[Any] | None) -> FloatArray | None:
    if array is None:
        return None
    result = np.ascontiguousarray(array, dtype=np.float64)
    result.flags.writeable = False
    return result


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Counts of a set of rows.

    `cells`: sorted keys (C,); `sizes`: rows per cell (C,); `counts`: (C, layout.width); `masses`: Σd and Σd² of
    free base weights, (2, C, 1 + layout.width), of the rows of a cell and behind each integer; else None.

    Tallies of one layout form a commutative group under + and -. A cell with
    nothing left is dropped, so tallies of the same rows are equal however
    they were reached. A tally that went below zero cannot be weighted.
    With free base weights this holds to rounding only (`is_exact` is False).
    """

    layout: Layout
    cells: IntArray
    sizes: IntArray
    counts: IntArray
    masses: FloatArray | None = None

    @classmethod
    def empty(cls, layout: Layout) -> "Tally":
        """The tally of no rows, the zero of the addition."""
        zero = np.zeros(0, np.int64)
        return cls(layout, _frozen(zero), _frozen(zero), _frozen(np.zeros((0, layout.width))))

    @classmethod
    def build(
        cls,
        layout: Layout,
        cells: NDArray[Any],
        sizes: NDArray[Any],
        counts: NDArray[Any],
        masses: NDArray[Any] | None = None,
    ) -> "Tally":
        """A tally from sorted keys, dropping cells with nothing in them."""
        held = (sizes != 0) | (counts != 0).any(axis=1)
        if masses is not None:
            held |= (masses != 0).any(axis=(0, 2))
        if not held.all():
            cells, sizes, counts = cells[held], sizes[held], counts[held]
            masses = None if masses is None else masses[:, held]
        if not len(cells):
            masses = None  # nobody has no weight either: the zero of every addition
        return cls(layout, _frozen(cells), _frozen(sizes), _frozen(counts), _frozen_masses(masses))

    @classmethod
    def total(cls, layout: Layout, tallies: Iterable["Tally"]) -> "Tally":
        """Sum of any number of tallies, at the cost of one pass over them."""
        parts = list(tallies)
        if any(part.layout.digest != layout.digest for part in parts):
            raise LayoutsDiffer
        if not parts:
            return cls.empty(layout)
        first = parts[0]
        if all(np.array_equal(part.cells, first.cells) for part in parts[1:]):
            cells, sizes, counts = first.cells, first.sizes.copy(), first.counts.copy()
            for part in parts[1:]:
                sizes += part.sizes
                counts += part.counts
        else:
            cells = np.unique(np.concatenate([part.cells for part in parts]))
            sizes = np.zeros(len(cells), np.int64)
            counts = np.zeros((len(cells), layout.width), np.int64)
            for part in parts:
                where = np.searchsorted(cells, part.cells)
                sizes[where] += part.sizes
                counts[where] += part.counts
        _refuse_overflow(layout, parts)
        return cls.build(layout, cells, sizes, counts, _total_masses(parts, cells, sizes, counts))

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.sizes.sum())

    @property
    def is_negative(self) -> bool:
        """Whether more was subtracted than had been added somewhere."""
        return bool((self.sizes < 0).any() or (self.counts < 0).any())

    def positions(self, dimension: str) -> IntArray:
        """Per cell, the place of its code in the dimension's codes; KeyError on an unknown dimension."""
        return self._digit(self.layout.dimension_index(dimension))

    def base_weights(self) -> NDArray[np.float64]:
        """Per cell, the base weight of its rows; 1 without base weights.

        Raises WeightsVaryInCells when the rows have free base weights.
        """
        if self.masses is not None:
            raise WeightsVaryInCells
        if self.layout.base_weights is None:
            return np.ones(len(self.cells))
        weights = np.asarray(self.layout.base_weights.weights, np.float64)
        return weights[self._digit(len(self.layout.sizes) - 1)]

    @property
    def is_exact(self) -> bool:
        """Whether everything follows from integers, so that order, batches and corrections leave no trace."""
        return self.masses is None

    def cell_mass(self) -> tuple[FloatArray, FloatArray]:
        """Per cell (C,), the sum of the base weights d of its rows, and of d²."""
        if self.masses is not None:
            return self.masses[0, :, 0], self.masses[1, :, 0]
        base = self.base_weights()
        return base * self.sizes, base**2 * self.sizes

    def mass(self, measure: str) -> tuple[FloatArray, FloatArray]:
        """Of a measure, Σd and Σd² over the rows behind each of its integers, (C, measure.width).

        For a number: Σd·(1, y, y²) and Σd²·(1, y, y²). KeyError when the measure is not counted.
        """
        if self.masses is not None:
            place = self.layout.place(measure)
            first, second = self.masses[:, :, place.start + 1 : place.stop + 1]
            return first, second
        base, answers = self.base_weights()[:, None], self.answers(measure)
        return base * answers, base**2 * answers

    def answers(self, measure: str) -> IntArray:
        """Counts of a measure, (C, measure.width); KeyError when it is not counted."""
        return self.counts[:, self.layout.place(measure)]

    def _digit(self, index: int) -> IntArray:
        return self.cells // self.layout.strides[index] % self.layout.sizes[index]

    def __add__(self, other: "Tally") -> "Tally":
        return Tally.total(self.layout, (self, other))

    def __neg__(self) -> "Tally":
        masses = None if self.masses is None else _frozen_masses(-self.masses)
        return Tally(self.layout, self.cells, _frozen(-self.sizes), _frozen(-self.counts), masses)

    def __sub__(self, other: "Tally") -> "Tally":
        return self + (-other)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tally):
            return NotImplemented
        return (
            self.layout.digest == other.layout.digest
            and np.array_equal(self.cells, other.cells)
            and np.array_equal(self.sizes, other.sizes)
            and np.array_equal(self.counts, other.counts)
            and (self.masses is None) == (other.masses is None)
            and (self.masses is None or other.masses is None or np.array_equal(self.masses, other.masses))
        )

    __hash__ = None  # type: ignore[assignment]  # equal by value and large: never a dictionary key

    def to_bytes(self) -> bytes:
        """The tally as bytes: equal tallies give equal bytes.

        Little-endian, each array in its smallest integer; free base weights follow as 64-bit floats.
        """
        arrays: list[NDArray[Any]] = [_smallest(array) for array in (self.cells, self.sizes, self.counts)]
        if self.masses is not None:
            arrays.append(self.masses.astype("<f8", copy=False))
        header = json.dumps(
            {
                "layout": len(self.layout.text),
                "cells": len(self.cells),
                "types": [array.dtype.str for array in arrays],
            },
            sort_keys=True,
            separators=(",", ":"),
        ).encode()
        parts = [_MAGIC, struct.pack("<Q", len(header)), header, self.layout.text]
        return b"".join([*parts, *(array.tobytes() for array in arrays)])

    @classmethod
    def from_bytes(cls, data: bytes) -> "Tally":
        """Inverse of to_bytes; TallyIsUnreadable when the bytes are something else or cut short."""
        if data[: len(_MAGIC)] != _MAGIC:
            raise TallyIsUnreadable("unknown format")
        try:
            start = len(_MAGIC) + 8
            (length,) = struct.unpack_from("<Q", data, len(_MAGIC))
            header = json.loads(data[start : start + length])
            place = start + length + header["layout"]
            layout, rows = read_layout(data[start + length : place]), header["cells"]
            arrays = []
            lengths = [rows, rows, rows * layout.width, 2 * rows * (1 + layout.width)]
            for kind, size in zip(header["types"], lengths[: max(3, len(header["types"]))], strict=True):
                arrays.append(np.frombuffer(data, np.dtype(kind), size, place))
                place += size * np.dtype(kind).itemsize
            if place != len(data):
                raise ValueError("length")
        except (ValueError, KeyError, TypeError, struct.error) as error:
            raise TallyIsUnreadable(str(error)) from error
        cells, sizes, counts = arrays[:3]
        masses = _frozen_masses(arrays[3].reshape(2, rows, 1 + layout.width)) if len(arrays) > 3 else None
        return cls(layout, _frozen(cells), _frozen(sizes), _frozen(counts.reshape(rows, layout.width)), masses)


def _smallest(array: IntArray) -> NDArray[Any]:
    low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
    for kind in ("<i1", "<i2", "<i4"):
        limits = np.iinfo(kind)
        if limits.min <= low and high <= limits.max:
            return array.astype(kind)
    return array.astype("<i8")


def _total_masses(parts: list[Tally], cells: IntArray, sizes: IntArray, counts: IntArray) -> FloatArray | None:
    """Sums of the masses of parts that have some; LayoutsDiffer when only some of those with rows do."""
    filled = [part for part in parts if len(part.cells)] or parts
    if all(part.masses is None for part in filled):
        return None
    masses = np.zeros((2, len(cells), 1 + counts.shape[1]))
    magnitudes = np.zeros_like(masses)
    for part in filled:
        if part.masses is None:
            raise LayoutsDiffer
        where = np.searchsorted(cells, part.cells)
        masses[:, where] += part.masses
        magnitudes[:, where] += np.abs(part.masses)
    return settled(masses, np.concatenate([sizes[:, None], counts], axis=1), magnitudes)


def _refuse_overflow(layout: Layout, parts: list[Tally]) -> None:
    """Sums of squares are the only counts that may come near 64 bits."""
    for measure in layout.measures:
        if measure.kind == "number":
            squares = layout.place(measure.name).stop - 1
            peaks = [int(abs(part.counts[:, squares]).max()) for part in parts if len(part.cells)]
            if sum(peaks) > _LARGEST_SUM:
                raise NumberIsTooLarge(measure.name)


def count(
    layout: Layout, columns: Mapping[str, NDArray[Any]], free_weights: NDArray[np.float64] | None = None
) -> Tally:
    """Count rows: one integer array per dimension, base-weight class and measure, all of one length.

    Absences are negative codes. `free_weights`: a positive base weight per row, for weights of too many values to
    be classes; the tally then carries sums of floats beside its integers and is not exact. Raises UnknownCategory
    when a row holds a code that a dimension or a category does not know, NumberIsTooLarge when sums of squares
    would leave 64 bits, FreeWeightsAreInvalid, KeyError when a column is missing.
    """
    if free_weights is None:
        cells, sizes, index = occupied_cells(layout, columns)
        return Tally.build(layout, cells, sizes, count_measures(layout, columns, index, len(cells)))
    rows = len(columns[layout.dimensions[0].name if layout.dimensions else layout.measures[0].name])
    weights = checked(layout, free_weights, rows)
    cells, sizes, index = occupied_cells(with_cells(layout), columns)
    counts = count_measures(layout, columns, index, len(cells))
    return Tally.build(layout, cells, sizes, counts, sum_masses(layout, columns, weights, index, len(cells)))
