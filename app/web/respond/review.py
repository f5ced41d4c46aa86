"""The review before sending: every answer of the path in words, part by part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.services.responding import ResponseState
from app.web.controls.compiled import say_answer
from questionnaires.model import Absence, ChoiceGrid, Question, Required, ScoreGrid


@dataclass(frozen=True, slots=True)
class Item:
    """A question and what was answered; of a grid, its rows. An empty answer is no answer."""

    question: str
    answer: str
    rows: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A page of the path with its answers."""

    page: str
    title: str
    items: tuple[Item, ...]


def review(state: ResponseState) -> list[Part]:
    """The pages of the path that asked something, in order."""
    path, questionnaire = state.path, state.questionnaire
    parts = []
    for name in path.pages:
        questions = [questionnaire.question(one) for one in path.shown.get(name, ())]
        items = tuple(_item(question, state) for question in questions)
        if items:
            parts.append(Part(name, questionnaire.page(name).title.in_(state.language), items))
    return parts


def count_unanswered(state: ResponseState) -> int:
    """How many questions of the path were left blank, in whole or for one of their rows; optional ones aside."""
    path, questionnaire = state.path, state.questionnaire
    shown = (questionnaire.question(name) for page in path.pages for name in path.shown.get(page, ()))
    asked = (question for question in shown if question.required is not Required.NO)
    return sum(1 for question in asked if any(_is_blank(state, name) for name in question.answers))


def _is_blank(state: ResponseState, name: str) -> bool:
    return state.given.get(name, Absence.SKIPPED) is Absence.SKIPPED


def _item(question: Question, state: ResponseState) -> Item:
    language = state.language
    text = question.text.in_(language)
    if isinstance(question, ScoreGrid | ChoiceGrid):
        return Item(text, "", tuple(_rows(question, state)))
    return Item(text, say_answer(question, state.given.get(question.name), language))


def _rows(question: ScoreGrid | ChoiceGrid, state: ResponseState) -> Iterator[tuple[str, str]]:
    for row in question.rows:
        answer = state.given.get(f"{question.name}_{row.name}")
        yield row.label.in_(state.language), say_answer(question, answer, state.language)
