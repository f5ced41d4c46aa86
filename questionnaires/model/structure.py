"""A version and its parts above the questions: sections, pages, checks, exits, what is computed or known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from ..expressions import Expression, Kind, VariableType, references
from ..problems import Severity
from .questions import Choice, LocalText, Question, codes

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
    """A part of the questionnaire; its condition holds for all of its pages."""

    name: str
    title: LocalText
    when: Expression | None = None
    pages: tuple[Page, ...] = ()


@dataclass(frozen=True, slots=True)
class Computed:
    """A variable that no one is asked: a number, or a boolean kept as 0 or 1, times 10**decimals."""

    name: str
    label: LocalText
    rule: Expression
    decimals: int = 0
    concept: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ContextVariable:
    """A variable known before the first page: prefilled, or given by whoever sent the invitation."""

    TYPES: ClassVar[tuple[str, ...]] = ("number", "text", "choice")

    name: str
    type: str
    label: LocalText
    choices: tuple[Choice, ...] = ()
    decimals: int = 0

    @property
    def answer_type(self) -> VariableType:
        return VariableType(Kind(self.type), self.decimals, codes(self.choices))


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One version. Its lookups are made once, and `derive` keeps what the layers above compute from it."""

    name: str
    version: str
    population: str
    languages: tuple[str, ...]
    title: LocalText
    description: LocalText | None = None
    minutes: int = 10
    source: str | None = None
    sections: tuple[Section, ...] = ()
    computed: tuple[Computed, ...] = ()
    context: tuple[ContextVariable, ...] = ()
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
        """A page by its name; KeyError when there is none, as for the lookups below."""
        return self._pages[name]

    def question(self, name: str) -> Question:
        return self._questions[name][1]

    def page_of(self, question: str) -> Page:
        return self._questions[question][0]

    def question_of(self, answer: str) -> Question:
        """The question to which an answer name belongs."""
        return self.derive(_questions_by_answer)[answer]

    def check(self, name: str) -> Check:
        return {one.name: one for page in self._pages.values() for one in page.checks}[name]

    def exit(self, name: str) -> Exit:
        return {one.name: one for one in self.exits}[name]

    def derive(self, build: Callable[[Questionnaire], Built]) -> Built:
        """What a pure function computes from this version, computed once and kept with it."""
        try:
            found: Built = self._derived[build]
        except KeyError:
            found = self._derived[build] = build(self)
        return found


def _questions_by_answer(questionnaire: Questionnaire) -> dict[str, Question]:
    return {name: question for question in questionnaire.questions for name in question.answers}


def variable_types(questionnaire: Questionnaire) -> Mapping[str, VariableType]:
    """The type of everything that a rule may read: context, answers, computed variables."""
    types: dict[str, VariableType] = {one.name: one.answer_type for one in questionnaire.context}
    for question in questionnaire.questions:
        # Of a name taken twice, which is a problem of its own, the first counts.
        answer_type = question.answer_type
        for name in question.answers:
            types.setdefault(name, answer_type)
    computed = {one.name: VariableType(Kind.NUMBER, one.decimals) for one in questionnaire.computed}
    return computed | types


def computed_places(questionnaire: Questionnaire) -> dict[str, int]:
    """For each computed variable, the index of the page after which it is fixed; -1: before the first one."""
    pages = {
        name: place
        for place, page in enumerate(questionnaire.pages)
        for question in page.questions
        for name in question.answers
    }
    places: dict[str, int] = {}
    for one in questionnaire.computed:
        # A computed variable reads only those declared before it.
        read = references(one.rule)
        places[one.name] = max((pages.get(name, places.get(name, -1)) for name in read), default=-1)
    return places
