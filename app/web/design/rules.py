"""The editor of a rule: menus for people, text for experts, the same tree underneath."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as Redirect

from app.services import drafting
from app.services.drafting import Draft, EditConflict
from app.services.problem_messages import message
from app.services.wording import rule_in_words
from app.web import formats, pages
from app.web.design import rule_menus
from app.web.design.rule_menus import Subject
from app.web.design.studio import Desk, open_desk
from app.web.design.studio_labels import FIELD_LABELS
from questionnaires import editing
from questionnaires.editing import FieldKind
from questionnaires.editing.menus import Group, MenusAreIncomplete, from_menus, to_menus
from questionnaires.expressions import (
    ExpressionIsMalformed,
    ExpressionIsTooLarge,
    ExpressionSyntaxError,
    parse,
    to_text,
)
from questionnaires.problems import Data, Problem

MENUS, TEXT = "menus", "text"
NUMBERS = frozenset(("at_least", "at_most", "above", "below", "total_from"))
"""Keys whose rule gives a number or a date: menus make conditions, so these are written."""


@dataclass(frozen=True, slots=True)
class Editor:
    """A rule while it is edited. `text`: what is typed; `menus`: None where it is written as text."""

    mode: str
    text: str
    menus: Group | None
    problem: str = ""
    wrong_at: int | None = None
    notes: tuple[str, ...] = field(default=())


def rule(version_id: int, element: int, key: str) -> Response | Redirect:
    """Edit the rule of an element; a POST redraws the form, or saves."""
    desk = open_desk(version_id, str(element), request.values.get("lang", ""), "edit")
    if desk.version.status != "draft":
        return redirect(url_for("design.version", version_id=version_id), 303)
    known = _known(desk.draft, element, key)
    has_menus = _takes_menus(known, desk.draft.document.nodes[element].kind)
    found = {one.name: one for one in rule_menus.subjects(desk.draft.document, element, desk.language)}
    held = str(editing.find(desk.draft.document, element).tree.get(key, ""))
    if request.method != "POST":
        return _show(desk, known, _opened(held, has_menus), found)
    act = request.form.get("act", "refresh")
    editor = _read(act, has_menus, found)
    if act == "clear" and not known.is_required:
        return _save(desk, known, "", found, editor)
    if act == "save" and not editor.problem:
        return _save(desk, known, editor.text, found, editor)
    return _show(desk, known, editor, found, 422 if act == "save" else 200)


def _known(draft: Draft, element: int, key: str) -> FieldKind:
    node = draft.document.nodes.get(element)
    if node is None:
        abort(404)
    known = next((one for one in editing.fields_of(node.kind, node.type) if one.key == key), None)
    if known is None or known.control != "rule":
        abort(404)
    return known


def _takes_menus(known: FieldKind, kind: str) -> bool:
    return known.key not in NUMBERS and kind != "computed"


def _opened(text: str, has_menus: bool) -> Editor:
    """The editor as it opens: menus where they can say the rule, else its text."""
    if not has_menus:
        return Editor(TEXT, text, None)
    if not text or text == "true":
        return Editor(MENUS, text, Group(parts=(rule_menus.empty_condition(),)))
    try:
        menus = to_menus(parse(text))
    except (ExpressionSyntaxError, ExpressionIsTooLarge, ExpressionIsMalformed) as error:
        return Editor(TEXT, text, None, _said(error), getattr(error, "position", None))
    if menus is None:
        return Editor(TEXT, text, None, notes=(_("Les menus ne savent pas dire cette règle : écrivez-la."),))
    return Editor(MENUS, text, menus)


def _read(act: str, has_menus: bool, found: dict[str, Subject]) -> Editor:
    """The editor as the form holds it, after the button that was pressed."""
    form = request.form
    if form.get("mode") == TEXT:
        text = form.get("text", "").strip()
        if act == MENUS:
            return _opened(text, has_menus)
        try:
            return Editor(TEXT, to_text(parse(text)) if act == "save" else text, None)
        except (ExpressionSyntaxError, ExpressionIsTooLarge, ExpressionIsMalformed) as error:
            return Editor(TEXT, text, None, _said(error), getattr(error, "position", None))
    menus = rule_menus.read_form(form, found)
    if act.partition(":")[0] in ("add", "group", "remove", "up", "down"):
        menus = rule_menus.changed(menus, act)
    try:
        text, problem, place = to_text(from_menus(menus)), "", None
    except MenusAreIncomplete as error:
        text, place = "", error.place
        problem = _("Cette condition est incomplète : choisissez une question, puis une valeur.")
    if act == TEXT:
        return Editor(TEXT, text, None)
    is_told = act == "save"
    return Editor(MENUS, text, menus, problem if is_told else "", place if is_told else None)


def _said(error: Exception) -> str:
    """Why a text is no rule, with where it stops being one."""
    if isinstance(error, ExpressionSyntaxError):
        data: dict[str, Data] = {"position": error.position, "expected": error.expected, "found": error.found}
        return message(Problem("rule-syntax", data=data), formats.language())
    return str(_("Cette règle est trop longue : coupez-la en variables calculées."))


def _save(desk: Desk, known: FieldKind, text: str, found: dict[str, Subject], editor: Editor) -> Response | Redirect:
    element, document = desk.at, desk.draft.document
    before = request.form.get("was") or None
    operations = editing.put(document, element, known.key, text, before)
    subject = editing.label(document, element, desk.language)[:80]
    label = {"act": "rule", "element": element, "subject": subject, "key": known.key}
    try:
        drafting.edit(pages.session(), pages.platform().sender, current_user, desk.version.id, operations, label)
    except EditConflict as error:
        who = error.author or _("Quelqu’un")
        said = _(
            "%(who)s a enregistré entre-temps : « %(theirs)s ». Rien n’a été remplacé.", who=who, theirs=error.theirs
        )
        told = Editor(editor.mode, editor.text, editor.menus, said)
        return _show(desk, known, told, found, 409, str(error.theirs or ""))
    flash(_("La règle est enregistrée.") if text else _("La règle est retirée."), "done")
    target = url_for("design.studio", version_id=desk.version.id, at=element, lang=desk.language)
    return redirect(f"{target}#e{element}", 303)


def _show(
    desk: Desk,
    known: FieldKind,
    editor: Editor,
    found: dict[str, Subject],
    status: int = 200,
    was: str | None = None,
) -> Response:
    node = editing.find(desk.draft.document, desk.at)
    held = str(node.tree.get(known.key, "")) if was is None else was
    shown = () if editor.menus is None else rule_menus.lines(editor.menus, found)
    return pages.render(
        "design/rules/rule.html",
        status=status,
        desk=desk,
        node=node,
        key=known.key,
        known=known,
        label=str(FIELD_LABELS.get(known.key, known.key)),
        title=editing.label(desk.draft.document, desk.at, desk.language) or node.name,
        editor=editor,
        lines=shown,
        wrong=_wrong_place(editor),
        parts_of=_by_part(found),
        subjects=found,
        was=request.form.get("was", held) if was is None else was,
        words=_in_words(desk, editor.text),
        takes_menus=_takes_menus(known, node.kind),
    )


def _wrong_place(editor: Editor) -> int | None:
    return editor.wrong_at if editor.mode == MENUS else None


def _by_part(found: dict[str, Subject]) -> dict[str, list[Subject]]:
    made: dict[str, list[Subject]] = {}
    for one in found.values():
        made.setdefault(one.part, []).append(one)
    return made


def _in_words(desk: Desk, text: str) -> str:
    """The rule in words, where the last sound version knows all that it reads."""
    if not text:
        return ""
    try:
        return rule_in_words(parse(text), desk.model, desk.language)
    except (ExpressionSyntaxError, ExpressionIsTooLarge, ExpressionIsMalformed, KeyError, StopIteration):
        return ""
