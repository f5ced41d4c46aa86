"""`tables` and `raking`: from rows in memory to numbers, beside polars doing only a part of it.

Each size runs in a process of its own, so that the memory of one does not hide in another. Ours and the baseline
take turns, three of each in a round; a ratio is that of the best turns of a round, the value the median of three.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from app.estimation import Estimator, Layout, Recipe, Statistic, Tally, calibrate, count
from benchmarks import survey
from benchmarks.memory import peak_megabytes
from benchmarks.report import Result

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS, TURNS = 3, 3
TABLES_BAR, RAKING_BAR = 0.5, 1.0


def tables() -> Result:
    """Weighted one-way tables of 60 questions and by 13 regions, with intervals, from rows."""
    return _result("tables", TABLES_BAR, "of polars counting 60 + 60 tables")


def raking() -> Result:
    """Five margins met from rows, the cells built; the baseline groups the rows by the five columns."""
    return _result("raking", RAKING_BAR, "of a polars group-by of the five columns")


def _result(name: str, bar: float, unit: str) -> Result:
    lines = []
    for size in SIZES:
        command = [sys.executable, "-m", "benchmarks.tables", name, str(size)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        ratio = statistics.median(found["ratios"])
        lines.append(
            (
                f"{size:,} responses",
                f"{found['ours']:.1f} ms, polars {found['polars']:.1f} ms, ratio {ratio:.2f}"
                f" ({', '.join(f'{one:.2f}' for one in found['ratios'])});"
                f" peak {found['peak']:.0f} MB, {found['rows']:.0f} MB before",
            )
        )
    return Result(name, ratio, bar, unit, lines)


def _measure(name: str, size: int) -> dict[str, Any]:
    columns = survey.draw(size)
    rows = peak_megabytes()
    recipe = Recipe(survey.margins(columns))
    ours: Callable[[], object] = {"tables": _all_tables, "raking": _raked}[name](columns, recipe)
    ours()
    peak = peak_megabytes()
    baseline = _polars(name, columns)
    baseline()
    pairs = [_round(ours, baseline) for _ in range(ROUNDS)]
    return {
        "ours": 1000 * statistics.median(one for one, _ in pairs),
        "polars": 1000 * statistics.median(other for _, other in pairs),
        "ratios": [one / other for one, other in pairs],
        "rows": rows,
        "peak": peak,
    }


def _round(ours: Callable[[], object], baseline: Callable[[], object]) -> tuple[float, float]:
    turns = [(_seconds(ours), _seconds(baseline)) for _ in range(TURNS)]
    return min(one for one, _ in turns), min(other for _, other in turns)


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _all_tables(columns: survey.Columns, recipe: Recipe) -> Callable[[], object]:
    layout = survey.layout()
    return lambda: estimate_all(count(layout, columns), recipe)


def estimate_all(tally: Tally, recipe: Recipe) -> list[object]:
    """Every question, for all and by region."""
    return estimate_each(Estimator(tally, calibrate(tally, recipe)), tally.layout)


def estimate_each(estimator: Estimator, layout: Layout) -> list[object]:
    """The same under a weighting that was made."""
    asked = [Statistic(measure.name) for measure in layout.measures]
    return [estimator.estimate_each(asked), estimator.estimate_each(asked, survey.REGION)]


def _raked(columns: survey.Columns, recipe: Recipe) -> Callable[[], object]:
    layout = survey.layout(measures=False)
    return lambda: calibrate(count(layout, columns), recipe)


def _polars(name: str, columns: survey.Columns) -> Callable[[], object]:
    import polars as pl  # after our memory was measured

    frame = pl.DataFrame(columns)
    names = [measure.name for measure in survey.layout().measures]
    if name == "raking":
        return lambda: frame.lazy().group_by(list(survey.MARGINS)).len().collect()
    lazy = frame.lazy()
    queries = [lazy.group_by(one).len() for one in names]
    queries += [lazy.group_by(list({survey.REGION, one})).len() for one in names]
    return lambda: pl.collect_all(queries)


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1], int(sys.argv[2]))))
