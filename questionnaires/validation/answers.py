"""One answer by itself: is it one that the question can have?"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from functools import singledispatch

from ..expressions import MAX_INTEGER, Absence, Answer, Kind, Value, day_text, month_text
from ..model import (
    LARGEST_ITEM,
    Choice,
    ChoiceGrid,
    Date,
    Duration,
    Month,
    MultipleChoice,
    MultipleGrid,
    Number,
    NumberGrid,
    Question,
    Ranking,
    Roster,
    Score,
    ScoreGrid,
    SingleChoice,
    Suggester,
    Text,
    Year,
    split_item,
)
from ..problems import Data, Place, Problem
from .patterns import has_form

LONGEST_WORDS = 500
"""Characters of the words beside a choice, of the line of a roster, of what comes with a suggestion."""
_FIRST_YEAR, _LAST_YEAR = 1000, 9999
_LAST_DAY = dt.date.max.toordinal()
_YEARS_OF_LISTS = range(1943, 2200)  # of the official geographic code, first published in 1943
# Control characters but tabs and line feeds, and lone surrogates: no keyboard types them, a file may refuse them.
_UNREADABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_Finding = tuple[str, Mapping[str, Data]]


def check_answer(question: Question, answer_name: str, answer: Answer) -> list[Problem]:
    """Every problem of one answer by itself, be it a main one, a detail or a consent.

    SKIPPED is never one here, nor is what other answers ask for: see `check_page`.
    """
    place = Place(question=question.name, variable=answer_name)
    if isinstance(answer, bool):
        findings: list[_Finding] = [("answer-malformed", {})]
    elif answer_name == question.consent:
        findings = [] if answer in (1, Absence.SKIPPED) else [("answer-malformed", {})]
    elif answer_name not in question.answers:
        findings = _check_detail(question, answer_name, answer)
    elif isinstance(answer, Absence):
        findings = _check_absence(question, answer)
    else:
        findings = _check_value(question, answer)
    return [Problem(code, place, data=data) for code, data in findings]


def _check_detail(question: Question, name: str, answer: Answer) -> list[_Finding]:
    """Words beside an answer: of a choice, of a line of a roster, of what was suggested."""
    kind = question.details.get(name)
    base, item = split_item(name)
    if kind is None and not (isinstance(question, Roster) and base == question.name and item):
        return [("answer-malformed", {})]
    if answer is Absence.SKIPPED:
        return []
    if kind is not None and kind.kind is not Kind.TEXT:
        is_right = answer in kind.choices.values() if kind.choices else answer in _YEARS_OF_LISTS
        return [] if is_right and not isinstance(answer, Absence) else [("answer-malformed", {})]
    if not isinstance(answer, str) or not answer.strip() or _UNREADABLE.search(answer):
        return [("answer-malformed", {})]
    if len(answer) > LONGEST_WORDS:
        return [("text-too-long", {"maximum": LONGEST_WORDS, "count": len(answer)})]
    return []


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


@_check_value.register(MultipleChoice)
@_check_value.register(MultipleGrid)
def _check_multiple(question: MultipleChoice | MultipleGrid, value: Value) -> list[_Finding]:
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


@_check_value.register
def _check_ranking(question: Ranking, value: Value) -> list[_Finding]:
    if not isinstance(value, tuple) or len(set(value)) != len(value):
        return [("answer-malformed", {})]
    if not set(value) <= _codes(question.choices):
        return [("choice-unknown", {})]
    if len(value) > question.count:
        return [("too-many-choices", {"maximum": question.count, "count": len(value)})]
    # How many are to be ranked depends on those that are offered: see `check_page`.
    return [] if value else [("ranking-incomplete", {"count": 0, "expected": question.count})]


@_check_value.register(Score)
@_check_value.register(ScoreGrid)
def _check_score(question: Score | ScoreGrid, value: Value) -> list[_Finding]:
    if isinstance(value, int) and question.minimum <= value <= question.maximum:
        return []
    return [("score-unknown", {"minimum": question.minimum, "maximum": question.maximum})]


@_check_value.register(Number)
@_check_value.register(NumberGrid)
def _check_number(question: Number | NumberGrid, value: Value) -> list[_Finding]:
    return _within(value, question.minimum, question.maximum, question.decimals)


@_check_value.register
def _check_duration(question: Duration, value: Value) -> list[_Finding]:
    return _within(value, question.minimum, question.maximum, 0)


@_check_value.register
def _check_year(question: Year, value: Value) -> list[_Finding]:
    minimum = _FIRST_YEAR if question.minimum is None else question.minimum
    maximum = _LAST_YEAR if question.maximum is None else question.maximum
    return _within(value, minimum, maximum, 0)


def _within(value: Value, minimum: int | None, maximum: int | None, decimals: int) -> list[_Finding]:
    if not isinstance(value, int):
        return [("number-not-a-number", {})]
    least = max(minimum or 0, 0)
    most = MAX_INTEGER if maximum is None else maximum
    if least <= value <= most:
        return []
    if maximum is None and value < least:
        return [("number-too-small", {"minimum": least, "decimals": decimals})]
    return [("number-out-of-bounds", {"minimum": least, "maximum": most, "decimals": decimals})]


@_check_value.register
def _check_date(question: Date, value: Value) -> list[_Finding]:
    first, last = question.minimum or 1, _LAST_DAY if question.maximum is None else question.maximum
    if not isinstance(value, int) or not 1 <= value <= _LAST_DAY:
        return [("date-not-a-date", {"part": ""})]
    bounds = {"minimum": _said(question.minimum, day_text), "maximum": _said(question.maximum, day_text)}
    return [] if first <= value <= last else [("date-out-of-bounds", bounds)]


@_check_value.register
def _check_month(question: Month, value: Value) -> list[_Finding]:
    first = question.minimum or 12
    last = 12 * _LAST_YEAR + 11 if question.maximum is None else question.maximum
    if not isinstance(value, int) or not 12 <= value <= 12 * _LAST_YEAR + 11:
        return [("month-not-a-month", {"part": ""})]
    bounds = {"minimum": _said(question.minimum, month_text), "maximum": _said(question.maximum, month_text)}
    return [] if first <= value <= last else [("month-out-of-bounds", bounds)]


@_check_value.register
def _check_text(question: Text, value: Value) -> list[_Finding]:
    if not isinstance(value, str) or not value.strip() or _UNREADABLE.search(value):
        return [("answer-malformed", {})]
    if len(value) > question.maximum:
        return [("text-too-long", {"maximum": question.maximum, "count": len(value)})]
    if question.minimum is not None and len(value) < question.minimum:
        return [("text-too-short", {"minimum": question.minimum, "count": len(value)})]
    if question.pattern is not None and not has_form(value, question.pattern):
        return [("text-pattern", {"pattern": question.pattern})]
    return []


@_check_value.register
def _check_suggestion(_question: Suggester, value: Value) -> list[_Finding]:
    """Whether the list has this code is known where the list is read, when it is chosen."""
    is_code = isinstance(value, str) and value.isalnum() and len(value) <= 20
    return [] if is_code else [("answer-malformed", {})]


@_check_value.register
def _check_items(question: Roster, value: Value) -> list[_Finding]:
    if not isinstance(value, tuple) or not value or len(set(value)) != len(value):
        return [("answer-malformed", {})]
    if min(value) < 1 or max(value) > LARGEST_ITEM:
        return [("answer-malformed", {})]
    if len(value) > question.maximum:
        return [("items-too-many", {"maximum": question.maximum, "count": len(value)})]
    if question.minimum is not None and len(value) < question.minimum:
        return [("items-too-few", {"minimum": question.minimum, "count": len(value)})]
    return []


def _said(bound: int | None, say: Callable[[int], str]) -> str:
    return "" if bound is None else say(bound)


def _codes(choices: tuple[Choice, ...]) -> frozenset[Value]:
    return frozenset(choice.code for choice in choices)
