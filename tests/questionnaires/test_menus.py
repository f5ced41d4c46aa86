"""Rules as menus: the same tree comes back, what menus cannot say stays a text, what lacks something is told where."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionnaires.editing.menus import (
    ALL,
    ANY,
    COMPARISONS,
    Condition,
    Group,
    MenusAreIncomplete,
    conditions,
    from_menus,
    to_menus,
)
from questionnaires.expressions import Call, Expression, ExpressionIsTooLarge, Literal, parse, to_text
from questionnaires.expressions.tree import walk
from tests.questionnaires.rule_trees import well_typed

NAMES = st.sampled_from(["q1", "age", "region_2", "a"])
CHOICES = st.sampled_from(["oui", "non", "1", "a18_24"])
NUMBERS = st.builds(Literal, st.integers(-130, 130), st.integers(0, 2))
TEXTS = st.sampled_from(["", "maire", 'dit "oui"', "a\\b", "2022-03-01"]).map(Literal)
VALUES = (NUMBERS | TEXTS | st.booleans().map(Literal)).map(to_text) | NAMES


def said() -> st.SearchStrategy[Condition]:
    """Any condition that a line of menus can say."""
    compared = st.sampled_from(COMPARISONS)
    choices, values = CHOICES.map(lambda one: (one,)), VALUES.map(lambda one: (one,))
    several = st.lists(CHOICES, min_size=1, max_size=3).map(tuple)
    numbers = st.lists((NUMBERS | TEXTS).map(to_text), min_size=1, max_size=3).map(tuple)
    made = st.one_of(
        st.builds(Condition, NAMES, st.sampled_from(["answered", "no_opinion", "holds"])),
        st.builds(Condition, NAMES, st.sampled_from(["=", "!=", "has"]), choices, st.just(True)),
        st.builds(Condition, NAMES, st.just("in"), several, st.just(True)),
        st.builds(Condition, NAMES, st.just("in"), numbers),
        st.builds(Condition, NAMES, compared, values),
        st.builds(Condition, NAMES, compared, values, st.just(False), st.just("count")),
        st.builds(Condition, NAMES, compared, values, st.just(False), st.just("rank"), CHOICES),
    )
    return st.builds(lambda one, is_negated: replace(one, is_negated=is_negated), made, st.booleans())


def groups(parts: st.SearchStrategy[Condition | Group]) -> st.SearchStrategy[Group]:
    several = st.lists(parts, min_size=1, max_size=3).map(tuple)
    return st.builds(Group, st.sampled_from([ALL, ANY]), several, st.booleans())


MENUS = groups(st.recursive(said(), groups, max_leaves=8))


@given(MENUS)
def test_what_menus_say_comes_back_from_its_text_as_the_same_rule(menus: Group) -> None:
    rule = from_menus(menus)
    shown = to_menus(parse(to_text(rule)))
    # `not not a` is no line of menus; all else is.
    is_twice = any(_is_not(one) and _is_not(one.args[0]) for one, _depth in walk(rule) if isinstance(one, Call))
    assert (shown is None) == is_twice
    if shown is not None:
        assert from_menus(shown) == rule
        assert len(list(conditions(shown))) == len(list(conditions(menus)))


@given(st.one_of(well_typed(None), well_typed("partenaires")))
def test_any_rule_is_the_same_after_menus_or_stays_a_text(rule: Expression) -> None:
    shown = to_menus(rule)
    if shown is not None:
        assert from_menus(shown) == rule


def _is_not(node: Expression) -> bool:
    return isinstance(node, Call) and node.op == "not"


@pytest.mark.parametrize(
    "text",
    [
        "sum(a, b) > 3",
        "a + 1 = 2",
        "a * 2 = b and q1 = 'oui'",
        "3 < age",
        "'oui' = q1",
        "q1 = null",
        "count(q1) in {1, 2}",
        "not not answered(q1)",
        "q1 = 'oui' and false",
        "jour + 30 < fin",
    ],
)
def test_what_menus_cannot_say_is_left_to_the_text(text: str) -> None:
    assert to_menus(parse(text)) is None


@pytest.mark.parametrize(
    ("text", "mode", "count"),
    [
        ("true", ALL, 0),
        ("q1 = 'oui'", ALL, 1),
        ("not (q1 = 'oui' or q2 has 'a')", ALL, 2),
        ("q1 = 'oui' and (age > 3 or age < 1.5) and answered(q2)", ALL, 4),
        ("q1 in {'oui', 'non'} or not rank(q3, 'a') <= 2", ANY, 2),
        ('majeur or count(q2) >= 2 or nom = "dit \\"oui\\""', ANY, 3),
    ],
)
def test_what_menus_say(text: str, mode: str, count: int) -> None:
    shown = to_menus(parse(text))
    assert shown is not None
    assert (shown.mode, len(list(conditions(shown)))) == (mode, count)
    assert to_text(from_menus(shown)) == text


YES = Condition("q1", "=", ("oui",), is_choice=True)


def test_a_group_in_which_nothing_is_said_says_nothing() -> None:
    assert from_menus(Group(ALL, (YES, Group(ANY), Group(ALL, (Group(),), is_negated=True)))) == parse("q1 = 'oui'")
    assert from_menus(Group(ANY, (Group(),))) == Literal(True)


@pytest.mark.parametrize(
    "wrong",
    [
        Condition("", "="),
        Condition("q1", "="),
        Condition("q1", "=", ("",), is_choice=True),
        Condition("q1", "in", (), is_choice=True),
        Condition("Q 1", "answered"),
        Condition("age", ">", ("douze ans",)),
        Condition("age", ">", ("1 or answered(q1)",)),
        Condition("age", ">", ("null",)),
        Condition("q3", "=", ("1",), False, "rank", ""),
        Condition("q2", "has", ("non",)),
    ],
)
def test_an_incomplete_condition_is_told_by_its_place(wrong: Condition) -> None:
    with pytest.raises(MenusAreIncomplete) as told:
        from_menus(Group(ALL, (YES, Group(ANY, (YES, wrong)), YES)))
    assert told.value.place == 2


def test_more_than_a_rule_may_hold_is_refused() -> None:
    with pytest.raises(ExpressionIsTooLarge):
        from_menus(Group(ALL, (YES,) * 200))
