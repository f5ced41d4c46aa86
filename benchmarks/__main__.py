"""Run the benchmarks named on the command line, or all of them.

Each prints its table beside its baseline, then one line of JSON:
{"name", "value", "bar", "unit", "holds"}. The exit status is 1 where a bar is missed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks import core, pages
from benchmarks.report import Result

BENCHMARKS: dict[str, Callable[[], Result]] = {
    "page": pages.page,
    "step": pages.step,
    "sql": pages.sql,
    "weight": pages.weight,
    "path": core.path_cost,
}


def main(names: list[str]) -> int:
    """Run `names`, or everything; 1 when one misses its bar, 2 for an unknown name."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"unknown benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    results = []
    for name in names or list(BENCHMARKS):
        result = BENCHMARKS[name]()
        result.show()
        results.append(result)
    return 0 if all(result.holds for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
