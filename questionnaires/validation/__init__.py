"""What a valid answer is: one answer (`answers`), the answers of a page, a whole response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..expressions import Absence, Answer, Expression, Rule, VariableType, compile_expression, type_of
from ..model import (
    Allocation,
    Check,
    Context,
    Given,
    Grid,
    MultipleChoice,
    MultipleGrid,
    Quantity,
    Question,
    Questionnaire,
    Ranking,
    Required,
    Roster,
    Suggester,
    choices_of,
    item_name,
    split_item,
    variable_types,
)
from ..problems import Data, Place, Problem, Severity
from ..routing import Path, known_answers, known_at, path
from .answers import LONGEST_WORDS, check_answer
from .patterns import has_form
from .reading import read_date, read_duration, read_month, read_number

__all__ = [
    "LONGEST_WORDS",
    "check_answer",
    "check_page",
    "check_response",
    "has_form",
    "read_date",
    "read_duration",
    "read_month",
    "read_number",
]

_BLANK = (None, Absence.SKIPPED)


def check_page(
    questionnaire: Questionnaire, context: Context, given: Given, page_name: str, found: Path | None = None
) -> list[Problem]:
    """Every problem of a page as shown: what is required, its answers, its checks. None off the path.

    The page of an item of a roster is checked by itself, under its name (`page.2`). `found`: the path of these
    answers, for who has it already.
    """
    return _check_pages(questionnaire, context, given, (page_name,), found)


def check_response(
    questionnaire: Questionnaire, context: Context, given: Given, found: Path | None = None
) -> list[Problem]:
    """Every problem of the pages of the path, in order; `found` as for `check_page`."""
    return _check_pages(questionnaire, context, given, None, found)


def _check_pages(
    questionnaire: Questionnaire,
    context: Context,
    given: Given,
    pages: tuple[str, ...] | None,
    found: Path | None,
) -> list[Problem]:
    found = found or path(questionnaire, context, given)
    known = known_answers(questionnaire, context, found)
    problems: list[Problem] = []
    for page in found.pages:
        if pages is None or page in pages:
            here = _Page(questionnaire, found, given, known_at(questionnaire, known, page), page)
            problems += here.check_questions()
            problems += here.check_rules()
    return problems


@dataclass(frozen=True, slots=True)
class _Bound:
    """A bound that other answers give: the rule gives it times 10**decimals."""

    name: str
    rule: Rule
    decimals: int

    def is_met(self, value: int, limit: int) -> bool:
        match self.name:
            case "at_least":
                return value >= limit
            case "at_most":
                return value <= limit
            case "above":
                return value > limit
        return value < limit


@dataclass(frozen=True, slots=True)
class _Rules:
    """The compiled rules of a page: its checks, the bounds of its questions, the totals of its allocations."""

    checks: tuple[tuple[Check, Rule], ...]
    bounds: Mapping[str, tuple[_Bound, ...]]
    totals: Mapping[str, _Bound]


class _Page:
    """One page of one response, while it is checked."""

    def __init__(
        self, questionnaire: Questionnaire, found: Path, given: Given, known: Mapping[str, Answer], name: str
    ) -> None:
        self.questionnaire, self.found, self.given, self.known = questionnaire, found, given, known
        self.name = name
        static, self.item = split_item(name)
        self.rules = questionnaire.derive(_rules)[static]

    def check_questions(self) -> list[Problem]:
        """Presence and value of every answer that the page shows."""
        problems: list[Problem] = []
        for name in self.found.shown[self.name]:
            question = self.questionnaire.question(name)
            problems += self._check_question(question)
        return [replace(one, place=replace(one.place, page=self.name)) for one in problems]

    def _check_question(self, question: Question) -> list[Problem]:
        hidden = self.found.hidden.get(question.name, frozenset())
        asked = question.answers
        if hidden and isinstance(question, Grid):
            rows = zip(question.answers, question.rows, strict=True)
            asked = tuple(name for name, row in rows if row.name not in hidden)
        blank = [name for name in asked if self.given.get(name) in _BLANK]
        # A part left blank beside others is nothing; without any, one is asked for.
        is_shared_out = isinstance(question, Allocation) and any(_has_value(self.given.get(name)) for name in asked)
        asked_for = () if is_shared_out else blank[:1] if isinstance(question, Allocation) else blank
        problems: list[Problem] = []
        for name in asked:
            answer = self.given.get(name)
            if answer is not None and answer is not Absence.SKIPPED:
                problems += _check_value(question, name, answer, hidden)
            elif name in asked_for:
                problems += _check_presence(question, question.name if isinstance(question, Allocation) else name)
        if not problems and len(blank) < len(asked):
            problems += self._check_meaning(question, asked)
        if question.details or question.consent or isinstance(question, Roster):
            problems += self._check_beside(question, asked)
        return problems

    def _check_meaning(self, question: Question, asked: tuple[str, ...]) -> list[Problem]:
        """What valid answers still have to meet: a bound or a total of other answers, a full ranking."""
        if isinstance(question, Quantity) and question.limits:
            return self._check_bounds(question)
        if isinstance(question, Allocation):
            return self._check_total(question, asked)
        if isinstance(question, Ranking):
            return self._check_ranking(question)
        return []

    def _check_bounds(self, question: Quantity) -> list[Problem]:
        value = self.given.get(question.name)
        if isinstance(value, Absence) or not isinstance(value, int):
            return []
        decimals = question.answer_type.decimals
        place = Place(question=question.name, variable=question.name)
        problems = []
        for bound in self.rules.bounds[split_item(question.name)[0]]:
            limit = bound.rule(self.known)
            if isinstance(limit, int) and not bound.is_met(value * 10 ** (bound.decimals - decimals), limit):
                data: dict[str, Data] = {"limit": bound.name, "value": limit, "decimals": bound.decimals}
                problems.append(Problem("limit-crossed", place, data=data))
        return problems

    def _check_total(self, question: Allocation, asked: tuple[str, ...]) -> list[Problem]:
        """The parts that are given add up to the total; a blank part is nothing."""
        values = [value for name in asked if isinstance(value := self.given.get(name), int) and value >= 0]
        bound = self.rules.totals[split_item(question.name)[0]]
        total = bound.rule(self.known)
        if not values or not isinstance(total, int):
            return []
        count = sum(values) * 10 ** (bound.decimals - question.decimals)
        if count == total:
            return []
        data: dict[str, Data] = {"total": total, "count": count, "decimals": bound.decimals}
        return [Problem("sum-not-total", Place(question=question.name, variable=question.name), data=data)]

    def _check_ranking(self, question: Ranking) -> list[Problem]:
        value = self.given.get(question.name)
        hidden = self.found.hidden.get(question.name, frozenset())
        offered = [choice.code for choice in question.choices if choice.name not in hidden]
        expected = min(question.count, len(offered))
        count = len([code for code in value if code in offered]) if isinstance(value, tuple) else expected
        if count == expected:
            return []
        place = Place(question=question.name, variable=question.name)
        return [Problem("ranking-incomplete", place, data={"count": count, "expected": expected})]

    def _check_beside(self, question: Question, asked: tuple[str, ...]) -> list[Problem]:
        """The words that a choice asks for, and the consent to a sensitive question."""
        problems: list[Problem] = []
        is_answered = any(not isinstance(self.given.get(name, Absence.SKIPPED), Absence) for name in asked)
        if question.consent and is_answered and self.given.get(question.consent) != 1:
            problems.append(Problem("consent-missing", Place(question=question.name, variable=question.consent)))
        if isinstance(question, Roster):
            problems += self._check_lines(question)
        for name in question.details:
            if self.found.causes.get(name) is Absence.NOT_ROUTED:
                continue
            answer = self.given.get(name)
            if answer is not None and answer is not Absence.SKIPPED:
                problems += check_answer(question, name, answer)
            elif question.required is not Required.NO and not isinstance(question, Suggester):
                place = Place(question=question.name, variable=name)
                problems.append(Problem("answer-recommended", place, Severity.WARNING))
        return problems

    def _check_lines(self, question: Roster) -> list[Problem]:
        """Every line of a list has its words."""
        items = self.given.get(question.name)
        names = [item_name(question.name, item) for item in (items if isinstance(items, tuple) else ())]
        problems: list[Problem] = []
        seen: set[str] = set()
        for name in names:
            words = self.given.get(name)
            if words is None or isinstance(words, Absence):
                problems.append(Problem("answer-malformed", Place(question=question.name, variable=name)))
            else:
                problems += check_answer(question, name, words)
                if isinstance(words, str) and words.casefold() in seen:
                    place = Place(question=question.name, variable=name)
                    problems.append(Problem("items-alike", place, Severity.WARNING, {"words": words}))
                seen.add(str(words).casefold())
        return problems

    def check_rules(self) -> list[Problem]:
        """The checks of the page: violated only when definitely false."""
        problems: list[Problem] = []
        for check, rule in self.rules.checks:
            if rule(self.known) is False:
                at = tuple(name if self.item is None else item_name(name, self.item) for name in check.at)
                first = at[0] if at else None
                place = Place(page=self.name, question=self._question_at(first), variable=first)
                data: dict[str, Data] = {"check": check.name, "at": at}
                problems.append(Problem("check-violated", place, check.severity, data))
        return problems

    def _question_at(self, at: str | None) -> str | None:
        if at is None:
            return None
        names = {question.name for question in self.questionnaire.page(self.name).questions}
        return at if at in names else self.questionnaire.question_of(at).name


def _has_value(answer: Answer | None) -> bool:
    return answer is not None and not isinstance(answer, Absence)


def _check_value(question: Question, name: str, answer: Answer, hidden: frozenset[str]) -> list[Problem]:
    """The problems of an answer, among the choices that are offered to this respondent."""
    choices = choices_of(question)
    offered = tuple(choice for choice in choices if choice.name not in hidden)
    if len(offered) == len(choices) or isinstance(answer, Absence | str):
        return check_answer(question, name, answer)
    codes = {choice.code for choice in offered}
    known = {choice.code for choice in choices}
    if isinstance(answer, tuple) and codes & set(answer):
        # A choice that is not offered any more is left out by itself, as the path does.
        answer = tuple(code for code in answer if code in codes or code not in known)
    asked: Question = replace(question, choices=offered)  # type: ignore[call-arg]  # those with choices
    if isinstance(asked, MultipleChoice | MultipleGrid) and asked.minimum is not None:
        together = sum(not choice.exclusive for choice in offered)
        asked = replace(asked, minimum=min(asked.minimum, max(together, 1)))
    return check_answer(asked, name, answer)


def _check_presence(question: Question, answer_name: str) -> list[Problem]:
    place = Place(question=question.name, variable=answer_name)
    if question.sensitive or question.required is Required.NO:
        return []
    if question.required is Required.HARD:
        return [Problem("answer-required", place)]
    return [Problem("answer-recommended", place, Severity.WARNING)]


def _rules(questionnaire: Questionnaire) -> dict[str, _Rules]:
    types = variable_types(questionnaire)
    found: dict[str, _Rules] = {}
    for section in questionnaire.sections:
        scope = section.repeat
        for page in section.pages:
            checks = tuple((one, compile_expression(one.rule, types, scope=scope)) for one in page.checks)
            bounds = {
                one.name: tuple(_bound(name, rule, one, types, scope) for name, rule in one.limits.items())
                for one in page.questions
                if isinstance(one, Quantity)
            }
            totals = {one.name: _total(one, types, scope) for one in page.questions if isinstance(one, Allocation)}
            found[page.name] = _Rules(checks, bounds, totals)
    return found


def _bound(
    name: str, rule: Expression, question: Question, types: Mapping[str, VariableType], scope: str | None
) -> _Bound:
    """The bound at the scale of the more precise of the two, so that nothing is rounded."""
    found = type_of(rule, types, scope)
    decimals = max(question.answer_type.decimals, found.decimals if found is not None else 0)
    return _Bound(name, compile_expression(rule, types, decimals, scope=scope), decimals)


def _total(question: Allocation, types: Mapping[str, VariableType], scope: str | None) -> _Bound:
    if question.total_from is not None:
        return _bound("total", question.total_from, question, types, scope)
    total = question.total
    return _Bound("total", lambda _: total, question.decimals)
