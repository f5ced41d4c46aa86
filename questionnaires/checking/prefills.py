"""Answers that are shown beforehand: whether the variable of the context fits the question."""

from __future__ import annotations

from collections.abc import Mapping

from ..expressions import Kind
from ..model import Consent, ContextVariable, Grid, Information, Question, Roster
from ..problems import Place, Problem

_SEVERAL = (Kind.CHOICES, Kind.RANKING, Kind.ITEMS)  # no variable of the context holds several values


def check_prefill(question: Question, context: Mapping[str, ContextVariable], place: Place) -> list[Problem]:
    """Whether the question is prefilled by a variable of the context that has one value of its own type."""
    name = question.prefill
    if name is None:
        return []
    variable = context.get(name)
    if variable is None:
        return [Problem("prefill-unknown", place, data={"variable": name})]
    expected, found = _expected(question), variable.type
    if expected == found:
        expected, found = _scale(question, variable)
    if expected == found:
        return []
    return [Problem("prefill-type", place, data={"variable": name, "expected": expected, "found": found})]


def _expected(question: Question) -> str:
    # A consent that is given beforehand is none, and sensitive data are not brought from elsewhere.
    is_personal = question.sensitive or isinstance(question, Consent)
    if is_personal or isinstance(question, Grid | Roster | Information) or question.answer_type.kind in _SEVERAL:
        return "nothing"
    return question.answer_type.kind.value


def _scale(question: Question, variable: ContextVariable) -> tuple[str, str]:
    """What both count with: names and codes of choices, or decimals."""
    wanted, held = question.answer_type, variable.answer_type
    if wanted.kind is Kind.CHOICE:
        is_within = all(wanted.choices.get(name) == code for name, code in held.choices.items())
        listed = _listed(wanted.choices)
        return listed, listed if is_within else _listed(held.choices)
    return f"decimals: {wanted.decimals}", f"decimals: {held.decimals}"


def _listed(choices: Mapping[str, int]) -> str:
    return ", ".join(f"{code} {name}" for name, code in choices.items())
