"""The parts of a file that make questions: one pydantic model per type, and what questions are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from .. import model
from ..expressions import day_text, month_text
from .scalars import (
    ChoiceName,
    Day,
    Flag,
    Integer,
    KebabName,
    Month,
    Nomenclature,
    Order,
    Pattern,
    Required,
    Rule,
    Texts,
    Units,
    VariableName,
    Words,
    some,
)


class Part(BaseModel):
    """Something in the file, which makes one frozen type.

    `texts` says how a whole number of the model is written where the file has something else.
    """

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    makes: ClassVar[type]
    texts: ClassVar[Mapping[str, Callable[[int], str]]] = {}


class CodePart(Part):
    """A choice that nobody chooses: of a variable known beforehand, or the arm of an experiment."""

    makes = model.Choice
    code: Integer
    name: ChoiceName
    label: Texts
    help: Texts | None = None


class ChoicePart(Part):
    makes = model.Choice
    code: Integer
    name: ChoiceName
    formerly: ChoiceName | None = None
    label: Texts
    exclusive: Flag = False
    help: Texts | None = None
    specify: Texts | None = None
    fixed: Flag = False
    when: Rule | None = None


class RowPart(Part):
    makes = model.Row
    name: ChoiceName
    formerly: ChoiceName | None = None
    label: Texts
    fixed: Flag = False
    when: Rule | None = None


class SubtotalPart(Part):
    makes = model.Subtotal
    name: ChoiceName
    label: Texts
    choices: Annotated[list[ChoiceName], some]


class VariantPart(Part):
    makes = model.Variant
    name: KebabName
    when: Rule
    text: Texts
    help: Texts | None = None


class QuestionPart(Part):
    """What a question begins with; `Closing` is what it ends with."""

    name: VariableName
    type: str
    formerly: VariableName | None = None
    text: Texts
    help: Texts | None = None
    instruction: Texts | None = None
    variants: list[VariantPart] = []
    when: Rule | None = None
    required: Required = model.Required.HARD
    no_opinion: Flag = False
    refusal: Flag = False
    sensitive: Flag = False
    prefill: VariableName | None = None


class InUnits(QuestionPart):
    """A question whose unit comes before its bounds, as they are counted in it."""

    units: Units


class Bounded(QuestionPart):
    """A question with one number as its answer: fixed bounds, and rules that give some."""

    minimum: Integer | None = None
    maximum: Integer | None = None
    at_least: Rule | None = None
    at_most: Rule | None = None
    above: Rule | None = None
    below: Rule | None = None


class Closing(Part):
    concept: Words | None = None
    source: Words | None = None
    note: Words | None = None


class SingleChoicePart(Closing, QuestionPart):
    makes = model.SingleChoice
    type: Literal["single"]
    choices: Annotated[list[ChoicePart], some]
    subtotals: list[SubtotalPart] = []
    order: Order = model.Order.FIXED


class LikertPart(Closing, QuestionPart):
    makes = model.Likert
    type: Literal["likert"]
    choices: Annotated[list[ChoicePart], some]
    subtotals: list[SubtotalPart] = []
    order: Order = model.Order.FIXED
    neutral: ChoiceName | None = None


class YesNoPart(Closing, QuestionPart):
    makes = model.YesNo
    type: Literal["yes-no"]
    yes: Texts | None = None
    no: Texts | None = None


class ConsentPart(Closing, QuestionPart):
    makes = model.Consent
    type: Literal["consent"]
    yes: Texts | None = None
    no: Texts | None = None


class MultipleChoicePart(Closing, QuestionPart):
    makes = model.MultipleChoice
    type: Literal["multiple"]
    choices: Annotated[list[ChoicePart], some]
    minimum: Integer | None = None
    maximum: Integer | None = None
    order: Order = model.Order.FIXED


class RankingPart(Closing, QuestionPart):
    makes = model.Ranking
    type: Literal["ranking"]
    choices: Annotated[list[ChoicePart], some]
    top: Integer | None = None
    order: Order = model.Order.FIXED


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
    rows: Annotated[list[RowPart], some]
    order: Order = model.Order.FIXED
    minimum: Integer = 0
    maximum: Integer = 10
    low: Texts
    high: Texts


class ChoiceGridPart(Closing, QuestionPart):
    makes = model.ChoiceGrid
    type: Literal["choice-grid"]
    choices: Annotated[list[ChoicePart], some]
    subtotals: list[SubtotalPart] = []
    rows: Annotated[list[RowPart], some]
    order: Order = model.Order.FIXED


class MultipleGridPart(Closing, QuestionPart):
    makes = model.MultipleGrid
    type: Literal["multiple-grid"]
    choices: Annotated[list[ChoicePart], some]
    minimum: Integer | None = None
    maximum: Integer | None = None
    rows: Annotated[list[RowPart], some]
    order: Order = model.Order.FIXED


class NumberGridPart(Closing, QuestionPart):
    makes = model.NumberGrid
    type: Literal["number-grid"]
    rows: Annotated[list[RowPart], some]
    order: Order = model.Order.FIXED
    minimum: Integer | None = None
    maximum: Integer | None = None
    decimals: Integer = 0
    unit: Texts | None = None


class AllocationPart(Closing, QuestionPart):
    makes = model.Allocation
    type: Literal["allocation"]
    rows: Annotated[list[RowPart], some]
    order: Order = model.Order.FIXED
    minimum: Integer | None = None
    maximum: Integer | None = None
    decimals: Integer = 0
    unit: Texts | None = None
    total: Integer | None = None
    total_from: Rule | None = None


class NumberPart(Closing, Bounded):
    makes = model.Number
    type: Literal["number"]
    decimals: Integer = 0
    unit: Texts | None = None


class DatePart(Closing, Bounded):
    makes = model.Date
    texts = {"minimum": day_text, "maximum": day_text}
    type: Literal["date"]
    minimum: Day | None = None
    maximum: Day | None = None


class MonthPart(Closing, Bounded):
    makes = model.Month
    texts = {"minimum": month_text, "maximum": month_text}
    type: Literal["month"]
    minimum: Month | None = None
    maximum: Month | None = None


class YearPart(Closing, Bounded):
    makes = model.Year
    type: Literal["year"]


class DurationPart(Closing, Bounded, InUnits):
    makes = model.Duration
    type: Literal["duration"]


class TextPart(Closing, QuestionPart):
    makes = model.Text
    type: Literal["text"]
    minimum: Integer | None = None
    maximum: Integer = 2000
    long: Flag = False
    pattern: Pattern | None = None


class SuggesterPart(Closing, QuestionPart):
    makes = model.Suggester
    type: Literal["suggester"]
    nomenclature: Nomenclature = "communes"


class RosterPart(Closing, QuestionPart):
    makes = model.Roster
    type: Literal["roster"]
    item: Texts
    minimum: Integer | None = None
    maximum: Integer = 10


class InformationPart(Closing, QuestionPart):
    makes = model.Information
    type: Literal["information"]


AnyQuestion = Annotated[
    SingleChoicePart
    | LikertPart
    | YesNoPart
    | ConsentPart
    | MultipleChoicePart
    | RankingPart
    | ScorePart
    | ScoreGridPart
    | ChoiceGridPart
    | MultipleGridPart
    | NumberGridPart
    | AllocationPart
    | NumberPart
    | DatePart
    | MonthPart
    | YearPart
    | DurationPart
    | TextPart
    | SuggesterPart
    | RosterPart
    | InformationPart,
    Field(discriminator="type"),
]
QUESTIONS: dict[str, type[Part]] = {
    get_args(part.model_fields["type"].annotation)[0]: part for part in get_args(get_args(AnyQuestion)[0])
}
