"""What stands in the frame of a preview: the pages of respondents, posted and routed as theirs, kept apart.

Everything is made by the modules that serve respondents, from a state that is no response. Only the address, the
token of the form and where answers are kept are of here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Response, abort, redirect, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as Redirect

from app.services import previewing, responding
from app.services.drafting import VersionNotFound
from app.services.previewing import PreviewNotFound, Trial
from app.services.responding import Saved, Weighed
from app.web import pages
from app.web.respond import halts, posting, screens, scripted, telling, visits
from app.web.respond.posting import BACK, KEEP, LATER, LIST, Outcome, Posted
from app.web.respond.suggesting import propose
from app.web.respond.visits import Visit
from app.web.respond.wording import Wording
from questionnaires.model import Section, Suggester, split_item
from questionnaires.routing import Path

SEND, PAUSE, CONTENTS, EXIT = "envoi", "pause", "les-parties", "sortie-"
"""What stands in the place of pages that only a real response has, and of exits."""
ASIDE = ("aide", "donnees", "accessibilite")
FIELD = '<input type="hidden" name="csrf" value="'


@dataclass(frozen=True, slots=True)
class Rehearsal(Visit):
    """A visit of nobody: its forms carry the token of whoever is signed in."""

    @property
    def csrf(self) -> str:
        token: str = generate_csrf()
        return token

    @property
    def session_seconds(self) -> str:
        return ""


def screen(version_id: int, public_id: str, page: str) -> Response:
    """A page as a respondent sees it; one that is off their path shows all its questions."""
    trial = _find(version_id, public_id)
    if previewing.is_page(trial.state, page):
        return _show(_visit(trial), page)
    said = _words(trial, page)
    if said is None:
        abort(404)
    return said


def answer(version_id: int, public_id: str, page: str) -> Response | Redirect:
    """Keep a page of the preview, then go where the button leads."""
    trial = _find(version_id, public_id)
    if not previewing.is_page(trial.state, page):
        return _go(trial, previewing.first_page(trial.state))
    visit = _visit(trial)
    posted = posting.read_post(visit, page, request.form)
    wrong = tuple(
        one
        for one in posted.form.problems
        if posted.is_passing or f"{posted.going}:{responding.problem_key(one)}" not in posted.accepted
    )
    weighed = responding.weigh_page(
        visit.state,
        page,
        posted.form.answers,
        posted.base,
        posted.is_passing and not wrong,
        posted.accepted,
        posted.earlier,
    )
    conflicts = posting.conflicts_of(page, visit.state.questionnaire, weighed.conflicts)
    problems = () if posted.going == KEEP else (*wrong, *weighed.problems, *conflicts)
    goes = page if problems or posted.going == KEEP else _next(visit, posted, weighed)
    trial = previewing.keep_preview(
        pages.session(), current_user, trial, given=weighed.merged, language=posted.language, at=goes
    )
    if posted.going == KEEP:
        return scripted.kept({key: weighed.merged.get(key) for key in posted.base})
    if problems:
        visit = _visit(trial)
        saved = Saved(problems, weighed.conflicts, None, None, visit.state)
        outcome = Outcome(saved, problems)
        return _show(visit, page, telling.show_again(visit, posted, outcome), 422 if outcome.is_blocked else 200)
    return _go(trial, goes)


def suggestions(version_id: int, public_id: str, question: str) -> Response:
    """The places that words may mean, as respondents are proposed them."""
    state = _find(version_id, public_id).state
    try:
        asked = state.questionnaire.question(question)
    except KeyError:
        abort(404)
    if not isinstance(asked, Suggester):
        abort(404)
    return propose(request.args.get("q", ""))


def _find(version_id: int, public_id: str) -> Trial:
    try:
        return previewing.find_preview(pages.session(), current_user, version_id, public_id)
    except (PreviewNotFound, VersionNotFound):
        abort(404)


def _visit(trial: Trial) -> Rehearsal:
    visits.speak(trial.state.language)
    return Rehearsal("", "", trial.state)


def _go(trial: Trial, place: str) -> Redirect:
    found: Redirect = redirect(
        url_for("trying.screen", version_id=trial.state.version_id, public_id=trial.public_id, page=place or SEND),
        303,
    )
    return found


def _next(visit: Visit, posted: Posted, weighed: Weighed) -> str:
    """The page where the button leads, once what was posted is kept."""
    page = posted.page
    state = replace(visit.state, given=weighed.merged)
    path = state.path
    if posted.language:
        return page
    if posted.going == BACK:
        return path.before(page) or page
    if posted.going in (LATER, LIST):
        return PAUSE if posted.going == LATER else CONTENTS
    if path.exit is not None and path.pages[-1] == page:
        return EXIT + path.exit.name
    return page if path.first_incomplete == page else path.after(page) or SEND


def _show(visit: Visit, page: str, shown: screens.Shown | None = None, status: int = 200) -> Response:
    visits.speak(visit.state.language)
    html = screens.question_page(visit, page, path_with(visit.state.path, visit, page), shown)
    response = Response(html.replace(FIELD, FIELD.replace("csrf", "csrf_token"), 1), status, content_type=screens.HTML)
    response.headers["Cache-Control"] = "no-store"
    return response


def path_with(path: Path, visit: Visit, page: str) -> Path:
    """The path with a page that is off it, where all that it asks is shown."""
    if page in path.pages:
        return path
    questions = tuple(one.name for one in visit.state.questionnaire.page(page).questions)
    return replace(path, shown={**path.shown, page: questions})


def _words(trial: Trial, place: str) -> Response | None:
    """A page in the place of one that only a real response has; None where there is none of this name."""
    visits.speak(trial.state.language)
    state = trial.state
    head = screens.make_head(state.questionnaire, state.language, origin="trial", root="")
    back = previewing.first_page(state)
    actions = [(_("Revenir aux questions"), back)] if back else []
    if place == SEND:
        title, texts = (
            _("Fin du questionnaire"),
            [_("Ici, le répondant relit ses réponses, puis les envoie. D’un essai, rien n’est envoyé ni compté.")],
        )
        last = state.path.pages[-1] if state.path.pages else ""
        actions = [(_("Revenir à la dernière page"), last)] if last else []
    elif place == PAUSE:
        title, texts = _("Pause"), [_("Ici, le répondant reçoit le code qui lui permettra de reprendre plus tard.")]
    elif place == CONTENTS:
        title = _("Les parties du questionnaire")
        texts = [_("Ici, le répondant revient à une partie déjà ouverte.")]
        actions = [(one.title.in_(state.language), page) for one, page in _open_sections(trial)]
    elif place in ASIDE:
        title, texts = (
            _("Page de l’enquête"),
            [
                _(
                    "L’aide, les données personnelles et l’accessibilité sont celles de chaque vague : elles "
                    "n’existent pas dans un essai."
                )
            ],
        )
    else:
        left = next((one for one in state.questionnaire.exits if EXIT + one.name == place), None)
        if left is None:
            return None
        say = Wording(state).on(state.path.pages[-1] if state.path.pages else "")
        title, texts = say(left.title), [say(left.text)]
        actions = [(_("Revenir à la dernière page"), state.path.pages[-1])] if state.path.pages else []
    return halts.page_of_words(head, title, *texts, actions=actions)


def _open_sections(trial: Trial) -> list[tuple[Section, str]]:
    """The sections on the path, each with its first page."""
    first: dict[str, tuple[Section, str]] = {}
    for page in trial.state.path.pages:
        section = trial.state.questionnaire.section_of(split_item(page)[0])
        first.setdefault(section.name, (section, page))
    return list(first.values())
