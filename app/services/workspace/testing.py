"""Tests of a table counted on demand, as far as they tell nothing that the table hides."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from app.estimation.comparisons import Difference, Discoveries, against_rest, difference, rao_scott
from app.estimation.disclosure import ProtectedTable
from app.estimation.estimates import Estimates
from app.estimation.linearization import Statistic
from app.services.workspace.counting import ROWS, Counted, IntArray, counted_name, tested_name
from app.services.workspace.subjects import Subject, groups_of

LEVELS = (0.001, 0.01, 0.05)


@dataclass(frozen=True, slots=True)
class Association:
    """The Rao-Scott test of independence of rows and columns.

    `level`: the smallest of 0.001, 0.01 and 0.05 that p is below, None above. The statistic and p themselves are
    None where the table hides cells, which they would tell.
    """

    level: float | None
    statistic: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    p: float | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A difference with the other wave: of shares, in proportions (0.05: 5 points); of means, in their unit."""

    value: float
    low: float
    high: float
    sign: int


@dataclass(frozen=True, slots=True)
class Gaps:
    """The differences of a table with another wave: code of the row -> one a column, None where either is hidden.

    `reasons`: what the ledger of comparability says of reading them.
    """

    wave: str
    rows: Mapping[int | None, tuple[Gap | None, ...]] = dataclasses.field(default_factory=dict, hash=False)
    reasons: tuple[str, ...] = ()


def _measure(counted: Counted, name: str) -> str:
    """The measure of those who are kept and have a row: others are no part of a test."""
    return tested_name(name) if counted.has_absent else counted_name(name)


def signs(counted: Counted, subject: Subject, minimum: int, discoveries: Discoveries) -> IntArray:
    """Each row against the other ones: (rows, columns) from -2 to 2, in the order of the table.

    Of a standard deviation and a median, and of those who have no row, there is none.
    """
    names = [_measure(counted, one.name) for one in subject.measures]
    if subject.is_several:
        asked = [Statistic(name) for name in names]
    elif subject.is_number:
        asked = [Statistic(names[0], "mean")]
    else:
        asked = [Statistic(names[0], "share", groups_of(subject))]
        asked += [Statistic(names[0], "mean")] if subject.has_order else []
    found = [against_rest(counted.estimator, one, ROWS, minimum, discoveries).sign for one in asked]
    missing = subject.without_sign
    table = np.concatenate([*found, np.zeros((len(found[0]), missing), np.int8)], axis=1).astype(np.int64)
    if counted.has_absent:
        table[-1] = 0
    return table


def association(counted: Counted, subject: Subject, table: ProtectedTable) -> Association | None:
    """Rao and Scott's test of a block; None when nothing can be tested, or too few are asked for any figure."""
    whole = table.rows[0]
    if whole.base is None or whole.base < table.policy.minimum_base:
        return None
    found = rao_scott(counted.estimator, _measure(counted, subject.measures[0].name), ROWS)
    if not isfinite(found.p):
        return None
    level = next((one for one in LEVELS if found.p < one), None)
    if table.hidden_cells:
        # With everything else known, a statistic of some digits is one equation on what is hidden.
        return Association(level)
    return Association(level, found.statistic, found.numerator, found.denominator, found.p)


def gaps(
    table: ProtectedTable, mine: Sequence[Estimates], other: ProtectedTable, theirs: Sequence[Estimates], wave: str
) -> Gaps:
    """The differences of two protected tables of the same question, where both show their figure."""
    found = [
        difference(one, another, minimum=table.policy.minimum_base) for one, another in zip(mine, theirs, strict=True)
    ]
    columns = [(each, place) for each in found for place in range(len(each.answers))]
    shown = {row.code: row for row in other.rows}
    rows: dict[int | None, tuple[Gap | None, ...]] = {}
    for line, row in enumerate(table.rows):
        their_row = shown.get(row.code)
        rows[row.code] = tuple(
            None
            if their_row is None or row.cells[place].is_hidden or their_row.cells[place].is_hidden
            else _gap(each, line, within)
            for place, (each, within) in enumerate(columns)
        )
    return Gaps(wave, rows)


def _gap(found: Difference, line: int, place: int) -> Gap | None:
    """One difference; of a median, whose error is too rough, there is none."""
    value, low, high = (float(one[line, place]) for one in (found.value, found.low, found.high))
    if found.answers[place].kind == "median" or not isfinite(value + low + high):
        return None
    return Gap(value, low, high, int(found.sign[line, place]))
