"""The routes of the pages that stand in the frame of a preview; what makes them is imported when first asked for."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from app.web import pages
from app.web.respond import scripted

blueprint = Blueprint("trying", __name__, url_prefix="/design")
SCREEN = "/versions/<int(max=2147483647):version_id>/try/<public_id>/screen/"
OWN_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
)
"""As every page of ours, and in a frame of ours alone."""


@blueprint.after_request
def _in_our_frame(response: Response) -> Response:
    """A page of the preview stands in a frame of the platform, and in no other."""
    response.headers["Content-Security-Policy"] = OWN_POLICY
    if response.status_code == 303 and request.headers.get(scripted.SCRIPT):
        gone = jsonify(go=response.headers["Location"])
        response.set_data(gone.get_data())
        del response.headers["Location"]
        response.status_code, response.content_type = 200, "application/json"
    return response


for name, rule, method in (
    ("screen", SCREEN + "<page>", "GET"),
    ("answer", SCREEN + "<page>", "POST"),
    ("suggestions", SCREEN + "suggestions/<question>", "GET"),
):
    view = pages.requires("administrator", "designer")(pages.lazy(f"app.web.trying.screens.{name}"))
    blueprint.add_url_rule(rule, name, view, methods=[method])
