"""What the solver says of small versions is what asking everybody says.

A thousand versions, each a small one of a few shapes with some of its conditions, bounds, choices, checks, exits,
absences and pages changed. Everybody who can answer them is enumerated by the real `path` and `check_page`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, combinations, permutations

import pytest
import z3

from questionnaires.expressions import parse
from questionnaires.model import (
    Absence,
    Allocation,
    Answer,
    Context,
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
    item_name,
)
from questionnaires.proofs.respondents import Respondent
from questionnaires.proofs.search import Search
from questionnaires.proofs.symbolic import Inputs, Symbolic
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

MUTATIONS = 1_000
BATCHES = 20
SMALL = {"minimum": 0, "maximum": 2}


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
        page("p1", number("n", **SMALL), allocation("s", "x", "y", total_from="n + 1", required=Required.SOFT)),
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


# -- everybody ------------------------------------------------------------------------------------


def _values(question: Question) -> list[Answer]:
    """Every valid answer under one key of a question, and every absence."""
    absent: list[Answer] = [Absence.SKIPPED, *sorted(question.offered)]
    codes = [one.code for one in choices_of(question)]
    match question:
        case Number():
            return [*range(question.minimum or 0, (question.maximum or 0) + 1), *absent]
        case Allocation():
            return [*range(4), *absent]
        case Roster():
            return [*(tuple(range(1, count + 1)) for count in range(1, question.maximum + 1)), *absent]
        case Ranking():
            return [*chain.from_iterable(permutations(codes, count) for count in range(1, question.count + 1)), *absent]
        case MultipleChoice():
            return [*chain.from_iterable(combinations(codes, count) for count in range(1, len(codes) + 1)), *absent]
    return [*codes, *absent]


# What somebody who came to the end has given, and was asked.
Finisher = tuple[dict[str, Answer], frozenset[str]]


@dataclass
class Everybody:
    """All who can answer a version, and what they meet."""

    version: Questionnaire
    is_beside_another: bool = False
    asked: set[str] = field(default_factory=set)
    chosen: set[tuple[str, int]] = field(default_factory=set)
    left: set[tuple[str, str]] = field(default_factory=set)
    finished: list[Finisher] = field(default_factory=list)

    @property
    def is_finished(self) -> bool:
        return bool(self.finished)

    def go(self) -> Everybody:
        for context in self.contexts():
            self._from(context, {}, 0)
        return self

    def contexts(self) -> Iterator[Context]:
        arms = [{one.name: arm.name} for one in self.version.experiments for arm in one.arms] or [{}]
        known = [{}, {"taille": 1}, {"taille": 2}] if self.version.context else [{}]
        seeds = (0, 1, 2, 3) if any(one.shuffle for one in self.version.sections) else (0,)
        for seed in seeds:
            for arm in arms:
                for external in known:
                    yield Context(seed=seed, arms=arm, external=external)

    def _from(self, context: Context, given: dict[str, Answer], place: int) -> None:
        """Everybody who has come to the page at a place of their path."""
        found = path(self.version, context, given)
        if place >= len(found.pages):
            if found.exit is None:
                self.finished.append((given, frozenset(chain.from_iterable(found.shown.values()))))
            return
        name = found.pages[place]
        for more in self._page(context, given, name, 0):
            whole = {**given, **more}
            after = path(self.version, context, whole)
            if any(one.is_blocking for one in check_page(self.version, context, whole, name, after)):
                continue
            if name not in after.pages or (after.first_incomplete == name):
                continue
            self.chosen |= {
                (key, code)
                for key, answer in more.items()
                if key in after.effective
                for code in _codes(self.version, key, answer)
            }
            if after.exit is not None and after.pages[-1] == name:
                self.left.add((name, after.exit.name))
            else:
                self._from(context, whole, place + 1)

    def _page(self, context: Context, given: dict[str, Answer], name: str, order: int) -> Iterator[dict[str, Answer]]:
        """Every way to answer a page, from one of its questions on: those before decide whether it is shown."""
        found = path(self.version, context, given)
        questions = found.shown[name][order:]
        if not questions:
            yield {}
            return
        question = self.version.question(questions[0])
        self.asked.add(question.name)
        hidden = found.hidden.get(question.name, frozenset())
        for answers in self._ways(question, hidden):
            for more in self._page(context, {**given, **answers}, name, order + 1):
                yield {**answers, **more}

    def _is_offered(self, question: Question, answer: Answer, withheld: set[int]) -> bool:
        codes = set(answer) if isinstance(answer, tuple) else {answer}
        if self.is_beside_another and isinstance(question, MultipleChoice):
            return not codes <= withheld  # what another version offers is left out by itself here
        return not codes & withheld

    def _ways(self, question: Question, hidden: frozenset[str]) -> Iterator[dict[str, Answer]]:
        withheld = {one.code for one in choices_of(question) if one.name in hidden}
        values = [one for one in _values(question) if self._is_offered(question, one, withheld)]
        ways: list[dict[str, Answer]] = [{}]
        for key in question.answers:
            ways = [{**way, key: value} for way in ways for value in values]
        for way in ways:
            if question.consent is not None and any(not isinstance(one, Absence) for one in way.values()):
                way[question.consent] = 1
            items = way.get(question.name) if isinstance(question, Roster) else ()
            for item in items if isinstance(items, tuple) else ():
                way[item_name(question.name, item)] = f"ligne {item}"
            yield way


def _codes(version: Questionnaire, key: str, answer: Answer) -> tuple[int, ...]:
    if isinstance(answer, Absence) or not choices_of(version.question_of(key)):
        return ()
    return answer if isinstance(answer, tuple) else (answer,) if isinstance(answer, int) else ()


class Solved:
    """The same, as the solver says it."""

    def __init__(self, version: Questionnaire) -> None:
        self.symbolic = Symbolic(version, Inputs(version))
        self.search = Search(self.symbolic)

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


def mutated(order: int) -> Questionnaire:
    drawn = random.Random(order)
    return _Mutating(drawn).version(SHAPES[order % len(SHAPES)]())


@pytest.mark.parametrize("batch", range(BATCHES))
def test_the_solver_says_of_everybody_what_asking_everybody_says(batch: int) -> None:
    for order in range(batch, MUTATIONS, BATCHES):
        version = mutated(order)
        everybody = Everybody(version).go()
        expected = (everybody.asked, everybody.chosen, everybody.left, everybody.is_finished)
        assert Solved(version).verdicts() == expected, order


def _agree(one: dict[str, Answer], other: dict[str, Answer]) -> bool:
    return all(other.get(key, answer) == answer for key, answer in one.items())


def _base_differs(name: str, one: list[Finisher], other: list[Finisher]) -> bool:
    """Whether somebody who can finish both versions is asked a question in the first and not in the second."""
    asked = [given for given, shown in one if name in shown]
    spared = [given for given, shown in other if name not in shown]
    return any(_agree(here, there) for here in asked for there in spared)


@pytest.mark.parametrize("batch", range(4))
def test_the_base_of_a_question_differs_for_the_solver_where_it_does_for_somebody(batch: int) -> None:
    shapes = (0, 1, 3)  # those without chance nor context: who answers is all that two versions can differ by
    for order in range(batch, 60, 4):
        first = len(SHAPES) * order + shapes[order % len(shapes)]
        old, new = mutated(first), mutated(first + 7 * len(SHAPES))
        before, after = (Everybody(one, is_beside_another=True).go().finished for one in (old, new))
        inputs = Inputs(old, new)
        versions = (Symbolic(old, inputs), Symbolic(new, inputs))
        search = Search(*versions)
        for question in (one.name for one in old.questions if old.repeat_of(old.page_of(one.name).name) is None):
            here, there = (_shown(one, question) for one in versions)
            spared = versions[0].logic.negation(there)
            assert search.is_possible(here, spared) is _base_differs(question, before, after), (order, question)


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
