"""Which goals a respondent meets, found by the engine that respondents meet: the route, the checks, the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from ..expressions import Absence, Answer, Rule, compile_expression
from ..model import (
    Context,
    Given,
    MultipleChoice,
    MultipleGrid,
    Questionnaire,
    Roster,
    item_name,
    item_page,
    split_item,
    variable_types,
)
from ..problems import Problem
from ..routing import Path, known_answers, known_at, path, quota_cells, variant_of
from ..routing.compiling import compile_plan
from ..routing.context import known_before
from ..validation import check_answer, check_page
from .goals import BOUNDS, Goal, Key
from .respondents import Respondent

_TRUTHS = ("true", "not-true")


@dataclass(frozen=True, slots=True)
class Seen:
    """A respondent as the engine sees it: the path, and what rules know once it is walked.

    `pages`: those where the respondent came, in order; all but the last are complete and valid for sure.
    `known` as the checks read it, `walked` as conditions do.
    """

    context: Context
    given: Given
    found: Path
    pages: tuple[str, ...]
    known: Mapping[str, Answer]
    walked: Mapping[str, Answer]


class _Here(NamedTuple):
    """One page of one respondent: what conditions and checks know there, and how far the page is answered."""

    page: str
    item: int | None
    walked: Mapping[str, Answer]
    checked: Mapping[str, Answer]
    is_shown: bool
    is_valid: bool
    is_checked: bool  # nothing but checks may keep the respondent here


class Observer:
    """The goals of a version, made ready to be compared with respondents."""

    def __init__(self, questionnaire: Questionnaire, goals: Iterable[Goal]) -> None:
        self._questionnaire = questionnaire
        self._types = variable_types(questionnaire)
        self._order = {page.name: order for order, page in enumerate(questionnaire.pages)}
        self._of_pages: dict[str, list[Goal]] = {}
        self._once: list[Goal] = []
        self._rules: dict[Key, Rule] = {}
        for goal in goals:
            self._of_pages.setdefault(goal.page, []).append(goal) if goal.page else self._once.append(goal)
            if goal.rule is not None:
                scope = questionnaire.repeat_of(goal.page) if goal.page else None
                self._rules[goal.key] = compile_expression(goal.rule, self._types, scope=scope)
        self._conditions = {page.name: self._condition(page.name) for page in questionnaire.pages}
        self._asked = {
            one.name: None
            if one.when is None
            else compile_expression(
                one.when, self._types, scope=questionnaire.repeat_of(questionnaire.page_of(one.name).name)
            )
            for one in questionnaire.questions
        }

    def _condition(self, page: str) -> Callable[[Mapping[str, Answer]], bool]:
        section = next(one for one in self._questionnaire.sections if any(page == its.name for its in one.pages))
        both = (section.when, self._questionnaire.page(page).when)
        rules = [compile_expression(one, self._types, scope=section.repeat) for one in both if one is not None]
        return lambda known: all(rule(known) is True for rule in rules)

    def fitting(self, respondent: Respondent) -> Respondent:
        """A respondent of another version with what is an answer of this one too; the rest is left out."""
        version = self._questionnaire.for_mode(respondent.context.mode)
        given = {name: answer for name, answer in respondent.given.items() if _fits(version, name, answer)}
        return replace(respondent, given=given, until=None)

    def see(self, respondent: Respondent) -> Seen:
        """The respondent through the engine, as far as the pages before are complete and valid.

        A respondent may stem from an older version: what does not fit this one any more ends there.
        """
        context, given = respondent.context, respondent.given
        version = self._questionnaire.for_mode(context.mode)
        found = path(version, context, given)
        known = known_answers(version, context, found)
        pages: list[str] = []
        for page in found.pages:
            pages.append(page)
            if page == found.first_incomplete or page == respondent.until:
                break
            if is_blocked(check_page(version, context, given, page, found)):
                break
        walked = known_before(version.derive(compile_plan), context)
        walked.update({name: cause for name, cause in found.causes.items() if isinstance(given.get(name), Absence)})
        walked.update(found.effective)
        return Seen(context, given, found, tuple(pages), known, walked)

    def met(self, respondent: Respondent) -> tuple[set[Key], bool]:
        """The goals that a respondent meets, and whether every page is complete and valid, the last one included."""
        seen = self.see(respondent)
        if not seen.pages:
            return set(), False
        met: set[Key] = set()
        version = self._questionnaire.for_mode(seen.context.mode)
        problems = check_page(version, seen.context, seen.given, seen.pages[-1], seen.found)
        is_last_valid = seen.pages[-1] != seen.found.first_incomplete and not is_blocked(problems)
        for page in self._put(seen):
            is_valid = page != seen.pages[-1] or is_last_valid
            met.update(self._met_on(page, seen, is_valid, problems if page == seen.pages[-1] else []))
        is_finished = is_last_valid and (seen.pages == seen.found.pages) and seen.found.first_incomplete is None
        met.update(self._met_once(seen, is_finished))
        return met, is_last_valid

    def _put(self, seen: Seen) -> Iterator[str]:
        """The pages of which the condition was put, those left out included: before the last, or all at the end."""
        last = seen.pages[-1]
        is_at_end = last == seen.found.pages[-1] and seen.found.exit is None
        shown = set(seen.pages)
        yield from seen.pages
        for page in self._order:
            for one in self._instances(page, seen):
                if one not in shown and (is_at_end or self._is_before(one, last)):
                    yield one

    def _instances(self, page: str, seen: Seen) -> Iterable[str]:
        """A page; of each item that is there, where it is repeated."""
        over = self._questionnaire.repeat_of(page)
        return (page,) if over is None else (item_page(page, item) for item in seen.found.items.get(over, ()))

    def _is_before(self, page: str, last: str) -> bool:
        """Whether a page is put before another one to everybody; of items, one goes through the section at a time."""
        (base, item), (other, until) = split_item(page), split_item(last)
        if self._is_shuffled(base):
            return False
        mine, limit = self._order[base], self._order[other]
        if item is not None and until is not None and self._section(base) == self._section(other):
            return (item, mine) < (until, limit)
        return mine < limit

    def _section(self, page: str) -> str:
        return self._questionnaire.section_of(page).name

    def _is_shuffled(self, page: str) -> bool:
        return any(
            one.shuffle is not None and any(page == its.name for its in one.pages)
            for one in self._questionnaire.sections
        )

    def _met_on(self, page: str, seen: Seen, is_valid: bool, problems: list[Problem]) -> Iterator[Key]:
        base, item = split_item(page)
        is_shown = page in seen.found.shown
        only_checks = all(one.code == "check-violated" for one in problems if one.is_blocking)
        here = _Here(
            page,
            item,
            known_at(self._questionnaire, seen.walked, page),
            known_at(self._questionnaire, seen.known, page),
            is_shown,
            is_shown and is_valid,
            is_shown and (is_valid or only_checks) and page != seen.found.first_incomplete,
        )
        is_condition_true = self._conditions[base](here.walked)
        for goal in self._of_pages.get(base, ()):
            name = goal.question if item is None else item_name(goal.question, item)
            is_asked = is_shown and goal.question != "" and name in seen.found.shown[page]
            if goal.kind in _TRUTHS:
                is_met = self._is_put(goal, is_condition_true, here, is_asked) and self._is_so(goal, here)
            elif goal.question and not goal.kind.startswith("empty:"):
                is_open = goal.kind in ("question", "variant")
                is_met = is_asked and (is_valid or is_open) and self._is_met(goal, name, seen)
            else:
                is_met = self._is_met_by_page(goal, name, seen, here, is_asked)
            if is_met:
                yield goal.key

    def _is_so(self, goal: Goal, here: _Here) -> bool:
        known = here.checked if goal.owner == "variant" else here.walked
        return (self._rules[goal.key](known) is True) is (goal.kind == "true")

    def _is_met_by_page(self, goal: Goal, name: str, seen: Seen, here: _Here, is_asked: bool) -> bool:
        match goal.kind:
            case "page":
                return here.is_shown
            case "check-passed" | "check-violated":
                is_violated = self._rules[goal.key](here.checked) is False
                return here.is_checked and is_violated is (goal.kind == "check-violated")
            case "exit":
                taken = seen.found.exit
                return here.is_valid and taken is not None and taken.name == goal.name and here.page == seen.pages[-1]
        is_read = is_asked and self._is_read(goal, name, seen) if goal.question else here.is_shown
        return is_read and _is_missing(here.checked.get(goal.name))

    def _is_put(self, goal: Goal, is_condition_true: bool, here: _Here, is_asked: bool) -> bool:
        match goal.owner:
            case "section" | "page":
                return True
            case "question":
                return is_condition_true
            case "choice" | "row":
                rule = self._asked[goal.question]
                return is_condition_true and (rule is None or rule(here.walked) is True)
            case "variant":
                return is_asked
            case "exit":
                return here.is_valid
        return False

    def _is_met(self, goal: Goal, name: str, seen: Seen) -> bool:
        hidden = seen.found.hidden.get(name, frozenset())
        match goal.kind:
            case "question":
                return True
            case "row":
                return goal.name not in hidden
            case "variant":
                return self._variant(name, seen) == goal.name
            case "choice":
                answers = self._questionnaire.question(name).answers
                return goal.name not in hidden and any(
                    _holds(seen.found.effective.get(one), goal.value) for one in answers
                )
        assert goal.kind in BOUNDS
        question = self._questionnaire.question(name)
        values = [seen.found.effective.get(one) for one in question.answers]
        if isinstance(question, MultipleChoice | MultipleGrid | Roster):
            return any(isinstance(value, tuple) and len(value) == goal.value for value in values)
        return goal.value in values

    def _is_read(self, goal: Goal, name: str, seen: Seen) -> bool:
        """Whether a text of a question is in the wording that is shown."""
        return not goal.part or self._variant(name, seen) == goal.part

    def _variant(self, name: str, seen: Seen) -> str:
        """The variant in which a question is asked; `*` for its own wording."""
        found = variant_of(self._questionnaire, name, seen.known)
        return "*" if found is None else found.name

    def _met_once(self, seen: Seen, is_finished: bool) -> Iterator[Key]:
        cells = quota_cells(self._questionnaire, seen.known) if is_finished else {}
        for goal in self._once:
            if goal.kind == "arm":
                if seen.context.arms.get(goal.part) == goal.name:
                    yield goal.key
            elif cells.get(goal.part) == goal.name:
                yield goal.key


def is_blocked(problems: Iterable[Problem]) -> bool:
    """Whether one of the problems of a page keeps a respondent there."""
    return any(one.is_blocking for one in problems)


def _is_missing(answer: Answer | None) -> bool:
    return answer is None or isinstance(answer, Absence)


def _holds(value: object, code: int) -> bool:
    return value == code or (isinstance(value, tuple) and code in value)


def _fits(questionnaire: Questionnaire, name: str, answer: Answer) -> bool:
    try:
        question = questionnaire.question_of(name)
    except KeyError:
        return False
    return answer is Absence.SKIPPED or not check_answer(question, name, answer)
