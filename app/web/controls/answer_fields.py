"""One WTForms field for each answer: from posted strings to an Answer, a blank or Problems.

A field checks shape only, and never raises on what was posted. Fields of several inputs are in `composed_fields`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from wtforms import Field

from questionnaires.model import Absence, Answer, Choice, MultipleChoice, MultipleGrid, NumberGrid, Quantity, Question
from questionnaires.problems import Place, Problem
from questionnaires.validation import check_answer, read_number

NO_OPINION, REFUSED = "nsp", "refus"
ABSENCES: Mapping[str, Absence] = {NO_OPINION: Absence.NO_OPINION, REFUSED: Absence.REFUSED}
"""Posted values that stand for an absence offered by the question."""
CONSENTED = "1"
"""What the box of a consent posts."""
LONGEST_ECHO = 80

# What no keyboard types and a database may refuse: control characters but line feeds, and lone surrogates.
_UNWANTED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean(value: str) -> str:
    """A posted string as it is kept: NFC, line feeds only, no control character, no space around."""
    text = value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return unicodedata.normalize("NFC", _UNWANTED.sub("", text)).strip()


class AnswerField(Field):  # type: ignore[misc]
    """One answer: `data` is the Answer, or None (blank, or wrong: then `problems` says why).

    `typed` is what was posted, cleaned, in the form that the compiled question shows again.
    """

    data: Answer | None

    def __init__(self, question: Question, **options: Any) -> None:
        super().__init__(label="", **options)
        self.question = question
        self.problems: list[Problem] = []
        self.typed: tuple[str, ...] = ()

    @property
    def answers(self) -> dict[str, Answer | None]:
        """Every answer that the field gives; only of use when it has no problem."""
        return {self.name: self.data}

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of these answers, whether they are right or not."""
        return tuple(self.answers)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read what was posted under this name."""
        self.typed = tuple(value for value in (clean(value) for value in valuelist) if value)
        self.data = self._read(self.typed) if self.typed else None
        self._check()

    def _check(self) -> None:
        """Have the core judge the answer; a wrong one is none."""
        if self.data is not None and not self.problems:
            self.problems += check_answer(self.question, self.name, self.data)
        if self.problems:
            self.data = None

    def _read(self, values: tuple[str, ...]) -> Answer | None:
        """The answer of these values, not empty; reports a problem instead when there is none."""
        raise NotImplementedError(type(self).__name__)

    def _report(self, code: str, **data: Any) -> None:
        self._adopt(Problem(code, data=data))

    def _adopt(self, problem: Problem) -> None:
        """Report a problem that was found elsewhere, at this answer."""
        self.problems.append(replace(problem, place=Place(question=self.question.name, variable=self.name)))

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
            self._adopt(self._unknown)
        return found


class CodesField(AnswerField):
    """Any number of known choices, or an absence alone: a multiple choice, a row of a grid of them."""

    def __init__(self, question: MultipleChoice | MultipleGrid, choices: Mapping[str, Choice], **options: Any) -> None:
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
            self._report("choice-exclusive", exclusive=absences[0], others=(words[0][:LONGEST_ECHO],))
            return None
        if absences:
            return ABSENCES[absences[0]]
        word = self._only(words)
        return None if word is None else self._read_words(word)

    def _read_words(self, words: str) -> Answer | None:
        raise NotImplementedError(type(self).__name__)


class NumberField(TypedField):
    """A number as people write it: `1 234,5`, `1234.5`; also a year, a row of numbers."""

    question: Quantity | NumberGrid

    def _read_words(self, words: str) -> Answer | None:
        if words in ABSENCES:  # posted though it is not offered: the core says so
            return ABSENCES[words]
        found = read_number(self.question, words)
        if isinstance(found, Problem):
            self._adopt(found)
            return None
        return found


class TextField(TypedField):
    """Free words."""

    def _read_words(self, words: str) -> Answer | None:
        return words


class WordsField(AnswerField):
    """The words asked beside a choice: nothing stands in their place."""

    def _read(self, values: tuple[str, ...]) -> Answer | None:
        return self._only(values)


class ConsentField(AnswerField):
    """The box of a consent: 1, or a blank; whatever else is posted is no consent."""

    def _read(self, values: tuple[str, ...]) -> Answer | None:
        return int(CONSENTED) if CONSENTED in values else None
