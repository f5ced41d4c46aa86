"""The path: which pages a response goes through, what its effective answers are, why the others are absent.

`path` is a pure function of (version, context, given). Rules read only what is already fixed: the effective
answers of the pages and questions before, the context, and the computed variables whose sources are before.
A condition shows only when it is definitely true; so does an exit fire.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .expressions import (
    Absence,
    Answer,
    Call,
    Expression,
    Rule,
    Value,
    compile_expression,
    references,
)
from .model import (
    Computed,
    Context,
    Exit,
    Given,
    Page,
    Question,
    Questionnaire,
    Required,
    computed_places,
    variable_types,
)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a page stands among those still possible: `position` from 1, `percent` of what is behind it."""

    position: int
    total: int
    percent: int


@dataclass(frozen=True, slots=True)
class Path:
    """The way through a version. Computed, never stored."""

    pages: tuple[str, ...]
    shown: Mapping[str, tuple[str, ...]]
    exit: Exit | None
    effective: Mapping[str, Value]
    causes: Mapping[str, Absence]
    first_incomplete: str | None
    # Pages on the path, and those after the first incomplete one that an answer may still put there.
    possible: tuple[str, ...]
    _order: Mapping[str, int] = field(repr=False, compare=False)

    @property
    def is_complete(self) -> bool:
        return self.first_incomplete is None and self.exit is None

    def after(self, page: str) -> str | None:
        """The next page of the path, also from a page that is off it."""
        here = self._order[page]
        return next((name for name in self.pages if self._order[name] > here), None)

    def before(self, page: str) -> str | None:
        """The page of the path before, also from a page that is off it."""
        here = self._order[page]
        return next((name for name in reversed(self.pages) if self._order[name] < here), None)

    def progress(self, page: str) -> Progress:
        """The progress at a page; off the path, that of the nearest page before."""
        here = self._order[page]
        position = sum(1 for name in self.possible if self._order[name] <= here) or 1
        total = max(len(self.possible), position)
        return Progress(position, total, 100 * (position - 1) // total)


class _Item(NamedTuple):
    """A question, ready to walk: `gaps` are the absences that leave its page incomplete."""

    name: str
    when: Rule | None
    answers: tuple[str, ...]
    gaps: frozenset[Absence]
    hidden: dict[str, Absence]


class _Derived(NamedTuple):
    """A computed variable, evaluated after the page of the last of its sources."""

    name: str
    rule: Rule
    sources: tuple[str, ...]


class _Step(NamedTuple):
    """A page, ready to walk. `hidden`: causes when it is off the path; `beyond`: those after its exits."""

    page: str
    when: Rule | None
    items: tuple[_Item, ...]
    derived: tuple[_Derived, ...]
    exits: tuple[tuple[Rule, Exit], ...]
    hidden: dict[str, Absence]
    beyond: dict[str, Absence]


class _Plan(NamedTuple):
    """A version compiled once for `path`."""

    steps: tuple[_Step, ...]
    order: dict[str, int]
    external: frozenset[str]
    at_once: tuple[_Derived, ...]


def path(questionnaire: Questionnaire, context: Context, given: Given) -> Path:
    """The path of a response; pure, and fast enough to be computed anew for every page."""
    plan = questionnaire.derive(_plan)
    walk = _Walk(context, plan.external)
    for derived in plan.at_once:
        walk.compute(derived)
    for step in plan.steps:
        if walk.visit(step, given):
            for rule, taken in step.exits:
                if rule(walk.known) is True:
                    walk.causes.update(step.beyond)
                    return walk.path(plan, taken)
    return walk.path(plan, None)


class _Walk:
    """The state of one walk over the pages: everything fixed so far."""

    __slots__ = ("causes", "effective", "first_incomplete", "known", "pages", "possible", "shown")

    def __init__(self, context: Context, external: frozenset[str]) -> None:
        self.pages: list[str] = []
        self.possible: list[str] = []
        self.shown: dict[str, tuple[str, ...]] = {}
        self.effective: dict[str, Value] = {}
        self.causes: dict[str, Absence] = {}
        self.first_incomplete: str | None = None
        # What rules read: the effective answers, the absences given on the path, the context.
        self.known: dict[str, Answer] = {}
        if context.external:
            self.known.update({name: one for name, one in context.external.items() if name in external})

    def visit(self, step: _Step, given: Given) -> bool:
        """Walk one page; whether it is on the path."""
        verdict = True if step.when is None else step.when(self.known)
        if verdict is True:
            verdict = self._ask(step, given)
        else:
            self.causes.update(step.hidden)
        if verdict is True:
            self.pages.append(step.page)
        if verdict is True or (verdict is None and self.first_incomplete is not None):
            self.possible.append(step.page)
        for derived in step.derived:
            self.compute(derived)
        return verdict is True

    def _ask(self, step: _Step, given: Given) -> bool | None:
        """Take the answers of the questions shown; False or None when all of its questions are hidden."""
        known, effective, causes = self.known, self.effective, self.causes
        names: list[str] = []
        is_undecided = is_incomplete = False
        for name, when, answers, gaps, hidden in step.items:
            if when is not None:
                verdict = when(known)
                if verdict is not True:
                    causes.update(hidden)
                    is_undecided = is_undecided or verdict is None
                    continue
            names.append(name)
            for key in answers:
                answer = given.get(key)
                if answer is None:
                    causes[key] = Absence.NOT_REACHED
                    is_incomplete = True
                elif isinstance(answer, Absence):
                    causes[key] = known[key] = answer
                    is_incomplete = is_incomplete or answer in gaps
                else:
                    effective[key] = known[key] = answer
        if step.items and not names:
            return None if is_undecided else False
        self.shown[step.page] = tuple(names)
        if is_incomplete and self.first_incomplete is None:
            self.first_incomplete = step.page
        return True

    def compute(self, derived: _Derived) -> None:
        """Fix a computed variable: its value, or the cause of the first of its sources that is absent."""
        name, rule, sources = derived
        absent = [self.causes[source] for source in sources if source in self.causes]
        # A rule on `answered` has a value even before its source was put; the variable has not, yet.
        value = None if Absence.NOT_REACHED in absent else rule(self.known)
        if value is None:
            if Absence.NOT_REACHED in absent:
                self.causes[name] = Absence.NOT_REACHED
            else:
                self.causes[name] = absent[0] if absent else Absence.NOT_ROUTED
        elif not isinstance(value, str):
            self.effective[name] = self.known[name] = int(value)

    def path(self, plan: _Plan, taken: Exit | None) -> Path:
        return Path(
            tuple(self.pages),
            self.shown,
            taken,
            self.effective,
            self.causes,
            self.first_incomplete,
            tuple(self.possible),
            plan.order,
        )


def known_answers(questionnaire: Questionnaire, context: Context, found: Path) -> dict[str, Answer]:
    """What a rule reads once the whole path is known: the context, the effective answers, the absences."""
    external = questionnaire.derive(_plan).external
    known: dict[str, Answer] = {n: value for n, value in context.external.items() if n in external}
    known.update(found.causes)
    known.update(found.effective)
    return known


def conjunction(*conditions: Expression | None) -> Expression | None:
    """All of the conditions together; None when there is none."""
    present = tuple(condition for condition in conditions if condition is not None)
    if len(present) < 2:
        return present[0] if present else None
    return Call("and", present)


def _plan(questionnaire: Questionnaire) -> _Plan:
    types = variable_types(questionnaire)
    places = computed_places(questionnaire)

    def rule(expression: Expression | None) -> Rule | None:
        return None if expression is None else compile_expression(expression, types)

    def derived_at(place: int) -> tuple[_Derived, ...]:
        return tuple(
            _Derived(one.name, compile_expression(one.rule, types, one.decimals), _sources(one, questionnaire))
            for one in questionnaire.computed
            if places[one.name] == place
        )

    steps = [
        _Step(
            page=page.name,
            when=rule(conjunction(section.when, page.when)),
            items=tuple(_item(question, rule(question.when)) for question in page.questions),
            derived=(),
            exits=tuple((compile_expression(one.when, types), one) for one in page.exits),
            hidden=_causes(page, Absence.NOT_ROUTED),
            beyond={},
        )
        for section in questionnaire.sections
        for page in section.pages
    ]
    beyond: dict[str, Absence] = {}
    for place in range(len(steps) - 1, -1, -1):
        derived = derived_at(place)
        steps[place] = steps[place]._replace(derived=derived, beyond=beyond)
        page = questionnaire.page(steps[place].page)
        beyond = {**beyond, **_causes(page, Absence.SCREENED_OUT)}
        beyond.update({one.name: Absence.SCREENED_OUT for one in derived})
    return _Plan(
        tuple(steps),
        {step.page: place for place, step in enumerate(steps)},
        frozenset(one.name for one in questionnaire.context),
        derived_at(-1),
    )


def _item(question: Question, when: Rule | None) -> _Item:
    gaps = frozenset(Absence) - question.offered if question.required is Required.HARD else frozenset()
    hidden = dict.fromkeys(question.answers, Absence.NOT_ROUTED)
    return _Item(question.name, when, question.answers, gaps, hidden)


def _causes(page: Page, cause: Absence) -> dict[str, Absence]:
    return {name: cause for question in page.questions for name in question.answers}


def _sources(computed: Computed, questionnaire: Questionnaire) -> tuple[str, ...]:
    """The variables that a computed one reads, in the order of the version, so that causes are stable."""
    read = references(computed.rule)
    names = [name for question in questionnaire.questions for name in question.answers]
    names += [one.name for one in questionnaire.computed]
    return tuple(name for name in names if name in read)
