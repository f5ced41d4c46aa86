"""The run of a weighting: the wave is counted by the cells of its margins, and brought to them.

A run is a pure function of (segments, superseded submissions, recipe): made again it gives the same figures. It is
a sequence of short transactions: taken, then told. Killed between the two, it is taken again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from app.db import Database, now
from app.estimation.diagnostics import Diagnostics
from app.estimation.disclosure import Policy
from app.estimation.margins import MarginVariableHasAbsences, TallyIsEmpty, WeightingIsImpossible
from app.estimation.tally import Tally, UnknownCategory
from app.estimation.weighting import Weighting, calibrate, unweighted
from app.models import Weighting as WeightingRow
from app.services import jobs, tallies
from app.services.tallies import Inputs
from app.services.weightings import recipes
from app.services.weightings.margins import MarginsAreInvalid
from app.storage import FileIsMissing, Storage

HISTOGRAM_EDGES = (0.0, 0.25, 0.5, 0.67, 0.8, 0.95, 1.05, 1.25, 1.5, 2.0, 3.0, 4.0, 6.0)
"""Ratios of weights between which people are counted; the last class has no end."""
HISTOGRAM = "histogram"
"""Where the diagnostics of a run keep it: people per class, never shown before small classes are joined."""
TRIES = 5


class SegmentsKeepMoving(Exception):
    """The files of the wave were merged at each try: the job is tried again later."""


def run_weighting(database: Database, storage: Storage, weighting_id: int, job_id: int | None = None) -> None:
    """Find the weights of a weighting that was asked to run and keep how it went; nothing when it is over."""
    with database.transaction() as session:
        row = session.get(WeightingRow, weighting_id, with_for_update=True)
        if row is None or row.status not in ("queued", "running"):
            return
        row.status = "running"
    tally, weighting, problem = _weigh(database, storage, weighting_id, job_id)
    with database.transaction() as session:
        row = session.get(WeightingRow, weighting_id, with_for_update=True)
        if row is None or row.status != "running":
            return  # another process told first, and told the same
        row.status, row.ran_at = ("failed" if weighting is None else "done"), now()
        row.responses = tally.n if tally is not None else None
        row.problem = problem
        row.diagnostics = keep_diagnostics(tally, weighting) if tally is not None and weighting is not None else None


def _weigh(
    database: Database, storage: Storage, weighting_id: int, job_id: int | None
) -> tuple[Tally | None, Weighting | None, Mapping[str, Any] | None]:
    """The tally and its weights, or None and why."""
    for _ in range(TRIES):
        with database.snapshot() as session:
            row = session.get_one(WeightingRow, weighting_id)
            inputs = replace(tallies.read_inputs(session, row.wave_id), weighting=row)
        steps = len(inputs.segments) + 2
        try:
            _advance(database, job_id, 1, steps)
            tally = tallies.count_wave(storage, inputs)
            _advance(database, job_id, steps - 1, steps)
            weighting = find_weights(tally, inputs)
            _advance(database, job_id, steps, steps)
            return tally, weighting, None
        except FileIsMissing:
            continue  # merged meanwhile
        except (WeightingIsImpossible, UnknownCategory, MarginsAreInvalid) as error:
            return None, None, describe_problem(error, row.recipe)
    raise SegmentsKeepMoving(f"weighting {weighting_id}")


def _advance(database: Database, job_id: int | None, done: int, total: int) -> None:
    if job_id is not None:
        jobs.advance(database, job_id, done, total)


def find_weights(tally: Tally, inputs: Inputs) -> Weighting:
    """The weights of a tally by the recipe of its inputs; raises WeightingIsImpossible, MarginsAreInvalid."""
    if tally.n == 0 or inputs.weighting is None:
        raise TallyIsEmpty
    if not inputs.weighting.recipe["margins"]:
        return unweighted(tally)  # the base weights of an imported file, as they are
    return calibrate(tally, recipes.to_recipe(inputs.weighting.recipe, inputs.questionnaire))


def describe_problem(
    error: WeightingIsImpossible | UnknownCategory | MarginsAreInvalid, recipe: Mapping[str, Any]
) -> dict[str, Any]:
    """Why there are no weights, as a row keeps it: {"code", "data", "suggestion", "variables"}.

    `variables`: the variables of each margin, in the order in which categories name their codes.
    """
    code = type(error).__name__
    variables = {margin["name"]: list(margin["variables"]) for margin in recipe.get("margins", ())}
    data: dict[str, Any] = {}
    suggestion = "correct-the-margin"
    if isinstance(error, UnknownCategory):
        data = {"variable": error.variable, "categories": [[code] for code in error.codes]}
        variables |= {error.variable: [error.variable]}
        suggestion = "declare-the-category"
        if min(error.codes) < 0:
            code, suggestion = MarginVariableHasAbsences.__name__, MarginVariableHasAbsences.suggestion
    elif isinstance(error, WeightingIsImpossible):
        data, suggestion = dict(error.data), error.suggestion
    return {
        "code": code,
        "data": _plain(data),
        "suggestion": suggestion,
        "variables": variables,
    }


def _plain(value: Any) -> Any:
    """A datum of the kernel as JSON writes it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, np.generic):
        return value.item()
    return value if isinstance(value, bool | int | float | str) or value is None else str(value)


def keep_diagnostics(tally: Tally, weighting: Weighting) -> dict[str, Any]:
    """The diagnostics of a run as its row keeps them, with the histogram of ratios."""
    return {**weighting.diagnostics.to_dict(), HISTOGRAM: ratio_histogram(tally, weighting)}


def read_diagnostics(kept: Mapping[str, Any]) -> Diagnostics:
    """What `keep_diagnostics` kept, its histogram apart."""
    return Diagnostics.from_dict({key: value for key, value in kept.items() if key != HISTOGRAM})


def ratio_histogram(tally: Tally, weighting: Weighting) -> list[int]:
    """People per class of HISTOGRAM_EDGES, by the ratio of their final weight to their base weight."""
    classes = np.digitize(weighting.ratios_on(tally), HISTOGRAM_EDGES[1:])
    counts = np.bincount(classes, tally.sizes, len(HISTOGRAM_EDGES))
    return [int(count) for count in counts]


def tells_counts(diagnostics: Diagnostics, minimum_count: int) -> bool:
    """Whether ratios, their spread and their cost would tell the count of a category of a few people.

    With a single margin the ratio of a category is its target over its share, and Kish's design effect is
    Σ target² / share: each gives the counts back. With several margins a ratio is a product that tells none.
    """
    return len(diagnostics.margins) == 1 and any(
        0 < one.count < minimum_count for one in diagnostics.margins[0].categories
    )


def may_show_cost(kept: Mapping[str, Any], policy: Policy) -> bool:
    """Whether the design effect and the effective size of these diagnostics may be shown."""
    if not kept or kept["n"] < policy.minimum_base:
        return False
    return not tells_counts(read_diagnostics(kept), policy.minimum_count)


def joined_classes(counts: Sequence[int], minimum_count: int) -> list[tuple[float, float | None, int]]:
    """The classes that may be shown, (from, to, people): small ones are joined to their neighbour.

    A class of 1 to `minimum_count` - 1 people is never alone; an empty one may be.
    """
    edges = (*HISTOGRAM_EDGES, None)
    groups = [[edges[place], edges[place + 1], count] for place, count in enumerate(counts)]
    while True:
        small = [place for place, group in enumerate(groups) if 0 < (group[2] or 0) < minimum_count]
        if not small or len(groups) == 1:
            break
        place = small[0]
        # Towards the one: the tails join what is nearer to it.
        other = place + 1 if (groups[place][1] or np.inf) <= 1 or place == 0 else place - 1
        first, last = sorted((place, other))
        joined = [groups[first][0], groups[last][1], (groups[first][2] or 0) + (groups[last][2] or 0)]
        groups[first : last + 1] = [joined]
    while len(groups) > 1 and not groups[0][2]:
        groups.pop(0)
    while len(groups) > 1 and not groups[-1][2]:
        groups.pop()
    return [(float(low or 0), high, int(count or 0)) for low, high, count in groups]
