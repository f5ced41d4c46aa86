"""The blueprint of whoever asks others, and what stops one there."""

from __future__ import annotations

from flask import Blueprint, Response, abort
from flask_babel import gettext as _

from app.services import responding
from app.services.fieldwork import WaveNotFound
from app.services.responding import Entry, WaveIsClosed, WaveIsNotOpen
from app.web import pages

blueprint = Blueprint("interview", __name__, url_prefix="/interview", template_folder="templates")


def find_entry(key: str, is_open: bool = True) -> Entry:
    """The wave of this key; 404 without one, or of simulated respondents. Raises WaveIsClosed, WaveIsNotOpen."""
    try:
        entry = responding.open_entry(pages.session(), key)
    except WaveNotFound:
        abort(404)
    if entry.origin == "simulated":
        abort(404)
    if is_open and entry.status != "open":
        raise WaveIsClosed if entry.status == "closed" else WaveIsNotOpen
    return entry


@blueprint.errorhandler(WaveNotFound)
def _unknown(_error: WaveNotFound) -> Response:
    return pages.render("errors/404.html", 404)


@blueprint.errorhandler(WaveIsClosed)
def _closed(_error: WaveIsClosed) -> Response:
    return pages.render(
        "interview/stopped.html",
        410,
        title=_("Cette vague est close"),
        text=_("Elle ne prend plus de réponses. Ce qui était commencé est gardé et reprend si la vague est rouverte."),
    )


@blueprint.errorhandler(WaveIsNotOpen)
def _not_open(_error: WaveIsNotOpen) -> Response:
    return pages.render(
        "interview/stopped.html",
        403,
        title=_("Cette vague ne prend pas de réponses en ce moment"),
        text=_("Elle n’est pas encore ouverte, ou elle est en pause. Ce qui était commencé est gardé."),
    )
