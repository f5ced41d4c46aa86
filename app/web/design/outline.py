"""A version as a reader sees it: parts, pages, questions, filters in words and as rules."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

from flask_babel import gettext as _
from flask_babel import ngettext

from app.services.wording import base_in_words
from app.web import formats
from questionnaires.expressions import Expression, day_text, month_text, to_text
from questionnaires.model import (
    Allocation,
    Choice,
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
    Page,
    Question,
    Questionnaire,
    Ranking,
    Required,
    Roster,
    Row,
    Score,
    ScoreGrid,
    Section,
    SingleChoice,
    Subtotal,
    Suggester,
    Text,
    Variant,
    Year,
    YesNo,
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
    """One question, with its filter and what its type adds; `parts`: the filters of its choices and rows."""

    question: Question
    details: Details
    requirement: str
    filter: Filter | None
    variants: tuple[tuple[Variant, Filter], ...] = ()
    parts: tuple[tuple[str, Filter], ...] = ()


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
    """One part, numbered from 1. `over`: the list for each of whose items it is asked, in words."""

    number: int
    section: Section
    filter: Filter | None
    pages: tuple[PageOutline, ...]
    over: str = ""


def outline(questionnaire: Questionnaire, language: str) -> tuple[SectionOutline, ...]:
    """All parts, with the texts of the questionnaire in `language` and ours in that of the page."""
    reader = _Reader(questionnaire, language)
    return tuple(reader.section(number, one) for number, one in enumerate(questionnaire.sections, start=1))


class _Reader:
    def __init__(self, questionnaire: Questionnaire, language: str) -> None:
        self.questionnaire, self.language = questionnaire, language
        self.roster: str | None = None

    def rule(self, rule: Expression) -> Filter:
        return Filter(base_in_words(rule, self.questionnaire, self.language, self.roster), to_text(rule))

    def filter(self, when: Expression | None) -> Filter | None:
        return None if when is None else self.rule(when)

    def section(self, number: int, section: Section) -> SectionOutline:
        self.roster = section.repeat
        pages = tuple(self.page(page) for page in section.pages)
        over = "" if section.repeat is None else self.questionnaire.question(section.repeat).text.in_(self.language)
        return SectionOutline(number, section, self.filter(section.when), pages, over)

    def page(self, page: Page) -> PageOutline:
        checks = tuple((str(one.severity), one.message.in_(self.language), self.rule(one.rule)) for one in page.checks)
        exits = tuple((one.name, one.title.in_(self.language), one.keep, self.rule(one.when)) for one in page.exits)
        questions = tuple(self.question(one) for one in page.questions)
        return PageOutline(page, self.filter(page.when), questions, checks, exits)

    def question(self, question: Question) -> QuestionOutline:
        details = _details(question, self.language)
        offered: tuple[Choice | Row, ...] = (*details.choices, *details.rows)
        return QuestionOutline(
            question,
            details,
            _requirement(question),
            self.filter(question.when),
            tuple((one, self.rule(one.when)) for one in question.variants),
            tuple((one.label.in_(self.language), self.rule(one.when)) for one in offered if one.when is not None),
        )


def _requirement(question: Question) -> str:
    """What is asked of the respondent; nothing where there is nothing to answer."""
    if isinstance(question, Information):
        return ""
    words: dict[Required, str] = {
        Required.HARD: _("Réponse nécessaire"),
        Required.SOFT: _("Réponse recommandée"),
        Required.NO: _("Réponse facultative"),
    }
    return words[Required.NO if question.sensitive else question.required]


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
def _likert(question: Likert, _language: str) -> Details:
    return Details(_("Échelle de réponses"), question.choices, subtotals=question.subtotals)


@_details.register
def _yes_no(question: YesNo, _language: str) -> Details:
    return Details(_("Oui ou non"), question.choices)


@_details.register
def _consent(question: Consent, _language: str) -> Details:
    return Details(_("Accord demandé"), question.choices)


@_details.register
def _ranking(question: Ranking, _language: str) -> Details:
    kind = ngettext("Classement : le premier choix", "Classement : les %(num)s premiers choix", question.count)
    return Details(_("Classement de tous les choix") if question.top is None else kind, question.choices)


@_details.register
def _multiple_grid(question: MultipleGrid, _language: str) -> Details:
    return Details(_("Grille à plusieurs choix par ligne"), question.choices, question.rows)


@_details.register
def _number_grid(question: NumberGrid, _language: str) -> Details:
    scale = 10**question.decimals
    return Details(_("Grille de nombres") + _within(question.minimum, question.maximum, scale), rows=question.rows)


@_details.register
def _allocation(question: Allocation, _language: str) -> Details:
    if question.total is None:
        return Details(_("Répartition d’un total donné par une réponse"), rows=question.rows)
    total = formats.number(question.total / 10**question.decimals, formats.language(), question.decimals)
    return Details(_("Répartition d’un total de %(total)s", total=total), rows=question.rows)


@_details.register
def _number(question: Number, _language: str) -> Details:
    return Details(_("Nombre") + _within(question.minimum, question.maximum, 10**question.decimals))


@_details.register
def _year(question: Year, _language: str) -> Details:
    bounds = (None if bound is None else str(bound) for bound in (question.minimum, question.maximum))
    return Details(_("Année") + _between(*bounds))


@_details.register
def _duration(question: Duration, _language: str) -> Details:
    units: dict[str, str] = {
        "years": _("années"),
        "months": _("mois"),
        "weeks": _("semaines"),
        "days": _("jours"),
        "hours": _("heures"),
        "minutes": _("minutes"),
    }
    said = ", ".join(units[unit] for unit in question.units)
    return Details(_("Durée, en %(units)s", units=said) + _within(question.minimum, question.maximum, 1))


@_details.register
def _date(question: Date, _language: str) -> Details:
    bounds = (None if bound is None else day_text(bound) for bound in (question.minimum, question.maximum))
    return Details(_("Date") + _between(*bounds))


@_details.register
def _month(question: Month, _language: str) -> Details:
    bounds = (None if bound is None else month_text(bound) for bound in (question.minimum, question.maximum))
    return Details(_("Mois") + _between(*bounds))


@_details.register
def _text(question: Text, _language: str) -> Details:
    maximum = formats.number(question.maximum, formats.language())
    forms: dict[str, str] = {
        "email": _("Adresse électronique"),
        "phone": _("Numéro de téléphone"),
        "postcode": _("Code postal"),
        "siren": _("Numéro SIREN"),
        "siret": _("Numéro SIRET"),
        "url": _("Adresse d’un site"),
    }
    if question.pattern is not None:
        return Details(forms[question.pattern])
    return Details(_("Texte libre, au plus %(maximum)s caractères", maximum=maximum))


@_details.register
def _suggester(_question: Suggester, _language: str) -> Details:
    return Details(_("Commune, cherchée par son nom ou son code postal"))


@_details.register
def _roster(question: Roster, _language: str) -> Details:
    return Details(ngettext("Liste d’une ligne", "Liste de %(num)s lignes au plus", question.maximum))


@_details.register
def _information(_question: Information, _language: str) -> Details:
    return Details(_("Texte à lire"))


def _within(minimum: int | None, maximum: int | None, scale: int) -> str:
    """The fixed bounds of a number, with a space before; nothing where there are none."""
    decimals = len(str(scale)) - 1
    bounds = (
        None if bound is None else formats.number(bound / scale, formats.language(), decimals)
        for bound in (minimum, maximum)
    )
    return _between(*bounds)


def _between(low: str | None = None, high: str | None = None) -> str:
    if low is not None and high is not None:
        return " " + str(_("de %(low)s à %(high)s", low=low, high=high))
    if low is not None:
        return " " + str(_("à partir de %(low)s", low=low))
    return "" if high is None else " " + str(_("jusqu’à %(high)s", high=high))
