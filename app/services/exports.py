"""Files of protected tables: CSV and XLSX. The same tables give the same bytes."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import xlsxwriter

from app.estimation.disclosure import Cell, Mask, ProtectedRow, ProtectedTable
from app.estimation.tables import Column
from app.services.codebooks import safe_cell

PARIS = ZoneInfo("Europe/Paris")
BOM = "\ufeff"
MASKED = "c"
FRAGILE = "*"

_WORDS = {
    "fr": {
        "question": "Question",
        "base": "Base",
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
        "percent": "%",
        "subtotal": "% (sous-total)",
        "mean": "moyenne",
        "table": "Tableau",
        "detail": "Détail",
        "contents": "Sommaire",
        "key": "c : valeur masquée pour protéger les répondants ; * : base fragile, moins de 100 réponses ; "
        "– : sans réponse.",
    },
    "en": {
        "question": "Question",
        "base": "Base",
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
        "percent": "%",
        "subtotal": "% (net)",
        "mean": "mean",
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


def csv_file(table: ProtectedTable) -> bytes:
    """One line per domain and answer, unrounded; the reading stands above in lines that begin with #.

    French: semicolons and decimal commas; else commas and points. UTF-8 with a byte order mark, for Excel.
    """
    is_french = table.reading.language == "fr"
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";" if is_french else ",", lineterminator="\r\n")
    words = _words(table)
    for name, value in _reading(table):
        writer.writerow([f"# {words[name]}", safe_cell(value)])
    writer.writerow([words[name] for name in _DETAIL])
    for row in table.rows:
        for column, cell in zip(table.columns, row.cells, strict=True):
            line = _detail(table, row, column, cell)
            writer.writerow([_in_csv(value, is_french) for value in line])
    return (BOM + text.getvalue()).encode()


def xlsx_file(tables: Sequence[ProtectedTable]) -> bytes:
    """A workbook: one sheet per table as the page shows it, then every value with its interval.

    With several tables, a first sheet lists them with links.
    """
    if not tables:
        raise ValueError("a workbook needs a table")
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    # The moment of the snapshot, not of the download: the same snapshot gives the same bytes.
    produced = dt.datetime.fromisoformat(tables[0].reading.produced_at).replace(tzinfo=None)
    words = _words(tables[0])
    book.set_properties({"title": tables[0].reading.wave, "comments": words["key"], "created": produced})
    _Workbook(book, words).write(tables)
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
        self.formats = {
            (kind, is_total): book.add_format(
                {"num_format": code, "bold": is_total, "align": "right"} | ({"bg_color": "#F3EEE4"} if is_total else {})
            )
            for kind, code in (("percent", "0%"), ("subtotal", "0%"), ("mean", "0.0"), ("count", "#,##0"))
            for is_total in (False, True)
        }
        self.exact = book.add_format({"num_format": "0.000000"})

    def write(self, tables: Sequence[ProtectedTable]) -> None:
        """Every sheet, in order."""
        names = [f"{self.words['table']} {number}" for number in range(1, len(tables) + 1)]
        if len(tables) > 1:
            self._contents(tables, names)
        for table, name in zip(tables, names, strict=True):
            self._table(self.book.add_worksheet(name), table)
        self._detail_sheet(tables)

    def _contents(self, tables: Sequence[ProtectedTable], names: Sequence[str]) -> None:
        sheet = self.book.add_worksheet(self.words["contents"])
        sheet.set_column(0, 0, 14)
        sheet.set_column(1, 1, 110)
        sheet.write_string(0, 0, tables[0].reading.wave, self.title)
        for line, (table, name) in enumerate(zip(tables, names, strict=True), start=2):
            sheet.write_url(line, 0, f"internal:'{name}'!A1", string=name)
            by = "" if len(table.rows) == 1 else f" ({table.rows[1].label}, …)"
            sheet.write_string(line, 1, table.reading.question + by)

    def _table(self, sheet: xlsxwriter.worksheet.Worksheet, table: ProtectedTable) -> None:
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, len(table.columns) + 3, 13)
        sheet.write_string(0, 0, table.reading.question, self.title)
        line = 1
        for name, value in _reading(table)[1:]:
            sheet.write_string(line, 0, self.words[name], self.soft)
            sheet.write_string(line, 1, str(value), self.soft)
            line += 1
        line += 1
        heads = [self.words["domain"], *(column.label for column in table.columns)]
        heads += [self.words["raw_base"], self.words["weighted_base"]]
        for place, head in enumerate(heads):
            sheet.write_string(line, place, head, self.head)
        sheet.freeze_panes(line + 1, 1)
        for row in table.rows:
            line += 1
            self._row(sheet, line, table, row)
        sheet.write_string(line + 2, 0, self.words["key"], self.soft)

    def _row(self, sheet: xlsxwriter.worksheet.Worksheet, line: int, table: ProtectedTable, row: ProtectedRow) -> None:
        label = row.label + (f" {FRAGILE}" if row.is_fragile else "")
        sheet.write_string(line, 0, label, self.total if row.is_total else None)
        for place, (column, cell) in enumerate(zip(table.columns, row.cells, strict=True), start=1):
            style = self.formats[column.kind, row.is_total]
            if cell.value is None:
                sheet.write_string(line, place, _mark(cell), style)
            else:
                sheet.write_number(line, place, cell.value, style)
        bases = (row.base, row.weighted_base)
        for place, base in enumerate(bases, start=len(table.columns) + 1):
            style = self.formats["count", row.is_total]
            if base is None:
                sheet.write_string(line, place, MASKED, style)
            else:
                sheet.write_number(line, place, base, style)

    def _detail_sheet(self, tables: Sequence[ProtectedTable]) -> None:
        sheet = self.book.add_worksheet(self.words["detail"])
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 2, 30)
        for place, name in enumerate(("question", *_DETAIL)):
            sheet.write_string(0, place, self.words[name], self.head)
        line = 0
        for table in tables:
            for row in table.rows:
                for column, cell in zip(table.columns, row.cells, strict=True):
                    line += 1
                    values = (table.reading.question, *_detail(table, row, column, cell))
                    for place, value in enumerate(values):
                        if isinstance(value, float | int):
                            sheet.write_number(line, place, value, self.exact if isinstance(value, float) else None)
                        elif value is not None:
                            sheet.write_string(line, place, value)


def _words(table: ProtectedTable) -> dict[str, str]:
    return _WORDS.get(table.reading.language, _WORDS["en"])


def _reading(table: ProtectedTable) -> list[tuple[str, str]]:
    """The reading as lines, the question first."""
    reading = table.reading
    lines = [
        (name, _moment(table) if name == "produced_at" else str(getattr(reading, name)))
        for name in (
            "question",
            "base",
            "population",
            "questionnaire",
            "version",
            "wave",
            "weighting",
            "snapshot",
            "origin",
            "produced_at",
        )
    ]
    lines.append(("hidden", str(table.hidden_cells)))
    return lines + [("note", note) for note in reading.notes]


def _moment(table: ProtectedTable) -> str:
    """When the snapshot was computed, as Paris reads it."""
    moment = dt.datetime.fromisoformat(table.reading.produced_at).astimezone(PARIS)
    return f"{moment:%Y-%m-%d %H:%M} ({_words(table)['paris']})"


def _detail(
    table: ProtectedTable, row: ProtectedRow, column: Column, cell: Cell
) -> tuple[str | float | int | None, ...]:
    """One value with everything that goes with it; percentages are written as percentages."""
    scale = 1.0 if column.kind == "mean" else 100.0
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
