"""The routes of a respondent: /r/<wave>/…"""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, abort, redirect, request
from flask_babel import gettext
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Redirect

from app.services import responding
from app.services.fieldwork import PLACEHOLDER, WaveNotFound
from app.services.responding import (
    Incomplete,
    ResponseIsSent,
    ResponseNotFound,
    ResponseState,
    WaveIsClosed,
    WaveIsNotOpen,
)
from app.web import pages
from app.web.respond import halts, posting, screens, telling, visits
from app.web.respond.posting import BACK, LATER, Outcome, Posted
from app.web.respond.review import count_unanswered, review
from app.web.respond.visits import ForeignRequest, Visit, VisitIsOver, Visitor
from app.web.respond.wording import Say, Wording
from questionnaires import piping
from questionnaires.model import MultipleChoice, item_name, split_item
from questionnaires.routing import Path

SEND, END, EXIT, PAUSE = "envoi", "fin", "sortie", "pause"
AGAIN = "revoir"
"""In the address of a page to which the sending came back: what is wrong there is told at once."""

blueprint = Blueprint("respond", __name__, url_prefix="/r", template_folder="templates")


@blueprint.app_context_processor
def _placeholder() -> dict[str, str]:
    return {"placeholder": PLACEHOLDER}


# -- entry ----------------------------------------------------------------------------------------


@blueprint.get("/<wave>/")
@pages.public
def entry(wave: str) -> Response:
    """What the survey is, what becomes of the answers, and the door."""
    visitor = visits.find_visitor(wave)
    if visitor.entry.status != "open":
        return halts.closed(visitor) if visitor.entry.status == "closed" else halts.not_open(visitor, 200)
    if visitor.entry.origin == "simulated":
        return halts.simulated(visitor)
    questionnaire, visit = visitor.questionnaire, visitor.visit
    description = questionnaire.description
    return pages.render(
        "respond/entry.html",
        head=halts.head_of(visitor),
        description=description.in_(visitor.language) if description else "",
        minutes=questionnaire.minutes,
        notice=visitor.entry.notice,
        is_answering=visitor.is_answering,
        is_sent=visit is not None and visit.state.disposition == "complete",
        resume=_resume(visitor),
    )


@blueprint.post("/<wave>/")
@pages.public
def start(wave: str) -> Response | Redirect:
    """Begin a response, unless this browser has one that goes on and no other is asked for."""
    visits.require_own_site(request)
    visit = visits.look_for_visit(wave)
    is_asking_anew = request.form.get("commencer") == "nouveau"
    if visit is not None and visit.is_answering and not is_asking_anew:
        return _go(visit.wave, _place(visit))
    if responding.open_entry(pages.session(), wave).origin == "simulated":
        return halts.simulated(visits.find_visitor(wave))
    started = responding.start_response(pages.session(), wave, request.form.get("langue", ""))
    return visits.give_cookie(_go(wave, started.first_page), wave, started.token)


# -- questions ------------------------------------------------------------------------------------


@blueprint.get("/<wave>/<page>")
@pages.respondent
def ask(wave: str, page: str) -> Response | Redirect:
    """A page of questions, if the respondent has come as far."""
    visit = visits.find_visit(wave)
    elsewhere = _elsewhere(visit, page)
    if elsewhere is not None:
        return elsewhere
    path = visit.state.path
    if not _is_reached(path, page):
        return _go(wave, path.first_incomplete or SEND)
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
    elsewhere = _elsewhere(visit, page)
    if elsewhere is not None:
        return elsewhere
    posted = posting.read_post(visit, page, request.form)
    if not visits.has_csrf_token(visit, request.form.get("csrf", "")):
        return screens.show_page(visit, page, visit.state.path, telling.show_expired(posted), 403)
    outcome = posting.save_post(visit, posted)
    visit = replace(visit, state=outcome.state)
    if posted.language:
        visit = posting.change_language(visit, posted.language)
    if outcome.stays:
        return _show_again(visit, posted, outcome)
    return _leave(visit, posted, outcome)


def _elsewhere(visit: Visit, page: str) -> Response | Redirect | None:
    """Where a respondent belongs who cannot be at a question; 404 for a page that the version does not have."""
    state = visit.state
    if state.disposition == "complete":
        return _go(visit.wave, END)
    if state.disposition == "withdrawn":
        return halts.withdrawn(visits.find_visitor(visit.wave))
    if state.disposition == "screened_out" and (taken := state.path.exit) is not None:
        return _go(visit.wave, f"{EXIT}/{taken.name}")
    if state.wave_status != "open":
        raise WaveIsClosed if state.wave_status == "closed" else WaveIsNotOpen
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


def _is_reached(path: Path, page: str) -> bool:
    """Whether a page is on the path, and none before it still has to be answered."""
    if page not in path.pages:
        return False
    first = path.first_incomplete
    return first is None or path.pages.index(page) <= path.pages.index(first)


def _show_again(visit: Visit, posted: Posted, outcome: Outcome) -> Response:
    """The page with what is to be put right; 422, 409 when another window was faster."""
    visits.speak(visit.state.language)
    shown = telling.show_again(visit, posted, outcome)
    blocked = 409 if outcome.saved.conflicts else 422
    return screens.show_page(visit, posted.page, visit.state.path, shown, blocked if outcome.is_blocked else 200)


def _leave(visit: Visit, posted: Posted, outcome: Outcome) -> Redirect:
    """Where the button leads once the page is saved."""
    path, saved = visit.state.path, outcome.saved
    if saved.exit is not None:
        left = _go(visit.wave, f"{EXIT}/{saved.exit.name}")
        return left if saved.exit.keep else visits.drop_cookie(left, visit.wave)
    if posted.language:
        return _go(visit.wave, request.full_path.rstrip("?").removeprefix(visit.root))
    if posted.going == LATER:
        return _go(visit.wave, PAUSE)
    if posted.going == BACK:
        return _go(visit.wave, path.before(posted.page) or "")
    if saved.next_page == posted.page:
        opened = next((name for name in path.shown[posted.page] if _is_new(visit, name)), path.shown[posted.page][0])
        return _go(visit.wave, f"{posted.page}#q-{opened}")
    if request.args.get("de") == SEND:
        return _go(visit.wave, f"{path.first_incomplete}?de={SEND}" if path.first_incomplete else SEND)
    return _go(visit.wave, saved.next_page or SEND)


def _is_new(visit: Visit, question: str) -> bool:
    state = visit.state
    asked = state.questionnaire.question(question)
    absent = screens.hidden_rows(asked, state.path.hidden.get(question, frozenset()))
    return any(name not in state.given and name not in absent for name in asked.answers)


def _go(wave: str, place: str) -> Redirect:
    """To another page of the wave, by GET."""
    target: Redirect = redirect(visits.wave_root(wave) + place, 303)
    return target


def _place(visit: Visit) -> str:
    """Where the respondent stands."""
    return visit.state.path.first_incomplete or SEND


# -- sending --------------------------------------------------------------------------------------


@blueprint.get(f"/<wave>/{SEND}")
@pages.respondent
def check(wave: str) -> Response | Redirect:
    """Every answer, before they are sent."""
    visit = visits.find_visit(wave)
    elsewhere = _elsewhere(visit, SEND)
    if elsewhere is not None:
        return elsewhere
    first = visit.state.path.first_incomplete
    return _show_review(visit) if first is None else _go(wave, first)


@blueprint.post(f"/<wave>/{SEND}")
@pages.respondent
def send(wave: str) -> Response | Redirect:
    """Send the response, once."""
    visit = visits.find_visit(wave)
    elsewhere = _elsewhere(visit, SEND)
    if elsewhere is not None:
        return elsewhere
    going = request.form.get("aller")
    if going in (BACK, LATER):
        return _go(wave, PAUSE if going == LATER else visit.state.path.pages[-1])
    if not visits.has_csrf_token(visit, request.form.get("csrf", "")):
        return _show_review(visit, is_refused=True)
    platform = pages.platform()
    secret_key = platform.settings.secret_key
    sent = responding.submit_response(pages.session(), wave, visit.token, secret_key, platform.sender)
    return _go(wave, f"{sent.page}?de={SEND}&{AGAIN}" if isinstance(sent, Incomplete) else END)


def _show_review(visit: Visit, is_refused: bool = False) -> Response:
    return pages.render(
        "respond/review.html",
        403 if is_refused else 200,
        head=halts.head_of(visits.find_visitor(visit.wave), SEND),
        csrf=visit.csrf,
        parts=review(visit.state),
        unanswered=count_unanswered(visit.state),
        summary=telling.not_sent() if is_refused else "",
    )


@blueprint.get(f"/<wave>/{END}")
@pages.respondent
def end(wave: str) -> Response | Redirect:
    """The receipt."""
    visit = visits.find_visit(wave)
    state = visit.state
    if state.disposition != "complete" or state.completed_at is None:
        return _elsewhere(visit, SEND) or _go(wave, _place(visit))
    visitor = visits.find_visitor(wave)
    code = responding.receipt_code(pages.platform().settings.secret_key, visit.token)
    return pages.render(
        "respond/end.html",
        head=halts.head_of(visitor, END),
        code=code,
        letters=", ".join(" ".join(group) for group in code.split("-")),
        completed_at=state.completed_at,
        notice=visitor.entry.notice,
    )


@blueprint.get(f"/<wave>/{EXIT}/<name>")
@pages.public
def leave(wave: str, name: str) -> Response:
    """Why the survey ends here for someone it does not concern."""
    visitor = visits.find_visitor(wave)
    taken = next((one for one in visitor.questionnaire.exits if one.name == name), None)
    if taken is None:
        abort(404)
    say = _say_exit(visitor)
    return halts.page_of_words(
        halts.head_of(visitor),
        say(taken.title),
        say(taken.text),
        gettext("Si vous vous êtes trompé de réponse, vous pouvez recommencer depuis l’accueil."),
        actions=((gettext("Revenir à l’accueil de l’enquête"), visits.wave_root(wave)),),
    )


def _say_exit(visitor: Visitor) -> Say:
    """What puts the texts of an exit into words: with the answers, unless they were erased."""
    visit = visitor.visit
    if visit is not None:
        return Wording(visit.state, visitor.language).on(visit.state.path.pages[-1])
    return lambda text: piping.render(text, visitor.language, visitor.questionnaire, {})


# -- beside the questions -------------------------------------------------------------------------


@blueprint.get(f"/<wave>/{PAUSE}")
@pages.respondent
def pause(wave: str) -> Response | Redirect:
    """How to come back."""
    visit = visits.find_visit(wave)
    elsewhere = _elsewhere(visit, SEND)
    if elsewhere is not None:
        return elsewhere
    address = request.host_url.rstrip("/") + visit.root
    return halts.page_of_words(
        halts.head_of(visits.find_visitor(wave), PAUSE),
        gettext("Vos réponses sont gardées"),
        gettext("Pour reprendre où vous en êtes, rouvrez cette adresse dans ce même navigateur :"),
        address,
        gettext("Ne fermez pas le navigateur entre-temps : une fois fermé, il oublie le lien avec vos réponses."),
        actions=((gettext("Reprendre"), f"{visit.root}{_place(visit)}"),),
    )


@blueprint.get("/<wave>/donnees")
@pages.public
def data(wave: str) -> Response:
    """The notice of the wave and one's rights."""
    return _aside(wave, "data", "donnees")


@blueprint.get("/<wave>/aide")
@pages.public
def help_page(wave: str) -> Response:
    """Help on answering, and whom to ask."""
    return _aside(wave, "help", "aide")


@blueprint.get("/<wave>/accessibilite")
@pages.public
def accessibility(wave: str) -> Response:
    """The declaration of accessibility."""
    return _aside(wave, "access", "accessibilite")


def _aside(wave: str, template: str, here: str) -> Response:
    visitor = visits.find_visitor(wave)
    head = halts.head_of(visitor, here)
    notice = visitor.entry.notice
    return pages.render(f"respond/{template}.html", head=head, notice=notice, resume=_resume(visitor))


@blueprint.post("/<wave>/langue")
@pages.respondent
def change_language(wave: str) -> Redirect:
    """Go on in another language; the page that asked is shown again."""
    visit = visits.find_visit(wave)
    chosen = request.form.get("langue", "")
    if visits.has_csrf_token(visit, request.form.get("csrf", "")) and chosen in visit.state.questionnaire.languages:
        posting.change_language(visit, chosen)
    here = request.form.get("page", "")
    return _go(wave, here if here in (SEND, END, PAUSE, "donnees", "aide", "accessibilite") else "")


def _resume(visitor: Visitor) -> str:
    """Where the response goes on; empty when there is none that does."""
    return _place(visitor.visit) if visitor.visit is not None and visitor.is_answering else ""


# -- what stops one -------------------------------------------------------------------------------


@blueprint.errorhandler(WaveNotFound)
def _wave_not_found(_error: WaveNotFound) -> Response:
    return halts.unknown_wave()


@blueprint.errorhandler(WaveIsClosed)
@blueprint.errorhandler(WaveIsNotOpen)
@blueprint.errorhandler(VisitIsOver)
@blueprint.errorhandler(ResponseNotFound)
@blueprint.errorhandler(ForeignRequest)
def _stopped(error: Exception) -> Response:
    try:
        visitor = visits.find_visitor((request.view_args or {})["wave"])
    except WaveNotFound:
        return halts.unknown_wave()
    if isinstance(error, ForeignRequest):
        return halts.foreign(visitor)
    if visitor.entry.status != "open":
        return halts.closed(visitor) if visitor.entry.status == "closed" else halts.not_open(visitor)
    return halts.over(visitor)


@blueprint.errorhandler(ResponseIsSent)
def _sent(_error: ResponseIsSent) -> Redirect:
    return _go((request.view_args or {})["wave"], END)


@blueprint.errorhandler(HTTPException)
def _refused(error: HTTPException) -> Response:
    return halts.refused(error.code or 400)
