"""`flask questionnaires print`: a version on paper."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.held import platform, said_plainly
from app.services import authoring
from app.services.drafting import VersionNotFound
from app.services.printing import print_questionnaire


@click.command("print")
@click.argument("key")
@click.argument("version")
@click.option("--language", help="One of the questionnaire's; by default its first.")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The PDF file.")
def print_version(key: str, version: str, language: str | None, output: Path) -> None:
    """Write VERSION of the questionnaire KEY as a PDF (PDF/UA-1) to be printed or archived."""
    with platform().database.reading() as session, said_plainly(VersionNotFound):
        summary = authoring.find_version(session, key, version)
        if summary is None:
            raise VersionNotFound(f"{key} {version}")
        model = authoring.get_version(session, summary.id)[1]
    language = language or model.first_language
    if language not in model.languages:
        raise click.BadParameter(f"{language}: {', '.join(model.languages)}", param_hint="--language")
    output.write_bytes(print_questionnaire(model, language, summary.content_hash))
    click.echo(str(output))
