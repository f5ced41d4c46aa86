"""Tables of a wave: what one table hides, no other of the same snapshot gives back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.db import Database
from app.estimation.disclosure import Mask
from app.services import analysis, fieldwork
from app.services.analysis import WHOLE, DomainNotAvailable, WaveTables
from tests.factories import launch_shipped, send_many, storage_in
from tests.journeys import fold, refresh

PEOPLE = 500


@pytest.fixture(scope="module")
def tables(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, citizens: list[dict[str, Any]]
) -> Iterator[WaveTables]:
    """The tables of a small wave, where much is hidden."""
    folder = tmp_path_factory.mktemp("analysis")
    shutil.copy(sqlite_template, folder / "impact.sqlite3")
    database, storage = Database(f"sqlite:///{folder / 'impact.sqlite3'}"), storage_in(folder)
    wave = launch_shipped(database)
    send_many(wave, citizens, PEOPLE, origin="simulated")
    fold(wave, storage)
    refresh(wave, storage)
    with database.reading() as session:
        yield WaveTables(session, storage, fieldwork.get_wave(session, wave.key), "fr")
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


def test_variables_of_the_margins_crossed_by_one_another_hide_the_same_cells_either_way(tables: WaveTables) -> None:
    assert tables.domains_of("pcs") == [WHOLE, "sexe", "age", "region", "taille_agglo"]
    with pytest.raises(DomainNotAvailable):
        tables.table("region", "region")
    table, turned = tables.table("pcs", "region"), tables.table("region", "pcs")
    masks = {
        (row.code, int(one.code)): cell
        for row in table.rows
        for one, cell in zip(table.columns, row.cells, strict=True)
    }
    hidden = 0
    for row in turned.rows[1:]:
        for column, cell in zip(turned.columns, row.cells, strict=True):
            other = masks.get((int(column.code), row.code))
            # Zero tells of nobody: it is shown wherever the base of its row allows a share.
            if other is None or Mask.NO_ANSWER in (other.mask, cell.mask) or 0 in (other.count, cell.count):
                continue
            assert other.is_hidden == cell.is_hidden
            hidden += cell.is_hidden
    assert hidden


def test_every_question_that_has_an_answer_to_count_has_its_tables(tables: WaveTables) -> None:
    names = [one.name for one in analysis.question_list(tables.questionnaire)]
    made = list(tables.all_tables())
    by_region = [name for name in names if "region" in tables.domains_of(name)]
    assert len(made) == len(names) + len(by_region)
    assert all(table.reading.question and table.reading.base and table.reading.weighting for table in made)
