"""Marks in a template while it is rendered once: where state goes, what may be moved, what is piped."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup, escape

from app.web.controls.rendering import unbroken
from questionnaires.model import Choice, LocalText, Order, Question, Row
from questionnaires.piping import is_piped

APART = "apart"
"""The region of the choices that exclude the others: below them, whatever the order."""
Slots = dict[tuple[str, ...], list[int]]


class Marks:
    """Collects the slots that a template names while it is rendered, then cuts its output at them."""

    def __init__(self) -> None:
        self._slots: list[tuple[str, ...]] = []
        self._defaults: list[str] = []

    def slot(self, kind: str, *key: object, default: str = "") -> Markup:
        """Mark a place; empty, or `default`, until it is filled."""
        self._slots.append((kind, *map(str, key)))
        self._defaults.append(default)
        return Markup(f"\x00{len(self._slots) - 1}\x00")  # noqa: S704 (a number between marks)

    def cut(self, html: str) -> tuple[list[str], Slots]:
        """The strings between the slots and of the slots, and the indexes of each slot."""
        pieces = html.split("\x00")
        parts: list[str] = pieces[:1]
        places: Slots = {}
        for mark, text in zip(pieces[1::2], pieces[2::2], strict=True):
            number = int(mark)
            places.setdefault(self._slots[number], []).append(len(parts))
            parts += (self._defaults[number], text)
        return parts, places


@dataclass(frozen=True, slots=True)
class Block:
    """A choice or a row among the strings of a question: its name, its index in the version, its first and last."""

    name: str
    index: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class First:
    """The first input of an answer has the id that a link of the summary leads to: the one that is shown first."""

    key: str
    # whether it stands apart from the others, below them; name of the choice, its index, place of the id
    inputs: tuple[tuple[bool, str, int, int], ...]


class QuestionMarks(Marks):
    """The marks of one question, in one language."""

    def __init__(self, question: Question, language: str) -> None:
        super().__init__()
        self._language = language
        self._index = {id(part): index for parts in _parts(question) for index, part in enumerate(parts)}
        self.moves = may_move(question)
        self.described: dict[str, str] = {}
        self.piped: list[LocalText] = []

    def mark(self, kind: str, key: object, more: object = "") -> Markup:
        """`slot` for the macros: the ids that describe an input are there until a problem adds its own."""
        if kind != "described":
            return self.slot(kind, key, *([more] if more != "" else []))
        self.described[str(key)] = str(more)
        return self.slot(kind, key, default=f' aria-describedby="{more}"' if more else "")

    def say(self, text: LocalText) -> str:
        """A text in the language; one that holds answers is a slot, which shows its source until it is filled."""
        words = unbroken(text.in_(self._language), self._language)
        if not is_piped(text):
            return words
        if text not in self.piped:
            self.piped.append(text)
        return self.slot("piped", self.piped.index(text), default=str(escape(words)))

    def start(self, region: str, part: Choice | Row) -> str:
        """Begin a choice or a row of a region: they change places within it."""
        return self._edge("start", region, part)

    def stop(self, region: str, part: Choice | Row) -> str:
        """End it."""
        return self._edge("stop", region, part)

    def _edge(self, kind: str, region: str, part: Choice | Row) -> str:
        return self.slot(kind, region, part.name, self._index[id(part)]) if self.moves else Markup("")

    def first_id(self, key: str, region: str, part: Choice | Row, is_first: bool) -> str:
        """The id of the first input of an answer, here if this is the first."""
        attribute = plain_id(key) if is_first else Markup("")
        if not self.moves:
            return attribute
        return self.slot("first", key, region, part.name, self._index[id(part)], default=attribute)


def plain_id(key: str) -> Markup:
    """The attribute of the first input of an answer."""
    return Markup(' id="{}-1"').format(key)


def may_move(question: Question) -> bool:
    """Whether its choices or rows are shown in other orders, or not all of them."""
    is_drawn = getattr(question, "order", Order.FIXED) is not Order.FIXED
    return is_drawn or any(part.when is not None for parts in _parts(question) for part in parts)


def _parts(question: Question) -> tuple[tuple[Choice | Row, ...], ...]:
    return getattr(question, "choices", ()), getattr(question, "rows", ())


def find_blocks(places: Slots) -> dict[str, list[Block]]:
    """The blocks of each region, in the order of the page."""
    found: dict[str, list[Block]] = {}
    for key, starts in places.items():
        if key[0] == "start":
            _, region, name, index = key
            stops = places["stop", region, name, index]
            made = (Block(name, int(index), *edges) for edges in zip(starts, stops, strict=True))
            found.setdefault(region, []).extend(made)
    return {region: sorted(blocks, key=lambda block: block.start) for region, blocks in found.items()}


def find_firsts(places: Slots) -> list[tuple[str, First]]:
    """For each answer whose first input may change: its region, and the inputs."""
    inputs: dict[tuple[str, str], list[tuple[bool, str, int, int]]] = {}
    for slot, indexes in places.items():
        if slot[0] == "first":
            _, key, region, name, index = slot
            is_apart = region == APART
            one = (is_apart, name, int(index), indexes[0])
            inputs.setdefault(("choices" if is_apart else region, key), []).append(one)
    return [(region, First(key, tuple(found))) for (region, key), found in inputs.items()]
