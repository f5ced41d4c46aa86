"""What is wrong with a weighting, in words: the problems of a recipe, and why a run found no weights.

One table, French and English: a page and the command line say the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.services.problem_messages.words import Table, column, quoted
from app.services.weightings.recipes import RecipeProblem, margin_variables
from questionnaires.expressions import Absence
from questionnaires.model import Questionnaire

RECIPE: Table = {
    "no-margins": (
        "Ce redressement n’a aucune marge. Ajoutez-en une.",
        "This weighting has no margin. Add one.",
    ),
    "margin-twice": (
        "Deux marges portent sur les mêmes variables. Gardez-en une.",
        "Two margins are about the same variables. Keep one.",
    ),
    "unknown-variable": (
        "Cette version n’a pas de variable à catégories {variable}. Retirez la marge, ou "
        "choisissez une autre variable.",
        "This version has no variable with categories {variable}. Remove the margin, or choose another variable.",
    ),
    "unknown-choice": (
        "La catégorie {choice} n’est pas de celles de cette version. Corrigez son nom.",
        "The category {choice} is not one of this version’s. Correct its name.",
    ),
    "category-twice": (
        "La catégorie {category} est écrite deux fois. Gardez une seule part.",
        "The category {category} is written twice. Keep one share.",
    ),
    "negative-share": (
        "La part de {category} est négative ou n’est pas un nombre. Corrigez-la.",
        "The share of {category} is negative or not a number. Correct it.",
    ),
    "no-shares": (
        "Cette marge n’a aucune part. Saisissez-les, ou collez-les depuis un tableur.",
        "This margin has no share. Type them, or paste them from a spreadsheet.",
    ),
    "far-from-100": (
        "Les parts totalisent {total}, trop loin de 100 pour un arrondi. Corrigez-les, ou donnez des effectifs.",
        "The shares add up to {total}, too far from 100 to be rounding. Correct them, or give counts.",
    ),
    "rescaled": (
        "Les parts totalisent {total}\u00a0: elles seront ramenées à 100.",
        "The shares add up to {total}: they will be rescaled to 100.",
    ),
    "no-universe": (
        "Dites de qui cette marge donne la répartition\u00a0: par exemple « Population de France métropolitaine, "
        "18\u00a0ans ou plus ».",
        "Say whose distribution this margin gives: for example “Population of metropolitan France, aged 18 or over”.",
    ),
    "no-date": ("Donnez l’année ou la date de la source.", "Give the year or the date of the source."),
    "no-source": (
        "Citez la source, pour que chacun puisse vérifier ces chiffres.",
        "Cite the source, so that anyone can check these figures.",
    ),
    "unknown-method": (
        "La méthode {method} n’est pas connue. Choisissez-en une de la liste.",
        "The method {method} is not known. Choose one of the list.",
    ),
    "no-bounds": (
        "Cette méthode a besoin de deux bornes\u00a0: le plus petit et le plus grand rapport de poids permis.",
        "This method needs two bounds: the smallest and the largest ratio of weights allowed.",
    ),
    "bounds-not-used": (
        "Le raking n’a pas de bornes\u00a0: celles-ci ne servent pas. Choisissez logit ou linéaire "
        "tronqué pour borner.",
        "Raking has no bounds: these are not used. Choose logit or truncated linear to bound ratios.",
    ),
    "bounds-not-around-one": (
        "Les bornes vont de {low} à {high}\u00a0: la première doit être inférieure à 1, la seconde supérieure.",
        "The bounds go from {low} to {high}: the first must be below 1, the second above.",
    ),
    "trim-not-around-one": (
        "L’écrêtage va de {low} à {high}\u00a0: la première limite doit être inférieure à 1, la seconde supérieure.",
        "Trimming goes from {low} to {high}: the first limit must be below 1, the second above.",
    ),
    "merge-of-no-margin": (
        "Un regroupement porte sur {variable}, dont aucune marge ne se sert. Retirez-le.",
        "A merge is about {variable}, which no margin uses. Remove it.",
    ),
    "merge-of-unknown-choice": (
        "Un regroupement de {variable} nomme une catégorie que cette version n’a pas. Corrigez-le.",
        "A merge of {variable} names a category that this version does not have. Correct it.",
    ),
    "merge-of-one": (
        "Un regroupement de {variable} n’a qu’une catégorie. Donnez la même lettre à deux au moins.",
        "A merge of {variable} has one category only. Give the same letter to two at least.",
    ),
    "merge-without-share": (
        "Un regroupement de {variable} prend une catégorie sans part. Donnez-lui sa part, ou 0.",
        "A merge of {variable} takes a category without a share. Give it its share, or 0.",
    ),
    "merged-twice": (
        "Une catégorie de {variable} est dans deux regroupements. Gardez-la dans un seul.",
        "A category of {variable} is in two merges. Keep it in one.",
    ),
    "unknown-option": (
        "La valeur {value} n’est pas connue pour {option}.",
        "The value {value} is not known for {option}.",
    ),
    "unknown-stratum": (
        "Cette version n’a pas de variable à catégories {variable} pour les strates.",
        "This version has no variable with categories {variable} for the strata.",
    ),
    "many-cells": (
        "Ces variables se croisent en {cells} cases possibles\u00a0: le calcul sera long. "
        "Regroupez, ou retirez une marge.",
        "These variables make {cells} possible cells: the computation will be long. Merge, or remove a margin.",
    ),
}
"""Problems of a recipe."""

RUN: Table = {
    "TallyIsEmpty": (
        "Aucune réponse n’est encore comptée. Attendez les premières, puis relancez depuis une copie.",
        "No response has been counted yet. Wait for the first ones, then run a copy.",
    ),
    "MarginsDoNotAddUp": (
        "Les parts de la marge {margin} totalisent {total}, trop loin de 100 pour un arrondi. Corrigez-les.",
        "The shares of the margin {margin} add up to {total}, too far from 100 to be rounding. Correct them.",
    ),
    "MarginIsInvalid": (
        "Dans la marge {margin}, des personnes sont dans {category}, dont la part est nulle ou négative. "
        "Donnez-lui une part, ou regroupez-la avec une autre.",
        "In the margin {margin}, people are in {category}, whose share is zero or negative. "
        "Give it a share, or merge it with another.",
    ),
    "UnknownMarginVariable": (
        "La marge {margin} porte sur {dimension}, que les réponses ne distinguent pas. Retirez-la.",
        "The margin {margin} is about {dimension}, by which the responses are not separated. Remove it.",
    ),
    "CategoryWithoutTarget": (
        "Dans la marge {margin}, des personnes sont dans {categories}, qui n’a pas de part. "
        "Donnez-lui une part, ou regroupez-la avec une autre.",
        "In the margin {margin}, people are in {categories}, which has no share. Give it a share, "
        "or merge it with another.",
    ),
    "EmptyMarginCategory": (
        "Personne n’a encore répondu dans {categories}. Attendez des réponses, ou regroupez avec "
        "une catégorie voisine.",
        "Nobody has answered yet in {categories}. Wait for responses, or merge with a neighbouring category.",
    ),
    "MarginsContradict": (
        "Les marges {margins} ne disent pas la même part de {category}\u00a0: {shares}. Corrigez "
        "l’une d’après l’autre.",
        "The margins {margins} do not say the same share of {category}: {shares}. Correct one from the other.",
    ),
    "DidNotConverge": (
        "Le calage n’aboutit pas\u00a0: {category}, dans la marge {margin}, reste à {gap}\u00a0% de sa cible après "
        "{iterations} itérations. Regroupez des catégories, élargissez les bornes ou retirez une marge.",
        "Calibration does not converge: {category}, in the margin {margin}, is still {gap}% away from its target after "
        "{iterations} iterations. Merge categories, widen the bounds or remove a margin.",
    ),
    "BoundsAreInfeasible": (
        "Les bornes sont trop serrées\u00a0: {category}, dans la marge {margin}, ne peut pas atteindre sa cible. "
        "Élargissez-les, ou regroupez des catégories.",
        "The bounds are too tight: {category}, in the margin {margin}, cannot reach its target. "
        "Widen them, or merge categories.",
    ),
    "BoundsAreInvalid": (
        "Les bornes des rapports de poids doivent entourer 1. Corrigez-les.",
        "The bounds of the ratios of weights must be around 1. Correct them.",
    ),
    "NegativeWeights": (
        "La méthode linéaire donnerait des poids négatifs. Choisissez le raking, ou une méthode à bornes.",
        "The linear method would give negative weights. Choose raking, or a method with bounds.",
    ),
    "TrimIsInvalid": (
        "Les limites de l’écrêtage doivent entourer 1. Corrigez-les.",
        "The limits of trimming must be around 1. Correct them.",
    ),
    "TrimmingDidNotEnd": (
        "L’écrêtage n’aboutit pas\u00a0: répartir ce qui est coupé fait dépasser d’autres poids. "
        "Élargissez ses limites.",
        "Trimming does not end: sharing what is cut pushes other weights outside. Widen its limits.",
    ),
    "TrimmingNeedsWeightClasses": (
        "Les poids de départ du fichier sont trop divers pour être écrêtés. Retirez l’écrêtage, et bornez les rapports "
        "par la méthode logit ou linéaire tronquée.",
        "The base weights of the file are too many to be trimmed. Remove trimming, and bound the ratios "
        "with the logit or truncated linear method.",
    ),
    "MergeIsInvalid": (
        "Un regroupement de {dimension} nomme des catégories sans part, ou déjà regroupées. Corrigez-le.",
        "A merge of {dimension} names categories without a share, or merged already. Correct it.",
    ),
    "MarginVariableHasAbsences": (
        "Des personnes n’ont pas de réponse à une variable de marge\u00a0: {categories}. Choisissez de les garder à "
        "leur part, ou retirez cette marge.",
        "Some people have no answer to a variable of the margins: {categories}. Choose to keep them at their "
        "share, or remove this margin.",
    ),
    "TallyIsNegative": (
        "Les agrégats de la vague sont à refaire. Demandez à l’administration de lancer « flask aggregates rebuild ».",
        "The aggregates of the wave must be made again. Ask the administrators to run “flask aggregates rebuild”.",
    ),
    "UnknownCategory": (
        "Des réponses ont, pour {variable}, une valeur sans part\u00a0: {categories}. Donnez une "
        "part à chaque catégorie.",
        "Some responses have, for {variable}, a value without a share: {categories}. Give each category a share.",
    ),
    "MarginsAreInvalid": (
        "Une marge nomme une variable ou une catégorie que cette version n’a pas. Corrigez-la.",
        "A margin names a variable or a category that this version does not have. Correct it.",
    ),
    "RunWasLost": (
        "Le calcul s’est interrompu trois fois. Relancez-le\u00a0; s’il s’interrompt encore, "
        "prévenez l’administration.",
        "The computation was interrupted three times. Run it again; if it stops again, tell the administrators.",
    ),
}
"""Why a run found no weights, by the name of the kernel's error."""

OTHER: Mapping[str, tuple[str, str]] = {
    "other": (
        "Le redressement n’a pas pu se faire ({code}). Corrigez une copie de ce redressement.",
        "The weighting could not be made ({code}). Correct a copy of this weighting.",
    ),
    "more": ("et {count} autres", "and {count} more"),
    "and": ("et", "and"),
}
LISTED = 6
"""Categories named in one sentence."""


def say_recipe_problem(problem: RecipeProblem, questionnaire: Questionnaire, language: str) -> str:
    """The sentence of a problem of a recipe."""
    words = _Words(questionnaire, language)
    data = {name: words.say(name, value) for name, value in problem.data.items()}
    if "choices" in problem.data and "variables" in problem.data:
        data["category"] = quoted(words.crossed(problem.data["variables"], problem.data["choices"]), language)
    return RECIPE[problem.code][column(language)].format(**data)


def say_run_problem(problem: Mapping[str, Any], questionnaire: Questionnaire, language: str) -> str:
    """Why a run found no weights and what to do, from the `problem` kept with it."""
    words = _Words(questionnaire, language)
    found = RUN.get(problem["code"])
    if found is None:
        return OTHER["other"][column(language)].format(code=problem["code"])
    raw = problem.get("data", {})
    variables: Mapping[str, Sequence[str]] = problem.get("variables", {})
    dimensions = raw.get("dimensions") or variables.get(raw.get("margin") or raw.get("variable") or "", ())
    data = {name: words.say(name, value) for name, value in raw.items()}
    if "category" in raw:
        data["category"] = quoted(words.coded(dimensions, raw["category"]), language)
    if "categories" in raw:
        data["categories"] = words.listed([words.case(one, dimensions, variables) for one in raw["categories"]])
    try:
        return found[column(language)].format(**data)
    except KeyError:  # an older row said less
        return OTHER["other"][column(language)].format(code=problem["code"])


class _Words:
    """The data of problems in the words of a version."""

    def __init__(self, questionnaire: Questionnaire, language: str) -> None:
        self.language = language
        self.known = margin_variables(questionnaire)

    def say(self, name: str, value: Any) -> str:
        if name in ("variable", "dimension"):
            return quoted(str(value), self.language)
        if name == "gap" and isinstance(value, int | float):
            return self._number(100 * value)
        if name == "shares":
            return self.listed([f"{self._number(float(one))}\u00a0%" for one in value])
        if isinstance(value, bool | int | float):
            return self._number(float(value))
        if isinstance(value, list | tuple):
            return self.listed([quoted(str(one), self.language) for one in value])
        return quoted(str(value), self.language)

    def _number(self, value: float) -> str:
        text = f"{value:.6g}" if abs(value) < 1e6 else f"{value:.0f}"
        return text.replace(".", ",") if self.language == "fr" else text

    def listed(self, texts: Sequence[str]) -> str:
        """« a », « b » et « c »; the first ones when there are many."""
        side = column(self.language)
        shown = list(texts[:LISTED])
        if len(texts) > LISTED:
            return ", ".join(shown) + " " + OTHER["more"][side].format(count=len(texts) - LISTED)
        if len(shown) < 2:
            return "".join(shown)
        return f"{', '.join(shown[:-1])} {OTHER['and'][side]} {shown[-1]}"

    def crossed(self, variables: Sequence[str], choices: Sequence[str]) -> str:
        """The labels of a category given by the names of its choices."""
        return ", ".join(
            next((one.label.in_(self.language) for one in self.known[name].choices if one.name == choice), choice)
            if name in self.known
            else choice
            for name, choice in zip(variables, choices, strict=False)
        )

    def coded(self, dimensions: Sequence[str], codes: Sequence[int]) -> str:
        """The labels of a category given by its codes."""
        texts = []
        for place, code in enumerate(codes):
            name = dimensions[place] if place < len(dimensions) else ""
            choices = self.known[name].choices if name in self.known else ()
            label = next((one.label.in_(self.language) for one in choices if one.code == code), None)
            texts.append(label or self._absence(code))
        return ", ".join(texts)

    def case(self, one: Any, dimensions: Sequence[str], variables: Mapping[str, Sequence[str]]) -> str:
        """A category, of the margin that it names where it names one."""
        if isinstance(one, Mapping):
            return quoted(self.coded(variables.get(one["margin"], dimensions), one["category"]), self.language)
        codes = one if isinstance(one, list | tuple) else (one,)
        return quoted(self.coded(dimensions, codes), self.language)

    def _absence(self, code: int) -> str:
        words = _ABSENCES.get(code)
        return words[column(self.language)] if words else str(code)


_ABSENCES: Mapping[int, tuple[str, str]] = {
    int(Absence.NOT_REACHED): ("question non atteinte", "question not reached"),
    int(Absence.NOT_ROUTED): ("question non posée", "question not asked"),
    int(Absence.NOT_IN_VERSION): ("question absente de la version", "question not in the version"),
    int(Absence.SKIPPED): ("sans réponse", "skipped"),
    int(Absence.NO_OPINION): ("ne se prononce pas", "no opinion"),
    int(Absence.REFUSED): ("refus de répondre", "refused"),
    int(Absence.SCREENED_OUT): ("hors cible", "screened out"),
    int(Absence.BROKE_OFF): ("abandon", "broke off"),
    int(Absence.WITHDRAWN): ("retrait", "withdrawn"),
}
