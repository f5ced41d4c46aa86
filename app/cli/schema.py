"""`flask database`: the schema."""

from __future__ import annotations

import click
from alembic.util import CommandError
from flask.cli import AppGroup

from app.cli.held import platform, said_plainly
from app.services import schema

database = AppGroup("database", help="The schema of the database.")


@database.command("upgrade")
def upgrade() -> None:
    """Bring the schema up to date; a SQLite file is copied first."""
    with said_plainly(schema.MigrationBrokeReferences):
        copy = schema.upgrade(platform().database)
    if copy:
        click.echo(f"Copie de sûreté : {copy}")
    click.echo("Base de données à jour.")


@database.command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the migrations after REVISION back."""
    with said_plainly(CommandError, schema.MigrationBrokeReferences):
        schema.downgrade(platform().database, revision)


@database.command("check")
def check() -> None:
    """Exit with 1 when the models and the database differ."""
    with said_plainly(CommandError):
        schema.check(platform().database)


@database.command("revision")
@click.argument("number")
@click.argument("message")
def revision(number: str, message: str) -> None:
    """Write the next migration (0002, …) from what changed in the models."""
    schema.write_revision(platform().database, message, number)
