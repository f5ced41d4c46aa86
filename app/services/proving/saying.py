"""A respondent of a proof in words: page after page, what is asked and what is answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile

from app.services import codebooks
from questionnaires import codebook, piping, routing
from questionnaires.codebook import Variable, VariableKind
from questionnaires.model import Absence, Answer, LocalText, Questionnaire, item_name, split_item
from questionnaires.proofs.respondents import Respondent

_STARTS = ("Au départ", "At the start")
_ARM = ("groupe de l’expérience {}", "arm of experiment {}")
_MODE = ("mode", "mode")
LONGEST = 60
"""Of the text of a question: it is told by its name too."""


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: the variable, the words of its question, those of the answer."""

    variable: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Step:
    """One page of a journey; the name is empty for what is known at the start."""

    page: str
    title: str
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Journey:
    """A respondent from the start to the end, an exit (its name), or the page where the answers end."""

    steps: tuple[Step, ...]
    exit: str | None
    until: str | None


def journey(questionnaire: Questionnaire, respondent: Respondent, language: str) -> Journey:
    """The way of a respondent; what they were asked and left blank is said as such."""
    path = routing.path(questionnaire, respondent.context, respondent.given)
    pages = list(takewhile(lambda page: page != respondent.until, path.pages))
    if respondent.until in path.pages:
        pages.append(str(respondent.until))
    sayer = _Sayer(questionnaire, language, respondent.given)
    started = sayer.start(respondent)
    steps = [Step("", codebooks.in_language(_STARTS, language), started)] if started else []
    for page in pages:
        title = sayer.local(questionnaire.page(split_item(page)[0]).title)
        answers = tuple(one for name in path.shown[page] for one in sayer.question(name))
        steps.append(Step(page, title, answers))
    return Journey(tuple(steps), None if path.exit is None else path.exit.name, respondent.until)


class _Sayer:
    """Puts the answers of one respondent into words."""

    def __init__(self, questionnaire: Questionnaire, language: str, given: Mapping[str, Answer]) -> None:
        self._questionnaire, self._language, self._given = questionnaire, language, given
        of_items = codebook.item_variables(questionnaire)
        everything = [*codebook.variables(questionnaire), *(one for of in of_items.values() for one in of)]
        self._variables = {one.name: one for one in everything}

    def local(self, text: LocalText | None) -> str:
        """A text of the version, its insertions named."""
        return "" if text is None else piping.outline(text.in_(self._language), named=True)

    def start(self, respondent: Respondent) -> tuple[Said, ...]:
        """What is decided before the first page: mode, arms, what whoever invited knows."""
        context, language = respondent.context, self._language
        found = []
        if context.mode != "web":
            found.append(Said("mode", codebooks.in_language(_MODE, language), context.mode))
        for name, arm in context.arms.items():
            found.append(Said(name, codebooks.in_language(_ARM, language).format(name), arm))
        for name, value in context.external.items():
            found.append(Said(name, name, self._value(self._variables.get(name), value)))
        return tuple(found)

    def question(self, name: str) -> Iterator[Said]:
        """Each answer of a question that is given; names of items keep their mark."""
        plain, item = split_item(name)
        question = self._questionnaire.question(plain)
        text = self.local(question.text)
        text = text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"
        consent = () if question.consent is None else (question.consent,)
        for answer in (*question.answers, *consent):
            key = answer if item is None else item_name(answer, item)
            if key in self._given:
                yield Said(key, text, self._answer(answer, self._given[key]))

    def _answer(self, name: str, answer: Answer) -> str:
        if isinstance(answer, Absence):
            return codebooks.in_language(codebooks.ABSENCES[answer], self._language)
        if isinstance(answer, tuple):
            between = "\u202f; " if self._language == "fr" else "; "
            return between.join(self._choice(name, code) for code in answer)
        return self._value(self._variables.get(name), answer)

    def _value(self, variable: Variable | None, value: object) -> str:
        """A value of a variable: the label of a code, a number with its decimals, else as it is kept."""
        if variable is None or not isinstance(value, int):
            return str(value)
        labels = dict(variable.codes)
        if value in labels:
            return self.local(labels[value])
        if variable.kind is VariableKind.NUMBER and variable.decimals:
            mark = "," if self._language == "fr" else "."
            digits = str(abs(value)).rjust(variable.decimals + 1, "0")
            sign = "-" if value < 0 else ""
            return f"{sign}{digits[: -variable.decimals]}{mark}{digits[-variable.decimals :]}"
        return str(value)

    def _choice(self, answer: str, code: int) -> str:
        """A choice of several: the label of its own variable."""
        question = self._questionnaire.question_of(answer)
        choices = getattr(question, "choices", ())
        return next((self.local(one.label) for one in choices if one.code == code), str(code))
