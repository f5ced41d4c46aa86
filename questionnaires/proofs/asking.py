"""What the solver is asked: the conditions of a goal on the formulas of a version."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import z3

from ..expressions import MAX_DECIMALS, Answer, Call, ChoiceName, Reference
from ..model import (
    Allocation,
    MultipleChoice,
    MultipleGrid,
    Quantity,
    Questionnaire,
    Roster,
    item_name,
)
from .goals import BOUNDS, Goal
from .kleene import Logic
from .respondents import Limits, Respondent
from .search import UNDECIDED, Search, Undecided
from .symbolic import Inputs, Symbolic, SymbolicPage
from .symbolic_inputs import bounds_of
from .symbolic_parts import SymbolicQuestion

Found = Respondent | None | Literal[Undecided.UNDECIDED]


@dataclass(frozen=True, slots=True)
class Asked:
    """One way to meet a goal: who has come to this page (None: to the end), and meets the condition."""

    condition: z3.BoolRef
    page: SymbolicPage | None


class Solver:
    """The formulas of one version and the search over them, made when the first goal needs them."""

    def __init__(self, questionnaire: Questionnaire, limits: Limits) -> None:
        inputs = Inputs(questionnaire)
        self._questionnaire = questionnaire
        self._symbolic = Symbolic(questionnaire, inputs)
        self._search = Search(self._symbolic, limits=limits)
        self._logic: Logic = inputs.logic
        self._pages: dict[str, list[SymbolicPage]] = {}
        for page in self._symbolic.pages:
            self._pages.setdefault(page.base, []).append(page)

    def find(self, goal: Goal) -> Found:
        """Somebody who meets a goal; None where there is nobody."""
        result: Found = None
        for asked in self._ways(goal):
            found = self._ask(asked)
            if isinstance(found, Respondent):
                return found
            result = UNDECIDED if found is UNDECIDED else result
        return result

    def find_unlike(self, goal: Goal, earlier: Goal) -> Found:
        """Somebody for whom the rule of a goal is true where it is put, and that of an earlier goal is not."""
        result: Found = None
        for page, question in self._places(goal):
            put = self._put(goal, page, question)
            assert goal.rule is not None
            assert earlier.rule is not None
            at = self._moment(goal)
            mine, other = page.evaluate(goal.rule, at).true, page.evaluate(earlier.rule, at).true
            found = self._ask(Asked(self._logic.all((put, mine, self._logic.negation(other))), page))
            if isinstance(found, Respondent):
                return found
            result = UNDECIDED if found is UNDECIDED else result
        return result

    def find_violation(self, page: str, check: str) -> Found:
        """Somebody of whom a check of a page is not true already."""
        return self._any(page, lambda one: self._logic.all((one.shown, one.checks[check].false)))

    def find_crossed(self, page: str, index: int, question: Quantity) -> Found:
        """Somebody whose answers leave no number between the bounds of a question."""
        return self._any(page, lambda one: self._crossed(one, index, question))

    def _crossed(self, page: SymbolicPage, index: int, question: Quantity) -> z3.BoolRef:
        low, high = bounds_of(question)
        scale = 10**question.answer_type.decimals
        least, most = [(self._logic.true, self._number(low))], [(self._logic.true, self._number(high))]
        for name, rule in question.limits.items():
            limit = page.number(rule, index, MAX_DECIMALS)
            # In millionths of the unit: the least whole answer above, the greatest below.
            unit = 10**MAX_DECIMALS // scale
            if name in ("at_least", "above"):
                rounded = (limit.value + unit - 1) / unit if name == "at_least" else limit.value / unit + 1
                least.append((limit.has, rounded))
            else:
                rounded = limit.value / unit if name == "at_most" else (limit.value + unit - 1) / unit - 1
                most.append((limit.has, rounded))
        pairs = [z3.And(has, other, below > above) for has, below in least for other, above in most]
        return self._logic.all((self._asked_at(page, index), z3.Or(*pairs)))

    def _number(self, value: int) -> z3.ArithRef:
        return z3.IntVal(value, self._logic.context)

    def find_total_out_of_reach(self, page: str, index: int, question: Allocation) -> Found:
        """Somebody whose total is more, or less, than the parts can make."""
        return self._any(page, lambda one: self._out_of_reach(one, index, question))

    def _out_of_reach(self, page: SymbolicPage, index: int, question: Allocation) -> z3.BoolRef:
        low, high = bounds_of(question)
        scale = question.decimals
        total = (
            page.number(question.total_from, index)
            if question.total_from is not None
            else self._logic.number(question.total or 0)
        )
        asked = page.questions[index]
        rows = [asked.rows.get(row.name, asked.shown) for row in question.rows]
        count = z3.Sum([z3.If(one, 1, 0) for one in rows])
        factor = 1
        if question.total_from is not None:
            total = page.number(question.total_from, index, MAX_DECIMALS)
            factor = 10 ** (MAX_DECIMALS - scale)
        is_apart = z3.Or(total.value > count * high * factor, total.value < low * factor, total.value % factor != 0)
        return self._logic.all((self._asked_at(page, index), total.has, is_apart))

    def _asked_at(self, page: SymbolicPage, index: int) -> z3.BoolRef:
        """The question at an index of its page is asked; one whose rows are all hidden is not there."""
        return page.questions[index].shown

    def _any(self, page: str, condition: Callable[[SymbolicPage], z3.BoolRef]) -> Found:
        """Somebody of whom a condition holds on a page, of any item."""
        for one in self._pages.get(page, ()):
            found = self._ask(Asked(condition(one), one))
            if found is not None:
                return found
        return None

    def is_trapped(self, respondent: Respondent) -> bool:
        """Whether somebody who has come to a page cannot leave it with any answers."""
        page = self._symbolic.page(respondent.until or "")
        before = replace(respondent, given=self._before(respondent, page))
        found = self._search.complete(before)
        return found.until is not None and found.until != page.name

    def _before(self, respondent: Respondent, page: SymbolicPage) -> dict[str, Answer]:
        keys = {key for one in page.questions for key in one.question.keys}
        return {name: answer for name, answer in respondent.given.items() if name not in keys}

    def _ask(self, asked: Asked) -> Found:
        if asked.condition is self._logic.false:
            return None
        return self._search.find(asked.condition, up_to=asked.page)

    def _ways(self, goal: Goal) -> Iterator[Asked]:
        if goal.kind == "arm":
            types = Call("=", (Reference(goal.part), ChoiceName(goal.name)))
            yield Asked(self._symbolic.pages[0].evaluate(types, 0).true, self._symbolic.pages[0])
        elif goal.kind == "cell":
            yield Asked(self._symbolic.quota_cells[goal.part, goal.name], None)
        for page, question in self._places(goal):
            yield Asked(self._condition(goal, page, question), page)

    def _places(self, goal: Goal) -> Iterator[tuple[SymbolicPage, SymbolicQuestion | None]]:
        """The pages, of each item, where a goal may be met."""
        for page in self._pages.get(goal.page, ()):
            name = goal.question if page.item is None else item_name(goal.question, page.item)
            yield page, next((one for one in page.questions if one.name == name), None)

    def _condition(self, goal: Goal, page: SymbolicPage, question: SymbolicQuestion | None) -> z3.BoolRef:
        logic = self._logic
        match goal.kind:
            case "page":
                return page.shown
            case "true" | "not-true":
                assert goal.rule is not None
                truth = page.evaluate(goal.rule, self._moment(goal)).true
                is_met = truth if goal.kind == "true" else logic.negation(truth)
                return logic.all((self._put(goal, page, question), is_met))
            case "exit":
                return page.left[goal.name]
            case "check-violated":
                return logic.all((page.shown, page.checks[goal.name].false))
            case "check-passed":
                return logic.all((page.valid, logic.negation(page.checks[goal.name].false)))
        if goal.kind.startswith("empty:"):
            answered = page.evaluate(Call("answered", (Reference(goal.name),)), 0)
            return logic.all((self._shown(goal, page, question), answered.false))
        return logic.false if question is None else self._about(goal, page, question)

    def _about(self, goal: Goal, page: SymbolicPage, question: SymbolicQuestion) -> z3.BoolRef:
        logic = self._logic
        match goal.kind:
            case "question":
                return question.shown
            case "row":
                return logic.all((page.valid, question.rows.get(goal.name, question.shown)))
            case "variant":
                return question.variants[goal.name]
            case "choice":
                chosen = [one.chosen.get(goal.value, logic.false) for one in question.answers.values()]
                offered = question.offered.get(goal.name, question.shown)
                return logic.all((page.valid, question.shown, offered, logic.any(chosen)))
        assert goal.kind in BOUNDS
        found: list[z3.BoolRef] = []
        for answer in question.answers.values():
            if isinstance(question.question, MultipleChoice | MultipleGrid | Roster):
                count = z3.Sum([z3.If(one, 1, 0) for one in answer.chosen.values()])
                found.append(logic.all((answer.has_value, count == goal.value)))
            elif answer.value is not None:
                found.append(logic.all((answer.has_value, answer.value == goal.value)))
        return logic.all((page.valid, logic.any(found)))

    def _shown(self, goal: Goal, page: SymbolicPage, question: SymbolicQuestion | None) -> z3.BoolRef:
        """Who is shown a text: of a page, of a question, or of one of its wordings."""
        if question is None:
            return page.shown
        if goal.part == "*":
            return self._logic.all((question.shown, *map(self._logic.negation, question.variants.values())))
        return question.variants[goal.part] if goal.part else question.shown

    def _moment(self, goal: Goal) -> int | None:
        match goal.owner or goal.kind:
            case "exit" | "check":
                return None
            case "question" | "choice" | "row":
                return goal.index
        return 0

    def _put(self, goal: Goal, page: SymbolicPage, question: SymbolicQuestion | None) -> z3.BoolRef:
        """Who is put a rule: whoever comes so far that it decides something."""
        logic = self._logic
        section = self._questionnaire.section_of(goal.page)
        own = self._questionnaire.page(goal.page).when
        before = [] if section.when is None else [page.evaluate(section.when, 0).true]
        match goal.owner or goal.kind:
            case "section":
                return page.begun
            case "page":
                return logic.all((page.begun, *before))
            case "variant":
                return logic.false if question is None else question.shown
            case "exit":
                return page.valid
        here = [*before, *([] if own is None else [page.evaluate(own, 0).true])]
        asked = self._questionnaire.question(goal.question).when
        if (goal.owner or goal.kind) in ("choice", "row") and asked is not None:
            here.append(page.evaluate(asked, goal.index).true)
        return logic.all((page.begun, *here))
