"""Names of the items of a roster: an answer is `cout[2]`, a page `partenaire.2`, for the item of id 2.

Ids are given once, from 1, and never again in the same response, so that the answers about an item that was
removed never pass to another one.
"""

from __future__ import annotations

import re

MOST_ITEMS = 50
LARGEST_ITEM = 999_999
"""The largest id of an item, and the largest code of a choice over which a section is repeated."""
_ANSWER = re.compile(r"(?P<base>.+?)\[(?P<item>[1-9][0-9]{0,5})\]")
_PAGE = re.compile(r"(?P<base>[^.]+)\.(?P<item>[1-9][0-9]{0,5})")


def item_name(name: str, item: int) -> str:
    """The answer of one item: `cout` of item 2 is `cout[2]`."""
    return f"{name}[{item}]"


def item_page(page: str, item: int) -> str:
    """The page of one item, as in its address: `partenaire` of item 2 is `partenaire.2`."""
    return f"{page}.{item}"


def split_item(name: str) -> tuple[str, int | None]:
    """The name without its item, of an answer or of a page, and the item, None where there is none."""
    found = (_ANSWER if name.endswith("]") else _PAGE).fullmatch(name)
    return (found["base"], int(found["item"])) if found else (name, None)


def part_name(question: str, part: str) -> str:
    """The answer of a part of a question (a row, a detail): `cout[2]` and `local` make `cout_local[2]`."""
    if question.endswith("]"):
        base, item = split_item(question)
        if item is not None:
            return item_name(f"{base}_{part}", item)
    return f"{question}_{part}"
