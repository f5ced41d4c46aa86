"""Names: each kind of thing has its own, and what rules and files read shares one space."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..expressions import NAME, RESERVED_WORDS
from ..model import (
    Check,
    Choice,
    Computed,
    ContextVariable,
    Exit,
    Experiment,
    Grid,
    Page,
    Question,
    Questionnaire,
    Quota,
    Roster,
    Row,
    Section,
    choices_of,
    variable_types,
)
from ..problems import Place, Problem
from .places import Findings, inside, walk

# Addresses that the platform keeps beside those of the pages.
RESERVED_PAGES = frozenset({"accessibilite", "aide", "donnees", "envoi", "fin", "langue", "pause", "sortie"})


def check_names(questionnaire: Questionnaire) -> list[Problem]:
    """Names that are taken twice, that the platform keeps, that no rule could write, or that name nothing."""
    checker = _Names(questionnaire)
    for node, place in walk(questionnaire):
        checker.visit(node, place)
    return checker.problems


class _Names(Findings):
    def __init__(self, questionnaire: Questionnaire) -> None:
        super().__init__()
        self._repeats = {section.repeat for section in questionnaire.sections}
        self._known = variable_types(questionnaire).keys() | {one.name for one in questionnaire.questions}
        self._taken: dict[str, set[str]] = {}
        self._renamed: dict[str, set[str]] = {}

    def visit(self, node: object, place: Place) -> None:
        match node:
            case Questionnaire():
                self.unique(node.languages, inside(place, "languages"))
            case Section():
                self._claim("section", (node.name,), place)
            case Page():
                self._page(node, place)
            case Question():
                self._question(node, place)
            case Check():
                self._claim("check", (node.name,), place)
            case Exit():
                self._claim("exit", (node.name,), place)
            case Computed() | ContextVariable() | Experiment():
                self._variables((node.name,), place)
                if isinstance(node, Computed):
                    self._formerly((node,), self._known, "variable", place)
            case Quota():
                self._claim("quota", (node.name,), place)
                self.unique((cell.name for cell in node.cells), inside(place, "cells"), "name")

    def _claim(self, space: str, names: Iterable[str], place: Place) -> None:
        """Take names of one kind of thing; each may be taken once."""
        taken = self._taken.setdefault(space, set())
        for name in names:
            if name in taken:
                self.report("name-duplicate", inside(place, "name"), name=name)
            taken.add(name)

    def _formerly(
        self, parts: Iterable[Question | Computed | Choice | Row], taken: Collection[str], space: str, place: Place
    ) -> None:
        """Of what was renamed, the old name is nobody’s in this version, and is claimed once."""
        seen = self._renamed.setdefault(space, set())
        for index, part in enumerate(parts):
            if part.formerly is None:
                continue
            here = (
                inside(place, "formerly") if isinstance(part, Question | Computed) else inside(place, index, "formerly")
            )
            if part.formerly in taken:
                self.report("formerly-taken", here, name=part.formerly)
            elif part.formerly in seen:
                self.report("name-duplicate", here, name=part.formerly)
            seen.add(part.formerly)

    def _variables(self, names: Iterable[str], place: Place) -> None:
        names = tuple(names)
        self._claim("variable", names, place)
        for name in names:
            if name in RESERVED_WORDS:
                self.report("name-reserved", inside(place, "name"), name=name)
            elif not NAME.fullmatch(name):
                self.report("name-malformed", inside(place, "name"), name=name)

    def _page(self, page: Page, place: Place) -> None:
        self._claim("page", (page.name,), place)
        if page.name in RESERVED_PAGES:
            self.report("name-reserved", inside(place, "name"), name=page.name)
        known = {name for one in page.questions for name in (one.name, *one.answers, *one.details)}
        for order, check in enumerate(page.checks):
            for index, name in enumerate(check.at):
                if name not in known:
                    self.report("at-unknown", inside(place, "checks", order, "at", index), name=name)

    def _question(self, question: Question, place: Place) -> None:
        """The question, its answers, details, consent and variables share one space: rules and files use them."""
        answers = tuple(name for name in question.answers if name != question.name)
        columns = question.columns if question.columns != question.answers else ()
        beside = (*question.details, *((question.consent,) if question.consent else ()))
        # What says which item it is, in the table of the items.
        items = (f"{question.name}_item",) if isinstance(question, Roster) or question.name in self._repeats else ()
        names = (question.name, *answers, *columns, *beside, *items)
        # Of two parts of one name, which are told below, all names would be told again here.
        self._variables(names if _has_parts_apart(question) else dict.fromkeys(names), place)
        self.unique((one.name for one in question.variants), inside(place, "variants"), "name")
        self._formerly((question,), self._known, "variable", place)
        choices = choices_of(question)
        taken = {choice.name for choice in choices}
        self._formerly(choices, taken, f"{question.name} choices", inside(place, "choices"))
        if isinstance(question, Grid):
            taken = {row.name for row in question.rows}
            self._formerly(question.rows, taken, f"{question.name} rows", inside(place, "rows"))
            self.unique((row.name for row in question.rows), inside(place, "rows"), "name")
            self._apart(question, place)

    def _apart(self, grid: Grid, place: Place) -> None:
        """Where some are offered and others not, a row and a choice of one name could not be told apart."""
        choices = {choice.name: choice.when for choice in choices_of(grid)}
        for index, row in enumerate(grid.rows):
            if row.name in choices and (row.when is not None or choices[row.name] is not None):
                self.report("name-duplicate", inside(place, "rows", index, "name"), name=row.name)


def _has_parts_apart(question: Question) -> bool:
    rows = [row.name for row in question.rows] if isinstance(question, Grid) else []
    choices = [choice.name for choice in choices_of(question)]
    return len(set(rows)) == len(rows) and len(set(choices)) == len(choices)
