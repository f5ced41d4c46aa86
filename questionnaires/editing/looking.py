"""Looking for something in a draft: words, what is not translated, what reads an element."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

from ..expressions import ExpressionIsMalformed, ExpressionIsTooLarge, ExpressionSyntaxError, parse, references
from .documents import Document, Spot, find
from .fields import fields_of
from .naming import VARIABLES


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
        for one in fields_of(node.kind, node.type):
            if one.control == "texts" and isinstance(node.tree.get(one.key), Mapping):
                yield Spot(node.element, one.key)


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
        for known in fields_of(one.kind, one.type):
            held = one.tree.get(known.key)
            if known.control == "rule" and isinstance(held, str):
                try:
                    names = references(parse(held))
                except (ExpressionSyntaxError, ExpressionIsTooLarge, ExpressionIsMalformed):
                    continue
                if any(name == node.name or name.startswith(f"{node.name}_") for name in names):
                    found.append(Spot(one.element, known.key))
            elif known.key in ("repeat", "prefill") and held == node.name:
                found.append(Spot(one.element, known.key))
    return found
