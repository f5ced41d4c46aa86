"""The file format, version 1: one pydantic model per thing in the file, one per type of question.

The fields have the names of those of the frozen types, so one function makes the model from a part, and the
writer reads a model back through the same fields. Their order is the order of the keys in a canonical file.
Every scalar arrives as a text and is typed here.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from .. import model
from ..expressions import (
    CHOICE_NAME,
    MAX_DEPTH,
    MAX_NODES,
    NAME,
    RESERVED_WORDS,
    Expression,
    ExpressionIsTooLarge,
    ExpressionSyntaxError,
    parse,
)

FORMAT = 1

_KEBAB_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,15})")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def _problem(code: str, **data: Any) -> PydanticCustomError:
    # The sentence is never shown: the code and its data are the problem.
    return PydanticCustomError(code, "invalid", data)


def _found(value: object) -> str:
    return value[:80] if isinstance(value, str) else ""


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _problem("text-expected")
    if not value.strip():
        raise _problem("text-empty")
    return unicodedata.normalize("NFC", value)


def _integer(value: object) -> int:
    if not isinstance(value, str) or not _INTEGER.fullmatch(value):
        raise _problem("integer-expected", found=_found(value))
    return int(value)


def _boolean(value: object) -> bool:
    if value not in ("true", "false"):
        raise _problem("boolean-expected", found=_found(value))
    return value == "true"


def _rule(value: object) -> Expression:
    try:
        return parse(_text(value))
    except ExpressionSyntaxError as error:
        data = {"position": error.position, "expected": error.expected, "found": error.found}
        raise _problem("rule-syntax", **data) from None
    except ExpressionIsTooLarge:
        raise _problem("rule-too-large", depth=MAX_DEPTH, nodes=MAX_NODES) from None


def _languages(value: object) -> object:
    if isinstance(value, dict):
        for language in value:
            if not _LANGUAGE.fullmatch(language):
                raise _problem("language-unknown", language=language[:20])
    return value


def _not_empty(value: object) -> object:
    if isinstance(value, list) and not value:
        raise _problem("list-empty")
    return value


def _one_of(*known: str) -> BeforeValidator:
    def read(value: object) -> object:
        if value not in known:
            raise _problem("value-unknown", found=_found(value), known=known)
        return value

    return BeforeValidator(read)


def _named(pattern: re.Pattern[str]) -> BeforeValidator:
    def read(value: object) -> str:
        name = _text(value)
        if not pattern.fullmatch(name) or (pattern is NAME and name in RESERVED_WORDS):
            raise _problem("name-malformed", name=name[:80])
        return name

    return BeforeValidator(read)


Words = Annotated[str, BeforeValidator(_text)]
Integer = Annotated[int, BeforeValidator(_integer)]
Flag = Annotated[bool, BeforeValidator(_boolean)]
Rule = Annotated[Any, BeforeValidator(_rule)]
VariableName = Annotated[str, _named(NAME)]
ChoiceName = Annotated[str, _named(CHOICE_NAME)]
KebabName = Annotated[str, _named(_KEBAB_NAME)]
Language = Annotated[str, _named(_LANGUAGE)]
Texts = Annotated[dict[str, Words], BeforeValidator(_languages), BeforeValidator(_not_empty)]
Required = Annotated[model.Required, _one_of(*(one.value for one in model.Required))]
Severity = Annotated[model.Severity, _one_of(*(one.value for one in model.Severity))]
_some = BeforeValidator(_not_empty)


class Part(BaseModel):
    """Something in the file, which makes one frozen type."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    makes: ClassVar[type]


class ChoicePart(Part):
    makes = model.Choice
    code: Integer
    name: ChoiceName
    label: Texts
    exclusive: Flag = False
    help: Texts | None = None


class RowPart(Part):
    makes = model.Row
    name: ChoiceName
    label: Texts


class SubtotalPart(Part):
    makes = model.Subtotal
    name: ChoiceName
    label: Texts
    choices: Annotated[list[ChoiceName], _some]


class QuestionPart(Part):
    """What a question begins with; `Closing` is what it ends with."""

    name: VariableName
    type: str
    text: Texts
    help: Texts | None = None
    when: Rule | None = None
    required: Required = model.Required.HARD
    no_opinion: Flag = False
    refusal: Flag = False
    sensitive: Flag = False


class Closing(Part):
    concept: Words | None = None
    source: Words | None = None
    note: Words | None = None


class SingleChoicePart(Closing, QuestionPart):
    makes = model.SingleChoice
    type: Literal["single"]
    choices: Annotated[list[ChoicePart], _some]
    subtotals: list[SubtotalPart] = []


class MultipleChoicePart(Closing, QuestionPart):
    makes = model.MultipleChoice
    type: Literal["multiple"]
    choices: Annotated[list[ChoicePart], _some]
    minimum: Integer | None = None
    maximum: Integer | None = None


class ScorePart(Closing, QuestionPart):
    makes = model.Score
    type: Literal["score"]
    minimum: Integer = 0
    maximum: Integer = 10
    low: Texts
    high: Texts


class ScoreGridPart(Closing, QuestionPart):
    makes = model.ScoreGrid
    type: Literal["score-grid"]
    rows: Annotated[list[RowPart], _some]
    minimum: Integer = 0
    maximum: Integer = 10
    low: Texts
    high: Texts


class ChoiceGridPart(Closing, QuestionPart):
    makes = model.ChoiceGrid
    type: Literal["choice-grid"]
    choices: Annotated[list[ChoicePart], _some]
    subtotals: list[SubtotalPart] = []
    rows: Annotated[list[RowPart], _some]


class NumberPart(Closing, QuestionPart):
    makes = model.Number
    type: Literal["number"]
    minimum: Integer | None = None
    maximum: Integer | None = None
    decimals: Integer = 0
    unit: Texts | None = None


class TextPart(Closing, QuestionPart):
    makes = model.Text
    type: Literal["text"]
    maximum: Integer = 2000
    long: Flag = False


AnyQuestion = Annotated[
    SingleChoicePart | MultipleChoicePart | ScorePart | ScoreGridPart | ChoiceGridPart | NumberPart | TextPart,
    Field(discriminator="type"),
]
QUESTIONS: dict[str, type[Part]] = {
    "single": SingleChoicePart,
    "multiple": MultipleChoicePart,
    "score": ScorePart,
    "score-grid": ScoreGridPart,
    "choice-grid": ChoiceGridPart,
    "number": NumberPart,
    "text": TextPart,
}


class CheckPart(Part):
    makes = model.Check
    name: KebabName
    severity: Severity
    rule: Rule
    message: Texts
    at: list[VariableName] = []


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
    questions: list[AnyQuestion] = []
    checks: list[CheckPart] = []
    exits: list[ExitPart] = []


class SectionPart(Part):
    makes = model.Section
    name: KebabName
    title: Texts
    when: Rule | None = None
    pages: Annotated[list[PagePart], _some]


class ComputedPart(Part):
    makes = model.Computed
    name: VariableName
    label: Texts
    rule: Rule
    decimals: Integer = 0
    concept: Words | None = None
    note: Words | None = None


class ContextVariablePart(Part):
    makes = model.ContextVariable
    name: VariableName
    type: Annotated[str, _one_of(*model.ContextVariable.TYPES)]
    label: Texts
    choices: list[ChoicePart] = []
    decimals: Integer = 0


class QuestionnairePart(Part):
    """The whole file. Its `format` has been read before, since it decides which schema this is."""

    makes = model.Questionnaire
    format: Literal["1"]
    name: KebabName = Field(alias="questionnaire")
    version: Words
    population: KebabName
    languages: Annotated[list[Language], _some]
    title: Texts
    description: Texts | None = None
    minutes: Integer
    source: Words | None = None
    sections: Annotated[list[SectionPart], _some]
    computed: list[ComputedPart] = []
    context: list[ContextVariablePart] = []


# The part in each list of the file; those under `questions` depend on their type.
PARTS: dict[str, type[Part]] = {
    "choices": ChoicePart,
    "rows": RowPart,
    "subtotals": SubtotalPart,
    "checks": CheckPart,
    "exits": ExitPart,
    "pages": PagePart,
    "sections": SectionPart,
    "computed": ComputedPart,
    "context": ContextVariablePart,
}

# Fields of the file that the frozen types do not have: the class, or the format, says it.
_ONLY_IN_FILE = frozenset({"type", "format"})


def keys(part: type[Part]) -> dict[str, str]:
    """Field -> key in the file, in canonical order: what a type of question adds comes before the closing."""
    last = tuple(Closing.model_fields) if issubclass(part, Closing) else ()
    first = [name for name in part.model_fields if name not in last]
    opening = [name for name in QuestionPart.model_fields if name in first and last]
    order = [*opening, *(name for name in first if name not in opening), *last]
    return {name: part.model_fields[name].alias or name for name in order}


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
