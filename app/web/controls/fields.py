"""Forms: from posted strings to answers, one WTForms field for each answer of a page.

A field checks shape only; it gives an Answer, None when left blank, or Problems of the catalogue, and never
raises on what was posted. Meaning (required, bounds across answers, checks) is for `questionnaires.validation`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import singledispatch
from typing import Any

from wtforms import Field
from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm

from questionnaires.model import (
    Absence,
    Answer,
    Choice,
    ChoiceGrid,
    MultipleChoice,
    Number,
    Question,
    Questionnaire,
    Score,
    ScoreGrid,
    SingleChoice,
    Text,
)
from questionnaires.problems import Place, Problem
from questionnaires.validation import check_answer, read_number

NO_OPINION, REFUSED = "nsp", "refus"
ABSENCES: Mapping[str, Absence] = {NO_OPINION: Absence.NO_OPINION, REFUSED: Absence.REFUSED}
"""Posted values that stand for an absence offered by the question."""

# What no keyboard types and a database may refuse: control characters but line feeds, and lone surrogates.
_UNWANTED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class AnswerField(Field):  # type: ignore[misc]
    """One answer: `data` is the Answer, or None (blank, or wrong: then `problems` says why)."""

    data: Answer | None

    def __init__(self, question: Question, **options: Any) -> None:
        super().__init__(label="", **options)
        self.question = question
        self.problems: list[Problem] = []
        self.typed: tuple[str, ...] = ()

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read what was posted under this name."""
        self.typed = tuple(value for value in (clean(value) for value in valuelist) if value)
        self.data = self._read(self.typed) if self.typed else None
        if self.data is not None:
            self.problems += check_answer(self.question, self.name, self.data)
        if self.problems:
            self.data = None

    def _read(self, values: tuple[str, ...]) -> Answer | None:
        """The answer of these values, not empty; reports a problem instead when there is none."""
        raise NotImplementedError(type(self).__name__)

    def _report(self, code: str, **data: Any) -> None:
        place = Place(question=self.question.name, variable=self.name)
        self.problems.append(Problem(code, place, data=data))

    def _only(self, values: tuple[str, ...]) -> str | None:
        """The one value of a field that has one; a browser never posts two that differ."""
        if len(set(values)) == 1:
            return values[0]
        self._report("answer-malformed")
        return None


class CodeField(AnswerField):
    """One of known values: a single choice, a score, a row of a grid."""

    def __init__(self, question: Question, known: Mapping[str, Answer], unknown: Problem, **options: Any) -> None:
        super().__init__(question, **options)
        self._known, self._unknown = known, unknown

    def _read(self, values: tuple[str, ...]) -> Answer | None:
        value = self._only(values)
        if value is None:
            return None
        if value in ABSENCES:
            return ABSENCES[value]
        found = self._known.get(value)
        if found is None:
            place = Place(question=self.question.name, variable=self.name)
            self.problems.append(Problem(self._unknown.code, place, data=self._unknown.data))
        return found


class CodesField(AnswerField):
    """Any number of known choices, or an absence alone."""

    def __init__(self, question: MultipleChoice, choices: Mapping[str, Choice], **options: Any) -> None:
        super().__init__(question, **options)
        self._choices = choices

    def _read(self, values: tuple[str, ...]) -> Answer | None:
        absences = [value for value in values if value in ABSENCES]
        chosen = {value: self._choices.get(value) for value in values if value not in ABSENCES}
        if not all(chosen.values()):
            self._report("choice-unknown")
            return None
        found = [choice for choice in chosen.values() if choice is not None]
        if absences:
            others = tuple(choice.name for choice in found) + tuple(sorted(set(absences))[1:])
            if others:
                self._report("choice-exclusive", exclusive=min(absences), others=others)
                return None
            return ABSENCES[absences[0]]
        return tuple(sorted(choice.code for choice in found))


class TypedField(AnswerField):
    """Something typed, with an absence beside it that takes its place."""

    def _read(self, values: tuple[str, ...]) -> Answer | None:
        offered = {value for value, absence in ABSENCES.items() if absence in self.question.offered}
        absences = [value for value in values if value in offered]
        words = tuple(value for value in values if value not in offered)
        if absences and words:
            self._report("choice-exclusive", exclusive=absences[0], others=(words[0][:80],))
            return None
        if absences:
            return ABSENCES[absences[0]]
        word = self._only(words)
        return None if word is None else self._read_words(word)

    def _read_words(self, words: str) -> Answer | None:
        raise NotImplementedError(type(self).__name__)


class NumberField(TypedField):
    """A number as people write it: `1 234,5`, `1234.5`."""

    question: Number

    def _read_words(self, words: str) -> Answer | None:
        if words in ABSENCES:  # posted though it is not offered: the core says so
            return ABSENCES[words]
        found = read_number(self.question, words)
        if isinstance(found, Problem):
            self.problems.append(found)
            return None
        return found


class TextField(TypedField):
    """Free words."""

    question: Text

    def _read_words(self, words: str) -> Answer | None:
        return words


class PageForm(BaseForm):  # type: ignore[misc]
    """The posted answers of a page: those of `names` only."""

    def __init__(self, fields: Mapping[str, UnboundField], formdata: Any) -> None:
        super().__init__(fields)
        self.process(formdata)

    def __iter__(self) -> Iterator[AnswerField]:
        return iter(self._fields.values())

    @property
    def answers(self) -> dict[str, Answer | None]:
        """The answers that are valid by themselves; None where left blank; wrong ones are left out."""
        return {field.name: field.data for field in self if not field.problems}

    @property
    def problems(self) -> list[Problem]:
        """What is wrong by itself, in the order of the page."""
        return [problem for field in self for problem in field.problems]

    @property
    def typed(self) -> dict[str, tuple[str, ...]]:
        """What was posted, cleaned, to be shown again as it was."""
        return {field.name: field.typed for field in self}


def read_page(questionnaire: Questionnaire, page: str, names: Collection[str], formdata: Any) -> PageForm:
    """Read what was posted for these answer names of a page; `formdata` is a MultiDict."""
    fields = questionnaire.derive(_fields)[page]
    return PageForm({name: field for name, field in fields.items() if name in names}, formdata)


def clean(value: str) -> str:
    """A posted string as it is kept: NFC, line feeds only, no control character, no space around."""
    text = value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return unicodedata.normalize("NFC", _UNWANTED.sub("", text)).strip()


def typed_number(value: int, decimals: int, language: str) -> str:
    """A scaled integer as one types it: 12345 with one decimal is `1234,5` in French."""
    if not decimals:
        return str(value)
    digits = str(abs(value)).rjust(decimals + 1, "0")
    mark = "," if language == "fr" else "."
    return ("-" if value < 0 else "") + digits[:-decimals] + mark + digits[-decimals:]


def _fields(questionnaire: Questionnaire) -> dict[str, dict[str, UnboundField]]:
    """Page -> answer name -> field, built once for each version."""
    return {
        page.name: {name: make_field(question) for question in page.questions for name in question.answers}
        for page in questionnaire.pages
    }


@singledispatch
def make_field(question: Question) -> UnboundField:
    """The field of each answer of a question: one entry for each type."""
    raise NotImplementedError(type(question).__name__)


@make_field.register(SingleChoice)
@make_field.register(ChoiceGrid)
def _make_choice(question: SingleChoice | ChoiceGrid) -> UnboundField:
    known = {str(choice.code): choice.code for choice in question.choices}
    return CodeField(question, known, Problem("choice-unknown"))


@make_field.register(Score)
@make_field.register(ScoreGrid)
def _make_score(question: Score | ScoreGrid) -> UnboundField:
    known = {str(score): score for score in range(question.minimum, question.maximum + 1)}
    bounds = {"minimum": question.minimum, "maximum": question.maximum}
    return CodeField(question, known, Problem("score-unknown", data=bounds))


@make_field.register
def _make_multiple(question: MultipleChoice) -> UnboundField:
    return CodesField(question, {str(choice.code): choice for choice in question.choices})


@make_field.register
def _make_number(question: Number) -> UnboundField:
    return NumberField(question)


@make_field.register
def _make_text(question: Text) -> UnboundField:
    return TextField(question)
