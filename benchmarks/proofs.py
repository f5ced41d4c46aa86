"""`proof` and `compare`: a version of 200 questions proven, and two such versions compared with the proof of bases.

The version is drawn by a generator of fixed seed: 60 % of its questions have a condition of three atoms that reads
answers of up to twelve levels of conditions above it, 20 numbers have bounds that other answers give, 5 questions
are grids, and one section is repeated over a list. The second version is the first with other conditions for some.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from benchmarks.report import Result
from questionnaires.comparison.comparing import compare
from questionnaires.expressions import parse
from questionnaires.model import Page, Question, Questionnaire
from questionnaires.proofs import prove
from tests.questionnaires.builders import (
    multiple,
    number,
    page,
    questionnaire,
    roster,
    score_grid,
    section,
    single,
)

Found = TypeVar("Found")

PROOF_BAR = 3.0
COMPARE_BAR = 6.0
QUESTIONS = 200
CONDITIONAL = 0.6
ATOMS = 3
DEPTH = 12
BOUNDED = 20
GRIDS = 5
ITEM_QUESTIONS = 4
ON_PAGE = 2
CHANGED = 10
"""How many questions the second version changes."""


@dataclass(slots=True)
class _Made:
    """A question that rules may read: its atoms, and how many conditions deep it is."""

    atoms: tuple[str, ...]
    depth: int
    page: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What was generated, counted in the version itself."""

    questions: int
    conditional: int
    deepest: int
    bounded: int
    grids: int
    rosters: int

    def __str__(self) -> str:
        return (
            f"{self.questions} questions, {self.conditional} with a condition of {ATOMS} atoms, depth {self.deepest},"
            f" {self.bounded} bounded numbers, {self.grids} grids, {self.rosters} list"
        )


class Generator:
    """One version, drawn from a seed; everything that its rules read is asked before."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._made: list[_Made] = []
        self._numbers: list[str] = []
        self._deepest = 0

    def version(self) -> tuple[Questionnaire, Figures]:
        """The version, and its figures."""
        plain = QUESTIONS - 1 - ITEM_QUESTIONS
        grids = set(self._random.sample(range(20, plain), GRIDS))
        bounded = set(self._random.sample([one for one in range(20, plain) if one not in grids], BOUNDED))
        pages: list[Page] = []
        for start in range(0, plain, ON_PAGE):
            numbers = range(start, min(start + ON_PAGE, plain))
            pages.append(
                page(f"p{start}", *(self._question(one, start, one in grids, one in bounded) for one in numbers))
            )
        half = len(pages) // 2
        items = [self._of_item(one) for one in range(ITEM_QUESTIONS)]
        sections = (
            section("debut", *pages[:half], page("liste", roster("lignes", maximum=5))),
            section("repetee", page("ligne", *items), repeat="lignes"),
            section("fin", *pages[half:]),
        )
        found = questionnaire(sections=sections)
        asked = found.questions
        figures = Figures(
            questions=len(asked),
            conditional=sum(one.when is not None for one in asked),
            deepest=self._deepest,
            bounded=len(bounded),
            grids=len(grids),
            rosters=1,
        )
        return found, figures

    def _question(self, order: int, start: int, is_grid: bool, is_bounded: bool) -> Question:
        name = f"q{order}"
        when, depth = self._condition(start)
        self._deepest = max(self._deepest, depth)
        if is_grid:
            self._made.append(_Made((f"{name}_a >= 5", f"{name}_b < 3", f"{name}_c = 7"), depth, start))
            return score_grid(name, "a", "b", "c", when=when)
        if is_bounded:
            below = self._random.choice(self._numbers[:-2]) if len(self._numbers) > 2 else None
            self._note_number(name, depth, start)
            more = {} if below is None else {self._random.choice(("at_least", "at_most")): below}
            return number(name, when=when, minimum=0, maximum=100, **more)
        match self._random.randrange(4):
            case 0:
                self._note_number(name, depth, start)
                return number(name, when=when, minimum=0, maximum=100)
            case 1:
                self._made.append(
                    _Made((f"{name} has 'a'", f"not {name} has 'b'", f"count({name}) >= 2"), depth, start)
                )
                return multiple(name, "a", "b", "c", "d", when=when)
        names = ("un", "deux", "trois", "quatre")
        self._made.append(_Made(tuple(f"{name} {op} '{one}'" for one in names for op in ("=", "!=")), depth, start))
        return single(name, *names, when=when)

    def _note_number(self, name: str, depth: int, start: int) -> None:
        self._numbers.append(name)
        limits = [self._random.randint(10, 90) for _ in range(2)]
        self._made.append(_Made((f"{name} >= {limits[0]}", f"{name} < {limits[1]}"), depth, start))

    def _condition(self, start: int) -> tuple[str | None, int]:
        """Three atoms on answers of other pages, joined by `and` and `or`; the last level is reached, not passed."""
        readable = [one for one in self._made if one.page < start and one.depth < DEPTH]
        if len(readable) < ATOMS or self._random.random() >= CONDITIONAL * QUESTIONS / (QUESTIONS - 5):
            return None, 0
        deepest = max(readable, key=lambda one: (one.depth, one.page))
        read = [deepest if self._random.random() < 0.3 else self._random.choice(readable)]
        read += self._random.sample(readable, ATOMS - 1)
        first, second, third = (self._random.choice(one.atoms) for one in read)
        join = self._random.choice(("{} and ({} or {})", "{} or ({} and {})", "({} or {}) and {}", "{} or {} or {}"))
        return join.format(first, second, third), 1 + max(one.depth for one in read)

    def _of_item(self, order: int) -> Question:
        when = None if order == 0 else f"i{order - 1} >= {order}" if order < 3 else "i0 >= 3 or i1 < 2"
        return number(f"i{order}", when=when, minimum=0, maximum=20)


def changed(version: Questionnaire, seed: int) -> Questionnaire:
    """The version with another condition for some of its questions: that a number before them is answered."""
    drawn = random.Random(seed)
    names = [one.name for one in version.questions if one.name.startswith("q") and one.when is not None]
    chosen = set(drawn.sample(names, CHANGED))
    readable = [one.name for one in version.questions if hasattr(one, "minimum") and one.name.startswith("q")][:5]

    def other(question: Question) -> Question:
        if question.name not in chosen:
            return question
        rule = parse(f"answered({drawn.choice(readable)})") if readable else None
        return replace(question, when=rule)

    sections = tuple(
        replace(one, pages=tuple(replace(each, questions=tuple(map(other, each.questions))) for each in one.pages))
        for one in version.sections
    )
    return replace(version, version="2", sections=sections)


def proof() -> Result:
    """A version of 200 questions is proven from nothing."""
    version, figures = Generator(1).version()
    seconds, found = _measured(lambda: prove(version))
    lines = [
        ("version", str(figures)),
        ("goals", f"{found.goals}, of which {found.solved} by the solver, {found.undecided} undecided"),
        ("found", f"{len(found.findings)} problems, {len(found.covering)} respondents cover the rest"),
        ("seconds", f"{seconds:.2f}"),
    ]
    return Result("proof", seconds, PROOF_BAR, "s", lines)


def comparison() -> Result:
    """Two versions of 200 questions are compared, with the proof of their bases."""
    version, figures = Generator(1).version()
    second = changed(version, 2)
    seconds, found = _measured(lambda: compare(version, second, prove_bases=True))
    lines = [
        ("versions", str(figures)),
        ("changes", f"{len(found.changes)} found, {CHANGED} questions changed"),
        ("bases", f"{len(found.bases)} questions"),
        ("seconds", f"{seconds:.2f}"),
    ]
    return Result("compare", seconds, COMPARE_BAR, "s", lines)


def _measured(work: Callable[[], Found]) -> tuple[float, Found]:
    start = time.perf_counter()
    found = work()
    return time.perf_counter() - start, found
