"""Tallies: exact integer counts per cell that add up and subtract, whatever the order or the batches.

A tally is a pure function of the rows and of a layout. It holds occupied cells only, as sorted mixed-radix
keys over the dimensions, with the number of rows of each and the integers of each measure. Everything
published is computed from it alone (see `weighting` and `estimates`).
"""

import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.estimation.counting import NumberIsTooLarge, UnknownCategory, count_measures, occupied_cells
from app.estimation.layout import NO_OPINION, BaseWeights, Dimension, Layout, LayoutIsInvalid, Measure

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
    "count",
]

IntArray = NDArray[np.int64]

_MAGIC = b"TALLY1\n\0"
_LARGEST_SUM = 2**62


class LayoutsDiffer(Exception):
    """Only tallies of one layout add up."""


class TallyIsUnreadable(Exception):
    """Bytes that are not a tally, or of an unknown format."""


def _frozen(array: NDArray[Any]) -> IntArray:
    result = np.ascontiguousarray(array, dtype=np.int64)
    result.flags.writeable = False
    return result


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Counts of a set of rows.

    `cells`: sorted keys (C,); `sizes`: rows per cell (C,); `counts`: (C, layout.width).

    Tallies of one layout form a commutative group under + and -. A cell with
    nothing left is dropped, so tallies of the same rows are equal however
    they were reached. A tally that went below zero cannot be weighted.
    """

    layout: Layout
    cells: IntArray
    sizes: IntArray
    counts: IntArray

    @classmethod
    def empty(cls, layout: Layout) -> "Tally":
        """The tally of no rows, the zero of the addition."""
        zero = np.zeros(0, np.int64)
        return cls(layout, _frozen(zero), _frozen(zero), _frozen(np.zeros((0, layout.width))))

    @classmethod
    def build(cls, layout: Layout, cells: NDArray[Any], sizes: NDArray[Any], counts: NDArray[Any]) -> "Tally":
        """A tally from sorted keys, dropping cells with nothing in them."""
        held = (sizes != 0) | (counts != 0).any(axis=1)
        if not held.all():
            cells, sizes, counts = cells[held], sizes[held], counts[held]
        return cls(layout, _frozen(cells), _frozen(sizes), _frozen(counts))

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
        return cls.build(layout, cells, sizes, counts)

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
        """Per cell, the base weight of its rows; 1 without base weights."""
        if self.layout.base_weights is None:
            return np.ones(len(self.cells))
        weights = np.asarray(self.layout.base_weights.weights, np.float64)
        return weights[self._digit(len(self.layout.sizes) - 1)]

    def answers(self, measure: str) -> IntArray:
        """Counts of a measure, (C, measure.width); KeyError when it is not counted."""
        return self.counts[:, self.layout.place(measure)]

    def _digit(self, index: int) -> IntArray:
        return self.cells // self.layout.strides[index] % self.layout.sizes[index]

    def __add__(self, other: "Tally") -> "Tally":
        return Tally.total(self.layout, (self, other))

    def __neg__(self) -> "Tally":
        return Tally(self.layout, self.cells, _frozen(-self.sizes), _frozen(-self.counts))

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
        )

    __hash__ = None  # type: ignore[assignment]  # equal by value and large: never a dictionary key

    def to_bytes(self) -> bytes:
        """The tally as bytes: equal tallies give equal bytes.

        Little-endian, each array in its smallest integer.
        """
        arrays = [_smallest(array) for array in (self.cells, self.sizes, self.counts)]
        header = json.dumps(
            {
                "layout": self.layout.to_dict(),
                "cells": len(self.cells),
                "types": [array.dtype.str for array in arrays],
            },
            sort_keys=True,
            separators=(",", ":"),
        ).encode()
        return b"".join([_MAGIC, struct.pack("<Q", len(header)), header, *(array.tobytes() for array in arrays)])

    @classmethod
    def from_bytes(cls, data: bytes) -> "Tally":
        """Inverse of to_bytes; TallyIsUnreadable when the bytes are something else or cut short."""
        if data[: len(_MAGIC)] != _MAGIC:
            raise TallyIsUnreadable("unknown format")
        try:
            start = len(_MAGIC) + 8
            (length,) = struct.unpack_from("<Q", data, len(_MAGIC))
            header = json.loads(data[start : start + length])
            layout, rows = Layout.from_dict(header["layout"]), header["cells"]
            arrays, place = [], start + length
            for kind, size in zip(header["types"], (rows, rows, rows * layout.width), strict=True):
                arrays.append(np.frombuffer(data, np.dtype(kind), size, place))
                place += size * np.dtype(kind).itemsize
            if place != len(data):
                raise ValueError("length")
        except (ValueError, KeyError, TypeError, struct.error) as error:
            raise TallyIsUnreadable(str(error)) from error
        cells, sizes, counts = arrays
        return cls(layout, _frozen(cells), _frozen(sizes), _frozen(counts.reshape(rows, layout.width)))


def _smallest(array: IntArray) -> NDArray[Any]:
    low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
    for kind in ("<i1", "<i2", "<i4"):
        limits = np.iinfo(kind)
        if limits.min <= low and high <= limits.max:
            return array.astype(kind)
    return array.astype("<i8")


def _refuse_overflow(layout: Layout, parts: list[Tally]) -> None:
    """Sums of squares are the only counts that may come near 64 bits."""
    for measure in layout.measures:
        if measure.kind == "number":
            squares = layout.place(measure.name).stop - 1
            peaks = [int(abs(part.counts[:, squares]).max()) for part in parts if len(part.cells)]
            if sum(peaks) > _LARGEST_SUM:
                raise NumberIsTooLarge(measure.name)


def count(layout: Layout, columns: Mapping[str, NDArray[Any]]) -> Tally:
    """Count rows: one integer array per dimension, base-weight class and measure, all of one length.

    Absences are negative codes. Raises UnknownCategory when a row holds a
    code that a dimension or a category does not know, NumberIsTooLarge when
    sums of squares would leave 64 bits, KeyError when a column is missing.
    """
    cells, sizes, index = occupied_cells(layout, columns)
    return Tally.build(layout, cells, sizes, count_measures(layout, columns, index, len(cells)))
