"""Tables: estimates with their words, before disclosure control.

Nothing renders a Table; `protect` it first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.estimation.estimates import Answer, Estimates

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ColumnKind = Literal["percent", "subtotal", "mean", "deviation", "median"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader must know to read a table, in words, in one language. `base`: who was asked, in words.

    `filter`: who among them is kept, empty without a filter. `test`: what the signs compare, empty without any.
    """

    question: str
    base: str
    population: str
    questionnaire: str
    version: str
    wave: str
    weighting: str
    snapshot: str
    origin: str
    produced_at: str
    notes: tuple[str, ...] = ()
    language: str = "fr"
    filter: str = ""
    test: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `family`: the measure whose base it has; `members`: the codes it counts or averages.

    The percent columns of a family are disjoint parts of its base; a subtotal adds some of them up.
    """

    code: str
    label: str
    kind: ColumnKind
    family: str
    members: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TableRow:
    """A domain, or the whole (`is_total`, code None)."""

    code: int | None
    label: str

    @property
    def is_total(self) -> bool:
        """Whether the row is about everyone."""
        return self.code is None


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows x columns of estimates. Row 0 is the whole; the other rows, if any, are disjoint and make it up.

    Every array is (rows, columns). Percent and subtotal values are proportions between 0 and 1. Where asked for,
    `weighted`: sum of the weights of the rows behind a value; `index`: 100 x value / that of the whole, nan where
    the whole has none (44 % against 40 %: 110); `sign`: -2 to 2, how surely a value is above or below the others.
    """

    reading: Reading
    rows: tuple[TableRow, ...]
    columns: tuple[Column, ...]
    value: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    count: IntArray
    base: IntArray
    weighted_base: FloatArray
    effective_base: FloatArray
    sign: IntArray | None = None
    index: FloatArray | None = None
    weighted: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A column of a combined table: a label and the estimate it shows.

    `answer`: which one, a code or the name of a subtotal; not needed when there is only one.
    """

    label: str
    estimates: Estimates
    answer: int | str | None = None


def distribution_table(
    estimates: Estimates,
    reading: Reading,
    answer_labels: Mapping[int | str, str],
    domain_labels: Mapping[int | None, str],
    mean: Estimates | None = None,
    mean_label: str = "",
    spread: Sequence[tuple[Estimates, str]] = (),
    shares: bool = False,
) -> Table:
    """One question: its answers and subtotals as columns, domains as rows, then its mean, and what is in `spread`.

    `answer_labels`: by code, and by name for subtotals. `spread`: standard deviation, median, each with its label.
    `shares`: with the index to the whole and the weighted count of each value.
    KeyError when a label is missing; ValueError when one of them is of another measure or has other domains.
    """
    kept = [
        (_column(answer, estimates, answer_labels[answer.name or answer.code or 0]), estimates, place)
        for place, answer in enumerate(estimates.answers)
    ]
    for further, label in ([(mean, mean_label)] if mean is not None else []) + list(spread):
        if further.measure != estimates.measure or further.domains != estimates.domains:
            raise ValueError("the mean is not of the same question and domains")
        kept.append((_column(further.answers[0], further, label), further, 0))
    return _table(reading, kept, domain_labels, shares)


def combine(
    items: Sequence[Item], reading: Reading, domain_labels: Mapping[int | None, str], shares: bool = False
) -> Table:
    """Several measures as columns of one table: the rows of a grid, the choices of a multiple question.

    Each column keeps its own base. `shares`: as in `distribution_table`. ValueError when domains differ, or when an
    item does not say which answer.
    """
    if not items or any(item.estimates.domains != items[0].estimates.domains for item in items):
        raise ValueError("combined measures need the same domains")
    kept = []
    for item in items:
        place = _place(item)
        answer, name = item.estimates.answers[place], item.estimates.measure.name
        kind: ColumnKind = "mean" if answer.kind == "mean" else "percent"
        # Alone in its family, an answer is a part of its base and the other answers are the rest.
        kept.append((Column(name, item.label, kind, name), item.estimates, place))
    if len({column.family for column, _, _ in kept}) < len(kept):
        raise ValueError("a measure is there twice")
    return _table(reading, kept, domain_labels, shares)


def _place(item: Item) -> int:
    answers = item.estimates.answers
    found = [
        place
        for place, answer in enumerate(answers)
        if (item.answer is None and len(answers) == 1)
        or (item.answer is not None and item.answer == (answer.name or answer.code))
    ]
    if len(found) != 1:
        raise ValueError(f"{item.estimates.measure.name} has no single answer {item.answer}")
    return found[0]


def _column(answer: Answer, estimates: Estimates, label: str) -> Column:
    family = estimates.measure.name
    if answer.kind in ("mean", "deviation", "median"):
        return Column(answer.kind, label, answer.kind, family, answer.codes)
    if answer.kind == "subtotal":
        return Column(answer.name, label, "subtotal", family, answer.codes)
    return Column(str(answer.code), label, "percent", family, answer.codes)


def _table(
    reading: Reading,
    kept: Sequence[tuple[Column, Estimates, int]],
    domain_labels: Mapping[int | None, str],
    shares: bool,
) -> Table:
    domains = kept[0][1].domains

    def values(name: str) -> FloatArray:
        return np.stack([getattr(estimates, name)[:, place] for _, estimates, place in kept], axis=1)

    def bases(name: str) -> FloatArray:
        return np.stack([getattr(estimates, name) for _, estimates, _ in kept], axis=1)

    return Table(
        reading,
        tuple(TableRow(code, domain_labels[code]) for code in domains),
        tuple(column for column, _, _ in kept),
        values("value"),
        values("se"),
        values("low"),
        values("high"),
        values("count").astype(np.int64),
        bases("base").astype(np.int64),
        bases("weighted_base"),
        bases("effective_base"),
        index=_index(values("index"), [column for column, _, _ in kept]) if shares else None,
        weighted=values("weighted") if shares else None,
    )


def _index(index: FloatArray, columns: Sequence[Column]) -> FloatArray:
    """A standard deviation and a median are not compared with those of the whole."""
    has_index = np.asarray([column.kind in ("percent", "subtotal", "mean") for column in columns])
    return np.where(has_index, index, np.nan)
