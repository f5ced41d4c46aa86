"""A respondent of a proof in words, for pages and for the command line: page after page, what is asked and answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from app.services import codebooks, saying
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

_ABSENCES = (Absence.NO_OPINION, Absence.REFUSED)
_MODE = ("mode", "mode")


@dataclass(frozen=True, slots=True)
class Step:
    """One answer: the page where it is given, the question, what is said.

    `page`: its plain name; `at`: with the item, of a page that is repeated. `name`: the question as the version names
    it; `variable`: where the answer is kept. `row`: of a grid, the row. An empty `answer` is none.
    """

    page: str
    at: str
    title: str
    name: str
    variable: str
    question: str
    answer: str
    row: str = ""


@dataclass(frozen=True, slots=True)
class Journey:
    """A respondent in words. `known`: what is known before the first page; `pages`: how many are gone through.

    `exit`: the name and the title of the page where they are sent out, if they are; `until`: where the answers end
    on the way.
    """

    known: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]
    pages: int
    exit: tuple[str, str] | None
    until: str | None


def journey(questionnaire: Questionnaire, respondent: Respondent, language: str) -> Journey:
    """The journey of a respondent through a version, in a language of the version."""
    teller = _Teller(questionnaire, respondent, language)
    found = teller.path
    pages = tuple(_until(found.pages, respondent.until))
    steps = tuple(step for page in pages for step in teller.steps(page))
    left = (found.exit.name, found.exit.title.in_(language)) if found.exit and respondent.until is None else None
    return Journey(tuple(teller.known_words()), steps, len(pages), left, respondent.until)


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
        """How they are asked, drawn groups and variables known before, each with its value."""
        context = self.respondent.context
        if context.mode != "web":
            yield codebooks.in_language(_MODE, self.language), context.mode
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
                said = self._answer(question, key, page)
                yield Step(base, page, title, split_item(name)[0], key, text, said, row)

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
        given = self.respondent.given
        absences = {one: codebooks.in_language(codebooks.ABSENCES[one], self.language) for one in _ABSENCES}
        say = partial(self.say, page=page)
        lines = saying.say_lines(question, given.get(name), self.language, absences, given, say)
        return saying.join_lines(question, lines, self.language)
