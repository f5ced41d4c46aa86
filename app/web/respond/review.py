"""The review before sending: every answer of the path in words, part by part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from app.services.responding import ResponseState
from app.web.respond.wording import Wording
from questionnaires import validation
from questionnaires.model import Absence, Answer, Grid, Information, Required
from questionnaires.problems import Problem, Severity


@dataclass(frozen=True, slots=True)
class Item:
    """A question and what was answered; of a grid, its rows. An empty answer is no answer."""

    question: str
    answer: str
    rows: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A page of the path with its answers, and what there is to know of them."""

    page: str
    title: str
    items: tuple[Item, ...]
    notes: tuple[str, ...] = ()


def review(state: ResponseState) -> list[Part]:
    """The pages of the path that asked something, in order."""
    path, wording, notes = state.path, Wording(state), _notes(state)
    parts = []
    for page in path.pages:
        items = tuple(_item(name, page, state, wording) for name in _asked(state, page))
        if items:
            said = tuple(wording.sentence(problem) for problem in notes[page])
            parts.append(Part(page, wording.title(page), items, said))
    return parts


def count_unanswered(state: ResponseState) -> int:
    """How many questions of the path were left blank, in whole or for one of their rows; optional ones aside."""
    asked = (state.questionnaire.question(name) for page in state.path.pages for name in _asked(state, page))
    needed = (question for question in asked if question.required is not Required.NO and not question.sensitive)
    return sum(1 for question in needed if any(_is_blank(state, name) for name in question.answers))


def answer_of(state: ResponseState, name: str) -> Answer | None:
    """What counts of an answer: its effective value, or the absence that was given."""
    value = state.path.effective.get(name)
    if value is not None:
        return value
    given = state.given.get(name)
    return given if isinstance(given, Absence) else None


def _asked(state: ResponseState, page: str) -> list[str]:
    """The questions of a page that are answered."""
    of = state.questionnaire.question
    return [name for name in state.path.shown.get(page, ()) if not isinstance(of(name), Information)]


def _is_blank(state: ResponseState, name: str) -> bool:
    return state.path.causes.get(name) is Absence.SKIPPED


def _notes(state: ResponseState) -> defaultdict[str, list[Problem]]:
    """What informs without keeping anyone, by page."""
    found: defaultdict[str, list[Problem]] = defaultdict(list)
    checks = (check for page in state.questionnaire.pages for check in page.checks)
    if any(check.severity is Severity.INFORMATION for check in checks):
        for problem in validation.check_response(state.questionnaire, state.context, state.given, state.path):
            if problem.severity is Severity.INFORMATION and problem.place.page is not None:
                found[problem.place.page].append(problem)
    return found


def _item(name: str, page: str, state: ResponseState, wording: Wording) -> Item:
    question = wording.question(name, page)
    text = wording.say(question.text, page)
    if isinstance(question, Grid):
        return Item(text, "", tuple(_rows(question, page, state, wording)))
    return Item(text, wording.answer(question, answer_of(state, name), page))


def _rows(question: Grid, page: str, state: ResponseState, wording: Wording) -> Iterator[tuple[str, str]]:
    hidden = state.path.hidden.get(question.name, frozenset())
    for key, row in zip(question.answers, question.rows, strict=True):
        if row.name not in hidden:
            yield wording.say(row.label, page), wording.answer(question, answer_of(state, key), page)
