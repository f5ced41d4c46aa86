"""Composite indicators: scores from 0 to 100 declared beside the questionnaires, computed from the answers.

`questionnaires/definitions/<questionnaire>/indicators/*.yaml` say of each score which items it is made of. The points
of an item go from 0 to 100: those declared for its choices, or the scale of a score stretched over 0 to 100
(`reversed`: 100 less them); the choice of a multiple question is worth 100 when chosen and 0 when not. The score of
a response is the mean of the points of its answered items, by their weights, rounded to the declared decimals, a
half upwards (65.25 is 65.3). When fewer items than the `minimum` are answered it is absent, with the cause of the
first item that has no answer. With points 100, 200/3, 100/3, 0: « plutôt » and « tout à fait » make (66.7 + 100) / 2,
83.3.

A score is computed whenever columns are read, never kept: a tally stays a function of (segments, layout), and
`digest` names what was declared.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from app.services.weightings.margins import DEFINITIONS
from questionnaires import codebook
from questionnaires.codebook import Variable, VariableKind
from questionnaires.model import LocalText, Questionnaire, choices_of

FOLDER = "indicators"
FULL = 100
_LARGEST = 2**62


class IndicatorsAreInvalid(Exception):
    """A declaration cannot be used; the message says where, one problem a line."""


def _fraction(value: object) -> Fraction:
    """« 66.67 » or « 200/3 »."""
    try:
        return Fraction(str(value))
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(f"{value} is not a number") from error


_Points = Annotated[Fraction, BeforeValidator(_fraction), Field(ge=0, le=FULL)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Item(_Part):
    """An item of a score: `points` by the name of a choice; none for what has a scale of its own."""

    variable: str
    points: dict[str, _Points] = {}
    reversed: bool = False
    weight: int = Field(default=1, ge=1, le=100)


class Declaration(_Part):
    """A score as declared."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)
    label: dict[str, str]
    concept: str
    versions: tuple[str, ...] = Field(min_length=1)
    items: tuple[Item, ...] = Field(min_length=1)
    minimum: int = Field(default=1, ge=1)
    decimals: int = Field(default=1, ge=0, le=3)


class _File(_Part):
    format: int = Field(ge=1, le=1)
    questionnaire: str
    indicators: tuple[Declaration, ...]


@dataclass(frozen=True, slots=True)
class ScoredItem:
    """An item in the codes of a version: code -> points; without codes, `low` and `high` are worth 0 and 100."""

    item: Item
    label: LocalText
    points: Mapping[int, Fraction]
    low: int = 0
    high: int = 0

    def of(self, value: int) -> Fraction | None:
        """The points of an answer, None for what is none."""
        if value < 0 or (self.points and value not in self.points):
            return None
        points = self.points[value] if self.points else Fraction(FULL * (value - self.low), self.high - self.low)
        return FULL - points if self.item.reversed else points


@dataclass(frozen=True, slots=True)
class Indicator:
    """A score of a version: what it is, and how it is computed."""

    declared: Declaration
    scored: tuple[ScoredItem, ...]

    @property
    def name(self) -> str:
        """Its name among the variables."""
        return self.declared.name

    @property
    def label(self) -> LocalText:
        """What pages call it."""
        return LocalText(self.declared.label)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The variables that it is computed from."""
        return tuple(one.item.variable for one in self.scored)

    @property
    def variable(self) -> Variable:
        """The score as a variable of the version: a computed number, that nobody is asked."""
        return Variable(
            name=self.name,
            question="",
            kind=VariableKind.COMPUTED,
            label=self.label,
            concept=self.declared.concept,
            decimals=self.declared.decimals,
            minimum=0,
            maximum=FULL * 10**self.declared.decimals,
        )

    def score(self, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.int64]:
        """The scores of rows, times 10**decimals, or a cause of absence. `columns`: those of `inputs`, (n,) each."""
        tables = [_Table.of(one, np.asarray(columns[one.item.variable])) for one in self.scored]
        unit = math.lcm(*(table.unit for table in tables))
        sums = sum(table.points * (unit // table.unit * one.item.weight) for table, one in self._with(tables))
        weights = sum(table.is_answered * one.item.weight for table, one in self._with(tables))
        answered = sum(table.is_answered.astype(np.int64) for table in tables)
        # round(x) of x = sums * 10**decimals / (unit * weights), a half upwards: floor(x + 1/2), in integers.
        below = 2 * unit * np.maximum(weights, 1)
        scores = (2 * 10**self.declared.decimals * sums + below // 2) // below
        causes = np.zeros(len(scores), np.int64)
        for table in reversed(tables):
            causes = np.where(table.is_answered, causes, table.codes)
        return np.where(answered >= self.declared.minimum, scores, causes)

    def _with(self, tables: Sequence[_Table]) -> list[tuple[_Table, ScoredItem]]:
        return list(zip(tables, self.scored, strict=True))


@dataclass(frozen=True, slots=True)
class _Table:
    """The points of an item row by row, as integers: times `unit`; 0 where it is not answered."""

    codes: NDArray[np.int64]
    points: NDArray[np.int64]
    is_answered: NDArray[np.bool_]
    unit: int

    @classmethod
    def of(cls, scored: ScoredItem, column: NDArray[Any]) -> _Table:
        codes, places = np.unique(column, return_inverse=True)
        points = [scored.of(int(code)) for code in codes]
        unit = math.lcm(*(one.denominator for one in points if one is not None), 1)
        integers = np.asarray([0 if one is None else int(one * unit) for one in points], np.int64)
        answered = np.asarray([one is not None for one in points], np.bool_)
        return cls(column.astype(np.int64), integers[places], answered[places], unit)


def indicators_of(questionnaire: Questionnaire) -> tuple[Indicator, ...]:
    """The scores of a version, in the order declared.

    One that does not fit this content of the version is left out: counting goes on without it, and
    `problems_of` says why.
    """
    return questionnaire.derive(_indicators)


def variables_of(questionnaire: Questionnaire) -> tuple[Variable, ...]:
    """The scores of a version as variables: they follow those of its codebook."""
    return tuple(one.variable for one in indicators_of(questionnaire))


def digest(indicators: Sequence[Indicator]) -> str | None:
    """Hexadecimal SHA-256 of what is declared; None without any score."""
    if not indicators:
        return None
    text = "\n".join(one.declared.model_dump_json() for one in indicators)
    return hashlib.sha256(text.encode()).hexdigest()


def with_scores(
    indicators: Sequence[Indicator], columns: Mapping[str, NDArray[Any]], names: Sequence[str]
) -> dict[str, NDArray[Any]]:
    """The columns of these names, scores computed. Every other column, and the inputs of the scores, must be there."""
    known = {one.name: one for one in indicators}
    return {name: known[name].score(columns) if name in known else columns[name] for name in names}


def needed(indicators: Sequence[Indicator], names: Sequence[str]) -> list[str]:
    """The stored columns that these names are made of, each once."""
    known = {one.name: one.inputs for one in indicators}
    return list(dict.fromkeys(column for name in names for column in known.get(name, (name,))))


def problems_of(questionnaire: Questionnaire) -> list[str]:
    """Why scores declared for this version cannot be computed from it; empty when all can."""
    return [problem for one in _declared(questionnaire) for problem in _fit(one, questionnaire)[1]]


def read_file(path: Path) -> tuple[Declaration, ...]:
    """Read and check one file of declarations; raises IndicatorsAreInvalid."""
    try:
        # Scalars are typed by the schema, not by YAML.
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506  (only strings)
        found = _File.model_validate(document)
    except (yaml.YAMLError, ValidationError) as error:
        raise IndicatorsAreInvalid(f"{path.name}: {error}") from error
    if found.questionnaire != path.parent.parent.name:
        raise IndicatorsAreInvalid(f"{path.name}: questionnaire: {found.questionnaire} is not the one of its folder")
    return found.indicators


@lru_cache(maxsize=64)
def _read(questionnaire: str) -> tuple[Declaration, ...]:
    files = sorted((DEFINITIONS / questionnaire / FOLDER).glob("*.yaml"))
    return tuple(one for path in files for one in read_file(path))


def _declared(questionnaire: Questionnaire) -> list[Declaration]:
    return [one for one in _read(questionnaire.name) if questionnaire.version in one.versions]


def _indicators(questionnaire: Questionnaire) -> tuple[Indicator, ...]:
    found = [_fit(one, questionnaire)[0] for one in _declared(questionnaire)]
    return tuple(one for one in found if one is not None)


def fit(declared: Declaration, questionnaire: Questionnaire) -> Indicator:
    """A declaration in the codes of a version; raises IndicatorsAreInvalid with every problem."""
    found, problems = _fit(declared, questionnaire)
    if found is None:
        raise IndicatorsAreInvalid("\n".join(problems))
    return found


def _fit(declared: Declaration, questionnaire: Questionnaire) -> tuple[Indicator | None, list[str]]:
    variables = {one.name: one for one in codebook.variables(questionnaire)}
    problems = []
    if declared.name in variables or declared.name in {one.name for one in questionnaire.questions}:
        problems.append(f"{declared.name}: a variable has this name already")
    if missing := [language for language in questionnaire.languages if not declared.label.get(language)]:
        problems.append(f"{declared.name}: label: nothing in {', '.join(missing)}")
    if declared.minimum > len(declared.items):
        problems.append(f"{declared.name}: minimum: {declared.minimum} of {len(declared.items)} items")
    names = [item.variable for item in declared.items]
    problems += [f"{declared.name}: items: {name} is there twice" for name in set(names) if names.count(name) > 1]
    scored = []
    for item in declared.items:
        one, wrong = _scored(item, variables, questionnaire)
        problems += [f"{declared.name}: items: {item.variable}: {problem}" for problem in wrong]
        scored += [one] if one else []
    if not problems and _size(scored) * 4 * 10**declared.decimals >= _LARGEST:
        problems.append(f"{declared.name}: points and weights are too fine to be added exactly")
    return (None if problems else Indicator(declared, tuple(scored))), problems


def _size(scored: Sequence[ScoredItem]) -> int:
    units = (
        one.denominator for part in scored for one in (part.points.values() or [Fraction(1, part.high - part.low)])
    )
    return math.lcm(*units) * FULL * sum(part.item.weight for part in scored)


def _scored(
    item: Item, variables: Mapping[str, Variable], questionnaire: Questionnaire
) -> tuple[ScoredItem | None, list[str]]:
    variable = variables.get(item.variable)
    if variable is None:
        return None, ["no such variable"]
    if variable.kind is VariableKind.CATEGORY:
        codes = {choice.name: choice.code for choice in choices_of(questionnaire.question(variable.question))}
        wrong = [f"{name} is no choice" for name in item.points if name not in codes]
        wrong += [f"{name} has no points" for name in codes if name not in item.points]
        points = {codes[name]: value for name, value in item.points.items() if name in codes}
        return ScoredItem(item, variable.label, points), wrong
    if item.points:
        return None, ["only choices have points of their own"]
    if variable.kind is VariableKind.INDICATOR:
        return ScoredItem(item, variable.label, {}, 0, 1), []
    if variable.kind is VariableKind.SCORE:
        low, high = variable.minimum or 0, variable.maximum if variable.maximum is not None else 10
        return ScoredItem(item, variable.label, {}, low, high), []
    return None, [f"a {variable.kind.value} has no points"]
