"""The walk over the pages of a version, in their order, with everything that is fixed so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ..expressions import Absence, Answer, Result, Value
from ..model import Context, Exit, Given, Questionnaire, item_name, split_item
from .compiling import compile_plan
from .context import known_before
from .draws import draw_sections
from .plan import Asked, Derived, More, Over, Part, Plan, Step, awaits, pages_in_order


class _Withheld(NamedTuple):
    """What is not offered of a question: codes of choices, answers of rows, and the names of both.

    `rest`: whether something else is; None while that is undecided.
    """

    codes: frozenset[int] = frozenset()
    answers: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    rest: bool | None = True


_NOTHING = _Withheld()


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a page stands among those still possible: `position` from 1, `percent` of what is behind it.

    `part` from 1 and `parts`: where its section stands among those that still have a page.
    """

    position: int
    total: int
    percent: int
    part: int
    parts: int


@dataclass(frozen=True, slots=True)
class Path:
    """The way through a version. Computed, never stored.

    The page, the question and the answer of an item carry its id (`page.2`, `cout[2]`).
    """

    pages: tuple[str, ...]
    shown: Mapping[str, tuple[str, ...]]
    exit: Exit | None
    effective: Mapping[str, Value]
    # Why every other variable is absent; of items, the variables of those on the path.
    causes: Mapping[str, Absence]
    first_incomplete: str | None
    # Pages on the path, and those after the first incomplete one that an answer may still put there: a page asked
    # for each item of a list that is not made yet stands there once, under its plain name.
    possible: tuple[str, ...]
    # The ids of the items on the path of each list, in their order.
    items: Mapping[str, tuple[int, ...]]
    # For a question shown, the names of its choices and rows that are not offered, where there are any.
    hidden: Mapping[str, frozenset[str]]
    # The keys (`check:NAME`, `check:NAME[2]`) of the warnings that were passed and still stand.
    confirmed: tuple[str, ...]
    _order: Mapping[str, int] = field(repr=False, compare=False)
    _sections: Mapping[str, int] = field(repr=False, compare=False)

    @property
    def is_complete(self) -> bool:
        return self.first_incomplete is None and self.exit is None

    def after(self, page: str) -> str | None:
        """The next page of the path, also from a page that is off it."""
        here = self._place(page)
        return next((name for name in self.pages if self._order[name] > here), None)

    def before(self, page: str) -> str | None:
        """The page of the path before, also from a page that is off it."""
        here = self._place(page)
        return next((name for name in reversed(self.pages) if self._order[name] < here), None)

    def progress(self, page: str) -> Progress:
        """The progress at a page; off the path, that of the nearest page before.

        From a page to the next one, the percentage falls only where the path has grown: a list got its lines.
        """
        here, order, sections = self._place(page), self._order, self._sections
        parts = [sections[name] if name in sections else sections[split_item(name)[0]] for name in self.possible]
        position = sum(1 for name in self.possible if order[name] <= here) or 1
        total = max(len(parts), position)
        percent = 100 * (position - 1) // total
        return Progress(position, total, percent, len({*parts[:position]}) or 1, len({*parts}) or 1)

    def _place(self, page: str) -> int:
        """The place of a page; that of an item which is not there any more is after those that are."""
        found = self._order.get(page)
        return found if found is not None else self._order[split_item(page)[0]]


def path(questionnaire: Questionnaire, context: Context, given: Given) -> Path:
    """The path of a response; pure, and fast enough to be computed anew for every page."""
    plan = questionnaire.derive(compile_plan)
    walk = _Walk(plan, known_before(plan, context), given)
    for derived in plan.at_once:
        walk.compute(derived)
    if plan.single is not None:
        return walk.path(walk.pass_steps(plan.single.steps), plan.order)
    parts = _parts(plan, context)
    taken: Exit | None = None
    for part in parts:
        taken = walk.pass_part(part)
        if taken is not None:
            break
    return walk.path(taken, pages_in_order(parts, walk.items))


def _parts(plan: Plan, context: Context) -> tuple[Part, ...]:
    """The parts in the order of this response."""
    parts: list[Part] = []
    for group in plan.groups:
        if group.shuffle is None:
            parts += group.parts
        else:
            parts += [group.parts[place] for place in draw_sections(context, group.shuffle, len(group.parts))]
        if group.derived:
            parts.append(Part((), group.derived))
    return tuple(parts)


class _Walk:
    """The state of one walk: everything fixed so far."""

    __slots__ = (
        "_absent",
        "_before",
        "_given",
        "_plan",
        "causes",
        "confirmed",
        "first_incomplete",
        "hidden",
        "items",
        "known",
        "pages",
        "possible",
        "shown",
    )

    def __init__(self, plan: Plan, before: dict[str, Answer], given: Given) -> None:
        self._plan = plan
        self._given = given
        # What rules read: the context, the absences given on the path, and the effective answers, which alone
        # are left of it at the end.
        self._before = tuple(before)
        self._absent: list[str] = []
        self.known: dict[str, Answer] = before
        self.causes: dict[str, Absence] = {}
        self.pages: list[str] = []
        self.possible: list[str] = []
        self.shown: dict[str, tuple[str, ...]] = {}
        self.hidden: dict[str, frozenset[str]] = {}
        self.items: dict[str, tuple[int, ...]] = dict.fromkeys(plan.lists, ())
        self.confirmed: list[str] = []
        self.first_incomplete: str | None = None

    def pass_part(self, part: Part) -> Exit | None:
        """Walk a run of pages, for each item where it is repeated; the exit that ends the response there."""
        over = part.over
        taken = self.pass_steps(part.steps) if over is None else self._pass_items(part, over)
        if taken is None:
            for derived in part.derived:
                self.compute(derived)
        return taken

    def _pass_items(self, part: Part, over: Over) -> Exit | None:
        roster = over.roster
        if self.causes.get(roster) is Absence.NOT_REACHED and self.first_incomplete is not None:
            self.possible += [step.page for step in part.steps]
        for item in self.items[roster]:
            self._enter(over, item)
            taken = self.pass_steps(part.steps_of(over, item))
            self._leave(over)
            if taken is not None:
                return taken
        return None

    def _enter(self, over: Over, item: int) -> None:
        """From here on, rules read the plain names of what each item has as those of this item."""
        known = self.known
        for plain, name in over.pairs(item):
            answer = known.get(name)
            if answer is not None:
                known[plain] = answer

    def _leave(self, over: Over) -> None:
        for plain in over.names:
            self.known.pop(plain, None)

    def pass_steps(self, steps: tuple[Step, ...]) -> Exit | None:
        """Walk pages one after the other; the exit that ends the response there."""
        known = self.known
        for step in steps:
            verdict = True if step.when is None else step.when(known)
            if verdict is True:
                verdict = self._ask(step)
            else:
                self._leave_out(step.hidden, verdict, self.first_incomplete is not None)
            if verdict is True:
                self.pages.append(step.page)
                self.possible.append(step.page)
            elif verdict is None and self.first_incomplete is not None:
                self.possible.append(step.page)
            for derived in step.derived:
                self.compute(derived)
            if verdict is True:
                for key, rule in step.checks:
                    if self._given.get(key) == 1 and rule(known) is False:
                        self.confirmed.append(key)
                for leaving in step.exits:
                    is_met = leaving.rule(known) is True
                    if is_met and not awaits(leaving.sources, leaving.over, self.causes, self.items):
                        return leaving.exit
        return None

    def _leave_out(self, hidden: Mapping[str, Absence], verdict: Result, is_to_come: bool) -> None:
        """What a condition leaves out is not routed; while an answer to come may still put it there, not reached."""
        if verdict is None and is_to_come:
            self.causes.update(dict.fromkeys(hidden, Absence.NOT_REACHED))
        else:
            self.causes.update(hidden)

    def _ask(self, step: Step) -> bool | None:
        """Take the answers of the questions shown; False or None when all of its questions are hidden."""
        known, causes, given = self.known, self.causes, self._given
        names: list[str] = []
        is_undecided = is_incomplete = False
        for asked in step.questions:
            name, when, answers, gaps, hidden, more = asked
            verdict = True if when is None else when(known)
            withheld = _NOTHING
            if verdict is True and more is not None and (more.choices or more.rows):
                withheld = _withheld(asked, more, known)
                verdict = withheld.rest
            if verdict is not True:
                self._leave_out(hidden, verdict, is_incomplete or self.first_incomplete is not None)
                is_undecided = is_undecided or verdict is None
                continue
            names.append(name)
            if more is not None:
                is_incomplete = self._take(asked, more, withheld) or is_incomplete
                continue
            for key in answers:
                answer = given.get(key)
                if answer is None:
                    causes[key] = Absence.NOT_REACHED
                    is_incomplete = True
                elif type(answer) is Absence:
                    causes[key] = known[key] = answer
                    self._absent.append(key)
                    is_incomplete = is_incomplete or answer in gaps
                else:
                    known[key] = answer
        if not names and step.questions:
            return None if is_undecided else False
        self.shown[step.page] = tuple(names)
        if is_incomplete and self.first_incomplete is None:
            self.first_incomplete = step.page
        return True

    def _take(self, asked: Asked, more: More, withheld: _Withheld) -> bool:
        """Take the answers of a question that is not plain; whether one is missing."""
        given = self._given
        if withheld.names:
            self.hidden[asked.name] = withheld.names
        is_free = more.consent is None or given.get(more.consent) == 1
        found: dict[str, Answer | None] = {}
        for key in asked.answers:
            if key in withheld.answers:
                self.causes[key] = Absence.NOT_ROUTED
                continue
            answer = given.get(key)
            if more.has_lines:
                answer = _as_list(answer, asked.gaps)
            # Nothing is consented to by leaving a list empty.
            if answer is not None and answer != () and type(answer) is not Absence:
                answer = _offered(answer, withheld.codes) if is_free else None
            found[key] = answer
        if more.shares_out and any(type(answer) is int for answer in found.values()):
            found = {key: 0 if answer is Absence.SKIPPED else answer for key, answer in found.items()}
        missing = [self._keep(key, answer, asked.gaps) for key, answer in found.items()]
        self._take_beside(asked, more)
        for key, plain in more.plain:
            if key in self.known:
                self.known[plain] = self.known[key]
        return any(missing)

    def _keep(self, key: str, answer: Answer | None, gaps: frozenset[Absence]) -> bool:
        """Fix an answer; whether it is missing."""
        if answer is None:
            self.causes[key] = Absence.NOT_REACHED
            return True
        self.known[key] = answer
        if isinstance(answer, Absence):
            self.causes[key] = answer
            self._absent.append(key)
            return answer in gaps
        return False

    def _take_beside(self, asked: Asked, more: More) -> None:
        """Take what goes with an answer: words, the parts of a place, the lines of a list."""
        if not asked.answers:
            return
        main = asked.answers[0]
        value = self.known.get(main)
        for key, code in more.words:
            if value == code or (isinstance(value, tuple) and code in value):
                self._keep_beside(key)
            else:
                self.causes[key] = Absence.NOT_ROUTED
        for key in more.parts:
            if main in self.causes:
                self.causes[key] = self.causes[main]
            else:
                self._keep_beside(key)
        if isinstance(value, tuple):
            if more.no_items is not None:
                self.items[main] = tuple(code for code in value if code not in more.no_items)
            if more.has_lines:
                for item in value:
                    self._keep_beside(item_name(main, item))

    def _keep_beside(self, key: str) -> None:
        """Fix what goes with an answer; the answer is there, so that what is not was left blank."""
        self._keep(key, self._given.get(key, Absence.SKIPPED), frozenset())

    def compute(self, derived: Derived) -> None:
        """Fix a computed variable: its value, or the cause of the first of its sources that is absent."""
        name, rule, sources, over, each, plain = derived
        if each is not None:
            for item in self.items[each.roster]:
                self._enter(each, item)
                self.compute(derived.of_item(item, each))
                self._leave(each)
            return
        causes = self.causes
        absent = [causes[source] for source in sources if source in causes]
        if over:
            absent += self._absent_items(over)
        # A rule on `answered` has a value even before its source was put; the variable has not, yet.
        value = None if Absence.NOT_REACHED in absent else rule(self.known)
        if value is None:
            if Absence.NOT_REACHED in absent:
                causes[name] = Absence.NOT_REACHED
            else:
                causes[name] = absent[0] if absent else Absence.NOT_ROUTED
        elif not isinstance(value, str):
            self.known[name] = int(value)
            if plain is not None:
                self.known[plain] = int(value)

    def _absent_items(self, over: tuple[tuple[str, str], ...]) -> list[Absence]:
        """Why values of items are absent that a sum reads: the list is, or the answer about an item."""
        causes = self.causes
        absent = [causes[roster] for roster, _ in over if roster in causes]
        for roster, variable in over:
            names = (item_name(variable, item) for item in self.items[roster])
            absent += [causes[name] for name in names if name in causes]
        return absent

    def path(self, taken: Exit | None, order: Mapping[str, int]) -> Path:
        """The path, once every page was walked or an exit was taken."""
        known = self.known
        if taken is not None:
            self._screen_out()
        for name in self._absent:
            known.pop(name, None)
        for name in self._before:
            known.pop(name, None)
        return Path(
            tuple(self.pages),
            self.shown,
            taken,
            known,
            self.causes,
            self.first_incomplete,
            tuple(self.possible),
            self.items,
            self.hidden,
            tuple(self.confirmed),
            order,
            self._plan.sections,
        )

    def _screen_out(self) -> None:
        """What the pages behind an exit would have fixed is absent for that."""
        plan, known, causes = self._plan, self.known, self.causes
        names = list(plan.names)
        for roster, over in plan.overs.items():
            names += [name for item in self.items[roster] for _, name in over.pairs(item)]
        for name in names:
            if name not in known:
                causes.setdefault(name, Absence.SCREENED_OUT)


def _withheld(asked: Asked, more: More, known: Mapping[str, Answer]) -> _Withheld:
    """What the conditions of its choices and rows withhold of a question."""
    choices = [(code, name, rule(known)) for code, name, rule in more.choices]
    rows = [(answer, name, rule(known)) for answer, name, rule in more.rows]
    codes = frozenset(code for code, _, verdict in choices if verdict is not True)
    answers = frozenset(answer for answer, _, verdict in rows if verdict is not True)
    is_all = (more.is_all_conditional and len(codes) == len(choices)) or len(answers) == len(asked.answers)
    verdicts = [verdict for _, _, verdict in (*choices, *rows)]
    return _Withheld(
        codes,
        answers,
        frozenset(name for _, name, verdict in (*choices, *rows) if verdict is not True),
        (None if None in verdicts else False) if is_all else True,
    )


def _offered(answer: Value, withheld: frozenset[int]) -> Value | None:
    """What is left of an answer without the choices that are not offered; None when nothing is."""
    if not withheld:
        return answer
    if isinstance(answer, tuple):
        return tuple(code for code in answer if code not in withheld) or None
    return None if answer in withheld else answer


def _as_list(answer: Answer | None, gaps: frozenset[Absence]) -> Answer | None:
    """The answer of a list: passed without a line it is the empty list, a value, unless a line is required."""
    if answer is Absence.SKIPPED or answer == ():
        return Absence.SKIPPED if Absence.SKIPPED in gaps else ()
    return answer if isinstance(answer, tuple | Absence) else None
