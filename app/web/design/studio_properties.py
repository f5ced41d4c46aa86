"""The properties of one element of a draft, each with its label, its control and the values that it may have."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from app.web.design import studio_labels as labels
from app.web.design.studio_acts import VARIABLES
from questionnaires import editing
from questionnaires.editing import Document, FieldKind, Node, Spot

_ELSEWHERE = frozenset(("name", "questionnaire", "version"))
"""Changed by renaming, or never."""
Option = tuple[str, str]
"""A value and its words."""


@dataclass(frozen=True, slots=True)
class Property:
    """A property as its control shows it.

    `values`: one of each language for `texts` (empty: to be translated), else one under the empty key. `rule`: the
    text of a rule, which an editor of its own changes.
    """

    key: str
    control: str
    label: str
    help: str
    values: Mapping[str, str]
    options: tuple[Option, ...] = ()
    chosen: tuple[str, ...] = ()
    is_required: bool = False
    is_advanced: bool = False
    is_wanting: Mapping[str, bool] = field(default_factory=dict)

    @property
    def value(self) -> str:
        """The value of what has one only."""
        return self.values.get("", "")


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An element of a list that is edited in the properties of what holds it. `code`: None where it has none."""

    element: int
    code: str | None
    name: str
    labels: Mapping[str, str]
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class ItemTable:
    """A list of an element; `can_paste`: many may be typed at once."""

    key: str
    kind: str
    label: str
    rows: tuple[ItemRow, ...]
    can_paste: bool


@dataclass(frozen=True, slots=True)
class Properties:
    """All of the pane. `is_fixed`: the name was published; `places`: where the element may be moved."""

    node: Node
    kind: str
    properties: tuple[Property, ...]
    tables: tuple[ItemTable, ...]
    is_fixed: bool
    readers: tuple[Spot, ...]
    places: tuple[Option, ...]
    holder: int


def read_properties(document: Document, element: int, language: str, published: Collection[str]) -> Properties:
    """The properties of an element. Raises ElementNotFound."""
    node = editing.find(document, element)
    fields = [one for one in editing.fields_of(node.kind, node.type) if one.key not in _ELSEWHERE]
    return Properties(
        node,
        str(labels.KIND_LABELS[node.kind]),
        tuple(_property(document, node, one) for one in fields if one.control != "elements"),
        tuple(_table(document, node, one) for one in fields if one.control == "elements" and _is_table(node, one.key)),
        node.kind in VARIABLES and node.name in published,
        tuple(editing.readers_of(document, element)),
        _places(document, node, language),
        max(node.parent, 0),
    )


def _is_table(node: Node, key: str) -> bool:
    """Whether a list is edited here; the others have cards of their own."""
    return node.kind in ("question", "context", "experiment", "quota") and key in editing.KINDS


def _table(document: Document, node: Node, known: FieldKind) -> ItemTable:
    beside = editing.children(document, node.element, known.key)
    last = len(beside) - 1
    rows = tuple(_row(document, one, one.index == 0, one.index == last) for one in beside)
    can_paste = known.key in ("choices", "rows", "arms")
    return ItemTable(known.key, editing.KINDS[known.key], str(labels.LIST_LABELS[known.key]), rows, can_paste)


def _row(document: Document, node: Node, is_first: bool, is_last: bool) -> ItemRow:
    words = node.tree.get("text" if node.kind == "variant" else "label")
    texts = words if isinstance(words, Mapping) else {}
    code = str(node.tree.get("code", "")) if node.kind in ("choice", "arm") else None
    said = {one: str(texts.get(one, "")) for one in document.languages}
    return ItemRow(node.element, code, node.name, said, is_first, is_last)


def _property(document: Document, node: Node, known: FieldKind) -> Property:
    held = node.tree.get(known.key)
    key = known.key
    control = "long" if key in ("note", "source") and known.control == "text" else known.control
    options = _options(document, node, known)
    wanting: dict[str, bool] = {}
    if known.control == "texts":
        texts = held if isinstance(held, Mapping) else {}
        values = {one: str(texts.get(one, "")) for one in document.languages}
        wanting = {one: (bool(texts) or known.is_required) and not text.strip() for one, text in values.items()}
    elif isinstance(held, list):
        values = {"": " ".join(map(str, held))}
    else:
        values = {"": str(held if held is not None else known.default or "")}
    if options and control in ("name", "text"):
        control = "one-of"
    if control == "name":
        control = "text"
    chosen = tuple(map(str, held)) if isinstance(held, list) else (values.get("", ""),)
    if control == "one-of" and values[""] and values[""] not in {value for value, _words in options}:
        options = (*options, (values[""], values[""]))
    return Property(
        key,
        control,
        labels.field_label(node.kind, key),
        str(labels.FIELD_HELP.get(key, "")),
        values,
        options,
        chosen,
        known.is_required,
        key in labels.ADVANCED,
        wanting,
    )


def _options(document: Document, node: Node, known: FieldKind) -> tuple[Option, ...]:
    """The values that a property may have, when they can be listed."""
    key, words = known.key, labels.VALUE_LABELS.get(known.key, {})
    nothing: tuple[Option, ...] = () if known.is_required or known.default is not None else (("", "–"),)
    if known.options:
        return (*nothing, *((one, str(words.get(one, one))) for one in known.options))
    if key == "population":
        return tuple((one, str(said)) for one, said in words.items())
    every = document.nodes.values()
    match key:
        case "repeat":
            return (*nothing, *((one.name, one.name) for one in every if one.type == "roster"))
        case "prefill":
            return (*nothing, *((one.name, one.name) for one in every if one.kind == "context"))
        case "neutral":
            return (*nothing, *_named(document, editing.children(document, node.element, "choices")))
        case "choices":
            return _named(document, editing.children(document, node.parent, "choices"))
        case "at":
            return _named(document, editing.children(document, node.parent, "questions"))
    return ()


def _named(document: Document, nodes: tuple[Node, ...]) -> tuple[Option, ...]:
    language = document.languages[0]
    return tuple((one.name, _short(editing.label(document, one.element, language) or one.name)) for one in nodes)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _places(document: Document, node: Node, language: str) -> tuple[Option, ...]:
    """Where an element of a page or of a part may be moved: every other holder of its kind."""
    holder = {"question": "page", "check": "page", "exit": "page", "page": "section"}.get(node.kind)
    if holder is None:
        return ()
    every = (one for one in document.nodes.values() if one.kind == holder and one.element != node.parent)
    return tuple((str(one.element), _short(editing.label(document, one.element, language))) for one in every)
