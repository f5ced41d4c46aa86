"""What the script asks for instead of pages: where to go, what was kept, more time. Nobody needs it to answer."""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import Response, abort, jsonify, request
from flask_babel import gettext
from werkzeug.wrappers import Response as Redirect

from app.db import now
from app.web import formats, pages
from app.web.respond import visits
from app.web.respond.places import blueprint
from app.web.respond.screens import screen_language
from questionnaires.model import Answer, encode_given

SCRIPT = "X-Comfort"
"""The header of what the script posts: it goes by itself where a page would be redirected."""


@blueprint.after_request
def _go_by_script(response: Response) -> Response:
    """The script would follow a redirection without knowing; it is told where to go instead."""
    if response.status_code == 303 and request.headers.get(SCRIPT):
        response.set_data(json.dumps({"go": response.headers.pop("Location")}))
        response.status_code, response.content_type = 200, "application/json"
    return response


def kept(base: Mapping[str, Answer | None]) -> Response:
    """The answer to the script when a page that stays open was kept: its base, and what the page says of it."""
    encoded = encode_given({name: answer for name, answer in base.items() if answer is not None})
    language = screen_language(visits.spoken() or "fr")
    time = formats.time(formats.local(now()), language)
    said = (
        gettext("Vos réponses sont enregistrées à chaque page."),
        gettext("Dernier enregistrement à %(time)s.", time=time),
    )
    return jsonify(base={name: encoded.get(name) for name in base}, saved=" ".join(said))


@blueprint.post("/<wave>/suivi/session")
@pages.respondent
def extend_session(wave: str) -> Response | Redirect:
    """Someone is still there: the session starts again."""
    visit = visits.find_visit(wave)
    if not visits.has_csrf_token(visit, request.form.get("csrf", "")):
        abort(403)
    extended: Redirect = visits.renew(Response(status=204), visit)
    return extended
