"""The table of one's answers, to keep: words for its reader, codes for whoever wants to count."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext

from app.services.csv_files import csv_file, safe_cell
from app.services.responding import ResponseState
from app.web.respond.review import answer_of
from app.web.respond.wording import Wording
from questionnaires.model import (
    Absence,
    Answer,
    ChoiceGrid,
    Grid,
    Information,
    MultipleChoice,
    MultipleGrid,
    Question,
    Ranking,
    Score,
    ScoreGrid,
    SingleChoice,
)

CODED = (SingleChoice, MultipleChoice, Ranking, Score, ChoiceGrid, MultipleGrid, ScoreGrid)
"""The types whose answers are codes: the words of the others say all there is."""


def csv_copy(state: ResponseState) -> bytes:
    """One line per answer of the path: variable, question, row, answer in words, codes.

    As the other files: semicolons in French, else commas; UTF-8 with a byte order mark; no cell is a formula.
    """
    heads = [
        gettext("variable"),
        gettext("question"),
        gettext("ligne"),
        gettext("réponse"),
        gettext("code de la réponse"),
    ]
    rows = ([*map(safe_cell, words), codes] for *words, codes in _lines(state))
    return csv_file([heads, *rows], state.language)


def _lines(state: ResponseState) -> Iterator[tuple[str, ...]]:
    wording = Wording(state)
    for page in state.path.pages:
        for name in state.path.shown.get(page, ()):
            question = wording.question(name, page)
            if isinstance(question, Information):
                continue
            heading = wording.say(question.text, page)
            for key, row in _answers(question, state, wording, page):
                answer = answer_of(state, key)
                yield key, heading, row, wording.answer(question, answer, page), _codes(question, answer)


def _answers(question: Question, state: ResponseState, wording: Wording, page: str) -> Iterator[tuple[str, str]]:
    """The answers of a question that were asked, each with the words of its row if it is that of one."""
    if not isinstance(question, Grid):
        yield question.name, ""
        return
    hidden = state.path.hidden.get(question.name, frozenset())
    for key, row in zip(question.answers, question.rows, strict=True):
        if row.name not in hidden:
            yield key, wording.say(row.label, page)


def _codes(question: Question, answer: Answer | None) -> str:
    if isinstance(answer, Absence):
        return str(int(answer))
    if not isinstance(question, CODED) or answer is None:
        return ""
    return " ".join(map(str, answer)) if isinstance(answer, tuple) else str(answer)
