"""Which answers lead further than the next question, where one answer alone decides it.

A jump is printed only when it holds whatever else was answered: each question that is passed over has, among the
conditions that must all hold for it, one that reads nothing but this answer, and that this answer makes untrue.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from questionnaires import routing
from questionnaires.expressions import Call, Expression, compile_expression, references
from questionnaires.model import Information, Page, Question, Questionnaire, Section, SingleChoice, variable_types

END, STOP = "end", "stop"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what must hold for it: its own condition, that of its page, that of its section."""

    question: Question
    page: Page
    section: Section
    conditions: tuple[Expression, ...]


def asked_in_order(questionnaire: Questionnaire) -> tuple[Asked, ...]:
    """Every question that has an answer, in the order of the paper."""
    return tuple(
        Asked(question, page, section, tuple(_conjuncts(section.when, page.when, question.when)))
        for section in questionnaire.sections
        for page in section.pages
        for question in page.questions
        if not isinstance(question, Information)
    )


def find_jumps(questionnaire: Questionnaire) -> Mapping[tuple[str, int], str]:
    """By question and code of the choice: the name of the question to go to, END or STOP."""
    every = asked_in_order(questionnaire)
    types = questionnaire.derive(variable_types)
    found: dict[tuple[str, int], str] = {}
    for place, one in enumerate(every):
        if not isinstance(one.question, SingleChoice) or one.section.repeat is not None:
            continue
        for choice in one.question.choices:
            known = {one.question.name: choice.code}
            if _stops(one, known, types):
                found[one.question.name, choice.code] = STOP
                continue
            target = _first_left(every[place + 1 :], known, types)
            if target != (every[place + 1].question.name if place + 1 < len(every) else END):
                found[one.question.name, choice.code] = target
    return found


def _stops(one: Asked, known: Mapping[str, int], types: Mapping[str, object]) -> bool:
    """Whether the answer alone leads out, at the last question of its page."""
    asked = [question for question in one.page.questions if not isinstance(question, Information)]
    if asked[-1].name != one.question.name:
        return False
    rules = (left.when for left in one.page.exits)
    return any(references(rule) == known.keys() and _holds(rule, known, types) is True for rule in rules)


def _first_left(following: Sequence[Asked], known: Mapping[str, int], types: Mapping[str, object]) -> str:
    """The first question that is not certainly passed over; END for none."""
    for one in following:
        rules = (rule for rule in one.conditions if references(rule) == known.keys())
        if all(_holds(rule, known, types) is True for rule in rules):
            return one.question.name
    return END


def _holds(rule: Expression, known: Mapping[str, int], types: Mapping[str, object]) -> object:
    return compile_expression(rule, types)(known)  # type: ignore[arg-type]


def _conjuncts(*rules: Expression | None) -> Iterator[Expression]:
    """The parts of conditions that must all hold."""
    whole = routing.conjunction(*rules)
    if isinstance(whole, Call) and whole.op == "and":
        for one in whole.args:
            yield from _conjuncts(one)
    elif whole is not None:
        yield whole
