"""Margins of weighting: files beside the questionnaires, each with its universe, date and source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from app.config import ROOT

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


class _Limits(_Part):
    low: float
    high: float


class _Merge(_Part):
    variable: str
    choices: list[str]
    when: str = "always"


class _Margins(_Part):
    format: int
    key: str
    label: dict[str, str]
    method: str
    note: dict[str, str] | None = None
    margins: list[_Margin]
    bounds: _Limits | None = None
    trim: _Limits | None = None
    merges: list[_Merge] | None = None
    absences: str | None = None
    base: str | None = None
    stratum: str | None = None


_OPTIONS = ("bounds", "trim", "merges", "absences", "base", "stratum")


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
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506  (only strings)
        read = _Margins.model_validate(document).model_dump()
    except (yaml.YAMLError, ValidationError) as error:
        raise MarginsAreInvalid(f"{path.name}: {error}") from error
    # A recipe says only what it wants.
    return {key: value for key, value in read.items() if key not in _OPTIONS or value is not None}
