"""The words for the data of problems: numbers, days and durations in the reader's language, kinds, tokens of rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from questionnaires.expressions import day_number, month_number
from questionnaires.model import (
    DURATIONS,
    Allocation,
    Choice,
    ChoiceGrid,
    Consent,
    Date,
    Duration,
    Information,
    Likert,
    LocalText,
    Month,
    MultipleChoice,
    MultipleGrid,
    Number,
    NumberGrid,
    Question,
    Ranking,
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
from questionnaires.problems import Data, Problem

Say = Callable[[LocalText], str]
"""Puts a text of the version into words."""
Table = Mapping[str, tuple[str, str]]
"""code -> (French, English)."""

KINDS: Mapping[type[Question], str] = {
    SingleChoice: "choice",
    Likert: "choice",
    YesNo: "choice",
    Consent: "consent",
    ChoiceGrid: "choice",
    MultipleChoice: "choices",
    MultipleGrid: "choices",
    Ranking: "ranking",
    Score: "score",
    ScoreGrid: "score",
    Number: "number",
    NumberGrid: "number",
    Allocation: "allocation",
    Date: "date",
    Month: "month",
    Year: "year",
    Duration: "duration",
    Text: "text",
    Suggester: "suggester",
    Roster: "roster",
    Information: "information",
}

ABSENCE_WORDS: Table = {
    "nsp": ("Je ne me prononce pas", "No opinion"),
    "refus": ("Je ne souhaite pas répondre", "I prefer not to answer"),
}
"""The absences that a question may offer, by their posted value."""

# Of rules and texts: what is expected where, and what is found instead.
_TOKENS: Table = {
    "": ("rien", "nothing"),
    "end": ("la fin de la règle", "the end of the rule"),
    "variable": ("un nom de variable", "the name of a variable"),
    "variable before has": ("un nom de variable avant has", "the name of a variable before has"),
    "value": ("une valeur", "a value"),
    "number": ("un nombre", "a number"),
    "choice": ("le nom d’une réponse entre apostrophes", "the name of a choice between apostrophes"),
}
_KIND_WORDS: Table = {
    "boolean": ("une condition", "a condition"),
    "number": ("un nombre", "a number"),
    "choice": ("une réponse au choix", "a choice"),
    "choices": ("plusieurs réponses au choix", "several choices"),
    "text": ("un texte", "a text"),
    "date": ("une date", "a date"),
    "month": ("un mois", "a month"),
    "ranking": ("un classement", "a ranking"),
    "items": ("une liste", "a list"),
    "null": ("rien", "nothing"),
    "nothing": ("aucune variable", "no variable"),
}
_LANGUAGES: Table = {"fr": ("français (fr)", "French (fr)"), "en": ("anglais (en)", "English (en)")}
_SYNTAX = frozenset({"rule-syntax", "pipe-syntax"})
_OF_KINDS = frozenset({"rule-type-mismatch", "rule-result", "prefill-type", "provider-type", "pipe-type"})
_AMOUNTS = frozenset({"minimum", "maximum", "value", "total", "count"})
_OF_VALUES = frozenset({"number-out-of-bounds", "number-too-small", "limit-crossed", "sum-not-total"})
_WITH_UNIT = frozenset({"limit-crossed", "sum-not-total"})


# What a rule or a goal of a proof is about.
OWNERS: Table = {
    "section": ("la section", "the section"),
    "page": ("la page", "the page"),
    "question": ("la question", "the question"),
    "row": ("la ligne", "the row"),
    "choice": ("la réponse", "the choice"),
    "exit": ("la sortie", "the exit"),
    "variant": ("la formulation", "the wording"),
    "arm": ("le bras", "the arm"),
    "cell": ("la cellule de quota", "the quota cell"),
    "check": ("le contrôle", "the check"),
    "bound": ("la borne", "the bound"),
    "text": ("le texte", "the text"),
    "minimum": ("le minimum", "the minimum"),
    "maximum": ("le maximum", "the maximum"),
}


def column(language: str) -> int:
    """Which sentence of a table to take: French in French, English in every other language."""
    return 0 if language == "fr" else 1


def quoted(words: str, language: str) -> str:
    return f"«\u00a0{words}\u00a0»" if language == "fr" else f"“{words}”"


def say(name: str, value: Data, problem: Problem, question: Question | None, language: str, text: Say) -> str:
    """A datum in words: a value as one writes it, a choice by its label between quotes, a kind by its name."""
    if isinstance(value, tuple):
        return ", ".join(_one(name, one, question, language, text) for one in value)
    code = problem.code
    if name in ("owner", "limit") and value in OWNERS:
        return OWNERS[str(value)][column(language)]
    if code in _SYNTAX and name in ("expected", "found"):
        return _token(str(value), name, language)
    if code in _SYNTAX and isinstance(value, int):
        return str(value + 1)  # people count from 1
    if code in _OF_KINDS and name in ("expected", "found") and str(value) in _KIND_WORDS:
        return _KIND_WORDS[str(value)][column(language)]
    if code == "translation-missing":
        return _LANGUAGES[str(value)][column(language)] if str(value) in _LANGUAGES else str(value)
    if code in ("date-out-of-bounds", "month-out-of-bounds") and isinstance(value, str):
        return _calendar(value, language)
    if code in _OF_VALUES and name in _AMOUNTS and isinstance(value, int):
        return _amount(value, problem, question, language, text)
    return _one(name, value, question, language, text)


def _token(token: str, name: str, language: str) -> str:
    if name == "found":
        return quoted(token, language) if token else ("la fin", "the end")[column(language)]
    known = _TOKENS.get(token)
    return known[column(language)] if known is not None else quoted(token, language)


def _calendar(text: str, language: str) -> str:
    """A day or a month of a file (`2022-12-31`, `2022-12`) in words."""
    day, month = day_number(text), month_number(text)
    if day is not None:
        return writing.day(day, language)
    return writing.month(month, language) if month is not None else text


def _amount(value: int, problem: Problem, question: Question | None, language: str, text: Say) -> str:
    """A value of the question: a day, a month or a year as one writes it, a duration and a number with their units."""
    match question:
        case Date():
            return writing.day(value, language)
        case Month():
            return writing.month(value, language)
        case Duration():
            return writing.duration(value, question.units, DURATIONS[question.units], language)
    decimals = problem.data.get("decimals", 0)
    scale = decimals if isinstance(decimals, int) else 0
    number = writing.number(value, scale, language, grouped=not isinstance(question, Year))
    unit = question.unit if isinstance(question, Number | NumberGrid) else None
    if unit is None or problem.code not in _WITH_UNIT:
        return number
    return writing.with_unit(number, text(unit), language)


def _one(datum: str, value: str | int, question: Question | None, language: str, text: Say) -> str:
    if datum not in ("exclusive", "others"):
        return str(value)
    return quoted(_label(str(value), question, language, text), language)


def _label(name: str, question: Question | None, language: str, text: Say) -> str:
    choices: tuple[Choice, ...] = question.choices if isinstance(question, MultipleChoice | MultipleGrid) else ()
    for choice in choices:
        if choice.name == name:
            return text(choice.label)
    return ABSENCE_WORDS[name][column(language)] if name in ABSENCE_WORDS else name
