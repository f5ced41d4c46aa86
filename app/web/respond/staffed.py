"""Answering through the staff: whoever asks by telephone or copies a form, on the pages of every respondent.

The cookie of a response is not enough here. Until it is sent, a response by telephone or on paper is opened only for
an interviewer who is signed in, and an entry of a form only for whoever types it. A code that is given over the
telephone therefore opens nothing on the web before the interview is finished; then it is the receipt of the person.
"""

from __future__ import annotations

from flask import g, render_template
from flask_babel import gettext
from flask_security import current_user
from markupsafe import Markup

from app.services import fieldwork, paper
from app.services.paper import EntryIsOver
from app.services.responding import ResponseState
from app.web import pages

WEB, PAPER = "web", "paper"
ROLES = ("administrator", "interviewer")
"""Who asks others."""


def is_interviewer() -> bool:
    """Whether someone who asks others is signed in."""
    return bool(current_user.is_authenticated) and any(current_user.has_role(role) for role in ROLES)


def is_shut(state: ResponseState) -> bool:
    """Whether a response that the staff writes is not for whoever holds its cookie; `shut_words` says why."""
    if state.mode == WEB or state.disposition != "in_progress":
        return False
    if not is_interviewer():
        g.shut = "sign-in"
        return True
    if state.mode == PAPER:
        try:
            paper.require_entry(pages.session(), state.id, current_user.id)
        except EntryIsOver:
            g.shut = "entry"
            return True
    return False


def shut_words() -> tuple[str, str, str, str] | None:
    """Title, text, and the way on (label, address) of a response that was shut; None when none was."""
    match g.get("shut"):
        case "sign-in":
            return (
                gettext("Ce questionnaire est rempli par l’équipe d’enquête"),
                gettext(
                    "Il se poursuit au téléphone, ou sur la page de saisie d’un formulaire. Si vous êtes de l’équipe, "
                    "connectez-vous ; sinon, attendez l’appel de la personne qui vous interroge."
                ),
                gettext("Se connecter"),
                "/account/login?next=/interview/",
            )
        case "entry":
            return (
                gettext("Cette saisie est terminée"),
                gettext("Ses réponses ne changent plus. Revenez à la liste des formulaires pour la suite."),
                gettext("Revenir à la collecte"),
                "/interview/",
            )
    return None


def bar(state: ResponseState) -> Markup:
    """What stands above every page of such a response: the mode, the wave, the form. Empty on the web."""
    if state.mode == WEB:
        return Markup("")
    entry = paper.entry_of(pages.session(), state.id) if state.mode == PAPER else None
    html = render_template(
        "respond/staffed.html",
        mode=state.mode,
        wave=fieldwork.get_wave(pages.session(), state.wave_key),
        number=entry[0].number if entry else None,
        is_second=entry is not None and entry[1],
    )
    return Markup(html)  # noqa: S704 (made by a template, which escapes)
