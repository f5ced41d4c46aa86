"""`flask invitations`: personal codes of a wave, written once on the standard output."""

from __future__ import annotations

from typing import TextIO

import click
from flask.cli import AppGroup

from app.cli.held import platform, said_plainly
from app.services import authoring, fieldwork
from app.services.invitations import TableIsMalformed, TooManyCodes, create_invitations, read_table, write_codes

invitations = AppGroup("invitations", help="Personal codes: each opens one response.")


@invitations.command("create")
@click.argument("key")
@click.option("--count", type=click.IntRange(1), help="How many codes; or --from.")
@click.option("--from", "table", type=click.File(encoding="utf-8"), help="A CSV file, one line for each person.")
@click.option("--root", default="", help="The address of the platform before /r/; IMPACT_URL by default.")
def create(key: str, count: int | None, table: TextIO | None, root: str) -> None:
    """Make personal codes for the wave KEY and write them as CSV; they cannot be shown again."""
    if (count is None) == (table is None):
        raise click.UsageError("Donnez --count ou --from, l’un des deux.")
    held = platform()
    with (
        said_plainly(fieldwork.WaveNotFound, TableIsMalformed, TooManyCodes),
        held.database.transaction() as session,
    ):
        wave = fieldwork.get_wave(session, key)
        questionnaire = authoring.get_version(session, wave.version_id)[1]
        rows = read_table(questionnaire, table.read()) if table is not None else [{}] * (count or 0)
        codes = create_invitations(session, wave, rows, held.settings.secret_key)
    address = f"{(root or held.settings.public_url).rstrip('/')}/r/{key}/"
    click.echo(write_codes(codes, rows, address), nl=False)
