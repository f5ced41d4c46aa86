"""`flask waves`: the trial wave of the first start, the demonstration, opening and closing."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.cli.held import platform, said_plainly
from app.services import fieldwork, folding, margins, simulation, snapshots, trial

waves = AppGroup("waves", help="Waves: one period of fieldwork each.")


@waves.command("seed-trial")
def seed_trial() -> None:
    """Make the shipped questionnaires and their open trial wave, if they are not there."""
    with platform().database.transaction() as session:
        wave = trial.seed_trial(session, platform().settings.organisation)
        click.echo(wave.key)


@waves.command("demo")
@click.option("--respondents", default=2_400, show_default=True, type=click.IntRange(1, 200_000))
def demo(respondents: int) -> None:
    """Make a wave of simulated respondents, answered through the real core, folded and weighted."""
    held = platform()
    with held.database.transaction() as session:
        wave = trial.seed_demo(session, held.settings.organisation)
        key, wave_id, questionnaire = wave.key, wave.id, wave.version.questionnaire.key
    recipe = margins.read_margins(questionnaire, trial.MARGINS)
    with click.progressbar(length=respondents, label="Réponses simulées") as bar:
        for done in simulation.simulate(held.database, key, respondents, recipe, held.settings.secret_key, wave_id):
            bar.update(done - bar.pos)
    click.echo("Agrégation…")
    folding.fold_wave(held.database, held.storage, None, wave_id)
    snapshots.refresh_snapshot(held.database, held.storage, wave_id)
    click.echo(f"Vague de démonstration prête : /analyse/{key}/")


@waves.command("list")
def list_waves() -> None:
    """Every wave: key, status, origin, complete responses."""
    with platform().database.reading() as session:
        for wave in fieldwork.list_waves(session):
            click.echo(f"{wave.key}\t{wave.status}\t{wave.origin}\t{wave.complete}")


@waves.command("open")
@click.argument("key")
def open_wave(key: str) -> None:
    """Open the wave KEY."""
    with (
        said_plainly(fieldwork.WaveNotFound, fieldwork.NoticeIsIncomplete),
        platform().database.transaction() as session,
    ):
        fieldwork.open_wave(session, fieldwork.get_wave(session, key, is_locked=True))


@waves.command("close")
@click.argument("key")
def close_wave(key: str) -> None:
    """Close the wave KEY."""
    with said_plainly(fieldwork.WaveNotFound), platform().database.transaction() as session:
        fieldwork.close_wave(session, fieldwork.get_wave(session, key, is_locked=True))
