"""Where a respondent stands: the addresses of a wave, and where they belong who cannot be where they ask."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect
from werkzeug.wrappers import Response as Redirect

from app.services.responding import ResponseState, WaveIsClosed, WaveIsNotOpen, WaveIsPaused
from app.web.respond import halts, visits
from app.web.respond.visits import Visit, Visitor
from questionnaires.model import MultipleChoice, item_name, split_item
from questionnaires.routing import Path

SEND, END, EXIT, PAUSE, CONTENTS = "envoi", "fin", "sortie", "pause", "les-parties"
RESUME, RECEIPT = halts.RESUME, "mes-reponses"
AGAIN = "revoir"
"""In the address of a page to which the sending came back: what is wrong there is told at once."""

blueprint = Blueprint("respond", __name__, url_prefix="/r", template_folder="templates")


def go(wave: str, place: str) -> Redirect:
    """To another page of the wave, by GET."""
    target: Redirect = redirect(visits.wave_root(wave) + place, 303)
    return target


def place_of(visit: Visit) -> str:
    """Where the respondent stands."""
    return visit.state.path.first_incomplete or SEND


def resume_place(visitor: Visitor) -> str:
    """Where the response goes on; empty when there is none that does."""
    return place_of(visitor.visit) if visitor.visit is not None and visitor.is_answering else ""


def is_reached(path: Path, page: str) -> bool:
    """Whether a page is on the path, and none before it still has to be answered."""
    if page not in path.pages:
        return False
    first = path.first_incomplete
    return first is None or path.pages.index(page) <= path.pages.index(first)


def elsewhere(visit: Visit, page: str) -> Response | Redirect | None:
    """Where a respondent belongs who cannot be at a question; 404 for a page that the version does not have."""
    state = visit.state
    if state.disposition == "complete":
        return go(visit.wave, END)
    if state.disposition == "withdrawn":
        return halts.withdrawn(visits.find_visitor(visit.wave))
    if state.disposition == "screened_out" and (taken := state.path.exit) is not None:
        return go(visit.wave, f"{EXIT}/{taken.name}")
    if state.wave_status != "open":
        raise {"closed": WaveIsClosed, "paused": WaveIsPaused}.get(state.wave_status, WaveIsNotOpen)
    if page != SEND and not _is_page(state, page):
        abort(404)
    return None


def _is_page(state: ResponseState, page: str) -> bool:
    """Whether the version has this page; that of an item, whether there has been such an item in the list."""
    questionnaire = state.questionnaire
    try:
        roster = questionnaire.repeat_of(page)
        listed = None if roster is None else questionnaire.question(roster)
    except KeyError:
        return False
    item = split_item(page)[1]
    if listed is None or item is None:
        return listed is None and item is None
    if isinstance(listed, MultipleChoice):
        return any(choice.code == item for choice in listed.choices)
    return item_name(listed.name, item) in state.given or item in state.path.items.get(listed.name, ())
