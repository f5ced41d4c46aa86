"""`flask aggregates`: folding, recounting and sweeping without the worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from flask.cli import AppGroup

from app.cli.held import platform, said_plainly
from app.services import fieldwork, folding, partials, snapshots

aggregates = AppGroup("aggregates", help="Segments, tallies and snapshots.")


def _wave_id(key: str) -> int:
    with said_plainly(fieldwork.WaveNotFound), platform().database.reading() as session:
        return fieldwork.get_wave(session, key).id


@contextmanager
def _progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal, and what tells it (done, total)."""
    with click.progressbar(length=1, label=label) as bar:

        def tell(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        yield tell


def _verify(wave_id: int) -> int:
    """Recount a wave with a bar; how many responses it has. A difference is said, and exits with 1."""
    held = platform()
    with said_plainly(snapshots.AggregatesDiffer), _progress("Recomptage") as tell:
        return snapshots.verify_wave(held.database, held.storage, wave_id, tell).n


@aggregates.command("fold")
@click.argument("wave")
def fold(wave: str) -> None:
    """Fold what waits in a WAVE and make its snapshot."""
    held, wave_id = platform(), _wave_id(wave)
    count = folding.fold_wave(held.database, held.storage, None, wave_id)
    snapshots.refresh_snapshot(held.database, held.storage, wave_id)
    click.echo(f"{count} envois repliés.")


@aggregates.command("collect")
@click.argument("wave")
def collect(wave: str) -> None:
    """Count the responses that were begun and left, in a WAVE that declares it."""
    count = partials.collect_partials(platform().database, None, _wave_id(wave))
    click.echo(f"Envois pour des réponses partielles : {count}.")


@aggregates.command("verify")
@click.argument("wave")
def verify(wave: str) -> None:
    """Recount a WAVE from its submissions; exit with 1 when its segments differ."""
    count = _verify(_wave_id(wave))
    click.echo(f"{count} réponses : les agrégats sont égaux au recomptage.")


@aggregates.command("rebuild")
@click.argument("wave")
def rebuild(wave: str) -> None:
    """Make the segments of a WAVE anew from its submissions, then recount it: after a loss, or a difference."""
    held, wave_id = platform(), _wave_id(wave)
    with held.database.transaction() as session:
        folding.unfold_wave(session, wave_id)
    with held.database.reading() as session:
        total = folding.count_unfolded(session, wave_id)
    with _progress("Repliement") as tell:
        count = folding.fold_wave(held.database, held.storage, None, wave_id, lambda done: tell(done, total))
    snapshots.refresh_snapshot(held.database, held.storage, wave_id)
    click.echo(f"{count} envois repliés à nouveau.")
    click.echo(f"{_verify(wave_id)} réponses : les agrégats sont égaux au recomptage.")


@aggregates.command("sweep")
@click.option(
    "--older-than",
    default=folding.ORPHAN_SECONDS,
    show_default=True,
    type=click.IntRange(0),
    help="Seconds before a file without a row is taken for an orphan.",
)
def sweep(older_than: int) -> None:
    """Delete the files that no row names: what processes killed in the middle have left."""
    held = platform()
    count = folding.sweep_files(held.database, held.storage, older_than)
    click.echo(f"Fichiers supprimés : {count}.")
