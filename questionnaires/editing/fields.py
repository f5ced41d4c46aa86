"""What can be said of an element: the keys of its part of the format, each with the control that fits it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from .. import model
from ..definition import scalars
from ..definition.questions import QUESTIONS, ChoicePart, CodePart, RowPart, SubtotalPart, VariantPart
from ..definition.schema import (
    CheckPart,
    ComputedPart,
    ContextVariablePart,
    ExitPart,
    ExperimentPart,
    PagePart,
    Part,
    QuestionnairePart,
    QuotaCellPart,
    QuotaPart,
    SectionPart,
    keys,
    parts_in,
)

PARTS: Mapping[str, type[Part]] = {
    "questionnaire": QuestionnairePart,
    "section": SectionPart,
    "page": PagePart,
    "choice": ChoicePart,
    "row": RowPart,
    "variant": VariantPart,
    "subtotal": SubtotalPart,
    "check": CheckPart,
    "exit": ExitPart,
    "computed": ComputedPart,
    "context": ContextVariablePart,
    "experiment": ExperimentPart,
    "arm": CodePart,
    "quota": QuotaPart,
    "cell": QuotaCellPart,
}
"""Kind of element -> its part of the format; a question has one for each type."""


@dataclass(frozen=True, slots=True)
class FieldKind:
    """A key of an element. `control`: text, texts, rule, flag, integer, name, one-of, names, day, month or elements.

    `options`: the words of `one-of`. `default`: what a file leaves out, as a file would say it; None for nothing.
    """

    key: str
    control: str
    is_required: bool = False
    options: tuple[str, ...] = ()
    default: str | None = None


_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "required": tuple(one.value for one in model.Required),
    "severity": tuple(one.value for one in model.Severity),
    "order": tuple(one.value for one in model.Order),
    "pattern": tuple(model.PATTERNS),
    "nomenclature": tuple(model.NOMENCLATURES),
    "provider": tuple(model.ContextVariable.PROVIDERS),
    "units": tuple(" ".join(units) for units in model.DURATIONS),
}
_NAMES = frozenset(("name", "formerly", "prefill", "repeat", "shuffle", "questionnaire", "population", "neutral"))
_LISTS_OF_NAMES = frozenset(("at", "languages"))
_CONTROLS = (
    (scalars.Texts, "texts"),
    (scalars.Rule, "rule"),
    (scalars.Flag, "flag"),
    (scalars.Integer, "integer"),
    (scalars.Day, "day"),
    (scalars.Month, "month"),
)
"""Scalar of the format -> the control that fits it."""


@cache
def fields_of(kind: str, type: str = "") -> tuple[FieldKind, ...]:
    """The keys of an element of a kind (of a type, for a question) in the order of the file, without `type`.

    Nothing for a type that is unknown.
    """
    part = QUESTIONS.get(type) if kind == "question" else PARTS.get(kind)
    if part is None:
        return ()
    return tuple(
        _field(part, kind, name, key)
        for name, key in keys(part).items()
        if key != "format" and (key != "type" or kind == "context")
    )


def _field(part: type[Part], kind: str, name: str, key: str) -> FieldKind:
    info = part.model_fields[name]
    required = info.is_required()
    default = None if required or info.default is None or info.default == [] else _said(info.default)
    if parts_in(part, key):
        return FieldKind(key, "elements", required)
    if kind == "context" and key == "type":
        return FieldKind(key, "one-of", required, model.ContextVariable.TYPES)
    if key in _OPTIONS:
        return FieldKind(key, "one-of", required, _OPTIONS[key], default)
    if key in _LISTS_OF_NAMES or (key == "choices" and kind == "subtotal"):
        return FieldKind(key, "names", required)
    if key in _NAMES:
        return FieldKind(key, "name", required)
    readers = set(_readers(info.annotation)) | {_reader(one) for one in info.metadata}
    for annotated, control in _CONTROLS:
        if next(_readers(annotated)) in readers:
            return FieldKind(key, control, required, (), default)
    return FieldKind(key, "text", required, (), default)


def _readers(annotation: Any) -> Iterator[Any]:
    """The functions that read a value of an annotation, and of what it is made of."""
    yield from (_reader(one) for one in getattr(annotation, "__metadata__", ()))
    for inner in get_args(annotation):
        yield from _readers(inner)


def _reader(mark: Any) -> Any:
    return getattr(mark, "func", mark if isinstance(mark, type) else None)


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(getattr(value, "value", value))
