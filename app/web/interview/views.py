"""The desk of whoever asks others: the waves that can be asked now, and interviews by telephone."""

from __future__ import annotations

from flask import Response, abort, request
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as Redirect

from app.services import interviewing, paper, responding
from app.services.fieldwork import PLACEHOLDER
from app.services.interviewing import ConsentIsMissing
from app.services.responding import Entry
from app.web import formats, pages
from app.web.interview.desk import blueprint, find_entry
from app.web.interview.forms import StartForm
from app.web.respond import visits
from app.web.respond.places import go
from app.web.respond.staffed import ROLES
from questionnaires import piping


@blueprint.get("/")
@pages.requires(*ROLES)
def waves() -> Response:
    """The waves that take answers now, each with its two doors."""
    found = interviewing.waves_to_ask(pages.session())
    counts = {wave.id: paper.count_forms(pages.session(), wave.id) for wave in found}
    return pages.render("interview/waves.html", waves=found, counts=counts)


@blueprint.route("/<key>/telephone", methods=["GET", "POST"])
@pages.requires(*ROLES)
def telephone(key: str) -> Response | Redirect:
    """What to read aloud before the first question, then the interview begins."""
    entry = find_entry(key)
    form = StartForm()
    form.offer(entry)
    if form.validate_on_submit():
        try:
            return _begin(key, form)
        except ConsentIsMissing:
            form.agreed.errors = [
                _("Sans son accord, l’entretien ne commence pas. Remerciez la personne et passez à l’appel suivant.")
            ]
    return pages.render(
        "interview/telephone.html", entry=entry, form=form, intro=_introduction(entry), placeholder=PLACEHOLDER
    )


def _begin(key: str, form: StartForm) -> Redirect:
    secret_key = pages.platform().settings.secret_key
    started = interviewing.begin_interview(
        pages.session(), key, form.language.data, secret_key, form.has_agreed, current_user, form.once.data or ""
    )
    return visits.give_cookie(go(key, started.first_page), key, started.token)


def _introduction(entry: Entry) -> str:
    """What the survey is, in the language of the version nearest to that of the page."""
    description = entry.questionnaire.description
    return description.in_(formats.language()) if description else ""


@blueprint.get("/<key>/telephone/exit/<name>")
@pages.requires(*ROLES)
def screened_out(key: str, name: str) -> Response:
    """The words to say to someone whom the survey does not concern, then the next call."""
    entry = responding.open_entry(pages.session(), key)
    taken = next((one for one in entry.questionnaire.exits if one.name == name), None)
    if taken is None:
        abort(404)
    asked = request.args.get("lang", "")
    language = asked if asked in entry.questionnaire.languages else entry.questionnaire.first_language
    title, text = (piping.render(one, language, entry.questionnaire, {}) for one in (taken.title, taken.text))
    return pages.render("interview/exit.html", entry=entry, title=title, text=text, language=language)
