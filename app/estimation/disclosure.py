"""Disclosure control: from a Table to the ProtectedTable, the only thing that pages, files and charts render.

The rule (thresholds are a study's Policy, defaults in brackets):
- counts of 1 to 10 are hidden, zero is shown; the rest of a base (those who did not choose) counts too;
- percentages and means are hidden under a base of 30 and flagged as fragile from 30 to 99;
- the base of a row is a count: of 1 to 10 it is hidden, and the row with it;
- a hidden cell carries no number at all, because percentages and errors tell the count;
- other cells, subtotals and bases are hidden where a hidden cell would follow from them by addition: within
  a row, between the rows and the whole, and through subtotals and means.

Linked tables (the same question by another variable, another snapshot) and bounds on hidden counts are not
looked at here yet; they come behind `protect`, on the same linear forms.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.estimation.suppression import publishable
from app.estimation.tables import Column, Reading, Table, TableRow

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


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


@dataclass(frozen=True, slots=True)
class Cell:
    """One number with its interval, or nothing at all and the reason.

    `count`: rows behind it, None also beside the mean of a distribution, where it would tell how many had
    no opinion. `base`: the base of this column, None likewise.
    """

    value: float | None = None
    se: float | None = None
    low: float | None = None
    high: float | None = None
    count: int | None = None
    base: int | None = None
    is_fragile: bool = False
    mask: Mask | None = None

    @property
    def is_hidden(self) -> bool:
        """Whether the cell shows nothing."""
        return self.mask is not None


@dataclass(frozen=True, slots=True)
class ProtectedRow:
    """A domain with its bases (None when hidden); where columns have different bases, those of the widest."""

    code: int | None
    label: str
    is_total: bool
    base: int | None
    weighted_base: float | None
    effective_base: float | None
    is_fragile: bool
    is_hidden: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class ProtectedTable:
    """A table that may be shown. Percent and subtotal values are proportions between 0 and 1."""

    reading: Reading
    columns: tuple[Column, ...]
    rows: tuple[ProtectedRow, ...]
    policy: Policy

    @property
    def hidden_cells(self) -> int:
        """Number of cells withheld by the rule (a cell without any answer is not one)."""
        return sum(cell.is_hidden and cell.mask != Mask.NO_ANSWER for row in self.rows for cell in row.cells)

    def to_dict(self) -> dict[str, Any]:
        """Form for JSON."""
        return asdict(self)


def protect(table: Table, policy: Policy) -> ProtectedTable:
    """Apply the rule to a table. Deterministic: the same table and policy hide the same cells."""
    masks = np.full(table.value.shape, None, object)
    bases_shown = np.ones(table.value.shape, bool)
    same_base: dict[bytes, list[int]] = {}
    for family in dict.fromkeys(column.family for column in table.columns):
        places = [i for i, column in enumerate(table.columns) if column.family == family]
        protected = _Family(table, places, policy)
        masks[:, places], shown = protected.masks()
        bases_shown[:, places] = shown[:, None]
        same_base.setdefault(protected.base.tobytes(), []).extend(places)
    # The choices of one question have one base: hidden for one, it must not be read beside another.
    for places in same_base.values():
        for row in np.flatnonzero(~bases_shown[:, places].all(axis=1)):
            bases_shown[row, places] = False
            masks[row, places] = [mask or Mask.SECONDARY for mask in masks[row, places]]
    rows = tuple(_row(table, policy, r, masks[r], bases_shown[r]) for r in range(len(table.rows)))
    return ProtectedTable(table.reading, table.columns, rows, policy)


class _Family:
    """The columns of one measure as linear forms of unknowns: (domain, part of the base), and (domain, sum).

    Parts of the base are the percent columns and the rest. The mean of a distribution is a form of its parts
    (Σ code x count); the mean of a measure shown alone is an unknown of its own.
    """

    def __init__(self, table: Table, places: list[int], policy: Policy) -> None:
        self.table, self.policy = table, policy
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

    def masks(self) -> tuple[NDArray[np.object_], BoolArray]:
        """Per row and column of the family its mask or None; per row whether the base is shown."""
        rows, width = self.counts.shape
        sensitive = self._sensitive()
        sizes = np.concatenate([self._cell_sizes(), self.base[:, None], self.rest[:, None]], axis=1)
        shown = publishable(self._forms(), sensitive.ravel(), self._order(sizes))
        shown = shown.reshape(rows, width + 2)
        masks = np.full((rows, width), None, object)
        for row in range(rows):
            for column in range(width):
                masks[row, column] = self._mask(row, column, sensitive[row], shown[row])
        return masks, shown[:, width]

    def _mask(self, row: int, column: int, sensitive: BoolArray, shown: BoolArray) -> Mask | None:
        base = self.bases[row, column]
        if base == 0:
            return Mask.NO_ANSWER
        if base < self.policy.minimum_base:
            return Mask.SMALL_BASE
        if sensitive[column]:
            return Mask.SMALL_COUNT
        return None if shown[column] and shown[-2] else Mask.SECONDARY

    def _cell_sizes(self) -> IntArray:
        """How many rows a cell tells about: its count, the base of a mean."""
        means = [column.kind == "mean" for column in self.columns]
        return np.where(means, self.bases, self.counts)

    def _is_small(self, counts: IntArray) -> BoolArray:
        return np.asarray((counts > 0) & (counts < self.policy.minimum_count))

    def _sensitive(self) -> BoolArray:
        """(rows, columns + base + rest): what must neither be shown nor follow from what is shown."""
        sizes = self._cell_sizes()
        small_row = (self.base > 0) & (self.base < self.policy.minimum_base)
        cells = (sizes > 0) & (self._is_small(sizes) | small_row[:, None])
        # A mean beside its distribution is only unreliable where few have an opinion: its parts may be shown.
        beside = [column.kind == "mean" and bool(self.percents) for column in self.columns]
        cells &= small_row[:, None] | ~np.asarray(beside)
        others = np.stack([self._is_small(self.base), self._is_small(self.rest)], axis=1)
        return np.concatenate([cells, others], axis=1)

    def _forms(self) -> IntArray:
        """Coefficients of every quantity, row by row: the columns, the base, the rest."""
        unknowns = len(self.domains) * self.parts
        forms = np.zeros((len(self.table.rows), len(self.columns) + 2, unknowns), np.int64)
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
            return form
        if column.kind == "mean" and not self.percents:
            form[-1] = 1
            return form
        for part, place in enumerate(self.percents):
            for code in set(self.columns[place].members) & set(column.members):
                form[part] = code if column.kind == "mean" else 1
        return form

    def _order(self, sizes: IntArray) -> list[int]:
        """Zeros first (they are shown), then by decreasing size, then subtotals, which repeat their parts.

        What nobody sees (the rest, zeros of a row under the smallest base) is not offered.
        """
        rows, width = sizes.shape
        offered = []
        for row in range(rows):
            small = 0 < self.base[row] < self.policy.minimum_base
            for column in range(width - 1):
                is_base = column == width - 2
                if small and not is_base:
                    continue
                size = int(sizes[row, column])
                subtotal = not is_base and self.columns[column].kind == "subtotal"
                offered.append((size > 0, subtotal, -size, row, not is_base, column))
        return [row * width + column for _, _, _, row, _, column in sorted(offered)]


def pick(tables: Sequence[ProtectedTable], code: str, labels: Sequence[str], reading: Reading) -> ProtectedTable:
    """One column of several protected tables, side by side: the rows of a grid.

    The cells are those of the tables, so that a grid shows nothing that the table of one of its rows hides.
    ValueError when a table has no such column, or when their domains differ.
    """
    first = tables[0]
    domains = [row.code for row in first.rows]
    if any([row.code for row in table.rows] != domains for table in tables):
        raise ValueError("these tables have different rows")
    places = [[column.code for column in table.columns].index(code) for table in tables]
    columns = tuple(
        replace(table.columns[place], code=table.columns[place].family, label=label)
        for table, place, label in zip(tables, places, labels, strict=True)
    )
    rows = tuple(
        _beside(
            [table.rows[line] for table in tables],
            tuple(table.rows[line].cells[place] for table, place in zip(tables, places, strict=True)),
        )
        for line in range(len(domains))
    )
    return ProtectedTable(reading, columns, rows, first.policy)


def _beside(rows: Sequence[ProtectedRow], cells: tuple[Cell, ...]) -> ProtectedRow:
    """The rows of one domain in several tables, as one: its bases are those of the widest, when all are shown."""
    widest = max(rows, key=lambda row: row.base or 0)
    is_shown = all(row.base is not None for row in rows)
    return replace(
        widest,
        base=widest.base if is_shown else None,
        weighted_base=widest.weighted_base if is_shown else None,
        effective_base=widest.effective_base if is_shown else None,
        is_fragile=is_shown and widest.is_fragile,
        is_hidden=all(cell.is_hidden for cell in cells),
        cells=cells,
    )


def _row(table: Table, policy: Policy, row: int, masks: NDArray[np.object_], shown: BoolArray) -> ProtectedRow:
    cells = tuple(_cell(table, policy, row, column, masks[column]) for column in range(len(table.columns)))
    widest = int(table.base[row].argmax())
    base, line = int(table.base[row, widest]), table.rows[row]
    visible = bool(shown[widest])
    return ProtectedRow(
        line.code,
        line.label,
        line.is_total,
        base if visible else None,
        float(table.weighted_base[row, widest]) if visible else None,
        float(table.effective_base[row, widest]) if visible else None,
        visible and policy.minimum_base <= base < policy.fragile_base,
        all(cell.is_hidden for cell in cells),
        cells,
    )


def _cell(table: Table, policy: Policy, row: int, column: int, mask: Mask | None) -> Cell:
    if mask is not None:
        return Cell(mask=mask)
    about = table.columns[column]
    beside = about.kind == "mean" and any(
        other.family == about.family and other.kind == "percent" for other in table.columns
    )
    base = int(table.base[row, column])
    return Cell(
        float(table.value[row, column]),
        float(table.se[row, column]),
        float(table.low[row, column]),
        float(table.high[row, column]),
        None if beside else int(table.count[row, column]),
        None if beside else base,
        policy.minimum_base <= base < policy.fragile_base,
    )


__all__ = [
    "Cell",
    "Mask",
    "Policy",
    "ProtectedRow",
    "ProtectedTable",
    "Reading",
    "Table",
    "TableRow",
    "pick",
    "protect",
]
