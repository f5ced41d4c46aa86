"""The command line: thin commands over the services, under `flask`."""

from __future__ import annotations

from flask import Flask

from app.cli.accounts import accounts
from app.cli.aggregates import aggregates
from app.cli.questionnaires import questionnaires
from app.cli.responses import responses
from app.cli.schema import database
from app.cli.waves import waves


def install(app: Flask) -> None:
    """Give the application its commands."""
    for group in (accounts, aggregates, database, questionnaires, responses, waves):
        app.cli.add_command(group)
