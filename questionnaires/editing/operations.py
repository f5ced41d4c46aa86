"""The changes of a document: four operations, each with its exact inverse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from .documents import ID, KINDS, Document, ElementNotFound, Node, Tree, find, with_numbers


class OperationDoesNotApply(Exception):
    """What an operation is about is not there any more, or may not go there; `reason` is one of a few words."""

    def __init__(self, reason: str, element: int) -> None:
        self.reason, self.element = reason, element
        super().__init__(f"{reason} ({element})")


class ValueHasChanged(Exception):
    """A value was to be replaced that is another one by now: nothing was changed."""

    def __init__(self, element: int, key: str, theirs: Tree | None) -> None:
        self.element, self.key, self.theirs = element, key, theirs
        super().__init__(f"{key} of {element}")


class _Unsaid:
    """The value before a change, when nobody says it."""


UNSAID = _Unsaid()


class _Jsonable:
    """An operation; `operation_from_json` reads its JSON back."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        """The operation as plain JSON."""
        held = {one.name: getattr(self, one.name) for one in fields(self)}  # type: ignore[arg-type]
        said = {key: value for key, value in held.items() if value is not UNSAID}
        if said.get("order") is None:
            said.pop("order", None)
        return {"do": type(self).__name__.lower(), **said}


@dataclass(frozen=True, slots=True)
class Put(_Jsonable):
    """Give a key of an element a value, None to take it away; `text.fr` is one language of a text.

    `before`: the value that is replaced, as the author saw it; another one refuses the operation.
    `order`: where the key stands among the keys, for the inverse of a removal.
    """

    element: int
    key: str
    value: Tree | None
    before: Tree | _Unsaid | None = UNSAID
    order: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Insert(_Jsonable):
    """Put an element into a list of its parent; its tree gets numbers where it has none."""

    parent: int
    list_key: str
    index: int
    tree: Tree


@dataclass(frozen=True, slots=True)
class Remove(_Jsonable):
    """Take an element away, with all that is in it."""

    element: int


@dataclass(frozen=True, slots=True)
class Move(_Jsonable):
    """Put an element elsewhere: `index` counts in the list without it."""

    element: int
    parent: int
    list_key: str
    index: int


Operation = Put | Insert | Remove | Move
_BY_NAME: Mapping[str, type[Any]] = {one.__name__.lower(): one for one in (Put, Insert, Remove, Move)}


@dataclass(frozen=True, slots=True)
class Applied:
    """A document after some operations, what undoes them, and the elements that they touched."""

    document: Document
    inverse: tuple[Operation, ...]
    touched: frozenset[int]


def operation_from_json(found: Mapping[str, Any]) -> Operation:
    """What `to_json` made."""
    values = {key: value for key, value in found.items() if key != "do"}
    if values.get("order") is not None:
        values["order"] = tuple(values["order"])
    made: Operation = _BY_NAME[found["do"]](**values)
    return made


def apply(document: Document, operations: Iterable[Operation]) -> Applied:
    """Do some operations, all or none. Raises OperationDoesNotApply, ValueHasChanged."""
    inverse: list[Operation] = []
    touched: set[int] = set()
    for operation in operations:
        try:
            document, back, elements = _one(document, operation)
        except ElementNotFound as error:
            raise OperationDoesNotApply("gone", error.element) from None
        inverse.append(back)
        touched |= elements
    return Applied(document, tuple(reversed(inverse)), frozenset(touched))


def _one(document: Document, operation: Operation) -> tuple[Document, Operation, set[int]]:
    match operation:
        case Put():
            return _put(document, operation)
        case Insert():
            return _insert(document, operation)
        case Remove():
            return _remove(document, operation)
        case Move():
            return _move(document, operation)


def _put(document: Document, put: Put) -> tuple[Document, Operation, set[int]]:
    tree = find(document, put.element).tree
    key, _, language = put.key.partition(".")
    if key == ID:
        raise OperationDoesNotApply("key", put.element)
    holder: Mapping[str, Tree] = tree
    if language:
        texts = tree.get(key)
        holder = texts if isinstance(texts, Mapping) else {}
    last = language or key
    present = holder.get(last)
    if put.before is not UNSAID and put.before != present:
        raise ValueHasChanged(put.element, put.key, present)
    order = tuple(holder)
    value, following = _numbered(put.value, document.next_id)
    document = Document(document.root, following)
    changed = _with(holder, last, value, put.order)
    if language:
        # The last language of a text goes with the text; its key comes back where it stood.
        back = Put(put.element, key, tree.get(key), order=tuple(tree))
        made = _with(tree, key, changed or None, None)
        inverse: Operation = back if not changed or key not in tree else Put(put.element, put.key, present, order=order)
    else:
        made = changed
        inverse = Put(put.element, put.key, present, order=order)
    return _replaced(document, put.element, made), inverse, {put.element}


def _numbered(value: Tree | None, following: int) -> tuple[Tree | None, int]:
    """A list of elements with numbers for those that have none."""
    if not isinstance(value, list):
        return value, following
    made = []
    for one in value:
        if isinstance(one, Mapping) and ID not in one:
            one, following = with_numbers(one, following)
        made.append(one)
    return made, following


def _with(holder: Mapping[str, Tree], key: str, value: Tree | None, order: tuple[str, ...] | None) -> dict[str, Tree]:
    made = {name: held for name, held in holder.items() if name != key or value is not None}
    if value is not None:
        made[key] = value
    if order is not None and set(order) == set(made):
        made = {name: made[name] for name in order}
    return made


def _insert(document: Document, insert: Insert) -> tuple[Document, Operation, set[int]]:
    parent = find(document, insert.parent)
    items = _list(parent, insert.list_key)
    if insert.list_key not in KINDS or not isinstance(insert.tree, Mapping):
        raise OperationDoesNotApply("place", insert.parent)
    tree, following = dict(insert.tree), document.next_id
    if ID not in tree:
        tree, following = with_numbers(tree, following)
    elif _numbers(tree) & document.nodes.keys():
        raise OperationDoesNotApply("twice", tree[ID])
    index = min(max(insert.index, 0), len(items))
    made = [*items[:index], tree, *items[index:]]
    changed = {**parent.tree, insert.list_key: made}
    following = max(following, *(number + 1 for number in _numbers(tree)))
    found = _replaced(document, insert.parent, changed)
    return Document(found.root, following), Remove(tree[ID]), {insert.parent, tree[ID]}


def _remove(document: Document, remove: Remove) -> tuple[Document, Operation, set[int]]:
    node = _below(document, remove.element)
    parent = find(document, node.parent)
    items = _list(parent, node.list_key)
    made = [*items[: node.index], *items[node.index + 1 :]]
    found = _replaced(document, node.parent, {**parent.tree, node.list_key: made})
    return found, Insert(node.parent, node.list_key, node.index, node.tree), {node.parent}


def _move(document: Document, move: Move) -> tuple[Document, Operation, set[int]]:
    node = _below(document, move.element)
    if move.list_key != node.list_key or move.parent in _numbers(node.tree):
        raise OperationDoesNotApply("place", move.element)
    find(document, move.parent)
    if move.parent != node.parent and find(document, node.parent).kind != find(document, move.parent).kind:
        raise OperationDoesNotApply("place", move.element)
    old_parent = find(document, node.parent)
    items = _list(old_parent, node.list_key)
    rest = [*items[: node.index], *items[node.index + 1 :]]
    taken = _replaced(document, node.parent, {**old_parent.tree, node.list_key: rest})
    parent = find(taken, move.parent)
    held = _list(parent, move.list_key)
    index = min(max(move.index, 0), len(held))
    made = [*held[:index], node.tree, *held[index:]]
    found = _replaced(taken, move.parent, {**parent.tree, move.list_key: made})
    back = Move(move.element, node.parent, node.list_key, node.index)
    return found, back, {move.element, node.parent, move.parent}


def _below(document: Document, element: int) -> Node:
    node = find(document, element)
    if node.parent < 0:
        raise OperationDoesNotApply("place", element)
    return node


def _list(node: Node, key: str) -> list[Tree]:
    found = node.tree.get(key, [])
    if not isinstance(found, list):
        raise OperationDoesNotApply("place", node.element)
    return found


def _numbers(tree: Tree) -> set[int]:
    """The numbers of an element and of all that is in it."""
    found = {tree[ID]} if ID in tree else set()
    for value in tree.values():
        if isinstance(value, list):
            for one in value:
                if isinstance(one, Mapping):
                    found |= _numbers(one)
    return found


def _replaced(document: Document, element: int, tree: Mapping[str, Tree]) -> Document:
    """The document with another tree for an element; what is not above it is shared."""
    node = find(document, element)
    while node.parent >= 0:
        parent = document.nodes[node.parent]
        items = list(parent.tree[node.list_key])
        items[node.index] = tree
        tree = {**parent.tree, node.list_key: items}
        node = parent
    return Document(tree, document.next_id)
