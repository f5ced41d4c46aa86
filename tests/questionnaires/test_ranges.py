"""What a computed variable can be: never below zero, where the causes of absence are."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionnaires.checking import check
from questionnaires.checking.ranges import Ranges
from questionnaires.expressions import compile_expression, parse
from questionnaires.model import Questionnaire, variable_types
from tests.questionnaires.builders import (
    computed,
    date,
    number,
    page,
    questionnaire,
    roster,
    score,
    section,
    single,
)

BOUNDS = {"a": (0, 10), "b": (3, 7), "c": (2, None), "d": (5, 25)}


def asked(*rules: str) -> Questionnaire:
    """Numbers with the bounds above; `d` has one decimal."""
    numbers = [
        number(name, minimum=low, maximum=high, decimals=int(name == "d")) for name, (low, high) in BOUNDS.items()
    ]
    variables = tuple(computed(f"x{order}", rule, decimals=2) for order, rule in enumerate(rules))
    return questionnaire(page("page", *numbers, score("note"), single("filtre")), computed=variables)


@pytest.mark.parametrize(
    ("rule", "least", "most"),
    [
        ("a + b", 3, 17),
        ("b - a", -7, 7),
        ("a - b + 7", 0, 14),
        ("b - 3", 0, 4),
        ("c - b", -5, None),
        ("c + a", 2, None),
        ("d * 2", 1, 5),
        ("0 - d", Fraction(-5, 2), Fraction(-1, 2)),
        ("-b * -1", 3, 7),
        ("sum(a, b)", 0, 17),
        ("sum(a, 0 - b)", -7, 10),
        ("note - 10", -10, 0),
        ("a > 3", 0, 1),
        ("10 * 0 - 1", -1, -1),
    ],
)
def test_the_range_of_a_rule(rule: str, least: int, most: int | None) -> None:
    version = asked()
    found = Ranges(version, variable_types(version)).of(parse(rule), None)
    assert found == (least, most)


@pytest.mark.parametrize("rule", ["b - a", "c - b", "0 - d", "note - 1", "x0 - 18"])
def test_what_may_fall_below_zero_is_refused(rule: str) -> None:
    rules = ("a + b", rule) if "x0" in rule else (rule,)
    assert [one.code for one in check(asked(*rules))] == ["computed-negative"]


@pytest.mark.parametrize("rule", ["a + b", "b - 3", "c - 2", "a - b + 7", "a > b", "sum(a, b, note)", "x0 - 3"])
def test_what_cannot_is_accepted(rule: str) -> None:
    rules = ("a + b", rule) if "x0" in rule else (rule,)
    assert check(asked(*rules)) == []


def test_a_bound_between_two_answers_keeps_their_difference_positive() -> None:
    dates = page("page", date("debut"), date("fin", at_least="debut"))
    assert check(questionnaire(dates, computed=(computed("jours", "fin - debut"),))) == []
    free = page("page", date("debut"), date("fin"))
    found = check(questionnaire(free, computed=(computed("jours", "fin - debut"),)))
    assert [one.code for one in found] == ["computed-negative"]


def test_a_sum_over_items_starts_at_nothing() -> None:
    sections = (
        section("liste", page("liste", roster("r"))),
        section("chacun", page("cout", number("cout", minimum=5, maximum=9)), repeat="r"),
    )
    total = computed("total", "sum(cout)")
    assert check(questionnaire(sections=sections, computed=(total,))) == []
    found = check(questionnaire(sections=sections, computed=(total, computed("moins", "total - 5"))))
    assert [one.code for one in found] == ["computed-negative"], "a list may be empty"


RULES = ("a + b - c", "a * 3 - b", "sum(a, b) - c", "d - a * 0.5", "-a + 2 * c", "sum(a - b, c)", "(a + d) * -2")


@given(st.sampled_from(RULES), st.data())
def test_no_value_is_outside_its_range(rule: str, data: st.DataObject) -> None:
    version = asked()
    types = variable_types(version)
    answers = {
        name: data.draw(st.integers(low, 60 if high is None else high), label=name)
        for name, (low, high) in BOUNDS.items()
        if data.draw(st.booleans(), label=f"{name} is answered")
    }
    value = compile_expression(parse(rule), types, 3)(answers)
    least, most = Ranges(version, types).of(parse(rule), None)
    if isinstance(value, int):
        exact = Fraction(value, 1000)
        assert least is None or least <= exact
        assert most is None or exact <= most
