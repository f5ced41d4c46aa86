"""Whether words changed in what they say, or only in how they are set."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from ..model import LocalText
from .changes import ComparabilityClass

_SPACES = re.compile(r"\s+")
# A point between two digits belongs to the number; these signs say something by themselves.
_SAYING = frozenset("%&@#{}")


class Reworded(NamedTuple):
    """Words that differ in one language; None where there are none."""

    language: str
    before: str | None
    after: str | None
    class_: ComparabilityClass


def reworded(before: LocalText | None, after: LocalText | None, first: str) -> Iterator[Reworded]:
    """The languages in which words differ.

    Only the first language of the version changes what is measured (one that both have, where it came with this
    version); elsewhere it is a translation that was mended, and a language that came or went is no change of the
    words. Without a language in common nothing says that the words are the same.
    """
    if before and after and first not in before.keys() & after.keys():
        shared = [language for language in before if language in after]
        if not shared:
            was, now = next(iter(before.values())), after.get(first, next(iter(after.values())))
            yield Reworded(first, was, now, ComparabilityClass.WORDING)
            return
        first = shared[0]
    for language in dict.fromkeys((*(after or {}), *(before or {}))):
        old = before.get(language) if before is not None else None
        new = after.get(language) if after is not None else None
        is_language_apart = before is not None and after is not None and (old is None or new is None)
        if old == new or is_language_apart:
            continue
        is_said_otherwise = language == first and said(old or "") != said(new or "")
        class_ = ComparabilityClass.WORDING if is_said_otherwise else ComparabilityClass.COSMETIC
        yield Reworded(language, old, new, class_)


def said(words: str) -> str:
    """The words without what does not change their sense: case, spaces, punctuation, typography."""
    folded = unicodedata.normalize("NFKC", words).casefold()
    kept = [character if _speaks(folded, place) else " " for place, character in enumerate(folded)]
    return _SPACES.sub(" ", "".join(kept)).strip()


def _speaks(words: str, place: int) -> bool:
    character = words[place]
    if character in _SAYING or unicodedata.category(character)[0] in "LNMS":
        return True
    around = words[place - 1 : place] + words[place + 1 : place + 2]
    return character in ".,:/-" and len(around) == 2 and around.isdecimal()
