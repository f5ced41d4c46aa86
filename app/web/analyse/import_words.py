"""The report of an import as its page shows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.models import Import
from app.services.codebooks import ABSENCES, in_language
from app.services.imports.sentences import reason
from questionnaires import codebook
from questionnaires.codebook import Variable
from questionnaires.model import Absence, Questionnaire
from questionnaires.piping import outline

SURE = 0.8
"""Below this confidence a line is marked as one to look at."""


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A value of the file, with its label there, and what it becomes."""

    value: str
    label: str
    becomes: str


@dataclass(frozen=True, slots=True)
class ShownTake:
    """A variable of the version and what it takes."""

    name: str
    label: str
    column: str
    column_label: str
    reasons: str
    is_sure: bool
    kind: str
    values: tuple[ShownValue, ...]


@dataclass(frozen=True, slots=True)
class ShownReport:
    """A report in words. `unknown`: values that the mapping does not know; their counts may be withheld (None)."""

    file: Mapping[str, Any]
    wave: Mapping[str, Any]
    takes: tuple[ShownTake, ...]
    doubtful: int
    unused: tuple[Mapping[str, Any], ...]
    missing: tuple[Mapping[str, Any], ...]
    items: tuple[Mapping[str, Any], ...]
    unknown: tuple[Mapping[str, Any], ...]
    unknown_in_all: int
    rule: str
    bad_weights: Mapping[str, Any] | None
    empty_codes: tuple[Mapping[str, Any], ...]
    weights: Mapping[str, Any] | None


def shown_report(row: Import, questionnaire: Questionnaire, language: str) -> ShownReport:
    """The report of an import, in the language of the page."""
    report, mapping = row.report, row.mapping
    columns = {one["name"]: one for one in report["columns"]}
    known = {one.name: one for one in codebook.variables(questionnaire)}
    takes = tuple(
        _take(one, mapping["variables"][one["name"]], columns, known[one["name"]], language)
        for one in report["variables"]
        if one["name"] in mapping["variables"]
    )
    states = {
        state: tuple(one for one in report["variables"] if one["state"] == state) for state in ("missing", "items")
    }
    return ShownReport(
        file=report["file"],
        wave=mapping["wave"] | {one: dt.date.fromisoformat(mapping["wave"][one]) for one in ("began_on", "ended_on")},
        takes=takes,
        doubtful=sum(not one.is_sure for one in takes),
        unused=tuple(one for one in report["columns"] if one["use"] == "unused"),
        missing=states["missing"],
        items=states["items"],
        unknown=tuple(report["unknown"]),
        unknown_in_all=report["unknown_in_all"],
        rule=mapping["unknown_codes"],
        bad_weights=report["bad_weights"],
        empty_codes=tuple(report["empty_codes"]),
        weights=report["weights"],
    )


def _take(
    one: Mapping[str, Any],
    take: Mapping[str, Any],
    columns: Mapping[str, Mapping[str, Any]],
    variable: Variable,
    language: str,
) -> ShownTake:
    column = columns.get(take["column"], {})
    return ShownTake(
        name=one["name"],
        label=one["label"],
        column=take["column"],
        column_label=column.get("label", ""),
        reasons=", ".join(reason(code, language) for code in take.get("reasons", ())),
        is_sure=_is_sure(take.get("confidence", "")),
        kind=_kind(take),
        values=tuple(_values(take, column.get("labels", {}), variable, language)),
    )


def _is_sure(confidence: str) -> bool:
    """Whether a line needs no second look; one that a person wrote has no confidence and needs none."""
    try:
        return not confidence or float(confidence) >= SURE
    except ValueError:
        return True


def _kind(take: Mapping[str, Any]) -> str:
    words: dict[str, str] = {
        "number": _("nombre"),
        "text": _("texte"),
        "date": _("date"),
        "month": _("mois"),
    }
    if take.get("contains"):
        listed: str = _("choix dans une liste")
        return listed
    codes: str = _("codes")
    return words.get(take.get("as", ""), codes)


def _values(take: Mapping[str, Any], labels: Mapping[str, str], variable: Variable, language: str) -> list[ShownValue]:
    of_version = {code: outline(label.in_(language)) for code, label in variable.codes}
    found = [
        ShownValue(value, labels.get(value, ""), in_language(("Oui", "Yes"), language))
        for value in take.get("contains", ())
    ]
    for value, code in take.get("codes", {}).items():
        said = of_version.get(code, "")
        found.append(ShownValue(value, labels.get(value, ""), f"{code} {said}".strip()))
    for value, code in take.get("absences", {}).items():
        found.append(
            ShownValue(value, labels.get(value, ""), f"{code} {in_language(ABSENCES[Absence(code)], language)}")
        )
    return found
