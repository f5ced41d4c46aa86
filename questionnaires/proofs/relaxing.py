"""The same version without some of what it asks for: to find out why something cannot be met."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..expressions import Expression, references
from ..model import (
    Choice,
    ChoiceGrid,
    Grid,
    Information,
    LocalText,
    MultipleChoice,
    MultipleGrid,
    Page,
    Quantity,
    Question,
    Questionnaire,
    Ranking,
    Section,
    SingleChoice,
    YesNo,
)
from ..problems import Place, Severity
from .goals import Goal

_ALONE = "seule"
_WORDS = LocalText({"fr": "…"})


def alone(questionnaire: Questionnaire, rule: Expression, scope: str | None) -> tuple[Questionnaire, Goal]:
    """A version that asks everybody what a rule reads, and nothing else; and the goal that the rule is true there."""
    names = closure(questionnaire, rule) | ({scope} if scope else set())
    repeated = {one.repeat for one in questionnaire.sections if one.repeat and _reads(one, names)}
    names |= {one for one in repeated if one is not None}
    sections: list[Section] = []
    for section in questionnaire.sections:
        pages = tuple(page for page in (_bare(one, names) for one in section.pages) if page.questions)
        if pages:
            sections.append(replace(section, when=None, shuffle=None, pages=pages))
    page = Page(_ALONE, _WORDS, when=rule, questions=(Information(name="seule_information", text=_WORDS),))
    sections.append(Section("seule-section", _WORDS, repeat=scope, pages=(page,)))
    computed = tuple(one for one in questionnaire.computed if one.name in names)
    made = replace(questionnaire, sections=tuple(sections), computed=computed, quotas=())
    return made, Goal("page", Place(path=""), name=_ALONE, page=_ALONE)


def closure(questionnaire: Questionnaire, rule: Expression) -> set[str]:
    """Everything that a rule reads, also through what is computed."""
    rules = {one.name: one.rule for one in questionnaire.computed}
    repeats = {one.name: one.repeat for one in questionnaire.computed}
    found: set[str] = set()
    waiting = set(references(rule))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting |= references(rules[name]) if name in rules else set()
            waiting |= {repeats[name] or name} if name in repeats else set()
    return found


def without_conditions(
    questionnaire: Questionnaire, page_name: str, rule: Expression | None
) -> Iterator[tuple[str, Questionnaire]]:
    """The version without one thing that comes before a page, the nearest first; with the name of that thing.

    An exit, a blocking check, or the condition of a section, a page or a question that is read.
    """
    pages = [page.name for page in questionnaire.pages]
    before = set(pages[: pages.index(page_name) + 1])
    read = set() if rule is None else closure(questionnaire, rule)
    found: list[tuple[str, Questionnaire]] = []
    for page in questionnaire.pages:
        if page.name not in before:
            break
        for leaving in page.exits if page.name != page_name else ():
            kept = tuple(one for one in page.exits if one is not leaving)
            found.append((leaving.name, _with_page(questionnaire, replace(page, exits=kept))))
        for check in page.checks:
            if check.severity is Severity.BLOCKING:
                others = tuple(one for one in page.checks if one is not check)
                found.append((check.name, _with_page(questionnaire, replace(page, checks=others))))
        if page.when is not None:
            found.append((page.name, _with_page(questionnaire, replace(page, when=None))))
        for question in page.questions:
            if question.when is not None and (read & set(question.keys) or page.name == page_name):
                asked = tuple(replace(one, when=None) if one is question else one for one in page.questions)
                found.append((question.name, _with_page(questionnaire, replace(page, questions=asked))))
    for section in questionnaire.sections:
        if section.when is not None and section.pages and section.pages[0].name in before:
            free = tuple(replace(one, when=None) if one is section else one for one in questionnaire.sections)
            found.append((section.name, replace(questionnaire, sections=free)))
    yield from reversed(found)


def _with_page(questionnaire: Questionnaire, page: Page) -> Questionnaire:
    sections = tuple(
        replace(section, pages=tuple(page if one.name == page.name else one for one in section.pages))
        for section in questionnaire.sections
    )
    return replace(questionnaire, sections=sections)


def _reads(section: Section, names: set[str]) -> bool:
    return any(names & set(question.keys) for page in section.pages for question in page.questions)


def _bare(page: Page, names: set[str]) -> Page:
    questions = tuple(_free(one) for one in page.questions if names & {one.name, *one.keys})
    return replace(page, when=None, questions=questions, checks=(), exits=())


def _free(question: Question) -> Question:
    """A question that is asked of everybody, with every choice and row, and no bound but its own."""
    free = replace(question, when=None, variants=(), prefill=None)
    if isinstance(free, Quantity):
        free = replace(free, at_least=None, at_most=None, above=None, below=None)
    if isinstance(free, Grid):
        free = replace(free, rows=tuple(replace(one, when=None) for one in free.rows))
    if isinstance(free, SingleChoice | MultipleChoice | Ranking | ChoiceGrid | MultipleGrid) and not isinstance(
        free, YesNo
    ):
        free = replace(free, choices=tuple(_offered(one) for one in free.choices))
    return free


def _offered(choice: Choice) -> Choice:
    return replace(choice, when=None)
