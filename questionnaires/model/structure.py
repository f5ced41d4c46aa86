"""A version and its parts above the questions: sections, pages, checks, exits, what is computed or known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, TypeVar

from ..expressions import Expression, Kind, VariableType
from ..problems import Severity
from .items import item_name, item_page, split_item
from .modes import by_telephone, on_paper
from .parts import Choice, LocalText, codes
from .questions import Question, Roster

Built = TypeVar("Built")


@dataclass(frozen=True, slots=True)
class Check:
    """A rule that must hold on a page: violated only when definitely false. `at` names where to say so."""

    name: str
    severity: Severity
    rule: Expression
    message: LocalText
    at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exit:
    """Where a response ends early, once `when` is definitely true; keep=False stores none of its answers."""

    name: str
    when: Expression
    keep: bool
    title: LocalText
    text: LocalText


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked together and saved together."""

    name: str
    title: LocalText
    intro: LocalText | None = None
    when: Expression | None = None
    questions: tuple[Question, ...] = ()
    checks: tuple[Check, ...] = ()
    exits: tuple[Exit, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the questionnaire; its condition holds for all of its pages.

    `repeat` names the roster, or the multiple choice, over whose items the pages are asked, item after item.
    Neighbouring sections with the same `shuffle` come in an order drawn for each response.
    """

    name: str
    title: LocalText
    when: Expression | None = None
    repeat: str | None = None
    shuffle: str | None = None
    pages: tuple[Page, ...] = ()


@dataclass(frozen=True, slots=True)
class Computed:
    """A variable that no one is asked: a number, or a boolean kept as 0 or 1, times 10**decimals.

    With `repeat`, one for each item of that roster, from the answers about the item. `formerly`: its name in the
    version before, where it had another.
    """

    name: str
    label: LocalText
    rule: Expression
    decimals: int = 0
    repeat: str | None = None
    concept: str | None = None
    note: str | None = None
    formerly: str | None = None


@dataclass(frozen=True, slots=True)
class ContextVariable:
    """A variable known before the first page, frozen when the response starts.

    `provider` says by whom: whoever sent the invitation (`external`), or the response itself (its language, its
    mode, the day it started).
    """

    TYPES: ClassVar[tuple[str, ...]] = ("number", "text", "choice", "date", "month")
    PROVIDERS: ClassVar[Mapping[str, str | None]] = {
        "external": None,
        "language": "text",
        "mode": "text",
        "started_on": "date",
    }
    """Provider -> the one type that it gives, None for any."""

    name: str
    type: str
    label: LocalText
    choices: tuple[Choice, ...] = ()
    decimals: int = 0
    provider: str = "external"

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind(self.type), self.decimals, codes(self.choices))


@dataclass(frozen=True, slots=True)
class Experiment:
    """A random allocation of the responses to arms of equal chances, drawn once, when a response starts.

    Rules read it as a choice (`formulation = 'courte'`).
    """

    name: str
    label: LocalText
    arms: tuple[Choice, ...]

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind.CHOICE, choices=codes(self.arms))


@dataclass(frozen=True, slots=True)
class QuotaCell:
    """A part of the population that is counted; a response is in it once its rule is definitely true."""

    name: str
    label: LocalText
    when: Expression


@dataclass(frozen=True, slots=True)
class Quota:
    """Cells of which a response is in one at most, the first whose rule is true. Targets belong to the wave."""

    name: str
    label: LocalText
    cells: tuple[QuotaCell, ...]


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One version. Its lookups are made once, and `derive` keeps what the layers above compute from it.

    `contents`: respondents may look at the list of its sections, and go back to one of them.
    """

    name: str
    version: str
    population: str
    languages: tuple[str, ...]
    title: LocalText
    description: LocalText | None = None
    minutes: int = 10
    contents: bool = False
    source: str | None = None
    sections: tuple[Section, ...] = ()
    computed: tuple[Computed, ...] = ()
    context: tuple[ContextVariable, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    quotas: tuple[Quota, ...] = ()
    mode: str = "web"
    _pages: dict[str, Page] = field(init=False, repr=False, compare=False)
    _questions: dict[str, tuple[Page, Question]] = field(init=False, repr=False, compare=False)
    _derived: dict[Any, Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pages = {page.name: page for section in self.sections for page in section.pages}
        questions: dict[str, tuple[Page, Question]] = {}
        for page in pages.values():
            for one in page.questions:
                questions.setdefault(one.name, (page, one))
        object.__setattr__(self, "_pages", pages)
        object.__setattr__(self, "_questions", questions)
        object.__setattr__(self, "_derived", {})

    def __hash__(self) -> int:
        return hash((self.name, self.version, self.population))

    @property
    def first_language(self) -> str:
        return self.languages[0]

    @property
    def pages(self) -> tuple[Page, ...]:
        """All pages, in order."""
        return tuple(self._pages.values())

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions, in order."""
        return tuple(question for _, question in self._questions.values())

    @property
    def exits(self) -> tuple[Exit, ...]:
        return tuple(one for page in self._pages.values() for one in page.exits)

    def page(self, name: str) -> Page:
        """A page by its name, `page.2` for that of an item; KeyError when there is none, as for the lookups below."""
        found = self._pages.get(name)
        return found if found is not None else self._copy(_item_page, name)

    def question(self, name: str) -> Question:
        """A question by its name; `name[2]` is a copy of it that belongs to an item, as are its answers."""
        found = self._questions.get(name)
        return found[1] if found is not None else self._copy(_item_question, name)

    def page_of(self, question: str) -> Page:
        """The page of a question; of an item's question, the page of that item."""
        base, item = split_item(question)
        page = self._questions[base][0]
        return page if item is None else self.page(item_page(page.name, item))

    def section_of(self, page: str) -> Section:
        """The section of a page, also of the page of an item."""
        return self.derive(_sections_by_page)[split_item(page)[0]]

    def repeat_of(self, page: str) -> str | None:
        """The roster over whose items a page is asked, None when it is asked once."""
        return self.section_of(page).repeat

    def question_of(self, answer: str) -> Question:
        """The question to which a key of the given document belongs; of an item's answer, the item's question."""
        found = self.derive(_questions_by_key).get(answer)
        if found is not None:
            return found
        base, item = split_item(answer)
        question = self.derive(_questions_by_key)[base]
        is_line = isinstance(question, Roster)  # the words of an item belong to the roster itself
        return question if item is None or is_line else self.question(item_name(question.name, item))

    def _copy(self, build: Callable[[Questionnaire, str, int], Built], name: str) -> Built:
        """A page or a question of an item, made once."""
        kept: dict[str, Built] = self._derived.setdefault(build, {})
        found = kept.get(name)
        if found is None:
            base, item = split_item(name)
            if item is None:
                raise KeyError(name)
            found = build(self, base, item)
            if len(kept) < _MOST_COPIES:  # names come from addresses: a robot must not fill the memory
                kept[name] = found
        return found

    def check(self, name: str) -> Check:
        return {one.name: one for page in self._pages.values() for one in page.checks}[name]

    def exit(self, name: str) -> Exit:
        return {one.name: one for one in self.exits}[name]

    def for_mode(self, mode: str) -> Questionnaire:
        """The version as it is asked in a mode: `web` (as it is written), `telephone`, `paper`. Made once.

        By telephone every question may be answered by not knowing or by a refusal. On paper nothing is required
        and no check blocks: what is on paper cannot be asked again.
        """
        return self if mode == self.mode else self.derive(_IN_MODES[mode])

    def derive(self, build: Callable[[Questionnaire], Built]) -> Built:
        """What a pure function computes from this version, computed once and kept with it."""
        try:
            found: Built = self._derived[build]
        except KeyError:
            found = self._derived[build] = build(self)
        return found


_MOST_COPIES = 20_000


def _asked(questionnaire: Questionnaire, mode: str, question: Callable[[Question], Question]) -> Questionnaire:
    """The version with each of its questions as a mode asks it."""
    sections = tuple(
        replace(
            section,
            pages=tuple(
                replace(page, questions=tuple(map(question, page.questions)), checks=_checks(page, mode))
                for page in section.pages
            ),
        )
        for section in questionnaire.sections
    )
    return replace(questionnaire, sections=sections, mode=mode)


def _checks(page: Page, mode: str) -> tuple[Check, ...]:
    if mode != "paper":
        return page.checks
    return tuple(
        replace(one, severity=Severity.WARNING) if one.severity is Severity.BLOCKING else one for one in page.checks
    )


def _by_telephone(questionnaire: Questionnaire) -> Questionnaire:
    return _asked(questionnaire, "telephone", by_telephone)


def _on_paper(questionnaire: Questionnaire) -> Questionnaire:
    return _asked(questionnaire, "paper", on_paper)


_IN_MODES: Mapping[str, Callable[[Questionnaire], Questionnaire]] = {
    "telephone": _by_telephone,
    "paper": _on_paper,
}


def _item_question(questionnaire: Questionnaire, base: str, item: int) -> Question:
    page, question = questionnaire._questions[base]
    if questionnaire.repeat_of(page.name) is None:
        raise KeyError(item_name(base, item))
    return replace(question, name=item_name(base, item))


def _item_page(questionnaire: Questionnaire, base: str, item: int) -> Page:
    page = questionnaire._pages[base]
    if questionnaire.repeat_of(base) is None:
        raise KeyError(item_page(base, item))
    questions = tuple(questionnaire.question(item_name(one.name, item)) for one in page.questions)
    return replace(page, name=item_page(base, item), questions=questions)


def _sections_by_page(questionnaire: Questionnaire) -> dict[str, Section]:
    return {page.name: section for section in questionnaire.sections for page in section.pages}


def _questions_by_key(questionnaire: Questionnaire) -> dict[str, Question]:
    return {name: question for question in questionnaire.questions for name in question.keys}


def variable_types(questionnaire: Questionnaire) -> Mapping[str, VariableType]:
    """The type of everything that a rule may read: context, experiments, answers, computed variables.

    What is answered for each item of a roster names it in its type.
    """
    types: dict[str, VariableType] = {one.name: one.answer_type for one in questionnaire.context}
    types.update({one.name: one.answer_type for one in questionnaire.experiments})
    for section in questionnaire.sections:
        for page in section.pages:
            for question in page.questions:
                # Of a name taken twice, which is a problem of its own, the first counts.
                for name, one in _answer_types(question).items():
                    types.setdefault(name, one if section.repeat is None else replace(one, roster=section.repeat))
    computed = {one.name: VariableType(Kind.NUMBER, one.decimals, roster=one.repeat) for one in questionnaire.computed}
    return computed | types


def _answer_types(question: Question) -> dict[str, VariableType]:
    if not question.answers:
        return {}
    return {**dict.fromkeys(question.answers, question.answer_type), **question.details}
