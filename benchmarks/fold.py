"""`fold`: submissions that become segments and tallies, by one worker, from the real databases.

What is inserted are the payloads of simulated respondents of the shipped questionnaire, in turn; what is timed is
the work of a worker: `fold_wave` until nothing waits, then the snapshot. The clock is that of the wall, so the
time of the database is inside.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.db import Database
from app.services import folding, schema, snapshots
from app.storage import FolderStorage
from benchmarks.memory import peak_megabytes
from benchmarks.report import Result
from tests.factories import launch_shipped, payloads, send_many, simulate
from tests.servers import Postgres

A_SECOND = 2_000
BAR = 1.0
SIMULATED = 300
AT_ONCE = 10_000
# (database, submissions, rounds): the bar is on the medians of the first size, the others show how cost grows.
PLAN = (("postgresql", 10_000, 3), ("sqlite", 10_000, 3), ("postgresql", 100_000, 1), ("sqlite", 100_000, 1))


def fold() -> Result:
    """Time that one worker needs for what it should fold in a second, on the slower of the two databases."""
    lines, slowest = [], float("inf")
    for kind, size, rounds in PLAN:
        found = [_in_a_child(kind, size) for _ in range(rounds)]
        speeds = [one["speed"] for one in found]
        slowest = min(slowest, statistics.median(speeds))
        label = f"{kind}, {size:,} submissions of {found[0]['variables']:.0f} variables"
        said = ", ".join(f"{speed:,.0f}" for speed in speeds)
        lines.append((label, f"{said} a second; peak {max(one['peak'] for one in found):.0f} MB"))
    lines.append(("the slowest, against the bar", f"{slowest:,.0f} a second, at least {A_SECOND:,}"))
    return Result("fold", A_SECOND / slowest, BAR, "of the time allowed", lines)


def _in_a_child(kind: str, size: int) -> dict[str, float]:
    """One measure in a process of its own, so that memory of one does not hide in another."""
    command = [sys.executable, "-m", "benchmarks.fold", kind, str(size)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _measure(kind: str, size: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="impact-fold-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with _database(kind, folder) as database:
            schema.upgrade(database)
            field = launch_shipped(database)
            simulate(field, SIMULATED)
            storage = FolderStorage(folder / "files")
            sent = payloads(field)
            folding.fold_wave(database, storage, None, field.wave_id)
            for _ in range(0, size, AT_ONCE):
                send_many(field, sent, AT_ONCE, "simulated")
            start = time.perf_counter()
            folded = folding.fold_wave(database, storage, None, field.wave_id)
            is_new = snapshots.refresh_snapshot(database, storage, field.wave_id)
            seconds = time.perf_counter() - start
            assert folded == size, folded
            assert is_new
    variables = len(sent[0]["values"]) + len(sent[0]["absences"])
    return {"speed": size / seconds, "variables": variables, "peak": peak_megabytes()}


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[Database]:
    if kind == "sqlite":
        database = Database(f"sqlite:///{folder / 'bench.sqlite'}")
        yield database
        database.close()
        return
    postgres = Postgres(folder / "postgres", durable=True)
    postgres.start()
    try:
        database = Database(postgres.url)
        yield database
        database.close()
    finally:
        postgres.stop()


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1], int(sys.argv[2]))))
