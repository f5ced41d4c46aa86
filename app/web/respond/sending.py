"""The last step: every answer is reviewed, then sent, and the receipt is given."""

from __future__ import annotations

from flask import Response, request
from werkzeug.wrappers import Response as Redirect

from app.services import responding
from app.services.responding import Incomplete
from app.web import pages
from app.web.respond import halts, staffed, staffed_ends, telling, visits
from app.web.respond.places import AGAIN, CONTENTS, END, PAUSE, SEND, blueprint, elsewhere, go, place_of
from app.web.respond.posting import BACK, LATER
from app.web.respond.returning import own_code, resume_address
from app.web.respond.review import count_unanswered, is_long, review, say_what_follows
from app.web.respond.visits import Visit


@blueprint.get(f"/<wave>/{SEND}")
@pages.respondent
def check(wave: str) -> Response | Redirect:
    """Every answer, before they are sent."""
    visit = visits.find_visit(wave)
    other = elsewhere(visit, SEND)
    if other is not None:
        return other
    first = visit.state.path.first_incomplete
    return _show_review(visit) if first is None else go(wave, first)


@blueprint.post(f"/<wave>/{SEND}")
@pages.respondent
def send(wave: str) -> Response | Redirect:
    """Send the response, once."""
    visit = visits.find_visit(wave)
    other = elsewhere(visit, SEND)
    if other is not None:
        return other
    going = request.form.get("aller")
    if going in (BACK, LATER):
        return go(wave, PAUSE if going == LATER else visit.state.path.pages[-1])
    if not visits.has_csrf_token(visit, request.form.get("csrf", "")):
        return _show_review(visit, is_refused=True)
    if visit.state.mode == staffed.PAPER and visit.state.disposition == "in_progress":
        return staffed_ends.finish_entry(visit)
    platform = pages.platform()
    secret_key = platform.settings.secret_key
    sent = responding.submit_response(pages.session(), wave, visit.token, secret_key, platform.sender)
    if isinstance(sent, Incomplete):
        return go(wave, f"{sent.page}?de={SEND}&{AGAIN}")
    return visits.drop_pages(go(wave, END))


def _show_review(visit: Visit, is_refused: bool = False) -> Response:
    visitor, state = visits.find_visitor(visit.wave), visit.state
    parts = review(state)
    return pages.render(
        "respond/review.html",
        403 if is_refused else 200,
        head=halts.head_of(visitor, SEND),
        csrf=visit.csrf,
        parts=parts,
        is_long=is_long(parts),
        contents=CONTENTS if state.questionnaire.contents else "",
        unanswered=count_unanswered(state),
        follows=say_what_follows(state, visitor.entry.closes_at),
        sent_at=state.completed_at if state.disposition == "correcting" else None,
        summary=telling.not_sent() if is_refused else "",
    )


@blueprint.get(f"/<wave>/{END}")
@pages.respondent
def end(wave: str) -> Response | Redirect:
    """The receipt."""
    visit = visits.find_visit(wave)
    state = visit.state
    if state.disposition != "complete" or state.completed_at is None:
        return elsewhere(visit, SEND) or go(wave, place_of(visit))
    if state.mode != staffed.WEB and staffed.is_interviewer():
        return staffed_ends.show_end(visit)
    visitor = visits.find_visitor(wave)
    return pages.render(
        "respond/end.html",
        head=halts.head_of(visitor, END),
        csrf=visit.csrf,
        code=own_code(visit),
        address=resume_address(visit),
        can_correct=responding.can_correct(state),
        completed_at=state.completed_at,
        notice=visitor.entry.notice,
    )
