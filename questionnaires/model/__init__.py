"""The frozen types of a version: what is asked, in which words, under which conditions.

Nothing here knows a file, a page of the web or a database.
"""

from ..expressions import Absence, Answer, Value
from ..problems import Severity
from .questions import (
    Choice,
    ChoiceGrid,
    LocalText,
    MultipleChoice,
    Number,
    Question,
    Required,
    Row,
    Score,
    ScoreGrid,
    SingleChoice,
    Subtotal,
    Text,
)
from .responses import Context, Given, GivenIsMalformed, decode_context, decode_given, encode_given
from .structure import (
    Check,
    Computed,
    ContextVariable,
    Exit,
    Page,
    Questionnaire,
    Section,
    computed_places,
    variable_types,
)

__all__ = [
    "Absence",
    "Answer",
    "Check",
    "Choice",
    "ChoiceGrid",
    "Computed",
    "Context",
    "ContextVariable",
    "Exit",
    "Given",
    "GivenIsMalformed",
    "LocalText",
    "MultipleChoice",
    "Number",
    "Page",
    "Question",
    "Questionnaire",
    "Required",
    "Row",
    "Score",
    "ScoreGrid",
    "Section",
    "Severity",
    "SingleChoice",
    "Subtotal",
    "Text",
    "Value",
    "computed_places",
    "decode_context",
    "decode_given",
    "encode_given",
    "variable_types",
]
