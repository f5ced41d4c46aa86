"""What the panes of the studio show: the outline, the cards of one part, the state of the draft."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.services.wording import rule_in_words
from app.web.design import studio_labels as labels
from app.web.design.rule_subjects import scope_of
from app.web.design.studio_problems import Shown
from questionnaires import editing, expressions
from questionnaires.editing import Document, Node
from questionnaires.expressions import ExpressionIsMalformed, ExpressionIsTooLarge, ExpressionSyntaxError
from questionnaires.model import Questionnaire, variable_types

Problems = Mapping[int, Sequence[Shown]]
GROUPS = ("computed", "context", "experiments", "quotas")
"""Lists of the questionnaire itself."""
MOST_OPTIONS = 8
"""Choices or rows that a card shows; the properties show them all."""
MOST_HELD = 2000
_UNREADABLE = (ExpressionSyntaxError, ExpressionIsTooLarge, ExpressionIsMalformed, KeyError, ValueError)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the outline; `errors`, `warnings`: how many problems it and what it holds have."""

    element: int
    name: str
    label: str
    errors: int
    warnings: int


class Pieces:
    """The pieces that panes are made of, and those that a page says it holds: they are not written for it again.

    A piece has a mark, made of all that it says. `said`: what every piece says, as the language of the page.
    """

    def __init__(self, held: str, *said: object) -> None:
        self.held = frozenset(held.split()[:MOST_HELD])
        self.said = said

    def mark(self, *said: object) -> str:
        """The mark of a piece that says this; alike in every process."""
        return hashlib.blake2b(repr((self.said, said)).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the outline, or a list of the questionnaire itself (`key`)."""

    line: Line | None
    key: str
    label: str
    lines: tuple[Line, ...]

    def at(self, element: int) -> int | None:
        """The element, where one of the lines is about it."""
        every = self.lines if self.line is None else (self.line, *self.lines)
        return element if any(one.element == element for one in every) else None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a card: what it decides, what it says in words, where that can be said, and its text."""

    key: str
    label: str
    words: str
    text: str


@dataclass(frozen=True, slots=True)
class Card:
    """An element of the canvas."""

    element: int
    kind: str
    name: str
    type: str
    title: str
    lines: tuple[str, ...]
    options: tuple[tuple[str, str], ...]
    more: int
    rules: tuple[Rule, ...]
    problems: tuple[Shown, ...]
    is_last: bool

    @property
    def is_wrong(self) -> bool:
        """Whether something of it keeps the version from being published."""
        return any(one.is_blocking for one in self.problems)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of the canvas with its cards."""

    card: Card
    questions: tuple[Card, ...]
    others: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Canvas:
    """What the middle shows: a part and its pages, or one list of the questionnaire (`key`)."""

    title: str
    number: int
    part: Card | None
    sheets: tuple[Sheet, ...]
    key: str
    cards: tuple[Card, ...]


def outline(document: Document, language: str, problems: Problems) -> tuple[Part, ...]:
    """The parts with their questions, then the lists of the questionnaire itself."""
    reader = Reader(document, language, problems, None)
    parts = []
    for section in editing.children(document, 0, "sections"):
        pages = editing.children(document, section.element, "pages")
        questions = [one for page in pages for one in editing.children(document, page.element, "questions")]
        parts.append(Part(reader.line(section), "", "", tuple(map(reader.line, questions))))
    for key in GROUPS:
        nodes = editing.children(document, 0, key)
        parts.append(Part(None, key, str(labels.LIST_LABELS[key]), tuple(map(reader.line, nodes))))
    return tuple(parts)


def canvas(
    document: Document, at: int, language: str, problems: Problems, questionnaire: Questionnaire | None
) -> Canvas:
    """The part that holds an element, or the list of the questionnaire in which it stands."""
    reader = Reader(document, language, problems, questionnaire)
    ways = (editing.find(document, at), *editing.above(document, at))
    top = next((one for one in ways if one.list_key in GROUPS and one.parent == 0), None)
    if top is not None:
        cards = tuple(map(reader.card, editing.children(document, 0, top.list_key)))
        return Canvas(str(labels.LIST_LABELS[top.list_key]), 0, None, (), top.list_key, cards)
    section = editing.section_of(document, at)
    if not section:
        return Canvas("", 0, None, (), "", ())
    node = editing.find(document, section)
    sheets = tuple(map(reader.sheet, editing.children(document, section, "pages")))
    return Canvas(editing.label(document, section, language), node.index + 1, reader.card(node), sheets, "", ())


class Reader:
    """Reads elements of a document as cards and lines."""

    def __init__(
        self, document: Document, language: str, problems: Problems, questionnaire: Questionnaire | None
    ) -> None:
        self.document, self.language, self.problems = document, language, problems
        self.questionnaire = questionnaire

    def line(self, node: Node) -> Line:
        """A line of the outline."""
        found = self.found(node)
        errors = sum(one.is_blocking for one in found)
        warnings = sum(one.severity == "warning" for one in found)
        label = editing.label(self.document, node.element, self.language)
        return Line(node.element, node.name, label if len(label) <= 56 else f"{label[:55]}…", errors, warnings)

    def found(self, node: Node) -> tuple[Shown, ...]:
        """The problems of an element, and of what it holds that has no card of its own."""
        if not self.problems:
            return ()
        found = tuple(self.problems.get(node.element, ()))
        if node.kind in ("question", "context", "experiment", "quota"):
            for one in editing.children(self.document, node.element):
                found += tuple(self.problems.get(one.element, ()))
        return found

    def sheet(self, page: Node) -> Sheet:
        """A page with its questions, checks and ends."""
        questions = tuple(map(self.card, editing.children(self.document, page.element, "questions")))
        others = (
            *editing.children(self.document, page.element, "checks"),
            *editing.children(self.document, page.element, "exits"),
        )
        return Sheet(self.card(page), questions, tuple(map(self.card, others)))

    def card(self, node: Node) -> Card:
        """An element as its card shows it."""
        held = [
            one
            for key in ("rows", "choices", "arms", "cells")
            for one in editing.children(self.document, node.element, key)
        ]
        shown = tuple((self._code(one), self._words(one.tree.get("label"))) for one in held[:MOST_OPTIONS])
        lines = tuple(filter(None, (self._words(node.tree.get(key)) for key in ("intro", "instruction", "help"))))
        return Card(
            node.element,
            node.kind,
            node.name,
            str(labels.TYPE_LABELS.get(node.type, "") if node.kind == "question" else labels.KIND_LABELS[node.kind]),
            editing.label(self.document, node.element, self.language),
            lines,
            shown,
            max(len(held) - MOST_OPTIONS, 0),
            tuple(self._rules(node)),
            self.found(node),
            self._is_last(node),
        )

    def _is_last(self, node: Node) -> bool:
        return node.index == len(editing.children(self.document, node.parent, node.list_key)) - 1

    def _code(self, node: Node) -> str:
        return str(node.tree.get("code") or node.index + 1)

    def _words(self, value: object) -> str:
        if not isinstance(value, Mapping):
            return ""
        return str(value.get(self.language) or next((one for one in value.values() if one), ""))

    def _rules(self, node: Node) -> list[Rule]:
        found = []
        for known in editing.fields_of(node.kind, node.type):
            text = node.tree.get(known.key)
            if known.control == "rule" and isinstance(text, str):
                found.append(
                    Rule(known.key, labels.field_label(node.kind, known.key), self._in_words(node, text), text)
                )
        return found

    def _in_words(self, node: Node, text: str) -> str:
        """A rule read aloud; nothing where it cannot be said, or reads what was not checked yet."""
        if self.questionnaire is None:
            return ""
        try:
            rule, scope = expressions.parse(text), scope_of(self.document, node.element)
            if expressions.check_types(rule, self.questionnaire.derive(variable_types), scope=scope):
                return ""
            return rule_in_words(rule, self.questionnaire, self.language, scope)
        except _UNREADABLE:
            return ""
