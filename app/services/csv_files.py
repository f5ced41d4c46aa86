"""CSV as the spreadsheets of a language read it: semicolons in French, commas elsewhere; UTF-8 with its mark."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

MARK = "\ufeff"
"""At the head of a file: it tells spreadsheets the encoding."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_text(rows: Iterable[Iterable[str]], language: str) -> str:
    """The rows, whose cells are written already: numbers with the mark of the language, texts by `safe_cell`."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";" if language == "fr" else ",", lineterminator="\r\n")
    writer.writerows(rows)
    return text.getvalue()


def csv_file(rows: Iterable[Iterable[str]], language: str) -> bytes:
    """The same as a file."""
    return (MARK + csv_text(rows, language)).encode()


def safe_cell(text: str) -> str:
    """A cell that a spreadsheet would take for a formula is marked as text."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
