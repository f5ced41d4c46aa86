"""A draft as a document: the plain tree of its file, whose parts have numbers that renames and moves leave alone.

A document holds what is not valid yet. A mapping that stands in a list (a section, a question, a choice…) is an
element; its number stands under `ID`, is given once and never written to the file. Element 0 is the questionnaire.
Documents are immutable: an operation copies what lies above the change and shares the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from .. import definition
from ..definition.mending import steps
from ..model import Questionnaire
from ..problems import Place, Problem

ID = "#"
Tree = Any
"""A text, a list of trees, or a mapping of keys to trees."""

KINDS: Mapping[str, str] = {
    "sections": "section",
    "pages": "page",
    "questions": "question",
    "choices": "choice",
    "rows": "row",
    "variants": "variant",
    "subtotals": "subtotal",
    "checks": "check",
    "exits": "exit",
    "computed": "computed",
    "context": "context",
    "experiments": "experiment",
    "arms": "arm",
    "quotas": "quota",
    "cells": "cell",
}
"""Key of a list -> what its elements are."""


class ElementNotFound(Exception):
    """The document has no element of this number (any more)."""

    def __init__(self, element: int) -> None:
        self.element = element
        super().__init__(str(element))


class Node(NamedTuple):
    """An element where it stands: `list_key` and `index` in its parent; `kind`: see KINDS, or `questionnaire`."""

    element: int
    kind: str
    tree: Mapping[str, Tree]
    parent: int
    list_key: str
    index: int  # type: ignore[assignment]  # in the place of the method of tuples

    @property
    def name(self) -> str:
        """Its name as the file says it, maybe empty."""
        return str(self.tree.get("questionnaire" if self.kind == "questionnaire" else "name", ""))

    @property
    def type(self) -> str:
        """Of a question, its type as the file says it."""
        return str(self.tree.get("type", "")) if self.kind == "question" else ""


@dataclass(frozen=True, slots=True)
class Spot:
    """A value of an element: its key, `text.fr` for one language of a text, empty for the element itself."""

    element: int
    key: str = ""


@dataclass(frozen=True)
class Document:
    """The tree of a draft, and the next number for a new element."""

    root: Mapping[str, Tree] = field(repr=False)
    next_id: int

    @cached_property
    def nodes(self) -> Mapping[int, Node]:
        """Every element by its number, in the order of the file."""
        return _walk(self.root)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the draft, the first one first."""
        found = self.root.get("languages")
        return tuple(str(one) for one in found) if isinstance(found, list) and found else ("fr",)

    def to_json(self) -> dict[str, Any]:
        """The document as JSON."""
        return {"next": self.next_id, "root": self.root}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Document:
        """What `to_json` made."""
        return cls(found["root"], int(found["next"]))


def open_document(content: bytes) -> Document:
    """The document of a file; its elements are numbered in the order of the file, so always alike.

    Raises DefinitionIsInvalid for what is no questionnaire file.
    """
    return number_document(definition.plain_tree(content))


def number_document(tree: Mapping[str, Tree]) -> Document:
    """A document from a plain tree without numbers."""
    root, following = with_numbers(tree, 1)
    return Document({key: value for key, value in root.items() if key != ID}, following)


def with_numbers(tree: Tree, first: int) -> tuple[dict[str, Tree], int]:
    """A mapping and the elements in it with fresh numbers from `first` on, and the number after the last."""
    following = first + 1
    made: dict[str, Tree] = {ID: first}
    for key, value in tree.items():
        if key == ID:
            continue
        if isinstance(value, list) and any(isinstance(one, dict) for one in value):
            items = []
            for one in value:
                if isinstance(one, dict):
                    one, following = with_numbers(one, following)
                items.append(one)
            value = items
        made[key] = value
    return made, following


def plain(tree: Tree) -> Tree:
    """A tree without the numbers of its elements nor its empty lists, as a file holds it."""
    if isinstance(tree, Mapping):
        return {key: plain(value) for key, value in tree.items() if key != ID and value != []}
    return [plain(one) for one in tree] if isinstance(tree, list) else tree


def _walk(root: Mapping[str, Tree]) -> dict[int, Node]:
    """Every element by its number. Written for its speed: it is read whole at each edit of a draft."""
    found = {0: Node(0, "questionnaire", root, -1, "", 0)}
    _note_below(root, 0, found)
    return found


def _note_below(tree: Mapping[str, Tree], element: int, found: dict[int, Node]) -> None:
    for key, value in tree.items():
        if type(value) is list:
            kind = KINDS.get(key, key)
            for index, one in enumerate(value):
                if type(one) is dict and ID in one:
                    number = one[ID]
                    found[number] = Node(number, kind, one, element, key, index)
                    _note_below(one, number, found)


def find(document: Document, element: int) -> Node:
    """An element where it stands. Raises ElementNotFound."""
    node = document.nodes.get(element)
    if node is None:
        raise ElementNotFound(element)
    return node


def children(document: Document, element: int, list_key: str | None = None) -> tuple[Node, ...]:
    """The elements right below one, in their order; of one of its lists, if it is said."""
    tree = find(document, element).tree
    keys = [list_key] if list_key is not None else list(tree)
    held = (tree.get(key) for key in keys)
    lists = (value for value in held if isinstance(value, list))
    return tuple(document.nodes[one[ID]] for value in lists for one in value if isinstance(one, dict) and ID in one)


def above(document: Document, element: int) -> tuple[Node, ...]:
    """The elements around one, the nearest first, the questionnaire last."""
    found = []
    node = find(document, element)
    while node.parent >= 0:
        node = document.nodes[node.parent]
        found.append(node)
    return tuple(found)


def around(document: Document, element: int, kind: str) -> Node | None:
    """The element itself, or the nearest around it, of a kind."""
    node = find(document, element)
    return next((one for one in (node, *above(document, element)) if one.kind == kind), None)


def section_of(document: Document, element: int) -> int:
    """The section that holds an element; the first one for what stands in none."""
    found = around(document, element, "section")
    if found is not None:
        return found.element
    sections = children(document, 0, "sections")
    return sections[0].element if sections else 0


def label(document: Document, element: int, language: str) -> str:
    """What an element is called on a page: its words in a language, else in another, else its name."""
    node = find(document, element)
    for key in ("text", "title", "label", "message"):
        texts = node.tree.get(key)
        if isinstance(texts, Mapping):
            words = texts.get(language) or next((one for one in texts.values() if one), "")
            if words:
                return str(words)
    return node.name


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document says: the version, unless a problem is blocking; every problem with its path."""

    questionnaire: Questionnaire | None
    problems: tuple[Problem, ...]


def read_document(document: Document) -> Reading:
    """Read a document as its file would be. All problems at once; `place_of` says where each one stands."""
    return Reading(*definition.read_plain(plain(document.root)))


def write_document(document: Document) -> bytes:
    """The file of a document: canonical where it reads well, else as it stands, for a person to mend."""
    tree = plain(document.root)
    questionnaire, _ = definition.read_plain(tree)
    return definition.write_plain(tree) if questionnaire is None else definition.write(questionnaire)


def place_of(document: Document, place: Place) -> Spot:
    """The element and the key that a problem is about: by its path, else by the names that it gives."""
    if place.path:
        return _at_path(document, place.path)
    name = (place.question or place.variable or "").partition("[")[0]
    page = (place.page or "").partition(".")[0]
    wanted = (("question", name), ("computed", name), ("row", name), ("page", page))
    for kind, one in wanted:
        found = next((node for node in document.nodes.values() if one and node.kind == kind and node.name == one), None)
        if found is not None:
            return Spot(found.element)
    return Spot(0)


def _at_path(document: Document, path: str) -> Spot:
    element, tree = 0, document.root
    key: list[str] = []
    held: Tree = tree
    for step in steps(path):
        if isinstance(step, int):
            if not isinstance(held, list) or step >= len(held):
                break
            held = held[step]
            if isinstance(held, Mapping) and ID in held:
                element, key = held[ID], []
        else:
            key.append(step)
            held = held.get(step) if isinstance(held, Mapping) else None
    return Spot(element, ".".join(key))
