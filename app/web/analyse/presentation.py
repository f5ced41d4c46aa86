"""Protected tables as pages show them: texts and geometry, from a ProtectedTable and nothing else.

A hidden cell has no number here either: it becomes a mark and the reason in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from app.estimation.disclosure import Cell, Mask, ProtectedRow, ProtectedTable
from app.estimation.tables import Column
from app.services import analysis
from app.web import formats
from questionnaires.model import Questionnaire, Score, ScoreGrid

HIDDEN = "c"
NOT_ASKED = "–"
Scale = tuple[float, float]


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell: its text, and in words its interval or why it is hidden."""

    text: str
    words: str
    is_hidden: bool
    is_absent: bool = False


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A domain of a cross table."""

    label: str
    is_total: bool
    is_fragile: bool
    cells: tuple[ShownCell, ...]
    base: ShownCell
    weighted_base: ShownCell


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar and its whisker, in hundredths of the width."""

    value: float
    low: float
    high: float
    is_fragile: bool


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """One answer of a question asked of everyone: a line of the overall table."""

    label: str
    kind: str
    cell: ShownCell
    count: str
    base: str
    bar: Bar | None


def scale_of(questionnaire: Questionnaire, name: str) -> Scale | None:
    """The ends of the scale of a score, question or row of a grid; None for what has no scale of its own."""
    known = {one.name: one.question for one in analysis.question_list(questionnaire)}
    if not known[name]:
        return 0.0, 100.0  # a composite score
    question = questionnaire.question(known[name])
    if isinstance(question, Score | ScoreGrid):
        return float(question.minimum), float(question.maximum)
    return None


def shown_rows(table: ProtectedTable, order: Sequence[int] = ()) -> tuple[ShownRow, ...]:
    """The rows of a cross table, the whole first, then the domains in the `order` of their codes."""
    places = {code: place for place, code in enumerate(order)}
    rows = sorted(table.rows, key=lambda row: -1 if row.code is None else places.get(row.code, len(places)))
    return tuple(
        ShownRow(
            label=row.label,
            is_total=row.is_total,
            # A row whose base is withheld does not tell between which bounds it lies.
            is_fragile=row.is_fragile and row.base is not None,
            cells=tuple(shown_cell(cell, column) for cell, column in zip(row.cells, table.columns, strict=True)),
            base=_base(row.base),
            weighted_base=_base(row.weighted_base),
        )
        for row in rows
    )


def shown_answers(table: ProtectedTable, scale: Scale | None) -> tuple[ShownAnswer, ...]:
    """The whole of a table, one line an answer. `scale`: the ends of the axis of means, found when not given."""
    whole = table.rows[0]
    ends = scale or mean_scale(table)
    return tuple(
        ShownAnswer(
            label=column.label,
            kind=column.kind,
            cell=shown_cell(cell, column),
            count=_count(cell.count),
            base=_count(cell.base),
            bar=_bar(cell, (0.0, 1.0) if column.kind != "mean" else ends),
        )
        for cell, column in zip(whole.cells, table.columns, strict=True)
    )


def shown_cell(cell: Cell, column: Column) -> ShownCell:
    """A number at the precision that it deserves, or its mark."""
    if cell.value is None or cell.low is None or cell.high is None:
        mark = NOT_ASKED if cell.mask is Mask.NO_ANSWER else HIDDEN
        return ShownCell(mark, _why(cell.mask), cell.mask is not Mask.NO_ANSWER, cell.mask is Mask.NO_ANSWER)
    language = formats.language()
    is_mean = column.kind == "mean"
    text = formats.mean(cell.value, language) if is_mean else formats.points(cell.value, language)
    reach = formats.interval(cell.low, cell.high, language, "mean" if is_mean else "percent")
    return ShownCell(text, str(reach), False)


def _why(mask: Mask | None) -> str:
    words: dict[Mask, str] = {
        Mask.SMALL_COUNT: _("Masqué pour protéger les répondants."),
        Mask.SMALL_BASE: _("Masqué : base trop petite."),
        Mask.SECONDARY: _("Masqué pour protéger les répondants."),
        Mask.NO_ANSWER: _("Aucune réponse."),
    }
    return words[mask or Mask.NO_ANSWER]


def _count(count: int | None) -> str:
    return HIDDEN if count is None else formats.number(count, formats.language())


def _base(base: float | None) -> ShownCell:
    if base is None:
        return ShownCell(HIDDEN, _why(Mask.SMALL_COUNT), True)
    return ShownCell(formats.number(base, formats.language()), "", False)


def mean_scale(table: ProtectedTable) -> Scale:
    """From zero to a round number above every interval of a mean: the axis when the question sets none."""
    highest = max(
        (
            cell.high
            for row in table.rows
            for cell, column in zip(row.cells, table.columns, strict=True)
            if column.kind == "mean" and cell.high is not None
        ),
        default=1.0,
    )
    step = 1.0
    while step * 10 < highest:
        step *= 10
    return 0.0, next(step * factor for factor in (1, 2, 5, 10) if step * factor >= highest)


def _bar(cell: Cell, scale: Scale) -> Bar | None:
    if cell.value is None or cell.low is None or cell.high is None:
        return None
    value, low, high = (_place(one, scale) for one in (cell.value, cell.low, cell.high))
    return Bar(value, low, high, cell.is_fragile)


def _place(value: float, scale: Scale) -> float:
    start, end = scale
    return round(100 * min(1.0, max(0.0, (value - start) / (end - start))), 2)


def default_column(columns: Sequence[Column], wanted: str = "") -> int:
    """The column that the chart shows: the one asked for, else the first subtotal, the mean, the first answer."""
    for place, column in enumerate(columns):
        if column.code == wanted:
            return place
    for kind in ("subtotal", "mean"):
        for place, column in enumerate(columns):
            if column.kind == kind:
                return place
    return 0


def reading_row(table: ProtectedTable, place: int) -> ProtectedRow | None:
    """The row that the sentence « Lecture » reads: a solid domain, else any shown one, else none."""
    shown = [row for row in table.rows if not row.cells[place].is_hidden and row.base is not None]
    solid = [row for row in shown if not row.is_total and not row.is_fragile]
    return next(iter(solid or shown[1:] or shown), None)


def reading_sentence(table: ProtectedTable, place: int) -> str:
    """« Lecture » : one cell read aloud with its base and its interval; empty when everything is hidden."""
    row = reading_row(table, place)
    if row is None:
        return ""
    cell, column, language = row.cells[place], table.columns[place], formats.language()
    if cell.value is None or cell.low is None or cell.high is None:
        return ""
    words = {"row": row.label, "answer": column.label, "base": formats.number(row.base or 0, language)}
    if column.kind == "mean":
        words |= {"value": formats.mean(cell.value, language)}
        words |= {"interval": formats.interval(cell.low, cell.high, language, "mean")}
        if column.code == "mean":
            return str(_("%(row)s : la moyenne est de %(value)s (intervalle à 95 %% : %(interval)s).", **words))
        return str(
            _("%(row)s : la moyenne de « %(answer)s » est de %(value)s (intervalle à 95 %% : %(interval)s).", **words)
        )
    words |= {"value": formats.percent(cell.value, language)}
    words |= {"interval": formats.interval(cell.low, cell.high, language)}
    return str(
        _(
            "%(row)s : « %(answer)s » réunit %(value)s des %(base)s répondants (intervalle à 95 %% : %(interval)s).",
            **words,
        )
    )
