"""The public door: the surveys open now and to come, and what the law has a site say of itself."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, Response, g, request
from flask_babel import refresh

from app.services import fieldwork
from app.web import pages

LANGUAGES = (("fr", "Français"), ("en", "English"))
DECLARED_ON = dt.date(2026, 11, 23)
"""When the declaration of accessibility was last gone through."""

blueprint = Blueprint("observatory", __name__, template_folder="templates")


@blueprint.before_request
def _speak() -> None:
    """The language asked for in the address: these pages set no cookie, not even for that."""
    asked = request.args.get("lang", "")
    if asked in dict(LANGUAGES):
        g.language = asked
        refresh()


@blueprint.context_processor
def _shared() -> dict[str, object]:
    return {
        "languages": LANGUAGES,
        "asked_language": f"?lang={g.language}" if "language" in g else "",
        "settings": pages.platform().settings,
    }


@blueprint.get("/")
@pages.public
def home() -> Response:
    """The surveys that people may answer now or soon; those of simulated respondents are not for them."""
    session = pages.session()
    waves, coming = fieldwork.open_waves(session), fieldwork.announced_waves(session)
    return pages.render("observatory/home.html", waves=waves, coming=coming)


@blueprint.get("/mentions-legales")
@pages.public
def legal() -> Response:
    """Who publishes the site, who hosts it, whom to write to."""
    return pages.render("observatory/legal.html")


@blueprint.get("/donnees-personnelles")
@pages.public
def privacy() -> Response:
    """What the site keeps of respondents, of visitors, of the team."""
    minutes = pages.platform().settings.session_minutes
    return pages.render("observatory/privacy.html", minutes=minutes)


@blueprint.get("/accessibilite")
@pages.public
def accessibility() -> Response:
    """The declaration of accessibility, in the form of RGAA 4.1.2."""
    return pages.render("observatory/accessibility.html", declared_on=DECLARED_ON)
