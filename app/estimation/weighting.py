"""Weightings: ratios per cell that bring a tally to known margins, with the diagnostics an analyst signs.

A row of base weight d in cell c gets the weight w = d g_c, where the ratio g_c depends on the row's level in each
margin only: a product of one factor per margin for raking, a function of a sum of one coefficient per margin for
the other methods (Deville, Särndal and Sautory 1993; see `distances`). Post-stratification is one crossed margin.
Weights are scaled so that they sum to the number of rows. A weighting keeps the numbers of its levels, not the
cells: it gives the same weights on any tally of the same rows whose cells are separated by the margin variables,
whatever other dimensions that tally has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from app.estimation.diagnostics import Diagnostics, largest_miss, margin_diagnostic, quantiles
from app.estimation.distances import Distance, Method, distance_of
from app.estimation.fitting import Fit, rake, refuse_unmet, solve
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
from app.estimation.merging import (
    AppliedMerge,
    KeptAbsences,
    Merge,
    keep_absences,
    merged,
    refuse_invalid_merges,
)
from app.estimation.tally import Tally
from app.estimation.trimming import TrimmingNeedsWeightClasses, at_bounds, trim, trimmed

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# The rows a weighting was made for meet its margins to its tolerance; other rows do not come this close.
_SAME_ROWS = 1e-7

# Totals of persons this close are those of one universe, rounded.
_SAME_UNIVERSE = 1e-3


class NegativeWeights(WeightingIsImpossible):
    """Linear calibration would count respondents less than not at all. Data: method."""

    suggestion = "use-raking-or-bounds"


class WeightingDoesNotFit(WeightingIsImpossible):
    """A weighting is used on other rows than it was made for. Data: what differs."""

    suggestion = "weight-these-rows"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to do: the margins, and how exactly (largest relative gap of any margin category) to meet them.

    `bounds`: (L, U) of the ratio, for logit and truncated. `trim`: (low, high) of the final weight in units of its
    mean, applied afterwards (see `trimming`). `merges`: categories taken as one. `absences`: respondents without a
    variable of a margin are refused, or keep their share of the base weights. `iterations`: cycles or steps.
    """

    margins: tuple[Margin, ...]
    method: Method = "raking"
    bounds: tuple[float, float] | None = None
    trim: tuple[float, float] | None = None
    merges: tuple[Merge, ...] = ()
    absences: Literal["refuse", "keep"] = "refuse"
    tolerance: float = 1e-10
    iterations: int = 1000

    def __post_init__(self) -> None:
        if self.method not in get_args(Method) or self.absences not in ("refuse", "keep"):
            raise ValueError(f"unknown method {self.method} or rule of absences {self.absences}")


@dataclass(frozen=True, slots=True)
class MarginFactors:
    """What was found for one margin: per level, its target share (sum 1), the share reached, and its number.

    `factors` are multiplied for raking and added up (λ) for the other methods. `members`: the categories that each
    level stands for, itself alone unless some were merged. `reached` is `targets` unless weights were trimmed.
    """

    name: str
    dimensions: tuple[str, ...]
    levels: tuple[Codes, ...]
    members: tuple[tuple[Codes, ...], ...]
    targets: tuple[float, ...]
    reached: tuple[float, ...]
    factors: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Weighting:
    """One run for `n` rows, with its diagnostics. Without margins every ratio is 1.

    `scale` brings base weights to sum to n. `distance` is None for raking and without margins. `shifts`: what each
    pass of trimming gave to the weights within the bounds `trim`.
    """

    n: int
    margins: tuple[MarginFactors, ...]
    diagnostics: Diagnostics
    scale: float
    distance: Distance | None = None
    trim: tuple[float, float] | None = None
    shifts: tuple[float, ...] = ()

    @property
    def population(self) -> float | None:
        """Persons in the universe, when every margin is given as counts of one universe."""
        return self.diagnostics.population

    def levels_on(self, tally: Tally) -> list[IntArray]:
        """Per margin, the level of every cell; WeightingDoesNotFit when a cell has none."""
        found = [levels_of_cells(tally, m.name, m.dimensions, m.members) for m in self.margins]
        for margin, levels in zip(self.margins, found, strict=True):
            if bool((levels < 0).any()):
                raise WeightingDoesNotFit(margin=margin.name)
        return found

    def ratios_on(self, tally: Tally) -> FloatArray:
        """Per cell, the ratio g of final to base weight, both scaled to sum to n, after trimming."""
        return self._ratios(tally, self.levels_on(tally))

    def factors_on(self, tally: Tally) -> FloatArray:
        """Per cell, what a base weight is multiplied by: the final weight of a row is d times this, summing to n.

        Raises WeightingDoesNotFit on a tally of other rows: a filter is a domain (a dimension) of the whole
        tally, never a tally of fewer rows, because margins and variances are those of the whole.
        """
        if tally.n != self.n:
            raise WeightingDoesNotFit(rows=tally.n, expected=self.n)
        mass = tally.cell_mass()[0]
        if not isclose(self.scale * float(mass.sum()), self.n, rel_tol=_SAME_ROWS):
            raise WeightingDoesNotFit(base_weights=float(mass.sum()))
        found = self.levels_on(tally)
        factors = self.scale * self._ratios(tally, found)
        for margin, levels in zip(self.margins, found, strict=True):
            reached = np.bincount(levels, factors * mass, len(margin.levels)) / self.n
            if not np.allclose(reached, margin.reached, rtol=_SAME_ROWS, atol=0):
                raise WeightingDoesNotFit(margin=margin.name)
        return factors

    def weights_on(self, tally: Tally) -> FloatArray:
        """Per cell, the final weight of one of its rows; they sum to n over rows.

        Raises WeightingDoesNotFit, and WeightsVaryInCells when rows have free base weights (see `factors_on`).
        """
        return tally.base_weights() * self.factors_on(tally)

    def _ratios(self, tally: Tally, levels: Sequence[IntArray]) -> FloatArray:
        numbers = [np.asarray(margin.factors) for margin in self.margins]
        ratios = _untrimmed(self.distance, numbers, levels, len(tally.cells))
        if self.trim is None or not self.shifts:
            return ratios
        base = tally.base_weights() * self.scale
        return trimmed(base * ratios, self.trim, self.shifts) / base

    def to_dict(self) -> dict[str, Any]:
        """Form for JSON."""
        distance = self.distance
        return {
            "n": self.n,
            "margins": [
                {
                    "name": m.name,
                    "dimensions": list(m.dimensions),
                    "levels": [list(level) for level in m.levels],
                    "members": [[list(category) for category in members] for members in m.members],
                    "targets": list(m.targets),
                    "reached": list(m.reached),
                    "factors": list(m.factors),
                }
                for m in self.margins
            ],
            "scale": self.scale,
            "distance": [distance.method, distance.bounds and list(distance.bounds)] if distance else None,
            "trim": list(self.trim) if self.trim else None,
            "shifts": list(self.shifts),
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
                tuple(tuple(tuple(category) for category in members) for members in m["members"]),
                tuple(m["targets"]),
                tuple(m["reached"]),
                tuple(m["factors"]),
            )
            for m in data["margins"]
        )
        distance = None
        if data["distance"]:
            method, bounds = data["distance"]
            distance = Distance(method, _pair(bounds))
        return cls(
            data["n"], margins, Diagnostics.from_dict(data["diagnostics"]),
            data["scale"], distance, _pair(data["trim"]), tuple(data["shifts"]),
        )  # fmt: skip


def _pair(values: Sequence[float] | None) -> tuple[float, float] | None:
    return (values[0], values[1]) if values else None


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Margins against a tally: targets and the levels of cells, and what the recipe changed of them."""

    targets: list[MarginTarget]
    levels: list[IntArray]
    merges: tuple[AppliedMerge, ...] = ()
    absences: tuple[KeptAbsences, ...] = ()


def unweighted(tally: Tally) -> Weighting:
    """The weighting that leaves base weights as they are (all 1 without base weights)."""
    _refuse_unusable(tally)
    return _finish(tally, Recipe(()), "none", _Prepared([], []), None, Fit([], 0, 0.0, (0, 0)))


def calibrate(tally: Tally, recipe: Recipe) -> Weighting:
    """Weights that meet the margins of the recipe to its tolerance, before any trimming.

    Raises a WeightingIsImpossible that names the cause; percentages within half a point of 100 are rescaled and
    the diagnostics say so. Weights are never negative: a linear calibration that would make some is refused.
    """
    _refuse_unusable(tally)
    distance = distance_of(recipe.method, recipe.bounds)
    if recipe.trim is not None and not tally.is_exact:
        raise TrimmingNeedsWeightClasses
    prepared = _prepare(tally, recipe)
    fit = _fit(tally, recipe, distance, prepared)
    return _finish(tally, recipe, recipe.method, prepared, distance, fit)


def _refuse_unusable(tally: Tally) -> None:
    if tally.is_negative:
        raise TallyIsNegative
    if not tally.n:
        raise TallyIsEmpty


def _prepare(tally: Tally, recipe: Recipe) -> _Prepared:
    targets = [resolve(margin) for margin in recipe.margins]
    refuse_contradictions(targets)
    refuse_invalid_merges(recipe.margins, recipe.merges)
    ready, levels, empty = list[MarginTarget](), list[IntArray](), list[dict[str, Any]]()
    merges, absences = list[AppliedMerge](), list[KeptAbsences]()
    for given in targets:
        target, applied = merged(tally, given, recipe.merges)
        merges += applied
        if recipe.absences == "keep":
            target, kept = keep_absences(tally, target)
            absences += [kept] if kept else []
        margin = target.margin
        cell_levels = levels_of_cells(tally, margin.name, margin.dimensions, target.members)
        empty += refuse_unmatched(tally, target, cell_levels)
        ready.append(target)
        levels.append(cell_levels)
    if empty:
        raise EmptyMarginCategory(categories=empty)
    return _Prepared(ready, levels, tuple(merges), tuple(absences))


def _fit(tally: Tally, recipe: Recipe, distance: Distance | None, prepared: _Prepared) -> Fit:
    mass = _scaled_mass(tally)
    wanted = [target.targets * tally.n for target in prepared.targets]
    limits = (recipe.tolerance, recipe.iterations)
    if distance is None:
        fit = rake(mass, wanted, prepared.levels, *limits)
        refuse_unmet(fit, prepared.targets, recipe.tolerance, None, feasible=False)
        return fit
    fit = solve(distance, mass, wanted, prepared.levels, *limits)
    feasible = False
    if fit.gap > recipe.tolerance and distance.bounds is not None:
        unbounded = solve(Distance("linear", None), mass, wanted, prepared.levels, *limits)
        feasible = unbounded.gap <= recipe.tolerance
    refuse_unmet(fit, prepared.targets, recipe.tolerance, distance.bounds, feasible)
    return fit


def _scale(tally: Tally) -> float:
    """What brings base weights to sum to n over rows."""
    return tally.n / float(tally.cell_mass()[0].sum())


def _scaled_mass(tally: Tally) -> FloatArray:
    return tally.cell_mass()[0] * _scale(tally)


def _untrimmed(
    distance: Distance | None, numbers: Sequence[FloatArray], levels: Sequence[IntArray], cells: int
) -> FloatArray:
    """Ratios of cells from the numbers of their levels, cell by cell the same in any tally."""
    if distance is None:
        ratios = np.ones(cells)
        for found, cell_levels in zip(numbers, levels, strict=True):
            ratios *= found[cell_levels]
        return ratios
    arguments = np.zeros(cells)
    for found, cell_levels in zip(numbers, levels, strict=True):
        arguments += found[cell_levels]
    return distance.ratios(arguments)


def _finish(
    tally: Tally, recipe: Recipe, method: str, prepared: _Prepared, distance: Distance | None, fit: Fit
) -> Weighting:
    sizes, scale, mass = tally.sizes, _scale(tally), _scaled_mass(tally)
    ratios = _untrimmed(distance, fit.numbers, prepared.levels, len(tally.cells))
    if bool((ratios < 0).any()):
        raise NegativeWeights(method=recipe.method)
    shifts: tuple[float, ...] = ()
    at_bound = 0.0
    if recipe.trim is not None:
        base = tally.base_weights() * scale
        shifts = trim(base * ratios, sizes, recipe.trim)
        weights = trimmed(base * ratios, recipe.trim, shifts)
        if shifts:
            at_bound = float(sizes[at_bounds(weights, recipe.trim)].sum()) / tally.n
        ratios = weights / base
    factors = scale * ratios
    effect = tally.n * float(factors**2 @ tally.cell_mass()[1]) / float(mass @ ratios) ** 2
    told = tuple(
        margin_diagnostic(target, levels, sizes, mass, mass * ratios)
        for target, levels in zip(prepared.targets, prepared.levels, strict=True)
    )
    population, universes = _population(prepared.targets)
    diagnostics = Diagnostics(
        method, tally.n, fit.iterations, largest_miss(told) if shifts else fit.gap,
        float(ratios.min()), float(ratios.max()), quantiles(ratios, sizes), effect, tally.n / effect, told,
        bounds=recipe.bounds, trim=recipe.trim, trimmed=at_bound, merges=prepared.merges,
        absences=prepared.absences, population=population, universes=universes,
    )  # fmt: skip
    margins = tuple(
        _margin_factors(target, levels, numbers, mass * ratios if shifts else None)
        for target, levels, numbers in zip(prepared.targets, prepared.levels, fit.numbers, strict=True)
    )
    return Weighting(tally.n, margins, diagnostics, scale, distance, recipe.trim, shifts)


def _margin_factors(
    target: MarginTarget, levels: IntArray, numbers: FloatArray, after: FloatArray | None
) -> MarginFactors:
    """`after`: per cell the trimmed weight of its rows together, None when nothing was trimmed."""
    targets = tuple(map(float, target.targets))
    reached = targets
    if after is not None:
        reached = tuple(map(float, np.bincount(levels, after, len(targets)) / after.sum()))
    return MarginFactors(
        target.margin.name, target.margin.dimensions, target.levels, target.members,
        targets, reached, tuple(map(float, numbers)),
    )  # fmt: skip


def _population(targets: Sequence[MarginTarget]) -> tuple[float | None, tuple[tuple[str, float], ...]]:
    """Persons in the universe (the total of the first margin), else None, and the totals that differ.

    Margins of different universes still weight, by their shares; there is no total of persons to tell then.
    """
    counted = [(target.margin.name, target.total) for target in targets if target.are_counts]
    totals = [total for _, total in counted]
    if counted and max(totals) - min(totals) > _SAME_UNIVERSE * max(totals):
        return None, tuple(counted)
    return (totals[0] if counted and len(counted) == len(targets) else None), ()
