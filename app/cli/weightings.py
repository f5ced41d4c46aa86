"""`flask weightings`: list, import from a file of margins, run, use.

Exit status: 0 when it is done, 1 when a problem forbids it (each is told), 2 when the command is not understood.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
from flask.cli import AppGroup

from app.cli.held import platform, said_plainly
from app.estimation.disclosure import Policy
from app.services import authoring, fieldwork, jobs, snapshots
from app.services.weightings import keeping as service
from app.services.weightings import margins, recipes
from app.services.weightings import running as weighting_runs
from app.services.weightings import words as weighting_words
from app.services.weightings.keeping import RecipeIsInvalid, WeightingSummary
from app.services.weightings.recipes import RecipeProblem
from questionnaires.model import Questionnaire

weightings = AppGroup("weightings", help="Weightings of a wave: margins, runs, the one in use.")

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
EXPECTED = (
    fieldwork.WaveNotFound,
    margins.MarginsAreInvalid,
    service.WeightingNotFound,
    service.WeightingIsFrozen,
    service.WeightingIsNotADraft,
    service.WeightingIsNotDone,
    service.FrozenIsInUse,
)
LANGUAGE = "fr"


@weightings.command("list")
@click.argument("key")
def list_weightings(key: str) -> None:
    """Every weighting of the wave KEY: number, status, method, design effect, effective size, name."""
    with said_plainly(*EXPECTED), platform().database.reading() as session:
        wave = fieldwork.get_wave(session, key)
        for one in reversed(service.list_weightings(session, wave.id)):
            cost = _cost(one, Policy(**wave.policy))
            click.echo("\t".join([str(one.number), _status(one), one.recipe["method"], *cost, one.label]))


def _status(one: WeightingSummary) -> str:
    marks = [one.status, *(["in-use"] if one.in_use else []), *(["frozen"] if one.frozen_at else [])]
    return "+".join(marks)


def _cost(one: WeightingSummary, policy: Policy) -> list[str]:
    """Design effect and effective size, nothing where they may not be shown."""
    if not weighting_runs.may_show_cost(one.diagnostics, policy):
        return ["-", "-"]
    return [f"{one.diagnostics['design_effect']:.3f}", f"{one.diagnostics['effective_size']:.0f}"]


@weightings.command("import")
@click.argument("key")
@click.argument("file", type=FILE)
@click.option("--label", default="", help="Its name; that of the file by default.")
def import_margins(key: str, file: Path, label: str) -> None:
    """Make a draft of the wave KEY from a FILE of margins (YAML), its problems told; exit with 1 when one blocks."""
    with said_plainly(*EXPECTED), platform().database.transaction() as session:
        recipe = margins.read_margins_file(file)
        wave = fieldwork.get_wave(session, key, is_locked=True)
        row = service.create_draft(session, wave, recipe=recipe, label=label)
        _, questionnaire = authoring.get_version(session, wave.version_id)
        number, problems = row.number, recipes.check_recipe(recipe, questionnaire)
    click.echo(f"{key}\t{number}\tdraft")
    _tell(problems, recipe, questionnaire)
    if not recipes.is_runnable(problems):
        raise SystemExit(1)


@weightings.command("run")
@click.argument("key")
@click.argument("number", type=int)
def run(key: str, number: int) -> None:
    """Find the weights of the draft NUMBER of the wave KEY, here and now; exit with 1 when there are none."""
    held = platform()
    with said_plainly(*EXPECTED), held.database.transaction() as session:
        wave = fieldwork.get_wave(session, key, is_locked=True)
        row = service.get_weighting(session, wave.id, number, is_locked=True)
        _, questionnaire = authoring.get_version(session, wave.version_id)
        recipe, wave_id, policy = row.recipe, wave.id, Policy(**wave.policy)
        try:
            job_id = service.request_run(session, None, wave, row).id
        except RecipeIsInvalid as refusal:
            _tell(refusal.problems, recipe, questionnaire)
            raise SystemExit(1) from refusal
    with jobs.running(held.database, job_id) as ids:
        if ids is not None:
            weighting_runs.run_weighting(held.database, held.storage, ids[0], job_id)
    with held.database.reading() as session:
        one = service.read_weighting(session, wave_id, number)
    click.echo("\t".join([key, str(number), one.status, *_cost(one, policy)]))
    if one.problem:
        click.echo(weighting_words.say_run_problem(one.problem, questionnaire, LANGUAGE), err=True)
        raise SystemExit(1)


@weightings.command("use")
@click.argument("key")
@click.argument("number", type=int)
@click.option("--replacing", type=int, help="The frozen weighting in use that is replaced, by its number.")
def use(key: str, number: int, replacing: int | None) -> None:
    """Weight the tables of the wave KEY by the weighting NUMBER, from now on."""
    held = platform()
    with said_plainly(*EXPECTED), held.database.transaction() as session:
        wave = fieldwork.get_wave(session, key, is_locked=True)
        row = service.get_weighting(session, wave.id, number, is_locked=True)
        service.use_weighting(session, held.sender, wave, row, replacing=replacing)
        wave_id = wave.id
    snapshots.refresh_snapshot(held.database, held.storage, wave_id)
    click.echo(f"{key}\t{number}\tin-use")


def _tell(problems: Iterable[RecipeProblem], recipe: recipes.Document, questionnaire: Questionnaire) -> None:
    """Each problem on its line, where it is first."""
    for problem in problems:
        words = weighting_words.say_recipe_problem(problem, questionnaire, LANGUAGE)
        place = problem.place
        name = recipe["margins"][place[1]]["name"] if place[0] == "margins" and len(place) > 1 else place[0]
        kind = "" if problem.is_blocking else "avertissement, "
        click.echo(f"{kind}{name}\u00a0: {words}", err=True)
