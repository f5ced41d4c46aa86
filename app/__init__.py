"""The platform around the questionnaire core: web, services, database, estimation.

Importing this package loads nothing else: the pure packages below it (`app.estimation`) are
usable without Flask. `create_app` brings the web framework in only when it is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """Make the web application; without settings they are read from the environment.

    Settings that cannot be used end the process with one sentence that names each of them.
    """
    from app.config import SettingsAreInvalid
    from app.factory import make_app

    try:
        return make_app(settings)
    except SettingsAreInvalid as problems:
        raise SystemExit(f"Réglages inutilisables : {problems}") from problems
