"""Places proposed while they are typed: a few lines of an official list, for the script of the page."""

from __future__ import annotations

from flask import Response, abort, jsonify, request

from app.services.nomenclatures import search
from app.web import pages
from app.web.respond import visits
from app.web.respond.places import blueprint
from questionnaires.model import Suggester

MOST_PROPOSED, MOST_POSTCODES = 10, 3
KEPT_SECONDS = 600
"""A list changes once a year: words typed again need no other look."""


@blueprint.get("/<wave>/suggestions/<question>")
@pages.respondent
def suggest(wave: str, question: str) -> Response:
    """The places that words may mean, for a question of this version that asks for one; 404 for another."""
    state = visits.find_visit(wave).state
    try:
        asked = state.questionnaire.question(question)
    except KeyError:
        abort(404)
    if not isinstance(asked, Suggester):
        abort(404)
    return propose(request.args.get("q", ""))


def propose(words: str) -> Response:
    """The places that words may mean, as the script of the page reads them."""
    found = search(words, MOST_PROPOSED)
    response = jsonify(
        [
            {
                "code": one.code,
                "label": one.label,
                "more": ", ".join(one.postcodes[:MOST_POSTCODES]) + (", …" if one.postcodes[MOST_POSTCODES:] else ""),
            }
            for one in found
        ]
    )
    response.headers["Cache-Control"] = f"private, max-age={KEPT_SECONDS}"
    return response
