"""Files of protected tables: CSV and XLSX. The same tables give the same bytes."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import xlsxwriter

from app.estimation.disclosure import Cell, Mask, ProtectedRow, ProtectedTable
from app.estimation.tables import Column
from app.services.csv_files import csv_file as write_csv
from app.services.csv_files import safe_cell
from app.services.workspace.testing import Gap, Gaps

PARIS = ZoneInfo("Europe/Paris")
MASKED = "c"
FRAGILE = "*"

_WORDS = {
    "fr": {
        "question": "Question",
        "rows": "Lignes",
        "base": "Base",
        "filter": "Filtre",
        "test": "Test",
        "population": "Population",
        "questionnaire": "Questionnaire",
        "version": "Version",
        "wave": "Vague",
        "weighting": "Pondération",
        "snapshot": "Instantané",
        "origin": "Origine des réponses",
        "produced_at": "Calculé le",
        "note": "Note",
        "paris": "heure de Paris",
        "hidden": "Valeurs masquées",
        "domain": "Domaine",
        "answer": "Réponse",
        "statistic": "Statistique",
        "value": "Valeur",
        "low": "Borne basse 95 %",
        "high": "Borne haute 95 %",
        "se": "Erreur type",
        "count": "Effectif",
        "answer_base": "Base de la réponse",
        "raw_base": "Base brute",
        "weighted_base": "Base redressée",
        "effective_base": "Base efficace",
        "mark": "Marque",
        "weighted": "Effectif redressé",
        "index": "Indice",
        "sign": "Signe (de -2 à 2)",
        "gap": "Écart",
        "gap_low": "Écart, borne basse 95 %",
        "gap_high": "Écart, borne haute 95 %",
        "gap_sign": "Écart, signe (de -2 à 2)",
        "percent": "%",
        "subtotal": "% (sous-total)",
        "mean": "moyenne",
        "deviation": "écart type",
        "median": "médiane",
        "table": "Tableau",
        "detail": "Détail",
        "contents": "Sommaire",
        "key": "c : valeur masquée pour protéger les répondants ; * : base fragile, moins de 100 réponses ; "
        "– : sans réponse.",
    },
    "en": {
        "question": "Question",
        "rows": "Rows",
        "base": "Base",
        "filter": "Filter",
        "test": "Test",
        "population": "Population",
        "questionnaire": "Questionnaire",
        "version": "Version",
        "wave": "Wave",
        "weighting": "Weighting",
        "snapshot": "Snapshot",
        "origin": "Origin of responses",
        "produced_at": "Computed on",
        "note": "Note",
        "paris": "Paris time",
        "hidden": "Hidden values",
        "domain": "Domain",
        "answer": "Answer",
        "statistic": "Statistic",
        "value": "Value",
        "low": "95% lower bound",
        "high": "95% upper bound",
        "se": "Standard error",
        "count": "Count",
        "answer_base": "Base of the answer",
        "raw_base": "Unweighted base",
        "weighted_base": "Weighted base",
        "effective_base": "Effective base",
        "mark": "Mark",
        "weighted": "Weighted count",
        "index": "Index",
        "sign": "Sign (-2 to 2)",
        "gap": "Gap",
        "gap_low": "Gap, 95% lower bound",
        "gap_high": "Gap, 95% upper bound",
        "gap_sign": "Gap, sign (-2 to 2)",
        "percent": "%",
        "subtotal": "% (net)",
        "mean": "mean",
        "deviation": "standard deviation",
        "median": "median",
        "table": "Table",
        "detail": "Detail",
        "contents": "Contents",
        "key": "c: value hidden to protect respondents; *: small base, fewer than 100 responses; –: no answer.",
    },
}
_DETAIL = (
    "domain",
    "answer",
    "statistic",
    "value",
    "low",
    "high",
    "se",
    "count",
    "answer_base",
    "raw_base",
    "weighted_base",
    "effective_base",
    "mark",
)


_IN_UNITS = ("mean", "deviation", "median")
_SIGNS = {-2: "−−", -1: "−", 1: "+", 2: "++"}
Line = tuple[str | float | int | None, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with what was found beside it: the variables of its rows, its notes, its gaps with another wave."""

    table: ProtectedTable
    rows: str = ""
    notes: tuple[str, ...] = ()
    gaps: Gaps | None = None

    @property
    def optional(self) -> tuple[str, ...]:
        """The figures that only some tables have."""
        cells = [cell for row in self.table.rows for cell in row.cells]
        found = [name for name in ("weighted", "index") if any(getattr(cell, name) is not None for cell in cells)]
        found += ["sign"] if self.table.reading.test else []
        return (*found, *(("gap", "gap_low", "gap_high", "gap_sign") if self.gaps else ()))


def csv_file(table: ProtectedTable) -> bytes:
    """One table: see `csv_sheets`."""
    return csv_sheets([Sheet(table)])


def csv_sheets(sheets: Sequence[Sheet]) -> bytes:
    """One line per domain and answer, unrounded; the reading stands above in lines that begin with #.

    Several tables follow one another, an empty line between them. French: semicolons and decimal commas; else
    commas and points. UTF-8 with a byte order mark, for Excel.
    """
    language = sheets[0].table.reading.language
    rows: list[Sequence[str]] = []
    for place, sheet in enumerate(sheets):
        words = _words(sheet.table)
        if place:
            rows.append(())
        rows += [(f"# {words[name]}", safe_cell(value)) for name, value in _reading(sheet)]
        rows.append([words[name] for name in (*_DETAIL, *sheet.optional)])
        rows += [[_in_csv(value, language == "fr") for value in line] for line in _lines(sheet, sheet.optional)]
    return write_csv(rows, language)


def xlsx_file(tables: Sequence[ProtectedTable]) -> bytes:
    """A workbook of tables: see `xlsx_sheets`."""
    return xlsx_sheets([Sheet(table) for table in tables])


def xlsx_sheets(sheets: Sequence[Sheet]) -> bytes:
    """A workbook: one sheet per table as the page shows it, then every value with its interval.

    With several tables, a first sheet lists them with links.
    """
    if not sheets:
        raise ValueError("a workbook needs a table")
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    # The moment of the snapshot, not of the download: the same snapshot gives the same bytes.
    reading = sheets[0].table.reading
    produced = dt.datetime.fromisoformat(reading.produced_at).replace(tzinfo=None)
    words = _words(sheets[0].table)
    book.set_properties({"title": reading.wave, "comments": words["key"], "created": produced})
    _Workbook(book, words).write(sheets)
    book.close()
    return stream.getvalue()


class _Workbook:
    """The sheets of a workbook and their formats."""

    def __init__(self, book: xlsxwriter.Workbook, words: dict[str, str]) -> None:
        self.book, self.words = book, words
        self.title = book.add_format({"bold": True, "font_size": 13, "text_wrap": True})
        self.soft = book.add_format({"font_color": "#4B5365"})
        self.head = book.add_format({"bold": True, "bottom": 2, "text_wrap": True, "valign": "bottom"})
        self.total = book.add_format({"bold": True, "bg_color": "#F3EEE4"})
        kinds = {"percent": "0%", "subtotal": "0%", "count": "#,##0"} | dict.fromkeys(_IN_UNITS, "0.0")
        # A sign is part of the format: the cell stays a number.
        self.formats = {
            (kind, is_total, sign): book.add_format(
                {"num_format": code + (f'" {_SIGNS[sign]}"' if sign else ""), "bold": is_total, "align": "right"}
                | ({"bg_color": "#F3EEE4"} if is_total else {})
            )
            for kind, code in kinds.items()
            for is_total in (False, True)
            for sign in ((0,) if is_total or kind == "count" else (0, *_SIGNS))
        }
        self.exact = book.add_format({"num_format": "0.000000"})

    def write(self, sheets: Sequence[Sheet]) -> None:
        """Every sheet, in order."""
        names = [f"{self.words['table']} {number}" for number in range(1, len(sheets) + 1)]
        if len(sheets) > 1:
            self._contents(sheets, names)
        for sheet, name in zip(sheets, names, strict=True):
            self._table(self.book.add_worksheet(name), sheet)
        self._detail_sheet(sheets)

    def _contents(self, sheets: Sequence[Sheet], names: Sequence[str]) -> None:
        page = self.book.add_worksheet(self.words["contents"])
        page.set_column(0, 0, 14)
        page.set_column(1, 1, 110)
        page.write_string(0, 0, sheets[0].table.reading.wave, self.title)
        for line, (sheet, name) in enumerate(zip(sheets, names, strict=True), start=2):
            page.write_url(line, 0, f"internal:'{name}'!A1", string=name)
            rows = sheet.table.rows
            by = f" ({sheet.rows})" if sheet.rows else "" if len(rows) == 1 else f" ({rows[1].label}, …)"
            page.write_string(line, 1, sheet.table.reading.question + by)

    def _table(self, page: xlsxwriter.worksheet.Worksheet, sheet: Sheet) -> None:
        table = sheet.table
        page.set_column(0, 0, 34)
        page.set_column(1, len(table.columns) + 3, 13)
        page.write_string(0, 0, table.reading.question, self.title)
        line = 1
        for name, value in _reading(sheet)[1:]:
            page.write_string(line, 0, self.words[name], self.soft)
            page.write_string(line, 1, str(value), self.soft)
            line += 1
        line += 1
        heads = [sheet.rows or self.words["domain"], *(column.label for column in table.columns)]
        heads += [self.words["raw_base"], self.words["weighted_base"], self.words["effective_base"]]
        for place, head in enumerate(heads):
            page.write_string(line, place, head, self.head)
        page.freeze_panes(line + 1, 1)
        for row in table.rows:
            line += 1
            self._row(page, line, table, row)
        page.write_string(line + 2, 0, self.words["key"], self.soft)

    def _row(self, page: xlsxwriter.worksheet.Worksheet, line: int, table: ProtectedTable, row: ProtectedRow) -> None:
        label = row.label + (f" {FRAGILE}" if row.is_fragile else "")
        page.write_string(line, 0, label, self.total if row.is_total else None)
        for place, (column, cell) in enumerate(zip(table.columns, row.cells, strict=True), start=1):
            style = self.formats[column.kind, row.is_total, 0 if row.is_total else cell.sign]
            if cell.value is None:
                page.write_string(line, place, _mark(cell), style)
            else:
                page.write_number(line, place, cell.value, style)
        bases = (row.base, row.weighted_base, row.effective_base)
        for place, base in enumerate(bases, start=len(table.columns) + 1):
            style = self.formats["count", row.is_total, 0]
            if base is None:
                page.write_string(line, place, MASKED, style)
            else:
                page.write_number(line, place, base, style)

    def _detail_sheet(self, sheets: Sequence[Sheet]) -> None:
        page = self.book.add_worksheet(self.words["detail"])
        page.freeze_panes(1, 0)
        page.set_column(0, 2, 30)
        optional = tuple(dict.fromkeys(name for sheet in sheets for name in sheet.optional))
        for place, name in enumerate(("question", *_DETAIL, *optional)):
            page.write_string(0, place, self.words[name], self.head)
        line = 0
        for sheet in sheets:
            for values in _lines(sheet, optional):
                line += 1
                for place, value in enumerate((sheet.table.reading.question, *values)):
                    if isinstance(value, float | int):
                        page.write_number(line, place, value, self.exact if isinstance(value, float) else None)
                    elif value is not None:
                        page.write_string(line, place, value)


def _words(table: ProtectedTable) -> dict[str, str]:
    return _WORDS.get(table.reading.language, _WORDS["en"])


def _reading(sheet: Sheet) -> list[tuple[str, str]]:
    """The reading as lines, the question first."""
    table, reading = sheet.table, sheet.table.reading
    lines = [("question", reading.question)] + ([("rows", sheet.rows)] if sheet.rows else [])
    for name in (
        "base",
        "filter",
        "population",
        "questionnaire",
        "version",
        "wave",
        "weighting",
        "snapshot",
        "origin",
        "produced_at",
        "test",
    ):
        value = _moment(table) if name == "produced_at" else str(getattr(reading, name))
        if value or name not in ("filter", "test"):
            lines.append((name, value))
    lines.append(("hidden", str(table.hidden_cells)))
    return lines + [("note", note) for note in (*sheet.notes, *reading.notes)]


def _moment(table: ProtectedTable) -> str:
    """When the snapshot was computed, as Paris reads it."""
    moment = dt.datetime.fromisoformat(table.reading.produced_at).astimezone(PARIS)
    return f"{moment:%Y-%m-%d %H:%M} ({_words(table)['paris']})"


def _lines(sheet: Sheet, optional: Sequence[str]) -> Iterator[Line]:
    """Every value of a table with everything that goes with it."""
    table = sheet.table
    for row in table.rows:
        for place, (column, cell) in enumerate(zip(table.columns, row.cells, strict=True)):
            gap = sheet.gaps.rows[row.code][place] if sheet.gaps else None
            more = _optional(column, cell, gap, row.is_total)
            yield (*_detail(table, row, column, cell), *(more[name] for name in optional))


def _optional(column: Column, cell: Cell, gap: Gap | None, is_total: bool) -> dict[str, float | int | None]:
    scale = 1.0 if column.kind in _IN_UNITS else 100.0
    figures = (None,) * 3 if gap is None else (gap.value * scale, gap.low * scale, gap.high * scale)
    return {
        "weighted": cell.weighted,
        "index": cell.index,
        "sign": None if is_total or cell.is_hidden else cell.sign,
        **dict(zip(("gap", "gap_low", "gap_high"), figures, strict=True)),
        "gap_sign": None if gap is None else gap.sign,
    }


def _detail(table: ProtectedTable, row: ProtectedRow, column: Column, cell: Cell) -> Line:
    """One value with its interval and bases; percentages are written as percentages."""
    scale = 1.0 if column.kind in _IN_UNITS else 100.0
    numbers = [None if one is None else one * scale for one in (cell.value, cell.low, cell.high, cell.se)]
    return (
        row.label,
        column.label,
        _words(table)[column.kind],
        *numbers,
        cell.count,
        cell.base,
        row.base,
        row.weighted_base,
        row.effective_base,
        _mark(cell) or (FRAGILE if cell.is_fragile else None),
    )


def _mark(cell: Cell) -> str:
    if cell.mask is None:
        return ""
    return "–" if cell.mask is Mask.NO_ANSWER else MASKED


def _in_csv(value: str | float | int | None, is_french: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        text = f"{value:.6f}"
        return text.replace(".", ",") if is_french else text
    return safe_cell(value) if isinstance(value, str) else str(value)
