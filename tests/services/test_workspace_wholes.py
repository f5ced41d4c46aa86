"""Several blocks of rows under one whole: what one block hides of the whole, the rows of another do not add up to."""

from __future__ import annotations

from app.estimation.disclosure import Cell, Mask, Policy, ProtectedRow, ProtectedTable
from app.estimation.tables import Column, Reading
from app.services.workspace.making import MadeBlock, agree_on_whole

READING = Reading("q", "tous", "citoyens", "essai", "1", "vague", "", "1", "", "2026-11-23T12:00:00+00:00")
COLUMNS = tuple(Column(str(code), f"réponse {code}", "percent", "q", (code,)) for code in (1, 2))
HIDDEN = Cell(mask=Mask.SECONDARY)


def shown(count: int, base: int) -> Cell:
    return Cell(count / base, 0.01, 0.0, 1.0, count, base, index=100.0)


def row(code: int | None, base: int | None, *cells: Cell) -> ProtectedRow:
    return ProtectedRow(code, f"ligne {code}", code is None, base, base, base, False, False, cells)


def block(*rows: ProtectedRow) -> MadeBlock:
    return MadeBlock("bloc", ProtectedTable(READING, COLUMNS, rows, Policy()))


def test_rows_that_add_up_to_a_hidden_whole_are_hidden_with_it() -> None:
    by_sex = block(
        row(None, 300, shown(120, 300), shown(180, 300)),
        row(1, 140, shown(50, 140), shown(90, 140)),
        row(2, 160, shown(70, 160), shown(90, 160)),
    )
    by_region = block(row(None, 300, HIDDEN, shown(180, 300)), row(11, 290, shown(115, 290), shown(175, 290)))
    sexes, regions = agree_on_whole([by_sex, by_region])
    assert [one.cells[0].is_hidden for one in sexes.table.rows] == [True, True, True]
    assert [one.cells[1].count for one in sexes.table.rows] == [180, 90, 90]
    assert regions.table.rows[1].cells[0].count == 115, "its own protection stands"


def test_bases_that_add_up_to_a_hidden_base_are_hidden_with_it() -> None:
    with_bases = block(row(None, 300, shown(120, 300), HIDDEN), row(1, 300, shown(120, 300), HIDDEN))
    without = block(row(None, None, shown(120, 300), HIDDEN))
    for made in agree_on_whole([with_bases, without]):
        assert [one.base for one in made.table.rows] == [None] * len(made.table.rows)
