"""What a valid answer is for rankings, lists, dates, durations, shares, sensitive questions, forms of text."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from questionnaires.expressions import day_text, month_text
from questionnaires.model import Absence, Answer, Question, Required, Severity
from questionnaires.problems import Data
from questionnaires.validation import (
    check_answer,
    check_page,
    has_form,
    read_date,
    read_duration,
    read_month,
    read_number,
)
from tests.questionnaires.builders import (
    ONLINE,
    allocation,
    asking_words,
    choice_grid,
    choices,
    consent,
    date,
    duration,
    likert,
    month,
    multiple,
    multiple_grid,
    must_hold,
    number,
    number_grid,
    offered_if,
    page,
    questionnaire,
    ranking,
    roster,
    rows,
    section,
    single,
    suggester,
    text,
    year,
    yes_no,
)

DAY = dt.date(2022, 3, 1).toordinal()


@pytest.mark.parametrize(
    ("question", "name", "answer", "problem", "data"),
    [
        (yes_no("q"), "q", 2, None, {}),
        (yes_no("q"), "q", 3, "choice-unknown", {}),
        (consent("q"), "q", 1, None, {}),
        (likert("q", "a", "b", "c"), "q", 3, None, {}),
        (ranking("q", "a", "b", "c"), "q", (3, 1, 2), None, {}),
        (ranking("q", "a", "b", "c"), "q", (3, 3), "answer-malformed", {}),
        (ranking("q", "a", "b", "c"), "q", (4,), "choice-unknown", {}),
        (ranking("q", "a", "b", "c", top=2), "q", (3, 2, 1), "too-many-choices", {"maximum": 2, "count": 3}),
        (multiple_grid("q", "x"), "q_x", (1, 3), None, {}),
        (multiple_grid("q", "x", maximum=1), "q_x", (1, 3), "too-many-choices", {"maximum": 1, "count": 2}),
        (number_grid("q", "x", maximum=5), "q_x", 5, None, {}),
        (number_grid("q", "x", maximum=5), "q_x", 6, "number-out-of-bounds", None),
        (allocation("q", "x", "y"), "q_y", -1, "number-too-small", None),
        (date("q", minimum=DAY), "q", DAY, None, {}),
        (date("q", minimum=DAY), "q", DAY - 1, "date-out-of-bounds", {"minimum": "2022-03-01", "maximum": ""}),
        (date("q", maximum=DAY), "q", DAY + 1, "date-out-of-bounds", {"minimum": "", "maximum": "2022-03-01"}),
        (date("q"), "q", 4_000_000, "date-not-a-date", {"part": ""}),
        (month("q", maximum=24_264), "q", 24_264, None, {}),
        (month("q", maximum=24_264), "q", 24_265, "month-out-of-bounds", {"minimum": "", "maximum": "2022-01"}),
        (month("q"), "q", 3, "month-not-a-month", {"part": ""}),
        (year("q"), "q", 1789, None, {}),
        (year("q"), "q", 22, "number-out-of-bounds", {"minimum": 1000, "maximum": 9999, "decimals": 0}),
        (duration("q", maximum=60), "q", 61, "number-out-of-bounds", None),
        (text("q", minimum=5), "q", "court", None, {}),
        (text("q", minimum=6), "q", "court", "text-too-short", {"minimum": 6, "count": 5}),
        (text("q", pattern="email"), "q", "moi@exemple.fr", None, {}),
        (text("q", pattern="email"), "q", "moi@exemple", "text-pattern", {"pattern": "email"}),
        (suggester("q"), "q", "2A004", None, {}),
        (suggester("q"), "q", "<b>", "answer-malformed", {}),
        (suggester("q"), "q_region", 53, None, {}),
        (suggester("q"), "q_name", "Rennes", None, {}),
        (roster("q", maximum=2), "q", (1, 4), None, {}),
        (roster("q", maximum=2), "q", (1, 4, 5), "items-too-many", {"maximum": 2, "count": 3}),
        (roster("q", minimum=2), "q", (4,), "items-too-few", {"minimum": 2, "count": 1}),
        (roster("q"), "q", (1, 1), "answer-malformed", {}),
        (roster("q"), "q[4]", "Mairie", None, {}),
        (roster("q"), "q[4]", "x" * 501, "text-too-long", {"maximum": 500, "count": 501}),
        (roster("q"), "q[4]", 3, "answer-malformed", {}),
        (single("q", sensitive=True), "q_consent", 1, None, {}),
        (single("q", sensitive=True), "q_consent", 2, "answer-malformed", {}),
    ],
)
def test_an_answer_by_itself(
    question: Question, name: str, answer: Answer, problem: str | None, data: dict[str, Data] | None
) -> None:
    found = check_answer(question, name, answer)
    assert [one.code for one in found] == ([problem] if problem else [])
    if problem and data is not None:
        assert dict(found[0].data) == data
    assert all(one.place.variable == name for one in found)


def problems(answers: dict[str, Answer], *questions: Question, **more: Any) -> list[tuple[str, str | None]]:
    """The problems of the last page, after one where `reference` and `filtre` are asked."""
    first = page("avant", number("reference", required=Required.NO), single("filtre", required=Required.NO))
    version = questionnaire(first, page("page", *questions, **more))
    given: dict[str, Answer] = {"reference": Absence.SKIPPED, "filtre": Absence.SKIPPED, **answers}
    return [(one.code, one.place.variable) for one in check_page(version, ONLINE, given, "page")]


@pytest.mark.parametrize(
    ("limit", "refused", "taken"),
    [("at_least", 9, 10), ("at_most", 11, 10), ("above", 10, 11), ("below", 10, 9)],
)
def test_bounds_that_another_answer_gives(limit: str, refused: int, taken: int) -> None:
    asked = number("q", **{limit: "reference"})
    assert problems({"reference": 10, "q": refused}, asked) == [("limit-crossed", "q")]
    assert problems({"reference": 10, "q": taken}, asked) == []
    assert problems({"q": refused}, asked) == [], "without the other answer there is no bound"


def test_a_bound_is_exact_whatever_the_decimals() -> None:
    asked = number("q", decimals=1, at_most="reference * 0.25")
    assert problems({"reference": 5, "q": 12}, asked) == []
    assert problems({"reference": 5, "q": 13}, asked) == [("limit-crossed", "q")]


def test_a_date_is_bounded_by_another_date() -> None:
    version = questionnaire(page("page", date("debut")), page("suite", date("fin", at_least="debut")))
    given: dict[str, Answer] = {"debut": DAY, "fin": DAY - 1}
    found = check_page(version, ONLINE, given, "suite")
    assert [(one.code, one.data["value"]) for one in found] == [("limit-crossed", DAY)]
    assert check_page(version, ONLINE, {"debut": DAY, "fin": DAY}, "suite") == []


def test_shares_make_up_their_total_with_empty_parts() -> None:
    asked = allocation("q", "x", "y", "z")
    assert problems({"q_x": 60, "q_y": 40, "q_z": Absence.SKIPPED}, asked) == []
    assert problems({"q_x": 60, "q_y": 30, "q_z": Absence.SKIPPED}, asked) == [("sum-not-total", "q")]
    assert problems({"q_x": 60, "q_y": 41, "q_z": 0}, asked) == [("sum-not-total", "q")]
    nothing: dict[str, Answer] = dict.fromkeys(("q_x", "q_y", "q_z"), Absence.SKIPPED)
    assert problems(nothing, asked) == [("answer-required", "q")], "said once, not for each part"


def test_shares_of_a_total_that_another_answer_gives() -> None:
    asked = allocation("q", "x", "y", total_from="reference")
    assert problems({"reference": 7, "q_x": 3, "q_y": 4}, asked) == []
    assert problems({"reference": 7, "q_x": 3, "q_y": 3}, asked) == [("sum-not-total", "q")]
    assert problems({"q_x": 3, "q_y": 3}, asked) == []


def test_a_ranking_ranks_as_many_as_are_asked_and_offered() -> None:
    asked = ranking("q", "a", "b", "c", top=2)
    assert problems({"q": (3, 1)}, asked) == []
    assert problems({"q": (3,)}, asked) == [("ranking-incomplete", "q")]
    some = replace(asked, choices=offered_if(choices("a", "b", "c"), b="filtre = 'oui'", c="filtre = 'oui'"))
    assert problems({"filtre": 2, "q": (1,)}, some) == []
    assert problems({"filtre": 1, "q": (1,)}, some) == [("ranking-incomplete", "q")]


def test_a_choice_that_is_not_offered_any_more_is_refused() -> None:
    asked = single("q", choices=offered_if(choices("a", "b"), b="filtre = 'oui'"))
    assert problems({"filtre": 1, "q": 2}, asked) == []
    assert problems({"filtre": 2, "q": 2}, asked) == [("choice-unknown", "q")]


def test_a_row_that_is_not_offered_asks_nothing() -> None:
    asked = replace(choice_grid("q", "x", "y"), rows=offered_if(rows("x", "y"), y="filtre = 'oui'"))
    assert problems({"filtre": 2, "q_x": 1}, asked) == []
    assert problems({"filtre": 1, "q_x": 1}, asked) == [("answer-required", "q_y")]


def test_an_exclusive_choice_with_others() -> None:
    asked = multiple("q", "a", "b", "aucun", exclusive="aucun")
    assert problems({"q": (1, 3)}, asked) == [("choice-exclusive", "q")]
    assert problems({"q": (3,)}, asked) == []


def test_words_are_recommended_for_the_choice_that_asks_for_them() -> None:
    asked = single("q", choices=asking_words(choices("presse", "autre"), "autre"))
    assert problems({"q": 1}, asked) == []
    assert problems({"q": 2}, asked) == [("answer-recommended", "q_autre_text")]
    assert problems({"q": 2, "q_autre_text": "la radio"}, asked) == []
    free = replace(asked, required=Required.NO)
    assert problems({"q": 2, "q_autre_text": Absence.SKIPPED}, free) == []


def test_a_sensitive_answer_needs_a_consent_and_is_never_required() -> None:
    asked = single("q", sensitive=True, required=Required.NO)
    assert problems({"q": Absence.SKIPPED}, asked) == []
    assert problems({"q": 1}, asked) == [("consent-missing", "q_consent")]
    assert problems({"q": 1, "q_consent": 1}, asked) == []


def test_checks_bounds_and_blanks_in_the_items_of_a_list() -> None:
    version = questionnaire(
        sections=(
            section("liste", page("liste", roster("partenaires"))),
            section(
                "detail",
                page(
                    "detail",
                    number("cout"),
                    number("part", at_most="cout"),
                    checks=(must_hold("cher", "cout < 1000", "cout", severity=Severity.WARNING),),
                ),
                repeat="partenaires",
            ),
        )
    )
    given: dict[str, Answer] = {
        "partenaires": (1, 2),
        "partenaires[1]": "Mairie",
        "partenaires[2]": "Région",
        "cout[1]": 10,
        "part[1]": 10,
        "cout[2]": 1000,
        "part[2]": 1001,
    }
    assert check_page(version, ONLINE, given, "detail.1") == []
    found = check_page(version, ONLINE, given, "detail.2")
    assert [(one.code, one.place.page, one.place.question, one.place.variable) for one in found] == [
        ("limit-crossed", "detail.2", "part[2]", "part[2]"),
        ("check-violated", "detail.2", "cout[2]", "cout[2]"),
    ]
    assert found[1].data["at"] == ("cout[2]",)
    blank = check_page(version, ONLINE, given | {"cout[1]": Absence.SKIPPED}, "detail.1")
    assert [(one.code, one.place.variable) for one in blank] == [("answer-required", "cout[1]")]


# -- what respondents type ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("1/3/2022", "2022-03-01"),
        ("01.03.2022", "2022-03-01"),
        (" 01 03 2022 ", "2022-03-01"),
        ("2022-03-01", "2022-03-01"),
        ("29/2/2024", "2024-02-29"),
        ("29/2/2023", None),
        ("1/13/2022", None),
        ("1/3/22", None),
        ("hier", None),
        ("", None),
    ],
)
def test_reading_a_date(typed: str, day: str | None) -> None:
    found = read_date(typed)
    assert (None if found is None else day_text(found)) == day


@drawn(st.dates())
def test_every_date_reads_back(day: dt.date) -> None:
    assert read_date(f"{day.day}/{day.month}/{day.year:04d}") == day.toordinal()
    assert read_date(day_text(day.toordinal())) == day.toordinal()


@pytest.mark.parametrize(
    ("typed", "said"), [("3/2022", "2022-03"), ("2022-12", "2022-12"), ("13/2022", None), ("0/2022", None), ("x", None)]
)
def test_reading_a_month(typed: str, said: str | None) -> None:
    found = read_month(typed)
    assert (None if found is None else month_text(found)) == said


def test_reading_a_duration() -> None:
    asked = duration("q", "hours", "minutes")
    assert read_duration(asked, ("1", "30")) == 90
    assert read_duration(asked, ("", "90")) == 90
    assert read_duration(asked, ("", "")) is None
    wrong = read_duration(asked, ("1", "trente"))
    assert getattr(wrong, "code", "") == "duration-not-a-duration"
    assert read_duration(duration("q", "years", "months"), ("2", "")) == 24


def test_numbers_of_a_grid_are_read_as_numbers() -> None:
    assert read_number(number_grid("q", "x", decimals=2), "1\u202f234,5") == 123_450


@pytest.mark.parametrize(
    ("pattern", "right", "wrong"),
    [
        ("email", ("a.b+c@exemple.asso.fr", "é@exemple.fr"), ("a@b", "a b@c.fr", "a@@b.fr", "a..b@c.fr", "@c.fr")),
        ("phone", ("01 02 03 04 05", "+33 1 02 03 04 05", "06.12.34.56.78"), ("12345", "01 02 zéro", "")),
        ("postcode", ("35000", "01000", "97400", "20090"), ("3500", "350000", "00100", "99000", "2A000")),
        ("siren", ("732829320", "732 829 320"), ("732829321", "73282932", "abc")),
        ("siret", ("73282932000074", "356 000 000 00048"), ("73282932000075", "732829320")),
        ("url", ("https://www.exemple.fr/a?b=1", "http://exemple.fr"), ("www.exemple.fr", "https://x", "javascript:1")),
    ],
)
def test_the_forms_of_a_text(pattern: str, right: tuple[str, ...], wrong: tuple[str, ...]) -> None:
    assert [one for one in right if not has_form(one, pattern)] == []
    assert [one for one in wrong if has_form(one, pattern)] == []


def test_a_number_that_is_too_long_is_out_of_bounds_not_unreadable() -> None:
    asked = number("q", maximum=500)
    typed = read_number(asked, "9" * 20)
    assert isinstance(typed, int)
    assert [one.code for one in check_answer(asked, "q", typed)] == ["number-out-of-bounds"]


def test_two_lines_of_a_list_that_say_the_same_are_told_once_without_holding() -> None:
    given: dict[str, Answer] = {"q": (1, 2), "q[1]": "Mairie", "q[2]": "MAIRIE"}
    assert problems(given, roster("q")) == [("items-alike", "q[2]")]
    assert problems({**given, "q[2]": "Région"}, roster("q")) == []
