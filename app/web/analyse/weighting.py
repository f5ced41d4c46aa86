"""The diagnostics of a weighting as its page shows them, and why a snapshot has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from app.estimation.weighting import CategoryDiagnostic, MarginDiagnostic
from questionnaires.model import Questionnaire, SingleChoice


@dataclass(frozen=True, slots=True)
class ShownCategory:
    """A category of a margin, in percent. `before` is None where it would tell a small count."""

    label: str
    before: float | None
    target: float
    after: float


@dataclass(frozen=True, slots=True)
class ShownMargin:
    """A margin with its origin; `total`: what its shares added up to, when they had to be rescaled."""

    label: str
    universe: str
    date: str
    source: str
    total: float | None
    categories: tuple[ShownCategory, ...]


def shown_margin(
    margin: MarginDiagnostic, questionnaire: Questionnaire, language: str, minimum_count: int
) -> ShownMargin:
    """A margin in the words of the questionnaire, small counts withheld."""
    hidden = hidden_before(margin.categories, minimum_count)
    orders = [list(_labels(name, questionnaire, language)) for name in margin.dimensions]
    places = sorted(
        range(len(margin.categories)),
        key=lambda place: [
            order.index(code) for order, code in zip(orders, margin.categories[place].codes, strict=True)
        ],
    )
    categories = tuple(
        ShownCategory(
            _category(margin.dimensions, margin.categories[place].codes, questionnaire, language),
            None if place in hidden else margin.categories[place].before,
            margin.categories[place].target,
            margin.categories[place].after,
        )
        for place in places
    )
    return ShownMargin(
        " × ".join(variable_label(name, questionnaire, language) for name in margin.dimensions),
        margin.universe,
        margin.date,
        margin.source,
        margin.total if margin.is_rescaled else None,
        categories,
    )


def hidden_before(categories: Sequence[CategoryDiagnostic], minimum_count: int) -> frozenset[int]:
    """Places whose share before weighting is withheld: small counts, and enough others that none follows.

    Shares add up to 100, so what is withheld must count at least two categories and not be small together.
    """
    hidden = {place for place, one in enumerate(categories) if 0 < one.count < minimum_count}
    others = sorted(
        (place for place, one in enumerate(categories) if one.count >= minimum_count),
        key=lambda place: categories[place].count,
    )
    while hidden and others:
        together = sum(categories[place].count for place in hidden)
        if len(hidden) >= 2 and together >= minimum_count:
            break
        hidden.add(others.pop(0))
    return frozenset(hidden)


def _labels(name: str, questionnaire: Questionnaire, language: str) -> dict[int, str]:
    """The choices of a variable of margins, in the order of the questionnaire."""
    question = questionnaire.question(name)
    choices = question.choices if isinstance(question, SingleChoice) else ()
    return {one.code: one.label.in_(language) for one in choices}


def _category(dimensions: Sequence[str], codes: Sequence[int], questionnaire: Questionnaire, language: str) -> str:
    pairs = zip(dimensions, codes, strict=True)
    return ", ".join(_labels(name, questionnaire, language)[code] for name, code in pairs)


def variable_label(name: str, questionnaire: Questionnaire, language: str) -> str:
    """A short name for the variables that usually make domains; the text of the question for another."""
    short: dict[str, str] = {
        "sex": _("Sexe"),
        "age_band": _("Âge"),
        "region": _("Région"),
        "occupation_group": _("Profession"),
        "settlement_size": _("Agglomération"),
    }
    question = questionnaire.question_of(name)
    return short.get(question.concept or "") or question.text.in_(language)


def problem_sentence(problem: str | None) -> str:
    """Why a snapshot is not weighted, and what to do; empty when it is."""
    sentences: dict[str, str] = {
        "NoMargins": _("Cette vague n’a pas de marges : les tableaux montrent les réponses telles quelles."),
        "TallyIsEmpty": _("Aucune réponse n’est encore comptée."),
        "EmptyMarginCategory": _(
            "Au moins une catégorie des marges n’a encore aucune réponse, comme une région ou un âge. "
            "Le redressement se fera de lui-même quand toutes en auront."
        ),
        "CategoryWithoutTarget": _(
            "Des réponses sont dans une catégorie que les marges ne connaissent pas. Complétez les marges."
        ),
        "DidNotConverge": _(
            "Le calage n’aboutit pas : les réponses sont trop loin des marges. "
            "Attendez d’autres réponses, ou regroupez des catégories."
        ),
        "MarginsContradict": _("Les marges se contredisent. Vérifiez leurs sources."),
        "MarginsDoNotAddUp": _("Les parts d’une marge ne totalisent pas cent. Vérifiez-la."),
        "UnknownMarginVariable": _("Une marge porte sur une variable que cette version n’a pas."),
        "UnknownCategory": _("Des réponses sont dans une catégorie que les marges ne connaissent pas."),
    }
    if problem is None:
        return ""
    return sentences.get(problem) or _("Le redressement n’a pas pu se faire.")
