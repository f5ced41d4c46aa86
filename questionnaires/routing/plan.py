"""A version compiled once for the walk: its pages in order, its rules as functions, its causes ready to use.

What is static is decided here, so that a plain question costs the walk next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ..expressions import Absence, Call, Expression, Rule, VariableType
from ..model import (
    Exit,
    item_name,
    item_page,
)

_MOST_COPIES = 1_000  # items of which the names are kept; ids grow when lines are removed and added again


class Over:
    """What is asked for each item of a roster: the plain names of its variables, all sections together."""

    __slots__ = ("_pairs", "names", "roster")

    def __init__(self, roster: str, names: tuple[str, ...]) -> None:
        self.roster = roster
        self.names = dict.fromkeys(names)  # in their order, and found at once
        self._pairs: dict[int, tuple[tuple[str, str], ...]] = {}

    def pairs(self, item: int) -> tuple[tuple[str, str], ...]:
        """(plain name, name of that item's variable) of each."""
        found = self._pairs.get(item)
        if found is None:
            found = tuple((name, item_name(name, item)) for name in self.names)
            if len(self._pairs) < _MOST_COPIES:
                self._pairs[item] = found
        return found


class Derived(NamedTuple):
    """A computed variable, evaluated once all of its sources are fixed.

    `over`: the (roster, variable) pairs that it sums. `each`: it is computed for each item of these. `plain`: the
    name that the rules of the same item read.
    """

    name: str
    rule: Rule
    sources: tuple[str, ...]
    over: tuple[tuple[str, str], ...] = ()
    each: Over | None = None
    plain: str | None = None

    def of_item(self, item: int, over: Over) -> Derived:
        """That of one item."""
        sources = tuple(item_name(one, item) if one in over.names else one for one in self.sources)
        return self._replace(name=item_name(self.name, item), sources=sources, each=None, plain=self.name)


class More(NamedTuple):
    """What a plain question has not.

    `choices` and `rows` are those with a condition, `words` the details asked beside a choice, `parts` those
    stored with the answer; `plain` pairs the keys of an item with the names that rules read.
    """

    consent: str | None = None
    choices: tuple[tuple[int, str, Rule], ...] = ()
    is_all_conditional: bool = False
    rows: tuple[tuple[str, str, Rule], ...] = ()
    words: tuple[tuple[str, int], ...] = ()
    parts: tuple[str, ...] = ()
    shares_out: bool = False
    has_lines: bool = False
    # The codes that are no items of the section repeated over this question; None: no section is.
    no_items: frozenset[int] | None = None
    plain: tuple[tuple[str, str], ...] = ()


class Asked(NamedTuple):
    """A question, ready to walk: `gaps` are the absences that leave its page incomplete."""

    name: str
    when: Rule | None
    answers: tuple[str, ...]
    gaps: frozenset[Absence]
    hidden: dict[str, Absence]
    more: More | None

    def of_item(self, item: int) -> Asked:
        """The question of one item."""

        def renamed(name: str) -> str:
            return item_name(name, item)

        more = self.more or More()
        return Asked(
            renamed(self.name),
            self.when,
            tuple(renamed(one) for one in self.answers),
            self.gaps,
            {renamed(one): cause for one, cause in self.hidden.items()},
            more._replace(
                consent=more.consent and renamed(more.consent),
                rows=tuple((renamed(answer), name, rule) for answer, name, rule in more.rows),
                words=tuple((renamed(detail), code) for detail, code in more.words),
                parts=tuple(renamed(part) for part in more.parts),
                plain=tuple((renamed(one), one) for one in self.hidden),
            ),
        )


def awaits(
    sources: Iterable[str],
    over: Iterable[tuple[str, str]],
    absences: Mapping[str, object],
    items: Mapping[str, object],
) -> bool:
    """Whether something that a rule reads is still to be answered: `answered` and sums have a value before.

    `absences`: variable -> its cause where it is absent; `items`: roster -> the ids of its items.
    """
    names = [*sources]
    for roster, variable in over:
        ids = items.get(roster)
        names += [roster, *(item_name(variable, item) for item in (ids if isinstance(ids, tuple) else ()))]
    return any(absences.get(name) is Absence.NOT_REACHED for name in names)


class Leaving(NamedTuple):
    """An exit, ready to be taken; `sources` and `over`: what its rule reads, as for a computed variable."""

    rule: Rule
    exit: Exit
    sources: tuple[str, ...]
    over: tuple[tuple[str, str], ...]

    def of_item(self, item: int, over: Over) -> Leaving:
        """That of one item."""
        return self._replace(sources=tuple(item_name(one, item) if one in over.names else one for one in self.sources))


class Step(NamedTuple):
    """A page, ready to walk. `checks`: its warnings, with the key that says they were passed."""

    page: str
    when: Rule | None
    questions: tuple[Asked, ...]
    derived: tuple[Derived, ...]
    checks: tuple[tuple[str, Rule], ...]
    exits: tuple[Leaving, ...]
    hidden: dict[str, Absence]

    def of_item(self, item: int, over: Over) -> Step:
        """The page of one item."""
        return self._replace(
            page=item_page(self.page, item),
            questions=tuple(one.of_item(item) for one in self.questions),
            derived=tuple(one.of_item(item, over) for one in self.derived),
            checks=tuple((item_name(key, item), rule) for key, rule in self.checks),
            exits=tuple(one.of_item(item, over) for one in self.exits),
            hidden={item_name(name, item): cause for name, cause in self.hidden.items()},
        )


class Part:
    """A run of pages, asked once or, with `over`, for each item of a roster; then what is computed from them."""

    __slots__ = ("_copies", "derived", "over", "steps")

    def __init__(self, steps: tuple[Step, ...], derived: tuple[Derived, ...] = (), over: Over | None = None) -> None:
        self.steps = steps
        self.derived = derived
        self.over = over
        self._copies: dict[int, tuple[Step, ...]] = {}

    def steps_of(self, over: Over, item: int) -> tuple[Step, ...]:
        """The pages of one item."""
        found = self._copies.get(item)
        if found is None:
            found = tuple(step.of_item(item, over) for step in self.steps)
            if len(self._copies) < _MOST_COPIES:
                self._copies[item] = found
        return found


class Group(NamedTuple):
    """Parts asked in this order, or with `shuffle` in one drawn for each response; then what is computed."""

    parts: tuple[Part, ...]
    shuffle: str | None
    derived: tuple[Derived, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A version compiled once. `names`: the variables that are not an item's; `order` unless it is drawn."""

    groups: tuple[Group, ...]
    names: tuple[str, ...]
    at_once: tuple[Derived, ...]
    overs: dict[str, Over]
    lists: tuple[str, ...]
    external: dict[str, VariableType]
    provided: tuple[tuple[str, str], ...]
    arms: dict[str, dict[str, int]]
    # The only part of a version without anything repeated or shuffled, and the order of its pages.
    single: Part | None = None
    order: dict[str, int] = field(default_factory=dict)
    # Page -> the place of its section in the version.
    sections: dict[str, int] = field(default_factory=dict)


def conjunction(*conditions: Expression | None) -> Expression | None:
    """All of the conditions together; None when there is none."""
    present = tuple(condition for condition in conditions if condition is not None)
    if len(present) < 2:
        return present[0] if present else None
    return Call("and", present)


def pages_in_order(parts: tuple[Part, ...], items: dict[str, tuple[int, ...]]) -> dict[str, int]:
    """The place of each page. A page of an item that is not there stands where its section ends."""
    return {page: place for place, page in enumerate(_pages(parts, items))}


def _pages(parts: tuple[Part, ...], items: dict[str, tuple[int, ...]]) -> Iterator[str]:
    for part in parts:
        if part.over is not None:
            for item in items.get(part.over.roster, ()):
                yield from (step.page for step in part.steps_of(part.over, item))
        yield from (step.page for step in part.steps)
