"""From a version to its plan: every rule compiled, every computed variable put where its sources are all fixed."""

from __future__ import annotations

from itertools import groupby

from ..expressions import Absence, Expression, Rule, compile_expression, references
from ..model import (
    Allocation,
    Computed,
    Grid,
    Page,
    Question,
    Questionnaire,
    Required,
    Roster,
    Section,
    Severity,
    Suggester,
    choices_of,
    specified_choices,
    variable_types,
)
from .plan import Asked, Derived, Group, Leaving, More, Over, Part, Plan, Step, conjunction, pages_in_order

# When something is fixed: the index of a page, and after what: the page, its section (all items of a roster),
# or all the sections that are shuffled with it.
_Moment = tuple[int, int]
_PAGE, _SECTION, _SHUFFLED = range(3)
_AT_ONCE: _Moment = (-1, _PAGE)


def compile_plan(questionnaire: Questionnaire) -> Plan:
    """The plan of a version; for `Questionnaire.derive`, so that it is made once."""
    return _Compiler(questionnaire).plan()


class _Compiler:
    """One version, while it is compiled."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.questionnaire = questionnaire
        self.types = variable_types(questionnaire)
        self.places = _Places(questionnaire)
        self.repeats = frozenset(one.repeat for one in questionnaire.sections if one.repeat is not None)
        rosters = self.repeats | {one.repeat for one in questionnaire.computed if one.repeat is not None}
        self.overs = {roster: Over(roster, self._names(roster)) for roster in sorted(rosters)}
        every = [name for question in questionnaire.questions for name in _variables(question)]
        every += [one.name for one in questionnaire.computed]
        self.ranks = {name: rank for rank, name in enumerate(every)}
        self.derived: dict[_Moment, list[Derived]] = {}
        moments = self.places.moments(questionnaire.computed, self.overs)
        for one in questionnaire.computed:
            at = moments[one.name]
            # Inside the repeated section it is computed item after item; elsewhere, for all of them at once.
            is_inside = one.repeat is not None and at[1] == _PAGE and self.places.repeat_at(at) == one.repeat
            self.derived.setdefault(at, []).append(self._derived(one, is_inside))

    def plan(self) -> Plan:
        questionnaire = self.questionnaire
        groups = self._groups()
        is_single = len(groups) < 2 and all(
            group.shuffle is None and len(group.parts) == 1 and group.parts[0].over is None for group in groups
        )
        single = (groups[0].parts[0] if groups else Part(())) if is_single else None
        lists = [one.name for one in questionnaire.questions if isinstance(one, Roster)]
        return Plan(
            groups=groups,
            names=self._names(None),
            at_once=tuple(self.derived.get(_AT_ONCE, ())),
            overs=self.overs,
            lists=tuple(dict.fromkeys([*lists, *self.overs])),
            external={one.name: one.answer_type for one in questionnaire.context if one.provider == "external"},
            provided=tuple((one.name, one.provider) for one in questionnaire.context if one.provider != "external"),
            arms={one.name: dict(one.answer_type.choices) for one in questionnaire.experiments},
            single=single,
            order=pages_in_order((single,), {}) if single is not None else {},
            sections={page.name: place for place, one in enumerate(questionnaire.sections) for page in one.pages},
        )

    def _names(self, roster: str | None) -> tuple[str, ...]:
        """The variables that are asked or computed once, or for each item of a roster."""
        asked = [
            name
            for section in self.questionnaire.sections
            for page in section.pages
            for question in page.questions
            for name in _variables(question)
            if section.repeat == roster
        ]
        return (*asked, *(one.name for one in self.questionnaire.computed if one.repeat == roster))

    def _rule(self, expression: Expression | None, scope: str | None) -> Rule | None:
        return None if expression is None else compile_expression(expression, self.types, scope=scope)

    def _derived(self, one: Computed, is_inside: bool) -> Derived:
        sources, over = self._sources(one.rule, one.repeat)
        return Derived(
            one.name,
            compile_expression(one.rule, self.types, one.decimals, scope=one.repeat),
            sources,
            over,
            None if one.repeat is None or is_inside else self.overs[one.repeat],
        )

    def _sources(self, rule: Expression, scope: str | None) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
        """What a rule reads that is asked or computed, in the order of the version, so that causes are stable.

        Apart, the (roster, variable) pairs that it sums.
        """
        sources, over = [], []
        for name in sorted(references(rule) & self.ranks.keys(), key=self.ranks.__getitem__):
            roster = self.types[name].roster
            if roster is None or roster == scope:
                sources.append(name)
            else:
                over.append((roster, name))
        return tuple(sources), tuple(over)

    def _groups(self) -> tuple[Group, ...]:
        groups: list[Group] = []
        numbered = list(enumerate(self.questionnaire.sections))
        for shuffle, some in groupby(numbered, key=lambda pair: pair[1].shuffle):
            sections = list(some)
            last = self.places.last_of_group[sections[-1][0]]
            derived = tuple(self.derived.get((last, _SHUFFLED), ()))
            if shuffle is not None:
                parts = [self._part([pair], pair[1].repeat) for pair in sections]
            else:
                runs = groupby(sections, key=lambda pair: -1 if pair[1].repeat is None else pair[0])
                parts = [self._part(run, run[0][1].repeat) for run in (list(found) for _, found in runs)]
            groups.append(Group(tuple(parts), shuffle, derived))
        return tuple(groups)

    def _part(self, sections: list[tuple[int, Section]], repeat: str | None) -> Part:
        steps = [
            self._step(section, page, index)
            for number, section in sections
            for index, page in enumerate(section.pages, start=self.places.first[number])
        ]
        last = self.places.last[sections[-1][0]]
        derived = self.derived.get((last, _SECTION), ())
        return Part(tuple(steps), tuple(derived), None if repeat is None else self.overs[repeat])

    def _step(self, section: Section, page: Page, index: int) -> Step:
        scope = section.repeat
        warnings = [one for one in page.checks if one.severity is Severity.WARNING]
        return Step(
            page=page.name,
            when=self._rule(conjunction(section.when, page.when), scope),
            questions=tuple(self._asked(question, scope) for question in page.questions),
            derived=tuple(self.derived.get((index, _PAGE), ())),
            checks=tuple(
                (f"check:{one.name}", compile_expression(one.rule, self.types, scope=scope)) for one in warnings
            ),
            exits=tuple(
                Leaving(compile_expression(one.when, self.types, scope=scope), one, *self._sources(one.when, scope))
                for one in page.exits
            ),
            hidden={name: Absence.NOT_ROUTED for question in page.questions for name in _variables(question)},
        )

    def _asked(self, question: Question, scope: str | None) -> Asked:
        is_needed = question.required is Required.HARD and not question.sensitive
        more = self._more(question, scope)
        return Asked(
            question.name,
            self._rule(question.when, scope),
            question.answers,
            frozenset(Absence) - question.offered if is_needed else frozenset(),
            dict.fromkeys(_variables(question), Absence.NOT_ROUTED),
            None if more == More() else more,
        )

    def _more(self, question: Question, scope: str | None) -> More:
        choices = choices_of(question)
        rows = zip(question.answers, question.rows, strict=True) if isinstance(question, Grid) else ()
        conditional = tuple(
            (one.code, one.name, compile_expression(one.when, self.types, scope=scope))
            for one in choices
            if one.when is not None
        )
        is_list = scope is None and (isinstance(question, Roster) or question.name in self.overs)
        return More(
            consent=question.consent,
            choices=conditional,
            is_all_conditional=bool(choices) and len(conditional) == len(choices),
            rows=tuple(
                (answer, row.name, compile_expression(row.when, self.types, scope=scope))
                for answer, row in rows
                if row.when is not None
            ),
            words=tuple((key, choice.code) for key, choice in specified_choices(question)),
            parts=tuple(question.details) if isinstance(question, Suggester) else (),
            shares_out=isinstance(question, Allocation),
            has_lines=isinstance(question, Roster),
            no_items=frozenset(one.code for one in choices if one.exclusive) if is_list else None,
        )


class _Places:
    """Where things are fixed, as the pages stand in the version."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self._fixed: dict[str, _Moment] = {}
        self._sections = questionnaire.sections
        self._section: list[int] = []
        self.first: list[int] = []
        self.last: list[int] = []
        for number, section in enumerate(questionnaire.sections):
            self.first.append(len(self._section))
            for page in section.pages:
                here = (len(self._section), _PAGE)
                self._fixed.update({name: here for question in page.questions for name in _variables(question)})
                self._section.append(number)
            self.last.append(len(self._section) - 1)
        self.last_of_group = list(self.last)
        for number in range(len(self.last) - 2, -1, -1):
            if self._is_shuffled_with_next(number):
                self.last_of_group[number] = self.last_of_group[number + 1]

    def _is_shuffled_with_next(self, number: int) -> bool:
        here, following = self._sections[number], self._sections[number + 1]
        return here.shuffle is not None and here.shuffle == following.shuffle

    def repeat_at(self, moment: _Moment) -> str | None:
        """The roster over which the page of a moment is repeated."""
        return self._sections[self._section[moment[0]]].repeat if moment[0] >= 0 else None

    def moments(self, computed: tuple[Computed, ...], overs: dict[str, Over]) -> dict[str, _Moment]:
        """When each computed variable can be computed: its sources are fixed, and so are the items."""
        found: dict[str, _Moment] = {}
        for one in computed:
            read = references(one.rule) | ({one.repeat} if one.repeat in overs else set())
            known = (found.get(name) or self._fixed.get(name) for name in read)
            found[one.name] = self._last([self._after(moment, one.repeat) for moment in known if moment is not None])
        return found

    def _after(self, moment: _Moment, repeat: str | None) -> _Moment:
        """The moment from which a variable of `repeat` may read: of another roster, when every item is answered."""
        over = self.repeat_at(moment)
        if moment[1] != _PAGE or over is None or over == repeat:
            return moment
        return (self.last[self._section[moment[0]]], _SECTION)

    def _last(self, moments: list[_Moment]) -> _Moment:
        """The last moment; of sections that are shuffled, nobody knows which is, so the end of them all."""
        last = max(moments, default=_AT_ONCE)
        if last[0] < 0:
            return _AT_ONCE
        section = self._section[last[0]]
        end = self.last_of_group[section]
        for page, _ in moments:
            other = self._section[page] if page >= 0 else section
            if other != section and self.last_of_group[other] == end:
                return (end, _SHUFFLED)
        return last


def _variables(question: Question) -> tuple[str, ...]:
    return (*question.answers, *question.details)
