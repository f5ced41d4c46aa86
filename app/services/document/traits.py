"""What a type of question adds: its name, its bounds, what may be answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import singledispatch

from app.services.document.scribe import Scribe, code
from questionnaires.model import (
    DURATIONS,
    Allocation,
    ChoiceGrid,
    Consent,
    Date,
    Duration,
    Information,
    Likert,
    Month,
    MultipleChoice,
    MultipleGrid,
    Number,
    NumberGrid,
    Order,
    Quantity,
    Question,
    Ranking,
    Required,
    Roster,
    Score,
    ScoreGrid,
    SingleChoice,
    Suggester,
    Text,
    Year,
    YesNo,
)
from questionnaires.piping import language as writing

_WORDS: Mapping[str, tuple[str, str]] = {
    "single": ("Choix unique", "Single choice"),
    "likert": ("Échelle de Likert", "Likert scale"),
    "neutral": ("milieu : {}", "middle: {}"),
    "yes-no": ("Oui ou non", "Yes or no"),
    "consent": ("Consentement", "Consent"),
    "multiple": ("Choix multiple", "Multiple choice"),
    "ranking": ("Classement", "Ranking"),
    "all": ("de toutes les réponses", "of all the choices"),
    "top": ("des {} premières", "of the first {}"),
    "score": ("Note de {} ({}) à {} ({})", "Score from {} ({}) to {} ({})"),
    "score-grid": ("Grille de notes de {} ({}) à {} ({})", "Grid of scores from {} ({}) to {} ({})"),
    "choice-grid": ("Grille de choix uniques", "Grid of single choices"),
    "multiple-grid": ("Grille de choix multiples", "Grid of multiple choices"),
    "number-grid": ("Grille de nombres", "Grid of numbers"),
    "allocation": ("Répartition d’un total de {}", "Allocation of a total of {}"),
    "number": ("Nombre", "Number"),
    "date": ("Date", "Date"),
    "month": ("Mois", "Month"),
    "year": ("Année", "Year"),
    "duration": ("Durée en {}", "Duration in {}"),
    "text": ("Texte court", "Short text"),
    "long": ("Texte long", "Long text"),
    "suggester": ("Recherche dans la liste officielle {}", "Search in the official list {}"),
    "roster": ("Liste que le répondant compose, une ligne pour {}", "List made by the respondent, one line for {}"),
    "information": ("Information", "Information"),
    "unit": ("unité : {}", "unit: {}"),
    "decimals": ("décimales : {}", "decimals: {}"),
    "pattern": ("forme : {}", "form: {}"),
    "between": ("de {} à {}", "from {} to {}"),
    "least": ("au moins {}", "at least {}"),
    "most": ("au plus {}", "at most {}"),
    "answers": ("{} réponses", "{} answers"),
    "characters": ("{} caractères", "{} characters"),
    "lines": ("{} lignes", "{} lines"),
    "at_least": ("au moins : {}", "at least: {}"),
    "at_most": ("au plus : {}", "at most: {}"),
    "above": ("au-dessus de : {}", "above: {}"),
    "below": ("au-dessous de : {}", "below: {}"),
    "hard": ("réponse nécessaire", "answer required"),
    "soft": ("réponse recommandée", "answer recommended"),
    "no": ("réponse facultative", "answer optional"),
    "no opinion": ("« Je ne me prononce pas » proposé", "“No opinion” offered"),
    "refusal": ("refus proposé", "refusal offered"),
    "sensitive": ("sensible, avec un consentement propre", "sensitive, with a consent of its own"),
    "prefill": ("prérempli par {}", "prefilled from {}"),
    "random": ("dans un ordre tiré au sort", "in a random order"),
    "reversed": ("à l’envers pour une moitié des répondants", "upside down for half of the respondents"),
}
_ABSENT = (Order.FIXED, None)
Traits = list[str]


def traits(question: Question, scribe: Scribe) -> Traits:
    """The type with what it adds, then what every question has."""
    found = _of_type(question, scribe)
    order = getattr(question, "order", None)
    if order not in _ABSENT:
        found.append(scribe.say(_WORDS[str(order)]))
    if isinstance(question, Information):
        return found
    required = Required.NO if question.sensitive else question.required
    found.append(scribe.say(_WORDS[str(required)]))
    is_so = {"no opinion": question.no_opinion, "refusal": question.refusal, "sensitive": question.sensitive}
    found += [scribe.say(_WORDS[name]) for name, holds in is_so.items() if holds]
    if question.prefill is not None:
        found.append(scribe.say(_WORDS["prefill"], code(question.prefill)))
    return found


def _bounds(
    scribe: Scribe, low: int | None, high: int | None, write: Callable[[int], str] = str, counted: str | None = None
) -> Traits:
    """« de 1 à 3 », « au moins 1 », « au plus 3 », of something that is counted or not."""
    if low is not None and high is not None:
        said = scribe.say(_WORDS["between"], write(low), write(high))
    elif low is not None:
        said = scribe.say(_WORDS["least"], write(low))
    elif high is not None:
        said = scribe.say(_WORDS["most"], write(high))
    else:
        return []
    return [said if counted is None else scribe.say(_WORDS[counted], said)]


@singledispatch
def _of_type(question: Question, scribe: Scribe) -> Traits:
    """The traits of a type; one entry for each."""
    raise NotImplementedError(type(question).__name__)


@_of_type.register
def _single(_: SingleChoice, scribe: Scribe) -> Traits:
    return [scribe.say(_WORDS["single"])]


@_of_type.register
def _likert(question: Likert, scribe: Scribe) -> Traits:
    neutral = [one.label for one in question.choices if one.name == question.neutral]
    return [scribe.say(_WORDS["likert"]), *(scribe.say(_WORDS["neutral"], scribe.quoted(one)) for one in neutral)]


@_of_type.register
def _yes_no(_: YesNo, scribe: Scribe) -> Traits:
    return [scribe.say(_WORDS["yes-no"])]


@_of_type.register
def _consent(_: Consent, scribe: Scribe) -> Traits:
    return [scribe.say(_WORDS["consent"])]


@_of_type.register
def _multiple(question: MultipleChoice, scribe: Scribe) -> Traits:
    return [scribe.say(_WORDS["multiple"]), *_bounds(scribe, question.minimum, question.maximum, counted="answers")]


@_of_type.register
def _ranking(question: Ranking, scribe: Scribe) -> Traits:
    is_whole = question.count == len(question.choices)
    return [
        f"{scribe.say(_WORDS['ranking'])} {scribe.say(_WORDS['all' if is_whole else 'top'], question.count)}",
    ]


@_of_type.register
def _score(question: Score, scribe: Scribe) -> Traits:
    low, high = scribe.quoted(question.low), scribe.quoted(question.high)
    return [scribe.say(_WORDS["score"], question.minimum, low, question.maximum, high)]


@_of_type.register
def _score_grid(question: ScoreGrid, scribe: Scribe) -> Traits:
    low, high = scribe.quoted(question.low), scribe.quoted(question.high)
    return [scribe.say(_WORDS["score-grid"], question.minimum, low, question.maximum, high)]


@_of_type.register
def _choice_grid(_: ChoiceGrid, scribe: Scribe) -> Traits:
    return [scribe.say(_WORDS["choice-grid"])]


@_of_type.register
def _multiple_grid(question: MultipleGrid, scribe: Scribe) -> Traits:
    bounds = _bounds(scribe, question.minimum, question.maximum, counted="answers")
    return [scribe.say(_WORDS["multiple-grid"]), *bounds]


def _measure(question: Number | NumberGrid, scribe: Scribe) -> Traits:
    """Bounds, decimals and unit."""

    def write(value: int) -> str:
        return writing.number(value, question.decimals, scribe.language)

    found = _bounds(scribe, question.minimum, question.maximum, write)
    if question.decimals:
        found.append(scribe.say(_WORDS["decimals"], question.decimals))
    if question.unit is not None:
        found.append(scribe.say(_WORDS["unit"], scribe.text(question.unit)))
    return found


@_of_type.register
def _number_grid(question: NumberGrid, scribe: Scribe) -> Traits:
    return [scribe.say(_WORDS["number-grid"]), *_measure(question, scribe)]


@_of_type.register
def _allocation(question: Allocation, scribe: Scribe) -> Traits:
    total = "…"
    if question.total is not None:
        total = writing.number(question.total, question.decimals, scribe.language)
    elif question.total_from is not None:
        total = scribe.rule(question.total_from)
    return [scribe.say(_WORDS["allocation"], total), *_measure(question, scribe)]


def _limits(question: Quantity, scribe: Scribe) -> Traits:
    """The bounds that other answers give."""
    return [scribe.say(_WORDS[name], scribe.rule(rule)) for name, rule in question.limits.items()]


@_of_type.register
def _number(question: Number, scribe: Scribe) -> Traits:
    return [scribe.say(_WORDS["number"]), *_measure(question, scribe), *_limits(question, scribe)]


@_of_type.register
def _date(question: Date, scribe: Scribe) -> Traits:
    bounds = _bounds(scribe, question.minimum, question.maximum, lambda one: writing.day(one, scribe.language))
    return [scribe.say(_WORDS["date"]), *bounds, *_limits(question, scribe)]


@_of_type.register
def _month(question: Month, scribe: Scribe) -> Traits:
    bounds = _bounds(scribe, question.minimum, question.maximum, lambda one: writing.month(one, scribe.language))
    return [scribe.say(_WORDS["month"]), *bounds, *_limits(question, scribe)]


@_of_type.register
def _year(question: Year, scribe: Scribe) -> Traits:
    bounds = _bounds(scribe, question.minimum, question.maximum)
    return [scribe.say(_WORDS["year"]), *bounds, *_limits(question, scribe)]


@_of_type.register
def _duration(question: Duration, scribe: Scribe) -> Traits:
    def write(value: int) -> str:
        return writing.duration(value, question.units, DURATIONS[question.units], scribe.language)

    units = writing.enumeration([writing.unit(one, scribe.language) for one in question.units], scribe.language)
    bounds = _bounds(scribe, question.minimum, question.maximum, write)
    return [scribe.say(_WORDS["duration"], units), *bounds, *_limits(question, scribe)]


@_of_type.register
def _text(question: Text, scribe: Scribe) -> Traits:
    found = [scribe.say(_WORDS["long" if question.long else "text"])]
    found += _bounds(scribe, question.minimum, question.maximum, counted="characters")
    if question.pattern is not None:
        found.append(scribe.say(_WORDS["pattern"], code(question.pattern)))
    return found


@_of_type.register
def _suggester(question: Suggester, scribe: Scribe) -> Traits:
    return [scribe.say(_WORDS["suggester"], code(question.nomenclature))]


@_of_type.register
def _roster(question: Roster, scribe: Scribe) -> Traits:
    bounds = _bounds(scribe, question.minimum, question.maximum, counted="lines")
    return [scribe.say(_WORDS["roster"], scribe.quoted(question.item)), *bounds]


@_of_type.register
def _information(_: Information, scribe: Scribe) -> Traits:
    return [scribe.say(_WORDS["information"])]
