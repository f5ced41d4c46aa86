"""Figures by region: they make the national one, and those that are hidden are told by no other."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.db import Database
from app.estimation import Recipe, calibrate, count
from app.estimation.additivity import adds_up
from app.estimation.estimates import Estimator
from app.estimation.linearization import Statistic
from app.models import Wave
from app.services import fieldwork, folding, snapshots
from app.services.territories import (
    NoRegions,
    RegionTable,
    Where,
    main_figures,
    mapped_subjects,
    region_table,
    region_variable,
    region_variables,
)
from app.services.workspace import RequestIsInvalid
from app.storage import FolderStorage, Storage
from questionnaires.model import Questionnaire, Suggester
from questionnaires.model.territories import METROPOLITAN, Worth
from tests import factories
from tests.estimation.surveys import LAYOUT, large_surveys, margins_near
from tests.factories import Field
from tests.questionnaires.builders import page, questionnaire, single, words
from tests.territories import ASKED, CORSICA, NOW, SIZES, asked_of, people_of, region_question


class Bench:
    """A wave of people, and its figures by region."""

    def __init__(self, database: Database, storage: Storage, field: Field) -> None:
        self.database, self.storage, self.field = database, storage, field

    def read(self, question: str) -> RegionTable:
        with self.database.reading() as session:
            wave = fieldwork.get_wave(session, self.field.key)
            return region_table(session, self.storage, wave, question, "fr")

    @property
    def estimator(self) -> Estimator:
        """Of the snapshot itself, before anything is hidden."""
        with self.database.reading() as session:
            wave = session.get_one(Wave, self.field.wave_id)
            snapshot = snapshots.latest_snapshot(session, wave)
        assert snapshot is not None
        found = snapshots.read_estimator(self.storage, snapshot.content_hash)
        assert found is not None
        return found


def bench_of(
    database: Database, storage: Storage, people: Sequence[dict[str, Any]], asked: Questionnaire, key: str
) -> Bench:
    """A wave that these people answered, folded and weighted by sex and region."""
    sizes = Counter(one["region"] for one in people)
    shares = {f"r{region}": str(size + 5) for region, size in sizes.items()}
    field = factories.launch(database, asked, {"sexe": {"homme": "48", "femme": "52"}, "region": shares}, key=key)
    factories.send_many(field, [factories.payload(asked, **one) for one in people], len(people))
    folding.fold_wave(database, storage, None, field.wave_id)
    snapshots.refresh_snapshot(database, storage, field.wave_id)
    return Bench(database, storage, field)


@pytest.fixture(scope="module")
def place(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, FolderStorage]]:
    folder = tmp_path_factory.mktemp("territories")
    shutil.copy(sqlite_template, folder / "impact.sqlite3")
    database = Database(f"sqlite:///{folder / 'impact.sqlite3'}")
    yield database, FolderStorage(folder / "storage")
    database.close()


@pytest.fixture(scope="module")
def nation(place: tuple[Database, FolderStorage]) -> Bench:
    """A thousand people in the 13 regions, 12 of them in Corse, 40 in La Réunion."""
    return bench_of(*place, people_of(SIZES | {4: 40}), ASKED, "nation")


def column_of(found: RegionTable, code: str) -> int:
    return [one.code for one in found.columns].index(code)


def test_regions_have_their_figure_interval_base_and_marks(nation: Bench) -> None:
    found = nation.read("utilite")
    figures = found.figures(column_of(found, "st_utile"))
    assert [one.region for one in figures if one.where is Where.TILE] == list(METROPOLITAN)
    shown = {one.region: one for one in figures if not one.is_hidden}
    brittany = shown[53]
    assert brittany.cell.low < brittany.cell.value < brittany.cell.high
    assert brittany.row.base == SIZES[53]
    assert {code for code, one in shown.items() if code in METROPOLITAN and one.cell.is_fragile} == {
        code for code in shown if 30 <= SIZES.get(code or 0, 0) < 100
    }
    assert any(one.is_hidden for one in figures if one.region == CORSICA)


def test_what_is_no_region_of_the_map_is_listed_apart(nation: Bench) -> None:
    found = nation.read("utilite")
    beside = {one.code: one.where for one in found.figures(0) if one.where is not Where.TILE}
    assert beside == {4: Where.OVERSEAS}
    variable = region_variable(ASKED)
    assert variable.where(99) is Where.OUTSIDE
    assert variable.where(None) is Where.OUTSIDE


@pytest.mark.parametrize("question", ["utilite", "confiance", "priorite"])
def test_the_regional_estimates_of_a_snapshot_make_the_national_one(nation: Bench, question: str) -> None:
    assert nation.read(question).adds_up
    names = [question] if question != "priorite" else [f"priorite_{one}" for one in ("emploi", "sante", "climat")]
    estimator = nation.estimator
    for name in names:
        found = estimator.estimate(name, "region")
        persons, weights = found.weighted, found.weighted_base
        np.testing.assert_allclose(persons[1:].sum(axis=0), persons[0], rtol=1e-9)
        assert weights[1:].sum() == pytest.approx(weights[0])
        mean = (np.nan_to_num(found.value[1:]) * weights[1:, None]).sum(axis=0) / weights[0]
        np.testing.assert_allclose(mean, found.value[0], rtol=1e-9)
        assert adds_up(found)


def test_estimates_that_do_not_make_the_whole_are_found_out(nation: Bench) -> None:
    (found,) = nation.estimator.estimate_each([Statistic("utilite")], "sexe")
    assert adds_up(found)
    for name in ("value", "weighted_base", "base"):
        bent = getattr(found, name).copy()
        bent[1] = bent[1] * 1.01 if bent.dtype.kind == "f" else bent[1] + 1
        assert not adds_up(replace(found, **{name: bent})), name


@settings(max_examples=20, deadline=None)
@given(columns=large_surveys, seed=st.integers(0, 2**32 - 1))
def test_any_survey_adds_up(columns: dict[str, Any], seed: int) -> None:
    """Whatever the people, the base weights and the margins, one set of weights makes the regions and the country."""
    tally = count(LAYOUT, columns)
    estimator = Estimator(tally, calibrate(tally, Recipe(margins_near(columns, seed))))
    asked: list[tuple[str, Literal["share", "mean", "total"]]] = [("opinion", "share"), ("opinion", "total")]
    for name, kind in (*asked, ("note", "mean"), ("choix", "share"), ("montant", "mean")):
        assert adds_up(estimator.estimate(name, "region", kind=kind))


def equations(found: RegionTable) -> tuple[np.ndarray, list[int], list[int]]:
    """What the page tells, as equations on the count of each answer in each region."""
    rows = [row for row in found.table.rows if row.code is not None]
    parts = [place for place, column in enumerate(found.columns) if column.kind == "percent"]
    codes = [found.columns[place].members[0] for place in parts]
    known = []
    for row in found.table.rows:
        here = np.zeros((len(rows), len(parts)))
        here[slice(None) if row.code is None else rows.index(row)] = 1
        if row.base is not None:
            known.append(here.ravel())
        for place, column in enumerate(found.columns):
            if column.kind not in ("percent", "subtotal") or row.cells[place].is_hidden:
                continue
            known.append((here * np.isin(codes, column.members)).ravel())
    return np.asarray(known), [row.code or 0 for row in rows], parts


def test_the_country_less_the_visible_regions_is_not_the_hidden_one(nation: Bench) -> None:
    """The attack: what France counts, less what every visible region counts, is Corse. Weighted, it is the same."""
    found = nation.read("utilite")
    known, codes, parts = equations(found)
    rank, line = np.linalg.matrix_rank(known), codes.index(CORSICA)
    corsica = found.figure(CORSICA, 0).row
    answers = Counter(one["utilite"] for one in people_of(SIZES) if one["region"] == CORSICA)
    # That nobody gave an answer is no secret: zeros are shown.
    hidden = [part for part, place in enumerate(parts) if corsica.cells[place].is_hidden and answers[part + 1]]
    assert len(hidden) > 1
    for part in hidden:
        one = np.zeros((len(codes), len(parts)))
        one[line, part] = 1
        assert np.linalg.matrix_rank(np.vstack([known, one.ravel()])) == rank + 1


def left_of_the_country(found: RegionTable, place: int) -> int:
    """The people of France who gave an answer, less those of every region shown."""
    counts = [row.cells[place].count for row in found.table.rows]
    return (counts[0] or 0) - sum(one or 0 for one in counts[1:])


def test_the_country_is_never_left_with_one_hidden_region(nation: Bench) -> None:
    """The same attack on the column that the map shows, with weighted figures: two regions at least are mixed."""
    met = 0
    for question in ("utilite", "confiance", "priorite"):
        found = nation.read(question)
        for place, column in enumerate(found.columns):
            if found.france.cells[place].is_hidden or column.kind not in ("percent", "subtotal"):
                continue
            hidden = [one for one in found.figures(place) if one.is_hidden]
            met += len(hidden)
            if len(hidden) == 1:
                assert left_of_the_country(found, place) == 0, "what is left is told only where it is nobody"
            for one in hidden:
                cell = one.cell
                assert (cell.value, cell.count, cell.base, cell.low, cell.high, cell.weighted, cell.sign) == (
                    *[None] * 6,
                    0,
                )
    assert met, "some region is hidden"


def test_no_figure_of_1_to_10_people_is_there(nation: Bench) -> None:
    for question in ("utilite", "confiance", "priorite"):
        found = nation.read(question)
        for row in found.table.rows:
            assert row.base is None or row.base == 0 or row.base > 10
            assert all(cell.count is None or cell.count == 0 or cell.count > 10 for cell in row.cells)


def test_a_wave_of_2015_keeps_its_regions(place: tuple[Database, FolderStorage]) -> None:
    """Figures of Rhône-Alpes are not those of Auvergne-Rhône-Alpes; Bretagne is Bretagne."""
    asked = asked_of({82: "Rhône-Alpes", 83: "Auvergne", 53: "Bretagne", 24: "Centre"})
    people = people_of({82: 50, 83: 40, 53: 60, 24: 40})
    found = bench_of(*place, people, replace(asked, name="ancienne"), "ancienne").read("utilite")
    figures = {one.code: one for one in found.figures(0)}
    assert {code: (one.where, one.region) for code, one in figures.items()} == {
        82: (Where.FORMER, None),
        83: (Where.FORMER, None),
        53: (Where.TILE, 53),
        24: (Where.TILE, 24),
    }
    worth = figures[82].worth
    assert worth is not None
    assert (worth.worth, worth.regions, worth.missing) == (Worth.PART, (84,), (83,))


def test_the_region_is_a_question_of_the_concept_or_that_of_a_place() -> None:
    place = Suggester(name="commune", text=words("Votre commune ?"))
    both = questionnaire(page("profil", region_question(NOW, "ou"), place))
    assert [one.name for one in region_variables(both)] == ["ou", "commune_region"]
    assert region_variable(both, "commune_region").where(53) is Where.TILE
    with pytest.raises(NoRegions):
        region_variable(both, "rien")
    with pytest.raises(NoRegions):
        region_variable(questionnaire(page("profil", replace(single("region", "nord", "sud"), concept="region"))))


def test_what_may_be_read_by_region_leaves_the_region_out() -> None:
    known = mapped_subjects(ASKED, "fr")
    assert "region" not in known
    assert [one.name for one in main_figures(ASKED, "fr")] == ["utilite", "confiance"]


def test_an_unknown_question_is_a_problem(nation: Bench) -> None:
    with pytest.raises(RequestIsInvalid):
        nation.read("rien")
