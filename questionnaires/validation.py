"""What a valid answer is: one answer, the answers of a page, a whole response."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import singledispatch

from .expressions import MAX_INTEGER, Absence, Answer, Rule, Value, compile_expression
from .model import (
    Check,
    Choice,
    ChoiceGrid,
    Context,
    Given,
    MultipleChoice,
    Number,
    Question,
    Questionnaire,
    Required,
    Score,
    ScoreGrid,
    SingleChoice,
    Text,
    variable_types,
)
from .problems import Data, Place, Problem, Severity
from .routing import Path, known_answers, path

# A group mark may be a space, also one of those of French typography.
_NUMBER = re.compile(r"([-+\u2212]?)([0-9]{1,15})(?:[.,]([0-9]+))?")
_GROUP_MARKS = re.compile("[ \u00a0\u202f]")

_Finding = tuple[str, Mapping[str, Data]]


def check_answer(question: Question, answer_name: str, answer: Answer) -> list[Problem]:
    """Every problem of one answer by itself. SKIPPED is never one here: see `check_page`."""
    place = Place(question=question.name, variable=answer_name)
    if isinstance(answer, Absence):
        findings = _check_absence(question, answer)
    elif isinstance(answer, bool):
        findings = [("answer-malformed", {})]
    else:
        findings = _check_value(question, answer)
    return [Problem(code, place, data=data) for code, data in findings]


def check_page(questionnaire: Questionnaire, context: Context, given: Given, page_name: str) -> list[Problem]:
    """Every problem of a page as shown: what is required, its answers, its checks. None off the path."""
    return _check_pages(questionnaire, context, given, (page_name,))


def check_response(questionnaire: Questionnaire, context: Context, given: Given) -> list[Problem]:
    """Every problem of the pages of the path, in order."""
    return _check_pages(questionnaire, context, given, None)


def read_number(question: Number, text: str) -> int | Problem:
    """The scaled integer that a respondent typed, or what is wrong: `1 234,5` with one decimal is 12345.

    Bounds are for `check_answer`.
    """
    place = Place(question=question.name, variable=question.name)
    found = _NUMBER.fullmatch(_GROUP_MARKS.sub("", text))
    if found is None:
        return Problem("number-not-a-number", place)
    sign, whole, fraction = found[1], found[2], (found[3] or "").rstrip("0")
    if len(fraction) > question.decimals:
        return Problem("number-too-many-decimals", place, data={"decimals": question.decimals})
    value = int(whole + fraction.ljust(question.decimals, "0"))
    return -value if sign in ("-", "\u2212") else value


def _check_pages(
    questionnaire: Questionnaire, context: Context, given: Given, pages: tuple[str, ...] | None
) -> list[Problem]:
    found = path(questionnaire, context, given)
    known = known_answers(questionnaire, context, found)
    problems: list[Problem] = []
    for page in found.pages:
        if pages is None or page in pages:
            problems += _check_shown(questionnaire, found, given, page)
            problems += _check_rules(questionnaire, known, page)
    return problems


def _check_shown(questionnaire: Questionnaire, found: Path, given: Given, page: str) -> list[Problem]:
    problems: list[Problem] = []
    for name in found.shown[page]:
        question = questionnaire.question(name)
        for answer_name in question.answers:
            answer = given.get(answer_name)
            if answer is None or answer is Absence.SKIPPED:
                problems += _check_presence(question, answer_name)
            else:
                problems += check_answer(question, answer_name, answer)
    return [replace(one, place=replace(one.place, page=page)) for one in problems]


def _check_presence(question: Question, answer_name: str) -> list[Problem]:
    place = Place(question=question.name, variable=answer_name)
    if question.required is Required.HARD:
        return [Problem("answer-required", place)]
    if question.required is Required.SOFT:
        return [Problem("answer-recommended", place, Severity.WARNING)]
    return []


def _check_rules(questionnaire: Questionnaire, known: Mapping[str, Answer], page: str) -> list[Problem]:
    problems: list[Problem] = []
    for check, rule in questionnaire.derive(_checks)[page]:
        if rule(known) is False:
            at = check.at[0] if check.at else None
            question = _question_at(questionnaire, at)
            place = Place(page=page, question=question, variable=at)
            data: dict[str, Data] = {"check": check.name, "at": check.at}
            problems.append(Problem("check-violated", place, check.severity, data))
    return problems


def _question_at(questionnaire: Questionnaire, at: str | None) -> str | None:
    names = {question.name for question in questionnaire.questions}
    return at if at is None or at in names else questionnaire.question_of(at).name


def _checks(questionnaire: Questionnaire) -> dict[str, tuple[tuple[Check, Rule], ...]]:
    types = variable_types(questionnaire)
    return {
        page.name: tuple((one, compile_expression(one.rule, types)) for one in page.checks)
        for page in questionnaire.pages
    }


def _check_absence(question: Question, absence: Absence) -> list[_Finding]:
    if absence is Absence.SKIPPED or absence in question.offered:
        return []
    if absence is Absence.NO_OPINION:
        return [("no-opinion-not-offered", {})]
    if absence is Absence.REFUSED:
        return [("refusal-not-offered", {})]
    # The other causes are found by the path; nobody answers them.
    return [("answer-malformed", {})]


@singledispatch
def _check_value(question: Question, value: Value) -> list[_Finding]:
    """One entry for each type of question."""
    raise NotImplementedError(type(question).__name__)


@_check_value.register(SingleChoice)
@_check_value.register(ChoiceGrid)
def _check_choice(question: SingleChoice | ChoiceGrid, value: Value) -> list[_Finding]:
    return [] if value in _codes(question.choices) else [("choice-unknown", {})]


@_check_value.register
def _check_multiple(question: MultipleChoice, value: Value) -> list[_Finding]:
    if not isinstance(value, tuple) or list(value) != sorted(set(value)):
        return [("answer-malformed", {})]
    if not set(value) <= _codes(question.choices):
        return [("choice-unknown", {})]
    chosen = [choice for choice in question.choices if choice.code in value]
    exclusive = [choice.name for choice in chosen if choice.exclusive]
    others = tuple(choice.name for choice in chosen if not choice.exclusive) + tuple(exclusive[1:])
    if exclusive:
        # An exclusive choice stands for the whole answer: it is never too few.
        return [("choice-exclusive", {"exclusive": exclusive[0], "others": others})] if others else []
    # No choice at all is SKIPPED, not an empty answer.
    minimum = max(question.minimum or 1, 1)
    if len(value) < minimum:
        return [("too-few-choices", {"minimum": minimum, "count": len(value)})]
    if question.maximum is not None and len(value) > question.maximum:
        return [("too-many-choices", {"maximum": question.maximum, "count": len(value)})]
    return []


@_check_value.register(Score)
@_check_value.register(ScoreGrid)
def _check_score(question: Score | ScoreGrid, value: Value) -> list[_Finding]:
    if isinstance(value, int) and question.minimum <= value <= question.maximum:
        return []
    return [("score-unknown", {"minimum": question.minimum, "maximum": question.maximum})]


@_check_value.register
def _check_number(question: Number, value: Value) -> list[_Finding]:
    if not isinstance(value, int):
        return [("number-not-a-number", {})]
    minimum = max(question.minimum or 0, 0)
    maximum = MAX_INTEGER if question.maximum is None else question.maximum
    if minimum <= value <= maximum:
        return []
    if question.maximum is None and value < minimum:
        return [("number-too-small", {"minimum": minimum, "decimals": question.decimals})]
    bounds = {"minimum": minimum, "maximum": maximum, "decimals": question.decimals}
    return [("number-out-of-bounds", bounds)]


@_check_value.register
def _check_text(question: Text, value: Value) -> list[_Finding]:
    if not isinstance(value, str) or not value.strip():
        return [("answer-malformed", {})]
    if len(value) > question.maximum:
        return [("text-too-long", {"maximum": question.maximum, "count": len(value)})]
    return []


def _codes(choices: tuple[Choice, ...]) -> frozenset[Value]:
    return frozenset(choice.code for choice in choices)
