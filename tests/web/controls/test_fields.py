"""What a posted page becomes: answers, blanks, problems; never an exception."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.services.saying import typed_number
from app.web.controls.fields import PageForm, clean, page_keys, read_page
from questionnaires.model import Absence, Answer, Question, Questionnaire
from tests.questionnaires.builders import (
    choice_grid,
    date,
    duration,
    multiple,
    multiple_grid,
    number,
    number_grid,
    page,
    questionnaire,
    ranking,
    roster,
    score,
    score_grid,
    section,
    single,
    suggester,
    text,
)
from tests.web.controls.samples import EVERY

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
ALL: Questionnaire = questionnaire(page("une", *(question for question, _ in EVERY)))


def read(**posted: Any) -> PageForm:
    """The form of these strings, one or a list of them a name."""
    return read_page(ASKED, "une", NAMES, MultiDict(posted))


def read_all(posted: dict[str, Any]) -> PageForm:
    """The form of the page that asks every type."""
    return read_page(ALL, "une", None, MultiDict(posted))


def read_one(question: Question, posted: dict[str, Any]) -> PageForm:
    """The form of a page that asks one question."""
    return read_page(questionnaire(page("une", question)), "une", None, MultiDict(posted))


def problems(form: PageForm) -> list[tuple[str, str | None]]:
    return [(problem.code, problem.place.variable) for problem in form.problems]


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


def test_an_untouched_page_of_every_type_is_blank() -> None:
    form = read_all({"jour.d": "", "jour.m": " ", "trajet.hours": "", "partenaires[1]": "", "rangs": ["", "", ""]})
    assert form.problems == []
    assert set(form.answers) == {key for question in ALL.questions for key in question.keys}
    assert set(form.answers.values()) == {None}


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
    assert problems(form) == [(code, name)]
    assert name not in form.answers


def test_a_grid_problem_names_its_row_and_its_question() -> None:
    (problem,) = read(force_ailleurs="12").problems
    assert (problem.place.question, problem.place.variable) == ("force", "force_ailleurs")
    (problem,) = read_one(number_grid("couts", "un", "deux"), {"couts_deux": "trois"}).problems
    assert (problem.code, problem.place.question, problem.place.variable) == (
        "number-not-a-number",
        "couts",
        "couts_deux",
    )


def test_too_many_choices_are_told_with_their_count() -> None:
    wide = multiple("soucis", "a", "b", "c", maximum=2)
    (problem,) = read_one(wide, {"soucis": ["1", "2", "3"]}).problems
    assert (problem.code, dict(problem.data)) == ("too-many-choices", {"maximum": 2, "count": 3})
    assert problems(read_one(multiple_grid("g", "un", maximum=1), {"g_un": ["1", "2"]})) == [
        ("too-many-choices", "g_un")
    ]


def test_only_the_answers_asked_for_are_read() -> None:
    form = read_page(ASKED, "une", ["avis"], MultiDict({"avis": "1", "ville": "1", "inconnu": "1"}))
    assert form.answers == {"avis": 1}


def test_what_was_typed_is_kept_to_be_shown_again() -> None:
    assert read(heures=["douze", "nsp"]).typed["heures"] == ("douze", "nsp")


# -- beside the main answers ----------------------------------------------------------------------


def test_the_words_of_a_choice_are_an_answer_of_their_own() -> None:
    form = read_all({"statut": "2", "statut_autre_text": " Mutuelle "})
    assert form.answers["statut"] == 2
    assert form.answers["statut_autre_text"] == "Mutuelle"
    assert problems(read_all({"statut_autre_text": "x" * 501})) == [("text-too-long", "statut_autre_text")]


@pytest.mark.parametrize(("posted", "expected"), [("1", 1), ("", None), ("0", None), ("oui", None)])
def test_only_the_ticked_box_is_a_consent(posted: str, expected: int | None) -> None:
    form = read_all({"sante": "1", "sante_consent": posted})
    assert form.answers["sante_consent"] == expected
    assert form.answers["sante"] == 1, "whether the answer counts is for the validation"


# -- ranks ----------------------------------------------------------------------------------------

THREE = ranking("rangs", "a", "b", "c", no_opinion=True)


@pytest.mark.parametrize(
    ("posted", "expected"),
    [
        (["1:2", "2:1", "3:3"], (2, 1, 3)),
        (["", "2:1", ""], (2,)),
        (["", "", "", "nsp"], Absence.NO_OPINION),
    ],
)
def test_ranks_are_the_choices_in_order(posted: list[str], expected: Answer) -> None:
    form = read_one(THREE, {"rangs": posted})
    assert form.problems == []
    assert form.answers["rangs"] == expected


@pytest.mark.parametrize(
    ("posted", "code", "data"),
    [
        (["1:1", "2:1"], "ranking-duplicate", {"rank": 1}),
        (["1:1", "2:3"], "ranking-incomplete", {"count": 2, "expected": 3}),
        (["1:1", "9:2"], "choice-unknown", {}),
        (["1:0"], "choice-unknown", {}),
        (["premier"], "choice-unknown", {}),
        (["1:1", "1:2"], "answer-malformed", {}),
        (["1:1", "nsp"], "choice-exclusive", {"exclusive": "nsp", "others": ("a",)}),
    ],
)
def test_ranks_that_are_no_order_are_a_problem(posted: list[str], code: str, data: dict[str, Any]) -> None:
    form = read_one(THREE, {"rangs": posted})
    assert [(one.code, dict(one.data)) for one in form.problems] == [(code, data)]
    assert form.typed["rangs"] == tuple(posted)


# -- dates and durations --------------------------------------------------------------------------

DAY = dt.date(2022, 12, 31).toordinal()


@pytest.mark.parametrize(
    ("posted", "name", "expected"),
    [
        ({"jour.d": "31", "jour.m": "12", "jour.y": "2022"}, "jour", DAY),
        ({"jour.d": " 1", "jour.m": "03", "jour.y": "2022"}, "jour", dt.date(2022, 3, 1).toordinal()),
        ({"jour": "2022-12-31"}, "jour", DAY),
        ({"jour": "31/12/2022", "jour.d": ""}, "jour", DAY),
        ({"jour": "refus"}, "jour", Absence.REFUSED),
        ({"mois.m": "3", "mois.y": "2022"}, "mois", 12 * 2022 + 2),
        ({"mois": "2022-03"}, "mois", 12 * 2022 + 2),
        ({"annee": "1998"}, "annee", 1998),
        ({"trajet.hours": "1", "trajet.minutes": "35"}, "trajet", 95),
        ({"trajet.hours": "2", "trajet.minutes": ""}, "trajet", 120),
        ({"trajet.hours": "", "trajet.minutes": "90"}, "trajet", 90),
        ({"trajet": "95"}, "trajet", 95),
        ({"trajet": "nsp"}, "trajet", Absence.NO_OPINION),
        ({"age.months": "7"}, "age", 7),
    ],
)
def test_parts_are_one_answer(posted: dict[str, str], name: str, expected: Answer) -> None:
    form = read_all(posted)
    assert form.problems == []
    assert form.answers[name] == expected


@pytest.mark.parametrize(
    ("posted", "name", "code", "typed"),
    [
        ({"jour.d": "31", "jour.m": "2", "jour.y": "2022"}, "jour", "date-not-a-date", ("31", "2", "2022")),
        ({"jour.d": "", "jour.m": "2", "jour.y": "2022"}, "jour", "date-not-a-date", ("", "2", "2022")),
        ({"jour.d": "1", "jour.m": "2", "jour.y": "22"}, "jour", "date-not-a-date", ("1", "2", "22")),
        ({"jour": "hier"}, "jour", "date-not-a-date", ("", "", "", "hier")),
        ({"jour.d": "1", "jour": "refus"}, "jour", "choice-exclusive", ("1", "", "", "refus")),
        ({"jour": "nsp"}, "jour", "no-opinion-not-offered", ("", "", "", "nsp")),
        ({"mois.m": "", "mois.y": "2022"}, "mois", "month-not-a-month", ("", "2022")),
        ({"trajet.hours": "une"}, "trajet", "duration-not-a-duration", ("une", "")),
        ({"annee": "98"}, "annee", "number-out-of-bounds", ("98",)),
    ],
)
def test_parts_that_are_no_answer_are_kept_as_typed(
    posted: dict[str, str], name: str, code: str, typed: tuple[str, ...]
) -> None:
    form = read_all(posted)
    assert problems(form) == [(code, name)]
    assert form.typed[name] == typed
    assert name not in form.answers


@pytest.mark.parametrize(
    ("posted", "part"),
    [
        ({"jour.d": "32", "jour.m": "2", "jour.y": "2022"}, "day"),
        ({"jour.d": "", "jour.m": "13", "jour.y": "2022"}, "day"),
        ({"jour.d": "3", "jour.m": "13", "jour.y": "22"}, "month"),
        ({"jour.d": "3", "jour.m": "12", "jour.y": "22"}, "year"),
        ({"jour.d": "31", "jour.m": "2", "jour.y": "2022"}, ""),
        ({"jour.d": "9" * 5000, "jour.m": "2", "jour.y": "2022"}, "day"),
        ({"mois.m": "2", "mois.y": ""}, "year"),
    ],
)
def test_what_is_wrong_in_a_date_is_told_by_its_part(posted: dict[str, str], part: str) -> None:
    assert [problem.data["part"] for problem in read_all(posted).problems] == [part]


def test_bounds_of_a_date_are_checked_when_it_is_read() -> None:
    late = date("jour", minimum=DAY + 1)
    assert problems(read_one(late, {"jour": "2022-12-31"})) == [("date-out-of-bounds", "jour")]
    short = duration("trajet", "hours", "minutes", maximum=60)
    assert problems(read_one(short, {"trajet.hours": "2"})) == [("number-out-of-bounds", "trajet")]


# -- places ---------------------------------------------------------------------------------------

PLACE = suggester("lieu", refusal=True)
RENNES = {
    "lieu": "35238",
    "lieu_name": "Rennes",
    "lieu_department": "35",
    "lieu_region": 53,
    "lieu_cog": 2025,
}


@pytest.mark.parametrize("posted", ["rennes", "RENNES", "35000", "Rennes (35)", "#35238", ["", "#35238"]])
def test_a_place_is_found_by_its_words(posted: Any) -> None:
    form = read_one(PLACE, {"lieu": posted})
    assert form.problems == []
    assert form.answers == RENNES


def test_a_place_of_several_is_chosen_among_them() -> None:
    form = read_one(PLACE, {"lieu": "saint-denis"})
    (problem,) = form.problems
    assert problem.code == "suggestion-ambiguous"
    assert problem.data["candidates"] == ("Saint-Denis (93)", "Saint-Denis (974)")
    assert form.answers == {}
    assert form.typed["lieu"] == ("saint-denis",)
    chosen = read_one(PLACE, {"lieu": ["saint-denis", "#97411"]})
    assert chosen.answers["lieu"] == "97411"
    assert chosen.answers["lieu_department"] == "974"


def test_words_typed_after_a_choice_win_over_it() -> None:
    form = read_one(PLACE, {"lieu": ["Brest", "#97411"]})
    assert form.answers["lieu"] == "29019"
    assert problems(read_one(PLACE, {"lieu": ["Xyz", "#97411"]})) == [("suggestion-unknown", "lieu")]


def test_a_place_that_nobody_knows_is_told_with_its_words() -> None:
    (problem,) = read_one(PLACE, {"lieu": "Atlantide"}).problems
    assert (problem.code, problem.data["typed"]) == ("suggestion-unknown", "Atlantide")
    (problem,) = read_one(PLACE, {"lieu": "#00000"}).problems
    assert problem.code == "suggestion-unknown"


def test_a_place_refused_or_blank_leaves_none_of_its_details() -> None:
    refused = read_one(PLACE, {"lieu": ["", "refus"]}).answers
    assert refused == dict.fromkeys(RENNES) | {"lieu": Absence.REFUSED}
    assert read_one(PLACE, {"lieu": ""}).answers == dict.fromkeys(RENNES)
    assert problems(read_one(PLACE, {"lieu": ["Rennes", "refus"]})) == [("choice-exclusive", "lieu")]


# -- lines ----------------------------------------------------------------------------------------

LINES = roster("p", maximum=3, minimum=2, no_opinion=True)


def test_the_lines_that_hold_words_are_the_items() -> None:
    form = read_one(LINES, {"p[4]": " Mairie ", "p[2]": "", "p[7]": "Région\nBretagne", "q[1]": "x", "p[0]": "x"})
    assert form.problems == []
    assert form.answers == {"p": (4, 7), "p[4]": "Mairie", "p[7]": "Région Bretagne"}
    assert form.typed["p"] == ("4:Mairie", "7:Région Bretagne")
    assert form.field_of("p[7]") is form.field_of("p")


@pytest.mark.parametrize(
    ("posted", "found"),
    [
        ({"p[1]": "a"}, [("items-too-few", "p")]),
        ({f"p[{item}]": "a" for item in range(1, 5)}, [("items-too-many", "p")]),
        ({"p[1]": "a" * 501, "p[2]": "b"}, [("text-too-long", "p[1]")]),
        ({"p[1]": "a", "p[2]": "b", "p": "nsp"}, [("choice-exclusive", "p")]),
        ({"p": "1"}, [("answer-malformed", "p")]),
        ({"p[1000000]": "a"}, []),
    ],
)
def test_lines_that_are_wrong_give_no_answer(posted: dict[str, str], found: list[tuple[str, str]]) -> None:
    form = read_one(LINES, posted)
    assert problems(form) == found
    assert form.answers == ({} if found else {"p": None})


def test_no_opinion_takes_the_place_of_lines() -> None:
    assert read_one(LINES, {"p": "nsp"}).answers == {"p": Absence.NO_OPINION}


# -- pages of items -------------------------------------------------------------------------------

REPEATED = questionnaire(
    sections=(
        section("liste", page("qui", roster("p"), single("avis"))),
        section("chacun", page("lui", number("cout"), date("debut"), score_grid("force", "ici")), repeat="p"),
    )
)


def test_the_page_of_an_item_reads_its_own_answers() -> None:
    posted = {"cout[2]": "12", "cout": "13", "debut[2].d": "1", "debut[2].m": "3", "debut[2].y": "2022"}
    form = read_page(REPEATED, "lui.2", None, MultiDict(posted | {"force_ici[2]": "7"}))
    assert form.answers == {"cout[2]": 12, "debut[2]": dt.date(2022, 3, 1).toordinal(), "force_ici[2]": 7}
    assert [one.place.question for one in read_page(REPEATED, "lui.2", None, MultiDict({"cout[2]": "x"})).problems] == [
        "cout[2]"
    ]


def test_the_keys_of_a_page_are_those_of_its_questions_and_of_its_lines() -> None:
    document = {"p": (1,), "p[1]": "a", "p[3]": "b", "cout[1]": 3, "avis": 1}
    assert page_keys(REPEATED, "qui", document) == {"p", "p[1]", "p[3]", "avis"}
    assert page_keys(REPEATED, "lui.1", document) == {"cout[1]", "debut[1]", "force_ici[1]"}
    assert {"statut_autre_text", "sante_consent", "commune_cog"} <= page_keys(ALL, "une", ())


# -- anything -------------------------------------------------------------------------------------

ANYTHING = st.one_of(
    st.text(max_size=50),
    st.sampled_from(
        ["1", "2", "3", "nsp", "refus", "\ud800", "1e5", "٣", "0x1", "\x00", "١", "NaN", "#1", "1:1", "2:9"]
    ),
)
POSTED_NAMES = [
    *(key for question in ALL.questions for key in question.keys),
    *("jour.d", "jour.m", "jour.y", "mois.m", "mois.y", "trajet.hours", "trajet.minutes", "age.months"),
    *("partenaires[1]", "partenaires[999999]", "partenaires[x]", "partenaires[1][2]", "base", "autre"),
]


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(POSTED_NAMES), st.lists(ANYTHING, max_size=4)))
def test_no_posted_string_breaks_a_form(posted: dict[str, list[str]]) -> None:
    form = read_all(posted)
    wrong = {field.name for field in form if field.problems}
    assert wrong | set(form.answers) >= {name for question in ALL.questions for name in question.answers}
    for answer in form.answers.values():
        if isinstance(answer, str):
            assert answer == clean(answer) != ""


@given(st.integers(0, 10**12), st.integers(0, 4), st.sampled_from(["fr", "en"]))
def test_a_number_shown_is_read_as_itself(value: int, decimals: int, language: str) -> None:
    asked = questionnaire(page("une", number("n", decimals=decimals)))
    form = read_page(asked, "une", ["n"], MultiDict({"n": typed_number(value, decimals, language)}))
    assert form.answers == {"n": value}
