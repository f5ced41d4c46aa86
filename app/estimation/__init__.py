"""The statistics kernel: integer tallies, calibration on their cells, estimates with errors, protected tables.

Pure: numpy, scipy and the standard library, no input or output, no clock, no framework. In order of use:

    layout = Layout(dimensions, measures)             what is counted
    tally = count(layout, columns)                    exact; tallies add and subtract
    weighting = calibrate(tally, Recipe(margins))     or unweighted(tally)
    estimates = estimate(tally, weighting, "q1", by="region")
    signs = against_rest(Estimator(tally, weighting), Statistic("q1"), "region")
    table = distribution_table(estimates, reading, answer_labels, domain_labels)
    shown = protect(table, Policy())                  the only thing to render

Errors are WeightingIsImpossible and its kinds (named, with data and the code of a suggestion),
UnknownCategory, NumberIsTooLarge, LayoutIsInvalid, FreeWeightsAreInvalid.
"""

from app.estimation.comparisons import (
    Difference,
    SharesPersons,
    Signs,
    TableTest,
    against_rest,
    difference,
    false_discoveries,
    rao_scott,
)
from app.estimation.diagnostics import Diagnostics
from app.estimation.disclosure import Cell, Mask, Policy, ProtectedRow, ProtectedTable, protect
from app.estimation.distances import BoundsAreInvalid
from app.estimation.estimates import Answer, Estimates, Estimator, Statistic, estimate
from app.estimation.fitting import BoundsAreInfeasible, DidNotConverge
from app.estimation.free_weights import FreeWeightsAreInvalid
from app.estimation.margins import (
    CategoryWithoutTarget,
    EmptyMarginCategory,
    Margin,
    MarginIsInvalid,
    MarginsContradict,
    MarginsDoNotAddUp,
    MarginVariableHasAbsences,
    TallyIsEmpty,
    TallyIsNegative,
    UnknownMarginVariable,
    WeightingIsImpossible,
)
from app.estimation.merging import Merge, MergeIsInvalid
from app.estimation.tables import Column, Item, Reading, Table, TableRow, combine, distribution_table
from app.estimation.tally import (
    NO_OPINION,
    BaseWeights,
    Dimension,
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
from app.estimation.trimming import TrimIsInvalid, TrimmingDidNotEnd, TrimmingNeedsWeightClasses
from app.estimation.weighting import (
    NegativeWeights,
    Recipe,
    Weighting,
    WeightingDoesNotFit,
    calibrate,
    unweighted,
)

__all__ = [
    "NO_OPINION",
    "Answer",
    "BaseWeights",
    "BoundsAreInfeasible",
    "BoundsAreInvalid",
    "CategoryWithoutTarget",
    "Cell",
    "Column",
    "Diagnostics",
    "DidNotConverge",
    "Difference",
    "Dimension",
    "EmptyMarginCategory",
    "Estimates",
    "Estimator",
    "FreeWeightsAreInvalid",
    "Item",
    "Layout",
    "LayoutIsInvalid",
    "LayoutsDiffer",
    "Margin",
    "MarginIsInvalid",
    "MarginVariableHasAbsences",
    "MarginsContradict",
    "MarginsDoNotAddUp",
    "Mask",
    "Measure",
    "Merge",
    "MergeIsInvalid",
    "NegativeWeights",
    "NumberIsTooLarge",
    "Policy",
    "ProtectedRow",
    "ProtectedTable",
    "Reading",
    "Recipe",
    "SharesPersons",
    "Signs",
    "Statistic",
    "Table",
    "TableRow",
    "TableTest",
    "Tally",
    "TallyIsEmpty",
    "TallyIsNegative",
    "TallyIsUnreadable",
    "TrimIsInvalid",
    "TrimmingDidNotEnd",
    "TrimmingNeedsWeightClasses",
    "UnknownCategory",
    "UnknownMarginVariable",
    "Weighting",
    "WeightingDoesNotFit",
    "WeightingIsImpossible",
    "WeightsVaryInCells",
    "against_rest",
    "calibrate",
    "combine",
    "count",
    "difference",
    "distribution_table",
    "estimate",
    "false_discoveries",
    "protect",
    "rao_scott",
    "unweighted",
]  # fmt: skip
