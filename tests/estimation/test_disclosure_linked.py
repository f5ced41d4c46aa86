"""Tables that tell about the same people: a filter and those whom it leaves out, a table and its transpose.

The attacker here knows every form that is shown in all of them, and solves the equations.
"""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.estimation import Column, Mask, Policy, Reading, Table, TableRow, protect

READING = Reading("Question", "À tous", "citoyens", "q", "1", "Essai", "brut", "1", "trial", "2026-11-23")
POLICY = Policy()
SIZES = st.sampled_from([0, 0, 1, 3, 8, 10, 12, 15, 31, 60, 140])


def made(counts, rows="r", columns="c", kinds=()):
    """The table of answers 0, 1… of `columns` by domains 0, 1… of `rows`, and further columns of these kinds."""
    inner = np.asarray(counts, np.int64)
    whole = np.vstack([inner.sum(axis=0), inner])
    base = np.repeat(whole.sum(axis=1)[:, None], whole.shape[1] + len(kinds), axis=1)
    count = np.hstack([whole, *[whole.sum(axis=1)[:, None] for _ in kinds]])
    codes = tuple(range(inner.shape[1]))
    about = [Column(str(code), f"{columns}{code}", "percent", columns, (code,)) for code in codes]
    about += [Column(kind, kind, kind, columns, codes) for kind in kinds]
    lines = [TableRow(None, "Ensemble"), *(TableRow(code, f"{rows}{code}") for code in range(len(inner)))]
    number = count.astype(float)
    return Table(READING, tuple(lines), tuple(about), number, number, number, number, count, base, base * 1.0, number)


def turned(counts):
    return made(np.asarray(counts).T, "c", "r")


def forms_shown(table, shape, is_turned=False):
    """What of the inner cells (rows x columns) a protected table shows, as coefficients; bases too."""
    shown = []
    for place, row in enumerate(table.rows):
        here = np.zeros(shape if not is_turned else shape[::-1], np.int64)
        here[slice(None) if place == 0 else place - 1] = 1
        if row.base is not None:
            shown.append(here)
        for column, cell in enumerate(row.cells):
            if not cell.is_hidden:
                form = np.zeros_like(here)
                form[:, column] = here[:, column]
                shown.append(form)
    return [(form.T if is_turned else form).ravel() for form in shown]


def small_forms(counts):
    """Every cell, row, column of 1 to 10 of a table, as coefficients of its inner cells."""
    counts = np.asarray(counts)
    found = []
    for rows in [*([one] for one in range(len(counts))), list(range(len(counts)))]:
        for columns in [*([one] for one in range(counts.shape[1])), list(range(counts.shape[1]))]:
            form = np.zeros_like(counts)
            form[np.ix_(rows, columns)] = 1
            if 0 < (form * counts).sum() <= 10:
                found.append(form.ravel())
    return found


def follows(form, known):
    """Whether a form is a combination of the known ones."""
    if not known:
        return False
    rank = np.linalg.matrix_rank(np.asarray(known))
    return np.linalg.matrix_rank(np.asarray([*known, form])) == rank


def sides(draw_rows, draw_columns):
    table = st.lists(
        st.lists(SIZES, min_size=draw_columns, max_size=draw_columns), min_size=draw_rows, max_size=draw_rows
    )
    return st.tuples(table, table)


two_sides = st.tuples(st.integers(1, 4), st.integers(2, 4)).flatmap(lambda shape: sides(*shape))


@settings(max_examples=80)
@given(two_sides)
def test_a_filter_tells_nothing_by_difference_with_the_whole(counts):
    kept, left = (np.asarray(one) for one in counts)
    if not kept.sum() or not left.sum():
        return
    nothing = np.zeros(kept.size, np.int64)
    whole = protect(made(kept + left), POLICY)
    filtered = protect(made(kept), POLICY, complement=made(left))
    opposite = protect(made(left), POLICY, complement=made(kept))
    known = [np.concatenate([form, form]) for form in forms_shown(whole, kept.shape)]
    known += [np.concatenate([form, nothing]) for form in forms_shown(filtered, kept.shape)]
    known += [np.concatenate([nothing, form]) for form in forms_shown(opposite, kept.shape)]
    secrets = [np.concatenate([form, nothing]) for form in small_forms(kept)]
    secrets += [np.concatenate([nothing, form]) for form in small_forms(left)]
    assert not any(follows(secret, known) for secret in secrets)


@settings(max_examples=80)
@given(two_sides)
def test_a_table_and_its_transpose_hide_the_same_cells_and_tell_nothing_together(counts):
    inner = np.asarray(counts[0])
    if not inner.sum():
        return
    table = protect(made(inner), POLICY, transposed=turned(inner))
    other = protect(turned(inner), POLICY, transposed=made(inner))
    known = forms_shown(table, inner.shape) + forms_shown(other, inner.shape, is_turned=True)
    assert not any(follows(secret, known) for secret in small_forms(inner))


@settings(max_examples=30)
@given(two_sides)
def test_a_filtered_crossing_and_its_transpose_tell_nothing_together(counts):
    kept, left = (np.asarray(one) for one in counts)
    if not kept.sum() or not left.sum():
        return
    nothing = np.zeros(kept.size, np.int64)
    total = kept + left
    known = []
    for one, other in ((kept, left), (left, kept)):
        table = protect(made(one), POLICY, complement=made(other), transposed=turned(one))
        back = protect(
            turned(one), POLICY, complement=turned(other), transposed=made(one), transposed_complement=made(other)
        )
        forms = forms_shown(table, kept.shape) + forms_shown(back, kept.shape, is_turned=True)
        known += [np.concatenate([form, nothing] if one is kept else [nothing, form]) for form in forms]
    whole = protect(made(total), POLICY, transposed=turned(total))
    back = protect(turned(total), POLICY, transposed=made(total))
    known += [
        np.concatenate([form, form])
        for form in forms_shown(whole, kept.shape) + forms_shown(back, kept.shape, is_turned=True)
    ]
    secrets = [np.concatenate([form, nothing]) for form in small_forms(kept)]
    secrets += [np.concatenate([nothing, form]) for form in small_forms(left)]
    assert not any(follows(secret, known) for secret in secrets)


def test_tiny_tables_leave_more_than_one_state_of_what_they_hide():
    """By enumeration, without algebra: some other whole numbers of people fit all that is shown."""
    policy = Policy(minimum_count=2, minimum_base=2, fragile_base=2)
    for cells in itertools.product((0, 1, 2, 3), repeat=4):
        inner = np.asarray(cells).reshape(2, 2)
        if not inner.sum():
            continue
        table = protect(made(inner), policy, transposed=turned(inner))
        other = protect(turned(inner), policy, transposed=made(inner))
        forms = np.asarray(forms_shown(table, (2, 2)) + forms_shown(other, (2, 2), is_turned=True)).reshape(-1, 4)
        states = np.asarray(list(itertools.product(range(-4, 8), repeat=4)))
        same = states[(states @ forms.T == inner.ravel() @ forms.T).all(axis=1)]
        for place, count in enumerate(inner.ravel()):
            if count == 1:
                assert len(set(same[:, place])) > 1


def test_those_whom_a_filter_leaves_out_are_not_told_by_the_rest_of_the_country():
    shares = np.array([0.35, 0.3, 0.2, 0.1, 0.05])
    corsica = np.array([[5, 4, 2, 1, 0]])
    country = np.round(np.outer([2388], shares)).astype(int)
    whole = protect(made(country + corsica), POLICY)
    assert not any(cell.is_hidden for cell in whole.rows[0].cells)
    without = protect(made(country), POLICY, complement=made(corsica))
    hidden = [cell.mask for cell in without.rows[0].cells]
    # Of the last answer nobody is left out, so that the whole tells no more than the rest.
    assert hidden == [Mask.SECONDARY] * 4 + [None]
    assert without.rows[0].base == country.sum()
    # Without the rule the difference would be there for all to compute.
    assert not any(cell.is_hidden for cell in protect(made(country), POLICY).rows[0].cells)


def test_a_filter_that_leaves_out_enough_people_hides_nothing():
    kept, left = [[200, 150], [90, 80]], [[100, 60], [45, 70]]
    table = protect(made(kept), POLICY, complement=made(left))
    assert table.hidden_cells == 0
    assert [row.base for row in table.rows] == [520, 350, 170]


def test_a_cell_hidden_in_one_orientation_is_hidden_in_the_other():
    inner = [[100, 4, 60], [80, 90, 40], [70, 50, 55]]
    alone = {place: cell.is_hidden for place, cell in inner_cells(protect(made(inner), POLICY))}
    table = dict(inner_cells(protect(made(inner), POLICY, transposed=turned(inner))))
    other = dict(inner_cells(protect(turned(inner), POLICY, transposed=made(inner))))
    assert all(table[row, column].is_hidden == other[column, row].is_hidden for row, column in table)
    assert all(table[place].is_hidden for place, is_hidden in alone.items() if is_hidden)
    assert table[0, 1].mask is Mask.SMALL_COUNT


def inner_cells(table):
    return [((row.code, place), cell) for row in table.rows[1:] for place, cell in enumerate(row.cells)]


def test_a_transpose_that_shows_who_is_in_no_column_is_part_of_the_equations():
    """The table shows the share of « yes »; its transpose has a row for « no » as well."""
    yes, no = np.array([[60], [95]]), np.array([[40], [5]])
    both = np.hstack([no, yes])
    whole = made(both)
    columns = tuple(one for one in whole.columns if one.code == "1")
    table = Table(
        READING, whole.rows, columns, *([whole.value[:, 1:]] * 4), whole.count[:, 1:], whole.base[:, 1:],
        whole.weighted_base[:, 1:], whole.effective_base[:, 1:],
    )  # fmt: skip
    shown = protect(table, POLICY, transposed=turned(both))
    back = protect(turned(both), POLICY, transposed=table)
    known = [np.array([1, 1, 0, 0]) for row in [shown.rows[1]] if row.base is not None]
    known += [np.array([0, 0, 1, 1]) for row in [shown.rows[2]] if row.base is not None]
    known += [np.array([0, 1, 0, 0]) for row in [shown.rows[1]] if not row.cells[0].is_hidden]
    known += [np.array([0, 0, 0, 1]) for row in [shown.rows[2]] if not row.cells[0].is_hidden]
    known += [np.array([0, 1, 0, 1]) for row in [shown.rows[0]] if not row.cells[0].is_hidden]
    known += forms_shown(back, (2, 2), is_turned=True)
    assert not follows(np.array([0, 0, 1, 0]), known)


def test_a_deviation_and_a_median_are_shown_only_beside_a_whole_distribution():
    table = protect(made([[100, 60, 50], [100, 4, 60], [15, 8, 5]], kinds=("mean", "deviation", "median")), POLICY)
    assert [row.cells[4].mask for row in table.rows] == [None, None, Mask.SECONDARY, Mask.SMALL_BASE]
    for row in table.rows:
        assert row.cells[4].is_hidden == any(cell.is_hidden for cell in row.cells[:4])
        assert row.cells[4].mask == row.cells[5].mask
    shown = table.rows[0].cells[4]
    assert (shown.count, shown.base) == (None, None)


def test_a_deviation_alone_is_hidden_like_a_mean():
    """Of a quantity there is no distribution: a hidden region takes a second one with it."""
    for kind in ("mean", "deviation", "median"):
        whole = made([[100, 50], [10, 15], [40, 20], [80, 70]], kinds=(kind,))
        only = (replace(whole.columns[-1], members=()),)
        table = Table(
            READING, whole.rows, only, *([whole.value[:, -1:]] * 4), whole.count[:, -1:], whole.base[:, -1:],
            whole.weighted_base[:, -1:], whole.effective_base[:, -1:],
        )  # fmt: skip
        masks = [row.cells[0].mask for row in protect(table, POLICY).rows]
        assert masks == [None, None, Mask.SMALL_BASE, Mask.SECONDARY, None]


def test_signs_indices_and_weighted_counts_vanish_with_their_cell():
    table = made([[100, 4, 60], [80, 90, 40]])
    shape = table.count.shape
    table = replace(table, sign=np.full(shape, 2), index=np.full(shape, 110.0), weighted=np.full(shape, 5e6))
    shown = protect(table, POLICY)
    cells = [cell for row in shown.rows for cell in row.cells]
    assert any(cell.is_hidden for cell in cells)
    for cell in cells:
        expected = (0, None, None) if cell.is_hidden else (2, 110.0, 5e6)
        assert (cell.sign, cell.index, cell.weighted) == expected


def test_an_index_is_hidden_with_the_whole_whose_value_it_tells():
    counts = [[40, 60, 3], [35, 70, 0]]
    table = made(counts)
    table = replace(table, index=np.full(table.count.shape, 120.0))
    shown = protect(table, POLICY)
    assert shown.rows[0].cells[2].is_hidden
    for row in shown.rows:
        for place, cell in enumerate(row.cells):
            assert (cell.index is None) == (cell.is_hidden or shown.rows[0].cells[place].is_hidden)
    assert any(not row.cells[2].is_hidden for row in shown.rows[1:])


def test_tables_that_do_not_fit_together_are_refused():
    table = made([[100, 60], [80, 90]])
    with pytest.raises(ValueError, match="complement"):
        protect(table, POLICY, complement=made([[100, 60]]))
    with pytest.raises(ValueError, match="rows"):
        protect(table, POLICY, transposed=replace(turned([[1]]), rows=(TableRow(None, "Ensemble"),)))
