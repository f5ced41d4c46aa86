"""Static checks of a version: everything that can be seen to be wrong before anybody answers it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass, replace

from .expressions import (
    MAX_DECIMALS,
    MAX_INTEGER,
    RESERVED_WORDS,
    Expression,
    Kind,
    VariableType,
    check_types,
    references,
    type_of,
)
from .model import (
    Check,
    Choice,
    ChoiceGrid,
    Computed,
    ContextVariable,
    Exit,
    LocalText,
    MultipleChoice,
    Number,
    Page,
    Question,
    Questionnaire,
    Required,
    Row,
    Score,
    ScoreGrid,
    Section,
    SingleChoice,
    Subtotal,
    Text,
    computed_places,
    variable_types,
)
from .problems import Data, Place, Problem, Severity

# Addresses that the platform keeps beside those of the pages.
RESERVED_PAGES = frozenset({"accessibilite", "aide", "donnees", "envoi", "fin", "langue", "pause", "sortie"})
_WIDEST_SCORE = 100  # one button for each score
_LARGEST_CODE = 2**31 - 1

# When something is fixed: (index of the page, index of the question on it).
_Moment = tuple[int, int]
_BEFORE = -1
_AFTER = 1_000_000


def check(questionnaire: Questionnaire) -> list[Problem]:
    """Every problem of a version, with its path as in a file. A warning does not make the version invalid."""
    checker = _Checker(questionnaire)
    for node, place in _walk(questionnaire, Place(path="")):
        checker.visit(node, place)
    checker.check_rules()
    return checker.problems


def _walk(node: object, place: Place) -> Iterator[tuple[object, Place]]:
    """Every part of a version with its place, in the order of the file."""
    if isinstance(node, LocalText):
        yield node, place
    elif isinstance(node, tuple):
        for index, item in enumerate(node):
            yield from _walk(item, replace(place, path=f"{place.path}[{index}]"))
    elif is_dataclass(node) and not isinstance(node, Expression):
        place = _named(node, place)
        yield node, place
        for field in fields(node):
            if field.init:
                yield from _walk(getattr(node, field.name), _inside(place, field.name))


def _named(node: object, place: Place) -> Place:
    if isinstance(node, Page):
        return replace(place, page=node.name)
    if isinstance(node, Question):
        return replace(place, question=node.name)
    if isinstance(node, Computed | ContextVariable):
        return replace(place, variable=node.name)
    return place


def _inside(place: Place, *steps: str | int) -> Place:
    path = place.path or ""
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return replace(place, path=path)


class _Checker:
    """Collects the problems of one version."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.questionnaire = questionnaire
        self.problems: list[Problem] = []
        self._names: dict[str, set[str]] = {}

    def report(self, problem: str, place: Place, severity: Severity = Severity.BLOCKING, **data: Data) -> None:
        self.problems.append(Problem(problem, place, severity, data))

    def visit(self, node: object, place: Place) -> None:
        """The checks of one part by itself, and of its names among those before it."""
        match node:
            case LocalText():
                self._languages(node, place)
            case Questionnaire():
                self._unique(node.languages, _inside(place, "languages"))
            case Section():
                self._claim("section", (node.name,), place)
            case Page():
                self._page(node, place)
            case Question():
                self._question(node, place)
            case Exit():
                self._claim("exit", (node.name,), place)
            case Check():
                self._claim("check", (node.name,), place)
                self._at(node, place)
            case Computed() | ContextVariable():
                self._variable((node.name,), place)
                self._decimals(node.decimals, place)
                if isinstance(node, ContextVariable):
                    self._choices(node.choices, place, fewest=2 if node.type == "choice" else 0)

    def _languages(self, text: LocalText, place: Place) -> None:
        languages = self.questionnaire.languages
        for language in languages:
            if not text.get(language, "").strip():
                self.report("translation-missing", place, language=language)
        for language in text:
            if language not in languages:
                self.report("language-unknown", _inside(place, language), language=language)

    def _claim(self, space: str, names: Iterable[str], place: Place) -> None:
        """Take names of one kind of thing; each may be taken once."""
        taken = self._names.setdefault(space, set())
        for name in names:
            if name in taken:
                self.report("name-duplicate", _inside(place, "name"), name=name)
            taken.add(name)

    def _unique(self, names: Iterable[str], place: Place) -> None:
        seen: set[str] = set()
        for index, name in enumerate(names):
            if name in seen:
                self.report("name-duplicate", _inside(place, index), name=name)
            seen.add(name)

    def _variable(self, names: Iterable[str], place: Place) -> None:
        names = tuple(names)
        self._claim("variable", names, place)
        for name in names:
            if name in RESERVED_WORDS:
                self.report("name-reserved", _inside(place, "name"), name=name)

    def _page(self, page: Page, place: Place) -> None:
        self._claim("page", (page.name,), place)
        if page.name in RESERVED_PAGES:
            self.report("name-reserved", _inside(place, "name"), name=page.name)
        if not page.questions and page.intro is None:
            self.report("page-empty", place)

    def _at(self, check: Check, place: Place) -> None:
        page = next(
            page
            for section in self.questionnaire.sections
            for page in section.pages
            if any(one is check for one in page.checks)
        )
        known = {name for one in page.questions for name in (one.name, *one.answers)}
        for index, name in enumerate(check.at):
            if name not in known:
                self.report("at-unknown", _inside(place, "at", index), name=name)

    def _question(self, question: Question, place: Place) -> None:
        # The question itself, its answers and its variables share one space: rules and files use them all.
        self._variable(dict.fromkeys((question.name, *question.answers, *question.columns)), place)
        if question.sensitive and question.required is Required.HARD and not question.offered:
            self.report("sensitive-required", place, Severity.WARNING)
        match question:
            case SingleChoice() | ChoiceGrid():
                self._choices(question.choices, place)
                self._subtotals(question.subtotals, question.choices, place)
            case MultipleChoice():
                self._multiple(question, place)
            case Number():
                self._decimals(question.decimals, place)
                self._bounds(question.minimum, question.maximum, place)
            case Text():
                self._bounds(1, question.maximum, place)
        if isinstance(question, ScoreGrid | ChoiceGrid):
            self._rows(question.rows, place)
        if isinstance(question, Score | ScoreGrid):
            self._scale(question.minimum, question.maximum, place)

    def _choices(self, choices: tuple[Choice, ...], place: Place, *, exclusive: bool = False, fewest: int = 2) -> None:
        place = _inside(place, "choices")
        if len(choices) < fewest:
            self.report("choices-too-few", place, count=len(choices))
        names: set[str] = set()
        codes: set[int] = set()
        for index, choice in enumerate(choices):
            if choice.name in names:
                self.report("name-duplicate", _inside(place, index, "name"), name=choice.name)
            if choice.code in codes:
                self.report("code-duplicate", _inside(place, index, "code"), code=choice.code)
            if not 0 <= choice.code <= _LARGEST_CODE:
                self.report("code-out-of-bounds", _inside(place, index, "code"), code=choice.code)
            if choice.exclusive and not exclusive:
                self.report("exclusive-misplaced", _inside(place, index, "exclusive"), choice=choice.name)
            names.add(choice.name)
            codes.add(choice.code)

    def _multiple(self, question: MultipleChoice, place: Place) -> None:
        self._choices(question.choices, place, exclusive=True)
        together = sum(not choice.exclusive for choice in question.choices)
        if together == 0:
            self.report("exclusive-alone", _inside(place, "choices"))
        for key, bound in (("minimum", question.minimum), ("maximum", question.maximum)):
            if bound is not None and bound > len(question.choices):
                count = len(question.choices)
                self.report("bounds-out-of-reach", _inside(place, key), maximum=bound, count=count)
        self._bounds(question.minimum, question.maximum, place)

    def _subtotals(self, subtotals: tuple[Subtotal, ...], choices: tuple[Choice, ...], place: Place) -> None:
        place = _inside(place, "subtotals")
        known = {choice.name for choice in choices}
        seen: set[str] = set()
        for index, subtotal in enumerate(subtotals):
            if subtotal.name in seen | known:
                self.report("name-duplicate", _inside(place, index, "name"), name=subtotal.name)
            seen.add(subtotal.name)
            self._unique(subtotal.choices, _inside(place, index, "choices"))
            for number, name in enumerate(subtotal.choices):
                if name not in known:
                    self.report("subtotal-choice-unknown", _inside(place, index, "choices", number), choice=name)

    def _rows(self, rows: tuple[Row, ...], place: Place) -> None:
        # Two rows of one name are two answers of one name, which `_claim` cannot tell from one.
        place = _inside(place, "rows")
        if not rows:
            self.report("rows-missing", place)
        seen: set[str] = set()
        for index, row in enumerate(rows):
            if row.name in seen:
                self.report("name-duplicate", _inside(place, index, "name"), name=row.name)
            seen.add(row.name)

    def _decimals(self, decimals: int, place: Place) -> None:
        if not 0 <= decimals <= MAX_DECIMALS:
            self.report("decimals-out-of-bounds", _inside(place, "decimals"), decimals=decimals, maximum=MAX_DECIMALS)

    def _bounds(self, minimum: int | None, maximum: int | None, place: Place) -> None:
        if minimum is not None and minimum < 0:
            self.report("bounds-negative", _inside(place, "minimum"), minimum=minimum)
        for key, bound in (("minimum", minimum), ("maximum", maximum)):
            if bound is not None and abs(bound) > MAX_INTEGER:
                self.report("number-not-exact", _inside(place, key), found=bound)
        if maximum is not None and maximum < (minimum or 0):
            self.report("bounds-crossed", _inside(place, "maximum"), minimum=minimum or 0, maximum=maximum)

    def _scale(self, minimum: int, maximum: int, place: Place) -> None:
        self._bounds(minimum, None, place)
        place = _inside(place, "maximum")
        if maximum <= minimum:
            self.report("bounds-crossed", place, minimum=minimum, maximum=maximum)
        if maximum - minimum > _WIDEST_SCORE:
            self.report("bounds-out-of-reach", place, maximum=maximum, count=minimum + _WIDEST_SCORE)

    def check_rules(self) -> None:
        """The types of every rule, and that it reads only what is fixed before it."""
        rules = _Rules(self.questionnaire)
        for node, place, moment in _moments(self.questionnaire):
            match node:
                case Section(when=rule) | Page(when=rule) | Question(when=rule) | Exit(when=rule):
                    if rule is not None:
                        self.problems += rules.check(rule, _inside(place, "when"), moment)
                case Check(rule=rule):
                    self.problems += rules.check(rule, _inside(place, "rule"), moment)
                case Computed():
                    self.problems += rules.check_computed(node, _inside(place, "rule"), moment)


def _moments(questionnaire: Questionnaire) -> Iterator[tuple[object, Place, _Moment]]:
    """Everything that has a rule, with its place and the moment at which the rule is read."""
    page_index = 0
    for number, section in enumerate(questionnaire.sections):
        place = _inside(Place(path=""), "sections", number)
        yield section, place, (page_index, _BEFORE)
        for index, page in enumerate(section.pages):
            here = replace(_inside(place, "pages", index), page=page.name)
            yield page, here, (page_index, _BEFORE)
            for order, question in enumerate(page.questions):
                at = replace(_inside(here, "questions", order), question=question.name)
                yield question, at, (page_index, order)
            for key, parts in (("checks", page.checks), ("exits", page.exits)):
                for order, part in enumerate(parts):
                    yield part, _inside(here, key, order), (page_index, _AFTER + 1)
            page_index += 1
    for order, computed in enumerate(questionnaire.computed):
        place = replace(_inside(Place(path=""), "computed", order), variable=computed.name)
        yield computed, place, (page_index, order)


class _Rules:
    """What rules may read, and from when on."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self._types = dict(variable_types(questionnaire))
        self._fixed: dict[str, _Moment] = {one.name: (_BEFORE, _BEFORE) for one in questionnaire.context}
        pages = [page for section in questionnaire.sections for page in section.pages]
        for index, page in enumerate(pages):
            for order, question in enumerate(page.questions):
                self._fixed.update(dict.fromkeys(question.answers, (index, order)))
        places = computed_places(questionnaire)
        self._fixed.update({name: (place, _AFTER) for name, place in places.items()})
        self._order = {one.name: order for order, one in enumerate(questionnaire.computed)}

    def check(self, rule: Expression, place: Place, moment: _Moment) -> list[Problem]:
        # An unknown variable is a problem of types, not of order.
        later = [name for name in references(rule) if name in self._fixed and self._fixed[name] >= moment]
        return [*self._typed(rule, place, Kind.BOOLEAN), *_later(later, place)]

    def check_computed(self, computed: Computed, place: Place, moment: _Moment) -> list[Problem]:
        """A computed variable may read every answer, and the computed variables declared before it."""
        rule = computed.rule
        later = [name for name in references(rule) if self._order.get(name, -1) >= moment[1]]
        problems = [*self._typed(rule, place, None), *_later(later, place)]
        found = type_of(rule, self._types)
        if not problems and found is not None:
            problems += self._result(computed, found, place)
        return problems

    def _typed(self, rule: Expression, place: Place, expected: Kind | None) -> list[Problem]:
        return [replace(one, place=place) for one in check_types(rule, self._types, expected)]

    def _result(self, computed: Computed, found: VariableType, place: Place) -> list[Problem]:
        if found.kind not in (Kind.NUMBER, Kind.BOOLEAN, Kind.NULL):
            data: dict[str, Data] = {"expected": Kind.NUMBER.value, "found": found.kind.value}
            return [Problem("rule-result", place, data=data)]
        if found.decimals > computed.decimals:
            data = {"decimals": computed.decimals, "found": found.decimals}
            return [Problem("rule-too-many-decimals", place, data=data)]
        return []


def _later(names: Iterable[str], place: Place) -> list[Problem]:
    return [Problem("rule-variable-later", place, data={"variable": name}) for name in sorted(names)]
