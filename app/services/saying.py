"""Answers as one reads them, in plain text: every type of question has its words, whoever reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from app.services.nomenclatures import commune_label, find
from questionnaires.model import (
    DURATIONS,
    Absence,
    Answer,
    Choice,
    ChoiceGrid,
    Date,
    Duration,
    LocalText,
    Month,
    MultipleChoice,
    MultipleGrid,
    Number,
    NumberGrid,
    Question,
    Ranking,
    Roster,
    SingleChoice,
    Suggester,
    item_name,
    part_name,
    specify_name,
)
from questionnaires.piping import language as writing

Say = Callable[[LocalText], str]
ChoiceQuestion = SingleChoice | MultipleChoice | ChoiceGrid | MultipleGrid


def say_lines(
    question: Question,
    answer: Answer | None,
    language: str,
    absences: Mapping[Absence, str],
    given: Mapping[str, Answer] | None = None,
    say: Say | None = None,
) -> tuple[str, ...]:
    """An answer, one by one: each choice that was made, each rank, each line of a list; nothing when there is none.

    `absences`: the words of those that a question offers. `given` tells what goes with the answer: the words of a
    choice, the name of a place, the lines of a roster. `say` puts the texts of the version into words where they
    hold answers.
    """
    if answer is None:
        return ()
    if isinstance(answer, Absence):
        return (absences[answer],) if answer in absences else ()
    sayer = _Sayer(language, given or {}, say or (lambda text: text.in_(language)))
    return tuple(sayer.say(question, answer))


def join_lines(question: Question, lines: Iterable[str], language: str) -> str:
    """What `say_lines` says, in one line."""
    between = " " if isinstance(question, Ranking) else "\u202f; " if language == "fr" else "; "
    return between.join(lines)


@dataclass(frozen=True, slots=True)
class _Sayer:
    """Puts values into words."""

    language: str
    given: Mapping[str, Answer]
    text: Say

    def say(self, question: Question, answer: Answer) -> Iterable[str]:
        """A value of a question of any type, in as many pieces as it has."""
        match question, answer:
            case SingleChoice() | MultipleChoice() | ChoiceGrid() | MultipleGrid(), int() | tuple():
                return self._choices(question, answer if isinstance(answer, tuple) else (answer,))
            case Ranking(), tuple():
                return self._ranks(question, answer)
            case Roster(), tuple():
                lines = (self.given.get(item_name(question.name, item)) for item in answer)
                return (line if isinstance(line, str) else writing.MISSING for line in lines)
        return (self._value(question, answer),)

    def _value(self, question: Question, answer: Answer) -> str:
        match question, answer:
            case Number() | NumberGrid(), int():
                number = typed_number(answer, question.decimals, self.language)
                return writing.with_unit(number, self.text(question.unit), self.language) if question.unit else number
            case Date(), int():
                return writing.day(answer, self.language)
            case Month(), int():
                return writing.month(answer, self.language)
            case Duration(), int():
                return writing.duration(answer, question.units, DURATIONS[question.units], self.language)
            case Suggester(), str():
                return place_label(question, answer, self.given)
        return str(answer)

    def _choices(self, question: ChoiceQuestion, codes: tuple[int, ...]) -> Iterable[str]:
        known = {choice.code: choice for choice in question.choices}
        return (self._choice(question, known[code]) if code in known else str(code) for code in codes)

    def _choice(self, question: ChoiceQuestion, choice: Choice) -> str:
        """The label of a choice, and the words that were written beside it."""
        words = self.given.get(specify_name(question.name, choice)) if choice.specify is not None else None
        colon = "\u00a0: " if self.language == "fr" else ": "
        return self.text(choice.label) + (f"{colon}{words}" if isinstance(words, str) else "")

    def _ranks(self, question: Ranking, codes: tuple[int, ...]) -> Iterable[str]:
        labels = {choice.code: self.text(choice.label) for choice in question.choices}
        return (f"{rank}.\u00a0{labels.get(code, code)}" for rank, code in enumerate(codes, start=1))


def place_label(question: Suggester, code: Answer, given: Mapping[str, Answer]) -> str:
    """A place by what was stored when it was chosen, else by the list of today, else by its code."""
    name, department = (given.get(part_name(question.name, part)) for part in ("name", "department"))
    if isinstance(name, str) and isinstance(department, str):
        return commune_label(name, department)
    found = find(code) if isinstance(code, str) else None
    return found.label if found is not None else str(code)


def typed_number(value: int, decimals: int, language: str) -> str:
    """A scaled integer as one types it: 12345 with one decimal is `1234,5` in French."""
    if not decimals:
        return str(value)
    digits = str(abs(value)).rjust(decimals + 1, "0")
    mark = "," if language == "fr" else "."
    return ("-" if value < 0 else "") + digits[:-decimals] + mark + digits[-decimals:]
