"""Pages that somebody reaches and cannot leave, whatever is answered there.

Is there somebody who comes to the page for whom no answer of the page is valid? The search is guided by examples
(Solar-Lezama et al., 2006): somebody who comes is taken, and an answer that would do; then the condition under which
such an answer exists (the projection of Bjørner and Janota, 2015), and somebody else who does not meet it; until
nobody is left, or somebody has no answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import replace
from typing import NamedTuple

import z3

from ..checking.places import inside
from ..model import (
    Allocation,
    Grid,
    MultipleChoice,
    MultipleGrid,
    Page,
    Quantity,
    Question,
    Questionnaire,
    Ranking,
    Roster,
    choices_of,
)
from ..problems import Data, Place, Problem, Severity
from .asking import Found, Solver
from .respondents import Finding, Limits, Respondent
from .search import UNDECIDED
from .symbolic import Symbolic, SymbolicPage

_MOST_ROUNDS = 200
Pair = tuple[z3.ExprRef, z3.ExprRef]


def traps(questionnaire: Questionnaire, solver: Solver, limits: Limits, told: Set[str]) -> Iterator[Finding]:
    """One finding for each page that traps somebody; `told`: pages of which the reason is told already."""
    for number, section in enumerate(questionnaire.sections):
        for order, page in enumerate(section.pages):
            if page.name not in told and _may_trap(page):
                place = inside(Place(path="", page=page.name), "sections", number, "pages", order)
                yield from _of_page(page, place, solver, limits)


def _may_trap(page: Page) -> bool:
    """Whether what is valid on a page may depend on something else; each question alone has a valid answer."""
    blocking = any(one.severity is Severity.BLOCKING for one in page.checks)
    return blocking or any(map(_is_bound, page.questions))


def _is_bound(question: Question) -> bool:
    match question:
        case Quantity():
            return bool(question.limits)
        case Allocation():
            return True
        case MultipleChoice() | MultipleGrid():
            return (question.minimum or 1) > 1
        case Ranking():
            return any(one.when is not None for one in choices_of(question))
        case Roster() | Grid():
            return False
    return False


def _of_page(page: Page, place: Place, solver: Solver, limits: Limits) -> Iterator[Finding]:
    """The first trap among the items of a page."""
    for symbolic in solver.pages(page.name):
        if symbolic.begun is solver.logic.false or symbolic.shown is solver.logic.false:
            continue
        answering = Answering(solver.symbolic, symbolic, limits)
        found = _trapped(solver, symbolic, answering)
        if isinstance(found, Respondent):
            before = {key for one in symbolic.questions for key in one.question.keys}
            given = {name: answer for name, answer in found.given.items() if name not in before}
            yield Finding(_reason(page, place, answering), replace(found, given=given))
            return
        if found is UNDECIDED:
            yield Finding(Problem("proof-undecided", place, data={"owner": "page", "name": page.name}))
            return


def _trapped(solver: Solver, page: SymbolicPage, answering: Answering) -> Found:
    """Somebody who comes to a page and has no valid answer there; None: nobody."""
    logic, conditions = solver.logic, [page.shown]
    is_real = False  # whether only those are taken who come to the page, or whoever could give what it reads
    for _ in range(_MOST_ROUNDS):
        if is_real:
            possible = solver.search.is_possible(*conditions, up_to=page)
            if possible is not True:
                return possible or None
            fixed = solver.search.values(answering.read)
        else:
            other = answering.another()
            if other is None:
                return None
            fixed = other
        verdict = answering.check(fixed)
        if verdict == z3.unsat and is_real:
            return solver.search.find(*conditions, *(one == value for one, value in fixed), up_to=page)
        if verdict == z3.unsat:
            is_real = True
            continue
        meets = answering.projected() if verdict == z3.sat else None
        if meets is None:
            return UNDECIDED
        conditions.append(logic.negation(meets))
        answering.leave_out(meets)
    return UNDECIDED


class _Need(NamedTuple):
    """A part of what makes a page valid, in terms of the answers of the page; whether it speaks of them at all."""

    owner: int | str
    formula: z3.BoolRef
    is_own: bool


class Answering:
    """The answers of one page, with everything before as it may be: `read` are the unknowns of before that count."""

    def __init__(self, symbolic: Symbolic, page: SymbolicPage, limits: Limits) -> None:
        logic = symbolic.inputs.logic
        keys = (key for one in page.questions for key in (*one.question.answers, *one.question.details))
        raws = [raw for key in keys if (raw := symbolic.inputs.made(symbolic.questionnaire, key)) is not None]
        own = {one.get_id(): one for raw in raws for one in raw.constants}
        meanings = _Meanings(page.own, set(own))
        self._needs = [_Need(owner, *meanings.of(formula)) for owner, formula in page.needs]
        self._domain = [rule for raw in raws for rule in raw.rules]
        self._body = z3.And(logic.true, *self._domain, *(one.formula for one in self._needs))
        self._solver = _solver(logic.context, limits)
        self._solver.add(self._body)
        self._limits = limits
        self._others = _solver(logic.context, limits)
        self._fixed: tuple[Pair, ...] = ()
        constants = _constants(self._body)
        self._mine = [one for key, one in own.items() if key in constants]
        self.read = [one for key, one in constants.items() if key not in own]
        known = {id(raw): raw for one in self.read if (raw := symbolic.inputs.owner(one)) is not None}
        self._others.add(*(rule for raw in known.values() for rule in raw.rules))

    def check(self, fixed: tuple[Pair, ...]) -> z3.CheckSatResult:
        """Whether the page has a valid answer when what was answered before is so."""
        self._fixed = fixed
        return self._solver.check(*(one == value for one, value in fixed))

    def projected(self) -> z3.BoolRef | None:
        """A condition on what was answered before: whoever meets it has a valid answer, as the last one found does.

        None where the solver gave something else.
        """
        model = self._solver.model()
        mine = (z3.Ast * len(self._mine))(*(one.as_ast() for one in self._mine))
        context = self._body.ctx
        made = z3.Z3_qe_model_project(context.ref(), model.model, len(self._mine), mine, self._body.as_ast())
        found = z3.BoolRef(made, context)
        known = {one.get_id() for one in self.read}
        is_so = z3.is_true(model.eval(found, model_completion=True))
        return found if is_so and _constants(found).keys() <= known else None

    def leave_out(self, meets: z3.BoolRef) -> None:
        """Whoever meets a condition is not given by `another` any more."""
        self._others.add(z3.Not(meets))

    def another(self) -> tuple[Pair, ...] | None:
        """What answers of before could be, whatever decides who comes to the page; None: nothing is left.

        Nothing is fixed where the solver gives up.
        """
        verdict = self._others.check()
        if verdict != z3.sat:
            return None if verdict == z3.unsat else ()
        model = self._others.model()
        return tuple((one, model.eval(one, model_completion=True)) for one in self.read)

    def culprit(self) -> _Need | None:
        """The one part of the page that has no answer by itself, for whom was asked about last; None: it takes two."""
        for need in self._needs:
            alone = _solver(self._body.ctx, self._limits)
            alone.add(*self._domain, need.formula, *(one == value for one, value in self._fixed))
            if alone.check() == z3.unsat:
                return need
        return None


class _Meanings:
    """The names made on a page, replaced by what they stand for where the answers of the page decide it."""

    def __init__(self, definitions: Iterable[z3.BoolRef], own: set[int]) -> None:
        self._own = own
        self._names: set[int] = set()
        self._pairs: list[Pair] = []
        for one in definitions:
            name, formula = one.children()
            meaning, is_own = self.of(formula)
            if is_own:
                self._names.add(name.get_id())
                self._pairs.append((name, meaning))

    def of(self, formula: z3.ExprRef) -> tuple[z3.BoolRef, bool]:
        """A formula so written, and whether it depends on the answers of the page."""
        read = _constants(formula).keys()
        meaning = z3.substitute(formula, *self._pairs) if read & self._names else formula
        return meaning, bool(read & (self._names | self._own))


def _solver(context: z3.Context, limits: Limits) -> z3.Solver:
    solver = z3.SimpleSolver(ctx=context)
    solver.set("random_seed", limits.seed)
    solver.set("rlimit", limits.steps)
    return solver


def _constants(formula: z3.ExprRef) -> dict[int, z3.ExprRef]:
    """The unknowns of a formula, by their id, in the order of the formula."""
    found: dict[int, z3.ExprRef] = {}
    seen: set[int] = set()
    waiting = [formula]
    while waiting:
        one = waiting.pop()
        key = one.get_id()
        if key in seen:
            continue
        seen.add(key)
        if z3.is_const(one) and one.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            found[key] = one
        waiting += one.children()
    return found


def _reason(page: Page, place: Place, answering: Answering) -> Problem:
    """What keeps somebody on a page: one of its questions, one of its checks, or several things together."""
    need = answering.culprit()
    if need is None:
        return Problem("page-trap", place)
    if isinstance(need.owner, str):
        order = [one.name for one in page.checks].index(need.owner)
        at = inside(place, "checks", order, "rule")
        data: dict[str, Data] = {"check": need.owner}
        return Problem("page-trap", at) if need.is_own else Problem("check-traps", at, data=data)
    question = page.questions[need.owner]
    at = replace(inside(place, "questions", need.owner), question=question.name)
    match question:
        case Quantity():
            return Problem("bounds-may-cross", at)
        case Allocation():
            return Problem("total-out-of-reach", at)
    return Problem("page-trap", at)
