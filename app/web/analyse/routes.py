"""The routes of the analysis. Their views, and the numerical libraries behind them, load when first asked for.

A process that serves only respondents never pays for them.
"""

from __future__ import annotations

from flask import Blueprint, request
from flask_security import current_user

from app.web import pages

ROUTES = {
    "/": "views.waves",
    "/imports/": "imports.imports",
    "/imports/new": "imports.new_import",
    "/imports/<int:import_id>": "imports.one_import",
    "/imports/<int:import_id>/part": "imports.import_part",
    "/imports/<int:import_id>/mapping": "imports.edit_import",
    "/imports/<int:import_id>/mapping.yaml": "imports.import_mapping",
    "/imports/<int:import_id>/review": "imports.review_import",
    "/imports/<int:import_id>/run": "imports.run_import",
    "/imports/<int:import_id>/withdraw": "imports.withdraw_import",
    "/imports/<int:import_id>/remove": "imports.remove_import",
    "/concepts": "crossed.concepts_register",
    "/concepts/<name>": "crossed.one_concept",
    "/crossed/<name>": "crossed.crossed_view",
    "/crossed/<name>.csv": "crossed.crossed_csv",
    "/crossed/<name>.svg": "crossed.crossed_svg",
    "/territories": "territories.territories",
    "/<key>/territories": "territories.territory_map",
    "/<key>/territories.csv": "territories.territory_csv",
    "/<key>/territories.svg": "territories.territory_svg",
    "/<key>/territories/<int:region>": "territories.territory",
    "/trends": "trends.trends_list",
    "/trends/published/<series>": "trends.published_trend",
    "/trends/published/<series>.csv": "trends.published_trend_csv",
    "/trends/published/<series>.svg": "trends.published_trend_image",
    "/trends/concepts/<name>/<population>": "concept_trends.concept_trend",
    "/trends/concepts/<name>/<population>.csv": "concept_trends.concept_trend_csv",
    "/trends/concepts/<name>/<population>.svg": "concept_trends.concept_trend_image",
    "/trends/<questionnaire>/<variable>": "trends.trend",
    "/trends/<questionnaire>/<variable>.csv": "trends.trend_csv",
    "/trends/<questionnaire>/<variable>.svg": "trends.trend_image",
    "/<key>/": "views.wave",
    "/<key>/tables.xlsx": "views.workbook",
    "/<key>/questions/<question>": "views.table",
    "/<key>/questions/<question>.csv": "views.csv",
    "/<key>/questions/<question>.xlsx": "views.xlsx",
    "/<key>/live": "live.live",
    "/<key>/method": "method.method_sheet",
    "/<key>/method.csv": "method.method_csv",
    "/<key>/method/edit": "method.edit_method",
    "/<key>/live/part": "live.live_part",
    "/<key>/live/recount": "live.recount",
    "/<key>/workspace": "workspace.workspace",
    "/<key>/workspace.csv": "workspace.workspace_csv",
    "/<key>/workspace.xlsx": "workspace.workspace_xlsx",
    "/<key>/weighting": "weightings.weighting",
    "/<key>/weightings": "weightings.weightings",
    "/<key>/weightings/compare": "weightings.compare_weightings",
    "/<key>/weightings/<int:number>": "weightings.one_weighting",
    "/<key>/weightings/<int:number>/part": "weightings.weighting_part",
    "/<key>/weightings/<int:number>/use": "weightings.use_weighting",
    "/<key>/weightings/<int:number>/delete": "weightings.delete_weighting",
}
"""Rule -> module and function of `app.web.analyse`; the function names the endpoint."""

# What is asked for by a form that changes something.
POSTED: frozenset[str] = frozenset(
    (
        "imports.new_import",
        "imports.edit_import",
        "imports.review_import",
        "imports.run_import",
        "imports.withdraw_import",
        "imports.remove_import",
        "live.recount",
        "method.edit_method",
        "weightings.weightings",
        "weightings.one_weighting",
        "weightings.use_weighting",
        "weightings.delete_weighting",
    )
)

blueprint = Blueprint("analyse", __name__, url_prefix="/analyse", template_folder="templates")

LARGEST_NUMBER = 2**31 - 1
"""What a column of numbers holds: a larger one in an address is that of no row."""

MOST_UPLOADED = 20_000_000
"""Bytes of a file of microdata that the site takes; the command line takes more."""


@blueprint.url_value_preprocessor
def _take_large_files(endpoint: str | None, _values: dict[str, object] | None) -> None:
    """Let those who may import send a file: before anything looks into the form, and for nobody else."""
    if endpoint == "analyse.new_import" and request.method == "POST" and current_user.is_authenticated:
        request.max_content_length = MOST_UPLOADED


for rule, place in ROUTES.items():
    view = pages.requires("administrator", "analyst")(pages.lazy(f"app.web.analyse.{place}"))
    methods = ["GET", "POST"] if place in POSTED else ["GET"]
    bounded = rule.replace("<int:", f"<int(max={LARGEST_NUMBER}):")
    blueprint.add_url_rule(bounded, place.rpartition(".")[2], view, methods=methods)
