"""What the solver is asked: the conditions of a goal on the formulas of a version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import z3

from ..expressions import Call, ChoiceName, Reference
from ..model import (
    MultipleChoice,
    MultipleGrid,
    Questionnaire,
    Roster,
    item_name,
)
from .goals import BOUNDS, Goal
from .kleene import Logic
from .respondents import Limits, Respondent
from .search import UNDECIDED, Search, Undecided
from .symbolic import Inputs, Symbolic, SymbolicPage
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
        self.symbolic = Symbolic(questionnaire, inputs)
        self.search = Search(self.symbolic, limits=limits)
        self.logic: Logic = inputs.logic
        self._pages: dict[str, list[SymbolicPage]] = {}
        for page in self.symbolic.pages:
            self._pages.setdefault(page.base, []).append(page)

    def pages(self, name: str) -> Sequence[SymbolicPage]:
        """A page as formulas; of each item, where it is repeated."""
        return self._pages.get(name, ())

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
            found = self._ask(Asked(self.logic.all((put, mine, self.logic.negation(other))), page))
            if isinstance(found, Respondent):
                return found
            result = UNDECIDED if found is UNDECIDED else result
        return result

    def _ask(self, asked: Asked) -> Found:
        if asked.condition is self.logic.false:
            return None
        return self.search.find(asked.condition, up_to=asked.page)

    def _ways(self, goal: Goal) -> Iterator[Asked]:
        if goal.kind == "arm":
            types = Call("=", (Reference(goal.part), ChoiceName(goal.name)))
            yield Asked(self.symbolic.pages[0].evaluate(types, 0).true, self.symbolic.pages[0])
        elif goal.kind == "cell":
            yield Asked(self.symbolic.quota_cells[goal.part, goal.name], None)
        for page, question in self._places(goal):
            yield Asked(self._condition(goal, page, question), page)

    def _places(self, goal: Goal) -> Iterator[tuple[SymbolicPage, SymbolicQuestion | None]]:
        """The pages, of each item, where a goal may be met."""
        for page in self.pages(goal.page):
            name = goal.question if page.item is None else item_name(goal.question, page.item)
            yield page, next((one for one in page.questions if one.name == name), None)

    def _condition(self, goal: Goal, page: SymbolicPage, question: SymbolicQuestion | None) -> z3.BoolRef:
        logic = self.logic
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
                answered = (need for owner, need in page.needs if isinstance(owner, int))
                return logic.all((page.shown, *answered, page.checks[goal.name].false))
            case "check-passed":
                return logic.all((page.valid, logic.negation(page.checks[goal.name].false)))
        if goal.kind.startswith("empty:"):
            value = page.evaluate(Call("answered", (Reference(goal.name),)), 0)
            return logic.all((self._shown(goal, page, question), value.false))
        return logic.false if question is None else self._about(goal, page, question)

    def _about(self, goal: Goal, page: SymbolicPage, question: SymbolicQuestion) -> z3.BoolRef:
        logic = self.logic
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
            return self.logic.all((question.shown, *map(self.logic.negation, question.variants.values())))
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
        logic = self.logic
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
