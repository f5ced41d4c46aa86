"""The platform around the questionnaire core: web, services, database, estimation.

Importing this package loads nothing else: the pure packages below it (`app.estimation`) are
usable without Flask. `create_app` brings the web framework in only when it is called.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.config import Settings


GARBAGE = 10_000
"""Objects that are made and not freed before garbage is looked for: what one page makes is mostly freed by itself."""


def create_app(settings: Settings | None = None) -> Flask:
    """Make the web application; without settings they are read from the environment.

    Settings that cannot be used end the process with one sentence that names each of them.
    """
    from app.config import SettingsAreInvalid
    from app.factory import make_app

    try:
        app = make_app(settings)
    except SettingsAreInvalid as problems:
        raise SystemExit(f"Réglages inutilisables : {problems}") from problems
    if settings is None:
        _keep_pauses_short()
    return app


def _keep_pauses_short() -> None:
    """Have the collector of this process look no more at what stays for good: a page waited 150 ms for it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, *gc.get_threshold()[1:])
