"""Known margins of a population, and their resolution against a tally before any weighting starts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import fsum, isclose
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from app.estimation.tally import Tally

Codes = tuple[int, ...]

ROUNDING = 0.5
"""Percentages of a margin that miss 100 by no more points than this are rescaled, as rounded figures."""

SMALLEST_COUNTS = 1000.0
"""A margin that sums to more than this is given as counts of persons, of any universe size."""

SMALLEST_SHARE = 1e-12
"""Of a whole, above 0: less is no part of any population, and its square no number of the computation."""

LARGEST_SHARE = 1e15
"""No universe has so many persons."""

# Two margins that share a variable must say the same of it to this precision, or no weights meet both.
_AGREEMENT = 1e-9


class WeightingIsImpossible(Exception):
    """No weight is better than a wrong one. `data` says where, `suggestion` is a code of what to do next."""

    suggestion: ClassVar[str] = ""

    def __init__(self, **data: Any) -> None:
        super().__init__(", ".join(f"{key}={value!r}" for key, value in data.items()))
        self.data: Mapping[str, Any] = data


class MarginsDoNotAddUp(WeightingIsImpossible):
    """The percentages of a margin are too far from 100 to be rounding. Data: margin, total."""

    suggestion = "correct-the-margin"


class MarginIsInvalid(WeightingIsImpossible):
    """A share is negative, zero for people who are there, or not a number. Data: margin, category, share."""

    suggestion = "correct-the-margin"


class UnknownMarginVariable(WeightingIsImpossible):
    """The cells of the tally are not separated by a variable of the margin. Data: margin, dimension."""

    suggestion = "count-with-this-dimension"


class CategoryWithoutTarget(WeightingIsImpossible):
    """Respondents are in a category that the margin does not know. Data: margin, categories."""

    suggestion = "declare-the-category-or-exclude-its-respondents"


class MarginVariableHasAbsences(WeightingIsImpossible):
    """Respondents did not give a variable of the margin, and the recipe does not say what becomes of them.

    Data: margin, categories (with a negative code each).
    """

    suggestion = "keep-the-absences-or-exclude-their-respondents"


class EmptyMarginCategory(WeightingIsImpossible):
    """Nobody answered in categories that the margin wants represented.

    Data: categories (margin, category, share).
    """

    suggestion = "merge-categories"


class MarginsContradict(WeightingIsImpossible):
    """Two margins say different shares of a variable that they share.

    Data: margins, dimensions, category, shares.
    """

    suggestion = "derive-one-from-the-other"


class TallyIsNegative(WeightingIsImpossible):
    """More rows were subtracted than had been added. Data: none."""

    suggestion = "recompute-the-tally"


class TallyIsEmpty(WeightingIsImpossible):
    """There is no row to weight. Data: none."""

    suggestion = "wait-for-responses"


@dataclass(frozen=True, slots=True)
class Margin:
    """Shares of the population over the codes of one variable, or of several crossed (interlocked).

    `shares`: percentages that sum to 100 within ROUNDING, or counts. `universe`, `date` and `source` are
    kept with every weighting, because a margin without them cannot be checked.
    """

    name: str
    dimensions: tuple[str, ...]
    shares: Mapping[Codes, float]
    universe: str = ""
    date: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class MarginTarget:
    """A margin made ready: target shares (sum 1) of its levels with a positive share, in a fixed order.

    `members`: the categories that each level stands for, itself alone unless some were merged (see `merging`).
    `kept`: place of the level that holds the respondents without this variable, if they keep their share.
    """

    margin: Margin
    levels: tuple[Codes, ...]
    targets: NDArray[np.float64]
    total: float
    are_counts: bool
    is_rescaled: bool
    members: tuple[tuple[Codes, ...], ...]
    kept: int | None = None


def resolve(margin: Margin) -> MarginTarget:
    """Check the shares of one margin and scale them to sum 1, noting where percentages were not at 100."""
    for category, share in margin.shares.items():
        if not 0 <= share < LARGEST_SHARE or len(category) != len(margin.dimensions):
            raise MarginIsInvalid(margin=margin.name, category=category, share=share)
    total = fsum(margin.shares.values())
    are_counts = total > SMALLEST_COUNTS
    if not are_counts and abs(total - 100) > ROUNDING + 1e-9:
        raise MarginsDoNotAddUp(margin=margin.name, total=total)
    levels = tuple(sorted(category for category, share in margin.shares.items() if share > 0))
    for category in levels:
        if margin.shares[category] < SMALLEST_SHARE * total:
            raise MarginIsInvalid(margin=margin.name, category=category, share=margin.shares[category])
    targets = np.asarray([margin.shares[level] / total for level in levels])
    rescaled = not are_counts and not isclose(total, 100, rel_tol=1e-12)
    return MarginTarget(margin, levels, targets, total, are_counts, rescaled, tuple((level,) for level in levels))


def levels_of_cells(
    tally: Tally, name: str, dimensions: tuple[str, ...], members: Sequence[Sequence[Codes]]
) -> NDArray[np.int64]:
    """Per cell of the tally, the level that has its category among its members, or -1.

    Raises UnknownMarginVariable when the layout does not separate by a dimension.
    """
    places = np.zeros(len(tally.cells), np.int64)
    sizes, code_places = [], []
    for dimension in dimensions:
        if not tally.layout.has_dimension(dimension):
            raise UnknownMarginVariable(margin=name, dimension=dimension)
        codes = tally.layout.dimension(dimension).codes
        sizes.append(len(codes))
        code_places.append({code: place for place, code in enumerate(codes)})
        places = places * len(codes) + tally.positions(dimension)
    table = np.full(sizes, -1, np.int64)
    for index, categories in enumerate(members):
        for category in categories:
            if all(code in known for code, known in zip(category, code_places, strict=True)):
                table[tuple(known[code] for code, known in zip(category, code_places, strict=True))] = index
    found: NDArray[np.int64] = table.ravel()[places]
    return found


def categories_of_cells(tally: Tally, dimensions: tuple[str, ...], mask: NDArray[np.bool_]) -> list[Codes]:
    """The distinct categories of the cells of a mask, sorted by the order of codes in the layout."""
    known = [tally.layout.dimension(name) for name in dimensions]
    places = np.stack([tally.positions(d.name)[mask] for d in known], axis=1)
    return [tuple(d.codes[i] for d, i in zip(known, row, strict=True)) for row in np.unique(places, axis=0)]


def refuse_unmatched(tally: Tally, target: MarginTarget, cell_levels: NDArray[Any]) -> list[dict[str, Any]]:
    """Raise where respondents have no target; return the categories with a target and no respondent."""
    margin = target.margin
    if bool((cell_levels < 0).any()):
        codes = categories_of_cells(tally, margin.dimensions, cell_levels < 0)
        zero = [category for category in codes if margin.shares.get(category) == 0]
        if zero:
            raise MarginIsInvalid(margin=margin.name, category=zero[0], share=0.0)
        absent = [category for category in codes if min(category) < 0]
        if absent:
            raise MarginVariableHasAbsences(margin=margin.name, categories=absent)
        raise CategoryWithoutTarget(margin=margin.name, categories=codes)
    rows = np.bincount(cell_levels, weights=tally.sizes, minlength=len(target.levels))
    return [
        {"margin": margin.name, "category": level, "share": 100 * float(share)}
        for level, share, n in zip(target.levels, target.targets, rows, strict=True)
        if not n
    ]


def refuse_contradictions(targets: list[MarginTarget]) -> None:
    """Raise MarginsContradict where two margins over a common variable differ on it."""
    for one, other in combinations(targets, 2):
        common = tuple(name for name in one.margin.dimensions if name in other.margin.dimensions)
        if not common:
            continue
        said, also = _shares_of(one, common), _shares_of(other, common)
        for category in sorted(said.keys() | also.keys()):
            shares = (said.get(category, 0.0), also.get(category, 0.0))
            if not isclose(*shares, rel_tol=_AGREEMENT, abs_tol=1e-15):
                raise MarginsContradict(
                    margins=(one.margin.name, other.margin.name),
                    dimensions=common,
                    category=category,
                    shares=tuple(100 * share for share in shares),
                )


def _shares_of(target: MarginTarget, dimensions: tuple[str, ...]) -> dict[Codes, float]:
    places = [target.margin.dimensions.index(name) for name in dimensions]
    parts: dict[Codes, list[float]] = {}
    for level, share in zip(target.levels, target.targets, strict=True):
        parts.setdefault(tuple(level[place] for place in places), []).append(float(share))
    return {category: fsum(shares) for category, shares in parts.items()}
