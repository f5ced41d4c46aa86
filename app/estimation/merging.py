"""What a recipe decides beforehand about its margins: categories taken as one, respondents without the variable.

Both are declared by the analyst and told in the diagnostics: a weighting never merges or leaves out by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum
from typing import Literal

import numpy as np

from app.estimation.margins import (
    Codes,
    Margin,
    MarginTarget,
    WeightingIsImpossible,
    categories_of_cells,
    levels_of_cells,
)
from app.estimation.tally import Tally


class MergeIsInvalid(WeightingIsImpossible):
    """A merge has fewer than two codes, shares one with another, or names what no margin has.

    Data: dimension, codes.
    """

    suggestion = "correct-the-merge"


@dataclass(frozen=True, slots=True)
class Merge:
    """Categories of a variable that are one for the margins: shares added, respondents together.

    `when`: "always", or "empty": in those margins where one of the categories has no respondent.
    """

    dimension: str
    codes: tuple[int, ...]
    when: Literal["always", "empty"] = "always"


@dataclass(frozen=True, slots=True)
class AppliedMerge:
    """A merge that took place in a margin."""

    margin: str
    dimension: str
    codes: tuple[int, ...]
    when: str


@dataclass(frozen=True, slots=True)
class KeptAbsences:
    """Respondents without a variable of a margin, who keep their share (percent) of the base weights."""

    margin: str
    categories: tuple[Codes, ...]
    share: float


def refuse_invalid_merges(margins: Sequence[Margin], merges: Sequence[Merge]) -> None:
    """Raise MergeIsInvalid where a merge means nothing in these margins, or two merges overlap."""
    seen: dict[str, set[int]] = {}
    for merge in merges:
        known = [
            {category[margin.dimensions.index(merge.dimension)] for category in margin.shares}
            for margin in margins
            if merge.dimension in margin.dimensions
        ]
        before, codes = seen.setdefault(merge.dimension, set()), set(merge.codes)
        fits = bool(known) and all(codes <= here for here in known)
        if not fits or len(codes) < 2 or codes & before:
            raise MergeIsInvalid(dimension=merge.dimension, codes=merge.codes)
        before |= codes


def merged(tally: Tally, target: MarginTarget, merges: Sequence[Merge]) -> tuple[MarginTarget, list[AppliedMerge]]:
    """The margin with its categories merged, and the merges that took place in it."""
    empty = _empty_categories(tally, target)
    applied, replacements = [], list[dict[int, int]]()
    for dimension in target.margin.dimensions:
        replacement: dict[int, int] = {}
        for merge in merges:
            place = target.margin.dimensions.index(dimension)
            concerned = any(category[place] in merge.codes for category in empty)
            if merge.dimension == dimension and (merge.when == "always" or concerned):
                applied.append(AppliedMerge(target.margin.name, dimension, merge.codes, merge.when))
                replacement |= dict.fromkeys(merge.codes, min(merge.codes))
        replacements.append(replacement)
    return (_grouped(target, replacements) if applied else target), applied


def _empty_categories(tally: Tally, target: MarginTarget) -> list[Codes]:
    margin = target.margin
    levels = levels_of_cells(tally, margin.name, margin.dimensions, target.members)
    rows = np.bincount(levels[levels >= 0], tally.sizes[levels >= 0], len(target.levels))
    return [level for level, n in zip(target.levels, rows, strict=True) if not n]


def _grouped(target: MarginTarget, replacements: Sequence[Mapping[int, int]]) -> MarginTarget:
    """Categories with the same codes after replacement become one level; a share of zero may join others."""
    groups: dict[Codes, list[Codes]] = {}
    for category in sorted(target.margin.shares):
        codes = tuple(new.get(code, code) for code, new in zip(category, replacements, strict=True))
        groups.setdefault(codes, []).append(category)
    shares = {level: fsum(target.margin.shares[one] for one in group) for level, group in groups.items()}
    levels = tuple(level for level in sorted(groups) if shares[level] > 0)
    return replace(
        target,
        levels=levels,
        targets=np.asarray([shares[level] / target.total for level in levels]),
        members=tuple(tuple(groups[level]) for level in levels),
    )


def keep_absences(tally: Tally, target: MarginTarget) -> tuple[MarginTarget, KeptAbsences | None]:
    """Respondents without the variable as a level of their own, whose target is their share of the base weights.

    The targets of the others are scaled to the rest. That share is then taken as known, which it is not: the
    errors of estimates say nothing of it.
    """
    margin = target.margin
    levels = levels_of_cells(tally, margin.name, margin.dimensions, target.members)
    negative = np.zeros(len(tally.cells), bool)
    for name in margin.dimensions:
        codes = np.asarray(tally.layout.dimension(name).codes)
        negative |= codes[tally.positions(name)] < 0
    absent = negative & (levels < 0)
    if not absent.any():
        return target, None
    mass = tally.cell_mass()[0]
    share = float(mass[absent].sum() / mass.sum())
    categories = tuple(categories_of_cells(tally, margin.dimensions, absent))
    kept = replace(
        target,
        levels=(*target.levels, categories[0]),
        targets=np.append(target.targets * (1 - share), share),
        members=(*target.members, categories),
        kept=len(target.levels),
    )
    return kept, KeptAbsences(margin.name, categories, 100 * share)
