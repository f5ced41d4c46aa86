"""Counting by bits gives the integers of a count row by row, and of every other way of counting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.estimation import Dimension, Layout, Measure, UnknownCategory, count, counting, planes

MEASURES = (
    Measure("suite", "category", (1, 2, 3, -5)),
    Measure("lacunes", "category", (2, 5, 9, 40)),
    Measure("note", "category", (*range(11), -5)),
    Measure("unique", "category", (7,)),
    Measure("loin", "category", (3, 75_000)),
    Measure("beaucoup", "category", tuple(range(1, 101))),
    Measure("choix", "indicator"),
    Measure("nombre", "number"),
    Measure("cent_vingt_sept", "number"),
    Measure("grand", "number"),
)
LARGEST = {"nombre": 100, "cent_vingt_sept": 127, "grand": 3_000}


def drawn(seed, rows, cells):
    random = np.random.default_rng(seed)
    columns = {"cellule": random.integers(0, cells, rows).astype(np.int16)}
    for measure in MEASURES:
        codes = measure.counted_codes or range(LARGEST[measure.name] + 1)
        column = random.choice(np.array([*codes, -4, -2]), rows)
        columns[measure.name] = column.astype(np.int32 if column.max(initial=0) > 127 else np.int8)
    return columns


def by_hand(layout, columns, cells):
    found = np.zeros((len(cells), layout.width), np.int64)
    place = np.searchsorted(cells, columns["cellule"])
    for measure in layout.measures:
        column, counts = columns[measure.name].astype(np.int64), found[:, layout.place(measure.name)]
        if measure.kind == "number":
            for power in range(3):
                np.add.at(counts[:, power], place[column >= 0], column[column >= 0] ** power)
        for i, code in enumerate(measure.counted_codes):
            np.add.at(counts[:, i], place[column == code], 1)
    return found


@pytest.fixture
def always(monkeypatch):
    """Bits whatever the number of rows, by two threads."""
    monkeypatch.setattr(planes, "pays", lambda *_: True)
    monkeypatch.setattr(counting, "_cores", lambda: 2)


@pytest.mark.usefixtures("always")
def test_bits_count_what_a_count_by_hand_counts():
    @given(st.integers(0, 2**32 - 1), st.integers(0, 400), st.sampled_from([1, 2, 13, 200]))
    def check(seed, rows, cells):
        layout = Layout((Dimension("cellule", tuple(range(cells))),), MEASURES)
        columns = drawn(seed, rows, cells)
        tally = count(layout, columns)
        occupied, sizes = np.unique(columns["cellule"], return_counts=True)
        assert tally.cells.tolist() == occupied.tolist()
        assert tally.sizes.tolist() == sizes.tolist()
        assert np.array_equal(tally.counts, by_hand(layout, columns, occupied))

    check()


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize(("name", "value"), [("suite", 4), ("lacunes", 6), ("choix", 2), ("unique", 3)])
def test_bits_refuse_a_code_that_the_layout_does_not_know(name, value):
    columns = drawn(1, 100, 2)
    columns[name][50] = value
    with pytest.raises(UnknownCategory) as refusal:
        count(Layout((Dimension("cellule", (0, 1)),), MEASURES), columns)
    assert (refusal.value.variable, refusal.value.codes) == (name, (value,))


def test_large_surveys_are_counted_alike_by_bits_and_by_packs(monkeypatch):
    layout = Layout((Dimension("cellule", tuple(range(20))),), MEASURES)
    columns = drawn(5, 1 << 17, 20)
    monkeypatch.setattr(counting, "_cores", lambda: 2)
    assert planes.pays(1 << 17, 20)
    by_bits = count(layout, columns)
    monkeypatch.setattr(counting, "_cores", lambda: 1)  # no second thread to gain from
    assert count(layout, columns) == by_bits


@given(st.lists(st.sampled_from([(1,), (3, 1, 2), tuple(range(5, 105)), tuple(range(300))]), min_size=1, max_size=5))
def test_cells_have_the_same_keys_at_any_width(codes):
    """Of 16, 32 or 64 bits: consecutive codes are not looked up, so their offset must come off again."""
    layout = Layout(tuple(Dimension(f"d{i}", one) for i, one in enumerate(codes)), (Measure("q", "indicator"),))
    rows = [[one[0] for one in codes], [one[-1] for one in codes]]
    columns = {f"d{i}": np.array([row[i] for row in rows], np.int16) for i in range(len(codes))}
    keys = {sum(one.index(code) * stride for one, code, stride in zip(codes, row, layout.strides, strict=True))
            for row in rows}  # fmt: skip
    assert count(layout, columns | {"q": np.zeros(2, np.int8)}).cells.tolist() == sorted(keys)
