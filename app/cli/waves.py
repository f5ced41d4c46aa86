"""`flask waves`: the trial wave of the first start, the demonstration, window, opening, pause and closing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import click
from click.core import ParameterSource
from flask.cli import AppGroup

from app.cli.held import platform, said_plainly
from app.estimation.disclosure import Policy
from app.models.fieldwork import BASES
from app.services import fieldwork, folding, proving, simulation, snapshots, tallies, trial, windows
from app.services.method import nonresponse
from app.services.method import sheet as method
from app.services.weightings import margins

waves = AppGroup("waves", help="Waves: one period of fieldwork each.")


@waves.command("seed-trial")
def seed_trial() -> None:
    """Make the shipped questionnaires and their open trial wave, if they are not there."""
    trial.prepare(platform().database)
    with platform().database.transaction() as session:
        wave = trial.seed_trial(session, platform().settings.organisation)
        click.echo(wave.key)


@waves.command("demo")
@click.option("--respondents", default=2_400, show_default=True, type=click.IntRange(1, 200_000))
@click.option(
    "--version",
    default=trial.VERSION,
    show_default=True,
    type=click.Choice([file.stem for file in trial.shipped_files(trial.QUESTIONNAIRE)]),
    help="Two of them make a trend.",
)
def demo(respondents: int, version: str) -> None:
    """Make a wave of simulated respondents, answered through the real core, folded and weighted."""
    held = platform()
    trial.prepare(held.database)
    with held.database.transaction() as session:
        wave = trial.seed_demo(session, held.settings.organisation, version)
        key, wave_id, questionnaire = wave.key, wave.id, wave.version.questionnaire.key
        covering = proving.covering_of(session, wave.version_id)
    recipe = margins.read_margins(questionnaire, trial.MARGINS)
    with click.progressbar(length=respondents, label="Réponses simulées") as bar:
        people = simulation.simulate(
            held.database, key, respondents, recipe, held.settings.secret_key, wave_id, covering
        )
        for done in people:
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


def _read_time(_ctx: click.Context, _option: click.Parameter, value: str | None) -> dt.datetime | None:
    """A time of Paris, 2026-10-25T23:59, as a moment in UTC; an empty text takes the limit away."""
    if not value:
        return None
    try:
        return windows.read_paris(value)
    except windows.TimeDoesNotExist as gap:
        nearest = f"{gap.before:%H:%M} ou {gap.after:%H:%M}"
        raise click.BadParameter(f"{value} n’existe pas à Paris ; le plus proche : {nearest}.") from gap
    except windows.TimeIsMalformed as error:
        raise click.BadParameter(f"{value} n’est pas une date et une heure, comme 2026-10-25T23:59.") from error


@waves.command("schedule")
@click.argument("key")
@click.option("--opens", callback=_read_time, help="When people may begin, Paris time; '' for at once.")
@click.option("--closes", callback=_read_time, help="From when on nothing is taken, Paris time; '' for no end.")
@click.option("--access", type=click.Choice(["link", "personal"]), help="Who may answer.")
@click.option("--basis", type=click.Choice(BASES), help="The legal basis of the study.")
@click.option("--correct/--no-correct", "may_correct", default=None, help="Whether sent answers may be corrected.")
@click.option(
    "--partial/--no-partial", "counts_partial", default=None, help="Whether responses begun and left are counted."
)
def schedule(key: str, **_options: object) -> None:
    """Set the window, the access and the legal basis of the wave KEY; what is not said stays."""
    ctx = click.get_current_context()
    names = {"opens": "opens_at", "closes": "closes_at"}
    default = ParameterSource.DEFAULT
    said: dict[str, Any] = {
        names.get(name, name): value
        for name, value in ctx.params.items()
        if name != "key" and ctx.get_parameter_source(name) is not default
    }
    with (
        said_plainly(fieldwork.WaveNotFound, fieldwork.WindowIsEmpty, fieldwork.BasisIsMissing),
        platform().database.transaction() as session,
    ):
        wave = fieldwork.get_wave(session, key, is_locked=True)
        fieldwork.set_schedule(session, wave, replace(fieldwork.schedule_of(wave), **said))
        click.echo(f"{key}\t{fieldwork.status_now(wave)}")


@waves.command("method")
@click.argument("key")
def method_command(key: str) -> None:
    """Print the method sheet of the wave KEY: name, value, a line each; then the rates of its questions as CSV."""
    held = platform()
    with said_plainly(fieldwork.WaveNotFound), held.database.snapshot() as session:
        wave = fieldwork.get_wave(session, key)
        sheet, policy = method.method_sheet(session, wave, "fr"), Policy(**wave.policy)
        rates = nonresponse.question_rates(held.storage, tallies.read_inputs(session, wave.id), policy, "fr")
    for name, value in method.lines(sheet):
        click.echo(f"{name}\t{value}")
    click.echo(nonresponse.rates_file(rates, "fr").decode("utf-8-sig"), nl=False)


@waves.command("open")
@click.argument("key")
def open_wave(key: str) -> None:
    """Open the wave KEY, or let a paused one go on."""
    with (
        said_plainly(
            fieldwork.WaveNotFound, fieldwork.NoticeIsIncomplete, fieldwork.BasisIsMissing, fieldwork.WindowIsOver
        ),
        platform().database.transaction() as session,
    ):
        fieldwork.open_wave(session, fieldwork.get_wave(session, key, is_locked=True))


@waves.command("pause")
@click.argument("key")
def pause_wave(key: str) -> None:
    """Pause the wave KEY: nothing is taken until it is opened again, nothing is lost."""
    with said_plainly(fieldwork.WaveNotFound), platform().database.transaction() as session:
        fieldwork.pause_wave(session, fieldwork.get_wave(session, key, is_locked=True))


@waves.command("close")
@click.argument("key")
def close_wave(key: str) -> None:
    """Close the wave KEY; what joins personal codes to responses is dropped for good."""
    with said_plainly(fieldwork.WaveNotFound), platform().database.transaction() as session:
        fieldwork.close_wave(session, fieldwork.get_wave(session, key, is_locked=True))
