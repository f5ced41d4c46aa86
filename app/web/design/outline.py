"""A version as a reader sees it: parts, pages, questions, filters in words and as rules."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

from flask_babel import gettext as _
from flask_babel import ngettext

from app.services.wording import base_in_words
from app.web import formats
from questionnaires.expressions import Expression, to_text
from questionnaires.model import (
    Choice,
    ChoiceGrid,
    MultipleChoice,
    Number,
    Page,
    Question,
    Questionnaire,
    Required,
    Row,
    Score,
    ScoreGrid,
    Section,
    SingleChoice,
    Subtotal,
    Text,
)


@dataclass(frozen=True, slots=True)
class Filter:
    """A rule twice: in words, and as its text."""

    words: str
    text: str


@dataclass(frozen=True, slots=True)
class Details:
    """What a type of question adds. `kind`: the type in words, with its bounds."""

    kind: str
    choices: tuple[Choice, ...] = ()
    rows: tuple[Row, ...] = ()
    subtotals: tuple[Subtotal, ...] = ()
    low: str = ""
    high: str = ""


@dataclass(frozen=True, slots=True)
class QuestionOutline:
    """One question, with its filter and what its type adds."""

    question: Question
    details: Details
    requirement: str
    filter: Filter | None


@dataclass(frozen=True, slots=True)
class PageOutline:
    """One page; `checks` and `exits` come with their rule."""

    page: Page
    filter: Filter | None
    questions: tuple[QuestionOutline, ...]
    checks: tuple[tuple[str, str, Filter], ...]
    exits: tuple[tuple[str, str, bool, Filter], ...]


@dataclass(frozen=True, slots=True)
class SectionOutline:
    """One part, numbered from 1."""

    number: int
    section: Section
    filter: Filter | None
    pages: tuple[PageOutline, ...]


def outline(questionnaire: Questionnaire, language: str) -> tuple[SectionOutline, ...]:
    """All parts, with the texts of the questionnaire in `language` and ours in that of the page."""
    reader = _Reader(questionnaire, language)
    return tuple(reader.section(number, one) for number, one in enumerate(questionnaire.sections, start=1))


class _Reader:
    def __init__(self, questionnaire: Questionnaire, language: str) -> None:
        self.questionnaire, self.language = questionnaire, language

    def rule(self, rule: Expression) -> Filter:
        return Filter(base_in_words(rule, self.questionnaire, self.language), to_text(rule))

    def filter(self, when: Expression | None) -> Filter | None:
        return None if when is None else self.rule(when)

    def section(self, number: int, section: Section) -> SectionOutline:
        pages = tuple(self.page(page) for page in section.pages)
        return SectionOutline(number, section, self.filter(section.when), pages)

    def page(self, page: Page) -> PageOutline:
        checks = tuple((str(one.severity), one.message.in_(self.language), self.rule(one.rule)) for one in page.checks)
        exits = tuple((one.name, one.title.in_(self.language), one.keep, self.rule(one.when)) for one in page.exits)
        questions = tuple(self.question(one) for one in page.questions)
        return PageOutline(page, self.filter(page.when), questions, checks, exits)

    def question(self, question: Question) -> QuestionOutline:
        details = _details(question, self.language)
        return QuestionOutline(question, details, _requirement(question.required), self.filter(question.when))


def _requirement(required: Required) -> str:
    words: dict[Required, str] = {
        Required.HARD: _("Réponse nécessaire"),
        Required.SOFT: _("Réponse recommandée"),
        Required.NO: _("Réponse facultative"),
    }
    return words[required]


def _bounds(low: int, high: int) -> str:
    return str(_("de %(low)s à %(high)s", low=low, high=high))


@singledispatch
def _details(question: Question, language: str) -> Details:
    """What a type adds; one entry for each type of question."""
    raise NotImplementedError(type(question).__name__)


@_details.register
def _single(question: SingleChoice, _language: str) -> Details:
    return Details(_("Choix unique"), question.choices, subtotals=question.subtotals)


@_details.register
def _multiple(question: MultipleChoice, _language: str) -> Details:
    kind = _("Plusieurs choix possibles")
    if question.maximum is not None:
        kind = ngettext("Au plus %(num)s choix", "Au plus %(num)s choix", question.maximum)
    return Details(kind, question.choices)


@_details.register
def _score(question: Score, language: str) -> Details:
    kind = _("Note") + " " + _bounds(question.minimum, question.maximum)
    return Details(kind, low=question.low.in_(language), high=question.high.in_(language))


@_details.register
def _score_grid(question: ScoreGrid, language: str) -> Details:
    kind = _("Grille de notes") + " " + _bounds(question.minimum, question.maximum)
    ends = question.low.in_(language), question.high.in_(language)
    return Details(kind, rows=question.rows, low=ends[0], high=ends[1])


@_details.register
def _choice_grid(question: ChoiceGrid, _language: str) -> Details:
    return Details(_("Grille de choix"), question.choices, question.rows, question.subtotals)


@_details.register
def _number(question: Number, _language: str) -> Details:
    kind = _("Nombre")
    if question.minimum is not None and question.maximum is not None:
        scale = 10**question.decimals
        ends = (
            formats.number(bound / scale, formats.language(), question.decimals)
            for bound in (question.minimum, question.maximum)
        )
        kind += " " + _("de %(low)s à %(high)s", **dict(zip(("low", "high"), ends, strict=True)))
    return Details(kind)


@_details.register
def _text(question: Text, _language: str) -> Details:
    maximum = formats.number(question.maximum, formats.language())
    return Details(_("Texte libre, au plus %(maximum)s caractères", maximum=maximum))
