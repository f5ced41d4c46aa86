"""Disclosure control of a table counted on demand: it is never protected alone.

With a filter, the same table of those whom it leaves out goes with it; where two closed variables are crossed, so
does the table with rows and columns exchanged. All of them are protected with every column that they may have,
whatever was asked for, so that one request hides what another one hides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.estimation.disclosure import Policy, ProtectedTable, protect
from app.estimation.layout import Measure
from app.estimation.tables import Column, Table, TableRow
from app.services.workspace.counting import NO_VALUE, Block, BoolArray, Counted, IntArray, Rows, contingency
from app.services.workspace.subjects import Subject, groups_of


def protect_block(
    table: Table, policy: Policy, rows: Rows, subject: Subject, block: Block, counted: Counted
) -> ProtectedTable:
    """The table of a block, as it may be shown."""
    crossed = _Crossed(rows, subject, block, counted)
    complement = transposed = transposed_complement = None
    if rows.left is not None:
        complement = crossed.complement(table)
    if not block.is_whole and not subject.is_several and not subject.is_number:
        transposed = crossed.transposed(table, rows.kept)
        if rows.left is not None:
            transposed_complement = crossed.transposed(table, rows.left)
    return protect(
        table, policy, complement=complement, transposed=transposed, transposed_complement=transposed_complement
    )


class _Crossed:
    """Counts of the rows of a block by the answers of a question."""

    def __init__(self, rows: Rows, subject: Subject, block: Block, counted: Counted) -> None:
        self.rows, self.subject, self.block, self.counted = rows, subject, block, counted
        self.codes = counted.codes or (0,)

    def complement(self, table: Table) -> Table:
        """The same table of those whom the filter leaves out: counts and bases, which is all that protects."""
        parts = {measure.name: (measure, self._counts(measure, self.rows.left)) for measure in self.subject.measures}
        counts, bases = [], []
        for column in table.columns:
            measure, inner = parts[column.family]
            counts.append(_count(column, measure, inner))
            bases.append(_base(column, measure, inner))
        stacked = [_with_whole(np.stack(one, axis=1), self.block.is_whole) for one in (counts, bases)]
        return replace(table, count=stacked[0], base=stacked[1], sign=None, index=None, weighted=None)

    def transposed(self, table: Table, mask: BoolArray | None) -> Table:
        """The table of the variable of the rows by the answers of the question, among those who have both.

        How many people of a row left the question without an answer follows from other tables (the base of the row
        against that of its own table): that is no cell of these two.
        """
        measure = self.subject.measures[0]
        answers = list(measure.counted_codes)
        inner = contingency(self.counted.division, self.codes, self._column(measure), answers, mask)
        kept = [place for place, code in enumerate(self.codes) if code != NO_VALUE]
        turned = inner.T[: len(answers), kept]
        by = Measure("by", "category", tuple(self.codes[place] for place in kept))
        columns = _columns_of_rows(self.block, by)
        count = _with_whole(np.stack([_count(one, by, turned) for one in columns], axis=1), False)
        base = _with_whole(np.stack([_base(one, by, turned) for one in columns], axis=1), False)
        nothing = np.zeros(count.shape)
        rows = tuple(TableRow(code, "") for code in (None, *answers))
        return Table(
            table.reading, rows, tuple(columns), nothing, nothing, nothing, nothing, count, base, nothing, nothing
        )

    def _counts(self, measure: Measure, mask: BoolArray | None) -> IntArray:
        column, codes = self._column(measure), list(measure.counted_codes)
        if measure.kind == "number":
            column, codes = (column >= 0).astype(np.int8), [1]
        return contingency(self.counted.division, self.codes, column, codes, mask)[:, :-1]

    def _column(self, measure: Measure) -> NDArray[Any]:
        return self.rows.columns[measure.name]


def _columns_of_rows(block: Block, by: Measure) -> list[Column]:
    """The columns that the variable of the rows has in its own table."""
    only = block.subjects[0] if len(block.subjects) == 1 else None
    name = "*".join(one.name for one in block.subjects)
    columns = [Column(str(code), "", "percent", name, (code,)) for code in by.codes]
    if only is not None:
        columns += [Column(one, "", "subtotal", name, codes) for one, codes in groups_of(only).items()]
        if only.has_order:
            values = tuple(code for code in by.codes if code >= 0)
            columns += [Column(kind, "", kind, name, values) for kind in ("mean", "deviation", "median")]
    return columns


def _count(column: Column, measure: Measure, inner: IntArray) -> IntArray:
    """People behind a column, per row; `inner`: (rows, codes of the measure)."""
    if measure.kind == "number":
        return inner[:, 0]
    return np.asarray(inner[:, _places(column, measure)].sum(axis=1))


def _base(column: Column, measure: Measure, inner: IntArray) -> IntArray:
    """The base of a column, per row: that of a mean leaves no opinion out."""
    if measure.kind == "number":
        return inner[:, 0]
    if column.kind in ("percent", "subtotal"):
        return np.asarray(inner.sum(axis=1))
    return np.asarray(inner[:, [place for place, code in enumerate(measure.counted_codes) if code >= 0]].sum(axis=1))


def _places(column: Column, measure: Measure) -> Sequence[int]:
    if column.kind not in ("percent", "subtotal"):
        return [place for place, code in enumerate(measure.counted_codes) if code >= 0]
    return [place for place, code in enumerate(measure.counted_codes) if code in column.members]


def _with_whole(counts: IntArray, is_whole: bool) -> IntArray:
    """The sum of the rows before them; a table of the whole has one row."""
    return counts if is_whole else np.concatenate([counts.sum(axis=0, keepdims=True), counts])
