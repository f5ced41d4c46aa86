"""The routes of the analysis. Their views, and the numerical libraries behind them, load when first asked for.

A process that serves only respondents never pays for them.
"""

from __future__ import annotations

from flask import Blueprint

from app.web import pages

ROUTES = {
    "/": "views.waves",
    "/<key>/": "views.wave",
    "/<key>/tables.xlsx": "views.workbook",
    "/<key>/questions/<question>": "views.table",
    "/<key>/questions/<question>.csv": "views.csv",
    "/<key>/questions/<question>.xlsx": "views.xlsx",
    "/<key>/weighting": "views.weighting",
}
"""Rule -> module and function of `app.web.analyse`; the function names the endpoint."""

# What is asked for by a form that changes something.
POSTED: frozenset[str] = frozenset()

blueprint = Blueprint("analyse", __name__, url_prefix="/analyse", template_folder="templates")

for rule, place in ROUTES.items():
    view = pages.requires("administrator", "analyst")(pages.lazy(f"app.web.analyse.{place}"))
    methods = ["GET", "POST"] if place in POSTED else ["GET"]
    blueprint.add_url_rule(rule, place.rpartition(".")[2], view, methods=methods)
