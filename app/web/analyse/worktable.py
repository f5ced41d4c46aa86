"""Tables of the workspace as its page shows them: texts of a ProtectedTable and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from app.estimation.disclosure import Cell, Mask, ProtectedRow
from app.estimation.tables import Column
from app.services.workspace import Gap, MadeBlock
from app.web import formats
from app.web.analyse.presentation import HIDDEN, NOT_ASKED

SIGNS = {2: "++", 1: "+", 0: "", -1: "−", -2: "−−"}


@dataclass(frozen=True, slots=True)
class WorkCell:
    """A cell: its main figure, its sign with what it says, then smaller lines; or its mark and why."""

    text: str
    sign: str = ""
    sign_words: str = ""
    lines: tuple[str, ...] = ()
    mark_words: str = ""
    is_hidden: bool = False

    @property
    def is_up(self) -> bool:
        """Whether its sign says above."""
        return self.sign.startswith("+")


@dataclass(frozen=True, slots=True)
class WorkRow:
    """A row with its bases, raw, weighted and effective; None where hidden."""

    label: str
    is_total: bool
    is_fragile: bool
    cells: tuple[WorkCell, ...]
    bases: tuple[str | None, ...]


def work_rows(block: MadeBlock, statistics: Sequence[str]) -> list[WorkRow]:
    """The rows of a block, with the figures asked for."""
    return [_row(row, block, statistics) for row in block.table.rows]


def _row(row: ProtectedRow, block: MadeBlock, statistics: Sequence[str]) -> WorkRow:
    gaps = block.gaps.rows[row.code] if block.gaps else (None,) * len(row.cells)
    cells = tuple(
        _cell(cell, column, gap, statistics, row.is_total)
        for cell, column, gap in zip(row.cells, block.table.columns, gaps, strict=True)
    )
    bases = tuple(
        None if one is None else formats.number(one, formats.language())
        for one in (row.base, row.weighted_base, row.effective_base)
    )
    return WorkRow(row.label, row.is_total, row.is_fragile and row.base is not None, cells, bases)


def _cell(cell: Cell, column: Column, gap: Gap | None, statistics: Sequence[str], is_total: bool) -> WorkCell:
    language = formats.language()
    if cell.value is None:
        is_absent = cell.mask is Mask.NO_ANSWER
        why = _("Aucune réponse.") if is_absent else _("Masqué pour protéger les répondants.")
        if cell.mask is Mask.SMALL_BASE:
            why = _("Masqué : base trop petite.")
        return WorkCell(NOT_ASKED if is_absent else HIDDEN, mark_words=str(why), is_hidden=not is_absent)
    is_share = column.kind in ("percent", "subtotal")
    main = formats.points(cell.value, language) if is_share else formats.mean(cell.value, language)
    lines = []
    if cell.low is not None and cell.high is not None:
        lines.append(formats.interval(cell.low, cell.high, language, "percent" if is_share else "mean"))
    if "counts" in statistics and cell.count is not None:
        lines.append(str(_("effectif %(count)s", count=formats.number(cell.count, language))))
    if cell.weighted is not None:
        lines.append(str(_("redressé %(count)s", count=formats.number(cell.weighted, language))))
    if cell.index is not None and not is_total:
        lines.append(str(_("indice %(index)s", index=formats.number(cell.index, language))))
    if gap is not None:
        lines.append(_gap(gap, is_share))
    sign = SIGNS[0 if is_total else cell.sign]
    return WorkCell(main, sign, sign_words(cell.sign) if sign else "", tuple(lines))


def sign_words(sign: int) -> str:
    """What a sign says; there is none for 0."""
    words = {
        2: _("au-dessus des autres, à 99 %"),
        1: _("au-dessus des autres, à 95 %"),
        -1: _("au-dessous des autres, à 95 %"),
        -2: _("au-dessous des autres, à 99 %"),
    }
    return str(words[sign])


def _gap(gap: Gap, is_share: bool) -> str:
    """« écart +5, de +1 à +9 ++ »: signed, in points or in the unit of the mean."""
    language = formats.language()

    def signed(value: float) -> str:
        text = formats.points(value, language) if is_share else formats.mean(value, language)
        return f"+{text}" if value > 0 and text.strip("0,.") else text

    value, low, high = (signed(one) for one in (gap.value, gap.low, gap.high))
    words = _("écart %(gap)s (de %(low)s à %(high)s)", gap=value, low=low, high=high)
    return f"{words} {SIGNS[gap.sign]}".rstrip()


def caption_words(columns: Sequence[Column]) -> str:
    """What the main figures are."""
    kinds = {column.kind for column in columns}
    has_shares = bool(kinds & {"percent", "subtotal"})
    if has_shares and len(kinds - {"percent", "subtotal"}):
        return str(_("En pourcentage de chaque ligne ; moyenne, écart type et médiane dans l’unité de la question."))
    if has_shares:
        return str(_("En pourcentage de chaque ligne."))
    return str(_("Dans l’unité de la question."))
