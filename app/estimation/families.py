"""What of linked tables may be published: the quantities of a table as linear forms of unknown counts.

A *family* is the columns of one measure. Its unknowns are, per domain, the parts of the base (the percent
columns), the rest of the base, and the sum of a mean that is shown without its distribution.

Tables that tell about the same unknowns are solved together, and always in the same order, so that asking for
one or for the other publishes the same quantities:
- a table and its transpose have the same inner cells;
- a filtered table and that of those whom the filter leaves out add up to the unfiltered table, which is
  published under its own rule: neither of the two may tell the other by difference. What one of them may
  publish does not depend on which of the two is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from app.estimation.suppression import publishable
from app.estimation.tables import Column, Table

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
_Number = TypeVar("_Number", bound=np.generic)

SPREADS = ("deviation", "median")
"""Kinds that no linear form describes: they are shown only where all that they rest on is."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Smallest count shown, smallest base for percentages and means, base under which they are flagged."""

    minimum_count: int = 11
    minimum_base: int = 30
    fragile_base: int = 100


class Mask(StrEnum):
    """Why a cell carries no number."""

    SMALL_COUNT = "small-count"
    SMALL_BASE = "small-base"
    SECONDARY = "secondary"
    NO_ANSWER = "no-answer"


class Family:
    """The columns of one measure. A quantity is a column, the base or the rest of a row, in this order."""

    def __init__(self, table: Table, places: list[int], policy: Policy) -> None:
        self.table, self.places, self.policy = table, places, policy
        self.columns = [table.columns[place] for place in places]
        self.counts = table.count[:, places]
        self.bases = table.base[:, places]
        # A mean rests on part of the base of its distribution: the widest base is the base of the row.
        self.base = self.bases.max(axis=1)
        self.percents = [i for i, column in enumerate(self.columns) if column.kind == "percent"]
        self.rest = self.base - self.counts[:, self.percents].sum(axis=1)
        # A whole distribution leaves no rest, and everybody knows it: the parts then add up to the base.
        self.has_rest = bool(self.rest.any())
        self.domains = list(range(1, len(table.rows))) or [0]
        self.parts = len(self.percents) + 2
        self.means = self._means()

    def _means(self) -> list[int]:
        """Columns with the form of a mean: the means, else the first spread, which stands for one."""
        means = [i for i, column in enumerate(self.columns) if column.kind == "mean"]
        spreads = [i for i, column in enumerate(self.columns) if column.kind in SPREADS]
        return means or ([] if self.percents else spreads[:1])

    @property
    def name(self) -> str:
        """The measure."""
        return self.columns[0].family

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns + base + rest)."""
        return len(self.table.rows), len(self.columns) + 2

    @property
    def codes(self) -> list[int | None]:
        """The code of each percent column; None for one that is no code of its measure."""
        members = [self.columns[place].members for place in self.percents]
        return [codes[0] if len(codes) == 1 else None for codes in members]

    def beside(self, other: Family) -> Family:
        """The family of both populations together. ValueError when they have other rows or columns."""
        if self.table.columns != other.table.columns or self.table.rows != other.table.rows:
            raise ValueError("a table and its complement need the same rows and columns")
        count, base = self.table.count + other.table.count, self.table.base + other.table.base
        together = Family(replace(self.table, count=count, base=base), self.places, self.policy)
        self.has_rest = other.has_rest = together.has_rest
        return together

    def masks(self, shown: BoolArray) -> NDArray[np.object_]:
        """Per row and column its mask or None, from which quantities are published."""
        rows, width = self.counts.shape
        sensitive = self.sensitive()
        masks = np.full((rows, width), None, object)
        for row in range(rows):
            for column in range(width):
                masks[row, column] = self._mask(row, column, sensitive[row], shown[row])
            for column in self._dependent():
                masks[row, column] = self._mask_of_spread(row, column, masks[row], shown[row])
        return masks

    def _dependent(self) -> list[int]:
        return [i for i, column in enumerate(self.columns) if column.kind in SPREADS and i not in self.means]

    def _mask(self, row: int, column: int, sensitive: BoolArray, shown: BoolArray) -> Mask | None:
        base = self.bases[row, column]
        if base == 0:
            return Mask.NO_ANSWER
        if base < self.policy.minimum_base:
            return Mask.SMALL_BASE
        if sensitive[column]:
            return Mask.SMALL_COUNT
        return None if shown[column] and shown[-2] else Mask.SECONDARY

    def _mask_of_spread(self, row: int, column: int, masks: NDArray[np.object_], shown: BoolArray) -> Mask | None:
        """A standard deviation is a quadratic form of the distribution, a median its order: all must be shown."""
        base = self.bases[row, column]
        if base == 0:
            return Mask.NO_ANSWER
        if base < self.policy.minimum_base:
            return Mask.SMALL_BASE
        dependent = self._dependent()
        others = [mask for place, mask in enumerate(masks) if place not in dependent and mask is not None]
        return Mask.SECONDARY if others or not shown[-2] else None

    def _cell_sizes(self) -> IntArray:
        """How many rows a cell tells about: its count, the base of a mean."""
        means = [column.kind == "mean" or column.kind in SPREADS for column in self.columns]
        return np.where(means, self.bases, self.counts)

    def _is_small(self, counts: IntArray) -> BoolArray:
        return np.asarray((counts > 0) & (counts < self.policy.minimum_count))

    def sensitive(self) -> BoolArray:
        """(rows, columns + base + rest): what must neither be shown nor follow from what is shown."""
        sizes = self._cell_sizes()
        small_row = (self.base > 0) & (self.base < self.policy.minimum_base)
        cells = (sizes > 0) & (self._is_small(sizes) | small_row[:, None])
        # A mean beside its distribution is only unreliable where few have an opinion: its parts may be shown.
        beside = [column.kind == "mean" and bool(self.percents) for column in self.columns]
        cells &= small_row[:, None] | ~np.asarray(beside)
        cells[:, self._dependent()] = False
        others = np.stack([self._is_small(self.base), self._is_small(self.rest)], axis=1)
        return np.concatenate([cells, others], axis=1)

    def forms(self) -> IntArray:
        """Coefficients of every quantity, row by row: (rows x (columns + base + rest), unknowns)."""
        unknowns = len(self.domains) * self.parts
        forms = np.zeros((*self.shape, unknowns), np.int64)
        for place, row in enumerate(self.domains):
            start = place * self.parts
            for index, column in enumerate(self.columns):
                forms[row, index, start : start + self.parts] = self._form(index, column)
            forms[row, -2, start : start + len(self.percents)] = 1
            if self.has_rest:
                forms[row, -2:, start + self.parts - 2] = 1
        if self.domains != [0]:
            forms[0] = forms[1:].sum(axis=0)
        return forms.reshape(-1, unknowns)

    def _form(self, index: int, column: Column) -> IntArray:
        form = np.zeros(self.parts, np.int64)
        if column.kind == "percent":
            form[self.percents.index(index)] = 1
        elif not self.percents:
            form[-1] = index in self.means
        elif column.kind not in SPREADS:
            for part, place in enumerate(self.percents):
                for code in set(self.columns[place].members) & set(column.members):
                    form[part] = code if column.kind == "mean" else 1
        return form

    def order(self) -> list[tuple[tuple[bool, bool, int, int, bool, int], int]]:
        """What is offered, with its rank: zeros first (they are shown), then by decreasing size, then subtotals.

        What nobody sees (the rest, zeros of a row under the smallest base) is not offered.
        """
        sizes = np.concatenate([self._cell_sizes(), self.base[:, None]], axis=1)
        width, hidden = self.shape[1], self._dependent()
        offered = []
        for row in range(len(self.table.rows)):
            small = 0 < self.base[row] < self.policy.minimum_base
            for column in range(width - 1):
                is_base = column == width - 2
                if column in hidden or (small and not is_base):
                    continue
                size = int(sizes[row, column])
                subtotal = not is_base and self.columns[column].kind == "subtotal"
                offered.append(((size > 0, subtotal, -size, row, not is_base, column), row * width + column))
        return offered


def families_of(table: Table, policy: Policy) -> list[Family]:
    """The families of a table, in the order of their first column."""
    names = dict.fromkeys(column.family for column in table.columns)
    return [Family(table, [i for i, one in enumerate(table.columns) if one.family == name], policy) for name in names]


def solve(families: Sequence[Family], complements: Sequence[Family] = ()) -> list[BoolArray]:
    """Which quantities of each family may be published: (rows, columns + base + rest) each.

    `families`: one, or one and its transpose. `complements`: those of the people whom a filter leaves out.
    """
    if not complements:
        return _split(_alone(families, _maps(families)), families)
    wholes = [one.beside(other) for one, other in zip(families, complements, strict=True)]
    maps = _maps(wholes)
    given = _alone(wholes, maps)
    # The same order whichever of the two is asked for; two that cannot be told apart hide what either hides.
    sides = sorted((families, complements), key=_rank)
    first, second, total = (
        _stack(_changed(family.forms(), one) for family, one in zip(side, maps, strict=True))
        for side in (*sides, wholes)
    )
    nothing = np.zeros_like(first)
    forms = np.block([[total, total], [first, nothing], [nothing, second]])
    sensitive = _stack(family.sensitive().ravel() for family in (*wholes, *sides[0], *sides[1]))
    order = [*np.flatnonzero(given), *(len(total) + one for one in _offered([*sides[0], *sides[1]]))]
    shown = _publishable(forms, sensitive, order)
    halves = shown[len(total) : 2 * len(total)], shown[2 * len(total) :]
    if _rank(families) == _rank(complements):
        return _split(halves[0] & halves[1], families)
    return _split(halves[0 if sides[0] is families else 1], families)


def _rank(families: Sequence[Family]) -> tuple[int, bytes]:
    return -int(families[0].base[0]), b"".join(one.table.count.tobytes() + one.table.base.tobytes() for one in families)


def _alone(families: Sequence[Family], maps: Sequence[IntArray]) -> BoolArray:
    """What families publish under their own rule, one after the other."""
    forms = _stack(_changed(family.forms(), one) for family, one in zip(families, maps, strict=True))
    return _publishable(forms, _stack(family.sensitive().ravel() for family in families), _offered(families))


def _publishable(forms: IntArray, sensitive: BoolArray, order: list[int]) -> BoolArray:
    """Suppression without the unknowns that nothing tells about."""
    return publishable(forms[:, forms.any(axis=0)], sensitive, order)


def _offered(families: Sequence[Family]) -> list[int]:
    """The quantities of several families in one order: by rank, the first family before the second."""
    starts = np.cumsum([0, *(family.shape[0] * family.shape[1] for family in families)])
    offered = [
        (rank, place, int(start) + index)
        for place, (family, start) in enumerate(zip(families, starts[:-1], strict=True))
        for rank, index in family.order()
    ]
    return [index for *_, index in sorted(offered)]


def _changed(forms: IntArray, unknowns: IntArray) -> IntArray:
    """Forms in other unknowns: exact, for these integers are far below 2**53, and floats multiply much faster."""
    return np.rint(forms.astype(np.float64) @ unknowns.astype(np.float64)).astype(np.int64)


def _split(shown: BoolArray, families: Sequence[Family]) -> list[BoolArray]:
    ends = np.cumsum([family.shape[0] * family.shape[1] for family in families])
    return [part.reshape(family.shape) for part, family in zip(np.split(shown, ends[:-1]), families, strict=True)]


def _stack(arrays: Iterable[NDArray[_Number]]) -> NDArray[_Number]:
    return np.concatenate(list(arrays))


def _maps(families: Sequence[Family]) -> list[IntArray]:
    """From the unknowns of each family to those of all: a table and its transpose share their inner cells."""
    first = families[0]
    size = len(first.domains) * first.parts
    if len(families) == 1:
        return [np.eye(size, dtype=np.int64)]
    second = families[1]
    every = np.eye(size + len(second.domains) * second.parts, dtype=np.int64)
    maps = [every[:size].copy(), every[size:].copy()]
    here, there = _inner(first), _inner(second)
    for (row, column), unknown in there.items():
        if (column, row) in here:
            maps[1][unknown] = maps[0][here[column, row]]
    # Both rests are read from the maps as they are before either is written.
    rests = [_rests(first, maps[0], second, there, maps[1]), _rests(second, maps[1], first, here, maps[0])]
    for one, rest in zip(maps, rests, strict=True):
        for unknown, form in rest.items():
            one[unknown] = form
    return maps


def _inner(family: Family) -> dict[tuple[int | None, int | None], int]:
    """(code of the row, code of the column) -> unknown."""
    if family.domains == [0] or None in family.codes:
        raise ValueError("a transposed table needs rows, and answers that are codes")
    return {
        (family.table.rows[row].code, code): place * family.parts + part
        for place, row in enumerate(family.domains)
        for part, code in enumerate(family.codes)
    }


def _rests(
    family: Family, own: IntArray, other: Family, inner: dict[tuple[int | None, int | None], int], theirs: IntArray
) -> dict[int, IntArray]:
    """The rest of each row as the rows of the other table that are no column here, and what neither shows.

    When the former are the whole rest, everybody knows it.
    """
    columns = {code: place for place, code in zip(other.percents, other.codes, strict=True)}
    missing = [row for row in other.domains if other.table.rows[row].code not in family.codes]
    forms, left = {}, 0
    for place, row in enumerate(family.domains):
        unknown, code = place * family.parts + family.parts - 2, family.table.rows[row].code
        told = [inner[other.table.rows[line].code, code] for line in missing if code in columns]
        forms[unknown] = theirs[told].sum(axis=0)
        counted = sum(int(other.counts[line, columns[code]]) for line in missing if code in columns)
        left += abs(int(family.rest[row]) - counted)
    return {unknown: form + own[unknown] if left else form for unknown, form in forms.items()}
