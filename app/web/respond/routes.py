"""The routes of a respondent, /r/<wave>/…: every module that adds some, and what stops one."""

from __future__ import annotations

from flask import Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Redirect

from app.services.fieldwork import PLACEHOLDER, WaveNotFound
from app.services.responding import ResponseIsSent, ResponseNotFound, WaveIsClosed, WaveIsNotOpen, WaveIsPaused
from app.web.respond import (
    asides,
    asking,
    contents,
    entering,
    halts,
    paradata,
    receipts,
    returning,
    scripted,
    sending,
    staffed,
    staffed_ends,
    suggesting,
    visits,
    waiting,
)
from app.web.respond.places import END, blueprint, go
from app.web.respond.script_words import script_words
from app.web.respond.visits import CodeIsRefused, ForeignRequest, VisitIsOver

__all__ = [
    "asides",
    "asking",
    "blueprint",
    "contents",
    "entering",
    "paradata",
    "receipts",
    "returning",
    "scripted",
    "sending",
    "suggesting",
    "waiting",
]

blueprint.after_request(visits.renew_visit)


@blueprint.app_context_processor
def _shared() -> dict[str, object]:
    return {"placeholder": PLACEHOLDER, "script_words": script_words, "spelled": returning.spelled}


@blueprint.errorhandler(WaveNotFound)
def _wave_not_found(_error: WaveNotFound) -> Response:
    return halts.unknown_wave()


@blueprint.errorhandler(WaveIsPaused)
def _paused(error: WaveIsPaused) -> Response:
    """A page that was sent is shown again with its answers."""
    asked = request.view_args or {}
    is_page = request.method == "POST" and "page" in asked
    return asking.show_paused(asked["wave"], asked["page"]) if is_page else _stopped(error)


@blueprint.errorhandler(WaveIsClosed)
@blueprint.errorhandler(WaveIsNotOpen)
@blueprint.errorhandler(VisitIsOver)
@blueprint.errorhandler(ResponseNotFound)
@blueprint.errorhandler(ForeignRequest)
@blueprint.errorhandler(CodeIsRefused)
def _stopped(error: Exception) -> Response:
    try:
        visitor = visits.find_visitor((request.view_args or {})["wave"])
    except WaveNotFound:
        return halts.unknown_wave()
    if staffed.shut_words() is not None:
        return staffed_ends.show_shut(visitor)
    if isinstance(error, ForeignRequest):
        return halts.foreign(visitor)
    if isinstance(error, CodeIsRefused):
        return returning.code_refused(visitor, error)
    is_receipt = request.endpoint in receipts.ENDPOINTS
    if isinstance(error, VisitIsOver) and (is_receipt or visitor.entry.status == "open"):
        return returning.over(visitor, error)
    if visitor.entry.status != "open":
        return halts.shut(visitor)
    return returning.over(visitor, VisitIsOver(visitor.wave))


@blueprint.errorhandler(ResponseIsSent)
def _sent(_error: ResponseIsSent) -> Redirect:
    return go((request.view_args or {})["wave"], END)


@blueprint.errorhandler(HTTPException)
def _refused(error: HTTPException) -> Response:
    return halts.refused(error.code or 400)
