"""A statistic of a wave by region, as it may be shown.

Everything is read from one protected table of the workspace, with every column that it may have: what the page of
territories shows is what that table shows, so that one never tells what the other hides. That the regions add up to
the country is looked at before anything is hidden, and told as yes or no, never with the sum of what is shown: the
country less the visible regions would be the hidden one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from app.estimation.disclosure import Cell, Mask, ProtectedRow, ProtectedTable
from app.estimation.tables import Column
from app.models import Wave
from app.services import authoring
from app.services.workspace import Made, Subject, TableRequest, make_tables, subjects, words
from app.storage import Storage
from questionnaires.model import Questionnaire, SingleChoice, Suggester, part_name
from questionnaires.model.territories import (
    METROPOLITAN,
    REGIONS,
    Correspondence,
    Territory,
    Worth,
    read_code,
    region_of_choice,
    worth_today,
)

CONCEPT = "region"
STATISTICS = ("percent", "counts", "weighted", "mean")
MOST_FIGURES = 12
"""How many figures the page of a region shows."""

_NOW = 2026
"""A year of the present edition of the code, in which the answers of suggesters are kept."""


class NoRegions(Exception):
    """The version asks nobody for their region."""


class RegionIsUnknown(Exception):
    """The variable of regions has no such code, or nobody of that code has answered."""


class Where(StrEnum):
    """Where a row stands: on a tile of the map, or listed under it."""

    TILE = "tile"
    OVERSEAS = "overseas"
    FORMER = "former"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class RegionVariable:
    """What tells the region of a person. `territories`: code of the answer -> region, None for one that is none."""

    name: str
    territories: Mapping[int, Territory | None]

    def worth(self, code: int | None) -> Correspondence | None:
        """What the answer is in the regions of today; None when it is no region."""
        found = None if code is None else self.territories.get(code)
        return None if found is None else worth_today(found)

    def where(self, code: int | None) -> Where:
        """Where the row of this answer stands. A region of 2015 that is a region of today has its tile."""
        found = self.worth(code)
        if found is None:
            return Where.OUTSIDE
        if found.worth is not Worth.EXACT:
            return Where.FORMER
        return Where.TILE if found.regions[0] in METROPOLITAN else Where.OVERSEAS


@dataclass(frozen=True, slots=True)
class RegionFigure:
    """One figure of one region. `region`: its code today, None when it has no tile. `code`: that of the answer."""

    code: int | None
    label: str
    where: Where
    worth: Correspondence | None
    row: ProtectedRow
    cell: Cell

    @property
    def region(self) -> int | None:
        """The code of today of a region that is one."""
        return self.worth.regions[0] if self.worth is not None and self.worth.worth is Worth.EXACT else None

    @property
    def is_hidden(self) -> bool:
        """Whether there are answers whose figure may not be shown."""
        return self.cell.is_hidden and self.cell.mask is not Mask.NO_ANSWER


@dataclass(frozen=True, slots=True)
class RegionTable:
    """A statistic by region. `adds_up`: the regions, those that are hidden included, make up the country."""

    made: Made
    variable: RegionVariable
    adds_up: bool

    @property
    def table(self) -> ProtectedTable:
        """The protected table that everything is read from; its first row is the country."""
        return self.made.blocks[0].table

    @property
    def columns(self) -> tuple[Column, ...]:
        """The figures that may be mapped."""
        return self.table.columns

    @property
    def france(self) -> ProtectedRow:
        """The row of everyone."""
        return self.table.rows[0]

    def figures(self, place: int) -> tuple[RegionFigure, ...]:
        """One figure of each region: those of the map first, then the others, in the order of the version."""
        found = [
            RegionFigure(
                row.code,
                row.label,
                self.variable.where(row.code),
                self.variable.worth(row.code),
                row,
                row.cells[place],
            )
            for row in self.table.rows[1:]
        ]
        return tuple(sorted(found, key=lambda one: one.where is not Where.TILE))

    def figure(self, code: int, place: int) -> RegionFigure:
        """That of one region; raises RegionIsUnknown."""
        found = next((one for one in self.figures(place) if one.code == code), None)
        if found is None:
            raise RegionIsUnknown(code)
        return found


def region_variables(questionnaire: Questionnaire) -> list[RegionVariable]:
    """What tells the region in a version: questions of the concept, then regions of places that were suggested."""
    found = []
    for section in questionnaire.sections:
        # What is asked for each item of a roster counts items, not people.
        for question in [one for page in section.pages for one in page.questions if section.repeat is None]:
            if isinstance(question, SingleChoice) and question.concept == CONCEPT:
                known = {
                    choice.code: region_of_choice(
                        choice.code, [choice.name, *(choice.label.in_(one) for one in questionnaire.languages)]
                    )
                    for choice in question.choices
                }
                found.append(RegionVariable(question.name, known))
            elif isinstance(question, Suggester):
                found.append(RegionVariable(part_name(question.name, "region"), _TODAY))
    # A question that knows no region at all, such as « nord, sud », makes no map.
    return [one for one in found if any(one.territories.values())]


_TODAY: Mapping[int, Territory | None] = {code: read_code(code, _NOW) for code in REGIONS}


def region_variable(questionnaire: Questionnaire, name: str = "") -> RegionVariable:
    """The variable of this name, or the first; raises NoRegions."""
    known = region_variables(questionnaire)
    found = next((one for one in known if name in ("", one.name)), None)
    if found is None:
        raise NoRegions(questionnaire.name)
    return found


def mapped_subjects(questionnaire: Questionnaire, language: str) -> dict[str, Subject]:
    """What may be read by region, by name, in the order of the questionnaire."""
    regions = {one.name for one in region_variables(questionnaire)}
    return {
        name: one for name, one in subjects(questionnaire, language, words(language)).items() if name not in regions
    }


def region_table(
    session: Session, storage: Storage, wave: Wave, question: str, language: str, by: str = ""
) -> RegionTable:
    """A question of a wave by region, each held against the rest of the country.

    Raises NoRegions, and RequestIsInvalid (of the workspace) when there is no such question or nothing is counted.
    """
    _version, questionnaire = authoring.get_version(session, wave.version_id)
    variable = region_variable(questionnaire, by)
    asked = TableRequest(wave.key, question, (variable.name,), statistics=STATISTICS, test="signs")
    made = make_tables(session, storage, asked, language)
    return RegionTable(made, variable, made.blocks[0].adds_up)


def main_figures(questionnaire: Questionnaire, language: str) -> list[Subject]:
    """What the page of a region shows: questions that add answers up, then scores, each in the order of the version."""
    known = mapped_subjects(questionnaire, language).values()
    wanted = [one for one in known if one.subtotals or (one.has_order and one.asked is not None)]
    return sorted(wanted, key=lambda one: not one.subtotals)[:MOST_FIGURES]
