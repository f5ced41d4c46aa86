"""Recipes of weighting: the JSON kept with a wave, the kernel's recipe in the codes of its version, what is wrong.

A recipe is {"method", "margins": [{"name", "variables", "universe": {language: text}, "date", "source",
"cells": [{"choices": [name, …], "share"}]}]} and, where they are wanted, "bounds" and "trim": {"low", "high"},
"merges": [{"variable", "choices", "when": "always" | "empty"}], "absences": "refuse" | "keep",
"base": "none" | "file", "stratum": variable. Choices are names, as in rules; shares are percentages or counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any

from app.estimation.margins import LARGEST_SHARE, ROUNDING, SMALLEST_COUNTS, Margin
from app.estimation.merging import Merge
from app.estimation.weighting import Recipe
from app.services.weightings.margins import MarginsAreInvalid
from questionnaires import codebook
from questionnaires.codebook import Variable, VariableKind
from questionnaires.model import LocalText, Questionnaire, choices_of

METHODS = ("raking", "linear", "logit", "truncated")
BOUNDED = ("logit", "truncated")
"""Methods that mean nothing without bounds of the ratio of weights."""
WHENS = ("always", "empty")
ABSENCES = ("refuse", "keep")
BASES = ("none", "file")
MANY_CELLS = 1_000_000
"""Cells that the variables of the margins could make: above, the computation is slow."""

Document = Mapping[str, Any]
"""A recipe as JSON."""
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class MarginChoice:
    """A category that a margin may give a share of."""

    code: int
    name: str
    label: LocalText


@dataclass(frozen=True, slots=True)
class MarginVariable:
    """A variable that may make a margin, a stratum, or be merged. `absences`: the codes of its missing values."""

    name: str
    label: LocalText
    choices: tuple[MarginChoice, ...]
    absences: tuple[int, ...]
    concept: str | None

    @property
    def codes(self) -> dict[str, int]:
        """The code of each choice, by its name."""
        return {choice.name: choice.code for choice in self.choices}


@dataclass(frozen=True, slots=True)
class RecipeProblem:
    """What is wrong in a recipe: a code of `words`, where, and what its sentence needs.

    `place`: keys and positions in the JSON, such as ("margins", 0, "cells", 3). A problem that does not block is
    worth a look.
    """

    code: str
    place: Place
    data: Mapping[str, Any]
    is_blocking: bool = True


def margin_variables(questionnaire: Questionnaire) -> dict[str, MarginVariable]:
    """The variables with categories, one value a response, in the order of the questionnaire."""
    return {
        variable.name: MarginVariable(
            variable.name,
            variable.label,
            _choices(variable, questionnaire),
            tuple(int(one) for one in variable.absences),
            variable.concept,
        )
        for variable in codebook.variables(questionnaire)
        if variable.kind is VariableKind.CATEGORY and variable.roster is None and variable.codes
    }


def _choices(variable: Variable, questionnaire: Questionnaire) -> tuple[MarginChoice, ...]:
    """The categories of a variable; one that no choice names, such as a region found, is named by its code."""
    asked = choices_of(questionnaire.question(variable.question)) if variable.question else ()
    names = {choice.code: choice.name for choice in asked}
    return tuple(MarginChoice(code, names.get(code, str(code)), label) for code, label in variable.codes)


def to_recipe(document: Mapping[str, Any], questionnaire: Questionnaire) -> Recipe:
    """The recipe in the codes of a version; raises MarginsAreInvalid for an unknown variable or choice."""
    known = margin_variables(questionnaire)
    options: dict[str, Any] = {
        name: (float(document[name]["low"]), float(document[name]["high"]))
        for name in ("bounds", "trim")
        if document.get(name)
    }
    try:
        margins = tuple(_to_margin(margin, known) for margin in document["margins"])
        if document.get("merges"):
            options["merges"] = tuple(
                Merge(
                    one["variable"], tuple(known[one["variable"]].codes[name] for name in one["choices"]), one["when"]
                )
                for one in document["merges"]
            )
    except (KeyError, ValueError) as error:
        raise MarginsAreInvalid(f"{document.get('key') or 'recipe'}: {error}") from error
    if document.get("absences"):
        options["absences"] = document["absences"]
    return Recipe(margins=margins, method=document["method"], **options)


def _to_margin(margin: Mapping[str, Any], known: Mapping[str, MarginVariable]) -> Margin:
    codes = {name: known[name].codes for name in margin["variables"]}
    return Margin(
        name=margin["name"],
        dimensions=tuple(margin["variables"]),
        shares={
            tuple(
                codes[name][choice] for name, choice in zip(margin["variables"], cell["choices"], strict=True)
            ): float(cell["share"])
            for cell in margin["cells"]
        },
        universe=next(iter(margin["universe"].values()), ""),
        date=margin["date"],
        source=margin["source"],
    )


def check_recipe(document: Mapping[str, Any], questionnaire: Questionnaire) -> list[RecipeProblem]:
    """Everything that is wrong or strange in a recipe, in the order in which one reads it."""
    known = margin_variables(questionnaire)
    return [
        *_check_margins(document.get("margins", ()), known),
        *_check_method(document),
        *_check_merges(document.get("merges") or (), document.get("margins", ()), known),
        *_check_options(document, known),
    ]


def is_runnable(problems: Iterable[RecipeProblem]) -> bool:
    """Whether nothing found forbids a run."""
    return not any(problem.is_blocking for problem in problems)


def _check_margins(
    margins: Iterable[Mapping[str, Any]], known: Mapping[str, MarginVariable]
) -> Iterator[RecipeProblem]:
    seen: list[frozenset[str]] = []
    for place, margin in enumerate(margins):
        at: Place = ("margins", place)
        variables = frozenset(margin["variables"])
        if variables in seen:
            yield RecipeProblem("margin-twice", at, {"margin": margin["name"]})
        seen.append(variables)
        for name in ("universe", "date", "source"):
            text = margin[name] if name != "universe" else "".join(margin[name].values())
            if not text.strip():
                yield RecipeProblem(f"no-{name}", (*at, name), {"margin": margin["name"]})
        unknown = [name for name in margin["variables"] if name not in known]
        for name in unknown:
            yield RecipeProblem("unknown-variable", at, {"margin": margin["name"], "variable": name})
        if not unknown:
            yield from _check_cells(margin, at, known)
    if not seen:
        yield RecipeProblem("no-margins", ("margins",), {})


def _check_cells(margin: Mapping[str, Any], at: Place, known: Mapping[str, MarginVariable]) -> Iterator[RecipeProblem]:
    """The categories of one margin, then their sum."""
    seen: set[tuple[str, ...]] = set()
    shares: list[float] = []
    for place, cell in enumerate(margin["cells"]):
        choices = tuple(cell["choices"])
        here = (*at, "cells", place)
        data = {"margin": margin["name"], "choices": choices, "variables": tuple(margin["variables"])}
        if len(choices) != len(margin["variables"]) or any(
            choice not in known[name].codes for name, choice in zip(margin["variables"], choices, strict=False)
        ):
            yield RecipeProblem("unknown-choice", here, data | {"choice": ", ".join(choices)})
        elif choices in seen:
            yield RecipeProblem("category-twice", here, data)
        seen.add(choices)
        share = float(cell["share"])
        if not 0 <= share < LARGEST_SHARE:
            yield RecipeProblem("negative-share", here, data | {"share": share})
        else:
            shares.append(share)
    total = fsum(shares)
    if not any(shares):
        yield RecipeProblem("no-shares", at, {"margin": margin["name"]})
    elif total <= SMALLEST_COUNTS and abs(total - 100) > ROUNDING + 1e-9:
        yield RecipeProblem("far-from-100", at, {"margin": margin["name"], "total": total})
    elif total <= SMALLEST_COUNTS and abs(total - 100) > 1e-9:
        yield RecipeProblem("rescaled", at, {"margin": margin["name"], "total": total}, is_blocking=False)


def _check_method(document: Mapping[str, Any]) -> Iterator[RecipeProblem]:
    method = document.get("method", "")
    if method not in METHODS:
        yield RecipeProblem("unknown-method", ("method",), {"method": method})
    if method in BOUNDED and not document.get("bounds"):
        yield RecipeProblem("no-bounds", ("bounds",), {"method": method})
    if method == "raking" and document.get("bounds"):
        yield RecipeProblem("bounds-not-used", ("bounds",), {}, is_blocking=False)
    for name in ("bounds", "trim"):
        limits = document.get(name)
        if limits and not 0 <= limits["low"] < 1 < limits["high"]:
            yield RecipeProblem(f"{name}-not-around-one", (name,), dict(limits))


def _check_merges(
    merges: Iterable[Mapping[str, Any]], margins: Sequence[Mapping[str, Any]], known: Mapping[str, MarginVariable]
) -> Iterator[RecipeProblem]:
    used = {name for margin in margins for name in margin["variables"]}
    taken: set[tuple[str, str]] = set()
    for place, merge in enumerate(merges):
        at: Place = ("merges", place)
        variable, choices = merge["variable"], tuple(merge["choices"])
        data = {"variable": variable, "choices": choices}
        if variable not in used:
            yield RecipeProblem("merge-of-no-margin", at, data)
        elif variable in known and any(choice not in known[variable].codes for choice in choices):
            yield RecipeProblem("merge-of-unknown-choice", at, data)
        elif len(set(choices)) < 2:
            yield RecipeProblem("merge-of-one", at, data)
        elif any(not set(choices) <= _given(margin, variable) for margin in margins if variable in margin["variables"]):
            yield RecipeProblem("merge-without-share", at, data)
        elif any((variable, choice) in taken for choice in choices):
            yield RecipeProblem("merged-twice", at, data)
        if merge.get("when") not in WHENS:
            yield RecipeProblem("unknown-option", at, {"option": "when", "value": merge.get("when")})
        taken |= {(variable, choice) for choice in choices}


def _given(margin: Mapping[str, Any], variable: str) -> set[str]:
    """The choices of a variable that a margin gives a share of."""
    place = margin["variables"].index(variable)
    return {cell["choices"][place] for cell in margin["cells"] if len(cell["choices"]) > place}


def _check_options(document: Mapping[str, Any], known: Mapping[str, MarginVariable]) -> Iterator[RecipeProblem]:
    for name, values in (("absences", ABSENCES), ("base", BASES)):
        if document.get(name) and document[name] not in values:
            yield RecipeProblem("unknown-option", (name,), {"option": name, "value": document[name]})
    stratum = document.get("stratum")
    if stratum and stratum not in known:
        yield RecipeProblem("unknown-stratum", ("stratum",), {"variable": stratum})
    used = {name for margin in document.get("margins", ()) for name in margin["variables"] if name in known}
    if stratum in known:
        used.add(str(stratum))
    size = 1
    for one in used:
        size *= len(known[one].choices)
    if size > MANY_CELLS:
        yield RecipeProblem("many-cells", ("margins",), {"cells": size}, is_blocking=False)
