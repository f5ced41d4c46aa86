"""Crossed views: the famous line with the wave and source of each cell, what may be compared, what is refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.db import Database
from app.services import crossed
from app.services.crossed import ConceptNotFound, CrossedView, compare_actors, crossed_view
from app.storage import Storage
from tests.factories import launch_shipped, send_many, storage_in
from tests.journeys import fold, refresh

FAMOUS = {
    "citoyens": (("PHARE-Citoyens", 69, "S11"), ("IMPACT-Citoyens 2019", 74, "S1"), 5),
    "elus": (("PHARE-Institutions", 87, "S3"), ("IMPACT-Élus locaux", 92, "S5"), None),
    "entreprises": (("PHARE-Entreprises", 81, "S17"), ("IMPACT-Entreprises", 83, "S5"), None),
    "associations": (("PHARE-Associations", 86, "S2"), ("IMPACT-Associations & Territoires", 97, "S5"), None),
}


@pytest.fixture(scope="module")
def field(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, citizens: list[dict[str, Any]]
) -> Iterator[tuple[Database, Storage]]:
    """One simulated wave of citizens, folded."""
    folder = tmp_path_factory.mktemp("crossed")
    shutil.copy(sqlite_template, folder / "impact.sqlite3")
    database, storage = Database(f"sqlite:///{folder / 'impact.sqlite3'}"), storage_in(folder)
    wave = launch_shipped(database)
    send_many(wave, citizens, 200, origin="simulated")
    fold(wave, storage)
    refresh(wave, storage)
    yield database, storage
    database.close()


def view(
    field: tuple[Database, Storage], name: str, part: str | None = None, origin: str = "respondent"
) -> CrossedView:
    database, storage = field
    with database.reading() as session:
        return crossed_view(session, storage, name, "fr", part, origin)


def test_the_famous_line_tells_the_wave_and_the_source_of_each_cell(field: tuple[Database, Storage]) -> None:
    innovation = view(field, "innovation_source")
    found = {}
    for line in innovation.lines:
        assert line.first is not None
        assert line.gap is not None
        cells = [(one.wave, round(100 * (one.value or 0)), one.sources[0].key) for one in (line.first, line.last)]
        gap = line.gap.difference
        found[line.population] = (*cells, None if gap is None else round(100 * gap))
    assert found == FAMOUS
    assert innovation.absent == ("fondations", "academiques")
    companies = innovation.line("entreprises")
    assert companies is not None
    assert companies.last.others == (0.84,)


def test_an_interval_is_given_only_where_the_base_is_known_and_is_said_to_be_indicative(
    field: tuple[Database, Storage],
) -> None:
    citizens, mayors = (view(field, "innovation_source").line(one) for one in ("citoyens", "elus"))
    assert citizens is not None
    assert mayors is not None
    low, high = citizens.last.low or 0, citizens.last.high or 0
    assert (round(low, 3), round(high, 3)) == (0.722, 0.758)
    assert citizens.last.is_indicative
    assert citizens.gap is not None
    assert citizens.gap.is_significant
    assert mayors.last.base is None
    assert mayors.last.low is None


def test_measures_are_compared_at_grades_a_and_b_only(field: tuple[Database, Storage]) -> None:
    innovation = view(field, "innovation_source")
    citizens, companies = innovation.line("citoyens"), innovation.line("entreprises")
    assert citizens is not None
    assert companies is not None
    allowed = compare_actors(citizens.last, companies.last, "fr", ("Citoyens", "Dirigeants"))
    assert allowed.is_allowed
    assert round(100 * (allowed.difference or 0)) == -9
    partnership = view(field, "partnership_type", "mecenat")
    companies, associations = partnership.line("entreprises"), partnership.line("associations")
    assert companies is not None
    assert associations is not None
    refused = compare_actors(companies.last, associations.last, "fr", ("Dirigeants", "Associations"))
    assert not refused.is_allowed
    assert refused.difference is None
    assert "degré C" in refused.reason
    assert "Mêmes quatre types" in refused.reason


def test_demonstration_and_published_figures_never_stand_together(field: tuple[Database, Storage]) -> None:
    real = view(field, "jouer_collectif_utility")
    assert all(one.figure for line in real.lines for one in line.measures)
    shown = view(field, "jouer_collectif_utility", origin="simulated")
    (line,) = shown.lines
    assert [one.figure for one in line.measures] == [None]
    assert line.last.value is not None
    assert line.last.low is not None
    assert line.last.low < line.last.value
    assert not line.last.is_indicative
    assert line.last.base
    assert line.last.wave_key
    assert line.last.grade == "B"


@pytest.mark.parametrize(("name", "part"), [("fragility_intensity", "emploi"), ("fragility_priority", "securite")])
def test_rows_and_choices_are_measured_too(field: tuple[Database, Storage], name: str, part: str) -> None:
    shown = view(field, name, part, "simulated")
    assert [one.population for one in shown.lines] == ["citoyens"]
    assert shown.lines[0].last.is_mean == (name == "fragility_intensity")


def test_totals_and_other_items_are_set_aside_with_their_reason(field: tuple[Database, Storage]) -> None:
    count = view(field, "partnership_count", "partenariats")
    assert not count.lines
    assert {one.population for one in count.aside} == {"entreprises", "associations"}
    assert all(one.reason["fr"] for one in count.aside)


def test_an_unknown_concept_or_part_is_not_found(field: tuple[Database, Storage]) -> None:
    for name, part in (("nothing", None), ("innovation_source", "nothing")):
        with pytest.raises(ConceptNotFound):
            view(field, name, part)


def test_a_margin_stays_within_zero_and_one() -> None:
    assert crossed.margin(1.0, 10) == (1.0, 1.0)
    assert crossed.margin(0.01, 20)[0] == 0
