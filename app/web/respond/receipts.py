"""With the receipt: one's answers are consulted, downloaded, corrected, withdrawn."""

from __future__ import annotations

from flask import Response, abort, render_template, request
from flask_babel import gettext
from markupsafe import Markup
from werkzeug.wrappers import Response as Redirect

from app.db import now
from app.services import responding
from app.services.responding import CorrectionIsRefused, ResponseState
from app.web import pages
from app.web.respond import copies, halts, staffed, telling, visits
from app.web.respond.places import END, RECEIPT, SEND, blueprint, go, place_of
from app.web.respond.returning import own_code
from app.web.respond.review import review
from app.web.respond.visits import Visit

GONE = f"{RECEIPT}/retirees"
COPY = f"{RECEIPT}/copie"
ENDPOINTS = frozenset(
    f"respond.{name}"
    for name in (
        "receipt",
        "copy_page",
        "copy_table",
        "correct",
        "give_up_correction",
        "confirm_withdrawal",
        "withdraw",
    )
)
"""What one may do with a code whether the wave is open or not."""


@blueprint.get(f"/<wave>/{RECEIPT}")
@pages.respondent
def receipt(wave: str) -> Response:
    """One's answers, and what may be done with them."""
    return _show(visits.find_visit(wave))


def _show(visit: Visit, status: int = 200, summary: str | Markup = "") -> Response:
    state = visit.state
    visitor = visits.find_visitor(visit.wave)
    if state.disposition == "withdrawn":
        return halts.withdrawn(visitor)
    sent = responding.as_sent(pages.session(), state)
    is_screened_out = state.disposition == "screened_out"
    return pages.render(
        "respond/receipt.html",
        status,
        head=halts.head_of(visitor, RECEIPT),
        csrf=visit.csrf,
        summary=summary,
        disposition=state.disposition,
        wave_status=state.wave_status,
        may_correct=state.may_correct,
        can_correct=responding.can_correct(state),
        completed_at=state.completed_at,
        code=own_code(visit),
        place=place_of(visit) if visit.is_answering else "",
        parts=[] if is_screened_out else review(sent),
    )


# -- the copy -------------------------------------------------------------------------------------


@blueprint.get(f"/<wave>/{COPY}.html")
@pages.respondent
def copy_page(wave: str) -> Response:
    """A page to keep, that needs nothing else to be read."""
    visit = visits.find_visit(wave)
    state = _copied(visit)
    if state is None:
        return _show(visit)
    questionnaire, language = state.questionnaire, state.language
    html = render_template(
        "respond/copy.html",
        language=language,
        title=questionnaire.title.in_(language),
        is_sent=state.completed_at is not None,
        at=state.completed_at or now(),
        code=own_code(visit),
        parts=review(state),
    )
    return pages.attachment(html.encode(), "text/html; charset=utf-8", f"{wave}-{gettext('mes-reponses')}.html")


@blueprint.get(f"/<wave>/{COPY}.csv")
@pages.respondent
def copy_table(wave: str) -> Response:
    """A table to keep: each question, its answer, the codes under which it is kept."""
    visit = visits.find_visit(wave)
    state = _copied(visit)
    if state is None:
        return _show(visit)
    return pages.attachment(copies.csv_copy(state), pages.CSV, f"{wave}-{gettext('mes-reponses')}.csv")


def _copied(visit: Visit) -> ResponseState | None:
    """The answers of which a copy is given: those last sent, else those given so far; None when there are none."""
    if visit.state.disposition in ("withdrawn", "screened_out"):
        return None
    return responding.as_sent(pages.session(), visit.state)


# -- correcting -----------------------------------------------------------------------------------


@blueprint.post(f"/<wave>/{RECEIPT}/corriger")
@pages.respondent
def correct(wave: str) -> Response | Redirect:
    """Open what was sent to its pages; it counts as it is until it is sent again."""
    visit = visits.find_visit(wave)
    if not visits.has_csrf_token(visit, request.form.get("csrf", "")):
        return _show(visit, 403, telling.not_done())
    try:
        responding.start_correction(pages.session(), visit.state)
    except CorrectionIsRefused:
        return _show(visit, 409)
    return go(wave, SEND)


@blueprint.post(f"/<wave>/{RECEIPT}/annuler")
@pages.respondent
def give_up_correction(wave: str) -> Response | Redirect:
    """Leave what was sent as it is."""
    visit = visits.find_visit(wave)
    if not visits.has_csrf_token(visit, request.form.get("csrf", "")):
        return _show(visit, 403, telling.not_done())
    responding.cancel_correction(pages.session(), visit.state)
    return go(wave, END if visit.state.disposition in ("correcting", "complete") else RECEIPT)


# -- withdrawing ----------------------------------------------------------------------------------


@blueprint.get(f"/<wave>/{RECEIPT}/retirer")
@pages.respondent
def confirm_withdrawal(wave: str) -> Response:
    """What withdrawing does, before it is done."""
    return _ask_withdrawal(visits.find_visit(wave))


@blueprint.post(f"/<wave>/{RECEIPT}/retirer")
@pages.respondent
def withdraw(wave: str) -> Response | Redirect:
    """Erase the answers, and have this browser forget them."""
    visit = visits.find_visit(wave)
    if not visits.has_csrf_token(visit, request.form.get("csrf", "")):
        return _ask_withdrawal(visit, 403, telling.not_done())
    if visit.state.mode == staffed.PAPER and visit.state.disposition == "in_progress":
        abort(404)  # an entry of a form is discarded with its form, not by whoever types it
    responding.erase_response(pages.session(), visit.state.id, pages.platform().sender)
    return visits.drop_cookie(go(wave, f"{GONE}?lang={visit.state.language}"), wave)


@blueprint.get(f"/<wave>/{GONE}")
@pages.public
def gone(wave: str) -> Response:
    """The answers are erased."""
    return halts.withdrawn(visits.find_visitor(wave), 200)


def _ask_withdrawal(visit: Visit, status: int = 200, summary: str | Markup = "") -> Response:
    visitor = visits.find_visitor(visit.wave)
    if visit.state.disposition == "withdrawn":
        return halts.withdrawn(visitor)
    return pages.render(
        "respond/withdraw.html",
        status,
        head=halts.head_of(visitor, f"{RECEIPT}/retirer"),
        csrf=visit.csrf,
        summary=summary,
        is_sent=visit.state.disposition in ("complete", "correcting"),
    )
