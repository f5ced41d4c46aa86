"""What the solver says of small versions is what asking everybody says.

A thousand versions, each a small one of a few shapes with some of its conditions, bounds, choices, checks, exits,
absences and pages changed. Everybody who can answer them is enumerated by the real `path` and `check_page`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pytest
import z3

from questionnaires.expressions import parse
from questionnaires.model import (
    Allocation,
    MultipleChoice,
    Number,
    Page,
    Question,
    Questionnaire,
    Ranking,
    Required,
    Roster,
    SingleChoice,
    choices_of,
)
from questionnaires.proofs.asking import Solver
from questionnaires.proofs.respondents import Limits, Respondent
from questionnaires.proofs.search import Search
from questionnaires.proofs.symbolic import Inputs, Symbolic
from questionnaires.proofs.trapping import traps
from questionnaires.routing import path
from questionnaires.validation import check_page
from tests.questionnaires.builders import (
    allocation,
    choices,
    computed,
    context_variable,
    experiment,
    leaves,
    multiple,
    must_hold,
    number,
    offered_if,
    page,
    questionnaire,
    ranking,
    roster,
    section,
    single,
)
from tests.questionnaires.everybody import Everybody, Finisher

MUTATIONS = 1_000
BATCHES = 20
TRAPS = 60
SMALL: dict[str, Any] = {"minimum": 0, "maximum": 2}


def _plain() -> Questionnaire:
    return questionnaire(
        page("p1", single("a"), number("n", **SMALL)),
        page(
            "p2",
            single("b", "x", "y", "z", when="a = 'oui' and n >= 1"),
            checks=(must_hold("juste", "n < 2 or b = 'x'"),),
        ),
        page("p3", multiple("m", "un", "deux", when="b != 'z'"), exits=(leaves("sortie", "count(m) = 2"),)),
        page("p4", number("k", when="m has 'un'", at_least="n", **SMALL), single("c", when="k > n")),
    )


def _withheld() -> Questionnaire:
    some = offered_if(choices("un", "deux", "trois"), un="a = 'oui'", deux="n > 0", trois="a = 'non' and n = 2")
    return questionnaire(
        page("p1", single("a"), number("n", **SMALL)),
        page("p2", single("b", choices=some), multiple("m", choices=some, minimum=2)),
        page("p3", ranking("r", choices=offered_if(choices("x", "y", "z"), z="b = 'deux'"), top=2)),
        page("p4", single("c", when="rank(r, 'z') = 1 or not answered(m)"), single("d", when="no_opinion(c)")),
    )


def _shared() -> Questionnaire:
    return questionnaire(
        page(
            "p1",
            number("n", minimum=0, maximum=1),
            allocation("s", "x", "y", total_from="n + 1", required=Required.SOFT),
        ),
        page("p2", single("a", when="s_x > s_y", no_opinion=True), single("b", when="sum(s_x, s_y) = 1")),
        page("p3", single("c", when="double >= 4 or a = 'oui'"), checks=(must_hold("reste", "s_x + n <= 3"),)),
        computed=(computed("double", "n * 2"),),
        context=(context_variable("taille", "choice", "petite", "grande"),),
    )


def _listed() -> Questionnaire:
    return questionnaire(
        sections=(
            section("debut", page("p1", roster("l", maximum=2, required=Required.SOFT), single("a"))),
            section("items", page("i1", number("n", minimum=0, maximum=1), single("b", when="n > 0")), repeat="l"),
            section("fin", page("p3", single("c", when="sum(n) = 2"), single("d", when="count(l) = 0 and a = 'oui'"))),
        ),
    )


def _chance() -> Questionnaire:
    return questionnaire(
        sections=(
            section("un", page("p1", single("a"), exits=(leaves("sortie", "a = 'non'"),)), shuffle="ordre"),
            section("deux", page("p2", single("b", "x", "y", "z")), shuffle="ordre"),
            section("fin", page("p3", single("c", when="bras = 'courte' and b != 'x'"), single("d", when="a = 'non'"))),
        ),
        experiments=(experiment("bras"),),
    )


def _chosen() -> Questionnaire:
    return questionnaire(
        sections=(
            section(
                "debut", page("p1", multiple("m", "un", "deux", "rien", exclusive="rien"), single("a", sensitive=True))
            ),
            section("items", page("i1", number("n", minimum=0, maximum=1, when="a = 'oui'")), repeat="m"),
            section(
                "fin", page("p3", single("c", when="sum(n) >= 1"), single("d", when="total = 2 or not answered(a)"))
            ),
        ),
        computed=(computed("total", "sum(n)"),),
    )


def _bound() -> Questionnaire:
    """Bounds that cross, totals out of reach, too few choices: for some who come there."""
    some = offered_if(choices("un", "deux"), deux="n > 0")
    return questionnaire(
        page("p1", single("a"), number("n", **SMALL)),
        page("p2", number("k", minimum=0, maximum=1, at_least="n", when="a = 'oui'")),
        page("p3", replace(allocation("s", "x", "y", total_from="n + 1"), maximum=1, required=Required.HARD)),
        page("p4", multiple("m", choices=some, minimum=2), checks=(must_hold("assez", "count(m) >= n"),)),
    )


SHAPES = (_plain, _withheld, _shared, _listed, _chance, _chosen)


# -- mutations ------------------------------------------------------------------------------------


def _atoms(question: Question) -> list[str]:
    name = question.name
    match question:
        case Number():
            return [f"{name} = 0", f"{name} >= 1", f"answered({name})", f"{name} + 1 > 2"]
        case MultipleChoice() | Ranking():
            code = question.choices[0].name
            return [f"{name} has '{code}'", f"count({name}) = 2", f"not answered({name})"]
        case SingleChoice():
            return [
                f"{name} = '{question.choices[-1].name}'",
                f"{name} != '{question.choices[0].name}'",
                f"no_opinion({name})",
            ]
        case Allocation():
            return [f"{name}_x = 1", f"sum({name}_x, {name}_y) > 1"]
        case Roster():
            return [f"count({name}) = 1", f"not answered({name})"]
    return []


@dataclass
class _Mutating:
    """One version while it is changed; rules read what is asked before, once."""

    drawn: random.Random
    known: list[str] = field(default_factory=list)

    def rule(self) -> str | None:
        if not self.known:
            return None
        parts = [self.drawn.choice(self.known) for _ in range(self.drawn.randint(1, 2))]
        return self.drawn.choice((" and ", " or ")).join(parts)

    def version(self, version: Questionnaire) -> Questionnaire:
        target = self.drawn.randrange(len(version.questions))
        places = {one.name: place for place, one in enumerate(version.questions)}
        sections = []
        for one in version.sections:
            before = list(self.known)
            pages = tuple(self.page(each, target, places) for each in one.pages)
            if one.repeat is None and one.shuffle is None and len(pages) > 3 and self.drawn.random() < 0.2:
                pages = (*pages[:-2], *reversed(pages[-2:]))
            if one.repeat is not None or one.shuffle is not None:
                self.known = before
            sections.append(replace(one, pages=pages))
        return replace(version, sections=tuple(sections))

    def page(self, one: Page, target: int, places: dict[str, int]) -> Page:
        questions = []
        for question in one.questions:
            questions.append(self.question(question) if abs(places[question.name] - target) < 2 else question)
            self.known += _atoms(question)
        more = replace(one, questions=tuple(questions))
        name = one.name
        match self.drawn.randrange(8):
            case 0:
                return replace(more, checks=(must_hold(f"regle_{name}", self.rule() or "true"),))
            case 1:
                return replace(more, exits=(leaves(f"sortie_{name}", self.rule() or "false"),))
            case 2:
                return replace(more, checks=(), exits=())
        return more

    def question(self, one: Question) -> Question:
        rule = self.rule()
        when = None if rule is None else parse(rule)
        match self.drawn.randrange(6):
            case 0 | 1:
                return replace(one, when=when)
            case 2:
                return replace(one, required=self.drawn.choice(tuple(Required)))
            case 3:
                return replace(one, no_opinion=not one.no_opinion)
        if isinstance(one, Number):
            least = self.drawn.randrange(3)
            return replace(one, minimum=least, maximum=self.drawn.randint(least, 2))
        if choices_of(one):
            place = self.drawn.randrange(len(choices_of(one)))
            changed = tuple(
                replace(choice, when=when) if order == place else choice for order, choice in enumerate(choices_of(one))
            )
            return one if one.__class__ is Roster else replace(one, choices=changed)  # type: ignore[call-arg]
        return one


class Solved:
    """The same, as the solver says it."""

    def __init__(self, version: Questionnaire) -> None:
        self.version = version
        self.solver = Solver(version, Limits())
        self.symbolic, self.search = self.solver.symbolic, self.solver.search

    def trapping(self) -> set[str | None]:
        return {one.problem.place.page for one in traps(self.version, self.solver, Limits(), set())}

    def verdicts(self) -> tuple[set[str], set[tuple[str, int]], set[tuple[str, str]], bool]:
        search = self.search
        asked: set[str] = set()
        chosen: set[tuple[str, int]] = set()
        left: set[tuple[str, str]] = set()
        for page_ in self.symbolic.pages:
            for question in page_.questions:
                if self._is(search.is_possible(question.shown, up_to=page_)):
                    asked.add(question.name)
                for key, answer in question.answers.items():
                    for code in (one.code for one in choices_of(question.question)):
                        if self._is(search.is_possible(page_.valid, answer.chosen[code], up_to=page_)):
                            chosen.add((key, code))
            left |= {
                (page_.name, one)
                for one, taken in page_.left.items()
                if self._is(search.is_possible(taken, up_to=page_))
            }
        return asked, chosen, left, self._is(search.is_possible())

    def _is(self, verdict: object) -> bool:
        assert isinstance(verdict, bool), "undecided"
        return verdict


@cache
def mutated(order: int) -> Questionnaire:
    drawn = random.Random(order)
    return _Mutating(drawn).version(SHAPES[order % len(SHAPES)]())


@cache
def everybody(order: int) -> Everybody:
    return Everybody(mutated(order)).go()


def orders(batch: int) -> range:
    """Those of a batch stand side by side, since each is compared with the next one of its shape."""
    size = MUTATIONS // BATCHES
    return range(batch * size, (batch + 1) * size)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_the_solver_says_of_everybody_what_asking_everybody_says(batch: int) -> None:
    for order in orders(batch):
        found = everybody(order)
        solved = Solved(mutated(order))
        assert solved.verdicts() == (found.asked, found.chosen, found.left, found.is_finished), order
        assert solved.trapping() == found.trapping, order


def test_who_is_trapped_by_bounds_is_who_asking_everybody_finds() -> None:
    codes: set[str] = set()
    for order in range(TRAPS):
        version = _Mutating(random.Random(order)).version(_bound())
        solved = Solved(version)
        assert solved.trapping() == Everybody(version).go().trapping, order
        codes |= {one.problem.code for one in traps(version, solved.solver, Limits(), set())}
    assert codes == {"bounds-may-cross", "total-out-of-reach", "check-traps", "page-trap"}


def _base_differs(name: str, one: list[Finisher], other: list[Finisher], shared: set[str]) -> bool:
    """Whether somebody who can finish both versions is asked a question in the first and not in the second."""
    asked = _told({frozenset(_among(given, shared)) for given, shown in one if name in shown})
    spared = _told({frozenset(_among(given, shared)) for given, shown in other if name not in shown})
    return any(_agree(here, there) for here in asked for there in spared)


def _among(given: dict[str, object], shared: set[str]) -> Iterator[tuple[str, object]]:
    return ((key, answer) for key, answer in given.items() if key in shared)


def _told(found: set[frozenset[tuple[str, object]]]) -> list[dict[str, object]]:
    return [dict(one) for one in found]


def _agree(one: dict[str, object], other: dict[str, object]) -> bool:
    return all(other.get(key, answer) == answer for key, answer in one.items())


@pytest.mark.parametrize("batch", range(BATCHES))
def test_the_base_of_a_question_differs_for_the_solver_where_it_does_for_somebody(batch: int) -> None:
    batch_of = orders(batch)
    for first in batch_of[: len(SHAPES)]:
        alike = range(first, batch_of.stop + len(SHAPES), len(SHAPES))
        inputs = Inputs(*map(mutated, alike))
        versions = [Symbolic(mutated(order), inputs) for order in alike]
        for order, old, new in zip(alike, versions, versions[1:], strict=False):
            _compare_bases(order, old, new)


def _compare_bases(order: int, old: Symbolic, new: Symbolic) -> None:
    """Of a version and the next one of its shape."""
    before, after = everybody(order).finished, everybody(order + len(SHAPES)).finished
    shared = set().union(*(given for given, _ in before)) & set().union(*(given for given, _ in after))
    search, version = Search(old, new), old.questionnaire
    for question in (
        one.name for one in version.questions if version.repeat_of(version.page_of(one.name).name) is None
    ):
        spared = old.logic.negation(_shown(new, question))
        expected = _base_differs(question, before, after, shared)
        assert search.is_possible(_shown(old, question), spared) is expected, (order, question)


def _shown(symbolic: Symbolic, name: str) -> z3.BoolRef:
    return next(one.shown for page_ in symbolic.pages for one in page_.questions if one.name == name)


@pytest.mark.parametrize("shape", SHAPES)
def test_who_is_found_passes_the_real_engine(shape: Callable[[], Questionnaire]) -> None:
    version = shape()
    solved = Solved(version)
    for page_ in solved.symbolic.pages:
        for question in page_.questions:
            found = solved.search.find(question.shown, page_.valid, up_to=page_)
            if found is None:  # the shape `_withheld` has a question that nobody is asked
                assert question.name == "d"
                continue
            assert isinstance(found, Respondent), question.name
            way = path(version, found.context, found.given)
            assert question.name in way.shown[page_.name]
            problems = [check_page(version, found.context, found.given, one, way) for one in way.pages]
            until = way.pages.index(page_.name)
            assert not any(one.is_blocking for each in problems[: until + 1] for one in each), (found, problems)
            whole = solved.search.complete(found)
            assert whole.until is None
            end = path(version, whole.context, whole.given)
            assert end.is_complete or end.exit is not None
