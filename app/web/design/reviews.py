"""A version read by others: comments, requests, decisions."""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as Redirect

from app.services import drafting, reviewing
from app.services.reviewing import (
    CommentNotFound,
    ReviewerIsTheAuthor,
    ReviewIsOfAnotherContent,
    ReviewNotFound,
    TextIsMissing,
)
from app.web import formats, pages
from app.web.design.views import find_version
from questionnaires import editing
from questionnaires.editing import Document, ElementNotFound


def review(version_id: int) -> Response | Redirect:
    """What is said of a version, who was asked to read it, what they decided; each act is a button here."""
    summary, model = find_version(version_id)
    error = ""
    if request.method == "POST":
        try:
            flash(_act(version_id, request.form.get("act", "")), "done")
            return redirect(url_for("design.review", version_id=version_id), 303)
        except TextIsMissing:
            error = _("Écrivez quelques mots, puis recommencez.")
        except ReviewIsOfAnotherContent:
            error = _("La version a changé depuis cette demande. Relisez-la, puis demandez une nouvelle relecture.")
        except ReviewerIsTheAuthor:
            error = _("Une autre personne doit approuver : vous avez demandé la relecture ou modifié la version.")
        except (ReviewNotFound, CommentNotFound):
            error = _("Cette demande ou ce commentaire n’existe plus. Relisez la page.")
    session = pages.session()
    document = drafting.get_draft(session, version_id).document
    threads = reviewing.threads_of(session, version_id)
    element = request.values.get("element", type=int)
    return pages.render(
        "design/review.html",
        status=409 if error else 200,
        version=summary,
        questionnaire=model,
        error=error,
        threads=[(one, _label(document, one.element, one.name)) for one in threads],
        reviews=reviewing.reviews_of(session, version_id),
        needs_review=pages.platform().settings.needs_review,
        element=element,
        element_label=_label(document, element, ""),
        typed=request.form.get("text", "") if error else "",
        asked=request.form.get("act", "") if error else "",
    )


def _act(version_id: int, act: str) -> str:
    """Do what a button asks for; what to say of it. Raises what `reviewing` does."""
    session, text = pages.session(), request.form.get("text", "")
    number = request.form.get("comment", 0, type=int)
    if act == "request":
        reviewing.request_review(session, current_user, version_id, text)
        said: str = _("La relecture est demandée.")
    elif act in ("approve", "changes"):
        seen = request.form.get("seen", "")
        is_approved = act == "approve"
        reviewing.decide_review(session, current_user, version_id, is_approved=is_approved, words=text, seen=seen)
        said = _("La version est approuvée.") if is_approved else _("Les modifications sont demandées.")
    elif act == "withdraw":
        reviewing.withdraw_review(session, current_user, version_id)
        said = _("La demande est retirée.")
    elif act in ("resolve", "reopen"):
        reviewing.resolve_comment(session, current_user, version_id, number, act == "resolve")
        said = _("Le commentaire est réglé.") if act == "resolve" else _("Le commentaire est rouvert.")
    else:
        element = request.form.get("element", type=int)
        name = _label(drafting.get_draft(session, version_id).document, element, "")
        reviewing.add_comment(
            session, current_user, version_id, text, element=element, name=name, answers_id=number or None
        )
        said = _("Le commentaire est ajouté.")
    return said


def _label(document: Document, element: int | None, name: str) -> str:
    """An element as it is called now; as it was called then, once it is gone."""
    if element is None:
        return ""
    try:
        return editing.label(document, element, formats.language())[:80]
    except ElementNotFound:
        return name
