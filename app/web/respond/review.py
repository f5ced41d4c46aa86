"""The review before sending: every answer of the path in words, part by part."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from flask_babel import gettext

from app.services.responding import ResponseState
from app.web import formats
from app.web.respond.wording import Wording
from questionnaires import validation
from questionnaires.model import Absence, Answer, Grid, Information, Question, Required, Roster, split_item
from questionnaires.problems import Problem, Severity

LONG = 12
"""With more questions than that, and several parts, the review begins with the list of its parts."""


@dataclass(frozen=True, slots=True)
class Item:
    """A question and what was answered, one by one; of a grid, by row. No answer at all is no answer.

    `name` and `page`: where it is changed.
    """

    name: str
    page: str
    question: str
    answers: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """What belongs together in a part: a page, or all that was said of one item of a list. `title` may be empty."""

    title: str
    items: tuple[Item, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the path with its answers."""

    title: str
    groups: tuple[Group, ...]


def review(state: ResponseState) -> list[Part]:
    """The sections of the path that asked something, in order."""
    reviewer, of = _Reviewer(state), state.questionnaire.section_of
    parts = []
    for section, run in groupby(state.path.pages, key=of):
        members = list(run)
        by_page: Iterable[list[str]] = ([page] for page in members)
        if section.repeat is not None:
            by_page = (list(pages) for _, pages in groupby(members, key=lambda page: split_item(page)[1]))
        groups = [group for pages in by_page if (group := reviewer.group(pages)).items]
        title = reviewer.wording.say(section.title, split_item(members[0])[0])
        if len(groups) == 1 and section.repeat is None and groups[0].title == title:
            groups = [Group("", groups[0].items, groups[0].notes)]
        if groups:
            parts.append(Part(title, tuple(groups)))
    return parts


def is_long(parts: Iterable[Part]) -> bool:
    """Whether there is so much to read again that a list of the parts helps."""
    counts = [sum(len(group.items) for group in part.groups) for part in parts]
    return len(counts) > 1 and sum(counts) > LONG


def count_unanswered(state: ResponseState) -> int:
    """How many questions of the path were left blank, in whole or for one of their rows; optional ones aside."""
    asked = (state.questionnaire.question(name) for page in state.path.pages for name in _asked(state, page))
    needed = (question for question in asked if question.required is not Required.NO and not question.sensitive)
    return sum(1 for question in needed if any(_is_blank(state, name) for name in question.answers))


def say_what_follows(state: ResponseState, closes_at: dt.datetime | None) -> str:
    """What may still be done with these answers once they are sent; `closes_at`: when the wave ends, if known."""
    words: str
    if not state.may_correct:
        words = gettext("Une fois envoyées, elles ne pourront plus être changées.")
    elif closes_at is None:
        words = gettext("Une fois envoyées, vous pourrez encore les corriger avec votre code, jusqu’à la clôture.")
    else:
        end, language = formats.local(closes_at), formats.language()
        words = gettext(
            "Une fois envoyées, vous pourrez encore les corriger avec votre code, jusqu’au %(date)s à %(time)s.",
            date=formats.date(end, language),
            time=formats.time(end, language),
        )
    return words


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


class _Reviewer:
    """Puts the answers of one response into words."""

    def __init__(self, state: ResponseState) -> None:
        self.state, self.wording, self.notes = state, Wording(state), _notes(state)

    def group(self, pages: list[str]) -> Group:
        """A page, or those of one item, whose words name them."""
        first, state = pages[0], self.state
        title = self.wording.label(first) if len(pages) > 1 else self.wording.title(first)
        items = tuple(self.item(name, page) for page in pages for name in _asked(state, page))
        notes = tuple(self.wording.sentence(problem) for page in pages for problem in self.notes[page])
        return Group(title, items, notes)

    def item(self, name: str, page: str) -> Item:
        question = self.wording.question(name, page)
        text = self.wording.say(question.text, page)
        if isinstance(question, Grid):
            return Item(name, page, text, (), tuple(self.rows(question, page)))
        return Item(name, page, text, self.answers(question, name, page))

    def rows(self, question: Grid, page: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        hidden = self.state.path.hidden.get(question.name, frozenset())
        for key, row in zip(question.answers, question.rows, strict=True):
            if row.name not in hidden:
                yield self.wording.say(row.label, page), self.answers(question, key, page)

    def answers(self, question: Question, name: str, page: str) -> tuple[str, ...]:
        answer = answer_of(self.state, name)
        if answer == () and isinstance(question, Roster):
            return (gettext("aucune ligne"),)
        return self.wording.answers(question, answer, page)
