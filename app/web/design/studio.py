"""The studio: a draft as outline, cards and properties; each change of it is one small post, saved at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Response, abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as Redirect

from app.models import Edit as EditRow
from app.services import authoring, drafting, proving, reviewing, rights
from app.services.authoring import VersionSummary
from app.services.drafting import Draft, EditConflict, NothingToUndo, UndoIsBlocked, VersionIsFrozen, VersionNotFound
from app.services.proving import ProofState
from app.web import formats, pages
from app.web.design import studio_labels as labels
from app.web.design import studio_panes, studio_problems, studio_properties
from app.web.design.studio_acts import Asked, ValueCannotBeHeld, held, read_act
from questionnaires import editing
from questionnaires.editing import ElementNotFound, Operation, OperationDoesNotApply, Spot, Taken
from questionnaires.model import Questionnaire

PANES = ("outline", "canvas", "properties", "status")
WATCHED = ("outline", "canvas", "status")
"""Panes that change while a person does nothing: somebody else edits, a check ends."""
MOST_FOUND = 100


@dataclass(frozen=True, slots=True)
class Refused:
    """What was not kept of a form: the sentence at each field, and what was typed there, by key."""

    sentences: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    conflict: Mapping[str, object] | None = None


NOTHING = Refused()


@dataclass(frozen=True, slots=True)
class Desk:
    """A draft in front of somebody: where they stand, in which language they read it, what is known of it.

    `taken`: the names and codes of the published versions of this questionnaire: fixed, and never used again.
    """

    version: VersionSummary
    model: Questionnaire
    state: ProofState
    taken: Taken
    draft: Draft
    at: int
    language: str


def studio(version_id: int) -> Response | Redirect:
    """The draft, at an element. A version that is frozen is read, not edited."""
    desk = open_desk(version_id, request.args.get("at", ""), request.args.get("lang", ""))
    if "page" in request.args:
        desk = replace(desk, at=_page_of(desk, request.args["page"]))
    if desk.version.status != "draft":
        flash(_frozen(), "done")
        return redirect(url_for("design.version", version_id=version_id), 303)
    return _page(desk, NOTHING)


def _page_of(desk: Desk, name: str) -> int:
    """The page of this name, as the addresses of the preview say it; the questionnaire where there is none."""
    pages_of = (one for one in desk.draft.document.nodes.values() if one.kind == "page")
    return next((one.element for one in pages_of if one.name == name.partition("@")[0]), desk.at)


def studio_edit(version_id: int) -> Response | Redirect:
    """One change of the draft."""
    if request.method != "POST":
        return redirect(url_for("design.studio", version_id=version_id), 303)
    desk = open_desk(version_id, request.form.get("at", ""), request.form.get("lang", ""), "edit")
    if desk.version.status != "draft":
        return _refuse_frozen(version_id)
    if _is_known(desk):
        return _answer(desk, "", None)
    act, _colon, number = request.form.get("act", "save").partition(":")
    try:
        if act in ("undo", "redo", "revert"):
            return _turn_back(desk, act, int(number) if number.isdecimal() and len(number) < 10 else 0)
        asked = read_act(desk.draft.document, request.form, desk.at, desk.taken)
        return _apply(desk, asked)
    except VersionIsFrozen:
        return _refuse_frozen(version_id)
    except EditConflict as error:
        return _conflict(desk, error)
    except ValueCannotBeHeld as error:
        typed = {error.key: request.form.get(error.key, "")}
        return _refuse(desk, Refused({error.key: error.sentence}, typed), 422, error.sentence)
    except (OperationDoesNotApply, ElementNotFound):
        said = _("L’élément a changé ou a disparu entre-temps. Le brouillon est montré tel qu’il est.")
        return _refuse(desk, NOTHING, 422, said)


def studio_pulse(version_id: int) -> Response | Redirect:
    """Says where a person is; answers with where the others are, and with the panes as they are now."""
    if request.method != "POST":
        return redirect(url_for("design.studio", version_id=version_id), 303)
    desk = open_desk(version_id, request.form.get("at", ""), request.form.get("lang", ""))
    client = request.form.get("client", "")[:32]
    others = drafting.pulse(pages.session(), current_user, version_id, client, desk.at)
    mark = _mark(desk)
    return jsonify(
        revision=desk.draft.revision,
        others=[{"name": one.name, "element": one.element} for one in others],
        mark=mark,
        panes={} if mark == request.form.get("mark") else _panes(desk, WATCHED),
    )


def studio_find(version_id: int) -> Response:
    """Where words are said in the draft."""
    desk = open_desk(version_id, "", request.args.get("lang", ""))
    words = request.args.get("q", "").strip()[:200]
    found = editing.search(desk.draft.document, words) if words else []
    places = [(_place(desk, spot), spot.element) for spot in found[:MOST_FOUND]]
    return pages.render("design/studio/find.html", desk=desk, words=words, places=places, count=len(found))


def studio_languages(version_id: int) -> Response | Redirect:
    """Every text in two languages side by side; a POST saves those that changed."""
    values = request.values
    desk = open_desk(version_id, "", values.get("lang", ""), "edit" if request.method == "POST" else "read")
    codes = desk.draft.document.languages
    other = values.get("other", "")
    other = other if other in codes else next((one for one in codes if one != desk.language), desk.language)
    conflicts: dict[str, str] = {}
    if request.method == "POST":
        if desk.version.status != "draft":
            return _refuse_frozen(version_id)
        conflicts = _save_texts(desk)
        if not conflicts:
            flash(_("Les textes sont enregistrés."), "done")
            target = url_for(
                "design.studio_languages",
                version_id=version_id,
                lang=desk.language,
                other=other,
                only=values.get("only"),
            )
            return redirect(target, 303)
    document = desk.draft.document
    missing = set(editing.untranslated(document, other))
    only = values.get("only") == "missing"
    spots = [spot for spot in editing.texts(document) if not only or spot in missing]
    rows = [(spot, _place(desk, spot), editing.find(document, spot.element).tree[spot.key]) for spot in spots]
    return pages.render(
        "design/studio/languages.html",
        status=409 if conflicts else 200,
        desk=desk,
        other=other,
        rows=rows,
        only=only,
        missing=missing,
        conflicts=conflicts,
        typed=request.form,
    )


def studio_history(version_id: int) -> Response:
    """Every edit of the draft: who, when, what."""
    desk = open_desk(version_id, "", request.args.get("lang", ""))
    edits = drafting.history(pages.session(), version_id)
    return pages.render("design/studio/history.html", desk=desk, edits=edits, acts=labels.ACT_LABELS)


def studio_paste(version_id: int) -> Response | Redirect:
    """What pasted lines would make, before they are added."""
    if request.method != "POST":
        return redirect(url_for("design.studio", version_id=version_id), 303)
    desk = open_desk(version_id, request.form.get("at", ""), request.form.get("lang", ""))
    key, lines = request.form.get("list", "choices"), request.form.get("lines", "")
    try:
        made = _pasted(desk, key, lines)
    except OperationDoesNotApply:
        abort(404)
    return pages.render("design/studio/paste.html", desk=desk, made=made, key=key, lines=lines)


# -- what is asked --------------------------------------------------------------------------------


def open_desk(version_id: int, at: str, language: str, right: str = "read") -> Desk:
    """The draft as it is now, for somebody who has this right."""
    session = pages.session()
    try:
        draft = drafting.get_draft(session, version_id)
    except VersionNotFound:
        abort(404)
    for one in dict.fromkeys(("read", right)):
        rights.require(session, current_user, draft.questionnaire_id, one)
    summary, model = authoring.get_version(session, version_id)
    published = authoring.published_models(session, summary.questionnaire_key, but=version_id)
    codes = draft.document.languages
    element = int(at) if at.isdecimal() and len(at) < 10 else 0
    return Desk(
        summary,
        model,
        proving.proof_of(session, version_id),
        editing.taken(published),
        draft,
        element if element in draft.document.nodes else 0,
        language if language in codes else codes[0],
    )


def _is_known(desk: Desk) -> bool:
    """Whether this very edit was already applied: its answer was lost, and it was sent again."""
    once, seen = request.form.get("once", ""), request.form.get("revision", "")
    if not once or not seen.isdecimal() or int(seen) >= desk.draft.revision:
        return False
    later = drafting.changes_since(pages.session(), desk.version.id, int(seen))
    return any(one.label.get("once") == once for one in later)


def _apply(desk: Desk, asked: Asked) -> Response | Redirect:
    document = desk.draft.document
    draft = desk.draft
    if asked.operations:
        subject = editing.label(document, asked.subject, desk.language)[:80]
        label = {"act": asked.act, "element": asked.subject, "subject": subject, "once": request.form.get("once", "")}
        session, sender = pages.session(), pages.platform().sender
        draft = drafting.edit(session, sender, current_user, desk.version.id, asked.operations, label).draft
    at = document.next_id if asked.at is None else asked.at
    at = at if at in draft.document.nodes else 0
    focus = f"e{at}" if asked.at is None or asked.act == "delete" else None
    return _answer(replace(desk, draft=draft, at=at), asked.said, focus)


def _turn_back(desk: Desk, act: str, revision: int) -> Response | Redirect:
    session, sender, version_id = pages.session(), pages.platform().sender, desk.version.id
    try:
        if act == "revert":
            edited = drafting.revert_to(session, sender, current_user, version_id, revision)
        else:
            turn = drafting.undo if act == "undo" else drafting.redo
            edited = turn(session, sender, current_user, version_id, request.form.get("once", ""))
    except NothingToUndo:
        return _answer(desk, _("Il n’y a rien à annuler.") if act == "undo" else _("Il n’y a rien à rétablir."), None)
    except UndoIsBlocked:
        said = _("Quelqu’un a travaillé depuis sur ce que vous aviez changé : corrigez-le à la main.")
        return _refuse(desk, NOTHING, 422, said)
    at = desk.at if desk.at in edited.draft.document.nodes else 0
    said = {
        "undo": _("La dernière modification est annulée."),
        "redo": _("La modification est rétablie."),
        "revert": _("Le brouillon est revenu à cet état. « Annuler » y renonce."),
    }[act]
    return _answer(replace(desk, draft=edited.draft, at=at), said, None)


def _save_texts(desk: Desk) -> dict[str, str]:
    """Save the texts of the table that were changed; those that somebody else changed, by name of field."""
    form = request.form
    wanted: list[Operation] = []
    conflicts: dict[str, str] = {}
    for name in form:
        _was, _dash, place = name.partition("-")
        element, _dot, key = place.partition("-")
        if _was != "was" or not element.isdecimal() or form.get(f"p-{place}") is None:
            continue
        after, before = (form[one].replace("\r\n", "\n") for one in (f"p-{place}", name))
        if after == before or int(element) not in desk.draft.document.nodes:
            continue
        present = held(editing.find(desk.draft.document, int(element)).tree, key)
        if (present or "") not in (before, after):
            conflicts[place] = str(present or "")
        else:
            wanted += editing.put(desk.draft.document, int(element), key, after)
    if wanted and not conflicts:
        label = {"act": "save", "element": 0, "subject": _("Langues")}
        drafting.edit(pages.session(), pages.platform().sender, current_user, desk.version.id, tuple(wanted), label)
    return conflicts


# -- what is answered -----------------------------------------------------------------------------


def _is_script() -> bool:
    return request.headers.get("X-Studio") == "1"


def _answer(desk: Desk, said: str, focus: str | None) -> Response | Redirect:
    """The panes for the script; the page again, at the element, for who has none."""
    if _is_script():
        panes = _panes(desk, PANES)
        revision, mark = desk.draft.revision, _mark(desk)
        return jsonify(
            revision=revision, at=desk.at, mark=mark, panes=panes, focus=focus, said=said, conflict=None
        )  # fmt: skip
    if said:
        flash(said, "done")
    target = url_for("design.studio", version_id=desk.version.id, at=desk.at, lang=desk.language)
    return redirect(f"{target}#{focus or f'e{desk.at}'}", 303)


def _mark(desk: Desk) -> str:
    """All that the watched panes are made of, in short: a page that has this mark has these panes."""
    draft, state = desk.draft, desk.state
    waived = sorted(one.key for one in state.waivers)
    told = (draft.revision, draft.checked, draft.updated_at, draft.content_hash, state.status, state.made_at, waived)
    return hashlib.sha256(repr((*told, desk.at, desk.language, formats.language())).encode()).hexdigest()


def _pasted(desk: Desk, key: str, lines: str) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """Code and labels of each element that pasted lines make, by making them on a document that is not kept."""
    document = desk.draft.document
    known = len(editing.children(document, desk.at, key))
    made = editing.apply(document, editing.paste_choices(document, desk.at, lines, key)).document
    trees = [one.tree for one in editing.children(made, desk.at, key)[known:]]
    return tuple((str(one.get("code", "")), one["label"]) for one in trees)


def _refuse(desk: Desk, refused: Refused, status: int, said: str) -> Response:
    if not _is_script():
        page = _page(desk, refused, said)
        page.status_code = status
        return page
    answer = jsonify(
        revision=desk.draft.revision,
        at=desk.at,
        panes=_panes(desk, PANES, refused),
        focus=None,
        said=said,
        conflict=refused.conflict,
    )
    answer.status_code = status
    return answer


def _conflict(desk: Desk, error: EditConflict) -> Response:
    """Both values, and nothing lost of what was typed, in this field and in the others of the form."""
    label = str(labels.FIELD_LABELS.get(error.key.partition(".")[0], error.key))
    theirs = " ".join(map(str, error.theirs)) if isinstance(error.theirs, list) else str(error.theirs or "")
    typed = {name.removeprefix("p-"): value for name, value in request.form.items() if name.startswith("p-")}
    mine = typed.get(error.key, "")
    who = error.author or _("Quelqu’un")
    sentence = _("%(who)s a enregistré entre-temps : « %(theirs)s ». Rien n’a été remplacé.", who=who, theirs=theirs)
    conflict = {
        "element": error.element, "key": error.key, "label": label, "mine": mine, "theirs": theirs, "who": str(who)
    }  # fmt: skip
    return _refuse(desk, Refused({error.key: sentence}, typed, conflict), 409, sentence)


def _frozen() -> str:
    return str(_("Cette version est publiée : elle ne change plus. Faites-en un nouveau brouillon pour la modifier."))


def _refuse_frozen(version_id: int) -> Response | Redirect:
    if _is_script():
        answer = jsonify(revision=0, panes={}, focus=None, said=_frozen(), conflict=None)
        answer.status_code = 409
        return answer
    flash(_frozen(), "done")
    return redirect(url_for("design.version", version_id=version_id), 303)


def _page(desk: Desk, refused: Refused, said: str = "") -> Response:
    return pages.render("design/studio/studio.html", **_context(desk, refused), said=said)


def _panes(desk: Desk, names: tuple[str, ...], refused: Refused = NOTHING) -> dict[str, str]:
    context = _context(desk, refused, request.form.get("held", ""))
    return {name: render_template(f"design/studio/{name}.html", **context) for name in names}


def _context(desk: Desk, refused: Refused, held: str = "") -> dict[str, Any]:
    """What the templates read; `held`: the marks of the pieces that the page has already."""
    session, draft, document = pages.session(), desk.draft, desk.draft.document
    problems = studio_problems.problems_by_element(draft, desk.language, desk.state, desk.model)
    return {
        "desk": desk,
        "document": document,
        "pieces": studio_panes.Pieces(held, desk.version.id, desk.language, formats.language()),
        "problems": problems,
        "outline": studio_panes.outline(document, desk.language, problems),
        "canvas": studio_panes.canvas(document, desk.at, desk.language, problems, desk.model),
        "found": studio_properties.read_properties(document, desk.at, desk.language, desk.taken.names),
        "standing": studio_problems.standing(draft, problems, desk.state, desk.model),
        "types": labels.TYPES,
        "comments": reviewing.open_comments(session, desk.version.id),
        "undo": _turned(drafting.last_edit(session, desk.version.id, current_user.id)),
        "redo": _turned(drafting.last_undone(session, desk.version.id, current_user.id)),
        "refused": refused,
        "section": "design",
    }


def _turned(row: EditRow | None) -> str:
    """What « Annuler » or « Rétablir » would turn back, in words; empty for nothing."""
    if row is None:
        return ""
    words = str(labels.ACT_LABELS.get(str(row.label.get("act", "")), _("Modification")))
    subject = str(row.label.get("subject", ""))
    return f"{words} « {subject} »" if subject else words


def _place(desk: Desk, spot: Spot) -> tuple[str, str, str]:
    """Where a value is, in words: what the element is and is called, which property."""
    node = editing.find(desk.draft.document, spot.element)
    key = str(labels.FIELD_LABELS.get(spot.key.partition(".")[0], spot.key))
    label = editing.label(desk.draft.document, spot.element, desk.language)
    return str(labels.KIND_LABELS[node.kind]), label, key
