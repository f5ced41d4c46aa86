"""Counting rows into cells with whole-array integer operations: the only code whose cost grows with the rows.

Codes become small consecutive slots by byte-wide operations. Where cells have many rows, these are put in the order
of their cells once and each measure is counted by bits, several at a time (see `planes`). Elsewhere several
measures are counted by one `bincount` of their combined slots, and the combined counts are then summed apart
again. Both are exact.
"""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.estimation import planes
from app.estimation.layout import NO_OPINION, Layout, Measure

IntArray = NDArray[np.int64]

# Combined counts beyond this many bins leave the processor's cache, and one pass per measure becomes faster.
_MOST_BINS = 1 << 18
# A dense table of possible cells is faster than sorting the rows, while it stays near the number of rows.
_DENSE_CELLS = 1 << 22
_LARGEST_SUM = 2**62


class UnknownCategory(Exception):
    """A row holds a code that the layout does not know: counting it would lose it silently."""

    def __init__(self, variable: str, codes: tuple[int, ...]) -> None:
        super().__init__(f"{variable} has unknown codes {codes}")
        self.variable = variable
        self.codes = codes


class NumberIsTooLarge(Exception):
    """The sum of squares of a number would leave 64 bits: declare a coarser unit or fewer decimals."""

    def __init__(self, variable: str) -> None:
        super().__init__(f"the sum of squares of {variable} does not fit in 64 bits")
        self.variable = variable


@dataclass(frozen=True, slots=True)
class _Slots:
    """A measure as small integers 0..size-1 per row; `codes[slot]` is the code counted there, if any."""

    measure: Measure
    values: NDArray[Any]
    size: int
    codes: tuple[int | None, ...]


def occupied_cells(layout: Layout, columns: Mapping[str, NDArray[Any]]) -> tuple[IntArray, IntArray, NDArray[Any]]:
    """Sorted keys of the occupied cells, rows in each, and the cell (its place among them) of every row.

    Without measures nobody asks for the cell of a row, and the last array is not to be used.
    """
    keys = _cell_keys(layout, columns)
    possible = layout.strides[0] * layout.sizes[0] if layout.sizes else 1
    if possible <= max(_DENSE_CELLS, 2 * len(keys)):
        rows = np.bincount(keys, minlength=possible)
        cells = np.flatnonzero(rows)
        if not layout.measures:
            return cells, rows[cells], keys
        if len(cells) == possible:
            return cells, rows[cells], keys.astype(np.int64)
        places = np.cumsum(rows > 0, dtype=np.int64) - 1
        return cells, rows[cells], places[keys]
    found, index, sizes = np.unique(keys, return_inverse=True, return_counts=True)
    return found.astype(np.int64), sizes.astype(np.int64), index.astype(np.int64)


def count_measures(
    layout: Layout, columns: Mapping[str, NDArray[Any]], index: IntArray, cells: int
) -> NDArray[np.int64]:
    """Counts of every measure, (cells, layout.width), for rows whose cell is `index`; every cell has a row."""
    counts = np.zeros((cells, layout.width), np.int64)
    if not cells or not layout.measures:
        return counts
    if _cores() > 1 and planes.pays(len(index), cells):
        _count_by_planes(layout, columns, planes.arrange(index, cells), index, counts)
    else:
        _count_by_packs(layout, columns, index, counts)
    return counts


def _count_by_planes(
    layout: Layout, columns: Mapping[str, NDArray[Any]], lanes: planes.Lanes, index: IntArray, counts: IntArray
) -> None:
    """Fill the counts measure by measure, on every core that this process may use."""

    def count(measure: Measure) -> None:
        column = _column(columns, measure.name, lanes.rows)
        counts[:, layout.place(measure.name)] = _count_measure(measure, column, lanes, index)

    with ThreadPoolExecutor(_cores()) as threads:
        for _ in threads.map(count, layout.measures):
            pass  # takes up the exception of a measure


def _cores() -> int:
    # Not every system tells which cores a process may use.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _count_measure(measure: Measure, column: NDArray[Any], lanes: planes.Lanes, index: IntArray) -> IntArray:
    """The integers kept of one measure, (cells, measure.width)."""
    cells = len(lanes.starts)
    if measure.kind == "number":
        high = max(int(column.max()), 0)
        if high <= planes.LARGEST_NUMBER:
            return planes.sum_numbers(lanes, column, high)
        return _sum_numbers(measure, column, index, cells)
    slots = _slots(measure, column, cells)
    assert slots is not None  # only a number may range too widely
    if slots.size <= planes.MOST_SLOTS:
        return _gather(slots, planes.count_slots(lanes, slots.values, slots.size))
    return _gather(slots, _table([slots], index, cells))


def _count_by_packs(layout: Layout, columns: Mapping[str, NDArray[Any]], index: IntArray, counts: IntArray) -> None:
    """Fill the counts by as few passes over the rows as the combined counts leave in the processor's cache."""
    cells = len(counts)
    most_bins = min(_MOST_BINS, len(index))  # few rows do not repay emptying a large table
    pack: list[_Slots] = []
    bins = cells
    for measure in layout.measures:
        column = _column(columns, measure.name, len(index))
        slots = _slots(measure, column, cells)
        if slots is None:
            counts[:, layout.place(measure.name)] = _sum_numbers(measure, column, index, cells)
            continue
        if pack and bins * slots.size > most_bins:
            _count_pack(layout, pack, index, cells, counts)
            pack, bins = [], cells
        pack.append(slots)
        bins *= slots.size
    if pack:
        _count_pack(layout, pack, index, cells, counts)


def _column(columns: Mapping[str, NDArray[Any]], name: str, rows: int) -> NDArray[Any]:
    column = columns[name]
    if column.ndim != 1 or len(column) != rows or column.dtype.kind not in "iu":
        raise ValueError(f"{name} must be a column of {rows} integers")
    return column if column.dtype.kind == "i" else column.astype(np.int64)


def _cell_keys(layout: Layout, columns: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """The key of the cell of each row, in the narrowest of three integers that holds every possible one."""
    names: list[tuple[str, tuple[int, ...]]] = [(d.name, d.codes) for d in layout.dimensions]
    if layout.base_weights:
        names.append((layout.base_weights.name, tuple(range(len(layout.base_weights.weights)))))
    rows = len(columns[names[0][0] if names else layout.measures[0].name])
    possible = prod(layout.sizes)
    kind = np.dtype(np.uint16 if possible <= 1 << 16 else np.uint32 if possible <= 1 << 32 else np.int64)
    keys = np.zeros(rows, kind)
    if not rows:
        return keys
    offset = 0
    for name, codes in names:
        positions, low = _positions(name, _column(columns, name, rows), codes)
        keys *= kind.type(len(codes) % 2 ** (8 * kind.itemsize))
        keys += positions.astype(kind, copy=False)
        offset = offset * len(codes) + low
    # Keys too large in between have lost multiples of 2**bits, as the offset does: the difference is right.
    keys -= np.asarray(offset % 2 ** (8 * kind.itemsize), np.uint64).astype(kind)
    return keys


def _positions(name: str, column: NDArray[Any], codes: tuple[int, ...]) -> tuple[NDArray[Any], int]:
    """Per row, the place of its code among codes plus a constant, and that constant."""
    low, high = min(codes), max(codes)
    if int(column.min()) < low or int(column.max()) > high:
        _refuse_unknown(name, column, codes)
    if codes == tuple(range(low, high + 1)):
        return column, low
    order = np.asarray(codes, np.int64)
    if column.dtype == np.int8:
        # A table of all 256 bytes: signed codes are read as unsigned
        # places, so a negative one wraps as it should.
        table = np.full(256, -1, np.int16)
        table[order.astype(np.int8).view(np.uint8)] = np.arange(len(codes))
        found: NDArray[Any] = np.take(table, column.view(np.uint8), mode="clip")
    else:
        by_code = np.argsort(order, kind="stable")
        places = np.minimum(np.searchsorted(order[by_code], column), len(codes) - 1)
        found = np.where(order[by_code][places] == column, by_code[places], -1)
    if int(found.min()) < 0:
        _refuse_unknown(name, column, codes)
    return found, 0


def _refuse_unknown(name: str, column: NDArray[Any], codes: tuple[int, ...], absences: bool = False) -> None:
    present = {int(code) for code in np.unique(column)}
    unknown = sorted(code for code in present - set(codes) if code >= 0 or not absences)
    if unknown:
        raise UnknownCategory(name, tuple(unknown[:20]))


def _slots(measure: Measure, column: NDArray[Any], cells: int) -> _Slots | None:
    """The measure as slots, or None when a number ranges too widely to count value by value."""
    if measure.kind == "number":
        high = max(int(column.max()), 0)
        if high > 100 or cells * (high + 2) > 8 * _MOST_BINS:
            return None
        codes: tuple[int, ...] = tuple(range(high + 1))
    else:
        codes = measure.counted_codes
    substantive = sorted(code for code in codes if code >= 0)
    low, high = (substantive[0], substantive[-1]) if substantive else (0, -1)
    if high - low + 3 > 4 * len(codes) + 64:
        return _looked_up(measure, column, codes)
    if int(column.max()) > high or (low > 0 and bool(((column >= 0) & (column < low)).any())):
        _refuse_unknown(measure.name, column, codes, absences=True)
    narrow: type[np.signedinteger[Any]] = np.int8
    if high >= 120:
        narrow = np.int8 if high - low < 120 else np.int32
        column = column.astype(np.int64, copy=False)  # room for the subtraction below
    values = (np.maximum(column, low - 1) - (low - 1)).astype(narrow, copy=False)
    slot_codes: list[int | None] = [None, *range(low, high + 1)]
    if NO_OPINION in codes:
        # These are at 0 so far. Byte-wide arithmetic is ten times as fast as a choice row by row.
        values += (column == NO_OPINION).view(np.int8) * narrow(len(slot_codes))
        slot_codes.append(NO_OPINION)
    return _Slots(measure, values, len(slot_codes), tuple(slot_codes))


def _looked_up(measure: Measure, column: NDArray[Any], codes: tuple[int, ...]) -> _Slots:
    """Slots of codes with wide gaps between them."""
    ordered = np.asarray(sorted(codes), np.int64)
    places = np.minimum(np.searchsorted(ordered, column), len(ordered) - 1)
    found = ordered[places] == column
    if bool((~found & (column >= 0)).any()):
        _refuse_unknown(measure.name, column, codes, absences=True)
    return _Slots(measure, np.where(found, places + 1, 0), len(codes) + 1, (None, *(int(c) for c in ordered)))


def _count_pack(layout: Layout, pack: list[_Slots], index: IntArray, cells: int, counts: IntArray) -> None:
    """Count several measures at once, then sum each one apart."""
    table = _table(pack, index, cells)
    for axis, slots in enumerate(pack, start=1):
        others = tuple(i for i in range(1, table.ndim) if i != axis)
        counts[:, layout.place(slots.measure.name)] = _gather(slots, table.sum(axis=others))


def _table(pack: list[_Slots], index: IntArray, cells: int) -> IntArray:
    """Rows per cell and slot of each measure, cells x slots x slots..."""
    bins = pack[0].size
    combined = pack[0].values
    for slots in pack[1:]:
        bins *= slots.size
        width = np.min_scalar_type(-bins)
        combined = combined.astype(width, copy=False) * slots.size + slots.values.astype(width, copy=False)
    where = index * bins
    where += combined
    return np.bincount(where, minlength=cells * bins).reshape(cells, *(slots.size for slots in pack))


def _gather(slots: _Slots, table: IntArray) -> IntArray:
    """From counts per slot to the integers the measure keeps."""
    if slots.measure.kind == "number":
        values = np.arange(slots.size - 1, dtype=np.int64)
        answered = table[:, 1:]
        return np.stack([answered.sum(axis=1), answered @ values, answered @ values**2], axis=1)
    unasked = [
        c
        for s, c in enumerate(slots.codes)
        if c is not None and c not in slots.measure.counted_codes and bool(table[:, s].any())
    ]
    if unasked:
        raise UnknownCategory(slots.measure.name, tuple(unasked))
    place = {code: slot for slot, code in enumerate(slots.codes)}
    return table[:, [place[code] for code in slots.measure.counted_codes]]


def _sum_numbers(measure: Measure, column: NDArray[Any], index: IntArray, cells: int) -> IntArray:
    """Exact sums of a number of any range, refused beforehand where they might leave 64 bits."""
    answered = column >= 0
    values, where = column[answered].astype(np.int64), index[answered]
    # The check itself is in floating point, which is close enough at half of what 64 bits hold.
    if float(np.square(values, dtype=np.float64).sum()) > _LARGEST_SUM:
        raise NumberIsTooLarge(measure.name)
    sums = np.zeros((cells, 3), np.int64)
    sums[:, 0] = np.bincount(where, minlength=cells)
    for place, part in ((1, values), (2, values * values)):
        if int(part.sum()) < 2**53:
            # Every partial sum is an integer below 2**53, so the floating-point additions are exact.
            sums[:, place] = np.bincount(where, weights=part, minlength=cells)
        else:
            np.add.at(sums[:, place], where, part)
    return sums
