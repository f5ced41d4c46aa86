"""Margins of weighting: files beside the questionnaires, each with its universe, date and source."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from app.config import ROOT
from app.estimation.margins import Margin
from app.estimation.weighting import Recipe
from questionnaires.model import Questionnaire, SingleChoice

DEFINITIONS = ROOT / "questionnaires" / "definitions"


class MarginsNotFound(Exception):
    """The questionnaire ships no margins of this key."""


class MarginsAreInvalid(Exception):
    """A margins file cannot be used; the message says where."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Cell(_Part):
    choices: list[str]
    share: float


class _Margin(_Part):
    name: str
    variables: list[str]
    universe: dict[str, str]
    date: str
    source: str
    cells: list[_Cell]


class _Margins(_Part):
    format: int
    key: str
    label: dict[str, str]
    method: str
    note: dict[str, str] | None = None
    margins: list[_Margin]


def list_margins(questionnaire_key: str) -> list[str]:
    """The keys of the margins shipped beside a questionnaire."""
    return sorted(path.stem for path in (DEFINITIONS / questionnaire_key / "margins").glob("*.yaml"))


def read_margins(questionnaire_key: str, key: str) -> dict[str, Any]:
    """The recipe of a weighting as JSON, kept with the wave; raises MarginsNotFound, MarginsAreInvalid."""
    if key not in list_margins(questionnaire_key):
        raise MarginsNotFound(f"{questionnaire_key}/{key}")
    return read_margins_file(DEFINITIONS / questionnaire_key / "margins" / f"{key}.yaml")


def read_margins_file(path: Path) -> dict[str, Any]:
    """Read and check one margins file; raises MarginsAreInvalid."""
    try:
        # Scalars are typed by the schema, not by YAML.
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
        return _Margins.model_validate(document).model_dump()
    except (yaml.YAMLError, ValidationError) as error:
        raise MarginsAreInvalid(f"{path.name}: {error}") from error


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
