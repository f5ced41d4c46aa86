"""Recipes of weighting: the margins kept with a wave, in the codes of its version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.estimation.margins import Margin
from app.estimation.weighting import Recipe
from app.services.margins import MarginsAreInvalid
from questionnaires.model import Questionnaire, SingleChoice


def to_recipe(document: Mapping[str, Any], questionnaire: Questionnaire) -> Recipe:
    """The recipe in the codes of a version; raises MarginsAreInvalid for an unknown variable or choice."""
    codes: dict[str, dict[str, int]] = {
        question.name: {choice.name: choice.code for choice in question.choices}
        for question in questionnaire.questions
        if isinstance(question, SingleChoice)
    }
    margins = []
    for margin in document["margins"]:
        try:
            shares = {
                tuple(
                    codes[name][choice] for name, choice in zip(margin["variables"], cell["choices"], strict=True)
                ): cell["share"]
                for cell in margin["cells"]
            }
        except (KeyError, ValueError) as error:
            raise MarginsAreInvalid(f"{margin['name']}: {error}") from error
        margins.append(
            Margin(
                name=margin["name"],
                dimensions=tuple(margin["variables"]),
                shares=shares,
                universe=margin["universe"]["fr"],
                date=margin["date"],
                source=margin["source"],
            )
        )
    return Recipe(margins=tuple(margins), method=document["method"])
