"""The home page: what the Observatoire is, the surveys open now, the way in for its team."""

from __future__ import annotations

from flask import Blueprint, Response

from app.services import fieldwork
from app.web import pages

blueprint = Blueprint("observatory", __name__, template_folder="templates")


@blueprint.get("/")
@pages.public
def home() -> Response:
    """The surveys that people may answer now; those of simulated respondents are not for them."""
    return pages.render("observatory/home.html", waves=fieldwork.open_waves(pages.session()))
