"""The rule language: its text and its tree print back to each other; evaluators agree on the vectors."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionnaires.expressions import (
    MAX_DEPTH,
    MAX_INTEGER,
    MAX_NODES,
    Absence,
    Call,
    ChoiceName,
    Expression,
    ExpressionIsIllTyped,
    ExpressionIsMalformed,
    ExpressionIsTooLarge,
    ExpressionSyntaxError,
    Kind,
    Literal,
    Reference,
    check_types,
    compile_expression,
    from_json,
    parse,
    references,
    to_json,
    to_text,
    type_of,
)
from questionnaires.model import decode_given
from tests.questionnaires.rule_trees import TYPES, VECTORS


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["text"])
def test_a_vector_reads_prints_and_evaluates(case: dict[str, Any]) -> None:
    expression = parse(case["text"])
    assert to_json(expression) == case["tree"]
    assert from_json(case["tree"]) == expression
    assert to_text(expression) == case["text"]
    value = compile_expression(expression, TYPES, scope=case.get("scope"))(decode_given(case["answers"]))
    assert (type(value), value) == (type(case["expected"]), case["expected"])


# Random trees of every shape that can be made, well typed or not: text and JSON do not care.
_names = st.sampled_from(["age", "enfants", "preferences", "visite", "cout", "partenaires", "rank", "x"])
_choices = st.builds(ChoiceName, st.sampled_from(["oui", "a18_24", "2_5", "climat"]))
_integers = st.integers(-MAX_INTEGER, MAX_INTEGER)
_numbers = st.builds(Literal, _integers, st.integers(0, 6))
_items = st.one_of(_choices, _numbers, st.builds(Literal, st.text() | st.just("2022-03-01")))
_references = st.builds(Reference, _names)
_leaves = st.one_of(_references, _items, st.builds(Literal, st.sampled_from([None, True, False])))


def _calls(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    def call(op: str, *args: st.SearchStrategy[Any]) -> st.SearchStrategy[Expression]:
        return st.builds(lambda found: Call(op, tuple(found)), st.tuples(*args))

    many = st.lists(parts, min_size=2, max_size=4)
    binary = st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "+", "-", "*"])
    return st.one_of(
        call("rank", _references, _choices),
        st.builds(lambda op, args: Call(op, tuple(args)), st.sampled_from(["and", "or"]), many),
        st.builds(lambda op, left, right: Call(op, (left, right)), binary, parts, parts),
        st.builds(lambda op, one: Call(op, (one,)), st.sampled_from(["not", "-", "sum"]), parts),
        st.builds(lambda args: Call("sum", tuple(args)), many),
        st.builds(lambda one, items: Call("in", (one, *items)), parts, st.lists(_items, min_size=1, max_size=3)),
        st.builds(
            lambda op, one: Call(op, (one,)),
            st.sampled_from(["count", "answered", "no_opinion"]),
            _references,
        ),
        call("has", _references, _choices),
    )


EXPRESSIONS = st.recursive(_leaves, _calls, max_leaves=25)


@given(EXPRESSIONS)
def test_text_and_tree_print_back_to_each_other_exactly(expression: Expression) -> None:
    text = to_text(expression)
    assert parse(text) == expression
    assert to_text(parse(text)) == text
    tree = json.loads(json.dumps(to_json(expression)))
    assert from_json(tree) == expression
    assert to_json(from_json(tree)) == tree


# Well-typed conditions over the variables of the vectors.
_ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "age": st.sampled_from([1, 2, 3, Absence.NO_OPINION, Absence.SKIPPED]),
        "priorite": st.sampled_from([(1,), (1, 2), (9,), Absence.SKIPPED]),
        "enfants": st.one_of(st.integers(0, 5), st.just(Absence.REFUSED)),
    },
)
_ATOMS = st.sampled_from(
    [
        "age = 'a18_24'",
        "age in {'moins_18', 'a25_34'}",
        "priorite has 'emploi'",
        "count(priorite) >= 2",
        "enfants + 1 > 3",
        "answered(age)",
        "no_opinion(age)",
        "null",
    ]
).map(parse)
_CONDITIONS = st.recursive(
    _ATOMS,
    lambda parts: st.one_of(
        st.builds(lambda one: Call("not", (one,)), parts),
        st.builds(
            lambda op, args: Call(op, tuple(args)),
            st.sampled_from(["and", "or"]),
            st.lists(parts, min_size=2, max_size=3),
        ),
    ),
    max_leaves=12,
)


def _kleene(expression: Expression, answers: dict[str, Any]) -> float:
    """Kleene's logic by another way: false 0, null ½, true 1; and is the minimum, or the maximum."""
    if isinstance(expression, Call) and expression.op in ("and", "or", "not"):
        values = [_kleene(part, answers) for part in expression.args]
        return {"and": min(values), "or": max(values), "not": 1 - values[0]}[expression.op]
    value = compile_expression(expression, TYPES)(answers)
    return 0.5 if value is None else float(value)


@given(_CONDITIONS, _ANSWERS)
def test_conditions_follow_kleene(expression: Expression, answers: dict[str, Any]) -> None:
    value = compile_expression(expression, TYPES)(answers)
    assert {True: 1, False: 0, None: 0.5}[value] == _kleene(expression, answers)  # type: ignore[index]


@given(_CONDITIONS, _ANSWERS, _ANSWERS)
def test_one_more_answer_never_turns_a_definite_value(
    expression: Expression, answers: dict[str, Any], more: dict[str, Any]
) -> None:
    """Knowing more makes null definite, never true false; only `answered` and `no_opinion` see absence."""
    if {node for node in ("answered", "no_opinion") if node in to_text(expression)}:
        return
    before = compile_expression(expression, TYPES)
    known = {name: one for name, one in answers.items() if not isinstance(one, Absence)}
    if before(known) is not None:
        assert before({**more, **known}) == before(known)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("age =", 5),
        ("= 3", 0),
        ("age = 'a' = 'b'", 10),
        ("age = not b", 6),
        ("(age = 1", 8),
        ("age = 1)", 7),
        ("count(3)", 6),
        ("count(age", 9),
        ("age in {}", 8),
        ("age in {null}", 8),
        ("age in {'a'", 11),
        ("age has 3", 8),
        ("count(x) has 'a'", 9),
        ("age and", 7),
        ("Age = 1", 0),
        ("age = “oui”", 6),
        ('age = "oui', 6),
        ("age = ''", 6),
        ("age ~ 3", 4),
        ("x = 1.2345678", 4),
        ("x = 9007199254740993", 4),
        ("not", 3),
        ("and", 0),
        ("x has 'a' 'b'", 10),
        ("rank(x)", 6),
        ("rank(x, y)", 8),
        ("rank('a', 'b')", 5),
        ("rank(x, 'a', 'b')", 11),
        ("rank(x, 'a'", 11),
    ],
)
def test_a_text_that_is_no_rule_says_where(text: str, position: int) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        parse(text)
    assert caught.value.position == position


def test_limits_of_size() -> None:
    deep = "not " * (MAX_DEPTH - 1) + "x"
    assert parse(deep)
    with pytest.raises(ExpressionIsTooLarge):
        parse("not " + deep)
    with pytest.raises(ExpressionIsTooLarge):
        parse("(" * 10_000 + "x" + ")" * 10_000)
    wide = " or ".join(["x"] * (MAX_NODES - 1))
    assert parse(wide)
    with pytest.raises(ExpressionIsTooLarge):
        parse(wide + " or x")
    with pytest.raises(ExpressionIsTooLarge):
        parse('"' + "x" * 20_001 + '"')
    tree: dict[str, Any] = {"var": "x"}
    for _ in range(MAX_DEPTH):
        tree = {"op": "not", "args": [tree]}
    with pytest.raises(ExpressionIsTooLarge):
        from_json(tree)


@pytest.mark.parametrize(
    "tree",
    [
        None,
        {},
        {"op": "xor", "args": [{"var": "x"}, {"var": "y"}]},
        {"op": "not", "args": []},
        {"op": "=", "args": [{"var": "x"}]},
        {"op": "count", "args": [{"value": 1}]},
        {"op": "has", "args": [{"var": "x"}, {"value": 1}]},
        {"op": "rank", "args": [{"var": "x"}]},
        {"op": "rank", "args": [{"var": "x"}, {"value": 1}]},
        {"op": "rank", "args": [{"choice": "y"}, {"choice": "y"}]},
        {"op": "in", "args": [{"var": "x"}, {"var": "y"}]},
        {"var": "Not a name"},
        {"var": "and"},
        {"choice": ""},
        {"value": 1.5},
        {"value": 2**53},
        {"value": "a", "decimals": 1},
        {"var": "x", "choice": "y"},
    ],
)
def test_a_tree_out_of_shape_is_refused(tree: object) -> None:
    with pytest.raises(ExpressionIsMalformed):
        from_json(tree)


def test_true_is_not_one() -> None:
    assert Literal(True) != Literal(1)
    assert Literal(10, 1) != Literal(1)
    assert len({Literal(True), Literal(1), Literal(1)}) == 2


def test_texts_are_composed() -> None:
    assert parse('x = "e\u0301te\u0301"') == parse('x = "été"')


def test_references() -> None:
    rule = parse("age = 'a18_24' and sum(enfants, 2) > 1 or answered(metier)")
    assert references(rule) == {"age", "enfants", "metier"}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("inconnue = 1", ["rule-variable-unknown"]),
        ("age = 'vieux'", ["rule-choice-unknown"]),
        ("region = 'a18_24'", ["rule-choice-unknown"]),
        ("enfants = 'a18_24'", ["rule-choice-without-variable"]),
        ("priorite has 'paris'", ["rule-choice-unknown"]),
        ("age has 'a18_24'", ["rule-type-mismatch"]),
        ("priorite = 'emploi'", ["rule-type-mismatch"]),
        ("age = 2", ["rule-type-mismatch"]),
        ("age < 'a18_24'", ["rule-type-mismatch"]),
        ("age = region", ["rule-type-mismatch"]),
        ('enfants = "2"', ["rule-type-mismatch"]),
        ("count(age)", ["rule-type-mismatch"]),
        ("not enfants", ["rule-type-mismatch"]),
        ("enfants and true", ["rule-type-mismatch"]),
        ("enfants * adultes", ["rule-not-linear"]),
        ("age + 1", ["rule-type-mismatch"]),
        ("budget * 0.00001", ["rule-too-many-decimals"]),
        ("inconnue = 1 and age = 'vieux'", ["rule-variable-unknown", "rule-choice-unknown"]),
        ("age in {'vieux', 'jeune'}", ["rule-choice-unknown", "rule-choice-unknown"]),
        ("(1 + 1) * enfants = 3", []),
        ("rank(priorite, 'emploi')", ["rule-type-mismatch"]),
        ("rank(preferences, 'aucune')", ["rule-choice-unknown"]),
        ("rank(inconnue, 'aucune')", ["rule-variable-unknown"]),
        ("preferences has 'aucune'", ["rule-choice-unknown"]),
        ("preferences = 'emploi'", ["rule-type-mismatch"]),
        ("partenaires has 'emploi'", ["rule-type-mismatch"]),
        ("partenaires = 1", ["rule-type-mismatch"]),
        ("count(visite)", ["rule-type-mismatch"]),
        ("sum(partenaires)", ["rule-type-mismatch"]),
        ('visite > "2022-02-30"', ["rule-date-malformed"]),
        ('visite > "2022-2-3"', ["rule-date-malformed"]),
        ('visite > "20220203"', ["rule-date-malformed"]),
        ('visite > "2022-03"', ["rule-date-malformed"]),
        ('visite in {"2022-03-01", "demain"}', ["rule-date-malformed"]),
        ('debut = "2022-13"', ["rule-date-malformed"]),
        ('debut = "0000-01"', ["rule-date-malformed"]),
        ('debut = "2022-01-01"', ["rule-date-malformed"]),
        ("visite > debut", ["rule-type-mismatch"]),
        ("visite > 3", ["rule-type-mismatch"]),
        ("visite = metier", ["rule-type-mismatch"]),
        ("visite in {3}", ["rule-type-mismatch"]),
        ("visite + naissance", ["rule-type-mismatch"]),
        ("visite - debut", ["rule-type-mismatch"]),
        ("30 - visite", ["rule-type-mismatch"]),
        ("visite + part", ["rule-too-many-decimals"]),
        ("visite + inconnue", ["rule-variable-unknown"]),
        ("-visite", ["rule-type-mismatch"]),
        ("visite * 2", ["rule-type-mismatch"]),
        ("sum(visite)", ["rule-type-mismatch"]),
        ('"2022-03-01" < "2022-03-02"', ["rule-type-mismatch"]),
        ('visite > "2022-03-01" + 1', ["rule-type-mismatch"]),
        ('visite - "2022-03-01" > 1 and fin >= debut - 3', []),
        ("cout > 3", ["rule-item-variable"]),
        ("statut = 'public'", ["rule-item-variable"]),
        ("answered(cout)", ["rule-item-variable"]),
        ("sum(cout + 1)", ["rule-item-variable"]),
        ("sum(sum(cout), duree, enfants) > 3", []),
        ("sum(statut)", ["rule-type-mismatch"]),
        ("age = null", []),
    ],
)
def test_types(text: str, codes: list[str]) -> None:
    expression = parse(text)
    assert [found.code for found in check_types(expression, TYPES)] == codes
    if codes:
        with pytest.raises(ExpressionIsIllTyped):
            compile_expression(expression, TYPES)


def test_an_item_is_read_in_the_section_of_its_roster_only() -> None:
    rule = parse("cout > 3 and statut = 'public' and answered(rencontre) and sum(moyen) > 1")
    assert check_types(rule, TYPES, scope="partenaires") == []
    outside = check_types(rule, TYPES, scope="priorite")
    assert [(found.code, found.data["variable"], found.data["roster"]) for found in outside] == [
        ("rule-item-variable", name, "partenaires") for name in ("cout", "statut", "rencontre")
    ]
    with pytest.raises(ExpressionIsIllTyped):
        compile_expression(rule, TYPES)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("visite + 30", Kind.DATE),
        ("30 + visite", Kind.DATE),
        ("visite - 1", Kind.DATE),
        ("visite - naissance", Kind.NUMBER),
        ('"2022-03-01" - visite', Kind.NUMBER),
        ("debut - 1", Kind.MONTH),
        ("fin - debut", Kind.NUMBER),
        ("visite - null", Kind.NULL),
    ],
)
def test_differences_of_dates_are_numbers(text: str, kind: Kind) -> None:
    found = type_of(parse(text), TYPES)
    assert found is not None
    assert found.kind is kind


def test_rank_may_also_name_a_variable() -> None:
    """The operation came after questionnaires in which a variable may have this name."""
    rule = parse("rank(preferences, 'emploi') < rank and rank (preferences, 'sante') = rank + 1")
    assert references(rule) == {"preferences", "rank"}
    assert to_text(Call("=", (Reference("rank"), Literal(1)))) == "rank = 1"
    assert compile_expression(rule, TYPES)({"preferences": (1, 2, 3), "rank": 2}) is False


def test_a_condition_is_a_boolean() -> None:
    assert [found.code for found in check_types(parse("enfants"), TYPES, Kind.BOOLEAN)] == ["rule-result"]
    assert check_types(parse("null"), TYPES, Kind.BOOLEAN) == []


def test_a_result_at_the_scale_asked_for() -> None:
    assert compile_expression(parse("part * 2"), TYPES, decimals=3)({"part": 125}) == 25_000
