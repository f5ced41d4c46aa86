"""What a valid answer is, for each type of question, for a page and for a response."""

from __future__ import annotations

from typing import Any

import pytest

from questionnaires.model import Absence, Answer, Number, Question, Required, Severity
from questionnaires.problems import CATALOGUE, Data, Place, Problem
from questionnaires.validation import check_answer, check_page, check_response, read_number
from tests.questionnaires.builders import (
    ONLINE,
    choice_grid,
    multiple,
    must_hold,
    number,
    page,
    questionnaire,
    score,
    score_grid,
    single,
    text,
)

OUI, NON = 1, 2
SEVERAL = multiple("q", "a", "b", "c", "d", "aucun", "autre", exclusive="aucun", minimum=2, maximum=3)


@pytest.mark.parametrize(
    ("question", "answer", "problem", "data"),
    [
        (single("q"), OUI, None, {}),
        (single("q"), 3, "choice-unknown", {}),
        (single("q"), "oui", "choice-unknown", {}),
        (single("q"), True, "answer-malformed", {}),
        (multiple("q"), (1, 3), None, {}),
        (multiple("q"), (), "too-few-choices", {"minimum": 1, "count": 0}),
        (multiple("q"), (3, 1), "answer-malformed", {}),
        (multiple("q"), (1, 1), "answer-malformed", {}),
        (multiple("q"), 1, "answer-malformed", {}),
        (multiple("q"), (1, 9), "choice-unknown", {}),
        (SEVERAL, (1, 2), None, {}),
        (SEVERAL, (1, 2, 3), None, {}),
        (SEVERAL, (1,), "too-few-choices", {"minimum": 2, "count": 1}),
        (SEVERAL, (1, 2, 3, 4), "too-many-choices", {"maximum": 3, "count": 4}),
        (SEVERAL, (5,), None, {}),
        (SEVERAL, (1, 5, 6), "choice-exclusive", {"exclusive": "aucun", "others": ("a", "autre")}),
        (score("q"), 0, None, {}),
        (score("q"), 10, None, {}),
        (score("q"), 11, "score-unknown", {"minimum": 0, "maximum": 10}),
        (score("q", minimum=1, maximum=5), 0, "score-unknown", {"minimum": 1, "maximum": 5}),
        (score("q"), "5", "score-unknown", {"minimum": 0, "maximum": 10}),
        (number("q", minimum=1, maximum=5), 1, None, {}),
        (number("q", minimum=1, maximum=5), 5, None, {}),
        (
            number("q", minimum=1, maximum=5),
            6,
            "number-out-of-bounds",
            {"minimum": 1, "maximum": 5, "decimals": 0},
        ),
        (
            number("q", minimum=1, maximum=5),
            0,
            "number-out-of-bounds",
            {"minimum": 1, "maximum": 5, "decimals": 0},
        ),
        (number("q", minimum=5), 4, "number-too-small", {"minimum": 5, "decimals": 0}),
        (number("q"), -1, "number-too-small", {"minimum": 0, "decimals": 0}),
        (number("q"), 2**53, "number-out-of-bounds", {"minimum": 0, "maximum": 2**53 - 1, "decimals": 0}),
        (number("q"), "douze", "number-not-a-number", {}),
        (text("q", maximum=5), "mots!", None, {}),
        (text("q", maximum=5), "mots !", "text-too-long", {"maximum": 5, "count": 6}),
        (text("q"), "  ", "answer-malformed", {}),
        (text("q"), 3, "answer-malformed", {}),
        (single("q"), Absence.SKIPPED, None, {}),
        (single("q", no_opinion=True), Absence.NO_OPINION, None, {}),
        (single("q"), Absence.NO_OPINION, "no-opinion-not-offered", {}),
        (single("q", refusal=True), Absence.REFUSED, None, {}),
        (single("q", no_opinion=True), Absence.REFUSED, "refusal-not-offered", {}),
        (single("q"), Absence.NOT_ROUTED, "answer-malformed", {}),
    ],
)
def test_one_answer(question: Question, answer: Answer, problem: str | None, data: dict[str, Any]) -> None:
    found = check_answer(question, "q", answer)
    expected = [] if problem is None else [Problem(problem, Place(question="q", variable="q"), data=data)]
    assert found == expected


def test_the_rows_of_grids() -> None:
    assert check_answer(score_grid("q", "a"), "q_a", 10) == []
    assert [one.place.variable for one in check_answer(score_grid("q", "a"), "q_a", 11)] == ["q_a"]
    assert check_answer(choice_grid("q", "a"), "q_a", OUI) == []
    assert [one.code for one in check_answer(choice_grid("q", "a"), "q_a", 7)] == ["choice-unknown"]


@pytest.mark.parametrize(
    ("typed", "decimals", "value"),
    [
        ("12", 0, 12),
        ("0", 0, 0),
        ("007", 0, 7),
        ("12", 1, 120),
        ("12,5", 1, 125),
        ("12.50", 1, 125),
        (" 1 234,5 ", 1, 12_345),
        ("1\u202f234\u00a0567", 0, 1_234_567),
        ("-3", 0, -3),
        ("\u22123", 0, -3),
        ("12,5", 0, "number-too-many-decimals"),
        ("12,55", 1, "number-too-many-decimals"),
        ("", 0, "number-not-a-number"),
        ("-", 0, "number-not-a-number"),
        ("--3", 0, "number-not-a-number"),
        ("douze", 0, "number-not-a-number"),
        ("1e3", 0, "number-not-a-number"),
        ("1,2,3", 1, "number-not-a-number"),
        ("٣", 0, "number-not-a-number"),
        ("9" * 41, 0, "number-not-a-number"),
    ],
)
def test_numbers_as_they_are_typed(typed: str, decimals: int, value: int | str) -> None:
    question = number("q", decimals=decimals)
    assert isinstance(question, Number)
    found = read_number(question, typed)
    assert (found.code if isinstance(found, Problem) else found) == value


@pytest.mark.parametrize(
    ("required", "expected"),
    [
        (Required.HARD, [("answer-required", Severity.BLOCKING)]),
        (Required.SOFT, [("answer-recommended", Severity.WARNING)]),
        (Required.NO, []),
    ],
)
@pytest.mark.parametrize("given", [{}, {"q": Absence.SKIPPED}])
def test_what_is_required(given: dict[str, Answer], required: Required, expected: list[tuple[str, Severity]]) -> None:
    version = questionnaire(page("p", single("q", required=required)))
    found = check_page(version, ONLINE, given, "p")
    assert [(one.code, one.severity) for one in found] == expected
    assert all(one.place == Place(page="p", question="q", variable="q") for one in found)


def test_each_row_left_blank_is_told() -> None:
    version = questionnaire(page("p", score_grid("q", "a", "b", "c")))
    found = check_page(version, ONLINE, {"q_b": 3}, "p")
    assert [one.place.variable for one in found] == ["q_a", "q_c"]


def test_what_is_not_shown_is_not_required() -> None:
    version = questionnaire(
        page("p", single("q"), single("precision", when="q = 'oui'")),
        page("r", single("s", when="q = 'oui'")),
    )
    assert check_page(version, ONLINE, {"q": NON}, "p") == []
    assert check_page(version, ONLINE, {"q": NON}, "r") == []
    assert [one.place.question for one in check_page(version, ONLINE, {"q": OUI}, "p")] == ["precision"]


@pytest.mark.parametrize(
    ("given", "is_violated"),
    [
        ({"total": 10, "part": 11}, True),
        ({"total": 10, "part": 10}, False),
        ({"total": 10, "part": Absence.SKIPPED}, False),
        ({"total": Absence.NO_OPINION, "part": 11}, False),
    ],
)
@pytest.mark.parametrize("severity", Severity)
def test_a_check_is_violated_only_when_definitely_false(
    given: dict[str, Answer], is_violated: bool, severity: Severity
) -> None:
    total = number("total", required=Required.NO, no_opinion=True)
    check = must_hold("part_du_total", "part <= total", "part", severity=severity)
    version = questionnaire(page("p", total, number("part", required=Required.NO), checks=(check,)))
    found = check_page(version, ONLINE, given, "p")
    place = Place(page="p", question="part", variable="part")
    data: dict[str, Data] = {"check": "part_du_total", "at": ("part",)}
    assert found == ([Problem("check-violated", place, severity, data)] if is_violated else [])


def test_a_check_at_the_row_of_a_grid_and_one_at_no_place() -> None:
    checks = (must_hold("a", "q_a < q_b", "q_b"), must_hold("b", "q_a < q_b"))
    version = questionnaire(page("p", score_grid("q", "a", "b"), checks=checks))
    found = check_page(version, ONLINE, {"q_a": 5, "q_b": 4}, "p")
    assert [(one.place.question, one.place.variable) for one in found] == [("q", "q_b"), (None, None)]


def test_a_sum_that_must_equal_a_total_with_empty_parts() -> None:
    parts = [number(name, required=Required.NO) for name in ("a", "b", "c")]
    version = questionnaire(page("p", *parts, checks=(must_hold("cent", "sum(a, b, c) = 100", "a"),)))
    blank = dict.fromkeys(("a", "b", "c"), Absence.SKIPPED)
    assert check_page(version, ONLINE, blank, "p") == []
    assert check_page(version, ONLINE, {**blank, "a": 60, "c": 40}, "p") == []
    assert [one.code for one in check_page(version, ONLINE, {**blank, "a": 60}, "p")] == ["check-violated"]


def test_checks_know_who_has_no_opinion() -> None:
    check = must_hold("coherence", "not (no_opinion(a) and b = 'oui')", "b")
    version = questionnaire(page("p", single("a", no_opinion=True), single("b"), checks=(check,)))
    given: dict[str, Answer] = {"a": Absence.NO_OPINION, "b": OUI}
    assert [one.code for one in check_page(version, ONLINE, given, "p")] == ["check-violated"]


def test_a_response_is_checked_on_its_path_only() -> None:
    version = questionnaire(
        page("a", single("qa")),
        page("b", single("qb", when="qa = 'oui'")),
        page("c", single("qc"), checks=(must_hold("verif", "qc = 'oui'"),)),
    )
    found = check_response(version, ONLINE, {"qa": NON, "qb": 99, "qc": NON})
    assert [(one.place.page, one.code) for one in found] == [("c", "check-violated")]
    found = check_response(version, ONLINE, {"qa": OUI, "qb": 99})
    assert [(one.place.page, one.code) for one in found] == [
        ("b", "choice-unknown"),
        ("c", "answer-required"),
    ]


def test_problems_have_the_data_of_the_catalogue() -> None:
    with pytest.raises(ValueError, match="too-many-choices"):
        Problem("too-many-choices", data={"maximum": 3})
    with pytest.raises(KeyError):
        Problem("no-such-problem")
    assert all(code == code.lower() and "_" not in code for code in CATALOGUE)
