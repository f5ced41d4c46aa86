"""Statistics and errors from cells equal those computed row by row; intervals are what they say."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import beta, t

from app.estimation import (
    Dimension,
    Estimator,
    Layout,
    Margin,
    Measure,
    Recipe,
    Statistic,
    calibrate,
    count,
    estimate,
    unweighted,
)
from app.estimation.counting import occupied_cells
from app.estimation.intervals import IntervalRule
from tests.estimation import rows
from tests.estimation.surveys import (
    BASE,
    LAYOUT,
    REGION,
    large_surveys,
    margins_near,
    raked_rows,
    ratio_and_error,
    survey,
)

GROUPS = {"st_favorable": (1, 2)}


def check(found, place, columns, weights, groups, values, in_base):
    """One column of estimates, for the whole and every region, against the formulas by rows."""
    for row, domain in enumerate((None, *REGION.codes)):
        here = np.ones(len(weights), bool) if domain is None else columns["region"] == domain
        asked = here & in_base
        assert found.base[row] == asked.sum()
        if not asked.any():
            assert np.isnan(found.value[row, place])
            continue
        value, error = ratio_and_error(columns, weights, groups, values, in_base, here)
        assert found.value[row, place] == pytest.approx(value, rel=1e-12, abs=1e-14)
        scale = max(1.0, abs(value))
        assert found.se[row, place] == pytest.approx(error, rel=1e-12, abs=2e-8 * scale)
        assert found.weighted_base[row] == pytest.approx(weights[asked].sum(), rel=1e-12)
        kish = weights[asked].sum() ** 2 / (weights[asked] ** 2).sum()
        assert found.effective_base[row] == pytest.approx(kish, rel=1e-12)


@settings(max_examples=40)
@given(large_surveys, st.integers(0, 99), st.booleans())
def test_estimates_from_cells_equal_estimates_from_rows(columns, seed, is_weighted):
    tally = count(LAYOUT, columns)
    margins = margins_near(columns, seed) if is_weighted else ()
    weights, groups = raked_rows(columns, margins)
    weighting = calibrate(tally, Recipe(margins)) if is_weighted else unweighted(tally)
    estimator = Estimator(tally, weighting)
    opinion, choice, amount, score = columns["opinion"], columns["choix"], columns["montant"], columns["note"]

    shares = estimator.estimate("opinion", "region", GROUPS)
    asked = np.isin(opinion, (1, 2, 3, -5))
    for place, codes in enumerate([(1,), (2,), (3,), (-5,), (1, 2)]):
        check(shares, place, columns, weights, groups, np.isin(opinion, codes).astype(float), asked)
    check(estimator.estimate("choix", "region"), 0, columns, weights, groups, (choice == 1) * 1.0, choice >= 0)
    check(estimator.estimate("montant", "region"), 0, columns, weights, groups, amount / 10, amount >= 0)
    mean = estimator.estimate("note", "region", kind="mean")
    check(mean, 0, columns, weights, groups, score * 1.0, score >= 0)


@given(large_surveys)
def test_counts_are_rows_and_a_subtotal_adds_its_parts(columns):
    tally = count(LAYOUT, columns)
    found = Estimator(tally, calibrate(tally, Recipe(margins_near(columns, 2)))).estimate("opinion", "region", GROUPS)
    for row, domain in enumerate((None, *REGION.codes)):
        here = columns["opinion"][slice(None) if domain is None else columns["region"] == domain]
        expected = [int((here == code).sum()) for code in (1, 2, 3, -5)]
        assert found.count[row].tolist() == [*expected, expected[0] + expected[1]]
    shown = found.base > 0
    np.testing.assert_allclose(found.value[shown, 4], found.value[shown, :2].sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(found.value[shown, :4].sum(axis=1), 1, rtol=1e-12)


def test_the_share_of_a_margin_has_no_sampling_error():
    columns = survey(11, 300)
    layout = Layout(LAYOUT.dimensions, (Measure("sexe", "category", (1, 2)),), LAYOUT.base_weights)
    tally = count(layout, columns)
    margins = margins_near(columns, 1)
    found = estimate(tally, calibrate(tally, Recipe(margins)), "sexe")
    total = sum(margins[0].shares.values())
    np.testing.assert_allclose(found.value[0], [s / total for s in margins[0].shares.values()], rtol=1e-12)
    assert found.se[0].tolist() == [0, 0]
    assert found.low.tolist() == found.value.tolist() == found.high.tolist()


def test_estimating_together_equals_one_by_one():
    columns = survey(12, 200)
    tally = count(LAYOUT, columns)
    estimator = Estimator(tally, calibrate(tally, Recipe(margins_near(columns, 1))))
    wanted = [Statistic("montant"), Statistic("opinion", groups=GROUPS), Statistic("note", "mean")]
    for statistic, found in zip(wanted, estimator.estimate_each(wanted, "sexe"), strict=True):
        alone = estimator.estimate(statistic.measure, "sexe", statistic.groups, statistic.kind)
        assert found.answers == alone.answers
        assert found.domains == alone.domains == (None, 1, 2)
        for name in ("value", "se", "low", "high", "weighted_base"):
            np.testing.assert_allclose(getattr(found, name), getattr(alone, name), rtol=1e-12)


def test_a_domain_that_is_not_a_margin():
    columns = survey(13, 200) | {"classe": np.zeros(200, int)}
    layout = Layout((*LAYOUT.dimensions, Dimension("note", (-4, *range(11)))), LAYOUT.measures, LAYOUT.base_weights)
    tally = count(layout, columns)
    margins = margins_near(columns, 3)
    weights, groups = raked_rows(columns, margins)
    found = estimate(tally, calibrate(tally, Recipe(margins)), "choix", "note")
    place = found.domains.index(7)
    here, choice = columns["note"] == 7, columns["choix"]
    value, error = ratio_and_error(columns, weights, groups, (choice == 1) * 1.0, choice >= 0, here)
    assert (found.value[place, 0], found.se[place, 0]) == pytest.approx((value, error), rel=1e-11)


def test_large_numbers_keep_their_precision():
    # Amounts around 10 millions that differ by a few units: floats lose their variance, integers do not.
    values = 10_000_000 + np.arange(100)
    layout = Layout((Dimension("d", (1,)),), (Measure("q", "number"),))
    tally = count(layout, {"d": np.ones(100, int), "q": values})
    found = estimate(tally, unweighted(tally), "q")
    assert found.value[0, 0] == 10_000_049.5
    assert found.se[0, 0] == pytest.approx(np.std(np.arange(100), ddof=1) / 10, rel=1e-13)


def one_choice(yes, no):
    layout = Layout((), (Measure("q", "indicator"),))
    tally = count(layout, {"q": np.array([1] * yes + [0] * no)})
    found = estimate(tally, unweighted(tally), "q")
    return tuple(float(x[0, 0]) for x in (found.value, found.se, found.low, found.high))


def test_a_normal_interval_where_answers_are_many():
    value, error, low, high = one_choice(400, 600)
    assert (value, error) == pytest.approx((0.4, np.sqrt(0.4 * 0.6 / 999)))
    assert (low, high) == pytest.approx((0.4 - 1.959964 * error, 0.4 + 1.959964 * error), rel=1e-6)


def test_nobody_and_everybody_have_the_interval_of_clopper_and_pearson():
    assert one_choice(0, 40) == pytest.approx((0, 0, 0, 1 - 0.025 ** (1 / 40)), rel=1e-12)
    assert one_choice(40, 0) == pytest.approx((1, 0, 0.025 ** (1 / 40), 1), rel=1e-12)


def test_few_answers_have_the_interval_of_korn_and_graubard():
    value, _, low, high = one_choice(3, 97)
    # The effective size is that of the standard error with n - 1, so 99 here; values of R's qbeta.
    assert (low, high) == pytest.approx((float(beta.ppf(0.025, 2.97, 97.03)), float(beta.ppf(0.975, 3.97, 96.03))))
    assert 0 < low < value < high


def test_an_effective_size_loses_the_degrees_of_freedom_of_strata():
    share, error = np.array([0.3]), np.array([0.1])
    rows_and_kish = np.array([1000.0]), np.array([1000.0])
    whole, stratified = (
        IntervalRule("beta", rows=12, degrees=degrees).of_share(share, error, *rows_and_kish) for degrees in (11, 6)
    )
    size = 21 * (t.ppf(0.975, 11) / t.ppf(0.975, 6)) ** 2
    assert whole[0][0] == pytest.approx(float(beta.ppf(0.025, 6.3, 15.7)), rel=1e-12)
    assert stratified[0][0] == pytest.approx(float(beta.ppf(0.025, size * 0.3, size * 0.7 + 1)), rel=1e-12)


@given(
    st.sampled_from(["auto", "normal", "t", "logit", "beta"]),
    st.floats(0, 1),
    st.floats(0, 0.5),
    st.integers(1, 10_000),
    st.floats(0.05, 1),
    st.floats(0.5, 0.999),
)
@example("auto", 0.5, 6.0e-161, 1, 1.0, 0.5)
@example("beta", 0.5, 6.0e-161, 1, 1.0, 0.5)
@example("beta", 0.125, 1e-9, 1, 1.0, 0.5)
@example("auto", 1.1125369292536007e-308, 0.5, 1, 1.0, 0.5)
def test_an_interval_holds_its_share_and_stays_in_bounds(method, share, error, base, efficiency, confidence):
    rule = IntervalRule(method, confidence, rows=base + 1, degrees=base)
    low, high = rule.of_share(*(np.array([x]) for x in (share, error, float(base), base * efficiency)))
    assert 0 <= low[0] <= share + 1e-12
    assert share - 1e-12 <= high[0] <= 1


def test_an_empty_base_has_no_estimate():
    layout = Layout((Dimension("d", (1, 2)),), (Measure("q", "category", (1, 2)),))
    tally = count(layout, {"d": np.array([1, 1, 2]), "q": np.array([1, 2, -4])})
    found = estimate(tally, unweighted(tally), "q", "d")
    assert found.base.tolist() == [2, 2, 0]
    for numbers in (found.value, found.se, found.low, found.high):
        assert np.isnan(numbers[2]).all()
    assert found.effective_base[2] == 0


def test_one_respondent_has_no_standard_error():
    layout = Layout((), (Measure("q", "number"),))
    tally = count(layout, {"q": np.array([3])})
    found = estimate(tally, unweighted(tally), "q")
    assert found.value[0, 0] == 3
    assert np.isnan(found.se[0, 0])


METHODS = {
    "none": None,
    "raking": Recipe(()),
    "linear": Recipe((), "linear"),
    "logit": Recipe((), "logit", bounds=(0.1, 12.0)),
}


class Sample:
    """A survey counted with strata and weights, beside its rows."""

    def __init__(self, seed, method, stratum, is_free):
        self.columns = columns = survey(seed, 150)
        if stratum == "taille" and seed % 2:
            # A stratum of one row.
            columns["taille"] = (np.arange(150) == 7).astype(int)
        self.margins = margins_near(columns, seed)[:1] if method != "none" else ()
        self.base = np.array(BASE.weights)[columns["classe"]]
        free = None
        if is_free:
            free = self.base = np.random.default_rng(seed).uniform(0.5, 3, 150)
        layout = Layout(LAYOUT.dimensions, LAYOUT.measures, None if is_free else LAYOUT.base_weights, stratum)
        tally = count(layout, columns, free_weights=free)
        recipe = METHODS[method]
        weighting = calibrate(tally, replace(recipe, margins=self.margins)) if recipe else unweighted(tally)
        self.weights = self.base * weighting.factors_on(tally)[occupied_cells(layout, columns)[2]]
        self.estimator = Estimator(tally, weighting, interval="t")
        self.x = rows.indicators(columns, self.margins)
        self.strata = columns[stratum] if stratum else np.zeros(150)

    def variance(self, z):
        return rows.covariance(z, self.base, self.weights, self.x, self.strata)[0, 0]

    def matches(self, found, place, kind, values, asked):
        """One column, for the whole and every region."""
        for row, domain in enumerate((None, *REGION.codes)):
            here = asked & (domain is None or self.columns["region"] == domain)
            if not here.any():
                continue
            value, z = rows.statistic(kind, values, here, self.weights, self.estimator.persons)
            assert found.value[row, place] == pytest.approx(value, rel=1e-12)
            wanted, size = self.variance(z), rows.before(z, self.weights)
            assert abs(found.se[row, place] ** 2 - wanted) <= 1e-12 * max(wanted, size)


samples = st.builds(
    Sample,
    st.integers(0, 2**20),
    st.sampled_from(list(METHODS)),
    st.sampled_from([None, "region", "taille"]),
    st.booleans(),
)


@settings(max_examples=40)
@given(samples)
def test_every_statistic_from_cells_equals_that_from_rows_whatever_the_method_and_strata(sample):
    opinion, amount, score = (sample.columns[name] for name in ("opinion", "montant", "note"))
    asked, scored = np.isin(opinion, (1, 2, 3, -5)), score >= 0
    estimate = sample.estimator.estimate
    shares, totals = (estimate("opinion", "region", GROUPS, kind) for kind in ("share", "total"))
    for place, codes in enumerate([(1,), (2,), (3,), (-5,), (1, 2)]):
        sample.matches(shares, place, "mean", np.isin(opinion, codes) * 1.0, asked)
        sample.matches(totals, place, "total", np.isin(opinion, codes) * 1.0, asked)
    for kind in ("mean", "deviation"):
        sample.matches(estimate("note", "region", kind=kind), 0, kind, score * 1.0, scored)
    for kind in ("mean", "total"):
        sample.matches(estimate("montant", "region", kind=kind), 0, kind, amount / 10, amount >= 0)
    assert shares.degrees == 150 - len(np.unique(sample.strata))


@settings(max_examples=25)
@given(samples)
def test_a_median_is_the_code_where_half_of_the_weight_is_reached(sample):
    score, weights = sample.columns["note"], sample.weights
    found = sample.estimator.estimate("note", "region", kind="median")
    for row, domain in enumerate((None, *REGION.codes)):
        asked = (score >= 0) & (domain is None or sample.columns["region"] == domain)
        total = weights[asked].sum()
        below = np.array([weights[asked & (score <= code)].sum() / total for code in range(11)])
        median = int(np.argmax(below >= 0.5 - 1e-12))
        assert found.value[row, 0] == median
        _, z = rows.statistic("mean", (score <= median) * 1.0, asked, weights, 1)
        reach = t.ppf(0.975, found.degrees) * np.sqrt(sample.variance(z))
        ends = [
            min(int(np.argmax(below >= end)) if (below >= end).any() else 10, 10)
            for end in np.clip([below[median] - reach, below[median] + reach], 0, 1) - 1e-12
        ]
        if below[median] < 1 - 1e-9:
            assert [found.low[row, 0], found.high[row, 0]] == ends
        assert found.low[row, 0] <= median <= found.high[row, 0]


def test_strata_of_equal_shares_have_the_textbook_variance():
    # Stratified sampling with proportional weights: Var = Σ (N_h / N)² s_h² / n_h.
    values = np.array([3, 5, 9, 1, 1, 4, 8, 8, 10, 6])
    strata = np.array([1] * 3 + [2] * 4 + [3] * 3)
    layout = Layout((Dimension("h", (1, 2, 3)),), (Measure("q", "number"),), stratum="h")
    tally = count(layout, {"h": strata, "q": values})
    found = estimate(tally, unweighted(tally), "q")
    wanted = sum((len(v) / 10) ** 2 * v.var(ddof=1) / len(v) for v in (values[strata == h] for h in (1, 2, 3)))
    assert found.se[0, 0] == pytest.approx(np.sqrt(wanted), rel=1e-13)
    assert found.degrees == 7


def test_a_stratum_of_one_row_is_centred_at_the_mean_of_all_and_said():
    layout = Layout((Dimension("h", (1, 2, 3)),), (Measure("q", "number"),), stratum="h")
    tally = count(layout, {"h": np.array([1, 1, 1, 2]), "q": np.array([1, 2, 6, 7])})
    estimator = Estimator(tally, unweighted(tally))
    assert estimator.lonely_strata == (2,)
    mean, inside = 4.0, 3.0
    variance = 3 / 2 * sum((y - inside) ** 2 for y in (1, 2, 6)) / 16 + (7 - mean) ** 2 / 16
    assert estimator.estimate("q").se[0, 0] == pytest.approx(np.sqrt(variance), rel=1e-13)


def test_counts_of_a_universe_give_totals_in_its_persons():
    columns = survey(5, 200)
    tally = count(LAYOUT, columns)
    weighting = calibrate(tally, Recipe((Margin("sexe", ("sexe",), {(1,): 26_000_000.0, (2,): 28_000_000.0}),)))
    estimator = Estimator(tally, weighting)
    totals, shares = (estimator.estimate("opinion", "region", GROUPS, kind) for kind in ("total", "share"))
    assert [answer.kind for answer in totals.answers] == ["total"] * 5
    np.testing.assert_allclose(totals.value, shares.weighted, rtol=1e-12)
    whole = estimator.estimate("note", kind="mean").weighted
    assert 0 < whole[0, 0] < 54_000_000
    assert (totals.low >= 0).all()
    assert (totals.high <= 54_000_000).all()
    np.testing.assert_allclose(shares.index[0], 100)
    np.testing.assert_allclose(shares.index[2], 100 * shares.value[2] / shares.value[0])


def test_nobody_is_not_zero_persons_for_sure():
    layout = Layout((), (Measure("q", "category", (1, 2)),))
    tally = count(layout, {"q": np.array([1] * 40)})
    found = estimate(tally, unweighted(tally), "q", kind="total")
    assert found.value[0].tolist() == [40, 0]
    assert found.high[0, 1] == pytest.approx(40 * (1 - 0.025 ** (1 / 40)))


def test_the_deviation_of_a_number_has_no_standard_error():
    layout = Layout((), (Measure("q", "number", decimals=1),))
    tally = count(layout, {"q": np.array([10, 20, 20, 40])})
    found = estimate(tally, unweighted(tally), "q", kind="deviation")
    assert found.value[0, 0] == pytest.approx(np.std([1, 2, 2, 4]))
    assert np.isnan([found.se[0, 0], found.low[0, 0]]).all()


def test_what_cannot_be_estimated_is_refused():
    columns = survey(1, 30)
    tally = count(LAYOUT, columns)
    estimator = Estimator(tally, unweighted(tally))
    for kind in ("share", "median"):
        with pytest.raises(ValueError, match="montant"):
            estimator.estimate("montant", kind=kind)
    with pytest.raises(ValueError, match="st_faux"):
        estimator.estimate("opinion", groups={"st_faux": (1, 9)})
    for measure, by in (("inconnue", None), ("opinion", "inconnue")):
        with pytest.raises(KeyError):
            estimator.estimate(measure, by)
