"""Run the benchmarks named on the command line, or all of them.

Each prints its table beside its baseline, then one line of JSON:
{"name", "value", "bar", "unit", "holds"}. The exit status is 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from functools import partial

from benchmarks import core, fold, load, pages, proofs, refresh, studio, tables
from benchmarks.report import Result

BENCHMARKS: dict[str, Callable[[], Result]] = {
    "page": pages.page,
    "step": pages.step,
    "sql": pages.sql,
    "weight": pages.weight,
    "path": core.path_cost,
    "proof": proofs.proof,
    "compare": proofs.comparison,
    "studio": studio.studio,
    "tables": tables.tables,
    "raking": tables.raking,
    "refresh": refresh.refresh,
    "fold": fold.fold,
    "load": load.load,
}


def main(arguments: list[str]) -> int:
    """Run the benchmarks that are named, or everything; 1 when one misses its bar, 2 for an unknown name."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures of the real program.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--seconds", type=float, default=load.SECONDS, help="how long `load` lasts (%(default)s)")
    parser.add_argument("--people", type=int, default=load.PEOPLE, help="how many answer at once (%(default)s)")
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"unknown benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # for the processes that measure, as the platform starts its own
    measures = BENCHMARKS | {"load": partial(load.load, asked.seconds, asked.people)}
    results = []
    for name in asked.names or list(BENCHMARKS):
        result = measures[name]()
        result.show()
        results.append(result)
    return 0 if all(result.holds for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
