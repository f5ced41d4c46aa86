"""Names and codes for new elements: readable, in plain letters, free."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

from ..expressions import RESERVED_WORDS
from .documents import Document, children, find

VARIABLES = ("question", "computed", "context", "experiment")
"""Kinds of elements whose names share one space: those that rules read."""
_PLACES = ("section", "page")
_LONGEST = 40
_APART = 90  # codes from here on are those of « autre », « aucun »…
_EMPTY_WORDS = frozenset(
    (
        *(
            "a",
            "au",
            "aux",
            "avec",
            "ce",
            "cette",
            "ces",
            "dans",
            "de",
            "des",
            "du",
            "en",
            "est",
            "et",
            "il",
            "la",
            "le",
        ),
        *("le", "les", "leur", "ou", "par", "pour", "que", "quel", "quelle", "quels", "quelles", "qui", "sont", "sur"),
        *(
            "un",
            "une",
            "vos",
            "votre",
            "vous",
            "the",
            "of",
            "and",
            "or",
            "to",
            "in",
            "on",
            "is",
            "are",
            "you",
            "your",
            "do",
        ),
        *("does", "what", "which", "how"),
    )
)


def slug(text: str, *, kebab: bool = False, longest: int = _LONGEST) -> str:
    """The words of a text as a name: without accents or little words, at most `longest` letters. Maybe empty."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("æ", "ae")).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", re.sub(r"\b[a-zA-Z]['’]", " ", plain.replace("’", "'")).lower())
    telling = [word for word in words if word not in _EMPTY_WORDS] or words
    made = ""
    for word in telling:
        longer = f"{made}{'-' if kebab else '_'}{word}" if made else word
        if len(longer) > longest:
            break
        made = longer
    return made or (telling[0][:longest] if telling else "")


def free_name(wanted: str, taken: Collection[str], *, fallback: str, kebab: bool = False) -> str:
    """A name that nobody has: the one wanted, else with a number behind."""
    joint = "-" if kebab else "_"
    base = wanted or fallback
    if not kebab and not base[0].isalpha():
        base = f"{fallback}{joint}{base}"
    if base in RESERVED_WORDS:
        base = f"{base}{joint}1"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}{joint}{number}", number + 1
    return name


def names_beside(document: Document, kind: str, parent: int) -> frozenset[str]:
    """The names that an element of this kind, below this parent, must not have."""
    if kind in VARIABLES:
        return frozenset(node.name for node in document.nodes.values() if node.kind in VARIABLES)
    if kind in _PLACES:
        return frozenset(node.name for node in document.nodes.values() if node.kind in _PLACES)
    find(document, parent)
    return frozenset(node.name for node in children(document, parent) if node.kind == kind)


def free_code(codes: Iterable[str | int], taken: Collection[int] = ()) -> int:
    """A code for a new choice: after the others, never one that was used (`taken`), those from 90 on kept apart."""
    used = {int(one) for one in codes if str(one).lstrip("-").isdigit()} | set(taken)
    code = max((one for one in used if one < _APART), default=0) + 1
    while code in used:
        code += 1
    return code
