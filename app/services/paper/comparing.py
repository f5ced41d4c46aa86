"""What an entry says, question by question, and where two entries of one form differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.services.responding import ResponseState
from questionnaires.model import Answer, Question, Questionnaire, Roster, split_item

Reading = Mapping[str, Mapping[str, Answer | None]]
"""Question -> key of the given document -> what counts of it; a question that is not on the path is not there."""


def read_entry(state: ResponseState) -> Reading:
    """What the answers of an entry come to. What was typed on a way that is not taken does not count."""
    path, found = state.path, {}
    for page in path.pages:
        for name in path.shown.get(page, ()):
            question = state.questionnaire.question(name)
            if question.answers:
                found[name] = {key: _what_counts(state, question, key) for key in keys_of(question, state.given)}
    return found


def keys_of(question: Question, document: Iterable[str]) -> tuple[str, ...]:
    """Every key of the document that belongs to a question, with the lines of a list."""
    if not isinstance(question, Roster):
        return question.keys
    return (*question.keys, *(key for key in document if key.endswith("]") and split_item(key)[0] == question.name))


def differing_questions(first: ResponseState, second: ResponseState) -> tuple[str, ...]:
    """The questions that two entries answer differently, in the order of the version.

    Capitals and spaces make no difference between two texts: the first is kept.
    """
    one, other = _plain(read_entry(first)), _plain(read_entry(second))
    return in_order(first.questionnaire, {name for name in {*one, *other} if one.get(name) != other.get(name)})


def is_read_alike(name: str, one: ResponseState, other: ResponseState) -> bool:
    """Whether two entries answer a question alike."""
    return _plain(read_entry(one)).get(name) == _plain(read_entry(other)).get(name)


def in_order(questionnaire: Questionnaire, names: Iterable[str]) -> tuple[str, ...]:
    """Questions in the order of the version; of the items of a list, item after item."""
    places = {question.name: place for place, question in enumerate(questionnaire.questions)}
    sections = {page.name: number for number, of in enumerate(questionnaire.sections) for page in of.pages}

    def place(name: str) -> tuple[int, int, int]:
        base, item = split_item(name)
        return sections[questionnaire.page_of(base).name], item or 0, places[base]

    return tuple(sorted(names, key=place))


def _what_counts(state: ResponseState, question: Question, key: str) -> Answer | None:
    if key == question.consent:
        return 1 if state.given.get(key) == 1 else None
    value = state.path.effective.get(key)
    if value is not None:
        return value
    # What goes with an answer and was not written is blank, whatever the cause.
    return state.path.causes.get(key) if key in question.answers else None


def _plain(reading: Reading) -> dict[str, dict[str, Answer]]:
    """A reading as it is compared: without blanks beside the answers, texts without capitals and double spaces."""
    return {
        name: {
            key: " ".join(value.casefold().split()) if isinstance(value, str) else value
            for key, value in answers.items()
            if value is not None
        }
        for name, answers in reading.items()
    }
