"""`flask questionnaires`: files and versions."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from app.cli.held import platform, said_plainly
from app.services import authoring
from app.services.problem_messages import message
from questionnaires import definition
from questionnaires.problems import DefinitionIsInvalid

questionnaires = AppGroup("questionnaires", help="Questionnaire files and versions.")


@questionnaires.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--language", default="fr", type=click.Choice(["fr", "en"]))
def check(files: tuple[Path, ...], language: str) -> None:
    """Check FILES: every problem with its line; exit with 1 when there is one."""
    is_clean = True
    for path in files:
        try:
            model = definition.read(path.read_bytes())
            click.echo(f"{path}: {len(model.questions)} questions, sans problème.")
        except DefinitionIsInvalid as error:
            is_clean = False
            for problem in error.problems:
                click.echo(f"{path}:{problem.place.line or 1}: {message(problem, language)}")
    if not is_clean:
        raise SystemExit(1)


@questionnaires.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--publish", is_flag=True, help="Publish the version at once.")
def import_file(file: Path, publish: bool) -> None:
    """Keep FILE as a draft version, or publish it."""
    with (
        said_plainly(DefinitionIsInvalid, authoring.VersionIsFrozen),
        platform().database.transaction() as session,
    ):
        version = authoring.import_version(session, file.read_bytes())
        if publish:
            authoring.publish_version(session, version.id)
        click.echo(f"{version.questionnaire.key} {version.name} : {version.status}.")
