"""The rule language: tree, text, types, references, evaluation."""

from .answers import Absence, Answer, Value
from .dates import day_number, day_text, month_number, month_text
from .evaluation import Result, Rule, compile_expression
from .resolution import ExpressionIsIllTyped, Resolved, to_browser
from .text import ExpressionSyntaxError, parse, to_text
from .tree import (
    CHOICE_NAME,
    MAX_DECIMALS,
    MAX_DEPTH,
    MAX_INTEGER,
    MAX_NODES,
    NAME,
    RESERVED_WORDS,
    Call,
    ChoiceName,
    Expression,
    ExpressionIsMalformed,
    ExpressionIsTooLarge,
    Literal,
    Reference,
    from_json,
    references,
    to_json,
)
from .types import Kind, VariableType, check_types, type_of

__all__ = [
    "CHOICE_NAME",
    "MAX_DECIMALS",
    "MAX_DEPTH",
    "MAX_INTEGER",
    "MAX_NODES",
    "NAME",
    "RESERVED_WORDS",
    "Absence",
    "Answer",
    "Call",
    "ChoiceName",
    "Expression",
    "ExpressionIsIllTyped",
    "ExpressionIsMalformed",
    "ExpressionIsTooLarge",
    "ExpressionSyntaxError",
    "Kind",
    "Literal",
    "Reference",
    "Resolved",
    "Result",
    "Rule",
    "Value",
    "VariableType",
    "check_types",
    "compile_expression",
    "day_number",
    "day_text",
    "from_json",
    "month_number",
    "month_text",
    "parse",
    "references",
    "to_browser",
    "to_json",
    "to_text",
    "type_of",
]
