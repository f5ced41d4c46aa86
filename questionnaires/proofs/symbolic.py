"""A version as formulas: for any respondent, which page is reached, what is asked there, what may be answered.

The formulas follow `routing` and `validation` rule by rule. They speak of complete respondents: wherever they
read what was answered before, everything before is complete and valid (`begun`), so nothing there is still to come.
"""

from __future__ import annotations

from collections.abc import Iterator

import z3

from ..checking.places import walk
from ..expressions import references
from ..model import LocalText, Questionnaire, Severity, choices_of, item_name, variable_types
from ..piping import is_piped
from ..piping import references as piped
from ..routing.compiling import compile_plan
from ..routing.plan import Derived, Group, Over, Part, Step, conjunction
from .kleene import Kleene, Logic, Number
from .symbolic_inputs import Inputs
from .symbolic_parts import SymbolicAnswer, SymbolicPage, SymbolicQuestion
from .symbolic_questions import Ask, Asking
from .symbolic_rules import Known, Reader, Reading
from .symbolic_texts import rules_of

__all__ = [
    "Inputs",
    "Kleene",
    "Logic",
    "Number",
    "Symbolic",
    "SymbolicAnswer",
    "SymbolicPage",
    "SymbolicQuestion",
]


class Symbolic:
    """A version as formulas, page after page.

    `items`: at most so many items of each roster (None: its maximum). `pages` in their order, those of items one
    after the other. `finished`: complete and valid to the end, without an exit. `quota_cells`: (quota, cell) ->
    finished and in this cell. `definitions`: what the names in its formulas stand for.
    """

    def __init__(self, questionnaire: Questionnaire, inputs: Inputs, items: int | None = None) -> None:
        self.questionnaire = questionnaire
        self.inputs = inputs
        self.items = items
        self.logic = inputs.logic
        self._plan = questionnaire.derive(compile_plan)
        self._known = Known(self.logic, variable_types(questionnaire))
        self._computed = {one.name: one for one in questionnaire.computed}
        read = frozenset().union(*map(references, rules_of(questionnaire)), _piped(questionnaire))
        self._asking = Asking(questionnaire, inputs, self._known, items, read)
        self._learn_context(read)
        for derived in self._plan.at_once:
            self._compute(derived, Reader(self._known))
        pages: list[SymbolicPage] = []
        self.finished = self.logic.true
        for group in self._plan.groups:
            pages += self._group(group)
        self.pages = tuple(pages)
        self._by_name = {page.name: page for page in pages}
        self.quota_cells = dict(self._cells())
        self.mark = (len(inputs.rules), len(self.definitions))

    @property
    def definitions(self) -> list[z3.BoolRef]:
        return self._known.definitions

    @property
    def domain(self) -> tuple[z3.BoolRef, ...]:
        """What always holds of the inputs, and of the names of this version."""
        return (*self.inputs.rules, *self.definitions)

    def page(self, name: str) -> SymbolicPage:
        """A page by its name (`page.2` for that of an item); KeyError when there is none."""
        return self._by_name[name]

    def _learn_context(self, read: frozenset[str]) -> None:
        none = self.logic.false
        for name in (*(one.name for one in self.questionnaire.context), *self._plan.arms):
            if name not in read:
                continue
            raw, form = self.inputs.raw(self.questionnaire, name), self.inputs.form(self.questionnaire, name)
            chosen = {code: raw.chosen[code] for code in form.codes} if raw.value is None else None
            has = raw.given
            if raw.value is not None:
                rules = [raw.value >= form.low, raw.value <= form.high] if form.high < raw.form.high else []
                has = self.logic.all((raw.given, *rules))
            elif chosen is not None and len(chosen) < len(raw.chosen):
                has = self.logic.any(chosen.values())
            self._known.learn(name, Reading(has, none, none, chosen, raw.value))

    def _group(self, group: Group) -> list[SymbolicPage]:
        """The pages of parts asked in this order, or in any."""
        logic, begun = self.logic, self.finished
        parts = [self._part(part) for part in group.parts]
        ways = [logic.all(page.passed for page in pages) for pages in parts]
        can_end = any(page.left for pages in parts for page in pages)
        before = self.inputs.before(group.shuffle, len(parts)) if group.shuffle is not None and can_end else None
        for number, pages in enumerate(parts):
            here = begun
            if before is not None:
                others = [other for other in range(len(parts)) if other != number]
                here = logic.all((begun, *(logic.implied(before[one, number], ways[one]) for one in others)))
            elif group.shuffle is None and number:
                here = self.finished
            for page in pages:
                page.part = (group.shuffle, len(parts), number)
                self._begin(page, here)
                here = logic.all((page.begun, page.passed))
            self.finished = here
        if group.shuffle is not None:
            self.finished = logic.all((begun, *ways))
        self.finished = self._known.define(self.finished, "passed")
        for derived in group.derived:
            self._compute(derived, Reader(self._known))
        found = [page for pages in parts for page in pages]
        if before is not None:
            for page in found:
                page.mark = (len(self.inputs.rules), len(self.definitions))
        return found

    def _begin(self, page: SymbolicPage, here: z3.BoolRef) -> None:
        """Name the formula of who comes to a page; what the name stands for goes with the page."""
        page.begun, page.beginning = here, self.logic.true
        if not self.logic.is_constant(here):
            page.begun = self.logic.fresh(f"{page.name} begun")
            page.beginning = page.begun == here

    def _part(self, part: Part) -> list[SymbolicPage]:
        pages: list[SymbolicPage] = []
        if part.over is None:
            pages += (self._page(step, Reader(self._known)) for step in part.steps)
        else:
            for item, present in self._items(part.over):
                reader = Reader(self._known, part.over.roster, item, part.over.names)
                pages += (self._page(step, reader, part.over, item, present) for step in part.steps)
        for derived in part.derived:
            self._compute(derived, Reader(self._known))
        return pages

    def _items(self, over: Over) -> list[tuple[int, z3.BoolRef]]:
        """The items that may be there, in their order, and when they are."""
        reading = self._known.readings.get(over.roster)
        if reading is None or reading.chosen is None:
            return []
        question = self.questionnaire.question(over.roster)
        none = {one.code for one in choices_of(question) if one.exclusive}
        items = [(int(item), here) for item, here in reading.chosen.items() if item not in none]
        return [(item, self.logic.all((reading.has, here))) for item, here in sorted(items, key=lambda pair: pair[0])]

    def _page(
        self,
        step: Step,
        reader: Reader,
        over: Over | None = None,
        item: int | None = None,
        present: z3.BoolRef | None = None,
    ) -> SymbolicPage:
        logic, known = self.logic, self._known
        written = self.questionnaire.page(step.page)
        when = conjunction(self.questionnaire.section_of(step.page).when, written.when)
        name = written.name if over is None or item is None else step.of_item(item, over).page
        page = SymbolicPage(name, written.name, item, reader)
        before = len(self.definitions)
        page_shown = logic.all((present if present is not None else logic.true, reader.truth(when).true))
        page_shown = known.define(page_shown, f"{name} may be shown")
        rules, asked = [], []
        for question in written.questions:
            page.moments.append(known.moment)
            named = question if item is None else self.questionnaire.question(item_name(question.name, item))
            ask = Ask(question, named, reader, page_shown)
            found, rule = self._asking.ask(ask)
            asked.append((ask, found))
            rules.append(rule)
        page.moments.append(known.moment)
        page.questions = tuple(found for _, found in asked)
        page.shown = known.define(
            logic.any(one.shown for one in page.questions) if page.questions else page_shown, f"{name} shown"
        )
        for derived in step.derived:
            self._compute(
                derived if item is None or over is None else derived.of_item(item, over), reader, derived.name
            )
        limits = [self._asking.limits(ask, found) for ask, found in asked]
        page.checks = {one.name: reader.final().truth(one.rule) for one in written.checks}
        paper = self.inputs.modes["paper"]
        blocking = [one.name for one in written.checks if one.severity is Severity.BLOCKING]
        page.needs = (
            *((number, logic.all(both)) for number, both in enumerate(zip(rules, limits, strict=True))),
            *((one, logic.any((paper, logic.negation(page.checks[one].false)))) for one in blocking),
        )
        page.own = tuple(self.definitions[before:])
        self._leave(page, step, reader, logic.all(need for _, need in page.needs))
        page.mark = (len(self.inputs.rules), len(self.definitions))
        return page

    def _leave(self, page: SymbolicPage, step: Step, reader: Reader, is_right: z3.BoolRef) -> None:
        """How a page is left: by the first exit whose rule is true, or to the next page."""
        logic = self.logic
        is_right = self._known.define(is_right, f"{page.name} right")
        page.valid = logic.all((page.shown, is_right))
        left: dict[str, z3.BoolRef] = {}
        stays: list[z3.BoolRef] = []
        for leaving in step.exits:
            rule = reader.truth(leaving.exit.when).true
            left[leaving.exit.name] = logic.all((page.valid, rule, *stays))
            stays.append(logic.negation(rule))
        page.left = left
        passed = logic.any((logic.negation(page.shown), logic.all((is_right, *stays))))
        page.passed = self._known.define(passed, f"{page.name} passed")

    def _compute(self, derived: Derived, reader: Reader, base: str | None = None) -> None:
        """Learn a computed variable, once what it reads is known."""
        if derived.each is not None:
            over = derived.each
            for item, _ in self._items(over):
                inside = Reader(self._known, over.roster, item, over.names)
                self._compute(derived.of_item(item, over), inside, derived.name)
            return
        one = self._computed[base or derived.name]
        found = reader.number(one.rule, one.decimals)
        logic = self.logic
        has = self._known.define(found.has, f"{derived.name} has")
        value = logic.fresh_number(derived.name)
        self.definitions.append(value == found.value)
        blamed, earlier = [], [logic.negation(has)]
        for source in derived.sources:
            reading = self._known.readings.get(source)
            if reading is not None:
                blamed.append(logic.all((*earlier, logic.negation(reading.has), reading.blamed)))
                earlier.append(reading.has)
        self._known.learn(derived.name, Reading(has, logic.false, logic.any(blamed), None, value))

    def _cells(self) -> Iterator[tuple[tuple[str, str], z3.BoolRef]]:
        reader = Reader(self._known).final()
        for quota in self.questionnaire.quotas:
            earlier: list[z3.BoolRef] = []
            for cell in quota.cells:
                rule = reader.truth(cell.when).true
                yield (quota.name, cell.name), self.logic.all((self.finished, rule, *earlier))
                earlier.append(self.logic.negation(rule))


def _piped(questionnaire: Questionnaire) -> frozenset[str]:
    """What texts show of the details that go with an answer."""
    if not any(one.details for one in questionnaire.questions):
        return frozenset()
    texts = (one for one, _ in walk(questionnaire) if isinstance(one, LocalText) and is_piped(one))
    return frozenset().union(*map(piped, texts))
