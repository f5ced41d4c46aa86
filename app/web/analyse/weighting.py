"""The diagnostics of a weighting as its page shows them, and why a snapshot has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _

from app.estimation.diagnostics import CategoryDiagnostic, Diagnostics, MarginDiagnostic
from app.estimation.disclosure import Policy
from app.estimation.merging import AppliedMerge
from app.services.weightings.recipes import margin_variables
from app.services.weightings.running import HISTOGRAM, joined_classes, read_diagnostics, tells_counts
from questionnaires.model import Questionnaire


@dataclass(frozen=True, slots=True)
class ShownCategory:
    """A category of a margin, in percent. None where a number would tell a small count."""

    label: str
    before: float | None
    target: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class ShownMargin:
    """A margin with its origin; `total`: what its shares added up to, when they had to be rescaled.

    `top`: the largest share, the end of its axis. `has_hidden_absences`: targets are those of who answered.
    """

    name: str
    label: str
    universe: str
    date: str
    source: str
    total: float | None
    categories: tuple[ShownCategory, ...]
    has_hidden_absences: bool = False

    @property
    def top(self) -> float:
        """The largest number shown, at least one."""
        shown = [one for each in self.categories for one in (each.before, each.target) if one is not None]
        return max([1.0, *shown])


@dataclass(frozen=True, slots=True)
class ShownClass:
    """People whose ratio of weights is between two numbers, `high` None for no end."""

    low: float
    high: float | None
    share: float


@dataclass(frozen=True, slots=True)
class ShownDiagnostics:
    """How a weighting went, with nothing that tells a count of a few. Quantiles and ends are None where hidden.

    `is_telling`: the cost of the weighting would tell a count too, and is not shown.
    """

    diagnostics: Diagnostics
    is_small: bool
    is_telling: bool
    margins: tuple[ShownMargin, ...]
    quantiles: tuple[tuple[float, float | None], ...]
    minimum: float | None
    maximum: float | None
    classes: tuple[ShownClass, ...]
    merges: tuple[str, ...]


def shown_diagnostics(
    kept: Mapping[str, Any], recipe: Mapping[str, Any], questionnaire: Questionnaire, language: str, policy: Policy
) -> ShownDiagnostics | None:
    """Diagnostics as a page shows them; None where there are none yet."""
    if not kept:
        return None
    diagnostics = read_diagnostics(kept)
    universes = {one["name"]: one["universe"].get(language, "") for one in recipe.get("margins", ())}
    margins = tuple(
        replace(shown, universe=universes.get(one.name) or shown.universe)
        for one in diagnostics.margins
        for shown in (shown_margin(one, questionnaire, language, policy.minimum_count),)
    )
    telling = tells_counts(diagnostics, policy.minimum_count)
    end = hidden_end(diagnostics, policy.minimum_count)
    counts = () if telling else joined_classes(kept.get(HISTOGRAM) or (), policy.minimum_count)
    quantiles = tuple(
        (share, None if telling or not end <= share <= 1 - end else ratio)
        for share, ratio in diagnostics.ratio_quantiles
    )
    return ShownDiagnostics(
        diagnostics=diagnostics,
        is_small=diagnostics.n < policy.minimum_base,
        is_telling=telling,
        margins=margins,
        quantiles=quantiles,
        minimum=None if end else diagnostics.ratio_minimum,
        maximum=None if end else diagnostics.ratio_maximum,
        classes=tuple(ShownClass(start, end, count / diagnostics.n) for start, end, count in counts),
        merges=tuple(_merge_words(one, questionnaire, language) for one in diagnostics.merges),
    )


def hidden_end(diagnostics: Diagnostics, minimum_count: int) -> float:
    """Share of the rows at each end whose ratios are withheld: where categories have a few people, so many rows."""
    few = sum(one.count for margin in diagnostics.margins for one in margin.categories if 0 < one.count < minimum_count)
    return min(0.5, (few + minimum_count) / diagnostics.n) if few else 0.0


def _merge_words(merge: AppliedMerge, questionnaire: Questionnaire, language: str) -> str:
    labels = _labels(merge.dimension, questionnaire, language)
    variable = variable_label(merge.dimension, questionnaire, language)
    names = " + ".join(labels.get(code, str(code)) for code in merge.codes)
    return str(_("%(variable)s : %(names)s", variable=variable, names=names))


def method_words() -> dict[str, str]:
    """The methods, in words."""
    return {
        "raking": _("Raking ratio (exponentielle)"),
        "logit": _("Logit, avec bornes"),
        "truncated": _("Linéaire tronquée, avec bornes"),
        "linear": _("Linéaire"),
        "none": _("Sans marge"),
    }


@dataclass(frozen=True, slots=True)
class ComparedMargin:
    """A margin of two weightings: label, target of one, target of the other, for each category of either."""

    label: str
    categories: tuple[tuple[str, float | None, float | None], ...]


def compared_margins(one: ShownDiagnostics | None, other: ShownDiagnostics | None) -> tuple[ComparedMargin, ...]:
    """Margins side by side, by their variables; a margin of one alone has nothing on the other side."""
    sides = [{margin.label: margin for margin in side.margins} if side else {} for side in (one, other)]
    found = []
    for label in dict.fromkeys([*sides[0], *sides[1]]):
        targets = [
            {each.label: each.target for each in side[label].categories} if label in side else {} for side in sides
        ]
        names = dict.fromkeys([*targets[0], *targets[1]])
        found.append(ComparedMargin(label, tuple((name, targets[0].get(name), targets[1].get(name)) for name in names)))
    return tuple(found)


def shown_margin(
    margin: MarginDiagnostic, questionnaire: Questionnaire, language: str, minimum_count: int
) -> ShownMargin:
    """A margin in the words of the questionnaire, small counts withheld.

    The target of who did not answer is their own share: where they are a few, it is hidden, and the others are
    brought back to what they are among those who answered.
    """
    hidden = hidden_before(margin.categories, minimum_count)
    kept = [place for place, one in enumerate(margin.categories) if one.is_kept and place in hidden]
    whole = 100 - sum(margin.categories[place].target for place in kept)
    scale = 100 / whole if kept and whole else 1.0
    categories = tuple(
        ShownCategory(
            _category_words(margin, one, questionnaire, language),
            None if place in hidden else one.before,
            None if place in kept else one.target * scale,
            None if place in kept else one.after * scale,
        )
        for place, one in _ordered(margin, questionnaire, language)
    )
    return ShownMargin(
        margin.name,
        " × ".join(variable_label(name, questionnaire, language) for name in margin.dimensions),
        margin.universe,
        margin.date,
        margin.source,
        margin.total if margin.is_rescaled else None,
        categories,
        bool(kept),
    )


def _ordered(
    margin: MarginDiagnostic, questionnaire: Questionnaire, language: str
) -> list[tuple[int, CategoryDiagnostic]]:
    """The categories in the order of the questionnaire, those without an answer last."""
    orders = [list(_labels(name, questionnaire, language)) for name in margin.dimensions]

    def rank(found: tuple[int, CategoryDiagnostic]) -> tuple[bool, list[int]]:
        codes = found[1].codes
        places = [order.index(code) if code in order else len(order) for order, code in zip(orders, codes, strict=True)]
        return found[1].is_kept, places

    return sorted(enumerate(margin.categories), key=rank)


def _category_words(
    margin: MarginDiagnostic, one: CategoryDiagnostic, questionnaire: Questionnaire, language: str
) -> str:
    if one.is_kept:
        return str(_("Sans réponse à cette variable"))
    members = one.members or (one.codes,)
    return " + ".join(_category(margin.dimensions, codes, questionnaire, language) for codes in members)


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
    known = margin_variables(questionnaire)
    choices = known[name].choices if name in known else ()
    return {one.code: one.label.in_(language) for one in choices}


def _category(dimensions: Sequence[str], codes: Sequence[int], questionnaire: Questionnaire, language: str) -> str:
    pairs = zip(dimensions, codes, strict=True)
    return ", ".join(_labels(name, questionnaire, language).get(code, str(code)) for name, code in pairs)


def variable_label(name: str, questionnaire: Questionnaire, language: str) -> str:
    """A short name for the variables that usually make domains; the text of the question for another."""
    short: dict[str, str] = {
        "sex": _("Sexe"),
        "age_band": _("Âge"),
        "region": _("Région"),
        "occupation_group": _("Profession"),
        "settlement_size": _("Agglomération"),
    }
    try:
        question = questionnaire.question_of(name)
    except KeyError:  # found or given, nobody is asked
        known = margin_variables(questionnaire)
        return known[name].label.in_(language) if name in known else name
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
