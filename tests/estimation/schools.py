"""The schools of `apistrat` counted by cell, and the weightings that R made of them (origin: reference/README.md)."""

import json
from pathlib import Path

import numpy as np

from app.estimation import BaseWeights, Dimension, Layout, Margin, Measure, Recipe, calibrate, count, unweighted
from app.estimation.counting import occupied_cells

FOLDER = Path(__file__).parent / "reference"
REFERENCE = json.loads((FOLDER / "apistrat.json").read_text())
ESTIMATES = json.loads((FOLDER / "apistrat_estimates.json").read_text())
NAMES = {
    "stype": ("E", "H", "M"),
    "sch.wide": ("No", "Yes"),
    "awards": ("No", "Yes"),
    "comp.imp": ("No", "Yes"),
}
MARGINS = {
    "calibrate_raking": ("stype", "sch.wide", "awards"),
    "calibrate_raking_stype_compimp": ("stype", "comp.imp"),
    "calibrate_linear": ("stype", "sch.wide", "awards"),
    "calibrate_logit_0.4_2.6": ("stype", "sch.wide", "awards"),
    "poststratify_stype": ("stype",),
}


def columns():
    given = REFERENCE["columns"]
    coded = {name: np.array([names.index(x) for x in given[name]]) for name, names in NAMES.items()}
    weights = sorted(set(given["pw"]))
    coded["pw"] = np.array([weights.index(weight) for weight in given["pw"]])
    coded["stype x awards"] = coded["awards"] * 3 + coded["stype"]
    return coded | {name: np.array(given[name]) for name in ("api00", "enroll")}, tuple(weights)


def layout_of(rows, weights, stratum=None):
    """Dimensions, and as measures the same with api00 and enroll; `score` is api00 as a scale."""
    dimensions = tuple(Dimension(name, tuple(range(len(names)))) for name, names in NAMES.items())
    shares = tuple(Measure(name, "category", tuple(range(len(names)))) for name, names in NAMES.items())
    measures = (
        *shares,
        Measure("stype x awards", "category", tuple(range(6))),
        Measure("api00", "number"),
        Measure("enroll", "number"),
        Measure("score", "category", tuple(sorted({int(x) for x in rows["api00"]}))),
    )
    return Layout(dimensions, measures, BaseWeights("pw", weights), stratum)


def schools(stratum=None):
    """The sample counted by cell, with its three base weights as classes, and the cell of every school."""
    rows, weights = columns()
    rows["score"] = rows["api00"]
    layout = layout_of(rows, weights, stratum)
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
        return calibrate(tally, Recipe((Margin("stype x sch.wide", ("stype", "sch.wide"), crossed),)))
    margins = tuple(margin(name) for name in MARGINS[design])
    if design == "calibrate_linear":
        return calibrate(tally, Recipe(margins, "linear"))
    if design == "calibrate_logit_0.4_2.6":
        # R bounds the ratio to the weights as they are, of sum 6193.99996; here they first sum to the universe.
        unit = ESTIMATES["weights_only"]["sum_w"] / ESTIMATES[design]["sum_w"]
        return calibrate(tally, Recipe(margins, "logit", bounds=(0.4 * unit, 2.6 * unit)))
    return calibrate(tally, Recipe(margins))


def agree(found, expected, digits=12):
    np.testing.assert_allclose(found, expected, rtol=10**-digits, atol=0)
