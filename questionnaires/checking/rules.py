"""Rules and piped texts: their types, and that they read only what is known by then.

A rule is read where it stands. It knows the questions above it on its page, so that a question may depend on the
one before; a text and a wording know the pages before only, since they are on screen before the page is answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ..expressions import Expression, Kind, VariableType, check_types, references, type_of
from ..model import (
    Allocation,
    Check,
    Choice,
    Computed,
    Exit,
    LocalText,
    Page,
    Quantity,
    Question,
    Questionnaire,
    QuotaCell,
    Row,
    Section,
    Variant,
    variable_types,
)
from ..piping import check_text, is_piped
from ..piping import references as read_in
from ..problems import Data, Place, Problem
from .places import inside, walk_in
from .ranges import Ranges

# When something is known: (index of the page, index of the question on it).
_Moment = tuple[int, int]
_BEFORE = -1
_AFTER = 1_000_000
_ITEMS_ANSWERED = _AFTER + 2  # the checks and exits of the last page of a repeated section still come before
_START: _Moment = (_BEFORE, _BEFORE)


@dataclass(frozen=True, slots=True)
class _Where:
    """Where a rule stands: when it is read, when its page begins, in which section, for each item of what."""

    moment: _Moment
    page: _Moment
    section: int | None = None
    scope: str | None = None


# Of a text that is read outside of any response: in lists, codebooks and tables.
_OUTSIDE = _Where(_START, _START)


def check_rules(questionnaire: Questionnaire) -> list[Problem]:
    """Every problem of the rules and of the placeholders of texts, in the order of the file."""
    rules = _Rules(questionnaire)
    for node, place, where in _standing(questionnaire):
        rules.visit(node, place, where)
    for order, computed in enumerate(questionnaire.computed):
        place = inside(Place(variable=computed.name, path=""), "computed", order)
        rules.computed(computed, order, place)
    return rules.problems


def _standing(questionnaire: Questionnaire) -> Iterator[tuple[object, Place, _Where]]:
    """Everything that may have a rule or a text, with its place and where it stands."""
    root = Place(path="")
    count = sum(len(section.pages) for section in questionnaire.sections)
    end = _Where((count, _AFTER), (count, _AFTER))
    for key in ("title", "description", "computed", "context", "experiments"):
        for node, place in walk_in(getattr(questionnaire, key), inside(root, key)):
            if isinstance(node, LocalText):
                yield node, place, _OUTSIDE
    for node, place in walk_in(questionnaire.quotas, inside(root, "quotas")):
        yield node, place, _OUTSIDE if isinstance(node, LocalText) else end
    page_index = 0
    for number, section in enumerate(questionnaire.sections):
        place = inside(root, "sections", number)
        begins = (page_index, _BEFORE)
        where = _Where(begins, begins, number, section.repeat)
        # Its condition is read for each item, as those of its pages.
        yield section, place, where
        yield section.title, inside(place, "title"), where
        for index, page in enumerate(section.pages):
            begins = (page_index, _BEFORE)
            here = replace(inside(place, "pages", index), page=page.name)
            yield from _of_page(page, here, _Where(begins, begins, number, section.repeat))
            page_index += 1


def _of_page(page: Page, place: Place, where: _Where) -> Iterator[tuple[object, Place, _Where]]:
    yield page, place, where
    for key, text in (("title", page.title), ("intro", page.intro)):
        if text is not None:
            yield text, inside(place, key), where
    for order, question in enumerate(page.questions):
        at = replace(inside(place, "questions", order), question=question.name)
        asked = replace(where, moment=(where.page[0], order))
        for node, below in walk_in(question, at):
            is_published = ".subtotals[" in (below.path or "")  # a label of tables, never on a page
            yield node, below, _OUTSIDE if is_published else asked
    answered = (where.page[0], _AFTER + 1)
    for key, parts in (("checks", page.checks), ("exits", page.exits)):
        for node, below in walk_in(parts, inside(place, key)):
            yield node, below, replace(where, moment=answered, page=answered)


class _Rules:
    """What rules may read, and from when on."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.problems: list[Problem] = []
        self._types = dict(variable_types(questionnaire))
        self._ranges = Ranges(questionnaire, self._types)
        self._shuffles = [section.shuffle for section in questionnaire.sections]
        self._known: dict[str, _Moment] = {one.name: _START for one in questionnaire.context}
        self._known.update({one.name: _START for one in questionnaire.experiments})
        # The sections on whose answers a variable depends.
        self._sections: dict[str, frozenset[int]] = {}
        self._ends: dict[int, int] = {}  # section -> its last page
        index = 0
        for number, section in enumerate(questionnaire.sections):
            for page in section.pages:
                for order, question in enumerate(page.questions):
                    for name in question.keys:
                        self._known.setdefault(name, (index, order))
                        self._sections.setdefault(name, frozenset({number}))
                index += 1
            self._ends[number] = index - 1
        self._order = {one.name: order for order, one in enumerate(questionnaire.computed)}
        for computed in questionnaire.computed:
            known = [self._computable(name, computed.repeat) for name in references(computed.rule)]
            self._known.setdefault(computed.name, max(known, default=_START))
            read = [self._sections.get(name, frozenset()) for name in references(computed.rule)]
            self._sections.setdefault(computed.name, frozenset().union(*read))

    def _computable(self, name: str, repeat: str | None) -> _Moment:
        """From when on a computed variable can read another: of the items of a list, after the last of them."""
        known = self._known.get(name, _START)
        found = self._types.get(name)
        if found is not None and found.roster not in (None, repeat):
            return (max((self._ends[number] for number in self._sections[name]), default=known[0]), _ITEMS_ANSWERED)
        return known if known == _START else (known[0], max(known[1], _AFTER))

    def visit(self, node: object, place: Place, where: _Where) -> None:
        match node:
            case LocalText():
                self._text(node, place, where)
            case Variant():
                # The wording is on screen before the page is answered.
                self._rule(node.when, inside(place, "when"), replace(where, moment=where.page))
            case Section() | Page() | Choice() | Row() | Exit() | QuotaCell():
                self._when(node.when, place, where)
            case Check():
                self._rule(node.rule, inside(place, "rule"), where)
            case Question():
                self._when(node.when, place, where)
                self._limits(node, place, where)

    def _when(self, rule: Expression | None, place: Place, where: _Where) -> None:
        if rule is not None:
            self._rule(rule, inside(place, "when"), where)

    def _limits(self, question: Question, place: Place, where: _Where) -> None:
        if isinstance(question, Quantity):
            for key, rule in question.limits.items():
                self._rule(rule, inside(place, key), where, question.answer_type.kind)
        elif isinstance(question, Allocation) and question.total_from is not None:
            self._rule(question.total_from, inside(place, "total_from"), where, Kind.NUMBER)

    def _rule(self, rule: Expression, place: Place, where: _Where, expected: Kind = Kind.BOOLEAN) -> None:
        found = check_types(rule, self._types, expected, scope=where.scope)
        self.problems += [replace(one, place=place) for one in found]
        self._later("rule-variable-later", references(rule), place, where)

    def _text(self, text: LocalText, place: Place, where: _Where) -> None:
        if is_piped(text):
            found = check_text(text, self._types, where.scope)
            self.problems += [replace(one, place=place) for one in found]
            self._later("pipe-variable-later", read_in(text), place, replace(where, moment=where.page))

    def _later(self, code: str, names: Iterable[str], place: Place, where: _Where) -> None:
        # An unknown variable is a problem of types, not of order.
        for name in sorted(names):
            known = self._known.get(name)
            if known is not None and (known >= where.moment or self._is_shuffled(name, where.section)):
                self.problems.append(Problem(code, place, data={"variable": name}))

    def _is_shuffled(self, name: str, section: int | None) -> bool:
        """Whether a variable depends on a section that may as well come after this one."""
        shuffle = None if section is None else self._shuffles[section]
        others = self._sections.get(name, frozenset()) - {section}
        return shuffle is not None and any(self._shuffles[other] == shuffle for other in others)

    def computed(self, computed: Computed, order: int, place: Place) -> None:
        """A computed variable may read every answer, and the computed variables declared before it."""
        rule, place = computed.rule, inside(place, "rule")
        problems = [replace(one, place=place) for one in check_types(rule, self._types, None, scope=computed.repeat)]
        later = sorted(name for name in references(rule) if self._order.get(name, -1) >= order)
        problems += [Problem("rule-variable-later", place, data={"variable": name}) for name in later]
        found = type_of(rule, self._types, computed.repeat)
        if not problems and found is not None:
            problems += _result(computed, found, place)
        if not problems:
            least, _ = self._ranges[computed.name]
            problems += [Problem("computed-negative", place)] if least is None or least < 0 else []
        self.problems += problems


def _result(computed: Computed, found: VariableType, place: Place) -> list[Problem]:
    if found.kind not in (Kind.NUMBER, Kind.BOOLEAN, Kind.NULL):
        data: dict[str, Data] = {"expected": Kind.NUMBER.value, "found": found.kind.value}
        return [Problem("rule-result", place, data=data)]
    if found.decimals > computed.decimals:
        data = {"decimals": computed.decimals, "found": found.decimals}
        return [Problem("rule-too-many-decimals", place, data=data)]
    return []
