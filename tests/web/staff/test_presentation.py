"""What a protected table becomes on screen: texts, axes, and the diagnostics of a weighting."""

from collections.abc import Iterator

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.estimation.diagnostics import CategoryDiagnostic
from app.estimation.disclosure import Cell, Mask, Policy, ProtectedRow, ProtectedTable, Reading
from app.estimation.tables import Column
from app.web.analyse.dots import LEFT, RIGHT, WIDTH, dot_chart
from app.web.analyse.presentation import default_column, mean_scale, reading_sentence, shown_cell, shown_rows
from app.web.analyse.weighting import hidden_before, problem_sentence
from tests.web.staff.members import plain

READING = Reading("Q", "tous", "citoyens", "IMPACT", "2022", "vague", "n° 1", "1", "essai", "2026-11-23")
SHARE = Column("1", "Oui", "percent", "q", (1,))
TOP = Column("st", "ST Oui", "subtotal", "q", (1, 2))
MEAN = Column("mean", "Moyenne", "mean", "q")


@pytest.fixture(autouse=True)
def _in_a_page(app: Flask) -> Iterator[None]:
    with app.test_request_context("/"):
        yield


def cell(value: float, reach: float = 0.05, *, is_fragile: bool = False) -> Cell:
    return Cell(value, reach / 2, value - reach, value + reach, 100, 200, is_fragile)


def row(code: int | None, label: str, *cells: Cell, base: int | None = 200) -> ProtectedRow:
    weighted = None if base is None else float(base)
    is_fragile = any(one.is_fragile for one in cells)
    return ProtectedRow(code, label, code is None, base, weighted, weighted, is_fragile, False, cells)


def table(columns: tuple[Column, ...], *rows: ProtectedRow) -> ProtectedTable:
    return ProtectedTable(READING, columns, rows, Policy())


def test_a_cell_has_the_precision_it_deserves() -> None:
    assert shown_cell(cell(0.476), SHARE).text == "48"
    assert plain(shown_cell(cell(0.476), SHARE).words) == "de 43 à 53 %"
    assert shown_cell(cell(6.44, 0.2), MEAN).text == "6,4"
    assert plain(shown_cell(cell(6.44, 0.2), MEAN).words) == "de 6,2 à 6,6"


@pytest.mark.parametrize("mask", [Mask.SMALL_BASE, Mask.SMALL_COUNT, Mask.SECONDARY])
def test_a_hidden_cell_is_a_mark_and_a_reason(mask: Mask) -> None:
    shown = shown_cell(Cell(mask=mask), SHARE)
    assert (shown.text, shown.is_hidden) == ("c", True)
    assert shown.words.startswith("Masqué")


def test_a_row_whose_base_is_hidden_does_not_tell_its_size() -> None:
    fragile = row(94, "Corse", cell(0.5, is_fragile=True), base=None)
    assert [one.is_fragile for one in shown_rows(table((SHARE,), fragile))] == [False]


def test_rows_follow_the_order_asked_after_the_whole() -> None:
    made = table(
        (SHARE,), row(None, "Ensemble", cell(0.5)), row(11, "Île-de-France", cell(0.4)), row(53, "Bretagne", cell(0.6))
    )
    assert [one.label for one in shown_rows(made, [53, 11])] == ["Ensemble", "Bretagne", "Île-de-France"]


def test_the_chart_takes_the_first_subtotal_unless_told() -> None:
    assert default_column((SHARE, TOP, MEAN)) == 1
    assert default_column((SHARE, MEAN)) == 1
    assert default_column((SHARE,)) == 0
    assert default_column((SHARE, TOP), "1") == 0
    assert default_column((SHARE, TOP), "inconnue") == 1


def test_the_reading_sentence_reads_a_solid_row() -> None:
    made = table(
        (SHARE,),
        row(None, "Ensemble", cell(0.5)),
        row(94, "Corse", cell(0.7, is_fragile=True), base=40),
        row(53, "Bretagne", cell(0.6)),
    )
    assert plain(reading_sentence(made, 0)) == (
        "Bretagne : « Oui » réunit 60 % des 200 répondants (intervalle à 95 % : de 55 à 65 %)."
    )
    assert reading_sentence(table((SHARE,), row(None, "Ensemble", Cell(mask=Mask.SMALL_BASE))), 0) == ""


def test_dots_go_from_the_largest_to_the_smallest_and_hidden_ones_last() -> None:
    made = table(
        (SHARE,),
        row(None, "Ensemble", cell(0.5)),
        row(94, "Corse", Cell(mask=Mask.SMALL_BASE), base=None),
        row(11, "Île-de-France", cell(0.4)),
        row(53, "Bretagne", cell(0.6, is_fragile=True)),
    )
    chart = dot_chart(made, 0)
    assert chart is not None
    assert [plain(dot.label) for dot in chart.dots] == ["Bretagne *", "Île-de-France", "Corse"]
    assert [plain(dot.text) for dot in chart.dots] == ["60 %", "40 %", "c"]
    assert chart.dots[2].x is None
    assert plain(chart.cut_at) == "30 %"
    assert chart.whole is not None


def test_nothing_is_drawn_when_every_domain_is_hidden() -> None:
    made = table((SHARE,), row(None, "Ensemble", cell(0.5)), row(1, "Nord", Cell(mask=Mask.SMALL_BASE)))
    assert dot_chart(made, 0) is None


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.3)), min_size=1, max_size=15))
def test_every_dot_stands_within_its_interval_and_the_drawing(shares: list[tuple[float, float]]) -> None:
    rows = [
        row(code, f"région {code}", Cell(value, reach, max(0, value - reach), min(1, value + reach), 50, 100))
        for code, (value, reach) in enumerate(shares)
    ]
    chart = dot_chart(table((SHARE,), row(None, "Ensemble", cell(0.5)), *rows), 0)
    assert chart is not None
    for dot in chart.dots:
        assert dot.x is not None
        assert dot.low is not None
        assert dot.high is not None
        assert LEFT <= dot.low <= dot.x <= dot.high <= WIDTH - RIGHT
    assert 2 <= len(chart.marks) <= 12


def test_means_without_a_scale_get_a_round_axis_from_zero() -> None:
    assert mean_scale(table((MEAN,), row(None, "Ensemble", cell(13.2, 1)))) == (0, 20)
    assert mean_scale(table((MEAN,), row(None, "Ensemble", cell(0.4, 0.1)))) == (0, 1)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=14))
def test_shares_before_weighting_never_tell_a_small_count(counts: list[int]) -> None:
    categories = [CategoryDiagnostic((code,), count, 0.0, 0.0, 0.0) for code, count in enumerate(counts)]
    hidden = hidden_before(categories, 11)
    small = {place for place, count in enumerate(counts) if 0 < count < 11}
    assert small <= hidden
    if small and sum(counts) >= 11 and sum(count >= 11 for count in counts):
        # The shown shares give the sum of the hidden ones: it must not be one count, nor a small one.
        assert len(hidden) >= 2
        assert sum(counts[place] for place in hidden) >= 11
    if not small:
        assert hidden == frozenset()


def test_a_problem_of_weighting_is_a_sentence() -> None:
    assert problem_sentence(None) == ""
    assert problem_sentence("EmptyMarginCategory") != problem_sentence("DidNotConverge")
    assert problem_sentence("SomethingNew") == "Le redressement n’a pas pu se faire."
