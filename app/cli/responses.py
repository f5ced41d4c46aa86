"""`flask responses`: what a respondent may ask the Observatoire to do."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.cli.held import platform
from app.services import responding

responses = AppGroup("responses", help="Responses, by their receipt code.")


@responses.command("withdraw")
@click.argument("code")
def withdraw(code: str) -> None:
    """Erase the answers behind a CODE, sent or not; they leave the aggregates."""
    held = platform()
    with held.database.transaction() as session:
        is_found = responding.withdraw_response(session, code, held.settings.secret_key, held.sender)
    if not is_found:
        raise click.ClickException("Aucune réponse ne porte ce code, ou elle est déjà retirée.")
    click.echo("Réponse retirée : ses réponses sont effacées et ne comptent plus.")
