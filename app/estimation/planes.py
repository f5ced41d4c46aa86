"""Counting codes by bits: rows in the order of their cells, 64 to a word, one bit plane per binary digit.

The words of a code are the conjunction of the planes of its digits, or of their complements; the number of rows
with that code is the number of bits set. A cell is padded to whole words with rows that count nowhere, so sums over
the words of a cell are exact. Worked example: slots 2, 3, 1, 2 of one cell have the planes 1101 (twos) and 0110
(ones); code 2 is 1101 & ~0110 = 1001, two rows.

Everything here releases the interpreter's lock: several measures are counted at once by as many threads.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
Words = NDArray[np.uint64]

_WORD = 64
# Fewer rows are counted faster without being put in order, and in small cells the padding weighs as much as the rows.
_FEWEST_ROWS = 1 << 17
_ROWS_PER_CELL = 256
_MOST_CELLS = 1 << 16
MOST_SLOTS = 64
"""Codes of a measure beyond which each has so few rows that its words are mostly empty."""
LARGEST_NUMBER = 127
"""Numbers up to here fit in a byte beside the bit that says that there is one."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """The place of every row: `sources[place]` is the row there, or `rows` in the padding; `starts`: the first
    word of each cell."""

    sources: IntArray
    starts: IntArray
    rows: int


def pays(rows: int, cells: int) -> bool:
    """Whether putting the rows in the order of their cells is repaid: many rows, and many in a cell."""
    return rows >= _FEWEST_ROWS and rows >= _ROWS_PER_CELL * cells and cells <= _MOST_CELLS


def arrange(index: NDArray[Any], cells: int) -> Lanes:
    """Rows by the cell (0..cells-1, every one occupied) of each. 8 bytes a row, and 8 for each of the padding."""
    narrow = index.astype(np.uint16)
    order = np.argsort(narrow, kind="stable")  # of 16 bits: a radix sort, linear
    sizes = np.bincount(narrow, minlength=cells)
    words = -(-sizes // _WORD)
    ends = np.cumsum(words)
    starts = ends - words
    sources = np.full(int(ends[-1]) * _WORD, len(index), np.int64)
    shifts = starts * _WORD - (np.cumsum(sizes) - sizes)
    places = np.repeat(shifts, sizes)
    places += np.arange(len(index))
    sources[places] = order
    return Lanes(sources, starts, len(index))


def count_slots(lanes: Lanes, slots: NDArray[Any], size: int) -> IntArray:
    """Rows per cell and slot, (cells, size), of slots 0..size-1; the slot 0 counts nowhere and stays at zero."""
    planes = _cut(lanes, slots, (size - 1).bit_length())
    table = np.zeros((len(lanes.starts), size), np.int64)
    # From the highest digit down: a prefix stands for the slots that begin with it.
    prefixes: list[tuple[int, Words | None]] = [(0, None)]
    for digit in reversed(range(len(planes))):
        ones, zeros = planes[digit], ~planes[digit]
        longer = [(2 * head + bit, ones if bit else zeros, words) for head, words in prefixes for bit in (0, 1)]
        prefixes = [
            (head, plane if words is None else words & plane)
            for head, plane, words in longer
            if head << digit < size and not (digit == 0 and head == 0)
        ]
    for slot, words in prefixes:
        if words is not None:
            table[:, slot] = _per_cell(lanes, words)
    return table


def sum_numbers(lanes: Lanes, column: NDArray[Any], high: int) -> IntArray:
    """Per cell: how many are not negative, their sum and their sum of squares, (cells, 3), for numbers to `high`.

    With y = Σ 2^a b_a over its digits b_a: Σy = Σ 2^a |b_a| and Σy² = Σ 2^(a+b) |b_a & b_b|, where |·| counts bits.
    """
    answered = column >= 0
    values = np.where(answered, column, 0).astype(np.uint8)
    values |= answered.view(np.uint8) << 7
    digits = high.bit_length()
    planes = _cut(lanes, values, 8)
    sums = np.zeros((len(lanes.starts), 3), np.int64)
    sums[:, 0] = _per_cell(lanes, planes[7])
    for one in range(digits):
        alone = _per_cell(lanes, planes[one])
        sums[:, 1] += alone << one
        sums[:, 2] += alone << 2 * one
        for other in range(one):
            sums[:, 2] += _per_cell(lanes, planes[one] & planes[other]) << (one + other + 1)
    return sums


def _cut(lanes: Lanes, values: NDArray[Any], digits: int) -> list[Words]:
    """Bit planes, the lowest digit first, of values in 0..255 by place; the padding has the value 0."""
    padded = np.empty(lanes.rows + 1, np.uint8)
    padded[:-1] = values
    padded[-1] = 0
    placed = np.take(padded, lanes.sources)
    return [np.packbits(placed & np.uint8(1 << digit)).view(np.uint64) for digit in range(digits)]


def _per_cell(lanes: Lanes, words: Words) -> IntArray:
    return np.add.reduceat(np.bitwise_count(words), lanes.starts, dtype=np.int64)
