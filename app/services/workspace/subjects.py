"""What a table may be about: the closed variables of a version, as columns and as rows, named as people read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.estimation.layout import Measure
from app.services import indicators
from app.services.tallies import measure_of
from questionnaires import codebook
from questionnaires.codebook import Variable
from questionnaires.expressions import Absence
from questionnaires.model import (
    Grid,
    LocalText,
    MultipleChoice,
    MultipleGrid,
    Question,
    Questionnaire,
    Ranking,
    Subtotal,
    choices_of,
    part_name,
)
from questionnaires.piping import outline


@dataclass(frozen=True, slots=True)
class Subject:
    """A column variable, or the choices of a multiple question side by side (`is_several`).

    `question`: the full wording; `label`: what a menu shows; `group`: the section that it stands in.
    """

    name: str
    group: str
    label: str
    question: str
    variables: tuple[Variable, ...]
    subtotals: tuple[Subtotal, ...] = ()
    asked: Question | None = None
    is_several: bool = False

    @property
    def variable(self) -> Variable:
        """The variable; of several choices, the first."""
        return self.variables[0]

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What is counted of it."""
        return tuple(found for one in self.variables if (found := measure_of(one)) is not None)

    @property
    def is_number(self) -> bool:
        """Whether it has a mean and no shares."""
        return self.measures[0].kind == "number"

    @property
    def has_order(self) -> bool:
        """Whether its codes are values, so that they have a mean: a number, a score, a rank is not one."""
        return self.is_number or self.variable.kind is codebook.VariableKind.SCORE

    @property
    def is_divisible(self) -> bool:
        """Whether people can be divided by it: it has codes, each person at most one."""
        return not self.is_several and not self.is_number

    @property
    def without_sign(self) -> int:
        """How many of its columns, the last ones, are compared with no other row: a spread, a median."""
        return 0 if self.is_several or not self.has_order else 1 if self.is_number else 2

    def labels(self, language: str, no_opinion: str) -> dict[int, str]:
        """Code -> its words."""
        variable = self.variable
        found = {code: outline(label.in_(language)) for code, label in variable.codes}
        for code in self.measures[0].counted_codes:
            found.setdefault(code, no_opinion if code == Absence.NO_OPINION else str(code))
        return found


def subjects(questionnaire: Questionnaire, language: str, others: Mapping[str, str]) -> dict[str, Subject]:
    """Everything that may be tabulated, by name, in the order of the questionnaire.

    `others`: names of the groups of what nobody is asked ("computed").
    """
    groups = {
        question.name: outline(section.title.in_(language))
        for section in questionnaire.sections
        for page in section.pages
        for question in page.questions
    }
    found: dict[str, Subject] = {}
    for variable in (*codebook.variables(questionnaire), *indicators.variables_of(questionnaire)):
        if measure_of(variable) is None:
            continue
        asked = questionnaire.question(variable.question) if variable.question else None
        group = groups.get(variable.question, others["computed"])
        if isinstance(asked, MultipleChoice | MultipleGrid):
            for one in _several(asked, variable, questionnaire, group, language):
                found.setdefault(one.name, one)
        found.setdefault(variable.name, _single(variable, asked, group, language))
    return found


def _single(variable: Variable, asked: Question | None, group: str, language: str) -> Subject:
    said = outline(variable.label.in_(language))
    question = said if asked is None else outline(asked.text.in_(language))
    label = question
    if asked is not None and (isinstance(asked, Grid | Ranking | MultipleChoice | MultipleGrid)):
        label = f"{question} – {said}"
        if isinstance(asked, MultipleGrid):
            rows = {one.name: outline(one.label.in_(language)) for one in asked.rows}
            label = f"{question} – {rows.get(variable.row or '', '')} – {said}"
        question = label
    subtotals = getattr(asked, "subtotals", ()) if variable.codes else ()
    return Subject(variable.name, group, label, question, (variable,), tuple(subtotals), asked)


def _several(
    asked: MultipleChoice | MultipleGrid, variable: Variable, questionnaire: Questionnaire, group: str, language: str
) -> Iterator[Subject]:
    """The multiple question, or the row of the grid, that this choice belongs to."""
    text = outline(asked.text.in_(language))
    name, label = asked.name, text
    if isinstance(asked, MultipleGrid):
        name = part_name(asked.name, variable.row or "")
        row: LocalText = next(one.label for one in asked.rows if one.name == variable.row)
        label = f"{text} – {outline(row.in_(language))}"
    parts = tuple(
        one
        for one in codebook.variables(questionnaire)
        if one.question == asked.name and one.row == variable.row and measure_of(one) is not None
    )
    parts = tuple(one for one in parts if one.kind is codebook.VariableKind.INDICATOR)
    yield Subject(name, group, label, label, parts, asked=asked, is_several=True)


def groups_of(subject: Subject) -> dict[str, tuple[int, ...]]:
    """Name of a subtotal -> the codes that it adds up."""
    codes = {choice.name: choice.code for choice in choices_of(subject.asked)} if subject.asked is not None else {}
    return {one.name: tuple(codes[choice] for choice in one.choices) for one in subject.subtotals}
