"""Tables of a wave: what one table hides, no other of the same snapshot gives back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db import Database
from app.services import analysis, fieldwork, folding, margins, simulation, snapshots, trial
from app.services.analysis import WHOLE, DomainNotAvailable, WaveTables
from app.storage import FolderStorage

PEOPLE = 500


@pytest.fixture
def tables(sqlite_url: str, tmp_path: Path) -> Iterator[WaveTables]:
    """The tables of a small wave, where much is hidden."""
    database, storage = Database(sqlite_url), FolderStorage(tmp_path / "storage")
    with database.transaction() as session:
        wave_id = trial.seed_demo(session, "Observatoire").id
    key = f"{trial.DEMO_KEY}-1"
    recipe = margins.read_margins(trial.QUESTIONNAIRE, trial.MARGINS)
    for _ in simulation.simulate(database, key, PEOPLE, recipe, "a secret of this test only, long enough"):
        pass
    folding.fold_wave(database, storage, None, wave_id)
    snapshots.refresh_snapshot(database, storage, wave_id)
    with database.reading() as session:
        yield WaveTables(session, storage, fieldwork.get_wave(session, key), "fr")
    database.close()


@pytest.mark.parametrize(("grid", "shown"), [("fragilite", "mean"), ("impact_attendu", "subtotal")])
def test_a_grid_shows_what_the_tables_of_its_rows_show(tables: WaveTables, grid: str, shown: str) -> None:
    for by in (WHOLE, "region"):
        whole = tables.table(grid, by)
        for place, column in enumerate(whole.columns):
            of_row = tables.table(column.code, by)
            code = next(one.code for one in of_row.columns if one.kind == shown)
            own = [one.code for one in of_row.columns].index(code)
            assert [row.cells[place] for row in whole.rows] == [row.cells[own] for row in of_row.rows]
            bases = [row.base for row in of_row.rows]
            assert all(
                base is None or row.base is None or row.base >= base
                for row, base in zip(whole.rows, bases, strict=True)
            )


def test_a_variable_of_the_margins_is_not_crossed_by_another(tables: WaveTables) -> None:
    assert tables.domains_of("pcs") == [WHOLE]
    assert "region" in tables.domains_of("utilite")
    with pytest.raises(DomainNotAvailable):
        tables.table("pcs", "region")


def test_every_question_that_has_an_answer_to_count_has_its_tables(tables: WaveTables) -> None:
    names = [one.name for one in analysis.question_list(tables.questionnaire)]
    made = list(tables.all_tables())
    by_region = [name for name in names if "region" in tables.domains_of(name)]
    assert len(made) == len(names) + len(by_region)
    assert all(table.reading.question and table.reading.base and table.reading.weighting for table in made)
