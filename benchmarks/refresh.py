"""`refresh`: every table of a large wave from the cached tallies of its segments, loading them included.

The wave has a database and files of the real kind: segments of 50,000 rows, their tallies cached, some responses
corrected since, and a small segment that has just arrived. Timed: loading and adding the tallies, calibrating, and
the estimates with intervals of every table, all and by region. Told beside it: what a worker does before (the
inputs from the database, counting the new segment, the snapshot written and recorded) and what a page does after
(the snapshot read back, every table). The submissions of the full segments are in their files alone: what a refresh
asks of them is the index of corrections.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from app import microdata
from app.db import Database, now
from app.estimation.estimates import Estimator
from app.models import Segment, Submission
from app.services import folding, schema, snapshots, tallies
from app.storage import FolderStorage
from benchmarks import survey
from benchmarks.memory import peak_megabytes
from benchmarks.report import Result
from benchmarks.tables import estimate_each
from questionnaires.model import Questionnaire
from tests.factories import Field, get_wave, launch, resend, send_many
from tests.questionnaires.builders import page, questionnaire, score, single

SIZES = (10_000, 100_000, 1_000_000)
MILLISECONDS, GROWTH = 50.0, 1.5
ROUNDS, WARM_UP = 5, 1  # fewer small segments than are merged
PEOPLE = 20_000
"""Different answers; they come again in larger waves."""
CORRECTED = 40
ARRIVING = 50
FAR = 10**9


def refresh() -> Result:
    """The worse of its two limits: the milliseconds at 1,000,000, and how much more than at 100,000."""
    lines, found = [], {}
    for size in SIZES:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.refresh", str(size)], check=True, capture_output=True, text=True
        )
        one: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        found[size] = one["tables"]
        lines.append(
            (
                f"{size:,} responses, {one['segments']} segments",
                f"{found[size]:.1f} ms (worker before {one['worker']:.1f}, page after {one['page']:.1f});"
                f" peak {one['peak']:.0f} MB, {one['before']:.0f} MB before",
            )
        )
    largest, growth = found[SIZES[-1]], found[SIZES[-1]] / found[SIZES[-2]]
    lines.append(
        ("at 1,000,000, of 50 ms; of 1.5 times 100,000", f"{largest / MILLISECONDS:.2f}; {growth / GROWTH:.2f}")
    )
    return Result("refresh", max(largest / MILLISECONDS, growth / GROWTH), 1.0, "share of the limit", lines)


def _measure(size: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="impact-refresh-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.sqlite'}")
        schema.upgrade(database)
        storage = FolderStorage(Path(folder) / "files")
        columns = survey.draw(PEOPLE)
        shares = {
            name: {f"c{code}": f"{share:.6f}" for code, share in levels.items()}
            for name, levels in survey.targets(columns).items()
        }
        field = launch(database, _questionnaire(), shares)
        people = _payloads(columns)
        segments = _fill(field, storage, people, size)
        snapshots.refresh_snapshot(database, storage, field.wave_id)
        before, rounds = peak_megabytes(), []
        for _ in range(WARM_UP + ROUNDS):
            send_many(field, people[:ARRIVING], ARRIVING)
            folding.fold_wave(database, storage, None, field.wave_id)
            rounds.append(_refresh(field, storage))
        database.close()
    worker, tables, shown = (statistics.median(one[i] for one in rounds[WARM_UP:]) * 1000 for i in range(3))
    figures = {"worker": worker, "tables": tables, "page": shown}
    return figures | {"segments": segments, "peak": peak_megabytes(), "before": before}


def _refresh(field: Field, storage: FolderStorage) -> tuple[float, float, float]:
    """Seconds of the worker's snapshot, of the tables from cached tallies, of a page that reads the snapshot."""
    wave, database = get_wave(field), field.database
    start = time.perf_counter()
    is_new = snapshots.refresh_snapshot(database, storage, field.wave_id)
    worker = time.perf_counter() - start
    with database.reading() as session:
        inputs = tallies.read_inputs(session, field.wave_id)
    start = time.perf_counter()
    tally = tallies.count_wave(storage, inputs)
    weighting, problem = snapshots.weigh(tally, inputs)
    assert weighting is not None
    assert problem is None, problem
    estimate_each(Estimator(tally, weighting), tally.layout)
    tables = time.perf_counter() - start
    start = time.perf_counter()
    with database.reading() as session:
        summary = snapshots.latest_snapshot(session, wave)
    assert is_new
    assert summary is not None
    estimator = snapshots.read_estimator(storage, summary.content_hash)
    assert estimator is not None
    estimate_each(estimator, estimator.tally.layout)
    return worker, tables, time.perf_counter() - start


def _questionnaire() -> Questionnaire:
    asked = [
        single(name, *(f"c{code}" for code in range(1, size + 1)))
        for name, size in (survey.MARGINS | survey.CHOICES).items()
    ]
    return questionnaire(page("choix", *asked), page("notes", *(score(name) for name in survey.SCORES)))


def _payloads(columns: survey.Columns) -> list[dict[str, dict[str, int]]]:
    """Each person as a submission holds them: the answers, and why there is none."""
    lists = {name: column.tolist() for name, column in columns.items()}
    rows = [dict(zip(lists, codes, strict=True)) for codes in zip(*lists.values(), strict=True)]
    return [
        {"values": {k: v for k, v in row.items() if v >= 0}, "absences": {k: v for k, v in row.items() if v < 0}}
        for row in rows
    ]


def _fill(field: Field, storage: FolderStorage, people: list[dict[str, dict[str, int]]], size: int) -> int:
    """Segments of so many rows, of which some were corrected since; gives how many segments that is."""
    variables = folding.segment_variables(field.questionnaire)
    segments = -(-size // folding.SMALL_ROWS)
    send_many(field, people[:CORRECTED], CORRECTED)
    with field.database.transaction() as session:
        for place in range(segments):
            # The corrected ones are spread over all segments; those without a submission have numbers far away.
            numbers = range(1 + place, size + 1, segments)
            rows = [_row(number, people[number % PEOPLE]) for number in numbers]
            content_hash = storage.put(folding.SEGMENTS, microdata.write_segment(rows, variables))
            segment_id = _add(session, field, content_hash, len(rows))
            theirs = Submission.id.in_([number for number in numbers if number <= CORRECTED])
            session.execute(update(Submission).where(theirs).values(segment_id=segment_id))
    for response in range(1, CORRECTED + 1):
        resend(field, response, people[-response], 2)
    folding.fold_wave(field.database, storage, None, field.wave_id)
    return segments


def _row(number: int, person: dict[str, dict[str, int]]) -> microdata.SegmentRow:
    return microdata.SegmentRow(
        submission=number if number <= CORRECTED else FAR + number,
        response=f"{number * 2654435761 % 2**32:020x}",
        values=person["values"],
        absences=person["absences"],
    )


def _add(session: Session, field: Field, content_hash: str, rows: int) -> int:
    segment = Segment(
        wave_id=field.wave_id, version_id=field.version_id, content_hash=content_hash, row_count=rows, created_at=now()
    )
    session.add(segment)
    session.flush()
    return segment.id


if __name__ == "__main__":
    print(json.dumps(_measure(int(sys.argv[1]))))
