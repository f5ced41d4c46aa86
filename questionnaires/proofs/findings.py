"""What is wrong with a version, from the goals that nobody meets: each with its place, its reason and a witness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ..checking.places import inside
from ..expressions import Expression, to_json
from ..model import Questionnaire, variable_types
from ..problems import Data, Place, Problem, Severity
from .asking import Solver
from .atoms import Atoms, Certain
from .goals import BOUNDS, Goal, Key, siblings
from .relaxing import alone, without_conditions
from .respondents import Finding, Limits, Respondent
from .trapping import traps

_ELEMENTS = frozenset({"page", "question", "row", "choice", "exit", "variant", "arm", "cell"})
_MOST_CAUSES = 12


@dataclass(frozen=True, slots=True)
class Unmet:
    """The goals that nobody meets, those left undecided, all of them, and who meets the others."""

    missed: Mapping[Key, Goal]
    undecided: Mapping[Key, Goal]
    goals: Mapping[Key, Goal]
    witnesses: Mapping[Key, Respondent]


def findings_of(questionnaire: Questionnaire, unmet: Unmet, solver: Solver, limits: Limits) -> tuple[Finding, ...]:
    """Every finding, in the order of the file; what follows from another one is not told."""
    reader = _Reader(questionnaire, unmet, solver, limits)
    told = {goal.page for goal in unmet.missed.values() if goal.kind in ("page", "check-passed")}
    found = [*reader.findings(), *traps(questionnaire, solver, limits, told)]
    order = {key[1]: place for place, key in enumerate(unmet.goals)}
    return tuple(sorted(found, key=lambda one: order.get(one.problem.place.path or "", len(order))))


class _Reader:
    def __init__(self, questionnaire: Questionnaire, unmet: Unmet, solver: Solver, limits: Limits) -> None:
        self._questionnaire = questionnaire
        self._unmet = unmet
        self._solver = solver
        self._limits = limits
        self._atoms = Atoms(questionnaire, variable_types(questionnaire))
        self._dead: set[str] = set()  # paths of what is told already

    def findings(self) -> Iterator[Finding]:
        for key, goal in self._unmet.goals.items():
            if key in self._unmet.undecided:
                yield self._told("proof-undecided", goal, goal.place, _said(goal))
            elif goal.kind.startswith("empty:"):
                if key in self._unmet.witnesses:
                    told = self._told(
                        "pipe-may-be-empty", goal, goal.place, {"variable": goal.name}, Severity.INFORMATION
                    )
                    yield replace(told, witness=self._unmet.witnesses[key])
            elif key in self._unmet.missed:
                yield from self._missed(goal)
            elif goal.kind == "true":
                yield from self._certain_parts(goal)

    def _missed(self, goal: Goal) -> Iterator[Finding]:
        path = goal.place.path or ""
        if any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in self._dead):
            return
        if goal.kind in _ELEMENTS:
            self._dead.add(path)
            yield self._never(goal)
        elif goal.kind == "true":
            self._dead.add(path)
            yield self._of_rule(goal, goal.place)
        elif goal.kind == "not-true":
            yield self._told("rule-always-true", goal, goal.place, _said(goal), Severity.WARNING)
        elif goal.kind in BOUNDS:
            data: dict[str, Data] = {"limit": goal.name, "value": goal.value}
            yield self._told("bound-never-reached", goal, goal.place, data, Severity.WARNING)
        else:
            severity = Severity.BLOCKING if goal.kind == "check-passed" else Severity.WARNING
            code = "check-never-passed" if goal.kind == "check-passed" else "check-never-violated"
            yield self._told(code, goal, inside(goal.place, "rule"), {"check": goal.name}, severity)

    def _never(self, goal: Goal) -> Finding:
        """An element that nobody meets: its own rule first, then an earlier sibling, then what stands before."""
        if goal.rule is not None:
            at = inside(goal.place, "when")
            if goal.kind in ("exit", "variant", "cell"):
                earlier = self._shadow(goal)
                if earlier is not None:
                    name, code = earlier
                    return self._told(code, goal, at, {**_said(goal), "earlier": name})
            if goal.kind == "cell" or ("true", at.path or "") in self._unmet.missed:
                return self._of_rule(goal, at)
        cause = self._cause(goal)
        return self._told("never-met", goal, goal.place, {**_said(goal), "cause": cause})

    def _shadow(self, goal: Goal) -> tuple[str, str] | None:
        """(name, code) of the earlier sibling whose rule is the same, or true wherever this one is."""
        assert goal.rule is not None
        earlier = siblings(self._questionnaire, goal)
        for name, rule in earlier:
            if to_json(rule) == to_json(goal.rule):
                return name, "rule-identical"
        if self._is_impossible_alone(goal.rule, goal):
            return None
        for name, rule in earlier:
            if self._solver.find_unlike(goal, replace(goal, name=name, rule=rule)) is None:
                return name, "rule-shadowed"
        return None

    def _of_rule(self, goal: Goal, place: Place) -> Finding:
        """A rule that is true of nobody: in itself, beyond what answers can be, or for what comes before."""
        assert goal.rule is not None
        if self._is_impossible_alone(goal.rule, goal):
            never = next((one for one in self._parts(goal) if not one.is_true), None)
            if never is not None:
                data: dict[str, Data] = {"part": never.part, "minimum": never.least, "maximum": never.most}
                return self._told("rule-out-of-range", goal, place, {**_said(goal), **data})
            return self._told("rule-contradiction", goal, place, _said(goal))
        return self._told("rule-prevented", goal, place, {**_said(goal), "cause": self._cause(goal)})

    def _is_impossible_alone(self, rule: Expression, goal: Goal) -> bool:
        """Whether the rule is true of nobody even when everything that it reads is asked of everybody."""
        made, reached = alone(self._questionnaire, rule, self._scope(goal))
        return Solver(made, self._limits).find(reached) is None

    def _cause(self, goal: Goal) -> str:
        """What prevents a goal: the nearest thing without which somebody would meet it; empty where it takes two."""
        if not goal.page:
            return ""
        relaxed = without_conditions(self._questionnaire, goal.page, goal.rule)
        for (name, version), _ in zip(relaxed, range(_MOST_CAUSES), strict=False):
            if isinstance(Solver(version, self._limits).find(goal), Respondent):
                return name
        return ""

    def _certain_parts(self, goal: Goal) -> Iterator[Finding]:
        """Comparisons that the ranges of answers decide, in a rule that somebody meets all the same."""
        for one in self._parts(goal):
            code = "part-always-true" if one.is_true else "part-never-true"
            severity = Severity.WARNING if one.is_true else Severity.BLOCKING
            data: dict[str, Data] = {"part": one.part, "minimum": one.least, "maximum": one.most}
            yield self._told(code, goal, goal.place, data, severity)

    def _parts(self, goal: Goal) -> tuple[Certain, ...]:
        return () if goal.rule is None else tuple(self._atoms.certain(goal.rule, self._scope(goal)))

    def _scope(self, goal: Goal) -> str | None:
        return self._questionnaire.repeat_of(goal.page) if goal.page else None

    def _told(
        self, code: str, goal: Goal, place: Place, data: Mapping[str, Data], severity: Severity = Severity.BLOCKING
    ) -> Finding:
        where = replace(place, page=goal.page or None, question=goal.question or None)
        return Finding(Problem(code, where, severity, data))


def _owner(goal: Goal) -> str:
    if goal.kind in ("true", "not-true"):
        return goal.owner
    if goal.kind.startswith("check-"):
        return "check"
    return goal.kind if goal.kind in _ELEMENTS else "text" if goal.kind.startswith("empty:") else "bound"


def _said(goal: Goal) -> dict[str, Data]:
    return {"owner": _owner(goal), "name": goal.name}
