"""The statistics kernel: integer tallies, raking on their cells, estimates with errors, protected tables.

Pure: numpy and the standard library, no input or output, no clock, no framework. In order of use:

    layout = Layout(dimensions, measures)             what is counted
    tally = count(layout, columns)                    exact; tallies add and subtract
    weighting = rake(tally, Recipe(margins))          or unweighted(tally)
    estimates = estimate(tally, weighting, "q1", by="region")
    table = distribution_table(estimates, reading, answer_labels, domain_labels)
    shown = protect(table, Policy())                  the only thing to render

Errors are WeightingIsImpossible and its kinds (named, with data and the code of a suggestion),
UnknownCategory, NumberIsTooLarge, LayoutIsInvalid.
"""

from app.estimation.disclosure import Cell, Mask, Policy, ProtectedRow, ProtectedTable, protect
from app.estimation.estimates import Answer, Estimates, Estimator, Statistic, estimate
from app.estimation.margins import (
    CategoryWithoutTarget,
    EmptyMarginCategory,
    Margin,
    MarginIsInvalid,
    MarginsContradict,
    MarginsDoNotAddUp,
    TallyIsEmpty,
    TallyIsNegative,
    UnknownMarginVariable,
    WeightingIsImpossible,
)
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
    count,
)
from app.estimation.weighting import (
    Diagnostics,
    DidNotConverge,
    Recipe,
    Weighting,
    WeightingDoesNotFit,
    rake,
    unweighted,
)

__all__ = [
    "NO_OPINION", "Answer", "BaseWeights", "CategoryWithoutTarget", "Cell", "Column", "Diagnostics",
    "DidNotConverge", "Dimension", "EmptyMarginCategory", "Estimates", "Estimator", "Item", "Layout",
    "LayoutIsInvalid", "LayoutsDiffer", "Margin", "MarginIsInvalid", "MarginsContradict", "MarginsDoNotAddUp",
    "Mask", "Measure", "NumberIsTooLarge", "Policy", "ProtectedRow", "ProtectedTable", "Reading", "Recipe",
    "Statistic", "Table", "TableRow", "Tally", "TallyIsEmpty", "TallyIsNegative", "TallyIsUnreadable",
    "UnknownCategory", "UnknownMarginVariable", "Weighting", "WeightingDoesNotFit", "WeightingIsImpossible",
    "combine", "count", "distribution_table", "estimate", "protect", "rake", "unweighted",
]  # fmt: skip
