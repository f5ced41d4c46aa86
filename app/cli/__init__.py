"""The command line: thin commands over the services, under `flask`.

A group is imported when it is asked for: the web needs none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    """Commands that are imported when they are asked for, by their names, beside others."""

    def __init__(self, name: str, places: Mapping[str, str], **settings: Any) -> None:
        super().__init__(name, **settings)
        self.places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name."""
        return sorted({*super().list_commands(ctx), *self.places})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, imported now."""
        if cmd_name in self.places:
            command: click.Command = import_string(self.places[cmd_name])
            return command
        return super().get_command(ctx, cmd_name)


def install(app: Flask) -> None:
    """Give the application its commands."""
    app.cli = Groups(app.name, GROUPS, commands=app.cli.commands)
