"""What a simulated person answers to a question: one entry for each type of question."""

from __future__ import annotations

import random
import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch

from questionnaires.model import (
    Absence,
    Allocation,
    Answer,
    Choice,
    ChoiceGrid,
    Date,
    Duration,
    Grid,
    Information,
    Month,
    MultipleChoice,
    MultipleGrid,
    Number,
    NumberGrid,
    Question,
    Ranking,
    Required,
    Roster,
    Score,
    ScoreGrid,
    SingleChoice,
    Suggester,
    Text,
    Value,
    Year,
    item_name,
    part_name,
    specify_name,
)
from questionnaires.problems import Problem

NO_OPINION = 0.05
SKIPPED = 0.03
CONSENTS = 0.7
_WORDS = "Réponse simulée, sans signification."
_SHORT_WORDS = "simulation"
_FORMS: Mapping[str, str] = {
    "email": "reponse.simulee@exemple.fr",
    "phone": "01 02 03 04 05",
    "postcode": "35000",
    "siren": "732 829 320",
    "siret": "732 829 320 00074",
    "url": "https://www.exemple.fr/",
}
# The town hall of Rennes, in the words of the official list.
_PLACE: Mapping[str, Value] = {"name": "Rennes", "department": "35", "region": 53, "cog": 2026}
_PLACE_CODE = "35238"
_SOME_DAY, _SOME_MONTH, _SOME_YEAR = 735_000, 24_150, 2005


@dataclass(frozen=True, slots=True)
class Person:
    """What makes the answers of one simulated person hang together."""

    profile: Mapping[str, int]
    warmth: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is put to a person: what is not offered, and what was wrong with the last attempt."""

    question: Question
    hidden: frozenset[str]
    problems: Mapping[str, Problem]

    def offers(self, choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
        """The choices that are offered."""
        return tuple(choice for choice in choices if choice.name not in self.hidden)


def invent(asked: Asked, person: Person, generator: random.Random) -> dict[str, Answer | None]:
    """An answer for every key of a question; None where it is left blank."""
    question = asked.question
    if isinstance(question, Roster):
        return _lines(question, generator)
    answers = dict(_main(asked, person, generator))
    answers.update(_beside(question, answers))
    if question.consent is not None:
        consents = generator.random() < CONSENTS
        answers[question.consent] = 1 if consents else None
        if not consents:
            answers.update(dict.fromkeys(question.answers))
    return answers


def _main(asked: Asked, person: Person, generator: random.Random) -> dict[str, Answer | None]:
    question = asked.question
    if isinstance(question, Allocation):
        return _shares(question, asked, generator)
    rows = question.rows if isinstance(question, Grid) else ()
    hidden = {part_name(question.name, row.name) for row in rows if row.name in asked.hidden}
    return {name: _one(asked, name, person, generator) for name in question.answers if name not in hidden}


def _one(asked: Asked, name: str, person: Person, generator: random.Random) -> Answer | None:
    question = asked.question
    if name in person.profile:
        return person.profile[name]
    if question.no_opinion and generator.random() < NO_OPINION:
        return Absence.NO_OPINION
    if question.required is not Required.HARD and generator.random() < SKIPPED:
        return None
    return _value(question, asked, name, person, generator)


def _beside(question: Question, answers: Mapping[str, Answer | None]) -> dict[str, Answer | None]:
    """The words of the choices that ask for some, what goes with a place."""
    if isinstance(question, Suggester):
        is_chosen = isinstance(answers[question.name], str)
        return {part_name(question.name, part): value if is_chosen else None for part, value in _PLACE.items()}
    if not isinstance(question, SingleChoice | MultipleChoice):
        return {}
    chosen = answers[question.name]
    codes = chosen if isinstance(chosen, tuple) else (chosen,)
    return {
        specify_name(question.name, choice): _SHORT_WORDS if choice.code in codes else None
        for choice in question.choices
        if choice.specify is not None
    }


@singledispatch
def _value(question: Question, asked: Asked, name: str, person: Person, generator: random.Random) -> Answer | None:
    raise NotImplementedError(type(question).__name__)


@_value.register(Information)
def _nothing(_question: Question, *_: object) -> Answer | None:
    return None


@_value.register(SingleChoice)
@_value.register(ChoiceGrid)
def _choice(
    question: SingleChoice | ChoiceGrid, asked: Asked, _name: str, person: Person, generator: random.Random
) -> Answer | None:
    """A choice of a list that goes from favourable to unfavourable; warm people answer near its beginning."""
    choices = asked.offers(question.choices)
    place = 0.28 * (len(choices) - 1) - 0.4 * person.warmth + generator.gauss(0, len(choices) / 4.2)
    return choices[max(0, min(len(choices) - 1, round(place)))].code


@_value.register(MultipleChoice)
@_value.register(MultipleGrid)
def _choices(
    question: MultipleChoice | MultipleGrid, asked: Asked, _name: str, _person: Person, generator: random.Random
) -> Answer | None:
    choices = asked.offers(question.choices)
    apart = [choice for choice in choices if choice.exclusive]
    together = [choice for choice in choices if not choice.exclusive]
    if apart and (not together or generator.random() < 0.05):
        return (generator.choice(apart).code,)
    most = min(question.maximum or 4, len(together))
    least = min(question.minimum or 1, most)
    return tuple(sorted(choice.code for choice in generator.sample(together, generator.randint(least, most))))


@_value.register
def _ranks(question: Ranking, asked: Asked, _name: str, _person: Person, generator: random.Random) -> Answer | None:
    choices = asked.offers(question.choices)
    return tuple(choice.code for choice in generator.sample(choices, min(question.count, len(choices))))


@_value.register(Score)
@_value.register(ScoreGrid)
def _score(
    question: Score | ScoreGrid, _asked: Asked, name: str, person: Person, generator: random.Random
) -> Answer | None:
    value = round(generator.gauss(6.1 - 0.6 * person.warmth + len(name) % 3 * 0.5, 1.9))
    return max(question.minimum, min(question.maximum, value))


@_value.register(Number)
@_value.register(NumberGrid)
@_value.register(Duration)
def _number(
    question: Number | NumberGrid | Duration, asked: Asked, name: str, _person: Person, generator: random.Random
) -> Answer | None:
    low = question.minimum or 0
    high = low + 40 if question.maximum is None else min(question.maximum, low + 40)
    return _met(asked, name, min(high, low + int(generator.expovariate(0.2))))


@_value.register(Year)
@_value.register(Date)
@_value.register(Month)
def _moment(
    question: Year | Date | Month, asked: Asked, name: str, _person: Person, generator: random.Random
) -> Answer | None:
    usual = _SOME_DAY if isinstance(question, Date) else _SOME_MONTH if isinstance(question, Month) else _SOME_YEAR
    low = usual if question.minimum is None else question.minimum
    high = low + 15 if question.maximum is None else question.maximum
    return _met(asked, name, generator.randint(min(low, high), high))


def _met(asked: Asked, name: str, value: int) -> int:
    """The value, or one that meets the bound that the last attempt crossed."""
    problem = asked.problems.get(name)
    if problem is None or problem.code != "limit-crossed":
        return value
    decimals = asked.question.answer_type.decimals
    limit = _unscaled(problem, "value", decimals)
    return max(limit + {"above": 1, "below": -1}.get(str(problem.data["limit"]), 0), 0)


def _unscaled(problem: Problem, datum: str, decimals: int) -> int:
    """A figure of a problem, brought to the decimals of the question."""
    value, scale = problem.data[datum], problem.data["decimals"]
    assert isinstance(value, int)
    assert isinstance(scale, int)
    return value // int(10 ** (scale - decimals))


@_value.register
def _text(question: Text, _asked: Asked, _name: str, _person: Person, generator: random.Random) -> Answer | None:
    if question.required is not Required.HARD and generator.random() < 0.8:
        return None
    words = _FORMS.get(question.pattern or "", _WORDS if question.long else _SHORT_WORDS)
    return words.ljust(question.minimum or 0, ".")[: question.maximum]


@_value.register
def _place(_question: Suggester, *_: object) -> Answer | None:
    return _PLACE_CODE


def _shares(question: Allocation, asked: Asked, generator: random.Random) -> dict[str, Answer | None]:
    """The total dealt out in two parts or more; what the last attempt said of the total, where a rule gives it."""
    names = [name for name, row in zip(question.answers, question.rows, strict=True) if row.name not in asked.hidden]
    told = asked.problems.get(question.name)
    total = question.total or 0
    if told is not None and told.code == "sum-not-total":
        total = _unscaled(told, "total", question.decimals)
    answers: dict[str, Answer | None] = dict.fromkeys(names)
    for name in names[:-1]:
        if generator.random() < 0.6:
            share = generator.randint(0, total)
            answers[name], total = share, total - share
    answers[names[-1]] = total
    return answers


def _lines(question: Roster, generator: random.Random) -> dict[str, Answer | None]:
    least = max(question.minimum or 0, 1 if question.required is Required.HARD else 0)
    count = generator.randint(least, max(least, min(3, question.maximum)))
    ids = tuple(range(1, count + 1))
    words = {item_name(question.name, one): f"Simulation {string.ascii_uppercase[one % 26]}" for one in ids}
    return {question.name: ids or None, **words}
