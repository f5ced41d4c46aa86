"""What a question asks, as formulas: when it is shown, what may be answered, what is valid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import z3

from ..expressions import Absence
from ..model import (
    Allocation,
    Grid,
    MultipleChoice,
    MultipleGrid,
    Quantity,
    Question,
    Questionnaire,
    Roster,
    Suggester,
    choices_of,
    specified_choices,
)
from .kleene import Logic
from .symbolic_inputs import Form, Inputs, Raw, is_needed
from .symbolic_parts import SymbolicAnswer, SymbolicQuestion
from .symbolic_rules import Known, Reader, Reading


@dataclass(frozen=True, slots=True)
class Ask:
    """A question where it stands: `named` is the question with the name of its item, `question` as it is written."""

    question: Question
    named: Question
    reader: Reader
    page_shown: z3.BoolRef


@dataclass(frozen=True, slots=True)
class _Effective:
    """What counts of an answer, were it asked: `value` when one is given that is offered and valid by itself."""

    raw: Raw
    form: Form
    value: z3.BoolRef
    chosen: Mapping[int | str, z3.BoolRef]
    # What a valid value still has to meet; what it is read as.
    rules: tuple[z3.BoolRef, ...] = ()
    counted: list[z3.BoolRef] | None = None
    offers: Mapping[int, z3.BoolRef] = field(default_factory=dict)


class Asking:
    """The questions of one version, asked one after the other of everybody at once."""

    def __init__(
        self, questionnaire: Questionnaire, inputs: Inputs, known: Known, items: int | None, read: frozenset[str]
    ) -> None:
        self._questionnaire = questionnaire
        self._inputs = inputs
        self._known = known
        self._logic: Logic = inputs.logic
        self._items = items
        # The variables that rules read: details that none reads are left to chance.
        self._read = read

    def ask(self, ask: Ask) -> tuple[SymbolicQuestion, z3.BoolRef]:
        """A question with the readings of its answers learnt; and when its own answers are complete and valid.

        Bounds and totals that other answers give are for `limits`.
        """
        logic, question, named = self._logic, ask.question, ask.named
        offers = {one.code: ask.reader.truth(one.when).true for one in choices_of(question)}
        rows = question.rows if isinstance(question, Grid) else ()
        there = [ask.reader.truth(row.when).true for row in rows] or [logic.true] * len(named.answers)
        parts = [logic.any(offers.values()) if offers else logic.true, logic.any(there) if there else logic.true]
        when = logic.all((ask.page_shown, ask.reader.truth(question.when).true, *parts))
        shown = self._known.define(when, f"{named.name} shown")
        answers: dict[str, SymbolicAnswer] = {}
        found: dict[str, tuple[z3.BoolRef, _Effective]] = {}
        for key, row in zip(named.answers, there, strict=True):
            found[key] = (logic.all((shown, row)), self._effective(question, key, offers))
        rules = list(self._rules(question, found))
        is_shared_out = logic.any(logic.all((visible, one.value)) for visible, one in found.values())
        for key, (visible, one) in found.items():
            answers[key] = self._learn(question, key, visible, one, is_shared_out)
        self._learn_details(question, named, found)
        names = {one.name: logic.all((shown, offers[one.code])) for one in choices_of(question)}
        symbolic = SymbolicQuestion(
            named.name,
            named,
            shown,
            answers,
            names,
            {row.name: logic.all((shown, here)) for row, here in zip(rows, there, strict=False)},
            self._variants(ask, shown),
        )
        return symbolic, logic.all(rules)

    def limits(self, ask: Ask, asked: SymbolicQuestion) -> z3.BoolRef:
        """Whether the bounds and the total that other answers give are met; once the page is answered."""
        logic, question = self._logic, ask.question
        reader = ask.reader.final()
        if isinstance(question, Quantity) and question.limits:
            (answer,) = asked.answers.values()
            return logic.all(self._bound(reader, question, name, answer) for name in question.limits)
        if isinstance(question, Allocation):
            return self._total(reader, question, asked)
        return logic.true

    def _variants(self, ask: Ask, shown: z3.BoolRef) -> dict[str, z3.BoolRef]:
        logic = self._logic
        found: dict[str, z3.BoolRef] = {}
        earlier: list[z3.BoolRef] = []
        for one in ask.question.variants:
            rule = ask.reader.final().truth(one.when).true
            found[one.name] = logic.all((shown, rule, *map(logic.negation, earlier)))
            earlier.append(rule)
        return found

    def _effective(self, question: Question, key: str, offers: Mapping[int, z3.BoolRef]) -> _Effective:
        logic, inputs = self._logic, self._inputs
        raw, form = inputs.raw(self._questionnaire, key), inputs.form(self._questionnaire, key)
        match form.kind:
            case "number":
                rules = [raw.value >= form.low] if raw.value is not None and form.low > raw.form.low else []
                rules += [raw.value <= form.high] if raw.value is not None and form.high < raw.form.high else []
                return _Effective(raw, form, logic.all((raw.given, *rules)), {})
            case "items":
                return self._effective_items(question, raw, form)
        own = {code: logic.all((raw.chosen[code], offers.get(code, logic.true))) for code in form.codes}  # type: ignore[arg-type]  # texts have no offer
        is_whole = len(own) == len(raw.chosen) and all(one is logic.true for one in offers.values())
        if form.kind == "choice":
            return _Effective(raw, form, raw.given if is_whole else logic.any(own.values()), own)
        if form.kind == "ranking":
            return self._effective_ranking(raw, form, offers)
        counted = logic.counts(tuple(own.values()))
        return _Effective(raw, form, logic.all((raw.given, logic.any(own.values()))), own, (), counted, offers)

    def _effective_items(self, question: Question, raw: Raw, form: Form) -> _Effective:
        logic = self._logic
        most = form.places if self._items is None else min(form.places, self._items)
        value = raw.given
        if most < raw.form.places:
            value = logic.all((raw.given, logic.negation(raw.listed[most])))
        present: dict[int | str, z3.BoolRef] = {
            item: logic.all((value, raw.listed[item - 1])) for item in range(1, most + 1)
        }
        least = question.minimum if isinstance(question, Roster) and question.minimum is not None else 1
        rules = (
            () if least < 2 else (logic.any((raw.listed[least - 1] if least <= most else logic.false, self._paper)),)
        )
        return _Effective(raw, form, value, present, rules, [logic.true, *present.values()])

    def _effective_ranking(self, raw: Raw, form: Form, offers: Mapping[int, z3.BoolRef]) -> _Effective:
        """As many places are filled as there are to fill, by choices that are offered."""
        logic = self._logic
        own = {code: raw.chosen[code] for code in form.codes}
        offered = logic.counts([offers[code] for code in form.codes if isinstance(code, int)])
        rules = [logic.implied(one, offers.get(int(code), logic.false)) for code, one in raw.chosen.items()]
        filled = []
        for place in range(1, raw.form.places + 1):
            here = logic.any(places[place] for places in raw.ranks.values())
            is_due = offered[place] if place <= form.places and place < len(offered) else logic.false
            rules.append(self._same(here, is_due))
            filled.append(here)
        return _Effective(raw, form, raw.given, own, tuple(rules), [logic.true, *filled])

    def _same(self, one: z3.BoolRef, other: z3.BoolRef) -> z3.BoolRef:
        logic = self._logic
        return logic.all((logic.implied(one, other), logic.implied(other, one)))

    @property
    def _paper(self) -> z3.BoolRef:
        return self._inputs.modes["paper"]

    def _rules(self, question: Question, found: Mapping[str, tuple[z3.BoolRef, _Effective]]) -> Iterator[z3.BoolRef]:
        """Of each answer: it is a valid value, or an absence that may be given here."""
        logic = self._logic
        is_shared_out = logic.any(logic.all((visible, one.value)) for visible, one in found.values())
        for visible, one in found.values():
            for absence, state in one.raw.states.items():
                is_free = self._may_be(question, absence)
                if absence is Absence.SKIPPED and isinstance(question, Allocation):
                    is_free = logic.any((is_free, is_shared_out))
                yield logic.implied(logic.all((visible, state)), is_free)
            if one.value is not one.raw.given:
                yield logic.implied(logic.all((visible, one.raw.given)), one.value)
            valued = logic.all((visible, one.value))
            for rule in (*one.rules, *self._counts(question, one)):
                yield logic.implied(valued, rule)

    def _may_be(self, question: Question, absence: Absence) -> z3.BoolRef:
        """Whether an absence may be given to this question."""
        logic = self._logic
        if absence is Absence.SKIPPED:
            return self._paper if is_needed(question) else logic.true
        return logic.true if absence in question.offered else self._inputs.modes["telephone"]

    def _counts(self, question: Question, one: _Effective) -> Iterator[z3.BoolRef]:
        """Of several choices: an exclusive one is alone, and the others are neither too few nor too many."""
        if not isinstance(question, MultipleChoice | MultipleGrid):
            return
        logic, counted = self._logic, one.counted or []
        exclusive = [one.chosen[choice.code] for choice in question.choices if choice.exclusive]
        if exclusive and len(counted) > 2:
            yield logic.any((logic.negation(logic.any(exclusive)), logic.negation(counted[2])))
        if question.maximum is not None and question.maximum + 1 < len(counted):
            yield logic.negation(counted[question.maximum + 1])
        if question.minimum is not None and question.minimum > 1:
            yield from self._minimum(question, one, exclusive)

    def _minimum(
        self, question: MultipleChoice | MultipleGrid, one: _Effective, exclusive: list[z3.BoolRef]
    ) -> Iterator[z3.BoolRef]:
        """At least as many as are asked for, or as are offered together where some are withheld."""
        logic, counted = self._logic, one.counted or []
        free = logic.any((*exclusive, self._paper))
        offers = one.offers
        is_whole = logic.all(offers.values())
        together = logic.counts([offers[choice.code] for choice in question.choices if not choice.exclusive])
        for count in range(2, (question.minimum or 1) + 1):
            is_due = logic.any((is_whole, together[count] if count < len(together) else logic.false))
            enough = counted[count] if count < len(counted) else logic.false
            yield logic.any((free, logic.negation(is_due), enough))

    def _learn(
        self, question: Question, key: str, visible: z3.BoolRef, one: _Effective, is_shared_out: z3.BoolRef
    ) -> SymbolicAnswer:
        """What rules read of an answer from here on."""
        logic, raw = self._logic, one.raw
        value, blank = one.value, raw.states.get(Absence.SKIPPED, logic.false)
        number = raw.value
        if isinstance(question, Allocation):
            value = logic.any((value, logic.all((blank, is_shared_out))))
            if raw.value is not None and blank is not logic.false:
                number = z3.If(raw.given, raw.value, z3.IntVal(0, logic.context))
        if isinstance(question, Roster):
            # Passed without a line, a list that may be empty is: a value.
            is_free = self._paper if is_needed(question) else logic.true
            value = logic.any((value, logic.all((blank, is_free))))
        has = self._known.define(logic.all((visible, value)), f"{key} has")
        silent = logic.all((visible, raw.states.get(Absence.NO_OPINION, logic.false)))
        chosen = {code: logic.all((visible, here)) for code, here in one.chosen.items()}
        self._known.learn(
            key, Reading(has, silent, silent, chosen if number is None else None, number, one.counted, raw.ranks)
        )
        absences = {absence: logic.all((visible, state)) for absence, state in raw.states.items()}
        taken = {code: logic.all((has, here)) for code, here in one.chosen.items()}
        return SymbolicAnswer(has, number, taken, absences)

    def _learn_details(
        self, question: Question, named: Question, found: Mapping[str, tuple[z3.BoolRef, _Effective]]
    ) -> None:
        """What goes with an answer, where a rule reads it."""
        logic = self._logic
        words = {key: choice.code for key, choice in specified_choices(named)}
        for base, key in zip(question.details, named.details, strict=True):
            if base not in self._read:
                continue
            (visible, main), *_ = found.values()
            raw, form = self._inputs.raw(self._questionnaire, key), self._inputs.form(self._questionnaire, key)
            there = logic.all((visible, main.value))
            if key in words:
                there = logic.all((there, main.chosen.get(words[key], logic.false)))
            value = raw.given if raw.value is not None else logic.any(raw.chosen[code] for code in form.codes)
            has = self._known.define(logic.all((there, value)), f"{key} has")
            states = main.raw.states
            silent = states.get(Absence.NO_OPINION, logic.false) if isinstance(question, Suggester) else logic.false
            chosen = raw.chosen if raw.value is None else None
            blamed = logic.all((visible, silent))
            self._known.learn(key, Reading(has, logic.false, blamed, chosen, raw.value))

    def _bound(self, reader: Reader, question: Quantity, name: str, answer: SymbolicAnswer) -> z3.BoolRef:
        logic, rule = self._logic, question.limits[name]
        found = self._known.resolved(rule, reader.scope)[1]
        own = question.answer_type.decimals
        decimals = max(own, found.decimals if found is not None else 0)
        limit = reader.number(rule, decimals)
        value = self._scaled(answer.value, decimals - own)
        met = {
            "at_least": lambda: value >= limit.value,
            "at_most": lambda: value <= limit.value,
            "above": lambda: value > limit.value,
            "below": lambda: value < limit.value,
        }[name]()
        return logic.implied(logic.all((answer.has_value, limit.has)), met)

    def _total(self, reader: Reader, question: Allocation, asked: SymbolicQuestion) -> z3.BoolRef:
        logic, decimals = self._logic, question.decimals
        total = logic.number(question.total or 0)
        if question.total_from is not None:
            found = self._known.resolved(question.total_from, reader.scope)[1]
            decimals = max(decimals, found.decimals if found is not None else 0)
            total = reader.number(question.total_from, decimals)
        zero = z3.IntVal(0, logic.context)
        parts = [z3.If(one.has_value, one.value, zero) for one in asked.answers.values()]
        is_any = logic.any(one.has_value for one in asked.answers.values())
        count = self._scaled(z3.Sum([zero, *parts]), decimals - question.decimals)
        return logic.implied(logic.all((is_any, total.has)), count == total.value)

    def _scaled(self, value: z3.ArithRef | None, decimals: int) -> z3.ArithRef:
        return value if decimals == 0 else value * 10**decimals
