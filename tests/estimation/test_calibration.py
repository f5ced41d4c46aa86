"""Calibration by every method: R's weights, weights from cells equal to those from rows, bounds, trimming, merges."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.estimation import (
    BaseWeights,
    BoundsAreInfeasible,
    BoundsAreInvalid,
    CategoryWithoutTarget,
    Dimension,
    EmptyMarginCategory,
    FreeWeightsAreInvalid,
    Layout,
    Margin,
    MarginVariableHasAbsences,
    Merge,
    MergeIsInvalid,
    NegativeWeights,
    Recipe,
    TrimIsInvalid,
    TrimmingNeedsWeightClasses,
    Weighting,
    WeightingDoesNotFit,
    WeightsVaryInCells,
    calibrate,
    count,
    unweighted,
)
from app.estimation.counting import occupied_cells
from app.estimation.margins import MarginIsInvalid, levels_of_cells
from app.estimation.redundancy import independent
from tests.estimation.surveys import BASE, LAYOUT, REGION, SEX, large_surveys, margins_near, survey

FOLDER = Path(__file__).parent / "reference"
SCHOOLS = json.loads((FOLDER / "apistrat.json").read_text())
WEIGHTS = json.loads((FOLDER / "apistrat_weights.json").read_text())
NAMES = {"stype": ("E", "H", "M"), "sch.wide": ("No", "Yes"), "awards": ("No", "Yes"), "comp.imp": ("No", "Yes")}
POPULATION = 6194

METHODS = {
    "raking": Recipe((), "raking"),
    "linear": Recipe((), "linear"),
    "logit": Recipe((), "logit", (0.2, 4.0)),
    "truncated": Recipe((), "truncated", (0.2, 4.0)),
}


def schools(free):
    """The tally of the schools, base weights as classes or free, and the cell of every school."""
    given_columns = SCHOOLS["columns"]
    columns = {name: np.array([names.index(x) for x in given_columns[name]]) for name, names in NAMES.items()}
    dimensions = tuple(Dimension(name, tuple(range(len(names)))) for name, names in NAMES.items())
    own = np.array(given_columns["pw"])
    if free:
        layout = Layout(dimensions, ())
        tally = count(layout, columns, free_weights=own)
    else:
        classes = sorted(set(given_columns["pw"]))
        columns["pw"] = np.searchsorted(classes, own)
        layout = Layout(dimensions, (), BaseWeights("pw", tuple(classes)))
        tally = count(layout, columns)
    return tally, cells_of(layout, columns), own


def cells_of(layout, columns):
    return occupied_cells(Layout(layout.dimensions, LAYOUT.measures, layout.base_weights), columns)[2]


def totals(name):
    return Margin(name, (name,), {(NAMES[name].index(code),): n for code, n in SCHOOLS["margins"][name].items()})


RECIPES = {
    "rake": Recipe((totals("stype"), totals("sch.wide"), totals("awards"))),
    "rake_stype_compimp": Recipe((totals("stype"), totals("comp.imp"))),
    "calibrate_linear": Recipe((totals("stype"), totals("sch.wide"), totals("awards")), "linear"),
    "calibrate_logit_0.4_2.6": Recipe((totals("stype"), totals("sch.wide"), totals("awards")), "logit", (0.4, 2.6)),
    "poststratify_stype": Recipe((totals("stype"),)),
}


@pytest.mark.parametrize("free", [False, True], ids=["classes", "free"])
@pytest.mark.parametrize("name", RECIPES)
def test_weights_are_those_of_r(name, free):
    tally, cell_of_row, own = schools(free)
    recipe = RECIPES[name]
    if recipe.bounds is not None:
        # The base weights sum to 6194 less 7e-9 of it: R bounds the ratio to them as they are, here to them scaled.
        unit = sum(SCHOOLS["columns"]["pw"]) / POPULATION
        recipe = replace(recipe, bounds=(recipe.bounds[0] * unit, recipe.bounds[1] * unit))
    weighting = calibrate(tally, recipe)
    found = own * weighting.factors_on(tally)[cell_of_row] * (POPULATION / tally.n)
    # R's own rake stops at 1e-13 of the total.
    digits = {"rake": 2e-12, "rake_stype_compimp": 2e-12}
    np.testing.assert_allclose(found, WEIGHTS[name]["weights"], rtol=digits.get(name, 1e-12))
    assert weighting.diagnostics.design_effect == pytest.approx(WEIGHTS[name]["kish_deff"], rel=1e-10)
    assert weighting.population == POPULATION


def test_trimmed_weights_are_those_of_r():
    expected = WEIGHTS["trim"]
    mean = POPULATION / 200
    bounds = (expected["lower"] / mean, expected["upper"] / mean)
    tally, cell_of_row, _ = schools(free=False)
    recipe = Recipe(RECIPES["rake"].margins, trim=bounds)
    weighting = calibrate(tally, recipe)
    np.testing.assert_allclose(weighting.weights_on(tally)[cell_of_row] * mean, expected["strict"], rtol=2e-12)
    told = weighting.diagnostics
    assert told.design_effect == pytest.approx(expected["kish_deff_strict"], rel=1e-12)
    at_bound = np.isclose(expected["strict"], expected["lower"], rtol=1e-13)
    assert told.trimmed == pytest.approx(at_bound.mean())
    assert told.gap == pytest.approx(max(abs(c.after / c.target - 1) for m in told.margins for c in m.categories))
    assert told.gap > 1e-4


def rows_by_newton(columns, margins, method, bounds, base, population=None):
    """Calibration row by row: full Newton on the indicators of every row, redundancies by least squares.

    To sums of the number of rows, from base weights scaled to it; or of a population, from base weights as they are.
    """
    indicators, aims = [], []
    for margin in margins:
        codes = np.stack([columns[name] for name in margin.dimensions], axis=1)
        total = sum(margin.shares.values())
        for level, share in margin.shares.items():
            indicators.append((codes == level).all(axis=1))
            aims.append(share / total)
    x = np.stack(indicators, axis=1).astype(float)
    n = len(x)
    d, aims = (base, population * np.array(aims)) if population else (base * n / base.sum(), n * np.array(aims))
    low, high = bounds or (0, 0)
    coefficients = np.zeros(x.shape[1])
    for _ in range(200):
        u = x @ coefficients
        if method == "raking":
            ratio = slope = np.exp(u)
        elif method == "linear":
            ratio, slope = 1 + u, np.ones(n)
        elif method == "truncated":
            ratio, slope = np.clip(1 + u, low, high), ((1 + u > low) & (1 + u < high)).astype(float)
        else:
            a = (high - low) / ((1 - low) * (high - 1))
            e = np.exp(a * u)
            below = high - 1 + (1 - low) * e
            ratio = (low * (high - 1) + high * (1 - low) * e) / below
            slope = a * e * (1 - low) * (high - 1) * (high - low) / below**2
        missing = aims - x.T @ (d * ratio)
        if np.abs(missing / aims).max() < 3e-15:
            break
        coefficients += np.linalg.lstsq(x.T @ ((d * slope)[:, None] * x), missing, rcond=1e-12)[0]
    return d * ratio


@pytest.mark.parametrize("name", ["calibrate_linear", "calibrate_logit_0.4_2.6"])
def test_the_calibration_by_rows_is_that_of_r(name):
    columns = {name: np.array([codes.index(x) for x in SCHOOLS["columns"][name]]) for name, codes in NAMES.items()}
    recipe, own = RECIPES[name], np.array(SCHOOLS["columns"]["pw"])
    found = rows_by_newton(columns, recipe.margins, recipe.method, recipe.bounds, own, POPULATION)
    np.testing.assert_allclose(found, WEIGHTS[name]["weights"], rtol=1e-13)


def recipe_of(method, margins):
    return Recipe(margins, METHODS[method].method, METHODS[method].bounds)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=25)
@given(columns=large_surveys, seed=st.integers(0, 99))
def test_weights_from_cells_equal_weights_from_rows(method, columns, seed):
    tally, margins = count(LAYOUT, columns), margins_near(columns, seed)
    weighting = calibrate(tally, recipe_of(method, margins))
    base = np.array(BASE.weights)[columns["classe"]]
    expected = rows_by_newton(columns, margins, method, METHODS[method].bounds, base)
    np.testing.assert_allclose(weighting.weights_on(tally)[cells_of(LAYOUT, columns)], expected, rtol=1e-12)
    for margin in weighting.diagnostics.margins:
        for category in margin.categories:
            assert category.after == pytest.approx(category.target, rel=1e-10)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=25)
@given(columns=large_surveys, seed=st.integers(0, 99))
def test_free_base_weights_calibrate_as_rows_do(method, columns, seed):
    own = np.random.default_rng(seed).lognormal(0, 0.4, len(columns["sexe"]))
    layout = Layout(LAYOUT.dimensions, LAYOUT.measures)
    tally, margins = count(layout, columns, free_weights=own), margins_near(columns, seed)
    weighting = calibrate(tally, recipe_of(method, margins))
    expected = rows_by_newton(columns, margins, method, METHODS[method].bounds, own)
    found = own * weighting.factors_on(tally)[cells_of(layout, columns)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    effect = len(own) * (expected**2).sum() / expected.sum() ** 2
    assert weighting.diagnostics.design_effect == pytest.approx(effect, rel=1e-12)


def test_free_base_weights_have_no_weight_of_a_cell_and_no_trimming():
    columns = survey(5, 80)
    layout = Layout(LAYOUT.dimensions, ())
    tally = count(layout, columns, free_weights=np.linspace(1, 2, 80))
    with pytest.raises(WeightsVaryInCells):
        unweighted(tally).weights_on(tally)
    with pytest.raises(TrimmingNeedsWeightClasses):
        calibrate(tally, Recipe(margins_near(columns, 1), trim=(0.5, 2)))


@settings(max_examples=25)
@given(columns=large_surveys, seed=st.integers(0, 99), method=st.sampled_from(sorted(METHODS)))
def test_a_crossed_margin_alone_post_stratifies_by_every_method(columns, seed, method):
    tally, margin = count(LAYOUT, columns), margins_near(columns, seed)[1]
    weights = calibrate(tally, recipe_of(method, (margin,))).weights_on(tally)
    crossed = tally.positions("region") * 2 + tally.positions("taille")
    base = tally.base_weights()
    ratio = weights / base
    for place in np.unique(crossed):
        here = crossed == place
        codes = (REGION.codes[place // 2], int(place % 2))
        expected = tally.n * margin.shares[codes] / 100 / float((base * tally.sizes)[here].sum())
        np.testing.assert_allclose(ratio[here], expected, rtol=1e-12)


def trimmed_rows(weights, low, high):
    """R's trimWeights(strict=TRUE), row by row."""
    while True:
        outside = (weights < low) | (weights > high)
        if not outside.any():
            return weights
        clipped = np.clip(weights, low, high)
        excess = (weights - clipped).sum()
        clipped[~outside] += excess / (~outside).sum()
        weights = clipped


@settings(max_examples=25)
@given(columns=large_surveys, seed=st.integers(0, 99), low=st.floats(0, 0.6), high=st.floats(1.8, 3))
def test_trimming_cells_is_trimming_rows_in_any_layout(columns, seed, low, high):
    tally, margins = count(LAYOUT, columns), margins_near(columns, seed)
    before = calibrate(tally, Recipe(margins)).weights_on(tally)[cells_of(LAYOUT, columns)]
    weighting = calibrate(tally, Recipe(margins, trim=(low, high)))
    found = weighting.weights_on(tally)[cells_of(LAYOUT, columns)]
    assert found.sum() == pytest.approx(tally.n, rel=1e-12)
    assert low * (1 - 1e-14) <= found.min() <= found.max() <= high * (1 + 1e-14)
    np.testing.assert_allclose(found, trimmed_rows(before, low, high), rtol=1e-9, atol=1e-12)
    finer = Layout((Dimension("note", (-4, *range(11))), *LAYOUT.dimensions), LAYOUT.measures, LAYOUT.base_weights)
    again = Weighting.from_dict(json.loads(json.dumps(weighting.to_dict())))
    assert again == weighting
    stored = again.weights_on(count(finer, columns))[cells_of(finer, columns)]
    np.testing.assert_allclose(stored, found, rtol=1e-14)


SEXES = Layout((SEX, Dimension("region", (11, 53, 94, -4))), ())


def sexes(men, women, regions=(11, 53, 94)):
    rows = men + women
    return count(SEXES, {"sexe": np.array([1] * men + [2] * women), "region": np.resize(np.array(regions), rows)})


def by_sex(men, women):
    return Margin("sexe", ("sexe",), {(1,): men, (2,): women})


def by_region(*shares):
    return Margin("region", ("region",), {(code,): share for code, share in zip(REGION.codes, shares, strict=True)})


def test_trimming_when_every_weight_is_outside():
    # 25 men at 3 and 75 women at 1/3, between 0.5 and 1.5: all are clipped, then women take what is left over.
    weighting = calibrate(sexes(25, 75), Recipe((by_sex(75, 25),), trim=(0.5, 1.5)))
    found = weighting.weights_on(sexes(25, 75))
    assert sorted(set(found.round(12))) == [round((100 - 25 * 1.5) / 75, 12), 1.5]
    assert weighting.diagnostics.trimmed == pytest.approx(0.25)


@pytest.mark.parametrize("trim", [(1.0, 2.0), (-0.1, 3.0), (0.5, 1.0), (0.5, float("inf"))])
def test_bounds_of_trimming_are_around_the_mean_weight(trim):
    with pytest.raises(TrimIsInvalid) as refusal:
        calibrate(sexes(30, 70), Recipe((by_sex(50, 50),), trim=trim))
    assert refusal.value.suggestion


@pytest.mark.parametrize(
    ("method", "bounds"),
    [
        ("logit", None),
        ("truncated", None),
        ("logit", (1.0, 2.0)),
        ("logit", (0.5, 1.0)),
        ("truncated", (-0.5, 2.0)),
        ("truncated", (0.5, float("nan"))),
        ("raking", (0.5, 2.0)),
        ("linear", (0.5, 2.0)),
    ],
)
def test_bounds_that_mean_nothing_are_refused(method, bounds):
    with pytest.raises(BoundsAreInvalid):
        calibrate(sexes(30, 70), Recipe((by_sex(50, 50),), method, bounds))


@pytest.mark.parametrize("method", ["logit", "truncated"])
def test_bounds_that_cannot_be_met_are_told_with_the_category(method):
    with pytest.raises(BoundsAreInfeasible) as refusal:
        # Men need 50 / 10 = 5 times their weight.
        calibrate(sexes(10, 90), Recipe((by_sex(50, 50), by_region(33, 33, 34)), method, (0.2, 3)))
    assert refusal.value.data == {"margin": "sexe", "category": (1,), "bounds": (0.2, 3)}
    assert refusal.value.suggestion


@pytest.mark.parametrize("method", ["logit", "truncated"])
@pytest.mark.parametrize("seed", [0, 21, 23, 38])
def test_margins_that_need_ratios_at_the_bounds_are_met(method, seed):
    # Half of the people at a bound: a plain step of Newton leads nowhere.
    random = np.random.default_rng(seed)
    codes = [tuple(range(n)) for n in random.integers(2, 7, 3)]
    layout = Layout(tuple(Dimension(f"m{i}", each) for i, each in enumerate(codes)), ())
    columns = {
        f"m{i}": np.concatenate([each, random.choice(each, 200 - len(each), p=random.dirichlet(np.ones(len(each))))])
        for i, each in enumerate(codes)
    }
    tally, low, high = count(layout, columns), 0.6, 2.2
    ratios = np.where(random.random(len(tally.cells)) < 0.7, low, high)
    to_go = (tally.n - ratios @ tally.sizes) / tally.n
    ratios += to_go * (((high if to_go > 0 else low) - ratios) / ((high if to_go > 0 else low) - 1 + to_go))
    mass = ratios * tally.sizes
    margins = tuple(
        Margin(
            f"m{i}", (f"m{i}",), {(c,): 100 * float(mass[tally.positions(f"m{i}") == c].sum()) / tally.n for c in each}
        )
        for i, each in enumerate(codes)
    )
    weights = calibrate(tally, Recipe(margins, method, (low, high))).weights_on(tally)
    assert low <= weights.min() <= weights.max() <= high
    for margin in margins:
        for (code,), share in margin.shares.items():
            here = tally.positions(margin.name) == code
            assert (weights * tally.sizes)[here].sum() / tally.n == pytest.approx(share / 100, rel=1e-10)


def test_a_linear_calibration_never_makes_a_negative_weight():
    columns = {"sexe": np.array([1] * 50 + [2] * 50), "region": np.array([11] * 45 + [53] * 5 + [11] * 5 + [53] * 45)}
    tally = count(SEXES, columns)
    margins = (by_sex(90, 10), Margin("region", ("region",), {(11,): 10, (53,): 90}))
    with pytest.raises(NegativeWeights):
        calibrate(tally, Recipe(margins, "linear"))
    assert calibrate(tally, Recipe(margins)).diagnostics.ratio_minimum > 0


def test_merged_categories_are_one_for_the_margin():
    tally = sexes(30, 70)
    weighting = calibrate(tally, Recipe((by_region(60, 39, 1),), merges=(Merge("region", (94, 53)),)))
    told = weighting.diagnostics
    first, second = told.margins[0].categories
    assert (first.codes, first.members) == ((11,), ())
    assert (second.codes, second.members) == ((53,), ((53,), (94,)))
    assert second.target == second.after == pytest.approx(40)
    assert [(m.margin, m.dimension, m.codes, m.when) for m in told.merges] == [("region", "region", (94, 53), "always")]
    weights = weighting.weights_on(tally)
    assert set(weights[tally.positions("region") > 0].round(12)) == {round(40 / 66, 12)}


def test_a_merge_of_empty_categories_waits_until_one_is_empty():
    recipe = Recipe((by_sex(50, 50), by_region(60, 39, 1)), merges=(Merge("region", (53, 94), "empty"),))
    assert not calibrate(sexes(30, 70), recipe).diagnostics.merges
    weighting = calibrate(sexes(30, 70, regions=(11, 53)), recipe)
    assert [(m.margin, m.when) for m in weighting.diagnostics.merges] == [("region", "empty")]
    assert weighting.diagnostics.margins[1].categories[1].after == pytest.approx(40)
    with pytest.raises(EmptyMarginCategory):
        calibrate(sexes(30, 70, regions=(11,)), recipe)


def test_a_merge_reaches_crossed_margins_and_people_whose_share_is_zero():
    crossed = Margin(
        "croisée",
        ("sexe", "region"),
        {(s, r): share for s in (1, 2) for r, share in ((11, 30), (53, 20), (94, 0))},
    )
    weighting = calibrate(sexes(30, 70), Recipe((crossed,), merges=(Merge("region", (53, 94)),)))
    shown = weighting.diagnostics.margins[0].categories
    assert [c.codes for c in shown] == [(1, 11), (1, 53), (2, 11), (2, 53)]
    assert [c.after for c in shown] == pytest.approx([30, 20, 30, 20])


@pytest.mark.parametrize(
    "merges",
    [
        (Merge("region", (53,)),),
        (Merge("region", (53, 93)),),
        (Merge("pcs", (1, 2)),),
        (Merge("region", (11, 53)), Merge("region", (53, 94))),
    ],
)
def test_a_merge_that_means_nothing_is_refused(merges):
    with pytest.raises(MergeIsInvalid):
        calibrate(sexes(30, 70), Recipe((by_region(60, 39, 1),), merges=merges))


def test_absences_in_a_margin_variable_are_refused_unless_they_keep_their_share():
    tally = sexes(30, 70, regions=(11, 53, 94, -4))
    margins = (by_sex(50, 50), by_region(50, 30, 20))
    with pytest.raises(MarginVariableHasAbsences) as refusal:
        calibrate(tally, Recipe(margins))
    assert refusal.value.data == {"margin": "region", "categories": [(-4,)]}
    weighting = calibrate(tally, Recipe(margins, absences="keep"))
    shown = weighting.diagnostics.margins[1].categories
    assert [c.after for c in shown] == pytest.approx([37.5, 22.5, 15, 25], rel=1e-10)
    assert [c.is_kept for c in shown] == [False, False, False, True]
    kept = weighting.diagnostics.absences
    assert [(k.margin, k.categories, k.share) for k in kept] == [("region", ((-4,),), 25.0)]
    assert [c.after for c in weighting.diagnostics.margins[0].categories] == pytest.approx([50, 50], rel=1e-10)
    again = Weighting.from_dict(json.loads(json.dumps(weighting.to_dict())))
    assert again == weighting


def test_only_absences_keep_their_share():
    tally = sexes(30, 70, regions=(11, 53, 94, -4))
    with pytest.raises(CategoryWithoutTarget) as refusal:
        calibrate(tally, Recipe((Margin("region", ("region",), {(11,): 60, (53,): 40}),), absences="keep"))
    assert refusal.value.data == {"margin": "region", "categories": [(94,)]}


def test_a_weighting_without_margins_knows_its_rows():
    columns = survey(5, 80)
    layout = Layout(LAYOUT.dimensions, ())
    weighting = unweighted(count(layout, columns, free_weights=np.linspace(1, 2, 80)))
    with pytest.raises(WeightingDoesNotFit):
        weighting.factors_on(count(layout, columns, free_weights=np.linspace(1, 3, 80)))
    with pytest.raises(WeightingDoesNotFit) as refusal:
        weighting.factors_on(count(layout, survey(5, 79), free_weights=np.linspace(1, 2, 79)))
    assert refusal.value.data == {"rows": 79, "expected": 80}


@given(large_surveys, st.integers(0, 99))
def test_redundant_levels_are_as_many_as_the_rank_says(columns, seed):
    tally, margins = count(LAYOUT, columns), margins_near(columns, seed)
    crossed = Margin("sexe x taille", ("sexe", "taille"), {(s, t): 1.0 for s in (1, 2) for t in (0, 1)})
    parts = []
    for margin in (*margins, crossed):
        places = levels_of_cells(tally, margin.name, margin.dimensions, [(level,) for level in margin.shares])
        parts.append(np.arange(len(margin.shares)) == places[:, None])
    x = np.concatenate(parts, axis=1).astype(float)
    x = x[:, x.any(axis=0)]
    found = independent((x.T * (tally.base_weights() * tally.sizes)) @ x)
    assert len(found) == np.linalg.matrix_rank(x) == np.linalg.matrix_rank(x[:, found])


def test_the_population_is_told_when_all_margins_count_one_universe():
    tally = sexes(30, 70)
    people = by_region(300_000, 200_000, 500_000)
    assert calibrate(tally, Recipe((by_sex(480_000, 520_000), people))).population == 1_000_000
    # Rounded to thousands elsewhere: still one universe.
    assert calibrate(tally, Recipe((by_sex(480_000, 519_500), people))).population == 999_500
    assert calibrate(tally, Recipe((by_sex(48, 52), people))).population is None
    other = calibrate(tally, Recipe((by_sex(400_000, 500_000), people)))
    assert other.population is None
    assert other.diagnostics.universes == (("sexe", 900_000), ("region", 1_000_000))


@pytest.mark.parametrize("shares", [{1: 1e308, 2: 1e308}, {1: 1e-300, 2: 100.0}, {1: float("inf"), 2: 1.0}])
@pytest.mark.parametrize("method", METHODS)
def test_shares_beyond_any_population_are_named(shares, method):
    sex = np.arange(60, dtype=np.int8) % 2 + 1
    tally = count(Layout((Dimension("sex", (1, 2)),), ()), {"sex": sex})
    recipe = replace(
        METHODS[method], margins=(Margin("sex", ("sex",), {(code,): one for code, one in shares.items()}),)
    )
    with pytest.raises(MarginIsInvalid):
        calibrate(tally, recipe)


@pytest.mark.parametrize("weight", [1e-300, 1e300, 0.0, -1.0, float("nan"), float("inf")])
def test_free_weights_that_cannot_be_squared_are_named(weight):
    sex = np.ones(3, np.int8)
    with pytest.raises(FreeWeightsAreInvalid):
        count(Layout((Dimension("sex", (1, 2)),), ()), {"sex": sex}, free_weights=np.array([1.0, 1.0, weight]))
