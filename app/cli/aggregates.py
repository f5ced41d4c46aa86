"""`flask aggregates`: folding and recounting without the worker."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.cli.held import platform, said_plainly
from app.services import fieldwork, folding, snapshots

aggregates = AppGroup("aggregates", help="Segments, tallies and snapshots.")


@aggregates.command("fold")
@click.argument("wave")
def fold(wave: str) -> None:
    """Fold what waits in a WAVE and make its snapshot."""
    held = platform()
    with said_plainly(fieldwork.WaveNotFound), held.database.reading() as session:
        wave_id = fieldwork.get_wave(session, wave).id
    count = folding.fold_wave(held.database, held.storage, None, wave_id)
    snapshots.refresh_snapshot(held.database, held.storage, wave_id)
    click.echo(f"{count} envois repliés.")


@aggregates.command("verify")
@click.argument("wave")
def verify(wave: str) -> None:
    """Recount a WAVE from its submissions; exit with 1 when its segments differ."""
    held = platform()
    with said_plainly(fieldwork.WaveNotFound), held.database.reading() as session:
        wave_id = fieldwork.get_wave(session, wave).id
    with said_plainly(snapshots.AggregatesDiffer):
        tally = snapshots.verify_wave(held.database, held.storage, wave_id)
    click.echo(f"{tally.n} réponses : les agrégats sont égaux au recomptage.")


@aggregates.command("rebuild")
@click.argument("wave")
def rebuild(wave: str) -> None:
    """Make the segments of a WAVE anew from its submissions, after a loss of the storage."""
    held = platform()
    with said_plainly(fieldwork.WaveNotFound), held.database.transaction() as session:
        wave_id = fieldwork.get_wave(session, wave).id
        folding.unfold_wave(session, wave_id)
    count = folding.fold_wave(held.database, held.storage, None, wave_id)
    snapshots.refresh_snapshot(held.database, held.storage, wave_id)
    click.echo(f"{count} envois repliés à nouveau.")
