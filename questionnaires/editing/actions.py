"""What a person does to a draft, as operations: nothing here changes a document by itself."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from . import making
from .documents import KINDS, Document, Tree, children, find, plain
from .fields import fields_of
from .looking import texts
from .naming import free_code, free_name, names_beside, slug
from .operations import UNSAID, Insert, Move, Operation, OperationDoesNotApply, Put, Remove

LISTS: Mapping[str, str] = {kind: key for key, kind in KINDS.items()}
"""Kind of element -> key of the list that holds it."""
_KEBAB = frozenset(("section", "page", "check", "exit", "variant", "quota", "cell"))
_FALLBACK: Mapping[str, str] = {
    "section": "partie",
    "page": "page",
    "question": "question",
    "choice": "choix",
    "row": "ligne",
    "variant": "formulation",
    "subtotal": "sous_total",
    "check": "controle",
    "exit": "fin",
    "computed": "calcul",
    "context": "contexte",
    "experiment": "tirage",
    "arm": "groupe",
    "quota": "quota",
    "cell": "cellule",
}
_COPY = re.compile(r"(.*?)[_-]\d+")


def holds(document: Document, parent: int, kind: str) -> bool:
    """Whether an element may have elements of a kind right below it."""
    node = find(document, parent)
    known = fields_of(node.kind, node.type)
    return any(one.key == LISTS[kind] and one.control == "elements" for one in known)


def add(
    document: Document,
    kind: str,
    parent: int,
    index: int | None = None,
    type: str = "",
    taken: Collection[int] = (),
) -> tuple[Operation, ...]:
    """A new element below `parent`, last unless `index` is said; `taken`: codes that a choice must not have.

    A new section has a page. Raises OperationDoesNotApply.
    """
    if not holds(document, parent, kind):
        raise OperationDoesNotApply("place", parent)
    beside = [one for one in children(document, parent) if one.kind == kind]
    number, languages = len(beside) + 1, document.languages
    wanted = _numbered_name(kind, number)
    name = free_name(wanted, names_beside(document, kind, parent), fallback=_FALLBACK[kind], kebab=kind in _KEBAB)
    if kind == "question":
        tree = making.question(type or "single", name, languages)
        if not fields_of("question", str(tree["type"])):
            raise OperationDoesNotApply("type", parent)
    else:
        code = free_code((str(one.tree.get("code", "")) for one in beside), taken)
        tree = making.element(kind, name, languages, number, code)
    if kind == "section":
        pages = names_beside(document, "page", parent) | {name}
        page = making.element("page", free_name("page-1", pages, fallback="page", kebab=True), languages, 1, 1)
        tree["pages"] = [page]
    return (Insert(parent, LISTS[kind], len(beside) if index is None else index, tree),)


def _numbered_name(kind: str, number: int) -> str:
    return f"{_FALLBACK[kind]}{'-' if kind in _KEBAB else '_'}{number}"


def delete(document: Document, element: int) -> tuple[Operation, ...]:
    """Take an element away. What reads it is told by the check of the draft."""
    find(document, element)
    return (Remove(element),)


def shift(document: Document, element: int, by: int) -> tuple[Operation, ...]:
    """Move an element up (by < 0) or down among its neighbours.

    At the end of its list a question goes to the next page, a page to the next section; nothing at the very end.
    """
    node = find(document, element)
    beside = children(document, node.parent, node.list_key)
    target = node.index + by
    if 0 <= target < len(beside):
        return (Move(element, node.parent, node.list_key, target),)
    if node.kind not in ("question", "page"):
        return ()
    parents = [one for one in document.nodes.values() if one.kind == find(document, node.parent).kind]
    order = [one.element for one in parents]
    other = order.index(node.parent) + (1 if by > 0 else -1)
    if not 0 <= other < len(order):
        return ()
    end = 0 if by > 0 else len(children(document, order[other], node.list_key))
    return (Move(element, order[other], node.list_key, end),)


def move_to(document: Document, element: int, parent: int, index: int) -> tuple[Operation, ...]:
    """Put an element elsewhere: below a parent of the same kind as its own."""
    node = find(document, element)
    if not holds(document, parent, node.kind):
        raise OperationDoesNotApply("place", element)
    return (Move(element, parent, node.list_key, index),)


def duplicate(document: Document, element: int, taken: Collection[int] = ()) -> tuple[Operation, ...]:
    """The same element again, right after, with names and codes of its own all the way down."""
    node = find(document, element)
    if node.parent < 0:
        raise OperationDoesNotApply("place", element)
    names = {
        kind: set(names_beside(document, kind, node.parent)) for kind in ("section", "page", "question", node.kind)
    }
    tree = _copied(plain(node.tree), node.kind, names, is_top=True)
    if "code" in tree:
        codes = [str(one.tree.get("code", "")) for one in children(document, node.parent, node.list_key)]
        tree["code"] = str(free_code(codes, taken))
    return (Insert(node.parent, node.list_key, node.index + 1, tree),)


def _copied(
    tree: Mapping[str, Tree], kind: str, names: dict[str, set[str]], *, is_top: bool = False
) -> dict[str, Tree]:
    """A copy with fresh names where they must be: at the top, and for what has a name of the whole questionnaire."""
    made = {key: value for key, value in tree.items() if key != "formerly"}
    if "name" in made and (is_top or kind in ("section", "page", "question")):
        space = names["page"] | names["section"] if kind in ("section", "page") else names[kind]
        found = _COPY.fullmatch(str(made["name"]))
        base = found[1] if found else str(made["name"])
        joint = "-" if kind in _KEBAB else "_"
        numbered = (f"{base}{joint}{number}" for number in range(2, 10_000))
        made["name"] = next(one for one in numbered if one not in space)
        names[kind].add(str(made["name"]))
    for key, value in made.items():
        if isinstance(value, list) and key in KINDS:
            made[key] = [_copied(one, KINDS[key], names) if isinstance(one, Mapping) else one for one in value]
    return made


def put(document: Document, element: int, key: str, text: Tree, before: Any = UNSAID) -> tuple[Operation, ...]:
    """Give a value to a key; an empty text, or the default of the key, takes it away."""
    node = find(document, element)
    plain_key, _, language = key.partition(".")
    known = next((one for one in fields_of(node.kind, node.type) if one.key == plain_key), None)
    if known is None or known.control == "elements":
        raise OperationDoesNotApply("key", element)
    is_empty = text in ("", [], None) or (text == known.default and not known.is_required)
    value = None if is_empty and not (known.is_required and not language) else text
    held = node.tree.get(plain_key)
    present = (held.get(language) if isinstance(held, Mapping) else None) if language else held
    if value == present and (before is UNSAID or before == present):
        return ()
    return (Put(element, key, value, before),)


def change_type(document: Document, element: int, type_: str) -> tuple[Operation, ...]:
    """Make a question one of another type: what fits is kept, what the new type needs is made."""
    node = find(document, element)
    known = {one.key for one in fields_of("question", type_)}
    if node.kind != "question" or not known:
        raise OperationDoesNotApply("type", element)
    if node.type == type_:
        return ()
    fresh = making.question(type_, node.name, document.languages)
    kept = {key: value for key, value in node.tree.items() if key in known}
    operations: list[Operation] = [Put(element, "type", type_)]
    operations += [Put(element, key, None) for key in node.tree if key not in known and key not in ("#", "type")]
    operations += [Put(element, key, value) for key, value in fresh.items() if key not in kept and key != "type"]
    return tuple(operations)


# -- many at once ---------------------------------------------------------------------------------


def pasted_lines(text: str, languages: tuple[str, ...]) -> Iterator[tuple[str | None, dict[str, str]]]:
    """Lines as people paste them: a code if there is one, then the label, other languages after a tab or a `;`."""
    for line in text.splitlines():
        if not line.strip():
            continue
        first, *more = re.split(r"\t|\s*;\s*", line.strip())
        if first.lstrip("-").isdigit() and more:
            code: str | None = first
            first, *more = more
        else:
            found = re.fullmatch(r"(-?\d{1,9})\s*[.):=]\s*(\S.*)", first)
            code, first = (found[1], found[2]) if found else (None, first)
        labels = dict(zip(languages, (first, *more), strict=False))
        yield code, {language: words.strip() for language, words in labels.items() if words.strip()}


def paste_choices(
    document: Document, element: int, text: str, list_key: str = "choices", taken: Collection[int] = ()
) -> tuple[Operation, ...]:
    """Choices (or rows, or arms) from lines of text, after those that are there."""
    kind = KINDS.get(list_key)
    if kind is None or not holds(document, element, kind):
        raise OperationDoesNotApply("place", element)
    there = children(document, element, list_key)
    names = {one.name for one in there}
    codes = [str(one.tree.get("code", "")) for one in there]
    made: list[Tree] = [one.tree for one in there]
    for code, labels in pasted_lines(text, document.languages):
        words = next(iter(labels.values()), "")
        name = free_name(slug(words), names, fallback=_FALLBACK[kind])
        names.add(name)
        tree: dict[str, Tree] = {"name": name, "label": labels}
        if kind != "row":
            code = code if code is not None and code not in codes else str(free_code(codes, taken))
            codes.append(code)
            tree = {"code": code, **tree}
        made.append(tree)
    if len(made) == len(there):
        return ()
    return (Put(element, list_key, made),)


def insert_question(
    document: Document, page: int, index: int | None, tree: Mapping[str, Tree], provenance: str
) -> tuple[Operation, ...]:
    """A question of elsewhere on a page, with a free name and where it comes from."""
    names = names_beside(document, "question", page)
    name = free_name(str(tree.get("name", "")), names, fallback="question")
    copied = {**plain(dict(tree)), "name": name, "source": provenance}
    copied.pop("formerly", None)
    count = len(children(document, page, "questions"))
    return (Insert(page, "questions", count if index is None else index, copied),)


# -- languages ------------------------------------------------------------------------------------


def add_language(document: Document, language: str) -> tuple[Operation, ...]:
    """One more language, last; its texts are to be written."""
    if language in document.languages:
        return ()
    return (Put(0, "languages", [*document.languages, language]),)


def remove_language(document: Document, language: str) -> tuple[Operation, ...]:
    """A language less, with all its texts; the last one stays."""
    rest = [one for one in document.languages if one != language]
    if not rest or len(rest) == len(document.languages):
        return ()
    gone = [
        Put(spot.element, f"{spot.key}.{language}", None)
        for spot in texts(document)
        if language in find(document, spot.element).tree[spot.key]
    ]
    return (*gone, Put(0, "languages", rest))
