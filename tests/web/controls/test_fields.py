"""What a posted page becomes: answers, blanks, problems; never an exception."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.web.controls.fields import PageForm, clean, read_page, typed_number
from questionnaires.model import Absence, Answer, Questionnaire
from tests.questionnaires.builders import (
    choice_grid,
    multiple,
    number,
    page,
    questionnaire,
    score,
    score_grid,
    single,
    text,
)

ASKED: Questionnaire = questionnaire(
    page(
        "une",
        single("avis", "pour", "contre", no_opinion=True, refusal=True),
        single("ville", "paris", "lyon"),
        multiple("soucis", "emploi", "climat", "aucun", exclusive="aucun", maximum=2, no_opinion=True),
        score("note", no_opinion=True),
        score_grid("force", "ici", "ailleurs"),
        choice_grid("effet", "ici", "ailleurs", no_opinion=True),
        number("heures", maximum=1000, no_opinion=True),
        number("prix", decimals=2, maximum=1_000_000),
        text("mot", maximum=20),
    )
)
NAMES = [name for question in ASKED.questions for name in question.answers]


def read(**posted: Any) -> PageForm:
    """The form of these strings, one or a list of them a name."""
    return read_page(ASKED, "une", NAMES, MultiDict(posted))


@pytest.mark.parametrize(
    ("name", "posted", "expected"),
    [
        ("avis", "2", 2),
        ("avis", "nsp", Absence.NO_OPINION),
        ("avis", "refus", Absence.REFUSED),
        ("avis", ["2", "2"], 2),
        ("soucis", ["2", "1"], (1, 2)),
        ("soucis", "3", (3,)),
        ("soucis", "nsp", Absence.NO_OPINION),
        ("note", "0", 0),
        ("note", "10", 10),
        ("force_ici", "7", 7),
        ("effet_ailleurs", "nsp", Absence.NO_OPINION),
        ("heures", "12", 12),
        ("heures", " 1\u202f000 ", 1000),
        ("heures", ["", "nsp"], Absence.NO_OPINION),
        ("heures", "nsp", Absence.NO_OPINION),
        ("prix", "1\u00a0234,5", 123450),
        ("prix", "12.34", 1234),
        ("mot", " e\u0301te\u0301\r\nici\x00 ", "été\nici"),
    ],
)
def test_an_answer_is_read(name: str, posted: Any, expected: Answer) -> None:
    form = read(**{name: posted})
    assert form.problems == []
    assert form.answers[name] == expected
    assert type(form.answers[name]) is type(expected)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("posted", [[], "", "  ", "\x00", ["", ""]])
def test_what_holds_no_word_is_blank(name: str, posted: Any) -> None:
    form = read(**{name: posted})
    assert form.problems == []
    assert form.answers[name] is None


@pytest.mark.parametrize(
    ("name", "posted", "code"),
    [
        ("avis", "9", "choice-unknown"),
        ("avis", "1 OR 1=1", "choice-unknown"),
        ("avis", "\u0661", "choice-unknown"),
        ("avis", ["1", "2"], "answer-malformed"),
        ("ville", "nsp", "no-opinion-not-offered"),
        ("ville", "refus", "refusal-not-offered"),
        ("soucis", ["1", "9"], "choice-unknown"),
        ("soucis", ["1", "3"], "choice-exclusive"),
        ("soucis", ["1", "nsp"], "choice-exclusive"),
        ("note", "11", "score-unknown"),
        ("note", "-1", "score-unknown"),
        ("note", "7.0", "score-unknown"),
        ("force_ici", "nsp", "no-opinion-not-offered"),
        ("effet_ici", "x", "choice-unknown"),
        ("heures", "beaucoup", "number-not-a-number"),
        ("heures", "9" * 5000, "number-not-a-number"),
        ("heures", "-1", "number-out-of-bounds"),
        ("heures", "1001", "number-out-of-bounds"),
        ("heures", "1,5", "number-too-many-decimals"),
        ("heures", ["12", "nsp"], "choice-exclusive"),
        ("prix", "nsp", "no-opinion-not-offered"),
        ("mot", "x" * 21, "text-too-long"),
        ("mot", ["un", "deux"], "answer-malformed"),
    ],
)
def test_what_is_wrong_by_itself_is_a_problem_and_no_answer(name: str, posted: Any, code: str) -> None:
    form = read(**{name: posted})
    assert [(problem.code, problem.place.variable) for problem in form.problems] == [(code, name)]
    assert name not in form.answers


def test_a_grid_problem_names_its_row_and_its_question() -> None:
    (problem,) = read(force_ailleurs="12").problems
    assert (problem.place.question, problem.place.variable) == ("force", "force_ailleurs")


def test_too_many_choices_are_told_with_their_count() -> None:
    wide = questionnaire(page("une", multiple("soucis", "a", "b", "c", maximum=2)))
    (problem,) = read_page(wide, "une", ["soucis"], MultiDict({"soucis": ["1", "2", "3"]})).problems
    assert (problem.code, dict(problem.data)) == ("too-many-choices", {"maximum": 2, "count": 3})


def test_only_the_answers_asked_for_are_read() -> None:
    form = read_page(ASKED, "une", ["avis"], MultiDict({"avis": "1", "ville": "1", "inconnu": "1"}))
    assert form.answers == {"avis": 1}


def test_what_was_typed_is_kept_to_be_shown_again() -> None:
    assert read(heures=["douze", "nsp"]).typed["heures"] == ("douze", "nsp")


ANYTHING = st.one_of(
    st.text(max_size=50),
    st.sampled_from(["1", "2", "3", "nsp", "refus", "\ud800", "1e5", "٣", "0x1", "\x00", "١", "NaN"]),
)


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from([*NAMES, "base", "autre"]), st.lists(ANYTHING, max_size=4)))
def test_no_posted_string_breaks_a_form(posted: dict[str, list[str]]) -> None:
    form = read_page(ASKED, "une", NAMES, MultiDict(posted))
    wrong = {problem.place.variable for problem in form.problems}
    assert wrong | set(form.answers) == set(NAMES)
    for answer in form.answers.values():
        if isinstance(answer, str):
            assert answer == clean(answer) != ""


@given(st.integers(0, 10**12), st.integers(0, 4), st.sampled_from(["fr", "en"]))
def test_a_number_shown_is_read_as_itself(value: int, decimals: int, language: str) -> None:
    asked = questionnaire(page("une", number("n", decimals=decimals)))
    form = read_page(asked, "une", ["n"], MultiDict({"n": typed_number(value, decimals, language)}))
    assert form.answers == {"n": value}
