"""The codebook of a version: its variables, their codes, who is asked, and why a value may be missing.

A choice of a multiple question, a row of a grid and a computed variable are each a variable.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import singledispatch
from typing import NamedTuple

from .expressions import Absence, Expression
from .model import (
    Choice,
    ChoiceGrid,
    Computed,
    LocalText,
    MultipleChoice,
    Number,
    Question,
    Questionnaire,
    Required,
    Score,
    ScoreGrid,
    SingleChoice,
    Text,
)
from .routing import Path, conjunction

Codes = tuple[tuple[int, LocalText], ...]
_NO = {"fr": "Non", "en": "No"}
_YES = {"fr": "Oui", "en": "Yes"}


class VariableKind(StrEnum):
    """What the values of a variable are."""

    CATEGORY = "category"
    INDICATOR = "indicator"
    NUMBER = "number"
    SCORE = "score"
    TEXT = "text"
    COMPUTED = "computed"


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of the version's files. `question` is empty for a computed one.

    `label` is what tells it from its neighbours: the text of the question, of the row, of the choice.
    `universe` is the rule of who is asked, None for everybody before any exit. Values are times 10**decimals.
    """

    name: str
    question: str
    kind: VariableKind
    label: LocalText
    codes: Codes = ()
    absences: tuple[Absence, ...] = ()
    universe: Expression | None = None
    concept: str | None = None
    decimals: int = 0
    row: str | None = None
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A response as its variables: each one is in exactly one of the two."""

    values: dict[str, int | str]
    absences: dict[str, int]


class _Column(NamedTuple):
    """Where a variable comes from: an answer and, for an indicator, the code that makes it 1."""

    name: str
    answer: str
    code: int | None


def variables(questionnaire: Questionnaire) -> tuple[Variable, ...]:
    """All variables, in the order of the questions, then the computed ones."""
    return questionnaire.derive(_variables)


def record(questionnaire: Questionnaire, path: Path) -> Record:
    """The variables of a response. An absent multiple question gives its cause for each of its choices."""
    values: dict[str, int | str] = {}
    absences: dict[str, int] = {}
    effective, causes = path.effective, path.causes
    for name, answer, code in questionnaire.derive(_columns):
        value = effective.get(answer)
        if value is None:
            absences[name] = int(causes[answer])
        elif isinstance(value, tuple):
            values[name] = int(code in value)
        else:
            values[name] = value
    return Record(values, absences)


def _variables(questionnaire: Questionnaire) -> tuple[Variable, ...]:
    found: list[Variable] = []
    has_exit = False
    for section in questionnaire.sections:
        for page in section.pages:
            for question in page.questions:
                universe = conjunction(section.when, page.when, question.when)
                shared = Variable(
                    question.name,
                    question.name,
                    VariableKind.CATEGORY,
                    question.text,
                    absences=_absences(question, universe is not None, has_exit),
                    universe=universe,
                    concept=question.concept,
                )
                found += _variables_of(question, shared, questionnaire)
            has_exit = has_exit or bool(page.exits)
    found += [_computed(one, has_exit) for one in questionnaire.computed]
    return tuple(found)


def _columns(questionnaire: Questionnaire) -> tuple[_Column, ...]:
    columns: list[_Column] = []
    for question in questionnaire.questions:
        if isinstance(question, MultipleChoice):
            pairs = zip(question.columns, question.choices, strict=True)
            columns += [_Column(name, question.name, choice.code) for name, choice in pairs]
        else:
            columns += [_Column(name, name, None) for name in question.answers]
    columns += [_Column(one.name, one.name, None) for one in questionnaire.computed]
    return tuple(columns)


def _absences(question: Question, is_conditional: bool, has_exit: bool) -> tuple[Absence, ...]:
    """The causes that its value can be missing for, within this version."""
    possible = {
        Absence.NOT_REACHED: True,
        Absence.NOT_ROUTED: is_conditional,
        Absence.SKIPPED: question.required is not Required.HARD,
        Absence.NO_OPINION: question.no_opinion,
        Absence.REFUSED: question.refusal,
        Absence.SCREENED_OUT: has_exit,
        Absence.BROKE_OFF: True,
        Absence.WITHDRAWN: True,
    }
    return tuple(absence for absence, is_possible in possible.items() if is_possible)


def _computed(one: Computed, has_exit: bool) -> Variable:
    # It takes the cause of its sources, so every cause but that of another version is possible.
    never = {Absence.NOT_IN_VERSION} | (set() if has_exit else {Absence.SCREENED_OUT})
    absences = tuple(absence for absence in Absence if absence not in never)
    return Variable(
        one.name,
        "",
        VariableKind.COMPUTED,
        one.label,
        absences=absences,
        concept=one.concept,
        decimals=one.decimals,
    )


def _choice_codes(choices: tuple[Choice, ...]) -> Codes:
    return tuple((choice.code, choice.label) for choice in choices)


@singledispatch
def _variables_of(question: Question, shared: Variable, questionnaire: Questionnaire) -> list[Variable]:
    """The variables of a question from what they share; one entry for each type of question."""
    raise NotImplementedError(type(question).__name__)


@_variables_of.register
def _of_single(question: SingleChoice, shared: Variable, _: Questionnaire) -> list[Variable]:
    return [replace(shared, codes=_choice_codes(question.choices))]


@_variables_of.register
def _of_multiple(question: MultipleChoice, shared: Variable, questionnaire: Questionnaire) -> list[Variable]:
    def in_languages(words: dict[str, str]) -> LocalText:
        return LocalText({one: words.get(one, words["fr"]) for one in questionnaire.languages})

    codes = ((0, in_languages(_NO)), (1, in_languages(_YES)))
    return [
        replace(shared, name=name, kind=VariableKind.INDICATOR, label=choice.label, codes=codes)
        for name, choice in zip(question.columns, question.choices, strict=True)
    ]


@_variables_of.register
def _of_score(question: Score, shared: Variable, _: Questionnaire) -> list[Variable]:
    kind = VariableKind.SCORE
    return [replace(shared, kind=kind, minimum=question.minimum, maximum=question.maximum)]


@_variables_of.register
def _of_score_grid(question: ScoreGrid, shared: Variable, _: Questionnaire) -> list[Variable]:
    score = replace(shared, kind=VariableKind.SCORE, minimum=question.minimum, maximum=question.maximum)
    return _of_rows(question, score)


@_variables_of.register
def _of_choice_grid(question: ChoiceGrid, shared: Variable, _: Questionnaire) -> list[Variable]:
    return _of_rows(question, replace(shared, codes=_choice_codes(question.choices)))


def _of_rows(question: ScoreGrid | ChoiceGrid, shared: Variable) -> list[Variable]:
    return [
        replace(shared, name=name, label=row.label, row=row.name)
        for name, row in zip(question.answers, question.rows, strict=True)
    ]


@_variables_of.register
def _of_number(question: Number, shared: Variable, _: Questionnaire) -> list[Variable]:
    bounds = replace(shared, minimum=question.minimum, maximum=question.maximum)
    return [replace(bounds, kind=VariableKind.NUMBER, decimals=question.decimals)]


@_variables_of.register
def _of_text(_question: Text, shared: Variable, _: Questionnaire) -> list[Variable]:
    return [replace(shared, kind=VariableKind.TEXT)]
