"""Rules in the page: the script finds what the server finds, on the vectors and on rules drawn at random."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_mini_racer import MiniRacer

import app.web.respond
from questionnaires.expressions import (
    Absence,
    Answer,
    Expression,
    ExpressionIsIllTyped,
    Kind,
    check_types,
    compile_expression,
    from_json,
    parse,
    to_browser,
    to_json,
    to_text,
    type_of,
)
from tests.questionnaires.rule_trees import SCOPES, TYPES, VECTORS, Month, answers_to, meaning, well_typed
from tests.questionnaires.test_expressions import EXPRESSIONS

SCRIPT = (Path(app.web.respond.__file__).parent / "static" / "respond.js" / "10-rules.js").read_text("utf-8")
# The strict policy of the pages refuses code made from texts, so the script is run without what makes it. JSON hides
# -0, which French formatting shows, so it is told apart.
ENGINE = """
globalThis.Function = undefined;
globalThis.eval = undefined;
const told = (_, value) => (Object.is(value, -0) ? "-0" : value);
(cases) => JSON.stringify(JSON.parse(cases).map(([tree, answers]) => rules.evaluate(tree, answers)), told);
"""
Page = Callable[[list[Any]], list[Any]]


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """Evaluates a list of [tree, answers] in a JavaScript engine, all at once."""
    engine = MiniRacer()
    engine.eval(SCRIPT)
    run: Any = engine.eval(ENGINE)
    yield lambda cases: json.loads(run(json.dumps(cases)))
    engine.close()


def encoded(answers: Mapping[str, Answer]) -> dict[str, object]:
    return {name: {"absence": int(one)} if isinstance(one, Absence) else one for name, one in answers.items()}


def is_same(left: object, right: object) -> bool:
    """Equal in JSON, where true is not 1."""
    return json.dumps(left) == json.dumps(right)


def test_the_page_finds_what_every_vector_says(page: Page) -> None:
    cases = VECTORS["cases"]
    trees = [to_browser(from_json(case["tree"]), TYPES, case.get("scope")) for case in cases]
    found = page([[tree, case["answers"]] for tree, case in zip(trees, cases, strict=True)])
    differences = [
        (case["text"], case["answers"], case["expected"], one)
        for case, one in zip(cases, found, strict=True)
        if not is_same(case["expected"], one)
    ]
    assert differences == []


RULES = st.one_of([st.tuples(st.just(scope), well_typed(scope)) for scope in SCOPES])
ANSWERED_RULES = RULES.flatmap(
    lambda drawn: st.tuples(st.just(drawn), st.lists(answers_to(drawn[1]), min_size=1, max_size=6))
)


@settings(max_examples=500, deadline=None)
@given(ANSWERED_RULES)
def test_server_page_and_meaning_agree(
    page: Page, drawn: tuple[tuple[str | None, Expression], list[dict[str, Any]]]
) -> None:
    (scope, rule), answers = drawn
    evaluate = compile_expression(rule, TYPES, scope=scope)
    on_server = [evaluate(one) for one in answers]
    tree = to_browser(rule, TYPES, scope)
    assert is_same(page([[tree, encoded(one)] for one in answers]), on_server)
    result = type_of(rule, TYPES, scope)
    assert result is not None
    for one, found in zip(answers, on_server, strict=True):
        expected = meaning(rule, one, scope)
        if result.kind is Kind.NUMBER and isinstance(found, int):
            assert Fraction(found, 10**result.decimals) == expected, (to_text(rule), one)
        else:
            assert found == _kept(expected), (to_text(rule), one)


def _kept(value: Any) -> Any:
    match value:
        case date():
            return value.toordinal()
        case Month((year, month)):
            return 12 * year + month - 1
    return value


@settings(max_examples=200, deadline=None)
@given(RULES)
def test_a_well_typed_rule_prints_and_reads_back_exactly(drawn: tuple[str | None, Expression]) -> None:
    _, rule = drawn
    text, tree = to_text(rule), to_json(rule)
    assert parse(text) == rule
    assert to_text(parse(text)) == text
    assert from_json(json.loads(json.dumps(tree))) == rule
    assert to_json(from_json(tree)) == tree


@settings(max_examples=300, deadline=None)
@given(EXPRESSIONS, st.sampled_from(SCOPES), st.data())
def test_an_ill_typed_rule_never_compiles(rule: Expression, scope: str | None, data: st.DataObject) -> None:
    """A tree of any shape either has problems, and is refused everywhere, or is evaluated."""
    if check_types(rule, TYPES, scope=scope):
        with pytest.raises(ExpressionIsIllTyped):
            compile_expression(rule, TYPES, scope=scope)
        with pytest.raises(ExpressionIsIllTyped):
            to_browser(rule, TYPES, scope)
        return
    compile_expression(rule, TYPES, scope=scope)(data.draw(answers_to(rule)))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("age = 'a18_24'", ["=", ["var", "age"], 2]),
        ("'a18_24' != age", ["!=", 2, ["var", "age"]]),
        ("region in {'bretagne', 'corse'}", ["in", ["var", "region"], 53, 94]),
        ("part > 12", [">", ["var", "part"], 120]),
        ("part > 12.50", [">", ["*", ["var", "part"], 10], 1250]),
        ('visite = "0001-01-02"', ["=", ["var", "visite"], 2]),
        ('debut + 1 < "0001-02"', ["<", ["+", ["var", "debut"], 1], 13]),
        ('metier = "2022-03"', ["=", ["var", "metier"], "2022-03"]),
        ("rank(preferences, 'climat') = 1", ["=", ["rank", ["var", "preferences"], 3], 1]),
        ("sum(cout, duree)", ["sum", ["*", ["items", "partenaires", "cout"], 10], ["items", "partenaires", "duree"]]),
        ("no_opinion(age)", ["no_opinion", ["var", "age"]]),
        ("age = null", ["=", ["var", "age"], None]),
    ],
)
def test_the_tree_of_the_page_has_nothing_left_to_look_up(text: str, tree: object) -> None:
    assert is_same(to_browser(parse(text), TYPES), tree)


def test_an_item_of_its_own_section_is_read_by_its_plain_name() -> None:
    assert to_browser(parse("sum(cout)"), TYPES, "partenaires") == ["sum", ["var", "cout"]]


def test_the_script_weighs_little() -> None:
    assert len(gzip.compress(SCRIPT.encode(), 9)) <= 2048
