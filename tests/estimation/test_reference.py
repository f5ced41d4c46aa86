"""Against R's survey package, to at least 12 significant digits (origin: reference/README.md)."""

import json
from pathlib import Path

import numpy as np
import pytest

from app.estimation import (
    BaseWeights,
    Dimension,
    Estimator,
    Layout,
    Margin,
    Measure,
    Recipe,
    count,
    rake,
    unweighted,
)
from app.estimation.counting import occupied_cells

REFERENCE = json.loads((Path(__file__).parent / "reference" / "apistrat.json").read_text())
NAMES = {
    "stype": ("E", "H", "M"),
    "sch.wide": ("No", "Yes"),
    "awards": ("No", "Yes"),
    "comp.imp": ("No", "Yes"),
}
MARGINS = {
    "calibrate_raking": ("stype", "sch.wide", "awards"),
    "calibrate_raking_stype_compimp": ("stype", "comp.imp"),
}


def columns():
    given = REFERENCE["columns"]
    coded = {name: np.array([names.index(x) for x in given[name]]) for name, names in NAMES.items()}
    weights = sorted(set(given["pw"]))
    coded["pw"] = np.array([weights.index(weight) for weight in given["pw"]])
    return coded | {name: np.array(given[name]) for name in ("api00", "enroll")}, tuple(weights)


def schools():
    """The sample counted by cell, with its three base weights as classes, and the cell of every school."""
    rows, weights = columns()
    dimensions = tuple(Dimension(name, tuple(range(len(names)))) for name, names in NAMES.items())
    shares = tuple(Measure(name, "category", tuple(range(len(names)))) for name, names in NAMES.items())
    layout = Layout(
        dimensions, (*shares, Measure("api00", "number"), Measure("enroll", "number")), BaseWeights("pw", weights)
    )
    return count(layout, rows), occupied_cells(layout, rows)[2]


def margin(name):
    shares = {(NAMES[name].index(code),): total for code, total in REFERENCE["margins"][name].items()}
    return Margin(name, (name,), shares, universe="schools", source="apipop")


def weighting_like(design, tally):
    if design == "weights_only":
        return unweighted(tally)
    if design == "poststratify_stype_schwide":
        crossed = {
            (NAMES["stype"].index(kind), NAMES["sch.wide"].index(wide)): total
            for kind, wide, total in REFERENCE[design]["population"]
        }
        return rake(tally, Recipe((Margin("stype x sch.wide", ("stype", "sch.wide"), crossed),)))
    return rake(tally, Recipe(tuple(margin(name) for name in MARGINS[design])))


def agree(found, expected, digits=12):
    np.testing.assert_allclose(found, expected, rtol=10**-digits, atol=0)


DESIGNS = ("weights_only", "calibrate_raking", "calibrate_raking_stype_compimp", "poststratify_stype_schwide")


@pytest.fixture(params=DESIGNS)
def case(request):
    tally, cell_of_row = schools()
    return REFERENCE[request.param], tally, weighting_like(request.param, tally), cell_of_row


def test_weights_and_design_effect(case):
    expected, tally, weighting, cell_of_row = case
    if "weights" in expected:
        weights = weighting.weights_on(tally)[cell_of_row]
        agree(weights * (sum(expected["weights"]) / tally.n), expected["weights"])
    agree(weighting.diagnostics.design_effect, expected["kish_deff"])


def test_means_their_errors_and_their_intervals(case):
    expected, tally, weighting, _ = case
    estimator = Estimator(tally, weighting)
    found = [estimator.estimate(name) for name in ("api00", "enroll")]
    assert expected["mean"]["term"] == ["api00", "enroll"]
    agree([e.value[0, 0] for e in found], expected["mean"]["est"])
    agree([e.se[0, 0] for e in found], expected["mean"]["se"])
    agree([e.low[0, 0] for e in found], expected["mean"]["ci_normal_low"])
    agree([e.high[0, 0] for e in found], expected["mean"]["ci_normal_high"])


def test_means_of_domains(case):
    expected, tally, weighting, _ = case
    found = Estimator(tally, weighting).estimate("api00", by="stype")
    agree(found.value[1:, 0], expected["by_mean"]["est"])
    agree(found.se[1:, 0], expected["by_mean"]["se"])


def test_shares(case):
    expected, tally, weighting, _ = case
    estimator = Estimator(tally, weighting)
    shares = [estimator.estimate(name) for name in ("stype", "sch.wide", "awards")]
    agree(np.concatenate([e.value[0] for e in shares]), expected["prop"]["est"])
    found = np.concatenate([e.se[0] for e in shares])
    wanted = np.array(expected["prop"]["se"])
    # The share of a margin has no sampling error: R says so up to its rounding, here it is 0.
    known = wanted < 1e-12
    assert not found[known].any()
    agree(found[~known], wanted[~known])
    if "prop_compimp" in expected and expected["prop_compimp"]["se"][0] > 1e-12:
        compared = estimator.estimate("comp.imp")
        agree(compared.value[0], expected["prop_compimp"]["est"])
        agree(compared.se[0], expected["prop_compimp"]["se"])


def test_shares_of_domains():
    tally, _ = schools()
    expected = REFERENCE["weights_only"]["by_prop"]
    found = Estimator(tally, unweighted(tally)).estimate("sch.wide", by="stype")
    agree(found.value[1:].T.ravel(), expected["est"])
    agree(found.se[1:].T.ravel(), expected["se"])
