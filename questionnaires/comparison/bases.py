"""The base proof: is a question that was kept asked of the same people?

A base changed when somebody who answers one version completely and validly up to the question is asked it there,
and, giving the same answers, is not asked it in the other. A choice that only one version has may be what decides:
the other version is then read as if it had it too (`with_choices_of`), as `routing.path` reads it. Everybody who
is found goes through the real paths of both versions; the solver is trusted only where it finds nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import z3

from ..expressions import Expression, references, to_text
from ..model import (
    Choice,
    Computed,
    Grid,
    LocalText,
    Question,
    Questionnaire,
    Roster,
    Section,
    YesNo,
    choices_of,
    item_name,
    split_item,
)
from ..proofs.respondents import Limits, Respondent
from ..proofs.search import Search, Undecided
from ..proofs.symbolic import Symbolic
from ..proofs.symbolic_inputs import Inputs
from ..proofs.symbolic_parts import SymbolicPage, SymbolicQuestion
from ..routing import path
from .alignment import APART, Aligned
from .changes import BaseStatus, BaseVerdict, digest_of
from .structure import places

MOST_ITEMS = 2
"""Items of a list that the proof looks at, where no rule counts or adds them up: one depends on no later one."""
_UNCHANGED = BaseVerdict(BaseStatus.UNCHANGED)
_ROUTE_ALONE = ("", "")


def bases(aligned: Aligned, new: Questionnaire, limits: Limits | None) -> dict[str, BaseVerdict]:
    """The verdict on each question kept, by its new name; without limits nothing is proven."""
    old = aligned.questionnaire
    before, after = _routes(old), _routes(new)
    found: dict[str, BaseVerdict] = {}
    waiting: list[str] = []
    for name, route in after.items():
        if name in before:
            found[name] = _UNCHANGED if before[name] == route else BaseVerdict(BaseStatus.UNPROVEN)
            if before[name] != route:
                waiting.append(name)
    if waiting and limits is not None:
        found.update(_Prover(aligned, new, limits).verdicts(waiting))
    # What was seen of a base is what decides it on both sides, even where the condition of the question stayed.
    rows = {answer: question.name for question in new.questions for answer in question.answers}
    seen = {name: (before[name], after[name]) for name in before.keys() & after.keys()}
    return {
        name: one
        if one.status is BaseStatus.UNCHANGED
        else replace(one, routes=digest_of(*seen.get(name, seen.get(rows.get(name, ""), _ROUTE_ALONE))))
        for name, one in found.items()
    }


def _routes(questionnaire: Questionnaire) -> dict[str, str]:
    """For each question, all that decides who gets there and is asked; equal routes need no proof.

    A route is a chain of digests, so that a long version costs no more than its length (`hash` would not do: to it
    -1 and -2 are the same). In an order that is drawn no page is before another: routes from there on hold the
    whole version.
    """
    known = tuple(map(_bare, (questionnaire.context, questionnaire.experiments, questionnaire.computed)))
    chain = _linked(known)
    whole = _linked(chain, _bare(questionnaire.sections))
    is_drawn = False
    found: dict[str, str] = {}
    for section in questionnaire.sections:
        is_drawn = is_drawn or section.shuffle is not None
        for page in section.pages:
            chain = _linked(chain, _bare(section.when), section.repeat, _bare(page.when))
            for question in page.questions:
                chain = _linked(chain, _bare(question))
                # A question of the same page comes with it: what follows on the page does not decide.
                found[question.name] = whole if is_drawn else chain
            chain = _linked(chain, _bare(page.checks), _bare(page.exits))
    return found


def _linked(*parts: object) -> str:
    return digest_of(repr(parts))


_SAYS_NOTHING = frozenset(
    {
        *("concept", "source", "note", "formerly", "subtotals", "order", "prefill", "neutral", "at"),
        *("title", "label", "text", "help", "instruction", "intro", "message", "unit", "variants", "yes", "no"),
    }
)


def _bare(node: Any) -> object:
    """A part without its words, and without what does not decide anything."""
    if isinstance(node, tuple):
        return tuple(map(_bare, node))
    if isinstance(node, LocalText):
        return tuple(sorted(node.items()))
    if isinstance(node, Expression):
        return to_text(node)
    if not is_dataclass(node) or isinstance(node, type):
        return node
    kept = (one.name for one in fields(node) if one.name not in _SAYS_NOTHING and one.compare)
    return (type(node).__name__, *((name, _bare(getattr(node, name))) for name in kept))


def with_choices_of(version: Questionnaire, other: Questionnaire) -> Questionnaire:
    """The version with the choices that only the other one has, which none of its rules reads."""
    theirs = {one.name: one for one in other.questions}

    def padded(question: Question) -> Question:
        mine, more = choices_of(question), choices_of(theirs.get(question.name, question))
        codes, names = {one.code for one in mine}, {one.name for one in mine}
        added = tuple(_added(one, names) for one in more if one.code not in codes)
        is_free = any(one.when is None for one in mine)
        if not added or not is_free or isinstance(question, YesNo):
            return question
        return replace(question, choices=(*mine, *added))  # type: ignore[call-arg]

    if all(padded(one) is one for one in version.questions):
        return version
    return replace(
        version,
        sections=tuple(
            replace(
                section,
                pages=tuple(replace(page, questions=tuple(map(padded, page.questions))) for page in section.pages),
            )
            for section in version.sections
        ),
    )


def _added(choice: Choice, taken: set[str]) -> Choice:
    name = choice.name if choice.name not in taken else f"other_{choice.code}"
    return replace(choice, name=name[:64], specify=None, when=None)


@dataclass(frozen=True, slots=True)
class _Side:
    """A version as formulas, with what a question needs of it."""

    symbolic: Symbolic
    pages: Mapping[str, SymbolicPage]
    questions: Mapping[str, SymbolicQuestion]
    left_before: Mapping[str, z3.BoolRef]

    @classmethod
    def of(cls, symbolic: Symbolic) -> _Side:
        pages = {question.name: page for page in symbolic.pages for question in page.questions}
        questions = {question.name: question for page in symbolic.pages for question in page.questions}
        logic = symbolic.inputs.logic
        left = logic.false
        left_before: dict[str, z3.BoolRef] = {}
        for page in symbolic.pages:
            left_before.update(dict.fromkeys((one.name for one in page.questions), left))
            left = logic.any((left, *page.left.values()))
        return cls(symbolic, pages, questions, left_before)

    def asked(self, name: str, row: str | None) -> z3.BoolRef:
        """All is complete and valid up to and with the page, and the question (the row) is asked there."""
        logic, question = self.symbolic.inputs.logic, self.questions[name]
        parts = (self.pages[name].begun, self.pages[name].valid, question.shown)
        return logic.all(parts if row is None else (*parts, question.rows.get(row, logic.true)))

    def not_asked(self, name: str, row: str | None) -> z3.BoolRef:
        """The page is complete and valid, or left out, and it is not asked; or an exit was taken before."""
        logic, question = self.symbolic.inputs.logic, self.questions[name]
        shown = question.shown if row is None else logic.all((question.shown, question.rows.get(row, logic.true)))
        page = self.pages[name]
        passed = logic.any((logic.negation(page.shown), page.valid))
        passed_by = logic.all((page.begun, passed, logic.negation(shown)))
        return logic.any((passed_by, self.left_before[name]))


class _Prover:
    """The searches over both versions; a second pair only where the versions do not offer the same choices."""

    def __init__(self, aligned: Aligned, new: Questionnaire, limits: Limits) -> None:
        self._aligned = aligned
        self._old, self._new = aligned.questionnaire, new
        padded_old, padded_new = with_choices_of(self._old, new), with_choices_of(new, self._old)
        pairs = [(self._old, padded_new), (padded_old, new)]
        if padded_old is self._old and padded_new is new:
            pairs = pairs[:1]
        self._searches = [_searched(one, two, limits) for one, two in pairs]

    def verdicts(self, names: list[str]) -> Iterator[tuple[str, BaseVerdict]]:
        before, after = places(self._old), places(self._new)
        for name in names:
            yield name, self._verdict(name, None)
            rows: dict[str, None] = {}
            for one in (before[name].question, after[name].question):
                if isinstance(one, Grid) and any(row.when is not None for row in one.rows):
                    rows.update(dict.fromkeys(row.name for row in one.rows))
            sides = [
                {row.name for row in one.rows} if isinstance(one, Grid) else set()
                for one in (before[name].question, after[name].question)
            ]
            for row in (row for row in rows if row in sides[0] & sides[1]):
                yield f"{name}_{row}", self._verdict(name, row)

    def _verdict(self, name: str, row: str | None) -> BaseVerdict:
        is_decided = True
        for search, old, new in self._searches:
            both = [one for one in _items(name, old) if one in new.questions]
            for one in both:
                for asks, other, version in ((old, new, self._old), (new, old, self._new)):
                    found = self._found(search, asks, other, one, row)
                    if isinstance(found, Respondent):
                        verdict = self._shown_by(found, one, row, version)
                        if verdict is not None:
                            return verdict
                    is_decided = is_decided and found is None
        return _UNCHANGED if is_decided else BaseVerdict(BaseStatus.UNDECIDED)

    def _found(
        self, search: Search, asks: _Side, other: _Side, name: str, row: str | None
    ) -> Respondent | Undecided | None:
        """Somebody who is asked by one and not by the other; None where there is nobody."""
        asked, not_asked = asks.asked(name, row), other.not_asked(name, row)
        both = asks.symbolic.inputs.logic.all((asked, not_asked))
        if z3.is_false(both) or z3.is_false(z3.simplify(both)):
            return None
        return search.find(both, up_to=asks.pages[name], beside=[other.pages[name]])

    def _shown_by(self, found: Respondent, name: str, row: str | None, version: Questionnaire) -> BaseVerdict | None:
        """The verdict, once the real paths say the same; None where they do not."""
        are_asked = [_is_asked(one, found, name, row) for one in (self._old, self._new)]
        if are_asked[0] == are_asked[1] or are_asked[version is self._new] is False:
            return None
        in_old = replace(found, given=self._in_old(found), until=None)
        variable = None if row is None else f"{split_item(name)[0]}_{row}"
        return BaseVerdict(BaseStatus.CHANGED, found, in_old, version.version, variable)

    def _in_old(self, found: Respondent) -> dict[str, Any]:
        """The answers under the names of the older version; codes that were moved apart are its own again."""
        olds = self._aligned.old_names
        given: dict[str, Any] = {}
        for key, answer in found.given.items():
            base, item = split_item(key)
            name = olds.get(base, base)
            given[name if item is None else item_name(name, item)] = _own(answer)
        return given


def _own(answer: Any) -> Any:
    if isinstance(answer, tuple):
        return tuple(map(_own, answer))
    return answer - APART if type(answer) is int and answer >= APART else answer


def _searched(one: Questionnaire, two: Questionnaire, limits: Limits) -> tuple[Search, _Side, _Side]:
    inputs = Inputs(one, two)
    items = None if any(map(_looks_at_all_items, (one, two))) else MOST_ITEMS
    old, new = (Symbolic(version, inputs, items=items) for version in (one, two))
    return Search(old, new, limits=limits), _Side.of(old), _Side.of(new)


def _looks_at_all_items(version: Questionnaire) -> bool:
    """Whether a rule counts the items of a list or adds them up, or the list is not left with a few of them."""
    lists = {one.name: one for one in version.questions if isinstance(one, Roster)}
    if any((one.minimum or 0) > MOST_ITEMS for one in lists.values()):
        return True
    of_items: dict[str, set[str]] = {name: set() for name in lists}
    for section in version.sections:
        if section.repeat in of_items:
            asked = (question for page in section.pages for question in page.questions)
            of_items[section.repeat].update(key for one in asked for key in (one.name, *one.keys))
    for one in version.computed:
        if one.repeat in of_items:
            of_items[one.repeat].add(one.name)
    parts: tuple[Section | Computed, ...] = (*version.sections, *version.computed)
    for part in parts:
        others = {*lists}.union(*(names for name, names in of_items.items() if name != part.repeat))
        if any(references(rule) & others for rule in _rules(part)):
            return True
    return False


def _rules(node: Any) -> Iterator[Expression]:
    """Every rule inside a part of a version."""
    if isinstance(node, Expression):
        yield node
    elif isinstance(node, tuple):
        for one in node:
            yield from _rules(one)
    elif is_dataclass(node) and not isinstance(node, type):
        for field in fields(node):
            yield from _rules(getattr(node, field.name))


def _items(name: str, side: _Side) -> list[str]:
    """The question under its name, or of each item where it is asked of items."""
    return [one for one in side.questions if one == name or split_item(one) == (name, split_item(one)[1])]


def _is_asked(version: Questionnaire, respondent: Respondent, name: str, row: str | None) -> bool:
    found = path(version, respondent.context, respondent.given)
    if not any(name in shown for shown in found.shown.values()):
        return False
    return row is None or row not in found.hidden.get(name, frozenset())
