"""Weightings: ratios per cell that bring a tally to known margins, with the diagnostics an analyst signs.

A row of base weight d in cell c gets the weight w = d g_c, where the ratio g_c is the
product of one factor per margin (raking, iterative proportional fitting; facts in Deville,
Särndal and Sautory 1993). Weights are scaled so that they sum to the number of rows. A
weighting keeps the factors, not the cells: it fits any tally of the same rows whose cells
are separated by the margin variables, whatever other dimensions that tally has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from math import inf
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from app.estimation.margins import (
    Codes,
    EmptyMarginCategory,
    Margin,
    MarginTarget,
    TallyIsEmpty,
    TallyIsNegative,
    WeightingIsImpossible,
    levels_of_cells,
    refuse_contradictions,
    refuse_unmatched,
    resolve,
)
from app.estimation.tally import Tally

FloatArray = NDArray[np.float64]
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)

# The rows a weighting was made for meet its margins to its tolerance; other rows do not come this close.
_SAME_ROWS = 1e-7


class DidNotConverge(WeightingIsImpossible):
    """The margins were not met in the iterations allowed.

    Data: margin, category, gap (relative), iterations.
    """

    suggestion = "merge-categories-or-drop-a-margin"


class WeightingDoesNotFit(WeightingIsImpossible):
    """A weighting is used on other rows than it was made for. Data: what differs."""

    suggestion = "weight-these-rows"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to do: the margins, and how exactly (largest relative gap of any margin category) to meet them."""

    margins: tuple[Margin, ...]
    method: Literal["raking"] = "raking"
    tolerance: float = 1e-10
    iterations: int = 1000


@dataclass(frozen=True, slots=True)
class CategoryDiagnostic:
    """One category of a margin: respondents, and percentages before, wanted, and after weighting."""

    codes: Codes
    count: int
    before: float
    target: float
    after: float


@dataclass(frozen=True, slots=True)
class MarginDiagnostic:
    """A margin with its origin.

    `total`: sum of the shares as given; `is_rescaled`: they were percentages not at 100.
    """

    name: str
    dimensions: tuple[str, ...]
    universe: str
    date: str
    source: str
    total: float
    is_rescaled: bool
    categories: tuple[CategoryDiagnostic, ...]


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """How a weighting went. Ratios are g = final / base weight; `gap` is the largest relative miss.

    `design_effect` is Kish's n Σw² / (Σw)², `effective_size` n divided by it.
    """

    method: str
    n: int
    iterations: int
    gap: float
    ratio_minimum: float
    ratio_maximum: float
    ratio_quantiles: tuple[tuple[float, float], ...]
    design_effect: float
    effective_size: float
    margins: tuple[MarginDiagnostic, ...]

    @property
    def rescaled(self) -> tuple[tuple[str, float], ...]:
        """Name and sum found of the margins that were rescaled to 100."""
        return tuple((margin.name, margin.total) for margin in self.margins if margin.is_rescaled)

    def to_dict(self) -> dict[str, Any]:
        """Form for JSON, with the list of rescaled margins beside the fields."""
        data: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        data["ratio_quantiles"] = [list(pair) for pair in self.ratio_quantiles]
        data["rescaled"] = [list(pair) for pair in self.rescaled]
        data["margins"] = [
            {f.name: getattr(m, f.name) for f in fields(m)}
            | {"dimensions": list(m.dimensions)}
            | {"categories": [{f.name: getattr(c, f.name) for f in fields(c)} | {"codes": list(c.codes)}
                              for c in m.categories]}
            for m in self.margins
        ]  # fmt: skip
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Diagnostics":
        """Inverse of to_dict."""
        margins = tuple(
            MarginDiagnostic(
                **m
                | {"dimensions": tuple(m["dimensions"])}
                | {"categories": tuple(CategoryDiagnostic(**c | {"codes": tuple(c["codes"])})
                                       for c in m["categories"])}
            )
            for m in data["margins"]
        )  # fmt: skip
        quantiles = tuple((float(q), float(g)) for q, g in data["ratio_quantiles"])
        plain = {key: value for key, value in data.items() if key != "rescaled"}
        return cls(**plain | {"margins": margins, "ratio_quantiles": quantiles})


@dataclass(frozen=True, slots=True)
class MarginFactors:
    """What raking found for one margin: per level, its target share (sum 1) and its factor."""

    name: str
    dimensions: tuple[str, ...]
    levels: tuple[Codes, ...]
    targets: tuple[float, ...]
    factors: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Weighting:
    """One run: factors per margin for `n` rows, and its diagnostics. Without margins every ratio is 1."""

    n: int
    margins: tuple[MarginFactors, ...]
    diagnostics: Diagnostics

    def levels_on(self, tally: Tally) -> list[NDArray[Any]]:
        """Per margin, the level of every cell; WeightingDoesNotFit when a cell has none."""
        found = [levels_of_cells(tally, m.name, m.dimensions, m.levels) for m in self.margins]
        for margin, levels in zip(self.margins, found, strict=True):
            if bool((levels < 0).any()):
                raise WeightingDoesNotFit(margin=margin.name)
        return found

    def ratios_on(self, tally: Tally) -> FloatArray:
        """Per cell, the ratio g of final to base weight."""
        ratios = np.ones(len(tally.cells))
        for margin, levels in zip(self.margins, self.levels_on(tally), strict=True):
            ratios *= np.asarray(margin.factors)[levels]
        return ratios

    def weights_on(self, tally: Tally) -> FloatArray:
        """Per cell, the final weight of one of its rows; they sum to n over rows.

        Raises WeightingDoesNotFit on a tally of other rows: a filter is a domain (a dimension) of the whole
        tally, never a tally of fewer rows, because margins and variances are those of the whole.
        """
        if tally.n != self.n:
            raise WeightingDoesNotFit(rows=tally.n, expected=self.n)
        weights = _scaled_base(tally) * self.ratios_on(tally)
        for margin, levels in zip(self.margins, self.levels_on(tally), strict=True):
            reached = np.bincount(levels, weights * tally.sizes, len(margin.levels)) / self.n
            if not np.allclose(reached, margin.targets, rtol=_SAME_ROWS, atol=0):
                raise WeightingDoesNotFit(margin=margin.name)
        return weights

    def to_dict(self) -> dict[str, Any]:
        """Form for JSON."""
        return {
            "n": self.n,
            "margins": [
                {
                    "name": m.name,
                    "dimensions": list(m.dimensions),
                    "levels": [list(level) for level in m.levels],
                    "targets": list(m.targets),
                    "factors": list(m.factors),
                }
                for m in self.margins
            ],
            "diagnostics": self.diagnostics.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Weighting":
        """Inverse of to_dict."""
        margins = tuple(
            MarginFactors(
                m["name"],
                tuple(m["dimensions"]),
                tuple(tuple(level) for level in m["levels"]),
                tuple(m["targets"]),
                tuple(m["factors"]),
            )
            for m in data["margins"]
        )
        return cls(data["n"], margins, Diagnostics.from_dict(data["diagnostics"]))


def unweighted(tally: Tally) -> Weighting:
    """The weighting that leaves base weights as they are (all 1 without base weights)."""
    _refuse_unusable(tally)
    return _finish(tally, "none", [], [], [], 0, 0.0)


def rake(tally: Tally, recipe: Recipe) -> Weighting:
    """Raking to the margins of the recipe; each category then meets its target to the tolerance.

    Raises a WeightingIsImpossible that names the cause; percentages within half a point of 100 are rescaled
    and the diagnostics say so.
    """
    _refuse_unusable(tally)
    targets = [resolve(margin) for margin in recipe.margins]
    levels = [levels_of_cells(tally, t.margin.name, t.margin.dimensions, t.levels) for t in targets]
    empty: list[dict[str, Any]] = []
    for target, cell_levels in zip(targets, levels, strict=True):
        empty += refuse_unmatched(tally, target, cell_levels)
    if empty:
        raise EmptyMarginCategory(categories=empty)
    refuse_contradictions(targets)
    factors, iterations, gap = _fit(tally, recipe, targets, levels)
    return _finish(tally, recipe.method, targets, levels, factors, iterations, gap)


def _refuse_unusable(tally: Tally) -> None:
    if tally.is_negative:
        raise TallyIsNegative
    if not tally.n:
        raise TallyIsEmpty


def _scaled_base(tally: Tally) -> FloatArray:
    """Base weight of a row per cell, scaled to sum n over rows."""
    base = tally.base_weights()
    return base * (tally.n / float(base @ tally.sizes))


def _fit(
    tally: Tally, recipe: Recipe, targets: Sequence[MarginTarget], levels: Sequence[NDArray[Any]]
) -> tuple[list[FloatArray], int, float]:
    """Factors per margin, cycles used, largest relative gap left.

    Once the tolerance is met it goes on while a cycle still halves the gap: a handful of cheap cycles that
    take the weights to the last digits, so that they do not depend on where it happened to stop.
    """
    wanted = [target.targets * tally.n for target in targets]
    factors = [np.ones(len(target.levels)) for target in targets]
    mass = _scaled_base(tally) * tally.sizes
    gap, worst = _largest_gap(mass, wanted, levels)
    for cycle in range(recipe.iterations):
        if gap <= recipe.tolerance and gap < 1e-15:
            return factors, cycle, gap
        for index, (cell_levels, aim) in enumerate(zip(levels, wanted, strict=True)):
            step = aim / np.bincount(cell_levels, mass, len(aim))
            factors[index] = factors[index] * step
            mass = mass * step[cell_levels]
        previous = gap
        gap, worst = _largest_gap(mass, wanted, levels)
        if gap <= recipe.tolerance and gap > previous / 2:
            return factors, cycle + 1, gap
    if gap <= recipe.tolerance:
        return factors, recipe.iterations, gap
    margin, level = targets[worst[0]].margin.name, targets[worst[0]].levels[worst[1]]
    raise DidNotConverge(margin=margin, category=level, gap=gap, iterations=recipe.iterations)


def _largest_gap(
    mass: FloatArray, wanted: Sequence[FloatArray], levels: Sequence[NDArray[Any]]
) -> tuple[float, tuple[int, int]]:
    gap, worst = 0.0, (0, 0)
    for index, (cell_levels, aim) in enumerate(zip(levels, wanted, strict=True)):
        miss = np.abs(np.bincount(cell_levels, mass, len(aim)) / aim - 1)
        place = int(miss.argmax())
        # A ratio that is not finite counts as an endless gap.
        size = float(miss[place]) if np.isfinite(miss[place]) else inf
        if size > gap:
            gap, worst = size, (index, place)
    return gap, worst


def _finish(
    tally: Tally,
    method: str,
    targets: Sequence[MarginTarget],
    levels: Sequence[NDArray[Any]],
    factors: Sequence[FloatArray],
    iterations: int,
    gap: float,
) -> Weighting:
    ratios = np.ones(len(tally.cells))
    for cell_levels, found in zip(levels, factors, strict=True):
        ratios *= found[cell_levels]
    base, sizes, n = _scaled_base(tally), tally.sizes, tally.n
    weights = base * ratios
    effect = n * float(weights**2 @ sizes) / float(weights @ sizes) ** 2
    margins = tuple(
        _margin_diagnostic(target, cell_levels, sizes, base, weights)
        for target, cell_levels in zip(targets, levels, strict=True)
    )
    diagnostics = Diagnostics(
        method, n, iterations, gap, float(ratios.min()), float(ratios.max()),
        _quantiles(ratios, sizes), effect, n / effect, margins,
    )  # fmt: skip
    found_factors = tuple(
        MarginFactors(t.margin.name, t.margin.dimensions, t.levels, tuple(map(float, t.targets)), tuple(map(float, f)))
        for t, f in zip(targets, factors, strict=True)
    )
    return Weighting(n, found_factors, diagnostics)


def _margin_diagnostic(
    target: MarginTarget, levels: NDArray[Any], sizes: NDArray[Any], base: FloatArray, weights: FloatArray
) -> MarginDiagnostic:
    k, n = len(target.levels), int(sizes.sum())
    counts = np.bincount(levels, sizes, k)
    before = np.bincount(levels, base * sizes, k) * 100 / n
    after = np.bincount(levels, weights * sizes, k) * 100 / n
    categories = tuple(
        CategoryDiagnostic(level, int(counts[i]), float(before[i]), 100 * float(target.targets[i]), float(after[i]))
        for i, level in enumerate(target.levels)
    )
    margin = target.margin
    return MarginDiagnostic(
        margin.name, margin.dimensions, margin.universe, margin.date, margin.source,
        target.total, target.is_rescaled, categories,
    )  # fmt: skip


def _quantiles(ratios: FloatArray, sizes: NDArray[Any]) -> tuple[tuple[float, float], ...]:
    """Quantiles of the ratio over rows: the smallest ratio that at least q of the rows do not exceed."""
    order = np.argsort(ratios, kind="stable")
    below = np.cumsum(sizes[order])
    places = np.searchsorted(below, np.asarray(QUANTILES) * below[-1])
    return tuple((q, float(ratios[order[place]])) for q, place in zip(QUANTILES, places, strict=True))
