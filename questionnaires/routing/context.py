"""What is known of a response before its first page."""

from __future__ import annotations

from ..expressions import Answer, Kind, Value, VariableType, day_number
from ..model import Context, Question, Questionnaire
from .compiling import compile_plan
from .plan import Plan


def known_before(plan: Plan, context: Context) -> dict[str, Answer]:
    """The context variables that are known, and the arms of the experiments."""
    known: dict[str, Answer] = {}
    if context.external:
        types = plan.external
        known.update({name: value for name, value in context.external.items() if _fits(value, types.get(name))})
    for name, provider in plan.provided:
        value = _provided(context, provider)
        if value is not None:
            known[name] = value
    for name, codes in plan.arms.items():
        arm = context.arms.get(name)
        if arm in codes:
            known[name] = codes[arm]
    return known


def _fits(value: Value, declared: VariableType | None) -> bool:
    """Whether a value has the declared type: what was given for another version of the variable is not known here."""
    if declared is None or isinstance(value, bool):
        return False
    if declared.kind is Kind.TEXT:
        return isinstance(value, str)
    # Below zero are the causes of absence, in every file.
    return isinstance(value, int) and value >= 0 and (not declared.choices or value in declared.choices.values())


def _provided(context: Context, provider: str) -> Value | None:
    match provider:
        case "language":
            return context.language or None
        case "mode":
            return context.mode or None
        case "started_on":
            return day_number(context.started_on)
    return None


def prefilled(questionnaire: Questionnaire, context: Context) -> dict[str, Answer]:
    """What a question shows before it is answered, by the name of the question; never an answer by itself.

    A question of a repeated section shows it for every item, under its name without the item.
    """
    asked = questionnaire.derive(_prefilled)
    if not asked:
        return {}
    known = known_before(questionnaire.derive(compile_plan), context)
    return {one.name: known[one.prefill] for one in asked if one.prefill in known}


def _prefilled(questionnaire: Questionnaire) -> tuple[Question, ...]:
    return tuple(one for one in questionnaire.questions if one.prefill is not None and one.answers == (one.name,))
