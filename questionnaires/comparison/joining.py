"""What a trend may join: its points in order become runs; across a class that forbids it, nothing is joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from .changes import Join
from .ledger import Verdict

Point = TypeVar("Point")


@dataclass(frozen=True, slots=True)
class Segment(Generic[Point]):
    """Neighbouring points that may be joined by a line.

    `notes`: what must be said of a step, with the index in `points` of the point it leads to. `cut`: why the line
    does not go on from the segment before; None for the first one.
    """

    points: tuple[Point, ...]
    notes: tuple[tuple[int, Verdict], ...] = ()
    cut: Verdict | None = None


def segments(points: Iterable[Point], verdict_between: Callable[[Point, Point], Verdict]) -> tuple[Segment[Point], ...]:
    """The runs of a series whose points come in their order; each step is judged by `verdict_between`."""
    found: list[Segment[Point]] = []
    run: list[Point] = []
    notes: list[tuple[int, Verdict]] = []
    cut: Verdict | None = None
    for point in points:
        verdict = verdict_between(run[-1], point) if run else None
        if verdict is not None and verdict.join is Join.CUT:
            found.append(Segment(tuple(run), tuple(notes), cut))
            run, notes, cut = [], [], verdict
        elif verdict is not None and verdict.join is Join.NOTED:
            notes.append((len(run), verdict))
        run.append(point)
    if run:
        found.append(Segment(tuple(run), tuple(notes), cut))
    return tuple(found)
