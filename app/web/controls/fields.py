"""Forms: from the posted strings of a page to its answers, by one field for each answer.

A field checks shape only; it gives an Answer, None when left blank, or Problems of the catalogue, and never
raises on what was posted. Meaning (required, bounds across answers, checks) is for `questionnaires.validation`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import singledispatch
from typing import Any

from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm

from app.web.controls.answer_fields import (
    AnswerField,
    CodeField,
    CodesField,
    ConsentField,
    NumberField,
    TextField,
    WordsField,
    clean,
)
from app.web.controls.composed_fields import (
    DateField,
    DurationField,
    MonthField,
    RankingField,
    RosterField,
    SuggesterField,
)
from questionnaires.model import (
    Answer,
    ChoiceGrid,
    Date,
    Duration,
    Month,
    MultipleChoice,
    MultipleGrid,
    Number,
    NumberGrid,
    Page,
    Question,
    Questionnaire,
    Ranking,
    Roster,
    Score,
    ScoreGrid,
    SingleChoice,
    Suggester,
    Text,
    Year,
    split_item,
)
from questionnaires.problems import Problem

__all__ = ["AnswerField", "PageForm", "clean", "make_field", "page_keys", "read_page"]


class PageForm(BaseForm):  # type: ignore[misc]
    """The posted answers of a page: those of `names` only."""

    def __init__(self, fields: Mapping[str, UnboundField], formdata: Any) -> None:
        super().__init__(fields)
        self.process(formdata)

    def __iter__(self) -> Iterator[AnswerField]:
        return iter(self._fields.values())

    @property
    def answers(self) -> dict[str, Answer | None]:
        """The answers that are valid by themselves; None where left blank; wrong ones are left out."""
        return {key: answer for field in self if not field.problems for key, answer in field.answers.items()}

    @property
    def problems(self) -> list[Problem]:
        """What is wrong by itself, in the order of the page."""
        return [problem for field in self for problem in field.problems]

    @property
    def typed(self) -> dict[str, tuple[str, ...]]:
        """By the name of its field, what was posted, cleaned, to be shown again as it was."""
        return {field.name: field.typed for field in self}

    def field_of(self, key: str) -> AnswerField | None:
        """The field that gives an answer: that of a place gives its details, that of a roster its lines."""
        found: AnswerField | None = self._fields.get(key)
        return found if found is not None else next((field for field in self if key in field.keys), None)


def read_page(questionnaire: Questionnaire, page: str, names: Collection[str] | None, formdata: Any) -> PageForm:
    """Read what was posted to a page, also to that of an item: the fields of these names, or all of them.

    `formdata` is a MultiDict.
    """
    fields = questionnaire.derive(_fields).get(page)
    if fields is None:
        fields = _page_fields(questionnaire.page(page))
    if names is not None:
        fields = {name: field for name, field in fields.items() if name in names}
    return PageForm(fields, formdata)


def page_keys(questionnaire: Questionnaire, page: str, document: Collection[str]) -> set[str]:
    """Every key of the given document that belongs to a page, with those of the lines of its rosters."""
    questions = questionnaire.page(page).questions
    rosters = {question.name for question in questions if isinstance(question, Roster)}
    keys = {key for question in questions for key in question.keys}
    if rosters:
        keys |= {key for key in document if key.endswith("]") and split_item(key)[0] in rosters}
    return keys


def _fields(questionnaire: Questionnaire) -> dict[str, dict[str, UnboundField]]:
    """Page -> name -> field, built once for each version."""
    return {page.name: _page_fields(page) for page in questionnaire.pages}


def _page_fields(page: Page) -> dict[str, UnboundField]:
    return {name: field for question in page.questions for name, field in _question_fields(question).items()}


def _question_fields(question: Question) -> dict[str, UnboundField]:
    """The fields of a question: its consent, its answers, the words beside its choices."""
    fields: dict[str, UnboundField] = {}
    if question.consent is not None:
        fields[question.consent] = ConsentField(question)
    for name in question.answers:
        fields[name] = make_field(question)
    if isinstance(question, SingleChoice | MultipleChoice):
        for name in question.details:
            fields[name] = WordsField(question)
    return fields


@singledispatch
def make_field(question: Question) -> UnboundField:
    """The field of each answer of a question: one entry for each type."""
    raise NotImplementedError(type(question).__name__)


@make_field.register(SingleChoice)
@make_field.register(ChoiceGrid)
def _make_choice(question: SingleChoice | ChoiceGrid) -> UnboundField:
    known = {str(choice.code): choice.code for choice in question.choices}
    return CodeField(question, known, Problem("choice-unknown"))


@make_field.register(Score)
@make_field.register(ScoreGrid)
def _make_score(question: Score | ScoreGrid) -> UnboundField:
    known = {str(score): score for score in range(question.minimum, question.maximum + 1)}
    bounds = {"minimum": question.minimum, "maximum": question.maximum}
    return CodeField(question, known, Problem("score-unknown", data=bounds))


@make_field.register(MultipleChoice)
@make_field.register(MultipleGrid)
def _make_multiple(question: MultipleChoice | MultipleGrid) -> UnboundField:
    return CodesField(question, {str(choice.code): choice for choice in question.choices})


@make_field.register
def _make_ranking(question: Ranking) -> UnboundField:
    return RankingField(question, {str(choice.code): choice for choice in question.choices})


@make_field.register(Number)
@make_field.register(NumberGrid)
@make_field.register(Year)
def _make_number(question: Number | NumberGrid | Year) -> UnboundField:
    return NumberField(question)


@make_field.register
def _make_date(question: Date) -> UnboundField:
    return DateField(question)


@make_field.register
def _make_month(question: Month) -> UnboundField:
    return MonthField(question)


@make_field.register
def _make_duration(question: Duration) -> UnboundField:
    return DurationField(question)


@make_field.register
def _make_text(question: Text) -> UnboundField:
    return TextField(question)


@make_field.register
def _make_suggester(question: Suggester) -> UnboundField:
    return SuggesterField(question)


@make_field.register
def _make_roster(question: Roster) -> UnboundField:
    return RosterField(question)
