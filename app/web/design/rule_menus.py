"""Rules as menus on a page: what may be asked about, by which operators, and the form that holds it all.

A form holds the tree of groups flat: `g` is the whole, `g.0` its first part, `g.0.1` the second part of that. Of each
place: `.kind` (c or g), of a group `.mode`, `.not`, `.count`, of a condition `.variable`, `.operator`, `.value`,
`.choice`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.datastructures import MultiDict

from questionnaires import editing
from questionnaires.editing import Document, Node
from questionnaires.editing.menus import ALL, ANY, COMPARISONS, Condition, Group

NEGATED = "not-"
DEEPEST, MOST_PARTS = 6, 60
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_VARIABLE = re.compile(r"[a-z][a-z0-9_]*")
_FAMILIES: Mapping[str, str] = {
    **dict.fromkeys(("single", "likert", "yes-no", "consent"), "choice"),
    "multiple": "choices",
    "ranking": "ranking",
    **dict.fromkeys(("score", "number", "year", "duration"), "number"),
    **dict.fromkeys(("date", "month"), "date"),
    **dict.fromkeys(("text", "suggester"), "text"),
    "roster": "items",
}
_ROW_FAMILIES: Mapping[str, str] = {
    "score-grid": "number",
    "number-grid": "number",
    "allocation": "number",
    "choice-grid": "choice",
    "multiple-grid": "choices",
}
_CONTEXT_FAMILIES: Mapping[str, str] = {"choice": "choice", "number": "number", "date": "date", "month": "date"}
_SIGNS = {"=": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
_BOTH = ("answered", "not-answered")
OPERATORS: Mapping[str, tuple[str, ...]] = {
    "choice": ("=", "!=", "in", "not-in", *_BOTH, "no_opinion", "not-no_opinion"),
    "choices": ("has", "not-has", *(f"count{one}" for one in COMPARISONS), *_BOTH, "no_opinion", "not-no_opinion"),
    "ranking": ("rank=", "rank<=", "rank>", *_BOTH, "no_opinion"),
    "number": (*COMPARISONS, *_BOTH, "no_opinion", "not-no_opinion"),
    "date": (*COMPARISONS, *_BOTH, "no_opinion"),
    "text": (*_BOTH, "=", "!=", "no_opinion"),
    "items": (*(f"count{one}" for one in COMPARISONS), *_BOTH),
    "computed": (*COMPARISONS, "holds", "not-holds", *_BOTH),
}
"""Family of a variable -> its operators, as the menu holds them: a measure (count, rank), or `not-`, before one."""
_WORDS = {
    "=": lazy_gettext("est"),
    "!=": lazy_gettext("n’est pas"),
    "in": lazy_gettext("est l’un de"),
    "not-in": lazy_gettext("n’est aucun de"),
    "has": lazy_gettext("contient"),
    "not-has": lazy_gettext("ne contient pas"),
    "answered": lazy_gettext("a une réponse"),
    "not-answered": lazy_gettext("n’a pas de réponse"),
    "no_opinion": lazy_gettext("« Je ne me prononce pas »"),
    "not-no_opinion": lazy_gettext("autre que « Je ne me prononce pas »"),
    "holds": lazy_gettext("est vrai"),
    "not-holds": lazy_gettext("est faux"),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a condition may be about. `choices`: name and label of each, where it has some."""

    name: str
    label: str
    part: str
    family: str
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A condition or a group as the page shows it, at its place of the form."""

    place: str
    depth: int
    group: Group | None
    condition: Condition | None
    subject: Subject | None
    operators: tuple[tuple[str, str], ...]
    operator: str
    value: str
    is_first: bool
    is_last: bool
    count: int = 0

    @property
    def takes_choices(self) -> bool:
        """Whether its values are choices of the list of the question."""
        return bool(self.subject and self.subject.choices) and operator_of(self.operator)[1] in ("=", "!=", "in", "has")

    @property
    def takes_value(self) -> bool:
        """Whether it needs a value that is typed."""
        measure, operator, _negated = operator_of(self.operator)
        return operator in COMPARISONS and (bool(measure) or not self.takes_choices)


def subjects(document: Document, element: int, language: str) -> tuple[Subject, ...]:
    """What a rule of an element may read: what is asked before it, computed, known beforehand, drawn.

    A rule on answers (a check, an exit, a computed variable, a quota) also reads those of its own page.
    """
    return tuple(_subjects(document, _asked_before(document, element), language))


def _asked_before(document: Document, element: int) -> set[int]:
    node = editing.find(document, element)
    if node.kind in ("computed", "cell", "quota"):
        return {one.element for one in document.nodes.values() if one.kind == "question"}
    holder = editing.around(document, element, "question") or node
    own_page = node.parent if node.kind in ("check", "exit") else None
    found = set()
    for one in document.nodes.values():
        if one.element == holder.element and own_page is None:
            break
        if own_page is not None and one.kind == "page" and own_page in found:
            break
        if one.kind == "question" or one.element == own_page:
            found.add(one.element)
        if own_page is not None and one.kind == "section" and own_page in found:
            break
    return found


def _subjects(document: Document, asked: set[int], language: str) -> Iterator[Subject]:
    def label(node: Node) -> str:
        words = editing.label(document, node.element, language)
        return words if len(words) <= 70 else f"{words[:69]}…"

    for node in document.nodes.values():
        if node.kind == "question" and node.element in asked:
            part = editing.label(document, editing.section_of(document, node.element), language)
            choices = _choices(document, node, language)
            if node.type in _FAMILIES:
                yield Subject(node.name, label(node), part, _FAMILIES[node.type], choices)
            elif node.type in _ROW_FAMILIES:
                for row in editing.children(document, node.element, "rows"):
                    said = f"{label(node)} – {label(row)}"
                    yield Subject(f"{node.name}_{row.name}", said, part, _ROW_FAMILIES[node.type], choices)
        elif node.kind == "computed":
            yield Subject(node.name, label(node), _("Variables calculées"), "computed")
        elif node.kind == "context":
            family = _CONTEXT_FAMILIES.get(str(node.tree.get("type")), "text")
            yield Subject(node.name, label(node), _("Connues à l’avance"), family, _choices(document, node, language))
        elif node.kind == "experiment":
            arms = tuple((one.name, label(one)) for one in editing.children(document, node.element, "arms"))
            yield Subject(node.name, label(node), _("Tirages au sort"), "choice", arms)


def _choices(document: Document, node: Node, language: str) -> tuple[tuple[str, str], ...]:
    if node.type in ("yes-no", "consent"):
        return (("oui", _("Oui")), ("non", _("Non")))
    found = editing.children(document, node.element, "choices")
    return tuple((one.name, editing.label(document, one.element, language)) for one in found)


def operator_of(said: str) -> tuple[str, str, bool]:
    """What an entry of the menu says: measure, operator, whether it is negated."""
    is_negated = said.startswith(NEGATED)
    rest = said.removeprefix(NEGATED)
    for measure in ("count", "rank"):
        if rest.startswith(measure) and rest.removeprefix(measure) in COMPARISONS:
            return measure, rest.removeprefix(measure), is_negated
    return "", rest, is_negated


def operator_words(said: str, family: str) -> str:
    """An entry of the menu of operators in words."""
    measure, operator, _negated = operator_of(said)
    sign = _SIGNS.get(operator, operator)
    if measure == "count":
        return str(_("nombre %(sign)s", sign=sign))
    if measure == "rank":
        return str(_("rang %(sign)s", sign=sign))
    if operator in _SIGNS and family in ("number", "date", "computed"):
        return sign if not said.startswith(NEGATED) else str(_("non (%(sign)s)", sign=sign))
    words = _WORDS.get(said)
    if words is not None:
        return str(words)
    return str(_("non : %(words)s", words=operator_words(said.removeprefix(NEGATED), family)))


# -- menus as lines of a page ---------------------------------------------------------------------


def lines(menus: Group, known: Mapping[str, Subject]) -> tuple[Line, ...]:
    """Every group and condition in reading order, the whole first."""
    return tuple(_lines(menus, "g", 0, known, is_first=True, is_last=True))


def _lines(
    part: Group | Condition, place: str, depth: int, known: Mapping[str, Subject], *, is_first: bool, is_last: bool
) -> Iterator[Line]:
    if isinstance(part, Condition):
        subject = known.get(part.variable)
        family = subject.family if subject is not None else "computed"
        said = (NEGATED if part.is_negated else "") + part.measure + part.operator
        offered = OPERATORS[family] if said in OPERATORS[family] or not part.variable else (*OPERATORS[family], said)
        operators = tuple((one, operator_words(one, family)) for one in offered)
        yield Line(place, depth, None, part, subject, operators, said, _typed(part, family), is_first, is_last)
        return
    yield Line(place, depth, part, None, None, (), "", "", is_first, is_last, len(part.parts))
    last = len(part.parts) - 1
    for index, one in enumerate(part.parts):
        yield from _lines(one, f"{place}.{index}", depth + 1, known, is_first=index == 0, is_last=index == last)


def _typed(condition: Condition, family: str) -> str:
    if condition.is_choice:
        return ""
    found = ", ".join(condition.values)
    quoted = len(condition.values) == 1 and found[:1] == '"' and family in ("date", "text")
    return found[1:-1] if quoted else found


# -- a form as menus ------------------------------------------------------------------------------


def read_form(form: MultiDict[str, str], known: Mapping[str, Subject]) -> Group:
    """The menus of a form, as complete as they are."""
    found = _read(form, "g", 0, known)
    return found if isinstance(found, Group) else Group(ALL, (found,))


def _read(form: MultiDict[str, str], place: str, depth: int, known: Mapping[str, Subject]) -> Group | Condition:
    if form.get(f"{place}.kind") == "g" and depth < DEEPEST:
        count = form.get(f"{place}.count", "0")
        number = min(int(count), MOST_PARTS) if count.isdecimal() and len(count) < 4 else 0
        parts = tuple(_read(form, f"{place}.{one}", depth + 1, known) for one in range(number))
        mode = ANY if form.get(f"{place}.mode") == ANY else ALL
        return Group(mode, parts, form.get(f"{place}.not") == "1")
    variable = form.get(f"{place}.variable", "")
    subject = known.get(variable)
    family = subject.family if subject is not None else "computed"
    said = form.get(f"{place}.operator", "")
    if said not in OPERATORS[family] and form.get(f"{place}.was") != variable:
        said = OPERATORS[family][0]  # the operators of another question
    measure, operator, is_negated = operator_of(said or OPERATORS[family][0])
    if subject is not None and subject.choices and not measure and operator in ("=", "!=", "in", "has"):
        names = {name for name, _label in subject.choices}
        values = tuple(one for one in form.getlist(f"{place}.value") if one in names)
        kept = values if operator == "in" else values[:1]
        return Condition(variable, operator, kept, is_choice=True, is_negated=is_negated)
    if operator not in COMPARISONS:
        return Condition(variable, operator, is_negated=is_negated)
    value = _value(form.get(f"{place}.value", "").strip(), family, measure)
    choice = form.get(f"{place}.choice", "")
    return Condition(variable, operator, (value,) if value else (), False, measure, choice, is_negated)


def _value(typed: str, family: str, measure: str) -> str:
    """What was typed as the text of a rule says it."""
    if measure or family in ("number", "computed", "items", "choices", "ranking"):
        return typed.replace(",", ".") if _NUMBER.fullmatch(typed) else typed
    if not typed or typed.startswith('"') or (family == "date" and _VARIABLE.fullmatch(typed)):
        return typed
    return '"' + typed.replace("\\", "\\\\").replace('"', '\\"') + '"'


def empty_condition() -> Condition:
    """A condition that is still to be chosen."""
    return Condition("", "=")


# -- what the buttons do --------------------------------------------------------------------------


def changed(menus: Group, act: str) -> Group:
    """The menus after a button: `add:PLACE`, `group:PLACE`, `remove:PLACE`, `up:PLACE`, `down:PLACE`."""
    verb, _colon, place = act.partition(":")
    steps = [int(one) for one in place.split(".")[1:] if one.isdecimal() and len(one) < 4]
    return _at(menus, steps, verb) if place.partition(".")[0] == "g" else menus


def _at(group: Group, steps: list[int], verb: str) -> Group:
    if not steps:
        fresh: Condition | Group = empty_condition()
        if verb == "group":
            fresh = Group(ANY if group.mode == ALL else ALL, (fresh,))
        is_adding = verb in ("add", "group") and len(group.parts) < MOST_PARTS
        return replace(group, parts=(*group.parts, fresh)) if is_adding else group
    index, *rest = steps
    parts = list(group.parts)
    if index >= len(parts):
        return group
    inner = parts[index]
    if rest or verb in ("add", "group"):
        if isinstance(inner, Group):
            parts[index] = _at(inner, rest, verb)
    elif verb == "remove":
        del parts[index]
    elif verb in ("up", "down"):
        other = index + (-1 if verb == "up" else 1)
        if 0 <= other < len(parts):
            parts[index], parts[other] = parts[other], parts[index]
    return replace(group, parts=tuple(parts))
