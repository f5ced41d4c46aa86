"""The codebook of a version: its variables, their codes, who is asked, and why a value may be missing.

A choice of a multiple question, a row of a grid and a computed variable are each a variable. What is answered for
each item of a roster belongs to a table of its own, one row an item.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..expressions import Absence, Answer
from ..model import Context, Questionnaire, Roster, item_name
from ..routing import Path, known_answers
from .columns import columns
from .variables import Codes, Column, Variable, VariableKind

__all__ = ["Codes", "ItemRecord", "Record", "Variable", "VariableKind", "item_variables", "record", "variables"]


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """One item of a roster as its variables: each one is in exactly one of the two."""

    item: int
    values: dict[str, int | str]
    absences: dict[str, int]


@dataclass(frozen=True, slots=True)
class Record:
    """A response as its variables: each one is in exactly one of the two; and its items, roster by roster."""

    values: dict[str, int | str]
    absences: dict[str, int]
    rosters: Mapping[str, tuple[ItemRecord, ...]] = field(default_factory=dict)


def variables(questionnaire: Questionnaire) -> tuple[Variable, ...]:
    """The variables of which a response has one value: questions in their order, computed, experiments, context."""
    return questionnaire.derive(_variables)


def item_variables(questionnaire: Questionnaire) -> Mapping[str, tuple[Variable, ...]]:
    """Roster -> the variables of which each of its items has one value; first the one that says which item it is."""
    return {roster: tuple(one.variable for one in of) for roster, of in questionnaire.derive(_item_columns).items()}


def record(questionnaire: Questionnaire, path: Path, context: Context | None = None) -> Record:
    """The variables of a response. An absent multiple question gives its cause for each of its choices.

    `context`: without it, the variables that only the context knows are absent (not routed).
    """
    outside: Mapping[str, Answer] = {}
    if context is not None and (questionnaire.context or questionnaire.experiments):
        outside = known_answers(questionnaire, context, path)
    values, absences = _split(questionnaire.derive(_response_columns), path, outside)
    rosters = {
        roster: tuple(_item(questionnaire, roster, item, of, path, outside) for item in path.items.get(roster, ()))
        for roster, of in questionnaire.derive(_item_columns).items()
    }
    return Record(values, absences, rosters)


def _item(
    questionnaire: Questionnaire,
    roster: str,
    item: int,
    of_item: tuple[Column, ...],
    path: Path,
    outside: Mapping[str, Answer],
) -> ItemRecord:
    first, *others = (one._replace(answer=item_name(one.answer, item)) for one in of_item)
    values, absences = _split(others, path, outside)
    # Over the lines of a list, its words say which item it is; over choices, the code is the item itself.
    is_list = isinstance(questionnaire.question(roster), Roster)
    said = path.effective.get(first.answer) if is_list else item
    if isinstance(said, tuple) or said is None:
        absences[first.variable.name] = int(Absence.SKIPPED)
    else:
        values[first.variable.name] = said
    return ItemRecord(item, values, absences)


def _split(
    of: Iterable[Column], path: Path, outside: Mapping[str, Answer]
) -> tuple[dict[str, int | str], dict[str, int]]:
    values: dict[str, int | str] = {}
    absences: dict[str, int] = {}
    effective, causes = path.effective, path.causes
    for variable, answer, code in of:
        value = effective.get(answer)
        if value is None and answer not in causes:
            found = outside.get(answer)
            value = None if isinstance(found, Absence) else found
        if value is None:
            absences[variable.name] = int(causes.get(answer, Absence.NOT_ROUTED))
        elif isinstance(value, tuple):
            values[variable.name] = _figure(variable.kind, value, code)
        else:
            values[variable.name] = value
    return values, absences


def _figure(kind: VariableKind, value: tuple[int, ...], code: int | None) -> int:
    """What an answer of several codes says of one: is it chosen, at which rank; or how many there are."""
    if code is None:
        return len(value)
    if kind is VariableKind.RANK:
        return value.index(code) + 1 if code in value else 0
    return int(code in value)


def _variables(questionnaire: Questionnaire) -> tuple[Variable, ...]:
    return tuple(one.variable for one in questionnaire.derive(_response_columns))


def _response_columns(questionnaire: Questionnaire) -> tuple[Column, ...]:
    return tuple(one for one in columns(questionnaire) if one.variable.roster is None)


def _item_columns(questionnaire: Questionnaire) -> dict[str, tuple[Column, ...]]:
    found: dict[str, tuple[Column, ...]] = {}
    for one in columns(questionnaire):
        if (roster := one.variable.roster) is not None:
            found[roster] = (*found.get(roster, ()), one)
    return found
