"""The files of a request: exactly the tables that the page shows."""

from __future__ import annotations

from app.services.exports import Sheet, csv_sheets, xlsx_sheets
from app.services.workspace.making import Made, MadeBlock
from app.services.workspace.words import association_sentence, gap_note


def csv_of(made: Made) -> bytes:
    """The tables one after another."""
    return csv_sheets([_sheet(one) for one in made.blocks])


def xlsx_of(made: Made) -> bytes:
    """A workbook with a sheet a table."""
    return xlsx_sheets([_sheet(one) for one in made.blocks])


def _sheet(block: MadeBlock) -> Sheet:
    language = block.table.reading.language
    notes = [association_sentence(block.association, language)] if block.association else []
    notes += [gap_note(block.gaps, language)] if block.gaps else []
    return Sheet(block.table, block.label, tuple(notes), block.gaps)
