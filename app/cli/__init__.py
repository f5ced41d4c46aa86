"""The command line: thin commands over the services, under `flask`.

A group is imported when it is asked for: the web needs none of them.
"""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup
from werkzeug.utils import import_string

GROUPS = {
    "accounts": "app.cli.accounts.accounts",
    "aggregates": "app.cli.aggregates.aggregates",
    "database": "app.cli.schema.database",
    "invitations": "app.cli.invitations.invitations",
    "microdata": "app.cli.microdata.microdata",
    "nomenclatures": "app.cli.nomenclatures.nomenclatures",
    "questionnaires": "app.cli.questionnaires.questionnaires",
    "responses": "app.cli.responses.responses",
    "tables": "app.cli.tables.tables",
    "waves": "app.cli.waves.waves",
    "weightings": "app.cli.weightings.weightings",
}
"""Name of a group of commands -> where it is."""


class Groups(AppGroup):
    """The groups above, beside the commands of extensions."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name."""
        return sorted({*super().list_commands(ctx), *GROUPS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The group of this name, imported now."""
        if cmd_name in GROUPS:
            group: click.Command = import_string(GROUPS[cmd_name])
            return group
        return super().get_command(ctx, cmd_name)


def install(app: Flask) -> None:
    """Give the application its commands."""
    app.cli = Groups(app.name, commands=app.cli.commands)
