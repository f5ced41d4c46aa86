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
    Questionnaire,
    decode_context,
    decode_given,
    encode_given,
)
from tests.questionnaires.builders import (
    choice_grid,
    leaves,
    must_hold,
    number,
    page,
    questionnaire,
    score,
    single,
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
    text = LocalText({"fr": "Âge", "en": "Age"})
    assert text.in_("en") == "Age"
    assert text.in_("de") == "Âge"
    assert LocalText({}).in_("fr") == ""
    assert text == LocalText({"en": "Age", "fr": "Âge"})
    assert hash(text) == hash(LocalText({"en": "Age", "fr": "Âge"}))


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
