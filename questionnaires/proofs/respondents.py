"""What a proof is made of: respondents, the goals they reach, and what is found wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..model import Answer, Context
from ..problems import Place, Problem


@dataclass(frozen=True, slots=True)
class Respondent:
    """Somebody who could answer: the context of the start, and what is given, page after page.

    `given` is complete for every page of the path up to `until` (a page, included); None: to the end or the exit.
    """

    context: Context
    given: Mapping[str, Answer] = field(hash=False)
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem of a version with the respondent who shows it; None where the point is that there is nobody."""

    problem: Problem
    witness: Respondent | None = None


@dataclass(frozen=True, slots=True)
class Outside:
    """Something that the proof leaves out of its model, and so says nothing about: why, and where."""

    reason: str  # text-pattern | suggestion
    place: Place


@dataclass(frozen=True, slots=True)
class Limits:
    """Where the solver gives up: counts of its own steps and a fixed seed, so that every machine gives up alike."""

    steps: int = 2_000_000
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Proof:
    """The proof of a version: what is wrong, what is left out, and a small set of respondents that reaches the rest.

    `goals`: how many questions were put to the version (is there a respondent who…); `solved`: how many of them
    needed the solver, the others being met by respondents found before; `undecided`: left so within the limits.
    """

    findings: tuple[Finding, ...]
    outside: tuple[Outside, ...]
    covering: tuple[Respondent, ...]
    goals: int
    solved: int
    undecided: int

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems without their witnesses."""
        return tuple(one.problem for one in self.findings)

    @property
    def is_clean(self) -> bool:
        """Whether nothing found keeps the version from being published."""
        return not any(one.problem.is_blocking for one in self.findings)
