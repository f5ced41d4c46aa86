"""The pages of questions: shown, saved, shown again."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, g, request
from werkzeug.wrappers import Response as Redirect

from app.web import pages
from app.web.respond import (
    halts,
    paradata,
    posting,
    screens,
    scripted,
    staffed,
    staffed_ends,
    telling,
    visits,
)
from app.web.respond.places import AGAIN, CONTENTS, EXIT, PAUSE, SEND, blueprint, elsewhere, go, is_reached
from app.web.respond.posting import BACK, KEEP, LATER, LIST, Outcome, Posted
from app.web.respond.visits import Visit


@blueprint.get("/<wave>/<page>")
@pages.respondent
def ask(wave: str, page: str) -> Response | Redirect:
    """A page of questions, if the respondent has come as far."""
    visit = visits.find_visit(wave)
    other = elsewhere(visit, page)
    if other is not None:
        return other
    path = visit.state.path
    if not is_reached(path, page):
        return go(wave, path.first_incomplete or SEND)
    if AGAIN in request.args:
        posted, outcome = posting.look_again(visit, page)
        if outcome.is_blocked:
            return _show_again(visit, posted, outcome)
    return screens.show_page(visit, page, path)


@blueprint.post("/<wave>/<page>")
@pages.respondent
def answer(wave: str, page: str) -> Response | Redirect:
    """Save a page, then go where the button leads."""
    visit = visits.find_visit(wave)
    other = elsewhere(visit, page)
    if other is not None:
        return other
    posted = posting.read_post(visit, page, request.form)
    if not visits.has_csrf_token(visit, request.form.get("csrf", "")):
        return _answer_to_a_form(screens.show_page(visit, page, visit.state.path, telling.show_expired(posted), 403))
    if posted.going == KEEP:
        return scripted.kept(posting.keep_post(visit, posted))
    outcome = posting.save_post(visit, posted)
    visit = replace(visit, state=outcome.state)
    if posted.language:
        visit = posting.change_language(visit, posted.language)
    shown = _show_again(visit, posted, outcome) if outcome.stays else _leave(visit, posted, outcome)
    paradata.record_step(visit, posted, outcome, shown.location)
    return shown


def show_paused(wave: str, page: str) -> Response:
    """A page that is sent while the wave is paused: shown as it was typed, none of it saved, nothing to be redone.

    Where the path has no such page, what the pause is.
    """
    # As it was found before: a code that came with the page is not looked up again, for that would write.
    visit: Visit = g.visit
    path = visit.state.path
    if page not in path.pages:
        return halts.paused(visits.find_visitor(wave))
    posted = posting.read_post(visit, page, request.form)
    if posted.language:
        # Not for good, as nothing is written: but the page is read in the language that was asked for.
        visit = replace(visit, state=replace(visit.state, language=posted.language))
    visits.speak(visit.state.language)
    return screens.show_page(visit, page, path, telling.show_paused(posted), 403)


def _show_again(visit: Visit, posted: Posted, outcome: Outcome) -> Response:
    """The page with what is to be put right; 422, 409 when another window was faster."""
    visits.speak(visit.state.language)
    shown = telling.show_again(visit, posted, outcome)
    blocked = 409 if outcome.saved.conflicts else 422
    return _answer_to_a_form(
        screens.show_page(visit, posted.page, visit.state.path, shown, blocked if outcome.is_blocked else 200)
    )


def _answer_to_a_form(response: Response) -> Response:
    """Without the script, the Back button leads to this page too: it must not ask to send the form again.

    So the browser alone may keep it, unlike every other page, until its cache is cleared at the end.
    """
    if request.method == "POST" and scripted.SCRIPT not in request.headers:
        response.headers["Cache-Control"] = "private, no-cache"
    return response


def _leave(visit: Visit, posted: Posted, outcome: Outcome) -> Redirect:
    """Where the button leads once the page is saved."""
    path, saved = visit.state.path, outcome.saved
    back = f"?de={SEND}" if request.args.get("de") == SEND else ""
    is_correcting = visit.state.disposition == "correcting"
    if saved.exit is not None and visit.state.mode != staffed.WEB and not is_correcting:
        return staffed_ends.leave(visit, saved.exit)
    if saved.exit is not None:
        left = go(visit.wave, f"{EXIT}/{saved.exit.name}")
        return left if saved.exit.keep or is_correcting else visits.drop_cookie(left, visit.wave)
    if posted.language:
        return go(visit.wave, request.full_path.rstrip("?").removeprefix(visit.root))
    if posted.going == LATER:
        return go(visit.wave, PAUSE)
    if posted.going == LIST:
        return go(visit.wave, f"{CONTENTS}?de={posted.page}")
    if posted.going == BACK:
        return go(visit.wave, path.before(posted.page) or "")
    if saved.next_page == posted.page:
        opened = next((name for name in path.shown[posted.page] if _is_new(visit, name)), path.shown[posted.page][0])
        return go(visit.wave, f"{posted.page}{back}#q-{opened}")
    if back:
        return go(visit.wave, f"{path.first_incomplete}{back}" if path.first_incomplete else SEND)
    return go(visit.wave, saved.next_page or SEND)


def _is_new(visit: Visit, question: str) -> bool:
    state = visit.state
    asked = state.questionnaire.question(question)
    absent = screens.hidden_rows(asked, state.path.hidden.get(question, frozenset()))
    return any(name not in state.given and name not in absent for name in asked.answers)
