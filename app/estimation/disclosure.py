"""Disclosure control: from a Table to the ProtectedTable, the only thing that pages, files and charts render.

The rule (thresholds are a study's Policy, defaults in brackets):
- counts of 1 to 10 are hidden, zero is shown; the rest of a base (those who did not choose) counts too;
- percentages and means are hidden under a base of 30 and flagged as fragile from 30 to 99;
- the base of a row is a count: of 1 to 10 it is hidden, and the row with it;
- a hidden cell carries no number at all, because percentages and errors tell the count;
- other cells, subtotals and bases are hidden where a hidden cell would follow from them by addition: within
  a row, between the rows and the whole, and through subtotals and means.

- a filtered table is solved with that of those whom the filter leaves out, beside the unfiltered one; a table
  with its transpose (`app.estimation.families`);
- a standard deviation and a median are shown where everything that they rest on is; signs, indices and weighted
  counts vanish with their cell.

Other linked tables (the same question by another variable, another snapshot) and bounds on hidden counts are
not looked at here yet; they come behind `protect`, on the same linear forms.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.estimation.families import SPREADS, Family, Mask, Policy, families_of, solve
from app.estimation.tables import Column, Reading, Table, TableRow


@dataclass(frozen=True, slots=True)
class Cell:
    """One number with its interval, or nothing at all and the reason.

    `count`: rows behind it, None also beside the mean of a distribution, where it would tell how many had
    no opinion. `base`: the base of this column, None likewise. `sign`: -2 to 2, how far this row differs from
    the other ones, 0 when it does not or was not tested. `index`: 100 x value / value of the whole, None when
    not asked for or when the whole is hidden. `weighted`: estimated number of persons, None as `count`.
    """

    value: float | None = None
    se: float | None = None
    low: float | None = None
    high: float | None = None
    count: int | None = None
    base: int | None = None
    is_fragile: bool = False
    mask: Mask | None = None
    sign: int = 0
    index: float | None = None
    weighted: float | None = None

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


def protect(
    table: Table,
    policy: Policy,
    *,
    complement: Table | None = None,
    transposed: Table | None = None,
    transposed_complement: Table | None = None,
) -> ProtectedTable:
    """Apply the rule to a table. Deterministic: the same tables and policy hide the same cells.

    `complement`: the same table of those whom the filter of this one leaves out, whoever they are; the unfiltered
    table, the sum of both, is taken as published. `transposed`: this table with rows and columns exchanged, each
    with its own bases. With both, `transposed_complement` is the complement of the latter (made from `complement`
    when everyone is in a column). ValueError when the tables do not fit together.
    """
    tables = [table] if transposed is None else [table, transposed]
    others = [] if complement is None else [complement]
    if complement is not None and transposed is not None:
        others.append(transposed_complement or _turned(complement, transposed))
    masks = np.full(table.value.shape, None, object)
    bases_shown = np.ones(table.value.shape, bool)
    same_base: dict[bytes, list[int]] = {}
    for family, shown in _published(tables, others, policy):
        masks[:, family.places] = family.masks(shown)
        bases_shown[:, family.places] = shown[:, -2][:, None]
        same_base.setdefault(family.base.tobytes(), []).extend(family.places)
    # The choices of one question have one base: hidden for one, it must not be read beside another.
    for places in same_base.values():
        for row in np.flatnonzero(~bases_shown[:, places].all(axis=1)):
            bases_shown[row, places] = False
            masks[row, places] = [mask or Mask.SECONDARY for mask in masks[row, places]]
    rows = tuple(_row(table, policy, r, masks, bases_shown[r]) for r in range(len(table.rows)))
    return ProtectedTable(table.reading, table.columns, rows, policy)


def _published(
    tables: Sequence[Table], others: Sequence[Table], policy: Policy
) -> Iterator[tuple[Family, NDArray[np.bool_]]]:
    """Each family of the first table with what of it may be published."""
    families = [families_of(one, policy) for one in tables]
    complements = [families_of(one, policy) for one in others]
    if len(tables) == 1:
        for place, family in enumerate(families[0]):
            yield family, solve([family], [one[place] for one in complements])[0]
        return
    if any(len(one) != 1 for one in families):
        raise ValueError("only the table of one question has a transpose")
    # In one order, whichever of the two orientations is asked for.
    order = sorted((0, 1), key=lambda place: (families[place][0].name, families[place][0].table.count.tobytes()))
    together = solve([families[place][0] for place in order], [complements[place][0] for place in order if others])
    yield families[0][0], together[order.index(0)]


def _turned(complement: Table, transposed: Table) -> Table:
    """The complement with the rows and columns of the transposed table, when everyone is in one of its columns."""
    parts = [place for place, column in enumerate(transposed.columns) if column.kind == "percent"]
    if transposed.base.max() != transposed.count[0, parts].sum():
        raise ValueError("people are in no column of the transposed table: its complement is needed")
    lines = {row.code: place for place, row in enumerate(complement.rows)}
    places = {column.members: place for place, column in enumerate(complement.columns) if column.kind == "percent"}
    count = np.zeros_like(transposed.count)
    for line, row in enumerate(transposed.rows):
        for place, column in enumerate(transposed.columns):
            members = [lines[code] for code in column.members if code in lines]
            answers = list(places.values()) if row.code is None else [places[(row.code,)]]
            count[line, place] = complement.count[np.ix_(members, answers)].sum()
    base = np.repeat(count[:, parts].sum(axis=1)[:, None], len(transposed.columns), axis=1)
    return replace(transposed, count=count, base=base)


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


def _row(table: Table, policy: Policy, row: int, masks: NDArray[np.object_], shown: NDArray[np.bool_]) -> ProtectedRow:
    cells = tuple(
        _cell(table, policy, row, column, masks[row, column], masks[0, column] is None)
        for column in range(len(table.columns))
    )
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


def _cell(table: Table, policy: Policy, row: int, column: int, mask: Mask | None, is_whole_shown: bool) -> Cell:
    if mask is not None:
        return Cell(mask=mask)
    about = table.columns[column]
    beside = about.kind in ("mean", *SPREADS) and any(
        other.family == about.family and other.kind == "percent" for other in table.columns
    )
    base = int(table.base[row, column])
    return Cell(
        float(table.value[row, column]),
        # The standard deviation of a number has no standard error.
        _number(table.se, row, column),
        _number(table.low, row, column),
        _number(table.high, row, column),
        None if beside else int(table.count[row, column]),
        None if beside else base,
        policy.minimum_base <= base < policy.fragile_base,
        sign=0 if table.sign is None else int(table.sign[row, column]),
        # Value and index together tell the value of the whole.
        index=_number(table.index, row, column) if is_whole_shown else None,
        weighted=None if beside else _number(table.weighted, row, column),
    )


def _number(array: NDArray[np.float64] | None, row: int, column: int) -> float | None:
    """A number that a table may not have, or not in this cell."""
    return None if array is None or not np.isfinite(array[row, column]) else float(array[row, column])


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
