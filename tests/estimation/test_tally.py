"""Tallies are exact and add up: any order, any batching, correction and withdrawal give the same tally."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.estimation import (
    BaseWeights,
    Dimension,
    FreeWeightsAreInvalid,
    Layout,
    LayoutIsInvalid,
    LayoutsDiffer,
    Measure,
    NumberIsTooLarge,
    Tally,
    TallyIsUnreadable,
    UnknownCategory,
    WeightsVaryInCells,
    count,
)
from tests.estimation.surveys import BASE, LAYOUT, part, survey, surveys

STRATIFIED = Layout(LAYOUT.dimensions, LAYOUT.measures, BASE, stratum="taille")
FREE = Layout(LAYOUT.dimensions, LAYOUT.measures)
ONE = Layout((Dimension("d", (7,)),), (Measure("q", "category", (1, 2, -5)),))


def one_question(values, measure=None, dtype=np.int8):
    layout = Layout((Dimension("d", (7,)),), (measure or Measure("q", "category", (1, 2, -5)),))
    values = np.array(values, dtype)
    return count(layout, {"d": np.full(len(values), 7, np.int8), layout.measures[0].name: values})


def test_every_answer_is_counted_in_its_cell_and_absences_are_not_in_the_base():
    layout = Layout((Dimension("sexe", (1, 2)),), (Measure("q", "category", (1, 2, -5)),))
    tally = count(layout, {"sexe": np.array([1, 2, 1, 1, 2]), "q": np.array([1, 2, -5, -4, -2], np.int8)})
    assert tally.n == 5
    assert tally.sizes.tolist() == [3, 2]
    assert tally.answers("q").tolist() == [[1, 0, 1], [0, 1, 0]]


def test_no_opinion_counts_only_where_it_is_a_category():
    assert one_question([1, -5], Measure("q", "category", (1, 2))).answers("q").tolist() == [[1, 0]]


def test_an_indicator_counts_zeros_and_ones():
    assert one_question([1, 0, 0, -3], Measure("q", "indicator")).answers("q").tolist() == [[2, 1]]


@pytest.mark.parametrize("values", [[3, 0, 100, -4], [3_000_000, 10, 5, -1]], ids=["narrow", "wide"])
def test_a_number_keeps_answered_sum_and_sum_of_squares(values):
    known = [value for value in values if value >= 0]
    expected = [len(known), sum(known), sum(value**2 for value in known)]
    assert one_question(values, Measure("q", "number"), np.int64).answers("q").tolist() == [expected]


def test_sums_beyond_53_bits_are_exact():
    values = [2**30 + 1] * 3 + [2**29 + 7]
    found = one_question(values, Measure("q", "number"), np.int64).answers("q")[0].tolist()
    assert found == [4, sum(values), sum(value**2 for value in values)]


@pytest.mark.parametrize("kind", [np.int8, np.int16, np.int32, np.int64, np.uint8])
def test_the_width_of_a_column_does_not_matter(kind):
    wide = Measure("q", "category", (1, 40, 120))
    assert one_question([1, 120, 40, 120], wide, kind).answers("q").tolist() == [[1, 1, 2]]


def test_codes_far_apart_and_outside_bytes():
    far = Measure("q", "category", (3, 75_000, 2_000_000))
    assert one_question([3, 2_000_000, -4], far, np.int32).answers("q").tolist() == [[1, 0, 1]]


@pytest.mark.parametrize(
    ("value", "measure"),
    [
        (3, Measure("q", "category", (1, 2))),
        (0, Measure("q", "category", (1, 2))),
        (3, Measure("q", "category", (1, 5))),
        (500, Measure("q", "category", (1, 100_000))),
        (2, Measure("q", "indicator")),
    ],
)
def test_an_unknown_code_is_refused_by_name(value, measure):
    with pytest.raises(UnknownCategory) as refusal:
        one_question([1, value], measure, np.int32)
    assert (refusal.value.variable, refusal.value.codes) == ("q", (value,))


@pytest.mark.parametrize("kind", [np.int8, np.int64])
@pytest.mark.parametrize("code", [-4, 12, 99])
def test_a_row_outside_the_codes_of_a_dimension_is_refused(code, kind):
    layout = Layout((Dimension("region", (11, 53, 94)),), ())
    with pytest.raises(UnknownCategory) as refusal:
        count(layout, {"region": np.array([11, code, 94], kind)})
    assert (refusal.value.variable, refusal.value.codes) == ("region", (code,))


def test_a_number_whose_squares_overflow_is_refused():
    with pytest.raises(NumberIsTooLarge, match="q"):
        one_question([2**40], Measure("q", "number"), np.int64)
    half = one_question([2**30, 2**30], Measure("q", "number"), np.int64)
    with pytest.raises(NumberIsTooLarge):
        Tally.total(half.layout, [half] * 3)


def test_many_possible_cells_stay_sparse():
    dimensions = tuple(Dimension(f"d{i}", tuple(range(100))) for i in range(6))
    layout = Layout(dimensions, (Measure("q", "indicator"),))
    columns = {d.name: np.array([5, 99, 5]) for d in dimensions} | {"q": np.array([1, 0, 0])}
    tally = count(layout, columns)
    assert tally.sizes.tolist() == [2, 1]
    assert tally.positions("d3").tolist() == [5, 99]
    assert tally.answers("q").tolist() == [[1, 1], [1, 0]]


@given(surveys)
def test_counting_equals_counting_by_hand(columns):
    tally = count(LAYOUT, columns)
    rows = list(zip(*(columns[name].tolist() for name in ("sexe", "region", "taille", "classe")), strict=True))
    radices = (LAYOUT.dimensions[0].codes, LAYOUT.dimensions[1].codes, LAYOUT.dimensions[2].codes, (0, 1, 2))
    keys = []
    for row in rows:
        key = 0
        for code, codes in zip(row, radices, strict=True):
            key = key * len(codes) + codes.index(code)
        keys.append(key)
    assert tally.cells.tolist() == sorted(set(keys))
    for place, key in enumerate(tally.cells.tolist()):
        here = [i for i, k in enumerate(keys) if k == key]
        assert tally.sizes[place] == len(here)
        opinions = columns["opinion"][here].tolist()
        assert tally.answers("opinion")[place].tolist() == [opinions.count(c) for c in (1, 2, 3, -5)]
        amounts = [int(x) for x in columns["montant"][here] if x >= 0]
        expected = [len(amounts), sum(amounts), sum(x * x for x in amounts)]
        assert tally.answers("montant")[place].tolist() == expected


@given(surveys, st.randoms(), st.integers(1, 6), st.sampled_from([LAYOUT, STRATIFIED, FREE]))
def test_any_order_and_any_batches_give_the_same_tally(columns, random, batches, layout):
    rows = len(columns["sexe"])
    order = list(range(rows))
    random.shuffle(order)
    bounds = sorted(random.randint(0, rows) for _ in range(batches - 1))
    pieces = np.split(np.array(order, int), bounds)
    random.shuffle(pieces)
    tallies = [count(layout, part(columns, piece)) for piece in pieces]
    whole = count(layout, columns)
    assert whole.is_exact
    assert Tally.total(layout, tallies) == whole
    assert sum(tallies, Tally.empty(layout)) == whole
    assert Tally.total(layout, tallies).to_bytes() == whole.to_bytes()


@given(surveys, st.randoms(), surveys, st.sampled_from([LAYOUT, STRATIFIED, FREE]))
def test_withdrawals_and_corrections_leave_the_tally_of_the_rest(columns, random, corrected, layout):
    keep = np.array([random.random() < 0.7 for _ in columns["sexe"]], bool)
    rest, gone = part(columns, keep), part(columns, ~keep)
    whole = count(layout, columns)
    assert whole - count(layout, gone) == count(layout, rest)
    # Whether the correction or the removal is folded first does not matter.
    replaced = count(layout, rest) + count(layout, corrected)
    assert (whole - count(layout, gone)) + count(layout, corrected) == replaced
    assert (count(layout, corrected) - count(layout, gone)) + whole == replaced
    assert whole - whole == Tally.empty(layout)


@given(surveys)
def test_bytes_return_the_tally(columns):
    tally = count(LAYOUT, columns)
    assert Tally.from_bytes(tally.to_bytes()) == tally
    assert Tally.from_bytes((-tally).to_bytes()) == -tally


def test_other_bytes_are_refused():
    data = count(LAYOUT, survey(1, 20)).to_bytes()
    for wrong in (b"", b"PAR1" * 20, data[:-1], data + b"\0", data[:40]):
        with pytest.raises(TallyIsUnreadable):
            Tally.from_bytes(wrong)


def test_tallies_of_different_layouts_do_not_add_up():
    with pytest.raises(LayoutsDiffer):
        Tally.empty(LAYOUT) + Tally.empty(ONE)


def test_the_digest_tells_layouts_apart():
    same = Layout.from_dict(LAYOUT.to_dict())
    assert same == LAYOUT
    assert same.digest == LAYOUT.digest
    assert LAYOUT.digest != Layout(LAYOUT.dimensions, LAYOUT.measures).digest
    assert LAYOUT.digest != Layout(LAYOUT.dimensions[::-1], LAYOUT.measures, LAYOUT.base_weights).digest
    assert STRATIFIED.digest != LAYOUT.digest
    assert Layout.from_dict(STRATIFIED.to_dict()) == STRATIFIED


def test_the_digest_of_a_layout_without_a_stratum_is_that_of_earlier_releases():
    assert ONE.digest == "34295b01188045142978a2413e43fe7f2290fc5b4be4b8613513f9e065b04746"


@pytest.mark.parametrize(
    "make",
    [
        lambda: Dimension("d", ()),
        lambda: Dimension("d", (1, 1)),
        lambda: Measure("q", "category"),
        lambda: Measure("q", "category", (1, -4)),
        lambda: Measure("q", "category", (1, 1)),
        lambda: Measure("q", "number", (1,)),
        lambda: Measure("q", "autre"),
        lambda: BaseWeights("w", (1.0, 0.0)),
        lambda: Layout((), ()),
        lambda: Layout(LAYOUT.dimensions, (), stratum="opinion"),
        lambda: Layout(LAYOUT.dimensions, (), BASE, stratum="classe"),
        lambda: Layout((Dimension("d", (1,)), Dimension("d", (1,))), ()),
        lambda: Layout((), (Measure("q", "indicator"), Measure("q", "number"))),
        lambda: Layout(tuple(Dimension(f"d{i}", tuple(range(1000))) for i in range(7)), ()),
    ],
)
def test_a_layout_that_cannot_be_counted_is_refused(make):
    with pytest.raises(LayoutIsInvalid):
        make()


def free_weights(columns, seed=0):
    return np.random.default_rng(seed).lognormal(0, 0.5, len(columns["sexe"]))


def nearly_equal(one, other):
    """The same integers, and the same sums of weights to rounding."""
    assert one.cells.tolist() == other.cells.tolist()
    assert one.sizes.tolist() == other.sizes.tolist()
    assert one.counts.tolist() == other.counts.tolist()
    for measure in FREE.measures:
        for found, expected in zip(one.mass(measure.name), other.mass(measure.name), strict=True):
            assert np.allclose(found, expected, rtol=1e-9, atol=1e-9 * (1 + np.abs(expected).max(initial=0)))
            assert not found[one.answers(measure.name) == 0].any()
    np.testing.assert_allclose(one.cell_mass(), other.cell_mass(), rtol=1e-9)


@given(surveys)
def test_free_weights_of_few_values_have_the_masses_of_classes(columns):
    classes = count(LAYOUT, columns)
    free = count(FREE, columns, free_weights=np.array(BASE.weights)[columns["classe"]])
    assert free.is_exact == (classes.n == 0)
    # The cells of classes are those of the free weights, apart by class.
    joined = classes.cells // 3
    for place, cell in enumerate(free.cells):
        for found, expected in zip(free.cell_mass(), classes.cell_mass(), strict=True):
            assert found[place] == pytest.approx(expected[joined == cell].sum(), rel=1e-12)
        for measure in FREE.measures:
            for found, expected in zip(free.mass(measure.name), classes.mass(measure.name), strict=True):
                np.testing.assert_allclose(found[place], expected[joined == cell].sum(axis=0), rtol=1e-12)


@given(surveys, st.randoms(), surveys)
def test_free_weights_add_up_and_subtract_to_rounding(columns, random, corrected):
    weights, others = free_weights(columns), free_weights(corrected, 1)
    keep = np.array([random.random() < 0.7 for _ in columns["sexe"]], bool)
    whole = count(FREE, columns, free_weights=weights)
    rest = count(FREE, part(columns, keep), free_weights=weights[keep])
    gone = count(FREE, part(columns, ~keep), free_weights=weights[~keep])
    more = count(FREE, corrected, free_weights=others)
    nearly_equal(whole - gone, rest)
    nearly_equal(rest + gone, whole)
    nearly_equal((more - gone) + whole, rest + more)
    assert whole - whole == Tally.empty(FREE)
    assert Tally.from_bytes(whole.to_bytes()) == whole


def test_nothing_is_left_of_weights_that_round_when_taken_away():
    columns = part(survey(2, 30), np.zeros(4, int))
    weights = np.array([0.1, 0.2, 0.3, 0.7])
    whole = count(FREE, columns, free_weights=weights)
    for row in (2, 0, 3, 1):
        whole = whole - count(FREE, part(columns, np.array([row])), free_weights=weights[[row]])
    assert whole == Tally.empty(FREE)


def test_a_correction_of_the_weight_alone_counts():
    columns = part(survey(2, 30), np.arange(30) == 0)
    old, new = (count(FREE, columns, free_weights=np.array([weight])) for weight in (1.5, 4.0))
    change = new - old
    assert change.sizes.tolist() == [0]
    nearly_equal(old + change, new)


def test_free_weights_and_none_do_not_add_up():
    columns = survey(2, 30)
    with pytest.raises(LayoutsDiffer):
        count(FREE, columns) + count(FREE, columns, free_weights=free_weights(columns))


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan"), float("inf")])
def test_a_free_weight_that_is_not_a_positive_number_is_refused(wrong):
    columns = survey(2, 30)
    with pytest.raises(FreeWeightsAreInvalid) as refusal:
        count(FREE, columns, free_weights=np.array([1.0] * 28 + [wrong] * 2))
    assert refusal.value.rows == 2
    with pytest.raises(FreeWeightsAreInvalid):
        count(FREE, columns, free_weights=np.ones(29))


def test_base_weights_are_free_or_classes():
    columns = survey(2, 30)
    with pytest.raises(LayoutIsInvalid):
        count(LAYOUT, columns, free_weights=np.ones(30))
    with pytest.raises(WeightsVaryInCells):
        count(FREE, columns, free_weights=np.ones(30)).base_weights()


def test_free_weights_of_a_layout_without_measures():
    columns = survey(2, 30)
    tally = count(Layout(LAYOUT.dimensions, ()), columns, free_weights=np.full(30, 2.5))
    assert tally.cell_mass()[0].tolist() == (tally.sizes * 2.5).tolist()
