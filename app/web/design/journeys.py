"""A respondent that a proof invented, as one reads them: page after page, each question with its answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.web.controls.saying import say_answer
from questionnaires import piping, routing
from questionnaires.model import (
    Absence,
    Answer,
    Grid,
    Information,
    LocalText,
    Question,
    Questionnaire,
    split_item,
)
from questionnaires.proofs.respondents import Respondent
from questionnaires.routing import Path


@dataclass(frozen=True, slots=True)
class Step:
    """One answer: the page where it is given (its plain name, for its preview), the question, what is said.

    `row`: of a grid, the row. `name`: the question as the version names it. An empty `answer` is none.
    """

    page: str
    title: str
    name: str
    question: str
    answer: str
    row: str = ""


@dataclass(frozen=True, slots=True)
class Journey:
    """A respondent in words. `known`: what is known before the first page; `pages`: how many are gone through.

    `exit`: the title of the page where they are sent out, if they are; `stops`: whether the answers end on the way.
    """

    known: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]
    pages: int
    exit: str
    stops: bool


def journey(questionnaire: Questionnaire, respondent: Respondent, language: str) -> Journey:
    """The journey of a respondent through a version, in a language of the version."""
    teller = _Teller(questionnaire, respondent, language)
    found = teller.path
    pages = tuple(_until(found.pages, respondent.until))
    steps = tuple(step for page in pages for step in teller.steps(page))
    exit_title = "" if found.exit is None or respondent.until is not None else found.exit.title.in_(language)
    return Journey(tuple(teller.known_words()), steps, len(pages), exit_title, respondent.until is not None)


def answers_on(questionnaire: Questionnaire, respondent: Respondent, page: str) -> Mapping[str, Answer]:
    """What a respondent answers on a page, by the names of its answers."""
    names = {name for question in questionnaire.page(page).questions for name in question.answers}
    return {name: answer for name, answer in respondent.given.items() if split_item(name)[0] in names}


def _until(pages: Iterable[str], last: str | None) -> Iterator[str]:
    """The pages up to `last`, which is one of them; all of them without."""
    for page in pages:
        yield page
        if page == last:
            return


class _Teller:
    """Puts one respondent into words; texts that hold answers hold theirs."""

    def __init__(self, questionnaire: Questionnaire, respondent: Respondent, language: str) -> None:
        self.questionnaire, self.respondent, self.language = questionnaire, respondent, language
        self.path: Path = routing.path(questionnaire, respondent.context, respondent.given)
        self.known = routing.known_answers(questionnaire, respondent.context, self.path)

    def say(self, text: LocalText, page: str) -> str:
        if not piping.is_piped(text):
            return text.in_(self.language)
        known = routing.known_at(self.questionnaire, self.known, page)
        scope, item = self.questionnaire.repeat_of(split_item(page)[0]), split_item(page)[1]
        return piping.render(text, self.language, self.questionnaire, known, item, scope)

    def known_words(self) -> Iterator[tuple[str, str]]:
        """Drawn groups and variables known before, each with its value."""
        context = self.respondent.context
        for experiment in self.questionnaire.experiments:
            labels = {arm.name: arm.label.in_(self.language) for arm in experiment.arms}
            if (arm := context.arms.get(experiment.name)) is not None:
                yield experiment.label.in_(self.language), labels.get(arm, arm)
        for one in self.questionnaire.context:
            if (value := context.external.get(one.name)) is not None:
                names = {choice.code: choice.label.in_(self.language) for choice in one.choices}
                yield one.label.in_(self.language), str(names.get(value, value) if isinstance(value, int) else value)

    def steps(self, page: str) -> Iterator[Step]:
        """The questions of a page that are shown to them."""
        base = split_item(page)[0]
        title = self.say(self.questionnaire.page(base).title, page)
        for name in self.path.shown.get(page, ()):
            question = self.questionnaire.question(name)
            if isinstance(question, Information):
                continue
            if question.variants:
                question = routing.wording(self.questionnaire, name, self.known)
            text = self.say(question.text, page)
            for key, row in self._parts(question, name, page):
                yield Step(base, title, split_item(name)[0], text, self._answer(question, key, page), row)

    def _parts(self, question: Question, name: str, page: str) -> Iterator[tuple[str, str]]:
        """The question itself, or the rows of a grid that are offered: name of the answer, words of the row."""
        if not isinstance(question, Grid):
            yield name, ""
            return
        hidden = self.path.hidden.get(name, frozenset())
        for key, row in zip(question.answers, question.rows, strict=True):
            if row.name not in hidden:
                yield key, self.say(row.label, page)

    def _answer(self, question: Question, name: str, page: str) -> str:
        answer = self.respondent.given.get(name)
        shown = None if answer is Absence.SKIPPED else answer
        return say_answer(question, shown, self.language, self.respondent.given, lambda text: self.say(text, page))
