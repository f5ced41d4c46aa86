"""Routes that somebody writes, where a version has none: its pages follow in order, each with its condition."""

from __future__ import annotations

from collections.abc import Iterator

from ..problems import Place, Problem
from .mending import Location
from .yaml_tree import Mapping, Node, Scalar, Sequence

KEYS = frozenset({"goto", "go_to", "next", "route", "routes", "skip", "skip_to", "jump", "jump_to", "then"})
_TARGETS = KEYS | {"page", "target", "to", "default", "else"}


def written_route(location: Location, node: Node | None, root: Node, place: Place) -> Problem | None:
    """The problem of an unknown key that says where to go next; None where it says something else.

    It names a page that does not exist, one that is not after (who follows it would go round for ever), or one that
    comes later: there a condition says the same.
    """
    key = str(location[-1])
    if key not in KEYS:
        return None
    pages = list(_pages(root))
    here = _here(location, root)
    targets = list(_targets(node))
    for target in targets:
        if target not in pages:
            return Problem("route-unknown", place, data={"key": key, "target": target})
    for target in targets:
        if here in pages and pages.index(target) <= pages.index(here):
            return Problem("route-backward", place, data={"key": key, "target": target})
    return Problem("route-written", place, data={"key": key, "target": targets[0] if targets else "…"})


def _targets(node: Node | None) -> Iterator[str]:
    """The pages that a route names, be it a word, a list, or rules with their targets."""
    if isinstance(node, Scalar) and node.text:
        yield node.text
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _targets(item)
    elif isinstance(node, Mapping):
        for key, item in node.items.items():
            if key in _TARGETS:
                yield from _targets(item)


def _pages(root: Node) -> Iterator[str]:
    for section in _items(root, "sections"):
        for page in _items(section, "pages"):
            yield _name(page)


def _here(location: Location, root: Node) -> str:
    """The page in which a location stands; empty for that of a section or of the whole file."""
    node: Node | None = root
    found = ""
    for depth, step in enumerate(location[:-1]):
        if isinstance(node, Mapping):
            node = node.items.get(str(step))
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            found = _name(node) if location[depth - 1] == "pages" else found
    return found


def _items(node: Node, key: str) -> tuple[Node, ...]:
    held = node.items.get(key) if isinstance(node, Mapping) else None
    return tuple(held.items) if isinstance(held, Sequence) else ()


def _name(node: Node) -> str:
    found = node.items.get("name") if isinstance(node, Mapping) else None
    return found.text if isinstance(found, Scalar) else ""
