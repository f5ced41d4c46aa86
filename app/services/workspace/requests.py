"""What is asked of the workspace, as it comes from an address or a command line, and what is wrong with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast, get_args

from app.estimation.comparisons import Discoveries
from app.estimation.intervals import Method

STATISTICS = ("percent", "counts", "weighted", "index", "mean", "deviation", "median")
INTERVALS: tuple[Method, ...] = get_args(Method)
TESTS = ("none", "signs", "rao-scott", "both")
CORRECTIONS: tuple[Discoveries, ...] = get_args(Discoveries)
MOST_BLOCKS = 3
LONGEST = 4_000
"""Characters of a filter: an address carries it."""

IN_USE, UNWEIGHTED = "", "none"


@dataclass(frozen=True, slots=True)
class TableRequest:
    """A table to make. Everything is what a person typed: `problems_of` and the making of tables look at it.

    `by`: the variables that make the rows, one block after another, or two `crossed` into one block. `filter`: a
    rule of the version. `weighting`: empty for the one in use, "none", or the number of a run. `compared`: the key
    of another wave.
    """

    wave: str
    question: str
    by: tuple[str, ...] = ()
    crossed: bool = False
    filter: str = ""
    weighting: str = IN_USE
    statistics: tuple[str, ...] = ("percent", "mean")
    interval: Method = "auto"
    test: str = "none"
    correction: Discoveries = "none"
    compared: str = ""

    @property
    def has_signs(self) -> bool:
        """Whether each row is held against the others."""
        return self.test in ("signs", "both")

    @property
    def has_association(self) -> bool:
        """Whether rows and columns are tested for independence."""
        return self.test in ("rao-scott", "both")

    @property
    def blocks(self) -> tuple[tuple[str, ...], ...]:
        """The variables of each block of rows; one block without variables when there are none."""
        if not self.by:
            return ((),)
        return (self.by,) if self.crossed else tuple((one,) for one in self.by)


@dataclass(frozen=True, slots=True)
class RequestProblem:
    """What is wrong at a field of the request; `code` has its sentence in `words`."""

    field: str
    code: str
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict, hash=False)


class RequestIsInvalid(ValueError):
    """A request for a table that cannot be made; carries its problems."""

    def __init__(self, *problems: RequestProblem) -> None:
        super().__init__(", ".join(f"{one.field}: {one.code}" for one in problems))
        self.problems = problems


def read_request(wave: str, values: Mapping[str, Sequence[str]]) -> TableRequest:
    """The request of an address or a command: name -> what was given, empty texts left out."""
    given = {name: [one.strip() for one in found if one.strip()] for name, found in values.items()}

    def one(name: str, default: str = "") -> str:
        return given.get(name, [default])[0] if given.get(name) else default

    statistics = tuple(dict.fromkeys(given.get("statistics", [])))
    return TableRequest(
        wave=wave,
        question=one("question"),
        by=tuple(given.get("by", [])),
        crossed=one("crossed") not in ("", "0"),
        filter=one("filter"),
        weighting=one("weighting", IN_USE),
        statistics=statistics or ("percent", "mean"),
        interval=cast(Method, one("interval", "auto")),  # looked at by `problems_of`
        test=one("test", "none"),
        correction=cast(Discoveries, one("correction", "none")),
        compared=one("compared"),
    )


def problems_of(request: TableRequest) -> list[RequestProblem]:
    """What is wrong whatever the wave: words that no field offers, rows that do not go together."""
    found = [
        RequestProblem(name, "not-offered", {"found": value})
        for name, value, offered in (
            *(("statistics", one, STATISTICS) for one in request.statistics),
            ("interval", request.interval, INTERVALS),
            ("test", request.test, TESTS),
            ("correction", request.correction, CORRECTIONS),
        )
        if value not in offered
    ]
    if len(request.by) > MOST_BLOCKS:
        found.append(RequestProblem("by", "too-many", {"most": MOST_BLOCKS}))
    if len(set(request.by)) < len(request.by):
        found.append(RequestProblem("by", "twice"))
    if request.question and request.question in request.by:
        found.append(RequestProblem("by", "is-the-question"))
    if request.crossed and len(request.by) != 2:
        found.append(RequestProblem("crossed", "needs-two"))
    if not request.by and request.test not in ("none", *_unknown(request.test)):
        found.append(RequestProblem("test", "needs-rows"))
    if len(request.filter) > LONGEST:
        found.append(RequestProblem("filter", "too-long", {"most": LONGEST}))
    if request.compared and request.compared == request.wave:
        found.append(RequestProblem("compared", "itself"))
    return found


def _unknown(test: str) -> tuple[str, ...]:
    """A test that is not offered has its own problem already."""
    return () if test in TESTS else (test,)
