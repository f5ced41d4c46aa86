"""What a rule may read where it stands, as the menus of its editor offer it: variables, their words, their choices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from questionnaires import editing
from questionnaires.editing import Document, Node
from questionnaires.expressions import (
    Call,
    ExpressionIsMalformed,
    ExpressionIsTooLarge,
    ExpressionSyntaxError,
    parse,
)
from questionnaires.model import REGIONS

MOST_CHARACTERS = 70
_FAMILIES: Mapping[str, str] = {
    **dict.fromkeys(("single", "likert", "yes-no", "consent"), "choice"),
    "multiple": "choices",
    "ranking": "ranking",
    **dict.fromkeys(("score", "number", "year", "duration"), "number"),
    "date": "date",
    "month": "month",
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
_CONTEXT_FAMILIES: Mapping[str, str] = {"choice": "choice", "number": "number", "date": "date", "month": "month"}
_GIVES_NUMBERS = frozenset(("+", "-", "*", "sum", "count", "rank"))
_PLACE = {
    "name": ("text", lazy_gettext("nom")),
    "department": ("text", lazy_gettext("département")),
    "region": ("choice", lazy_gettext("région")),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a condition may be about. `choices`: what is compared and label of each, where it has some.

    `family`: which operators it takes. `has_no_opinion`: « Je ne me prononce pas » is proposed to whom it is asked.
    """

    name: str
    label: str
    part: str
    family: str
    choices: tuple[tuple[str, str], ...] = ()
    has_no_opinion: bool = False


def subjects(document: Document, element: int, language: str) -> tuple[Subject, ...]:
    """What a rule of an element may read: what is asked before it, computed, known beforehand, drawn.

    A rule on answers (a check, an exit, a computed variable, a quota) also reads those of its own page. What is asked
    for each item of a list is read where the same list is repeated, and nowhere else.
    """
    return tuple(_Reader(document, element, language).read())


def summed(document: Document, element: int, language: str) -> tuple[Subject, ...]:
    """What is asked or computed for each item of another list: a rule reads it only as a sum over the items."""
    reader = _Reader(document, element, language, is_summed=True)
    return tuple(one for one in reader.read() if one.family in ("number", "computed", "flag"))


def scope_of(document: Document, element: int) -> str | None:
    """The list over whose items a rule of this element is repeated."""
    node = editing.find(document, element)
    holder = node if node.kind == "computed" else editing.around(document, element, "section")
    found = holder.tree.get("repeat") if holder is not None else None
    return str(found) if found else None


def _asked_before(document: Document, element: int) -> set[int]:
    node = editing.find(document, element)
    if node.kind in ("computed", "cell", "quota"):
        return {one.element for one in document.nodes.values() if one.kind == "question"}
    holder = editing.around(document, element, "question") or node
    if node.kind not in ("check", "exit"):
        end, here = holder.element, None
    else:
        end, here = -1, node.parent
    found = set()
    is_past = False
    for one in document.nodes.values():
        if one.element == end or (is_past and one.kind in ("page", "section")):
            break
        is_past = is_past or one.element == here
        if one.kind == "question":
            found.add(one.element)
    return found


class _Reader:
    def __init__(self, document: Document, element: int, language: str, *, is_summed: bool = False) -> None:
        self.document, self.element, self.language, self.is_summed = document, element, language, is_summed
        self.asked = _asked_before(document, element)
        self.scope = scope_of(document, element)

    def read(self) -> Iterator[Subject]:
        for node in self.document.nodes.values():
            if node.kind == "question" and node.element in self.asked:
                if self._is_read(scope_of(self.document, node.element)):
                    yield from self._question(node)
            elif node.kind == "computed" and node.element != self.element:
                if self._is_read(scope_of(self.document, node.element)):
                    yield self._computed(node)
            elif self.is_summed:
                continue
            elif node.kind == "context":
                family = _CONTEXT_FAMILIES.get(str(node.tree.get("type")), "text")
                yield Subject(node.name, self._label(node), _("Connues à l’avance"), family, self._choices(node))
            elif node.kind == "experiment":
                arms = self._held(node, "arms")
                yield Subject(node.name, self._label(node), _("Tirages au sort"), "choice", arms)

    def _is_read(self, scope: str | None) -> bool:
        return (scope in (None, self.scope)) != self.is_summed

    def _question(self, node: Node) -> Iterator[Subject]:
        part = editing.label(self.document, editing.section_of(self.document, node.element), self.language)
        choices, label, offers = self._choices(node), self._label(node), self._offers_no_opinion(node)
        if node.type in _ROW_FAMILIES:
            for row in editing.children(self.document, node.element, "rows"):
                said, family = f"{label} – {self._label(row)}", _ROW_FAMILIES[node.type]
                yield Subject(f"{node.name}_{row.name}", said, part, family, choices, offers)
        elif node.type in _FAMILIES:
            yield Subject(node.name, label, part, _FAMILIES[node.type], choices, offers)
        if node.type == "suggester":
            for key, (family, words) in _PLACE.items():
                held = tuple(REGIONS.values()) if family == "choice" else ()
                yield Subject(f"{node.name}_{key}", f"{label} ({words})", part, family, held)
        elif node.type in ("single", "likert", "multiple"):
            for one in editing.children(self.document, node.element, "choices"):
                if one.tree.get("specify"):
                    said = _("%(question)s (précision de « %(choice)s »)", question=label, choice=self._label(one))
                    yield Subject(f"{node.name}_{one.name}_text", said, part, "text")

    def _computed(self, node: Node) -> Subject:
        """A computed variable; one that is a condition is 1 or 0."""
        try:
            rule = parse(str(node.tree.get("rule", "")))
        except (ExpressionSyntaxError, ExpressionIsTooLarge, ExpressionIsMalformed):
            rule = None
        is_flag = isinstance(rule, Call) and rule.op not in _GIVES_NUMBERS
        family, choices = ("flag", (("1", _("vrai")), ("0", _("faux")))) if is_flag else ("computed", ())
        return Subject(node.name, self._label(node), _("Variables calculées"), family, choices)

    def _label(self, node: Node) -> str:
        words = editing.label(self.document, node.element, self.language)
        return words if len(words) <= MOST_CHARACTERS else f"{words[: MOST_CHARACTERS - 1]}…"

    def _choices(self, node: Node) -> tuple[tuple[str, str], ...]:
        if node.type not in ("yes-no", "consent"):
            return self._held(node, "choices")
        said = {"yes": _("Oui"), "no": _("Non")}
        if node.type == "consent":
            said = {"yes": _("J’accepte"), "no": _("Je n’accepte pas")}
        for key in said:
            texts = node.tree.get(key)
            words = texts.get(self.language) if isinstance(texts, Mapping) else ""
            said[key] = str(words or said[key])
        return (("oui", said["yes"]), ("non", said["no"]))

    def _held(self, node: Node, key: str) -> tuple[tuple[str, str], ...]:
        return tuple((one.name, self._label(one)) for one in editing.children(self.document, node.element, key))

    def _offers_no_opinion(self, node: Node) -> bool:
        known = next((one for one in editing.fields_of(node.kind, node.type) if one.key == "no_opinion"), None)
        return known is not None and node.tree.get("no_opinion", known.default) == "true"
