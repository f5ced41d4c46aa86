"""What an analyst signs: how a weighting went, margin by margin, and how far weights are spread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.estimation.margins import Codes, MarginTarget
from app.estimation.merging import AppliedMerge, KeptAbsences

FloatArray = NDArray[np.float64]
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class CategoryDiagnostic:
    """One category of a margin: respondents, and percentages before, wanted, and after weighting.

    `members`: the categories it stands for, when several were merged or when it is the absences that keep their
    share (`is_kept`); empty otherwise.
    """

    codes: Codes
    count: int
    before: float
    target: float
    after: float
    members: tuple[Codes, ...] = ()
    is_kept: bool = False


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
    """How a weighting went. Ratios are g = final / base weight; `gap` is the largest relative miss of a margin.

    `design_effect` is Kish's n Σw² / (Σw)², `effective_size` n divided by it. `bounds` of the ratio, `trim` of the
    final weight in units of its mean, None without; `trimmed`: share of the rows put at a bound of the latter, and
    then the gap says by how much margins are no longer met. `merges` and `absences`: what the recipe declared and
    was done. `population`: persons in the universe, when every margin is given as counts of one; `universes`:
    margin and total, when their totals differ. Shares before weighting may tell small counts: pages hide them.
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
    bounds: tuple[float, float] | None = None
    trim: tuple[float, float] | None = None
    trimmed: float = 0.0
    merges: tuple[AppliedMerge, ...] = ()
    absences: tuple[KeptAbsences, ...] = ()
    population: float | None = None
    universes: tuple[tuple[str, float], ...] = ()

    @property
    def rescaled(self) -> tuple[tuple[str, float], ...]:
        """Name and sum found of the margins that were rescaled to 100."""
        return tuple((margin.name, margin.total) for margin in self.margins if margin.is_rescaled)

    def to_dict(self) -> dict[str, Any]:
        """Form for JSON, with the list of rescaled margins beside the fields."""
        return {**_plain(self), "rescaled": _plain(self.rescaled)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Diagnostics":
        """Inverse of to_dict."""
        found = {key: _tuples(value) for key, value in data.items() if key != "rescaled"}
        margins = []
        for margin in data["margins"]:
            categories = tuple(CategoryDiagnostic(**_each_tuple(one)) for one in margin["categories"])
            margins.append(MarginDiagnostic(**_each_tuple(margin) | {"categories": categories}))
        found["margins"] = tuple(margins)
        found["merges"] = tuple(AppliedMerge(**_each_tuple(one)) for one in data.get("merges", ()))
        found["absences"] = tuple(KeptAbsences(**_each_tuple(one)) for one in data.get("absences", ()))
        return cls(**found)


def _plain(value: Any) -> Any:
    """Dataclasses as dictionaries and tuples as lists, all the way down."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _tuples(value: Any) -> Any:
    return tuple(_tuples(one) for one in value) if isinstance(value, list | tuple) else value


def _each_tuple(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _tuples(value) for key, value in data.items()}


def margin_diagnostic(
    target: MarginTarget,
    levels: NDArray[np.int64],
    sizes: NDArray[np.int64],
    before: FloatArray,
    after: FloatArray,
) -> MarginDiagnostic:
    """A margin before and after; `before` and `after`: per cell the weight of its rows together, summing to n."""
    k, n = len(target.levels), int(sizes.sum())
    counts = np.bincount(levels, sizes, k)
    shares = np.bincount(levels, before, k) * 100 / n
    reached = np.bincount(levels, after, k) * 100 / n
    categories = tuple(
        CategoryDiagnostic(
            level, int(counts[i]), float(shares[i]), 100 * float(target.targets[i]), float(reached[i]),
            target.members[i] if len(target.members[i]) > 1 or i == target.kept else (), i == target.kept,
        )
        for i, level in enumerate(target.levels)
    )  # fmt: skip
    margin = target.margin
    return MarginDiagnostic(
        margin.name, margin.dimensions, margin.universe, margin.date, margin.source,
        target.total, target.is_rescaled, categories,
    )  # fmt: skip


def largest_miss(margins: Sequence[MarginDiagnostic]) -> float:
    """The largest relative distance of a category from its target."""
    return max((abs(one.after / one.target - 1) for margin in margins for one in margin.categories), default=0.0)


def quantiles(ratios: FloatArray, sizes: NDArray[np.int64]) -> tuple[tuple[float, float], ...]:
    """Quantiles of the ratio over rows: the smallest ratio that at least q of the rows do not exceed."""
    order = np.argsort(ratios, kind="stable")
    below = np.cumsum(sizes[order])
    places = np.searchsorted(below, np.asarray(QUANTILES) * below[-1])
    return tuple((q, float(ratios[order[place]])) for q, place in zip(QUANTILES, places, strict=True))
