"""Counting on demand: the rows of a wave, their filter, and an estimator of any table of them.

A filter is a domain: those whom it leaves out stay in the tally, where the margins are met, and have no value of
the measure. So weights and variances are those of the whole wave.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import microdata
from app.estimation.estimates import Estimator
from app.estimation.intervals import Method
from app.estimation.layout import NO_OPINION, Dimension, Measure
from app.estimation.tally import Tally, UnknownCategory
from app.models import Weighting as WeightingRow
from app.services import snapshots, tallies
from app.services.base_weights import count_rows
from app.services.remembering import Remembered
from app.services.tallies import Columns, Inputs
from app.services.workspace.filters import Filter
from app.services.workspace.requests import IN_USE, UNWEIGHTED, RequestIsInvalid, RequestProblem
from app.services.workspace.subjects import Subject
from app.storage import Storage
from questionnaires.expressions import Absence

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

ROWS = "rows.of.the.table"
"""The dimension that divides people into the rows of a table; no variable may have a dot."""
NO_VALUE = -99
"""The row of those who have no value of the variable of the rows."""
MOST_ROWS = 100
_KEPT_BYTES = 256 * 2**20


def choose_weighting(session: Session, inputs: Inputs, wanted: str) -> Inputs:
    """The inputs under another weighting; raises RequestIsInvalid when the wave has no such run."""
    if wanted == IN_USE:
        return inputs
    if wanted == UNWEIGHTED:
        return replace(inputs, weighting=None)
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 9 else 0
    row = session.scalar(
        select(WeightingRow).where(
            WeightingRow.wave_id == inputs.wave_id, WeightingRow.number == number, WeightingRow.status == "done"
        )
    )
    if row is None:
        raise RequestIsInvalid(RequestProblem("weighting", "unknown", {"number": wanted[:20]}))
    return replace(inputs, weighting=row)


_columns = Remembered[tuple[Any, ...], NDArray[Any]](_KEPT_BYTES, weigh=lambda column: column.nbytes)
"""By the state of the wave that they are of, and their name: no more than some hundreds of megabytes."""


def _read_columns(storage: Storage, inputs: Inputs, names: Iterable[str]) -> Columns:
    """Columns of the rows that count now. Raises FileIsMissing when the segments were merged meanwhile."""
    wanted, state = list(dict.fromkeys(names)), _state(inputs)
    found = {name: column for name in wanted if (column := _columns.get((state, name))) is not None}
    if missing := [name for name in wanted if name not in found]:
        read = tallies.read_wave_columns(storage, inputs, missing)
        found |= read
        for name, column in read.items():
            _columns.put((state, name), column)
    return found


def _state(inputs: Inputs) -> tuple[Any, ...]:
    live = tuple(segment.content_hash for segment in inputs.segments)
    gone = tuple(sorted(one for key, many in inputs.superseded.items() for one in (key, *many)))
    joined = tuple(one.digest for one in inputs.joined.values())
    return inputs.wave_id, live, gone, inputs.base_weights, joined


@dataclass(frozen=True, slots=True)
class Block:
    """How people are divided into rows: one variable, or two crossed. Without variables, not at all.

    `codes`: of the rows, in order; of two crossed variables, 1, 2, 3…
    """

    subjects: tuple[Subject, ...]
    codes: tuple[int, ...]

    @property
    def is_whole(self) -> bool:
        """Whether there is only the whole."""
        return not self.subjects


def make_block(subjects: Sequence[Subject]) -> Block:
    """The rows of these variables; raises RequestIsInvalid when they are too many to be read."""
    if not subjects:
        return Block((), ())
    sizes = [len(one.measures[0].counted_codes) for one in subjects]
    total = int(np.prod(sizes))
    if total > MOST_ROWS:
        raise RequestIsInvalid(RequestProblem("by", "too-many-rows", {"rows": total, "most": MOST_ROWS}))
    codes = subjects[0].measures[0].counted_codes if len(subjects) == 1 else tuple(range(1, total + 1))
    return Block(tuple(subjects), codes)


@dataclass(frozen=True, slots=True)
class Rows:
    """The people of a wave, one array element each: what was read of them, who is kept."""

    inputs: Inputs
    columns: Columns
    size: int
    kept: BoolArray | None

    @property
    def left(self) -> BoolArray | None:
        """Those whom the filter leaves out; None without a filter."""
        return None if self.kept is None else ~self.kept

    def division(self, block: Block) -> NDArray[Any]:
        """The row of each person, NO_VALUE without one."""
        codes = np.asarray([*block.codes, NO_VALUE], np.int8 if max(block.codes, default=0) < 128 else np.int32)
        if block.is_whole:
            return np.zeros(self.size, np.int8)
        places = [_place(self.columns[one.name], one.measures[0].counted_codes) for one in block.subjects]
        if len(places) == 1:
            return np.asarray(codes[places[0]])
        sizes = [len(one.measures[0].counted_codes) for one in block.subjects]
        both = places[0].astype(np.int16) * sizes[1] + places[1]
        return np.asarray(codes[np.where((places[0] >= 0) & (places[1] >= 0), both, -1)])


def _place(column: NDArray[Any], codes: Sequence[int]) -> NDArray[Any]:
    """Per person the place of their code among `codes`, -1 without one."""
    known = np.asarray(codes, np.int64)
    order = np.argsort(known, kind="stable")
    if column.dtype == np.int8:
        table: NDArray[Any] = np.full(256, -1, np.int16)
        small = known[(known >= -128) & (known < 128)].astype(np.int8)
        table[small.view(np.uint8)] = np.flatnonzero((known >= -128) & (known < 128))
        return np.asarray(table[column.view(np.uint8)])
    places = np.minimum(np.searchsorted(known[order], column), len(known) - 1)
    return np.where(known[order][places] == column, order[places], -1)


def read_rows(storage: Storage, inputs: Inputs, names: Iterable[str], kept_by: Filter | None) -> Rows:
    """The people of a wave with what the margins, the table and the filter read."""
    layout = inputs.layout
    wanted = [*_layout_names(inputs), *names, *(kept_by.names if kept_by else ())]
    columns = _read_columns(storage, inputs, wanted or [measure.name for measure in layout.measures[:1]])
    size = len(next(iter(columns.values())))
    return Rows(inputs, columns, size, None if kept_by is None else kept_by.keeps(columns, size))


def _layout_names(inputs: Inputs) -> list[str]:
    """The columns of the margins, and that of base weights where there is one."""
    names = [dimension.name for dimension in inputs.layout.dimensions]
    return names if inputs.base_weights is None else [*names, microdata.BASE_WEIGHT]


@dataclass(frozen=True, slots=True)
class Counted:
    """An estimator of one block. `problem`: why it is not weighted, the name of an error of `app.estimation`.

    `codes`: the rows, NO_VALUE last when someone has none: they are a row of their own, and no part of a test.
    """

    estimator: Estimator
    problem: str | None
    codes: tuple[int, ...]
    division: NDArray[Any]

    @property
    def has_absent(self) -> bool:
        """Whether someone is in no row of the questionnaire."""
        return NO_VALUE in self.codes


def count_block(rows: Rows, subject: Subject, block: Block, interval: Method = "auto") -> Counted:
    """Count a variable by the rows of a block, and weigh."""
    division = rows.division(block)
    answered = np.any([_has_answer(rows.columns[measure.name]) for measure in subject.measures], axis=0)
    has_absent = not block.is_whole and bool((answered & (division == NO_VALUE)).any())
    codes = (*block.codes, NO_VALUE) if has_absent else block.codes
    columns, measures = dict(rows.columns), []
    for measure in subject.measures:
        column = _without(rows.columns[measure.name], rows.left)
        counted = replace(measure, name=counted_name(measure.name))
        columns[counted.name] = column
        measures.append(counted)
        if has_absent:
            tested = replace(measure, name=tested_name(measure.name))
            columns[tested.name] = _without(column, division == NO_VALUE)
            measures.append(tested)
    if not has_absent:
        # Nobody without a row has answered: where they are does not matter.
        division = np.where(division == NO_VALUE, block.codes[0] if block.codes else 0, division)
    columns[ROWS] = division
    extra = () if block.is_whole else (Dimension(ROWS, codes),)
    estimator, problem = _weighed(rows.inputs, columns, tuple(measures), extra, interval)
    return Counted(estimator, problem, codes, division)


def _has_answer(column: NDArray[Any]) -> BoolArray:
    return np.asarray((column >= 0) | (column == NO_OPINION))


def counted_name(name: str) -> str:
    """The measure of those who are kept: a variable may also be a margin, where everyone counts."""
    return f"{name}.kept"


def tested_name(name: str) -> str:
    """The measure of those who are kept and have a row."""
    return f"{name}.tested"


def _without(column: NDArray[Any], out: BoolArray | None) -> NDArray[Any]:
    """The column, with no value for those who are out."""
    return column if out is None else np.where(out, column.dtype.type(int(Absence.NOT_ROUTED)), column)


def _weighed(
    inputs: Inputs,
    columns: dict[str, NDArray[Any]],
    measures: tuple[Measure, ...],
    extra: tuple[Dimension, ...],
    interval: Method,
) -> tuple[Estimator, str | None]:
    """The estimator of a tally by the margins and by `extra`; unweighted, and why, when it cannot be weighted."""
    try:
        tally, problem = _count(inputs, columns, measures, extra), None
    except UnknownCategory as error:
        inputs, problem = replace(inputs, weighting=None), type(error).__name__
        tally = _count(inputs, columns, measures, extra)
    weighting, why = snapshots.weigh(tally, inputs)
    if weighting is None:
        raise RequestIsInvalid(RequestProblem("wave", "nothing-counted"))
    return Estimator(tally, weighting, interval=interval), problem or why


def _count(
    inputs: Inputs, columns: dict[str, NDArray[Any]], measures: tuple[Measure, ...], extra: tuple[Dimension, ...]
) -> Tally:
    layout = inputs.layout
    if inputs.base_weights is None:
        columns = {name: column for name, column in columns.items() if name != microdata.BASE_WEIGHT}
    return count_rows(replace(layout, dimensions=(*layout.dimensions, *extra), measures=measures), columns)


def contingency(
    division: NDArray[Any],
    codes: Sequence[int],
    column: NDArray[Any],
    answers: Sequence[int],
    mask: BoolArray | None,
) -> IntArray:
    """How many people of `mask` gave each answer in each row: (rows, answers + no value)."""
    first, second = _place(division, codes), _place(column, answers)
    width = len(answers) + 1
    where = first.astype(np.int32) * width + np.where(second < 0, len(answers), second)
    inside = first >= 0 if mask is None else mask & (first >= 0)
    return np.bincount(where[inside], minlength=len(codes) * width).reshape(len(codes), width)
