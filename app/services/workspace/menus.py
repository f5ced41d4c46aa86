"""Conditions chosen from menus: a variable, is or is not, some of its answers, become the text of a rule."""

from __future__ import annotations

from collections.abc import Collection

from app.services.workspace.requests import RequestIsInvalid, RequestProblem
from app.services.workspace.subjects import Subject
from questionnaires.expressions import (
    Absence,
    Call,
    ChoiceName,
    Expression,
    ExpressionIsMalformed,
    ExpressionSyntaxError,
    Kind,
    Literal,
    Reference,
    VariableType,
    parse,
    to_text,
)
from questionnaires.model import Questionnaire, choices_of, variable_types
from questionnaires.piping import outline


def can_filter(subject: Subject, questionnaire: Questionnaire) -> bool:
    """Whether a condition on this variable can be chosen from menus: rules know it, and it has answers to tick."""
    found = questionnaire.derive(variable_types).get(subject.name)
    return found is not None and (found.kind is Kind.CHOICES if subject.is_several else subject.is_divisible)


def answers_of(subject: Subject, language: str, no_opinion: str) -> list[tuple[str, str]]:
    """What may be ticked: the code as text, and its words."""
    if subject.is_several:
        choices = choices_of(subject.asked) if subject.asked is not None else ()
        return [(str(one.code), outline(one.label.in_(language))) for one in choices]
    return [(str(code), label) for code, label in subject.labels(language, no_opinion).items()]


def condition(subject: Subject, questionnaire: Questionnaire, codes: Collection[str], is_denied: bool) -> str:
    """The rule that a person gave one of these answers, or, `is_denied`, another answer.

    Raises RequestIsInvalid for a variable without menu or without a known answer among `codes`.
    """
    if not can_filter(subject, questionnaire):
        raise RequestIsInvalid(RequestProblem("filter", "menu-variable", {"found": subject.name}))
    found = questionnaire.derive(variable_types)[subject.name]
    known = [code for code, _ in answers_of(subject, questionnaire.first_language, "") if code in set(codes)]
    if not known:
        raise RequestIsInvalid(RequestProblem("filter", "menu-choices"))
    rule = _one_of(subject.name, found, [int(code) for code in known])
    return to_text(Call("not", (rule,)) if is_denied else rule)


def _one_of(name: str, found: VariableType, codes: list[int]) -> Expression:
    names = {code: ChoiceName(choice) for choice, code in found.choices.items()}
    variable = Reference(name)
    parts: list[Expression] = []
    given = [code for code in codes if code != Absence.NO_OPINION]
    if found.kind is Kind.CHOICES:
        parts += [Call("has", (variable, names[code])) for code in given]
    elif given:
        members = [names[code] if names else Literal(code) for code in given]
        parts.append(Call("=", (variable, members[0])) if len(members) == 1 else Call("in", (variable, *members)))
    if len(given) < len(codes):
        parts.append(Call("no_opinion", (variable,)))
    return parts[0] if len(parts) == 1 else Call("or", tuple(parts))


def both(first: str, second: str) -> str:
    """The rule that both hold; a first one that cannot be read stays as it was typed, between brackets."""
    if not first.strip():
        return second
    try:
        left, right = parse(first), parse(second)
        parts = left.args if isinstance(left, Call) and left.op == "and" else (left,)
        return to_text(Call("and", (*parts, right)))
    except (ExpressionSyntaxError, ExpressionIsMalformed):
        return f"({first}) and {second}"
