"""Against R's survey package, to at least 12 significant digits (origin: reference/README.md)."""

import numpy as np
import pytest

from app.estimation import Estimator, Statistic, against_rest, rao_scott, unweighted
from tests.estimation.schools import ESTIMATES, REFERENCE, agree, schools, weighting_like

CALIBRATED = [name for name in ESTIMATES if name != "weights_only"]


@pytest.fixture(params=list(ESTIMATES), scope="module")
def case(request):
    tally, cell_of_row = schools()
    weighting = weighting_like(request.param, tally)
    expected = ESTIMATES[request.param] | {"design": request.param}
    return expected, tally, weighting, cell_of_row


def scale_of(expected, estimator):
    """R's weights sum to the universe; ours do when the margins are counts, else to the rows."""
    return expected["sum_w"] / (estimator.tally.n * estimator.persons)


def test_weights_and_design_effect(case):
    expected, tally, weighting, cell_of_row = case
    given = REFERENCE.get(expected["design"], {})
    if "weights" in given:
        weights = weighting.weights_on(tally)[cell_of_row]
        agree(weights * (sum(given["weights"]) / tally.n), given["weights"])
    if "kish_deff" in given:
        agree(weighting.diagnostics.design_effect, given["kish_deff"])


@pytest.mark.parametrize("interval", ["normal", "t"])
def test_means_their_errors_and_their_intervals(case, interval):
    expected, tally, weighting, _ = case
    found = Estimator(tally, weighting, interval=interval).estimate_each([Statistic("api00"), Statistic("enroll")])
    assert expected["mean"]["term"] == ["api00", "enroll"]
    agree([e.value[0, 0] for e in found], expected["mean"]["est"])
    agree([e.se[0, 0] for e in found], expected["mean"]["se"])
    agree([e.low[0, 0] for e in found], expected["mean"][f"ci_{interval}_low"])
    agree([e.high[0, 0] for e in found], expected["mean"][f"ci_{interval}_high"])


@pytest.mark.parametrize("interval", ["normal", "t"])
def test_totals_and_their_intervals(case, interval):
    expected, tally, weighting, _ = case
    estimator = Estimator(tally, weighting, interval=interval)
    # Counts of one universe as margins: totals come in its persons, without a word more.
    assert (estimator.persons != 1) == (expected["design"] != "weights_only")
    scale = scale_of(expected, estimator)
    found = estimator.estimate("enroll", kind="total")
    wanted = {name: np.ravel(values)[0] for name, values in expected["total"].items()}
    for name, column in (("est", found.value), ("se", found.se)):
        agree(column[0, 0] * scale, wanted[name])
    for name, column in (("low", found.low), ("high", found.high)):
        agree(column[0, 0] * scale, wanted[f"ci_{interval}_{name}"])


def test_numbers_of_schools_and_totals_of_domains():
    tally, _ = schools()
    expected = ESTIMATES["weights_only"]
    estimator = Estimator(tally, unweighted(tally), interval="t")
    scale = scale_of(expected, estimator)
    counts = estimator.estimate("stype", kind="total")
    agree(counts.value[0] * scale, expected["total_cat"]["est"])
    agree(counts.se[0] * scale, expected["total_cat"]["se"])
    agree(counts.low[0] * scale, expected["total_cat"]["ci_t_low"])
    domains = estimator.estimate("enroll", by="awards", kind="total")
    agree(domains.value[1:, 0] * scale, expected["by_total"]["est"])
    agree(domains.se[1:, 0] * scale, expected["by_total"]["se"])
    agree(domains.high[1:, 0] * scale, expected["by_total"]["ci_t_high"])


def test_means_of_domains(case):
    expected, tally, weighting, _ = case
    found = Estimator(tally, weighting, interval="t").estimate("api00", by="stype")
    agree(found.value[1:, 0], expected["by_mean"]["est"])
    agree(found.se[1:, 0], expected["by_mean"]["se"])
    agree(found.low[1:, 0], expected["by_mean"]["ci_t_low"])
    agree(found.high[1:, 0], expected["by_mean"]["ci_t_high"])


def test_shares(case):
    expected, tally, weighting, _ = case
    estimator = Estimator(tally, weighting, interval="t")
    shares = [estimator.estimate(name) for name in ("stype", "sch.wide", "awards")]
    agree(np.concatenate([e.value[0] for e in shares]), expected["prop"]["est"])
    found = np.concatenate([e.se[0] for e in shares])
    wanted = np.array(expected["prop"]["se"])
    # The share of a margin has no sampling error: R says so up to its rounding, here it is 0.
    known = wanted < 1e-12
    assert not found[known].any()
    agree(found[~known], wanted[~known])
    agree(np.concatenate([e.low[0] for e in shares]), expected["prop"]["ci_t_low"])
    if "prop_compimp" in expected and expected["prop_compimp"]["se"][0] > 1e-12:
        compared = estimator.estimate("comp.imp")
        agree(compared.value[0], expected["prop_compimp"]["est"])
        agree(compared.se[0], expected["prop_compimp"]["se"])


def test_shares_of_domains_and_of_a_crossed_question():
    tally, _ = schools()
    expected = ESTIMATES["weights_only"]
    estimator = Estimator(tally, unweighted(tally), interval="t")
    found = estimator.estimate("sch.wide", by="stype")
    agree(found.value[1:].T.ravel(), expected["by_prop"]["est"])
    agree(found.se[1:].T.ravel(), expected["by_prop"]["se"])
    agree(found.low[1:].T.ravel(), expected["by_prop"]["ci_t_low"])
    crossed = estimator.estimate("stype x awards")
    agree(crossed.value[0], expected["interaction_prop"]["est"])
    agree(crossed.se[0], expected["interaction_prop"]["se"])
    agree(crossed.high[0], expected["interaction_prop"]["ci_t_high"])


@pytest.mark.parametrize(("method", "name", "digits"), [("logit", "logit", 9), ("beta", "beta", 12), ("t", "mean", 12)])
def test_intervals_of_a_share(method, name, digits):
    tally, _ = schools()
    expected = ESTIMATES["weights_only"]["ciprop_schwide"][name]
    found = Estimator(tally, unweighted(tally), interval=method).estimate("sch.wide")
    # R fits the logit by iteration: its own estimate is right to 9 digits.
    agree([found.low[0, 1], found.high[0, 1]], [expected["low"], expected["high"]], digits)
    agree([1 - found.high[0, 0], 1 - found.low[0, 0]], [expected["low"], expected["high"]], digits)


def test_a_median_and_its_error():
    tally, _ = schools()
    expected = ESTIMATES["weights_only"]["quantile"]
    found = Estimator(tally, unweighted(tally), interval="t").estimate("score", kind="median")
    assert found.value[0, 0] == expected["est"][1]
    agree(found.se[0, 0], expected["se"][1])
    assert (found.low[0, 0], found.high[0, 0]) == (641, 695)


def check_table(found, expected):
    agree(found.chi_square, expected["chi_square"])
    agree(found.statistic, expected["statistic"])
    agree([found.numerator, found.denominator], expected["parameter"])
    agree(found.p, expected["p"], 10)


@pytest.mark.parametrize(
    ("measure", "by"), [("sch.wide", "stype"), ("comp.imp", "sch.wide"), ("awards", "stype"), ("stype", "awards")]
)
def test_rao_scott_of_a_table(measure, by):
    tally, _ = schools()
    names = {
        frozenset({"sch.wide", "stype"}): "chisq_stype_schwide",
        frozenset({"comp.imp", "sch.wide"}): "chisq_schwide_compimp",
        frozenset({"awards", "stype"}): "chisq_stype_awards",
    }
    expected = ESTIMATES["weights_only"][names[frozenset({measure, by})]]
    check_table(rao_scott(Estimator(tally, unweighted(tally)), measure, by), expected)


@pytest.mark.parametrize("design", CALIBRATED)
def test_rao_scott_after_calibration(design):
    tally, _ = schools()
    estimator = Estimator(tally, weighting_like(design, tally))
    check_table(rao_scott(estimator, "comp.imp", "stype"), ESTIMATES[design]["chisq_compimp_stype"])


def test_a_domain_against_the_rest_is_the_t_test_of_two_means():
    tally, _ = schools()
    expected = ESTIMATES["weights_only"]["ttest_awards"]
    found = against_rest(Estimator(tally, unweighted(tally)), Statistic("api00"), "awards")
    assert found.degrees == expected["df"]
    # domains: the whole, without an award, with one.
    agree(found.difference[2, 0], expected["diff"])
    agree(found.difference[2, 0] / found.se[2, 0], expected["t"])
    agree(found.p[2, 0], expected["p"], 10)
    assert found.sign[:, 0].tolist() == [0, -1, 1]
