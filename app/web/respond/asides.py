"""Beside the questions: help, the notice, accessibility, the language."""

from __future__ import annotations

from flask import Response, request
from werkzeug.wrappers import Response as Redirect

from app.web import pages
from app.web.respond import halts, posting, visits
from app.web.respond.places import CONTENTS, END, PAUSE, RECEIPT, RESUME, SEND, blueprint, go, resume_place


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
    return pages.render(
        f"respond/{template}.html",
        head=head,
        notice=visitor.entry.notice,
        basis=visitor.entry.basis,
        may_correct=visitor.entry.may_correct,
        session_minutes=pages.platform().settings.session_minutes,
        contact=pages.platform().settings.contact,
        resume=resume_place(visitor),
    )


@blueprint.post("/<wave>/langue")
@pages.respondent
def change_language(wave: str) -> Redirect:
    """Go on in another language; the page that asked is shown again."""
    visit = visits.find_visit(wave)
    chosen = request.form.get("langue", "")
    if visits.has_csrf_token(visit, request.form.get("csrf", "")) and chosen in visit.state.questionnaire.languages:
        posting.change_language(visit, chosen)
    here = request.form.get("page", "")
    known = (SEND, END, PAUSE, RECEIPT, RESUME, CONTENTS, "donnees", "aide", "accessibilite")
    return go(wave, here if here in known else "")
