"""The file format, version 1: one pydantic model per thing in the file, one per type of question.

The fields have the names of those of the frozen types, so one function makes the model from a part, and the
writer reads a model back through the same fields. Their order is the order of the keys in a canonical file.
A new key is optional and has the default of its frozen type, so that older files stay valid and canonical.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import Field, WithJsonSchema

from .. import model
from .questions import QUESTIONS, AnyQuestion, Closing, CodePart, Part, QuestionPart
from .scalars import (
    Flag,
    Integer,
    KebabName,
    Language,
    Rule,
    Severity,
    Texts,
    VariableName,
    Words,
    one_of,
    some,
    words_of,
)

__all__ = [
    "FORMAT",
    "QUESTIONS",
    "Part",
    "QuestionnairePart",
    "all_parts",
    "keys",
    "parts_in",
    "to_model",
    "type_of_part",
]

FORMAT = 1


class CheckPart(Part):
    makes = model.Check
    name: KebabName
    severity: Severity
    rule: Rule
    message: Texts
    at: list[VariableName] = Field(default=[])


class ExitPart(Part):
    makes = model.Exit
    name: KebabName
    when: Rule
    keep: Flag
    title: Texts
    text: Texts


class PagePart(Part):
    makes = model.Page
    name: KebabName
    title: Texts
    intro: Texts | None = None
    when: Rule | None = None
    questions: list[AnyQuestion] = Field(default=[])
    checks: list[CheckPart] = Field(default=[])
    exits: list[ExitPart] = Field(default=[])


class SectionPart(Part):
    makes = model.Section
    name: KebabName
    title: Texts
    when: Rule | None = None
    repeat: VariableName | None = None
    shuffle: KebabName | None = None
    pages: Annotated[list[PagePart], some]


class ComputedPart(Part):
    makes = model.Computed
    name: VariableName
    formerly: VariableName | None = None
    label: Texts
    rule: Rule
    decimals: Integer = 0
    repeat: VariableName | None = None
    concept: Words | None = None
    note: Words | None = None


class ContextVariablePart(Part):
    makes = model.ContextVariable
    name: VariableName
    type: Annotated[str, one_of(*model.ContextVariable.TYPES), WithJsonSchema(words_of(*model.ContextVariable.TYPES))]
    label: Texts
    choices: list[CodePart] = Field(default=[])
    decimals: Integer = 0
    provider: Annotated[
        str, one_of(*model.ContextVariable.PROVIDERS), WithJsonSchema(words_of(*model.ContextVariable.PROVIDERS))
    ] = "external"


class ExperimentPart(Part):
    makes = model.Experiment
    name: VariableName
    label: Texts
    arms: Annotated[list[CodePart], some]


class QuotaCellPart(Part):
    makes = model.QuotaCell
    name: KebabName
    label: Texts
    when: Rule


class QuotaPart(Part):
    makes = model.Quota
    name: KebabName
    label: Texts
    cells: Annotated[list[QuotaCellPart], some]


class QuestionnairePart(Part):
    """The whole file. Its `format` has been read before, since it decides which schema this is."""

    makes = model.Questionnaire
    format: Annotated[Literal["1"], WithJsonSchema({"const": FORMAT})]
    name: KebabName = Field(alias="questionnaire")
    version: Words
    population: KebabName
    languages: Annotated[list[Language], some]
    title: Texts
    description: Texts | None = None
    minutes: Integer
    contents: Flag = False
    source: Words | None = None
    sections: Annotated[list[SectionPart], some]
    computed: list[ComputedPart] = Field(default=[])
    context: list[ContextVariablePart] = Field(default=[])
    experiments: list[ExperimentPart] = Field(default=[])
    quotas: list[QuotaPart] = Field(default=[])


# Fields of the file that the frozen types do not have: the class, or the format, says it.
_ONLY_IN_FILE = frozenset({"type", "format"})


def keys(part: type[Part]) -> dict[str, str]:
    """Field -> key in the file, in canonical order: what a type of question adds comes before the closing."""
    last = tuple(Closing.model_fields) if issubclass(part, Closing) else ()
    first = [name for name in part.model_fields if name not in last]
    opening = [name for name in QuestionPart.model_fields if name in first and last]
    order = [*opening, *(name for name in first if name not in opening), *last]
    return {name: part.model_fields[name].alias or name for name in order}


def parts_in(part: type[Part], key: str) -> tuple[type[Part], ...]:
    """The parts that a list of a part holds: several for questions, whose type says which; none of other values."""
    found = next((field for name, field in part.model_fields.items() if (field.alias or name) == key), None)
    return tuple(_parts(found.annotation)) if found is not None else ()


def _parts(annotation: Any) -> list[type[Part]]:
    if isinstance(annotation, type) and get_origin(annotation) is None and issubclass(annotation, Part):
        return [annotation]
    return [part for inner in get_args(annotation) for part in _parts(inner)]


def type_of_part(part: type[Part]) -> str | None:
    """The type by which a file names a part that is one of several in its list: that of a question."""
    return next((kind for kind, one in QUESTIONS.items() if one is part), None)


def all_parts() -> list[type[Part]]:
    """Every part of the format; of those that make one frozen type, the fullest."""
    found: dict[type, type[Part]] = {}
    waiting: list[type[Part]] = [QuestionnairePart]
    while waiting:
        part = waiting.pop()
        known = found.get(part.makes)
        if known is None or len(known.model_fields) < len(part.model_fields):
            found[part.makes] = part
            waiting += [inner for name in part.model_fields for inner in _parts(part.model_fields[name].annotation)]
    return list(found.values())


def to_model(part: QuestionnairePart) -> model.Questionnaire:
    """The frozen version that a valid file describes."""
    made = _made(part, part.languages)
    assert isinstance(made, model.Questionnaire)
    return made


def _made(value: object, languages: list[str]) -> object:
    if isinstance(value, Part):
        keep_type = value.makes is model.ContextVariable
        return value.makes(
            **{
                name: _made(getattr(value, name), languages)
                for name in type(value).model_fields
                if name not in _ONLY_IN_FILE or (keep_type and name == "type")
            }
        )
    if isinstance(value, list):
        return tuple(_made(item, languages) for item in value)
    if isinstance(value, dict):
        # The version's languages first, in their order: a missing one falls back to the first.
        first = {language: value[language] for language in languages if language in value}
        return model.LocalText({**first, **value})
    return value
