"""`prove`: respondents meet the goals, first those of a proof before, then some drawn by chance, then the solver's."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..checking.places import walk
from ..model import Questionnaire, Suggester, Text
from .asking import Solver
from .covering import Met, smallest
from .drawing import Draw
from .findings import Unmet, findings_of
from .goals import Goal, Key, goals_of
from .observing import Observer
from .respondents import Limits, Outside, Proof, Respondent
from .search import UNDECIDED

Progress = Callable[[int, int], None]
_MOST_DRAWN = 150
_IDLE_PAGES = 400  # walked for nothing new: drawing is dearer in a longer version, the solver hardly
_LEAST_IDLE = 3  # versions walked through for nothing new, where they are long


def prove(
    questionnaire: Questionnaire,
    *,
    known: Iterable[Respondent] = (),
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Proof:
    """The proof of a version that was read without a problem. Pure: the same version gives the same proof.

    `known`: respondents of the proof of a version before, whose goals are met at once where they still are.
    `progress(done, total)` counts goals.
    """
    return _Proving(questionnaire, limits or Limits(), progress or (lambda _done, _total: None)).run(known)


class _Proving:
    """One proof, while it is made."""

    def __init__(self, questionnaire: Questionnaire, limits: Limits, progress: Progress) -> None:
        self._questionnaire = questionnaire
        self._limits = limits
        self._progress = progress
        self._goals = goals_of(questionnaire)
        self._observer = Observer(questionnaire, self._goals.values())
        self._draw = Draw(questionnaire, limits.seed)
        self._found: list[Met] = []
        self._witness: dict[Key, Respondent] = {}
        self._solver: Solver | None = None
        self._solved = 0

    def run(self, known: Iterable[Respondent]) -> Proof:
        for respondent in known:
            self._take(self._draw.gone_on(self._observer.fitting(respondent)))
        self._draw_some()
        undecided = self._solve()
        unmet = Unmet(
            {key: goal for key, goal in self._goals.items() if key not in self._witness and key not in undecided},
            {key: self._goals[key] for key in undecided},
            self._goals,
            self._witness,
        )
        solver = self._solver or Solver(self._questionnaire, self._limits)
        findings = findings_of(self._questionnaire, unmet, solver, self._limits)
        total = len(self._goals)
        self._progress(total, total)
        covering = smallest(self._found)
        return Proof(findings, outside_of(self._questionnaire), covering, total, self._solved, len(undecided))

    def _take(self, respondent: Respondent) -> None:
        """Count what a respondent meets; kept where that is something new."""
        met, is_valid = self._observer.met(respondent)
        new = met - self._witness.keys()
        for key in new:
            self._witness[key] = respondent
        if new:
            if is_valid:
                self._found.append((respondent, frozenset(met)))
            self._progress(len(self._witness), len(self._goals))

    def _draw_some(self) -> None:
        """Respondents drawn by chance, until some in a row have met nothing new."""
        idle, most = 0, max(_IDLE_PAGES, _LEAST_IDLE * len(self._questionnaire.pages))
        for _ in range(_MOST_DRAWN):
            before, walked = len(self._witness), self._draw.walked
            respondent, refused = self._draw.respondent()
            for one in (respondent, *refused):
                self._take(one)
            idle = idle + self._draw.walked - walked if len(self._witness) == before else 0
            if idle >= most or before == len(self._goals):
                return

    def _solve(self) -> set[Key]:
        """Put the goals that are left to the solver, in their order; those that it could not decide."""
        undecided: set[Key] = set()
        missed: set[Key] = set()
        for done, (key, goal) in enumerate(self._goals.items()):
            if key in self._witness or self._is_hopeless(goal, missed):
                continue
            self._solver = self._solver or Solver(self._questionnaire, self._limits)
            self._progress(max(done, len(self._witness)), len(self._goals))
            self._solved += 1
            found = self._solver.find(goal)
            if isinstance(found, Respondent):
                self._take(self._draw.gone_on(found))
                if key not in self._witness:
                    self._take(found)
                if key not in self._witness:
                    undecided.add(key)  # the engine alone has the last word
            elif found is UNDECIDED:
                undecided.add(key)
            else:
                missed.add(key)
        return undecided

    def _is_hopeless(self, goal: Goal, missed: set[Key]) -> bool:
        """Whether what a goal stands in is never reached itself."""
        path = goal.place.path or ""
        return any(
            path.startswith(f"{above}.") and kind in ("page", "question") and (kind, above) != goal.key
            for kind, above in missed
        )


def outside_of(questionnaire: Questionnaire) -> tuple[Outside, ...]:
    """What the proof says nothing about: whether somebody writes a text of a form, or finds a name in a list."""
    found: list[Outside] = []
    for node, place in walk(questionnaire):
        if isinstance(node, Text) and node.pattern is not None:
            found.append(Outside("text-pattern", place))
        elif isinstance(node, Suggester):
            found.append(Outside("suggestion", place))
    return tuple(found)
