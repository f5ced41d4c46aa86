"""Raking meets the margins or says why it cannot; nothing is weighted silently."""

import json

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.estimation import (
    CategoryWithoutTarget,
    Diagnostics,
    DidNotConverge,
    Dimension,
    EmptyMarginCategory,
    Layout,
    Margin,
    MarginIsInvalid,
    MarginsContradict,
    MarginsDoNotAddUp,
    Recipe,
    Tally,
    TallyIsEmpty,
    TallyIsNegative,
    UnknownMarginVariable,
    Weighting,
    WeightingDoesNotFit,
    calibrate,
    count,
    unweighted,
)
from app.estimation.counting import occupied_cells
from tests.estimation.surveys import (
    LAYOUT,
    REGION,
    SEX,
    large_surveys,
    margins_near,
    part,
    raked_rows,
    survey,
)

SEXES = Layout((SEX, REGION), ())


def sexes(men, women, regions=(11, 53, 94)):
    rows = men + women
    return count(SEXES, {"sexe": np.array([1] * men + [2] * women), "region": np.resize(np.array(regions), rows)})


def by_sex(men, women, **origin):
    return Margin("sexe", ("sexe",), {(1,): men, (2,): women}, **origin)


def test_a_worked_example():
    # 30 men and 70 women weighted to half and half: 50/30 and 50/70.
    tally = sexes(30, 70)
    weighting = calibrate(tally, Recipe((by_sex(50, 50, universe="18 ans et plus", date="2022", source="INSEE"),)))
    assert sorted(set(weighting.weights_on(tally).round(12))) == [round(50 / 70, 12), round(50 / 30, 12)]
    told = weighting.diagnostics
    assert told.effective_size == pytest.approx(100**2 / (30 * (5 / 3) ** 2 + 70 * (5 / 7) ** 2))
    assert told.design_effect == pytest.approx(100 / told.effective_size)
    assert (told.ratio_minimum, told.ratio_maximum) == pytest.approx((5 / 7, 5 / 3))
    assert dict(told.ratio_quantiles)[0.5] == pytest.approx(5 / 7)
    men, _ = told.margins[0].categories
    assert (men.codes, men.count) == ((1,), 30)
    assert (men.before, men.target, men.after) == pytest.approx((30, 50, 50))
    origin = told.margins[0]
    assert (origin.universe, origin.date, origin.source) == ("18 ans et plus", "2022", "INSEE")
    assert not told.rescaled


@given(large_surveys, st.integers(0, 99))
def test_margins_are_met_and_the_ratio_is_one_per_cell(columns, seed):
    tally = count(LAYOUT, columns)
    margins = margins_near(columns, seed)
    weighting = calibrate(tally, Recipe(margins))
    weights = weighting.weights_on(tally)[occupied_cells(LAYOUT, columns)[2]]
    assert weights.sum() == pytest.approx(tally.n, rel=1e-12)
    for margin in margins:
        total = sum(margin.shares.values())
        codes = np.stack([columns[name] for name in margin.dimensions], axis=1)
        for level, share in margin.shares.items():
            reached = weights[(codes == level).all(axis=1)].sum() / tally.n
            assert reached == pytest.approx(share / total, rel=1e-10)
    for margin in weighting.diagnostics.margins:
        for category in margin.categories:
            assert category.after == pytest.approx(category.target, rel=1e-10)


@given(large_surveys, st.integers(0, 99))
def test_weights_from_cells_equal_weights_from_rows(columns, seed):
    tally = count(LAYOUT, columns)
    margins = margins_near(columns, seed)
    found = calibrate(tally, Recipe(margins)).weights_on(tally)[occupied_cells(LAYOUT, columns)[2]]
    expected, _ = raked_rows(columns, margins)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_percentages_near_100_are_rescaled_and_it_is_said():
    told = calibrate(sexes(30, 70), Recipe((by_sex(47.6, 52.2),))).diagnostics
    assert told.rescaled == (("sexe", pytest.approx(99.8)),)
    assert told.margins[0].is_rescaled
    assert told.margins[0].categories[0].target == pytest.approx(47.6 / 99.8 * 100)
    assert told.margins[0].categories[0].after == pytest.approx(47.6 / 99.8 * 100, rel=1e-12)


def test_counts_of_persons_are_shares_of_their_own_sum():
    told = calibrate(sexes(30, 70), Recipe((by_sex(31_760_210, 33_867_244),))).diagnostics
    assert told.margins[0].categories[0].after == pytest.approx(100 * 31_760_210 / 65_627_454, rel=1e-12)
    assert not told.rescaled


@pytest.mark.parametrize("shares", [(48, 51), (60, 41), (0.5, 0.5), (400, 500)])
def test_percentages_far_from_100_are_refused(shares):
    with pytest.raises(MarginsDoNotAddUp) as refusal:
        calibrate(sexes(30, 70), Recipe((by_sex(*shares),)))
    assert refusal.value.data == {"margin": "sexe", "total": sum(shares)}
    assert refusal.value.suggestion


def test_a_category_without_respondents_is_named_with_what_to_do():
    margins = (by_sex(50, 50), Margin("region", ("region",), {(11,): 60, (53,): 39, (94,): 1}))
    with pytest.raises(EmptyMarginCategory) as refusal:
        calibrate(sexes(30, 70, regions=(11, 53)), Recipe(margins))
    assert refusal.value.data["categories"] == [{"margin": "region", "category": (94,), "share": pytest.approx(1)}]
    assert refusal.value.suggestion == "merge-categories"


def test_respondents_without_a_target_are_named():
    with pytest.raises(CategoryWithoutTarget) as refusal:
        calibrate(sexes(30, 70), Recipe((Margin("region", ("region",), {(11,): 60, (53,): 40}),)))
    assert refusal.value.data == {"margin": "region", "categories": [(94,)]}


@pytest.mark.parametrize("share", [-1.0, float("nan"), float("inf"), 0.0])
def test_a_share_that_no_respondent_can_have_is_refused(share):
    with pytest.raises(MarginIsInvalid) as refusal:
        calibrate(sexes(30, 70), Recipe((by_sex(100, share),)))
    assert refusal.value.data["category"] == (2,)


def test_a_margin_on_a_variable_that_is_not_counted_is_refused():
    with pytest.raises(UnknownMarginVariable) as refusal:
        calibrate(sexes(3, 7), Recipe((Margin("pcs", ("pcs",), {(1,): 100}),)))
    assert refusal.value.data == {"margin": "pcs", "dimension": "pcs"}


def test_margins_that_contradict_each_other_are_refused():
    crossed = {(s, r): 100 / 6 for s in (1, 2) for r in (11, 53, 94)}
    with pytest.raises(MarginsContradict) as refusal:
        calibrate(sexes(30, 70), Recipe((by_sex(48, 52), Margin("croisée", ("sexe", "region"), crossed))))
    assert refusal.value.data["margins"] == ("sexe", "croisée")
    assert refusal.value.data["shares"] == (48, pytest.approx(50))


def test_margins_that_cannot_be_met_together_do_not_converge_silently():
    # All men live in region 11 and all women in 53: one margin decides the other.
    tally = count(SEXES, {"sexe": np.array([1, 1, 2]), "region": np.array([11, 11, 53])})
    margins = (by_sex(50, 50), Margin("region", ("region",), {(11,): 40, (53,): 60}))
    with pytest.raises(DidNotConverge) as refusal:
        calibrate(tally, Recipe(margins, iterations=50))
    assert refusal.value.data["iterations"] == 50
    assert refusal.value.data["gap"] > 0.1


def test_nobody_and_less_than_nobody_cannot_be_weighted():
    with pytest.raises(TallyIsEmpty):
        calibrate(Tally.empty(SEXES), Recipe((by_sex(50, 50),)))
    with pytest.raises(TallyIsNegative):
        unweighted(-sexes(3, 4))


def test_no_weighting_leaves_everyone_at_one():
    tally = sexes(30, 70)
    weighting = unweighted(tally)
    assert set(weighting.weights_on(tally)) == {1.0}
    assert weighting.diagnostics.method == "none"
    assert weighting.diagnostics.effective_size == 100


@given(large_surveys, st.integers(0, 99))
def test_a_weighting_fits_any_layout_that_separates_its_margins(columns, seed):
    tally = count(LAYOUT, columns)
    weighting = calibrate(tally, Recipe(margins_near(columns, seed)))
    other = Layout((Dimension("opinion", (-5, -4, -2, 1, 2, 3)), *LAYOUT.dimensions), (), LAYOUT.base_weights)
    finer = count(other, columns)
    assert len(finer.cells) > len(tally.cells)
    np.testing.assert_allclose(
        np.sort(np.repeat(weighting.weights_on(finer), finer.sizes)),
        np.sort(np.repeat(weighting.weights_on(tally), tally.sizes)),
        rtol=1e-12,
    )


def test_a_weighting_is_refused_on_other_rows():
    columns = survey(3, 80)
    tally = count(LAYOUT, columns)
    weighting = calibrate(tally, Recipe(margins_near(columns, 1)))
    fewer = count(LAYOUT, part(columns, columns["sexe"] == 1))
    with pytest.raises(WeightingDoesNotFit):
        weighting.weights_on(fewer)
    with pytest.raises(WeightingDoesNotFit):
        weighting.weights_on(count(LAYOUT, survey(4, 80)))


@given(large_surveys)
def test_a_weighting_survives_storage_as_json(columns):
    tally = count(LAYOUT, columns)
    weighting = calibrate(tally, Recipe(margins_near(columns, 5)))
    stored = json.loads(json.dumps(weighting.to_dict()))
    again = Weighting.from_dict(stored)
    assert again == weighting
    assert Diagnostics.from_dict(stored["diagnostics"]) == weighting.diagnostics
    assert again.weights_on(tally).tolist() == weighting.weights_on(tally).tolist()


@given(large_surveys, st.floats(0.001, 1))
def test_quantiles_of_the_ratio_are_those_of_the_rows(columns, share):
    assume(len(columns["sexe"]) > 20)
    tally = count(LAYOUT, columns)
    weighting = calibrate(tally, Recipe(margins_near(columns, 7)))
    ratios = np.sort(np.repeat(weighting.ratios_on(tally), tally.sizes))
    for q, value in weighting.diagnostics.ratio_quantiles:
        assert (ratios <= value).mean() >= q - 1e-12
        assert (ratios < value).mean() < q + 1e-12
