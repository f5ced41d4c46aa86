"""The rule language: tree, text, types, references, evaluation."""

from .answers import Absence, Answer, Value
from .evaluation import ExpressionIsIllTyped, Result, Rule, compile_expression
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
    "Result",
    "Rule",
    "Value",
    "VariableType",
    "check_types",
    "compile_expression",
    "from_json",
    "parse",
    "references",
    "to_json",
    "to_text",
    "type_of",
]
