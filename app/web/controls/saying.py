"""Answers in the words of the pages that asked for them."""

from __future__ import annotations

from collections.abc import Mapping

from app.services import saying
from app.services.saying import Say
from app.web.controls.answer_fields import ABSENCES
from app.web.controls.rendering import absence_words
from questionnaires.model import Answer, Question


def say_answer(
    question: Question,
    answer: Answer | None,
    language: str,
    given: Mapping[str, Answer] | None = None,
    say: Say | None = None,
) -> str:
    """An answer as one reads it, in plain text; empty when there is none. `given` and `say`: see `saying.say_lines`."""
    return saying.join_lines(question, say_lines(question, answer, language, given, say), language)


def say_lines(
    question: Question,
    answer: Answer | None,
    language: str,
    given: Mapping[str, Answer] | None,
    say: Say | None,
) -> tuple[str, ...]:
    """The same, one by one: see `saying.say_lines`."""
    words = {absence: absence_words()[value] for value, absence in ABSENCES.items()}
    return saying.say_lines(question, answer, language, words, given, say)
