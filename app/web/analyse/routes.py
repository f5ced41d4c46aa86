"""The routes of the analysis. Their views, and the numerical libraries behind them, load when first asked for.

A process that serves only respondents never pays for them.
"""

from __future__ import annotations

from flask import Blueprint

from app.web import pages

ROUTES = {
    "/": "waves",
    "/<key>/": "wave",
    "/<key>/weighting": "weighting",
    "/<key>/tables.xlsx": "workbook",
    "/<key>/<question>": "table",
    "/<key>/<question>.csv": "csv",
    "/<key>/<question>.xlsx": "xlsx",
}
"""Rule -> function of `app.web.analyse.views`."""

blueprint = Blueprint("analyse", __name__, url_prefix="/analyse", template_folder="templates")

for rule, name in ROUTES.items():
    view = pages.lazy(f"app.web.analyse.views.{name}")
    blueprint.add_url_rule(rule, name, pages.requires("administrator", "analyst")(view))
