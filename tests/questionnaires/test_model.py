"""The frozen types: texts, given answers in JSON, the context, lookups."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionnaires.model import (
    Absence,
    Answer,
    Context,
    GivenIsMalformed,
    LocalText,
    Question,
    Questionnaire,
    decode_context,
    decode_given,
    encode_given,
    item_name,
    part_name,
    split_item,
    variable_types,
)
from tests.questionnaires.builders import (
    asking_words,
    choice_grid,
    choices,
    consent,
    information,
    leaves,
    multiple,
    multiple_grid,
    must_hold,
    number,
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
    words,
    yes_no,
)

ANSWERS = st.one_of(
    st.integers(),
    st.text(),
    st.lists(st.integers()).map(tuple),
    st.sampled_from(Absence),
)


@given(st.dictionaries(st.text(), ANSWERS))
def test_given_answers_go_through_json(answers: dict[str, Answer]) -> None:
    decoded = decode_given(json.loads(json.dumps(encode_given(answers))))
    assert decoded == answers
    assert {name: type(one) for name, one in decoded.items()} == {name: type(one) for name, one in answers.items()}


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {"q": None},
        {"q": True},
        {"q": 1.5},
        {"q": [1, "2"]},
        {"q": [True]},
        {"q": {}},
        {"q": {"absence": 0}},
        {"q": {"absence": -10}},
        {"q": {"absence": "-5"}},
        {"q": {"absence": -5, "more": 1}},
    ],
)
def test_what_is_no_document_of_given_answers(document: object) -> None:
    with pytest.raises(GivenIsMalformed):
        decode_given(document)


def test_a_context_goes_through_json() -> None:
    context = Context(
        seed=7,
        language="en",
        mode="telephone",
        started_on="2022-09-12",
        arms={"libelle": "a"},
        external={"taille": 2, "codes": (1, 3), "nom": "x"},
    )
    assert decode_context(json.loads(json.dumps(context.encode()))) == context
    with pytest.raises(GivenIsMalformed):
        decode_context({"seed": 1})


def test_a_text_falls_back_to_the_first_language() -> None:
    age = LocalText({"fr": "Âge", "en": "Age"})
    assert age.in_("en") == "Age"
    assert age.in_("de") == "Âge"
    assert LocalText({}).in_("fr") == ""
    assert age == LocalText({"en": "Age", "fr": "Âge"})
    assert hash(age) == hash(LocalText({"en": "Age", "fr": "Âge"}))


def test_lookups() -> None:
    check, leave = must_hold("verif", "q = 'oui'"), leaves("dehors", "q = 'non'")
    version = questionnaire(page("p", single("q"), checks=(check,), exits=(leave,)), page("r", choice_grid("g", "a")))
    assert [one.name for one in version.pages] == ["p", "r"]
    assert [one.name for one in version.questions] == ["q", "g"]
    assert version.page("r").questions == (version.question("g"),)
    assert version.page_of("g") == version.page("r")
    assert version.question_of("g_a") == version.question("g")
    assert version.check("verif") == check
    assert version.exit("dehors") == leave
    assert version.first_language == "fr"
    with pytest.raises(KeyError):
        version.question("g_a")


def test_equal_versions_are_equal_and_derive_once() -> None:
    one, other = (questionnaire(page("p", score("q"), number("n"))) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    calls: list[Questionnaire] = []
    for _ in range(3):
        one.derive(calls.append)
    assert calls == [one]
    assert one == other


# Items of lists: an answer, a question and a page of each, under the name of its item.

LISTED = questionnaire(
    sections=(
        section("debut", page("liste", roster("partenaires"), multiple("outils"))),
        section(
            "chacun", page("partenaire", score_grid("note", "prix"), text("mot", sensitive=True)), repeat="partenaires"
        ),
    )
)


def test_the_question_of_an_item_is_a_copy_with_the_names_of_its_item() -> None:
    question = LISTED.question("note[2]")
    assert (question.name, question.answers) == ("note[2]", ("note_prix[2]",))
    assert LISTED.question("mot[2]").keys == ("mot[2]", "mot_consent[2]")
    assert LISTED.question_of("note_prix[2]") == question
    assert LISTED.question_of("mot_consent[3]").name == "mot[3]"
    assert LISTED.question("note[2]") is question
    assert LISTED.page_of("note[2]").name == "partenaire.2"


def test_the_words_of_a_line_belong_to_the_list_itself() -> None:
    assert LISTED.question_of("partenaires[4]").name == "partenaires"


def test_the_page_of_an_item_asks_the_questions_of_the_item() -> None:
    asked = LISTED.page("partenaire.2")
    assert [one.name for one in asked.questions] == ["note[2]", "mot[2]"]
    assert LISTED.section_of("partenaire.2").name == "chacun"
    assert (LISTED.repeat_of("partenaire.2"), LISTED.repeat_of("liste")) == ("partenaires", None)


@pytest.mark.parametrize("name", ["partenaires[1]", "note[0]", "note[01]", "rien[1]", "note[1000000]"])
def test_only_what_is_repeated_has_items(name: str) -> None:
    with pytest.raises(KeyError):
        LISTED.question(name)


@pytest.mark.parametrize("name", ["liste.1", "partenaire.0", "partenaire.2.1", "rien.1"])
def test_only_a_repeated_page_has_items(name: str) -> None:
    with pytest.raises(KeyError):
        LISTED.page(name)


@pytest.mark.parametrize(
    ("name", "parts"),
    [("cout[2]", ("cout", 2)), ("cout", ("cout", None)), ("page.12", ("page", 12)), ("check:x[3]", ("check:x", 3))],
)
def test_a_name_and_its_item_come_apart_and_together(name: str, parts: tuple[str, int | None]) -> None:
    assert split_item(name) == parts
    assert part_name("cout[2]", "local") == item_name("cout_local", 2) == "cout_local[2]"
    assert part_name("cout", "local") == "cout_local"


# What a question is in the given document and in files.


@pytest.mark.parametrize(
    ("question", "answers", "beside", "columns"),
    [
        (single("q", choices=asking_words(choices("a", "b"), "b")), ("q",), ("q_b_text",), ("q",)),
        (yes_no("q", sensitive=True), ("q",), ("q_consent",), ("q",)),
        (multiple("q", "a", "b"), ("q",), (), ("q_a", "q_b")),
        (ranking("q", "a", "b"), ("q",), (), ("q_a", "q_b")),
        (multiple_grid("q", "r", choices=choices("a", "b")), ("q_r",), (), ("q_r_a", "q_r_b")),
        (suggester("q"), ("q",), ("q_name", "q_department", "q_region", "q_cog"), ("q",)),
        (roster("q"), ("q",), (), ("q",)),
        (information("q", sensitive=True), (), (), ()),
    ],
    ids=lambda one: type(one).__name__,
)
def test_a_question_says_its_answers_and_its_variables(
    question: Question, answers: tuple[str, ...], beside: tuple[str, ...], columns: tuple[str, ...]
) -> None:
    assert (question.answers, question.columns) == (answers, columns)
    assert question.keys == (*answers, *beside)


def test_yes_and_no_are_1_and_2_in_the_words_of_the_platform_or_of_the_file() -> None:
    assert [(one.code, one.name, one.label.in_("fr")) for one in yes_no("q").choices] == [
        (1, "oui", "Oui"),
        (2, "non", "Non"),
    ]
    assert [one.label.in_("en") for one in consent("q").choices] == ["I agree", "I do not agree"]
    assert yes_no("q", no=words("Pas encore")).choices[1].label.in_("fr") == "Pas encore"


def test_as_many_choices_are_ranked_as_there_are() -> None:
    assert ranking("q", "a", "b", "c").count == 3
    assert ranking("q", "a", "b", "c", top=2).count == 2


def test_what_rules_read_of_an_item_names_its_list() -> None:
    types = variable_types(LISTED)
    assert types["note_prix"].roster == "partenaires"
    assert types["partenaires"].roster is None
