"""Tests of tables, signs, differences and false discoveries: from cells as from rows, and only where bases allow."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import f, t

from app.estimation import (
    Dimension,
    Estimator,
    Layout,
    Margin,
    Measure,
    Recipe,
    SharesPersons,
    Statistic,
    against_rest,
    calibrate,
    count,
    difference,
    estimate,
    false_discoveries,
    rao_scott,
    unweighted,
)
from tests.estimation import rows
from tests.estimation.surveys import REGION
from tests.estimation.test_estimates import GROUPS, samples


@settings(max_examples=25)
@given(samples)
def test_a_domain_against_the_rest_from_cells_equals_that_from_rows(sample):
    opinion, score = sample.columns["opinion"], sample.columns["note"]
    asked = np.isin(opinion, (1, 2, 3, -5))
    columns = [
        (Statistic("opinion", groups=GROUPS), 4, "mean", np.isin(opinion, (1, 2)) * 1.0, asked),
        (Statistic("note", "mean"), 0, "mean", score * 1.0, score >= 0),
        (Statistic("note", "deviation"), 0, "deviation", score * 1.0, score >= 0),
    ]
    for statistic, place, kind, values, base in columns:
        found = against_rest(sample.estimator, statistic, "region")
        assert np.isnan(found.difference[0]).all()
        for row, code in enumerate(REGION.codes, 1):
            here = sample.columns["region"] == code
            inside, outside = (rows.statistic(kind, values, base & part, sample.weights, 1) for part in (here, ~here))
            gap, z = inside[0] - outside[0], inside[1] - outside[1]
            assert found.difference[row, place] == pytest.approx(gap, rel=1e-11, abs=1e-12)
            wanted, size = sample.variance(z), rows.before(z, sample.weights)
            assert abs(found.se[row, place] ** 2 - wanted) <= 1e-12 * max(wanted, size)
            if wanted > 1e-9 * size:
                p = 2 * t.sf(abs(gap) / np.sqrt(wanted), found.degrees)
                assert found.p[row, place] == pytest.approx(p, rel=1e-6, abs=1e-12)


@settings(max_examples=25)
@given(samples)
def test_rao_scott_from_cells_equals_that_from_rows_whatever_the_method_and_strata(sample):
    opinion, region = sample.columns["opinion"], sample.columns["region"]
    asked = np.isin(opinion, (1, 2, 3, -5))
    # Outside the base a row is in no cell of the table.
    answers = np.where(asked, opinion, np.nan)
    here = np.where(asked, region, np.nan)

    def cov(z):
        return rows.covariance(z, sample.base, sample.weights, sample.x, sample.strata)

    degrees = sample.estimator.moments.degrees
    statistic, numerator, denominator, pearson = rows.rao_scott(
        here, answers, sample.weights, cov, degrees, np.unique(region), (1, 2, 3, -5)
    )
    found = rao_scott(sample.estimator, "opinion", "region")
    assert found.rows == asked.sum()
    assert found.chi_square == pytest.approx(pearson, rel=1e-10)
    assert found.statistic == pytest.approx(statistic, rel=1e-9)
    assert (found.numerator, found.denominator) == pytest.approx((numerator, denominator), rel=1e-9)
    assert found.p == pytest.approx(f.sf(statistic, numerator, denominator), rel=1e-7)


def test_answers_that_nobody_gave_are_left_out_of_a_table():
    region, answer = np.array([1] * 60 + [2] * 60), np.array([1] * 40 + [2] * 20 + [1] * 20 + [2] * 40)
    found = []
    for codes, regions in (((1, 2), (1, 2)), ((1, 2, 3), (1, 2, 5))):
        layout = Layout((Dimension("d", regions),), (Measure("q", "category", codes),))
        tally = count(layout, {"d": region, "q": answer})
        found.append(rao_scott(Estimator(tally, unweighted(tally)), "q", "d"))
    assert found[0] == found[1]
    # Simple random sampling: nearly Pearson's own test, 120 (40² - 20²)² / 60⁴ = 13.33.
    assert found[0].chi_square == pytest.approx(40 / 3)
    assert found[0].statistic == pytest.approx(40 / 3 * 119 / 120, rel=1e-12)
    assert found[0].p == pytest.approx(f.sf(found[0].statistic, 1, 119), rel=1e-10)


def test_a_table_that_the_weighting_fixes_or_of_one_answer_has_no_test():
    columns = {"d": np.array([1, 1, 2, 2, 2, 1]), "e": np.array([1, 2, 1, 2, 2, 2]), "q": np.array([1, 2, 1, 2, 2, 2])}
    measures = (Measure("q", "category", (1, 2)), Measure("seule", "category", (4,)))
    layout = Layout((Dimension("d", (1, 2)), Dimension("e", (1, 2))), measures)
    tally = count(layout, columns | {"seule": np.full(6, 4)})
    crossed = Margin("d x e", ("d", "e"), {(1, 1): 20.0, (1, 2): 30.0, (2, 1): 10.0, (2, 2): 40.0})
    estimator = Estimator(tally, calibrate(tally, Recipe((crossed,))))
    fixed = rao_scott(estimator, "q", "d")
    assert np.isnan([fixed.statistic, fixed.p]).all()
    assert fixed.chi_square > 0
    assert np.isnan(rao_scott(estimator, "seule", "d").p)


def two_halves(yes_here, here, yes_there, there):
    """Two regions, and how many in each said yes."""
    region = np.array([1] * here + [2] * there)
    answer = np.concatenate([np.arange(here) < yes_here, np.arange(there) < yes_there]).astype(int)
    layout = Layout((Dimension("region", (1, 2)),), (Measure("q", "category", (0, 1)), Measure("n", "number")))
    tally = count(layout, {"region": region, "q": answer, "n": answer * 10})
    return Estimator(tally, unweighted(tally))


@pytest.mark.parametrize(("yes", "sign"), [(250, 0), (281, 1), (282, 1), (300, 2), (219, -1), (200, -2)])
def test_signs_tell_95_and_99_percent_and_are_opposite_between_two_halves(yes, sign):
    # 500 and 500: a gap of 6.2 points is t = 1.96, of 8.2 points t = 2.58.
    found = against_rest(two_halves(yes, 500, 250, 500), Statistic("q"), "region")
    assert found.sign.dtype == np.int8
    assert found.sign[:, 1].tolist() == [0, sign, -sign]
    assert found.sign[:, 0].tolist() == [0, -sign, sign]
    np.testing.assert_allclose(found.p[1], found.p[2], rtol=1e-9)


def test_small_bases_and_rare_answers_have_no_sign():
    # 25 respondents: clearly different, too few to say so, unless the policy allows them.
    few = two_halves(22, 25, 100, 500)
    assert not against_rest(few, Statistic("q"), "region").sign.any()
    assert against_rest(few, Statistic("n"), "region", minimum=20).sign[:, 0].tolist() == [0, 2, -2]
    # The others are too few as well when the domain is nearly everyone: both sides need their base.
    assert not against_rest(two_halves(100, 500, 22, 25), Statistic("n"), "region").sign.any()
    # 3 in 400 said yes: fewer than five expected.
    rare = two_halves(40, 400, 3, 400)
    assert against_rest(rare, Statistic("q"), "region").p[1, 1] < 1e-6
    assert not against_rest(rare, Statistic("q"), "region").sign.any()


def test_declared_control_of_false_discoveries_takes_signs_away():
    rng = np.random.default_rng(3)
    layout = Layout((Dimension("region", tuple(range(13))),), (Measure("q", "category", tuple(range(6))),))
    tally = count(layout, {"region": rng.integers(0, 13, 4000), "q": rng.integers(0, 6, 4000)})
    estimator = Estimator(tally, unweighted(tally))
    alone, controlled = (
        against_rest(estimator, Statistic("q"), "region", discoveries=method)
        for method in ("none", "benjamini-hochberg")
    )
    # Nothing differs here: about one in twenty has a sign by chance, none once controlled.
    assert alone.sign.any()
    assert not controlled.sign.any()
    np.testing.assert_allclose(controlled.p[1:], false_discoveries(alone.p[1:], "benjamini-hochberg"))


@pytest.mark.parametrize("kind", ["total", "median"])
def test_totals_and_medians_have_no_sign(kind):
    with pytest.raises(ValueError, match=kind):
        against_rest(two_halves(5, 10, 5, 10), Statistic("q", kind), "region")


def test_a_number_has_no_table():
    with pytest.raises(ValueError, match="n is a number"):
        rao_scott(two_halves(5, 10, 5, 10), "n", "region")


def wave(yes, rows_, codes=(0, 1), regions=(1, 2)):
    layout = Layout((Dimension("region", regions),), (Measure("q", "category", codes),))
    tally = count(layout, {"region": np.arange(rows_) % 2 + 1, "q": (np.arange(rows_) < yes).astype(int)})
    return estimate(tally, unweighted(tally), "q", "region")


def test_the_difference_of_two_waves():
    before, after = wave(480, 1000), wave(546, 1000)
    found = difference(after, before)
    assert found.value[0, 1] == pytest.approx(0.066)
    se = np.sqrt(0.48 * 0.52 / 999 + 0.546 * 0.454 / 999)
    assert found.se[0, 1] == pytest.approx(se, rel=1e-12)
    assert found.degrees == 1997
    reach = t.ppf(0.975, 1997) * se
    assert (found.low[0, 1], found.high[0, 1]) == pytest.approx((0.066 - reach, 0.066 + reach))
    assert found.p[0, 1] == pytest.approx(2 * t.sf(0.066 / se, 1997), rel=1e-10)
    assert found.sign[0].tolist() == [-2, 2]
    opposite = difference(before, after)
    assert (opposite.sign == -found.sign).all()
    np.testing.assert_allclose(opposite.low, -found.high)


def test_a_difference_matches_codes_and_leaves_out_what_the_other_has_not():
    now, past = wave(546, 1000, codes=(0, 1, 7), regions=(1, 2, 9)), wave(480, 1000, codes=(1, 0))
    found = difference(now, past)
    assert found.domains == (None, 1, 2, 9)
    assert found.value[0, :2] == pytest.approx([-0.066, 0.066])
    assert np.isnan(found.value[:, 2]).all()
    assert np.isnan(found.p[3]).all()
    assert not found.sign[3].any()


def test_a_difference_of_few_respondents_has_no_sign():
    assert not difference(wave(20, 25), wave(10, 1000)).sign.any()
    assert not difference(wave(200, 1000), wave(20, 25)).sign.any()


def test_samples_that_share_persons_are_refused():
    one, other = wave(480, 1000), wave(546, 1000)
    with pytest.raises(SharesPersons):
        difference(one, other, shares_persons=True)


def test_only_the_same_statistic_is_compared():
    estimator = two_halves(5, 10, 5, 10)
    with pytest.raises(ValueError, match="same statistic"):
        difference(estimator.estimate("q"), estimator.estimate("q", kind="mean"))


def test_false_discoveries_of_a_known_list():
    p = np.array([0.01, np.nan, 0.03, 0.02, 0.5])
    assert false_discoveries(p, "benjamini-hochberg") == pytest.approx([0.04, np.nan, 0.04, 0.04, 0.5], nan_ok=True)
    harmonic = 1 + 1 / 2 + 1 / 3 + 1 / 4
    expected = [0.04 * harmonic, np.nan, 0.04 * harmonic, 0.04 * harmonic, 1]
    assert false_discoveries(p, "benjamini-yekutieli") == pytest.approx(expected, nan_ok=True)
    assert false_discoveries(p, "none") == pytest.approx(p, nan_ok=True)


@given(arrays(float, st.integers(1, 40), elements=st.floats(0, 1)), st.integers(0, 39))
def test_control_keeps_the_order_never_helps_and_is_monotone(p, place):
    for method in ("benjamini-hochberg", "benjamini-yekutieli"):
        adjusted = false_discoveries(p, method)
        assert (adjusted >= p).all()
        assert (adjusted <= 1).all()
        assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()
        less = p.copy()
        less[place % len(p)] /= 2
        assert (false_discoveries(less, method) <= adjusted + 1e-15).all()
