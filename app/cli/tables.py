"""`flask tables`: the tables of the workspace from the command line, by the same service."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from app.cli.held import platform
from app.estimation.disclosure import Cell, Mask, ProtectedTable
from app.estimation.tables import Column
from app.services.workspace import (
    CORRECTIONS,
    INTERVALS,
    STATISTICS,
    TESTS,
    Made,
    MadeBlock,
    RequestIsInvalid,
    TableRequest,
    association_sentence,
    gap_note,
    make_tables,
    problem_sentence,
    read_request,
)
from app.services.workspace.files import csv_of, xlsx_of

SIGNS = {2: "++", 1: "+", 0: "", -1: "-", -2: "--"}
WIDEST = 40


@click.command("tables", help="One table of a WAVE, as the workspace makes it.")
@click.argument("wave")
@click.option("--question", required=True, help="The variable in columns.")
@click.option("--by", multiple=True, help="A variable in rows; several make one block each.")
@click.option("--crossed", is_flag=True, help="Cross the two variables in rows.")
@click.option("--filter", "rule", default="", help="A rule: who is kept.")
@click.option("--weighting", default="", help="A number, or none; by default the one in use.")
@click.option("--statistics", multiple=True, help=f"Among {', '.join(STATISTICS)}.")
@click.option("--interval", default="auto", show_default=True, help=f"Among {', '.join(INTERVALS)}.")
@click.option("--test", default="none", show_default=True, help=f"Among {', '.join(TESTS)}.")
@click.option("--correction", default="none", show_default=True, help=f"Among {', '.join(CORRECTIONS)}.")
@click.option("--compared", default="", help="Another wave, to give the differences with.")
@click.option("--language", default="fr", show_default=True, type=click.Choice(["fr", "en"]))
@click.option("--format", "kind", default="text", show_default=True, type=click.Choice(["text", "csv", "xlsx"]))
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file; by default the screen.")
@with_appcontext
def tables(
    wave: str, rule: str, kind: str, language: str, output: Path | None, crossed: bool, **asked: str | tuple[str, ...]
) -> None:
    """Make the table and write it; exit status 1, and every problem in words, when it cannot be made."""
    values = {name: [one] if isinstance(one, str) else list(one) for name, one in asked.items()}
    request = read_request(wave, {**values, "filter": [rule], "crossed": ["1" if crossed else ""]})
    if kind == "xlsx" and output is None:
        raise click.ClickException("Un classeur s’écrit dans un fichier : ajoutez --output FICHIER.")
    made = _make(request, language)
    content = {"csv": csv_of, "xlsx": xlsx_of, "text": _text}[kind](made)
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise click.ClickException(f"Le fichier {output} ne peut pas être écrit : {error.strerror}.") from error
    click.echo(f"{output} : {len(content)} octets.")


def _make(request: TableRequest, language: str) -> Made:
    held = platform()
    with held.database.reading() as session:
        try:
            return make_tables(session, held.storage, request, language)
        except RequestIsInvalid as error:
            said = [f"--{one.field} : {problem_sentence(one, 'fr')}" for one in error.problems]
            raise click.ClickException("\n".join(dict.fromkeys(said))) from error


def _text(made: Made) -> bytes:
    return "\n\n".join(_block(one) for one in made.blocks).encode() + b"\n"


def _block(block: MadeBlock) -> str:
    """A table as columns of text, its reading above and its notes under it."""
    table, reading = block.table, block.table.reading
    head = [reading.question, reading.base, *([reading.filter] if reading.filter else [])]
    head.append(f"{reading.wave} · {reading.weighting} · {reading.snapshot} · {reading.origin}")
    lines = [[block.label, *(column.label for column in table.columns), "Base"]]
    for row in table.rows:
        base = "c" if row.base is None else str(row.base)
        label = row.label + (" *" if row.is_fragile and row.base is not None else "")
        cells = [_cell(one, column) for one, column in zip(row.cells, table.columns, strict=True)]
        lines.append([label, *cells, base])
    notes = [reading.test] if reading.test else []
    notes += [association_sentence(block.association, reading.language)] if block.association else []
    notes += [gap_note(block.gaps, reading.language), *_gaps(block, table)] if block.gaps else []
    return "\n".join([*head, "", *_aligned(lines), "", *notes, *reading.notes])


def _cell(cell: Cell, column: Column) -> str:
    if cell.value is None:
        return "–" if cell.mask is Mask.NO_ANSWER else "c"
    scale, decimals = (100, 0) if column.kind in ("percent", "subtotal") else (1, 1)
    reach = ""
    if cell.low is not None and cell.high is not None:
        low, high = (f"{one * scale:.{decimals}f}" for one in (cell.low, cell.high))
        reach = f" [{low} ; {high}]"
    return f"{cell.value * scale:.{decimals}f}{reach} {SIGNS[cell.sign]}".rstrip()


def _gaps(block: MadeBlock, table: ProtectedTable) -> list[str]:
    """The differences, one line each."""
    if block.gaps is None:
        return []
    found = []
    for row in table.rows:
        for column, gap in zip(table.columns, block.gaps.rows[row.code], strict=True):
            if gap is not None:
                scale = 100 if column.kind in ("percent", "subtotal") else 1
                figures = f"{gap.value * scale:+.1f} [{gap.low * scale:+.1f} ; {gap.high * scale:+.1f}]"
                found.append(f"  {row.label} – {column.label} : {figures} {SIGNS[gap.sign]}".rstrip())
    return found


def _aligned(lines: list[list[str]]) -> list[str]:
    """Words to the left, figures to the right; a long word is cut."""
    cut = [[one if len(one) <= WIDEST else one[: WIDEST - 1] + "…" for one in line] for line in lines]
    widths = [max(len(line[place]) for line in cut) for place in range(len(cut[0]))]
    return [
        "  ".join(
            one.ljust(width) if place == 0 else one.rjust(width)
            for place, (one, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cut
    ]
