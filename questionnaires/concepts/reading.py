"""Reads the register of concepts, and checks it against the versions whose questions it ties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from ..definition.shapes import Shape, ShapeIsInvalid, read_shape
from ..model import Grid, LocalText, Question, Questionnaire, choices_of
from .grades import Concept, Grade, Register, Scale, Tie


class RegisterIsInvalid(Exception):
    """The register cannot be used; the message has one problem a line."""


class _Scale(Shape):
    kind: str
    choices: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    subtotal: tuple[str, ...] = ()
    subtotal_label: dict[str, str] | None = None


class _Tie(Shape):
    questionnaire: str
    versions: tuple[str, ...] = Field(min_length=1)
    variable: str
    grade: Grade
    reason: dict[str, str]


class _Concept(Shape):
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: dict[str, str]
    definition: dict[str, str]
    scale: _Scale
    questions: tuple[_Tie, ...] = ()


class _File(Shape):
    format: Literal[1]
    concepts: tuple[_Concept, ...]


def read_register(content: bytes) -> Register:
    """The register of a file. Raises RegisterIsInvalid."""
    try:
        file = read_shape(_File, content)
    except ShapeIsInvalid as error:
        raise RegisterIsInvalid(str(error)) from error
    names = [one.name for one in file.concepts]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise RegisterIsInvalid("\n".join(f"{name}: told twice" for name in twice))
    return Register({one.name: _concept(one) for one in file.concepts})


def _concept(one: _Concept) -> Concept:
    fields = one.scale.model_dump() | {
        "subtotal_label": LocalText(one.scale.subtotal_label) if one.scale.subtotal_label else None
    }
    ties = (
        Tie(tie.questionnaire, tie.versions, tie.variable, tie.grade, LocalText(tie.reason)) for tie in one.questions
    )
    return Concept(one.name, LocalText(one.label), LocalText(one.definition), Scale(**fields), tuple(ties))


def problems_of(register: Register, versions: Mapping[tuple[str, str], Questionnaire]) -> list[str]:
    """What is wrong between a register and versions, by (questionnaire, version): one sentence each.

    Every concept asked must be known, every tie must name what is asked, and a grade A or B needs the scale itself.
    """
    return [*_unknown(register, versions), *_wrong_ties(register, versions)]


def _unknown(register: Register, versions: Mapping[tuple[str, str], Questionnaire]) -> Iterator[str]:
    for (name, version), questionnaire in versions.items():
        for variable, concept in concepts_of(questionnaire).items():
            if concept not in register:
                yield f"{name} {version}: “{variable}” measures “{concept}”, which is not in the register"


def concepts_of(questionnaire: Questionnaire) -> dict[str, str]:
    """Concept by name of question or computed variable, in the order of the questionnaire."""
    pages = (page for section in questionnaire.sections for page in section.pages)
    asked = {one.name: one.concept for page in pages for one in page.questions}
    computed = {one.name: one.concept for one in questionnaire.computed}
    return {name: concept for name, concept in (asked | computed).items() if concept}


def _wrong_ties(register: Register, versions: Mapping[tuple[str, str], Questionnaire]) -> Iterator[str]:
    for concept in register.concepts.values():
        for tie in concept.ties:
            for version in tie.versions:
                place = f"{concept.name}: {tie.questionnaire} {version}, “{tie.variable}”"
                questionnaire = versions.get((tie.questionnaire, version))
                if questionnaire is None:
                    yield f"{place}: no such version"
                elif concepts_of(questionnaire).get(tie.variable) != concept.name:
                    yield f"{place}: not a question of this concept"
                elif tie.grade.is_comparable and not fits(concept.scale, questionnaire, tie.variable):
                    yield f"{place}: grade {tie.grade} without the scale of the concept"


def fits(scale: Scale, questionnaire: Questionnaire, variable: str) -> bool:
    """Whether a question has the scale. The rows of a grid are scores of their own: there may be more of them."""
    if variable in {one.name for one in questionnaire.computed}:
        return scale.kind == "computed"
    question = questionnaire.question(variable)
    names = tuple(choice.name for choice in choices_of(question))
    bounds = [getattr(question, side, None) for side in ("minimum", "maximum")]
    is_ranged = scale.kind in ("score", "score_grid")
    rows = {row.name for row in question.rows} if isinstance(question, Grid) else set()
    return (
        scale.kind == kind_of(question)
        and scale.choices == names
        and set(scale.rows) <= rows
        and (not is_ranged or bounds == [scale.minimum, scale.maximum])
        and (not scale.subtotal or scale.subtotal in {one.choices for one in getattr(question, "subtotals", ())})
    )


def kind_of(question: Question) -> str:
    """The kind of scale of a question: a labelled scale is a list of choices like another."""
    return _KINDS.get(type(question).__name__, type(question).__name__.lower())


_KINDS = {
    "SingleChoice": "choices",
    "Likert": "choices",
    "MultipleChoice": "multiple",
    "ScoreGrid": "score_grid",
    "ChoiceGrid": "choice_grid",
    "YesNo": "yes_no",
    "NumberGrid": "number_grid",
    "MultipleGrid": "multiple_grid",
}
