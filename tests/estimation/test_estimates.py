"""Shares, means and errors from cells equal those computed row by row; intervals are what they say."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.estimation import (
    Dimension,
    Estimator,
    Layout,
    Measure,
    Recipe,
    Statistic,
    count,
    estimate,
    rake,
    unweighted,
)
from app.estimation.intervals import share_interval
from tests.estimation.surveys import (
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
    weighting = rake(tally, Recipe(margins)) if is_weighted else unweighted(tally)
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
    found = Estimator(tally, rake(tally, Recipe(margins_near(columns, 2)))).estimate("opinion", "region", GROUPS)
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
    found = estimate(tally, rake(tally, Recipe(margins)), "sexe")
    total = sum(margins[0].shares.values())
    np.testing.assert_allclose(found.value[0], [s / total for s in margins[0].shares.values()], rtol=1e-12)
    assert found.se[0].tolist() == [0, 0]
    assert found.low.tolist() == found.value.tolist() == found.high.tolist()


def test_estimating_together_equals_one_by_one():
    columns = survey(12, 200)
    tally = count(LAYOUT, columns)
    estimator = Estimator(tally, rake(tally, Recipe(margins_near(columns, 1))))
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
    found = estimate(tally, rake(tally, Recipe(margins)), "choix", "note")
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


def test_nobody_and_everybody_have_a_wilson_interval():
    z2 = 1.959963984540054**2
    assert one_choice(0, 40) == pytest.approx((0, 0, 0, z2 / (40 + z2)))
    assert one_choice(40, 0) == pytest.approx((1, 0, 40 / (40 + z2), 1))


def test_few_answers_have_a_wilson_interval_that_stays_in_bounds():
    value, _, low, high = one_choice(3, 97)
    # Wilson's interval of 3 in 100; the size is that of the standard error with n - 1, so 99 here.
    z2, n = 1.959963984540054**2, 99
    centre, reach = (value + z2 / 2 / n), np.sqrt(value * (1 - value) * z2 / n + (z2 / 2 / n) ** 2)
    assert (low, high) == pytest.approx(((centre - reach) / (1 + z2 / n), (centre + reach) / (1 + z2 / n)))
    assert 0 < low < value < high


@given(st.floats(0, 1), st.floats(0, 0.5), st.integers(1, 10_000), st.floats(0.05, 1), st.floats(0.5, 0.999))
@example(share=0.5, error=6.0e-161, base=1, efficiency=1.0, confidence=0.5)
def test_an_interval_holds_its_share_and_stays_in_bounds(share, error, base, efficiency, confidence):
    low, high = share_interval(
        *(np.array([x]) for x in (share, error, float(base), base * efficiency)), confidence=confidence
    )
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


def test_what_cannot_be_estimated_is_refused():
    columns = survey(1, 30)
    tally = count(LAYOUT, columns)
    estimator = Estimator(tally, unweighted(tally))
    with pytest.raises(ValueError, match="montant"):
        estimator.estimate("montant", kind="share")
    with pytest.raises(ValueError, match="st_faux"):
        estimator.estimate("opinion", groups={"st_faux": (1, 9)})
    for measure, by in (("inconnue", None), ("opinion", "inconnue")):
        with pytest.raises(KeyError):
            estimator.estimate(measure, by)
