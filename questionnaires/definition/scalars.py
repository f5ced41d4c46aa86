"""The values of a file: every scalar arrives as a text and is typed here, as what it says and nothing else.

Each type also says how it is written in YAML by a person, for the JSON Schema of editors.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
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
    day_number,
    month_number,
    parse,
)

MAX_TEXT = 50_000
_KEBAB_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,15})")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_DAY = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


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
    if len(value) > MAX_TEXT:
        raise _problem("text-too-long", maximum=MAX_TEXT, count=len(value))
    return unicodedata.normalize("NFC", value)


def _integer(value: object) -> int:
    if not isinstance(value, str) or not _INTEGER.fullmatch(value):
        raise _problem("integer-expected", found=_found(value))
    return int(value)


def _boolean(value: object) -> bool:
    if value not in ("true", "false"):
        raise _problem("boolean-expected", found=_found(value))
    return value == "true"


def _day(value: object) -> int:
    found = day_number(value) if isinstance(value, str) else None
    if found is None:
        raise _problem("date-malformed", found=_found(value))
    return found


def _month(value: object) -> int:
    found = month_number(value) if isinstance(value, str) else None
    if found is None:
        raise _problem("date-malformed", found=_found(value))
    return found


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
    if isinstance(value, list | dict) and not value:
        raise _problem("list-empty")
    return value


def _units(value: object) -> object:
    if not isinstance(value, list) or not value:
        return _not_empty(value)
    units = tuple(_text(unit) for unit in value)
    if units not in model.DURATIONS:
        known = tuple(" + ".join(one) for one in model.DURATIONS)
        raise _problem("value-unknown", found=" + ".join(units)[:80], known=known)
    return value


def one_of(*known: str) -> BeforeValidator:
    """One of a few words, and no other."""

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


def _matching(pattern: re.Pattern[str]) -> dict[str, str]:
    return {"type": "string", "pattern": f"^{pattern.pattern}$"}


def words_of(*known: str) -> dict[str, object]:
    """The schema of one of a few words."""
    return {"type": "string", "enum": [str(one) for one in known]}


_NAME_SCHEMA = _matching(NAME) | {"not": {"enum": sorted(RESERVED_WORDS)}}
_TEXTS_SCHEMA = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": f"^{_LANGUAGE.pattern}$"},
    "additionalProperties": {"type": "string", "pattern": r"\S"},
}
_UNITS_SCHEMA = {"enum": [list(units) for units in model.DURATIONS]}

Words = Annotated[str, BeforeValidator(_text), WithJsonSchema({"type": "string", "pattern": r"\S"})]
Integer = Annotated[int, BeforeValidator(_integer)]
Flag = Annotated[bool, BeforeValidator(_boolean)]
Day = Annotated[int, BeforeValidator(_day), WithJsonSchema(_matching(_DAY))]
Month = Annotated[int, BeforeValidator(_month), WithJsonSchema(_matching(_MONTH))]
Rule = Annotated[Any, BeforeValidator(_rule), WithJsonSchema({"type": "string", "pattern": r"\S"})]
VariableName = Annotated[str, _named(NAME), WithJsonSchema(_NAME_SCHEMA)]
ChoiceName = Annotated[str, _named(CHOICE_NAME), WithJsonSchema(_matching(CHOICE_NAME))]
KebabName = Annotated[str, _named(_KEBAB_NAME), WithJsonSchema(_matching(_KEBAB_NAME))]
Language = Annotated[str, _named(_LANGUAGE), WithJsonSchema(_matching(_LANGUAGE))]
Texts = Annotated[
    dict[str, Words], BeforeValidator(_languages), BeforeValidator(_not_empty), WithJsonSchema(_TEXTS_SCHEMA)
]
Required = Annotated[
    model.Required, one_of(*(one.value for one in model.Required)), WithJsonSchema(words_of(*model.Required))
]
Severity = Annotated[
    model.Severity, one_of(*(one.value for one in model.Severity)), WithJsonSchema(words_of(*model.Severity))
]
Order = Annotated[model.Order, one_of(*(one.value for one in model.Order)), WithJsonSchema(words_of(*model.Order))]
Pattern = Annotated[str, one_of(*model.PATTERNS), WithJsonSchema(words_of(*model.PATTERNS))]
Nomenclature = Annotated[str, one_of(*model.NOMENCLATURES), WithJsonSchema(words_of(*model.NOMENCLATURES))]
Units = Annotated[list[str], BeforeValidator(_units), WithJsonSchema(_UNITS_SCHEMA)]
some = BeforeValidator(_not_empty)
"""A list that is not empty."""
