"""The question bank beside a draft: what was published, found by words and by concept, taken with its origin."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as Redirect

from app.services import bank as questions_bank
from app.services import drafting
from app.services.bank import QuestionNotFound
from app.web import pages
from app.web.design import studio_labels as labels
from app.web.design.studio import Desk, open_desk
from questionnaires import editing

MOST_SHOWN = 60


def bank(version_id: int) -> Response | Redirect:
    """Look for a published question; a POST takes one onto a page of the draft."""
    is_taking = request.method == "POST"
    desk = open_desk(version_id, request.values.get("at", ""), request.values.get("lang", ""), "edit")
    if desk.version.status != "draft":
        return redirect(url_for("design.version", version_id=version_id), 303)
    if is_taking:
        return _take(desk)
    session, asked = pages.session(), request.args
    words, concept, key = (asked.get(name, "").strip()[:200] for name in ("q", "concept", "questionnaire"))
    found = questions_bank.questions(session, current_user, desk.language, words=words, concept=concept, key=key)
    every = questions_bank.questions(session, current_user, desk.language)
    return pages.render(
        "design/studio/bank.html",
        desk=desk,
        found=found[:MOST_SHOWN],
        count=len(found),
        words=words,
        concept=concept,
        key=key,
        concepts=sorted({one.concept for one in every if one.concept}),
        questionnaires=sorted({(one.questionnaire_key, one.title) for one in every}),
        pages_of=_pages(desk),
        page=_page(desk),
        types=dict(_type_words()),
    )


def _take(desk: Desk) -> Response | Redirect:
    of, element = (request.form.get(name, "") for name in ("of", "element"))
    page = _page(desk)
    if not (of.isdecimal() and element.isdecimal() and len(of + element) < 18) or page is None:
        abort(404)
    session = pages.session()
    try:
        question = questions_bank.find_question(session, current_user, desk.language, int(of), int(element))
    except QuestionNotFound:
        abort(404)
    operations, left_out = questions_bank.taken_into(desk.draft.document, page, question)
    label = {"act": "bank", "element": page, "subject": question.text[:80]}
    edited = drafting.edit(session, pages.platform().sender, current_user, desk.version.id, operations, label)
    said = _("La question est insérée, avec sa provenance.")
    if left_out:
        names = ", ".join(str(labels.FIELD_LABELS.get(one, one)) for one in left_out)
        said += " " + _("Ce qu’elle lisait n’est pas dans le brouillon : %(names)s reste à écrire.", names=names)
    flash(said, "done")
    at = max(edited.made, default=page, key=lambda one: edited.draft.document.nodes[one].kind == "question")
    target = url_for("design.studio", version_id=desk.version.id, at=at, lang=desk.language)
    return redirect(f"{target}#e{at}", 303)


def _page(desk: Desk) -> int | None:
    """The page of the draft where one stands, else its first one."""
    document = desk.draft.document
    around = editing.around(document, desk.at, "page")
    first = next((one for one in document.nodes.values() if one.kind == "page"), None)
    chosen = around or first
    return None if chosen is None else chosen.element


def _pages(desk: Desk) -> list[tuple[int, str]]:
    document = desk.draft.document
    found = (one for one in document.nodes.values() if one.kind == "page")
    return [(one.element, editing.label(document, one.element, desk.language)) for one in found]


def _type_words() -> list[tuple[str, str]]:
    return [(kind, str(words)) for _group, offered in labels.TYPES for kind, words, *_rest in offered]
