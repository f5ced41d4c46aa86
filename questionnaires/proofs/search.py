"""The search for respondents: one solver over a version, or over several that share their answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import Enum
from typing import Final, Literal

import z3

from ..expressions import Answer, day_number
from ..routing.draws import draw_sections
from .respondents import Limits, Respondent
from .search_document import NoSeed, context_of, document_of
from .symbolic import Symbolic, SymbolicPage


class Undecided(Enum):
    """The solver gave up within its limits."""

    UNDECIDED = "undecided"


UNDECIDED: Final = Undecided.UNDECIDED
Found = Respondent | None | Literal[Undecided.UNDECIDED]


class Search:
    """One incremental solver of fixed seed and bounded steps; pages are asserted as far as they are asked for.

    Several versions share their inputs: `Search(old, new)`.
    """

    def __init__(self, *symbolics: Symbolic, limits: Limits | None = None) -> None:
        limits = limits or Limits()
        self._symbolics = symbolics
        self._logic = symbolics[0].logic
        self._solver = z3.SimpleSolver(ctx=self._logic.context)
        self._solver.set("random_seed", limits.seed)
        self._solver.set("rlimit", limits.steps)
        self._rules = 0
        self._asserted = [(0, 0)] * len(symbolics)  # definitions and pages
        self._places = [{id(page): place for place, page in enumerate(one.pages)} for one in symbolics]
        self._goals: dict[int, tuple[z3.BoolRef, z3.BoolRef]] = {}
        self.checks = 0

    def find(
        self, *conditions: z3.BoolRef, up_to: SymbolicPage | None = None, beside: Sequence[SymbolicPage] = ()
    ) -> Found:
        """Somebody of whom all the conditions hold; None: there is nobody.

        `up_to`: the page where they have come: it is begun (that is a condition too), and the document holds
        every answer before, and those of this page where it is shown; None: to the end of every version
        (`finished` is a condition). `beside`: pages of other versions that the conditions speak of; begun or not
        is then for the conditions to say, and the document holds what these versions ask up to there too.
        """
        pages = () if up_to is None else (up_to, *beside)
        verdict = self.is_possible(*conditions, up_to=up_to, beside=beside)
        if verdict is not True:
            return verdict or None
        try:
            return self._respondent(self._solver.model(), pages)
        except NoSeed:
            return UNDECIDED

    def is_possible(
        self, *conditions: z3.BoolRef, up_to: SymbolicPage | None = None, beside: Sequence[SymbolicPage] = ()
    ) -> bool | Literal[Undecided.UNDECIDED]:
        """Whether there is somebody, as for `find`, but nobody is shown: for questions asked by the thousand."""
        ends = (up_to.begun,) if up_to is not None else tuple(one.finished for one in self._symbolics)
        goal = self._logic.all((*ends, *conditions))
        if goal is self._logic.false:
            return False
        self._assert(() if up_to is None else (up_to, *beside))
        self.checks += 1
        found = self._solver.check(*self._assumed(goal))
        return UNDECIDED if found == z3.unknown else bool(found == z3.sat)

    def values(self, constants: Iterable[z3.ExprRef]) -> tuple[tuple[z3.ExprRef, z3.ExprRef], ...]:
        """What each of some constants is, for the one who was found last."""
        model = self._solver.model()
        return tuple((one, model.eval(one, model_completion=True)) for one in constants)

    def complete(self, respondent: Respondent) -> Respondent:
        """The same respondent gone on to the end or to an exit; where that cannot be, as far as possible.

        Of one version. Nothing of what is given changes. `until` is the last page that could be completed, None
        at the end and at an exit.
        """
        (symbolic,) = self._symbolics
        fixed = self._fixed(symbolic, respondent)
        found = self.find(fixed)
        if isinstance(found, Respondent):
            return self._gone_on(respondent, found, None)
        for page in symbolic.pages:
            for left in page.left.values():
                found = self.find(fixed, left, up_to=page)
                if isinstance(found, Respondent):
                    return self._gone_on(respondent, found, None)
        for page in reversed(symbolic.pages):
            found = self.find(fixed, page.valid, up_to=page)
            if isinstance(found, Respondent):
                return self._gone_on(respondent, found, page.name)
        return respondent

    def _gone_on(self, respondent: Respondent, found: Respondent, until: str | None) -> Respondent:
        return replace(respondent, given={**found.given, **respondent.given}, until=until)

    def _fixed(self, symbolic: Symbolic, respondent: Respondent) -> z3.BoolRef:
        """That everything which is given, and the whole context, is as it is."""
        version, inputs, context = symbolic.questionnaire, symbolic.inputs, respondent.context
        answers: dict[str, Answer | None] = {
            name: answer for name, answer in respondent.given.items() if inputs.made(version, name) is not None
        }
        for one in version.context:
            answers[one.name] = {
                "language": context.language,
                "mode": context.mode,
                "started_on": day_number(context.started_on),
            }.get(one.provider, context.external.get(one.name))
        for experiment in version.experiments:
            codes = experiment.answer_type.choices
            answers[experiment.name] = codes.get(context.arms.get(experiment.name, ""))
        parts = [inputs.modes.get(context.mode, self._logic.false)]
        for name, answer in answers.items():
            raw = inputs.made(version, name)
            if raw is not None:
                parts.append(self._logic.negation(raw.given) if answer is None else raw.equal(self._logic, answer))
        for (shuffle, count), order in inputs.orders.items():
            drawn = draw_sections(context, shuffle, count)
            parts += [before for (a, b), before in order.items() if drawn.index(a) < drawn.index(b)]
        return self._logic.all(parts)

    def _assert(self, pages: Sequence[SymbolicPage]) -> None:
        """Assert what the formulas of these pages, and of those before, rest on; of every page without any."""
        for number, symbolic in enumerate(self._symbolics):
            place = -1
            if not pages:
                place = len(symbolic.pages) - 1
                rules, until = symbolic.mark
            else:
                here = [self._places[number][id(page)] for page in pages if id(page) in self._places[number]]
                if not here:
                    continue
                place = max(here)
                rules, until = symbolic.pages[place].mark
            definitions, begun = self._asserted[number]
            self._solver.add(*symbolic.inputs.rules[self._rules : rules], *symbolic.definitions[definitions:until])
            self._solver.add(*(page.beginning for page in symbolic.pages[begun : place + 1]))
            self._rules = max(self._rules, rules)
            self._asserted[number] = (max(definitions, until), max(begun, place + 1))

    def _assumed(self, goal: z3.BoolRef) -> tuple[z3.BoolRef, ...]:
        """A goal as something to assume: itself where it is short, or else a name that implies it."""
        if goal is self._logic.true:
            return ()
        if goal.num_args() == 0:
            return (goal,)
        key = goal.get_id()
        if key not in self._goals:
            name = z3.Bool(f"goal {len(self._goals)}", self._logic.context)
            self._solver.add(z3.Implies(name, goal))
            self._goals[key] = (name, goal)
        return (self._goals[key][0],)

    def _respondent(self, model: z3.ModelRef, pages: Sequence[SymbolicPage]) -> Respondent:
        context = context_of(self._symbolics, model, pages)
        given: dict[str, Answer] = {}
        for number, symbolic in enumerate(self._symbolics):
            here = [page for page in pages if id(page) in self._places[number]]
            if here or not pages:
                given.update(document_of(symbolic, model, context, here[-1] if here else None))
        return Respondent(context, given, pages[0].name if pages else None)
