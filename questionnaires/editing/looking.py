"""Looking for something in a draft: words, what is not translated, what reads an element."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache

from ..expressions import ExpressionIsMalformed, ExpressionIsTooLarge, ExpressionSyntaxError, parse, references
from .documents import Document, Spot, find
from .fields import fields_of
from .naming import VARIABLES

_NAMING = ("repeat", "prefill")
"""Keys that name a question outright."""


def search(document: Document, words: str) -> list[Spot]:
    """Where words are said: in texts, names, codes and rules, whatever the accents and capitals."""
    wanted = _folded(words)
    if not wanted:
        return []
    found = []
    for node in document.nodes.values():
        for key, value in node.tree.items():
            if isinstance(value, Mapping):
                found += [Spot(node.element, f"{key}.{one}") for one, text in value.items() if wanted in _folded(text)]
            elif isinstance(value, str) and key not in ("type", "format") and wanted in _folded(value):
                found.append(Spot(node.element, key))
    return found


def _folded(text: object) -> str:
    decomposed = unicodedata.normalize("NFKD", str(text)).casefold().replace("’", "'")
    return " ".join("".join(one for one in decomposed if not unicodedata.combining(one)).split())


def texts(document: Document) -> Iterator[Spot]:
    """Every text of the draft, in the order of the file; the key is without a language."""
    for node in document.nodes.values():
        for key in _keys(node.kind, node.type, "texts"):
            if isinstance(node.tree.get(key), dict):
                yield Spot(node.element, key)


def untranslated(document: Document, language: str) -> list[Spot]:
    """The texts that another language has and this one lacks."""
    return [
        spot
        for spot in texts(document)
        if not str(find(document, spot.element).tree[spot.key].get(language, "")).strip()
    ]


def readers_of(document: Document, element: int) -> list[Spot]:
    """The rules that read the answer to a question, or another variable, or one of its rows."""
    node = find(document, element)
    if node.kind not in VARIABLES or not node.name:
        return []
    found = []
    for one in document.nodes.values():
        for key in _keys(one.kind, one.type, "rule", *_NAMING):
            held = one.tree.get(key)
            if held is None:
                continue
            if held == node.name if key in _NAMING else _reads(held, node.name):
                found.append(Spot(one.element, key))
    return found


def _reads(rule: object, name: str) -> bool:
    """Whether a rule reads a variable or one of its rows; only a rule that says the name is parsed."""
    if not isinstance(rule, str) or name not in rule:
        return False
    try:
        names = references(parse(rule))
    except (ExpressionSyntaxError, ExpressionIsTooLarge, ExpressionIsMalformed):
        return False
    return any(one == name or one.startswith(f"{name}_") for one in names)


@cache
def _keys(kind: str, type: str, *wanted: str) -> tuple[str, ...]:
    """The keys of an element that have one of these controls, or are among these keys."""
    return tuple(one.key for one in fields_of(kind, type) if one.control in wanted or one.key in wanted)
