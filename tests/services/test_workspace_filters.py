"""Filters: over columns, a rule keeps the rows that it would keep one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.services.workspace.filters import FilterIsInvalid, FilterNotCounted, Source, make_filter, read_filter
from questionnaires import codebook, routing
from questionnaires.expressions import Absence, Answer, Expression, Kind, compile_expression, parse
from questionnaires.model import Questionnaire
from tests.conftest import IS_FULL
from tests.questionnaires.builders import ONLINE, multiple, page, questionnaire, ranking, score, single, text
from tests.questionnaires.rule_trees import TYPES, answers_to, conditions

SETS = (Kind.CHOICES, Kind.RANKING)
SOURCES = {
    name: Source(
        one.kind,
        f"{name}.{min(one.choices.values())}" if one.kind in SETS else name,
        {code: f"{name}.{code}" for code in one.choices.values()} if one.kind in SETS else {},
    )
    for name, one in TYPES.items()
    if one.roster is None
}


def columns_of(rows: Sequence[Mapping[str, Answer]]) -> dict[str, np.ndarray[Any, Any]]:
    """Rows of answers as the columns of a segment."""
    columns: dict[str, list[int]] = {}
    for name, source in SOURCES.items():
        for row in rows:
            answer = row.get(name, Absence.NOT_ROUTED)
            for code, column in (source.parts or {0: name}).items():
                columns.setdefault(column, []).append(figure(source.kind, answer, code))
    return {name: np.asarray(found, np.int64) for name, found in columns.items()}


def figure(kind: Kind, answer: Answer, code: int) -> int:
    if isinstance(answer, Absence):
        return int(answer)
    if isinstance(answer, tuple):
        if kind is Kind.RANKING:
            return answer.index(code) + 1 if code in answer else 0
        return int(code in answer) if kind is Kind.CHOICES else len(answer)
    return 0 if isinstance(answer, str) else int(answer)


def stored(answers: Mapping[str, Any]) -> dict[str, Any]:
    """What a segment can hold: no number below zero, which would read as an absence."""
    return {name: abs(one) if type(one) is int else one for name, one in answers.items() if name in TYPES}


@st.composite
def rules_and_rows(draw: st.DrawFn) -> tuple[Expression, list[dict[str, Any]]]:
    rule = draw(conditions(2, None))
    return rule, [stored(one) for one in draw(st.lists(answers_to(rule), min_size=1, max_size=6))]


@settings(max_examples=400 if IS_FULL else 150, deadline=None)
@given(rules_and_rows())
def test_a_filter_keeps_the_rows_that_the_rule_is_true_of(drawn: tuple[Expression, list[dict[str, Any]]]) -> None:
    rule, rows = drawn
    try:
        found = make_filter(rule, TYPES, SOURCES)
    except FilterNotCounted as error:
        refused = TYPES[error.variable]
        assume(refused.kind is not Kind.TEXT and refused.roster is None)
        raise
    by_row = compile_expression(rule, TYPES)
    assert found.keeps(columns_of(rows), len(rows)).tolist() == [by_row(row) is True for row in rows]


ASKED = questionnaire(
    page(
        "avis",
        single("sexe", "homme", "femme"),
        multiple("priorite", "emploi", "sante", "climat"),
        ranking("ordre", "a", "b", "c", top=2),
        score("confiance", no_opinion=True),
        text("mots"),
    )
)


def columns_of_responses(asked: Questionnaire, *responses: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of what these people sent, through the record of their paths."""
    records = [codebook.record(asked, routing.path(asked, ONLINE, one)) for one in responses]
    names = [variable.name for variable in codebook.variables(asked)]
    return {
        name: np.asarray(
            [
                one.absences[name] if name in one.absences else figure(Kind.NUMBER, one.values[name], 0)
                for one in records
            ],
            np.int8,
        )
        for name in names
    }


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ("sexe = 'femme'", [False, True, False]),
        ("sexe != 'femme'", [True, False, False]),
        ("priorite has 'sante' and confiance >= 5", [True, False, False]),
        ("count(priorite) = 2", [True, False, False]),
        ("rank(ordre, 'b') = 1", [True, False, False]),
        ("not ordre has 'c'", [True, False, False]),
        ("no_opinion(confiance)", [False, True, False]),
        ("answered(mots)", [True, False, False]),
        ("not answered(sexe)", [False, False, True]),
        ("confiance * 2 - 10 > 0 or sexe = 'femme'", [True, True, False]),
        ("true", [True, True, True]),
    ],
)
def test_a_filter_reads_the_variables_of_a_version(rule: str, kept: list[bool]) -> None:
    columns = columns_of_responses(
        ASKED,
        {"sexe": 1, "priorite": (1, 2), "ordre": (2, 1), "confiance": 8, "mots": "voilà"},
        {"sexe": 2, "priorite": (3,), "ordre": (1, 3), "confiance": Absence.NO_OPINION},
        {},
    )
    found = read_filter(rule, ASKED)
    assert found.keeps({name: columns[name] for name in found.names}, 3).tolist() == kept


def test_numbers_beyond_64_bits_stay_exact() -> None:
    rule = parse("enfants * 9007199254740991 * 9007199254740991 > 0")
    found = make_filter(rule, TYPES, SOURCES)
    assert found.keeps({"enfants": np.asarray([0, 3, -2])}, 3).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("sexe =", "rule-syntax"),
        ("inconnue = 1", "rule-variable-unknown"),
        ("sexe = 'autre'", "rule-choice-unknown"),
        ("confiance", "rule-result"),
        ("(" * 300 + "true", "rule-too-large"),
    ],
)
def test_what_is_no_rule_is_refused_with_the_problems_of_the_core(rule: str, code: str) -> None:
    with pytest.raises(FilterIsInvalid) as refused:
        read_filter(rule, ASKED)
    assert [one.code for one in refused.value.problems] == [code]


def test_words_are_not_read() -> None:
    with pytest.raises(FilterNotCounted):
        read_filter('mots = "voilà"', ASKED)
