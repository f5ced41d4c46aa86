"""The editor of a rule: menus for people, text for experts, the same tree underneath."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from flask import Response, abort, flash, jsonify, redirect, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as Redirect

from app.services import drafting
from app.services.drafting import Draft, EditConflict, VersionIsFrozen
from app.services.problem_messages import message
from app.services.wording import roster_in_words, rule_in_words
from app.web import formats, pages
from app.web.design import rule_menus
from app.web.design.rule_subjects import Subject, scope_of, subjects, summed
from app.web.design.studio import Desk, open_desk
from app.web.design.studio_labels import KIND_LABELS, field_label
from questionnaires import editing
from questionnaires.editing import Document, FieldKind, Node
from questionnaires.editing.menus import Condition, Group, MenusAreIncomplete, conditions, from_menus, to_menus
from questionnaires.expressions import (
    Expression,
    ExpressionIsMalformed,
    ExpressionIsTooLarge,
    ExpressionSyntaxError,
    Kind,
    check_types,
    parse,
    to_text,
)
from questionnaires.model import variable_types
from questionnaires.problems import Data, Problem

MENUS, TEXT = "menus", "text"
NUMBERS = frozenset(("at_least", "at_most", "above", "below", "total_from"))
"""Keys whose rule gives a number or a date: menus make conditions, so these are written."""
MOVES = ("add", "group", "remove", "up", "down")
_UNREADABLE = (ExpressionSyntaxError, ExpressionIsTooLarge, ExpressionIsMalformed)
_UNSAYABLE = (*_UNREADABLE, KeyError, ValueError, AttributeError, StopIteration)


@dataclass(frozen=True, slots=True)
class Editor:
    """A rule while it is edited. `text`: what is typed, or what the menus say; `menus`: None where it is written.

    `wrong_at`: the character of the text, or the condition of the menus, that `problem` is about. `stands`: the place
    of the menus, or `text`, where the person goes on.
    """

    mode: str
    text: str
    menus: Group | None = None
    problem: str = ""
    wrong_at: int | None = None
    note: str = ""
    stands: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a rule says in words, where that can be said, and what is wrong with it.

    `each`: over what it is repeated. `lacking`: the first condition of the menus that is not in the words yet.
    """

    words: str = ""
    each: str = ""
    problems: tuple[str, ...] = ()
    lacking: int | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """What is edited: the key of an element, and what its rule may read."""

    desk: Desk
    known: FieldKind
    found: dict[str, Subject]

    @property
    def document(self) -> Document:
        """The draft as it is."""
        return self.desk.draft.document

    @property
    def node(self) -> Node:
        """The element."""
        return editing.find(self.document, self.desk.at)

    @property
    def held(self) -> str:
        """The rule as it is saved."""
        return str(self.node.tree.get(self.known.key, ""))

    @property
    def has_menus(self) -> bool:
        """Whether its rule is a condition."""
        return self.known.key not in NUMBERS and self.node.kind != "computed"


def rule(version_id: int, element: int, key: str) -> Response | Redirect:
    """Edit the rule of an element; a POST shows the form again after a button, or saves."""
    desk = open_desk(version_id, str(element), request.values.get("lang", ""), "edit")
    if desk.version.status != "draft":
        return redirect(url_for("design.version", version_id=version_id), 303)
    known = _known(desk.draft, element, key)
    bench = Bench(desk, known, {one.name: one for one in subjects(desk.draft.document, element, desk.language)})
    if request.method != "POST":
        return _show(bench, _opened(bench, bench.held))
    act = request.form.get("act", "refresh")
    if act == "clear" and not known.is_required:
        return _save(bench, Editor(TEXT, ""))
    editor = _read(bench, act)
    if act == "save" and not editor.problem:
        return _save(bench, editor)
    return _show(bench, editor, 422 if act == "save" else 200)


def _known(draft: Draft, element: int, key: str) -> FieldKind:
    node = draft.document.nodes.get(element)
    if node is None:
        abort(404)
    known = next((one for one in editing.fields_of(node.kind, node.type) if one.key == key), None)
    if known is None or known.control != "rule":
        abort(404)
    return known


def _opened(bench: Bench, text: str) -> Editor:
    """The editor as it opens: menus where they can hold the rule, else its text."""
    if not bench.has_menus:
        return Editor(TEXT, text)
    if not text or text == "true":
        return Editor(MENUS, "", Group(parts=(rule_menus.empty_condition(),)))
    try:
        menus = to_menus(parse(text))
    except _UNREADABLE as error:
        return Editor(TEXT, text, None, *_said(error), stands=TEXT)
    if menus is None or not rule_menus.can_show(menus, bench.found):
        return Editor(TEXT, text, note=_("Les menus ne savent pas dire cette règle : écrivez-la."), stands=TEXT)
    return Editor(MENUS, text, menus)


def _read(bench: Bench, act: str) -> Editor:
    """The editor as the form holds it, after the button that was pressed."""
    if request.form.get("mode") == TEXT or not bench.has_menus:
        return _read_text(bench, act)
    menus, stands = rule_menus.read_form(request.form, bench.found), ""
    if act.partition(":")[0] in MOVES:
        menus, stands = rule_menus.changed(menus, act)
    elif act == "refresh":
        stands = _chosen_anew()
    is_saving, is_empty = act == "save", not any(conditions(menus))
    if is_saving and is_empty and bench.known.is_required:
        return Editor(MENUS, "", menus, _("Ajoutez une condition."), stands="g")
    try:
        text = "" if is_empty else to_text(from_menus(menus))
    except MenusAreIncomplete as error:
        if act == TEXT and not any(said for name, said in request.form.items() if name.endswith(".variable")):
            return Editor(TEXT, "", stands=TEXT)  # nothing was chosen: nothing is lost
        if act == TEXT:
            said = _("Une condition est incomplète : complétez-la, ou retirez-la, avant de passer au texte.")
        else:
            said = _("Cette condition est incomplète : choisissez une question, puis une valeur.")
        is_told = act in ("save", TEXT)
        return Editor(MENUS, "", menus, said if is_told else "", error.place if is_told else None, "", stands)
    except ExpressionIsTooLarge as error:
        return Editor(MENUS, "", menus, *_said(error))
    return Editor(TEXT, text, stands=TEXT) if act == TEXT else Editor(MENUS, text, menus, stands=stands)


def _read_text(bench: Bench, act: str) -> Editor:
    text = request.form.get("text", "").replace("\0", "").strip()
    if act == MENUS:
        opened = _opened(bench, text)
        return replace(opened, stands=opened.stands or "g.0")
    if not text and not bench.known.is_required:
        return Editor(TEXT, "")
    try:
        canonical = to_text(parse(text))
        return Editor(TEXT, canonical if act == "save" else text)
    except _UNREADABLE as error:
        return Editor(TEXT, text, None, *_said(error), stands=TEXT)


def _chosen_anew() -> str:
    """The first condition whose question is another than the one that was shown."""
    found = (name.removesuffix(".was") for name in request.form if name.endswith(".was"))
    return next((one for one in found if request.form.get(f"{one}.variable") != request.form[f"{one}.was"]), "")


def _said(error: Exception) -> tuple[str, int | None]:
    """Why a text is no rule, and the character where it stops being one."""
    if isinstance(error, ExpressionSyntaxError):
        data: dict[str, Data] = {"position": error.position, "expected": error.expected, "found": error.found}
        return message(Problem("rule-syntax", data=data), formats.language()), error.position
    return str(_("Cette règle est trop longue : coupez-la en variables calculées.")), None


def _save(bench: Bench, editor: Editor) -> Response | Redirect:
    desk, element, document, key = bench.desk, bench.desk.at, bench.document, bench.known.key
    operations = editing.put(document, element, key, editor.text, request.form.get("held") or None)
    subject = editing.label(document, element, desk.language)[:80]
    label = {"act": "rule", "element": element, "subject": subject, "key": key}
    try:
        drafting.edit(pages.session(), pages.platform().sender, current_user, desk.version.id, operations, label)
    except VersionIsFrozen:
        return redirect(url_for("design.version", version_id=desk.version.id), 303)
    except EditConflict as error:
        who, theirs = error.author or _("Quelqu’un"), str(error.theirs or "")
        said = _("%(who)s a enregistré entre-temps : « %(theirs)s ». Rien n’a été remplacé.", who=who, theirs=theirs)
        return _show(bench, replace(editor, problem=said), 409, theirs)
    flash(_("La règle est enregistrée.") if editor.text else _("La règle est retirée."), "done")
    target = url_for("design.studio", version_id=desk.version.id, at=element, lang=desk.language)
    target = f"{target}#e{_card_of(bench)}"
    return jsonify(to=target) if request.headers.get("X-Studio") == "1" else redirect(target, 303)


def _card_of(bench: Bench) -> int:
    """The element whose card shows this one: a choice or a row has none of its own."""
    holder = editing.around(bench.document, bench.desk.at, "question")
    return bench.node.parent if bench.node.kind == "cell" else holder.element if holder else bench.desk.at


def _show(bench: Bench, editor: Editor, status: int = 200, held: str | None = None) -> Response:
    if held is None:
        held = request.form.get("held", bench.held)
    line = None if editor.menus is None else rule_menus.lines(editor.menus, bench.found)
    title = editing.label(bench.document, bench.desk.at, bench.desk.language) or bench.node.name
    return pages.render(
        "design/rules/rule.html",
        status=status,
        desk=bench.desk,
        node=bench.node,
        key=bench.known.key,
        known=bench.known,
        label=field_label(bench.node.kind, bench.known.key),
        kind=str(KIND_LABELS[bench.node.kind]),
        title=title,
        editor=editor,
        line=line,
        parts_of=_by_part(bench.found.values()),
        summed=() if line is not None else summed(bench.document, bench.desk.at, bench.desk.language),
        subjects=bench.found,
        held=held,
        judged=_judge(bench, editor),
        has_menus=bench.has_menus,
        card=_card_of(bench),
    )


def _by_part(found: Iterable[Subject]) -> dict[str, list[Subject]]:
    made: dict[str, list[Subject]] = {}
    for one in found:
        made.setdefault(one.part, []).append(one)
    return made


def _judge(bench: Bench, editor: Editor) -> Judged:
    """The rule in words, read with the draft as it is; with its last sound state where it does not read."""
    lacking = None
    try:
        rule = parse(editor.text)
    except _UNREADABLE:
        said, lacking = _completed(editor.menus)
        if said is None:
            return Judged(lacking=lacking)
        rule = said
    language, scope = bench.desk.language, scope_of(bench.document, bench.desk.at)
    read = editing.read_document(bench.document).questionnaire
    questionnaire = read or bench.desk.model
    try:
        types = questionnaire.derive(variable_types)
        found = check_types(rule, types, Kind.BOOLEAN if bench.has_menus else None, scope)
        if found:
            told = tuple(message(one, formats.language()) for one in found) if read else ()
            return Judged(problems=told, lacking=lacking)
        each = "" if scope is None else roster_in_words(scope, questionnaire, language)
        return Judged(rule_in_words(rule, questionnaire, language, scope), each, lacking=lacking)
    except _UNSAYABLE:
        return Judged(lacking=lacking)


def _completed(menus: Group | None) -> tuple[Expression | None, int | None]:
    """What the conditions that lack nothing say together, and the number of the first that lacks something."""
    lacking = None
    while menus is not None and any(conditions(menus)):
        try:
            return from_menus(menus), lacking
        except MenusAreIncomplete as error:
            wrong = list(conditions(menus))[error.place]
            lacking = error.place + 1 if lacking is None else lacking
            menus = _without(menus, wrong)
        except ExpressionIsTooLarge:
            break
    return None, lacking


def _without(menus: Group, wrong: Condition) -> Group:
    kept = (one for one in menus.parts if one is not wrong)
    return replace(menus, parts=tuple(_without(one, wrong) if isinstance(one, Group) else one for one in kept))
