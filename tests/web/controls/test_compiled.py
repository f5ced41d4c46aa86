"""Compiled questions: the state stands where it should, and only there; nothing typed becomes markup."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.web.controls.compiled import CompiledQuestion, Note, compile_question, compiled_question, say_answer
from questionnaires.model import Absence, Answer, Choice, LocalText, Number, Question, SingleChoice
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
    words,
)

QUESTIONS: list[Question] = [
    single("avis", "pour", "contre", no_opinion=True, refusal=True),
    multiple("soucis", "emploi", "climat", "aucun", exclusive="aucun", no_opinion=True),
    score("note", no_opinion=True),
    score_grid("force", "ici", "ailleurs", no_opinion=True),
    choice_grid("effet", "ici", "ailleurs"),
    number("heures", no_opinion=True, unit=words("heures")),
    number("prix", decimals=2),
    text("mot"),
    text("roman", long=True, no_opinion=True),
]


def html(question: Question, language: str = "fr", **given: Answer) -> str:
    return "".join(compile_question(question, language).fill(given))


def checked(page: str) -> set[tuple[str, str]]:
    inputs = re.findall(r"<input[^>]*>", page)
    return {
        (re.findall(r' name="([^"]*)"', one)[0], re.findall(r' value="([^"]*)"', one)[0])
        for one in inputs
        if " checked" in one
    }


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_nothing_is_chosen_before_an_answer(question: Question) -> None:
    page = html(question)
    assert checked(page) == set()
    assert "\x00" not in page
    assert "aria-invalid" not in page


@pytest.mark.parametrize(
    ("question", "given", "expected"),
    [
        (QUESTIONS[0], {"avis": 2}, {("avis", "2")}),
        (QUESTIONS[0], {"avis": Absence.NO_OPINION}, {("avis", "nsp")}),
        (QUESTIONS[0], {"avis": Absence.REFUSED}, {("avis", "refus")}),
        (QUESTIONS[0], {"avis": Absence.SKIPPED}, set()),
        (QUESTIONS[0], {"avis": 9}, set()),
        (QUESTIONS[1], {"soucis": (1, 2)}, {("soucis", "1"), ("soucis", "2")}),
        (QUESTIONS[1], {"soucis": Absence.NO_OPINION}, {("soucis", "nsp")}),
        (QUESTIONS[2], {"note": 0}, {("note", "0")}),
        (
            QUESTIONS[3],
            {"force_ici": 10, "force_ailleurs": Absence.NO_OPINION},
            {("force_ici", "10"), ("force_ailleurs", "nsp")},
        ),
        (QUESTIONS[4], {"effet_ailleurs": 1}, {("effet_ailleurs", "1")}),
        (QUESTIONS[5], {"heures": Absence.NO_OPINION}, {("heures", "nsp")}),
    ],
)
def test_what_was_answered_is_chosen(question: Question, given: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    assert checked(html(question, **given)) == expected


def test_typed_answers_stand_in_their_inputs() -> None:
    assert 'value="12"' in html(QUESTIONS[5], heures=12)
    assert 'value="12,50"' in html(QUESTIONS[6], prix=1250)
    assert 'value="12.50"' in html(QUESTIONS[6], "en", prix=1250)
    assert ">\nUn\n\ndeux</textarea>" in html(QUESTIONS[8], roman="Un\n\ndeux")


HOSTILE = "\"><script>alert(1)</script>&amp;'"


def test_no_text_becomes_markup() -> None:
    nasty = LocalText({"fr": HOSTILE})
    asked = SingleChoice(
        name="avis", text=nasty, help=nasty, choices=(Choice(1, "a", nasty, help=nasty), Choice(2, "b", nasty))
    )
    pieces = compile_question(asked, "fr").fill({}, {"avis": Note((HOSTILE,))})
    written = "".join(pieces) + html(QUESTIONS[7], mot=HOSTILE) + html(QUESTIONS[8], roman=HOSTILE)
    typed = compile_question(QUESTIONS[5], "fr").fill({}, {}, {"heures": (HOSTILE,)})
    written += "".join(typed)
    assert "<script" not in written
    assert written.count("&lt;script&gt;") == 9
    assert " style=" not in written


def test_what_was_typed_wrong_is_shown_again_instead_of_what_is_stored() -> None:
    question = compile_question(QUESTIONS[1], "fr")
    page = "".join(question.fill({"soucis": (2,)}, {}, {"soucis": ("1", "3")}))
    assert checked(page) == {("soucis", "1"), ("soucis", "3")}
    page = "".join(compile_question(QUESTIONS[5], "fr").fill({"heures": 3}, {}, {"heures": ("douze", "nsp")}))
    assert 'value="douze"' in page
    assert checked(page) == {("heures", "nsp")}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_a_problem_is_said_above_the_inputs_and_described(question: Question) -> None:
    key = question.answers[0]
    page = "".join(compile_question(question, "fr").fill({}, {key: Note(("Répondez.",))}))
    before, said, after = page.partition(f'id="{key}-e"')
    assert said
    assert "Erreur\u00a0: </span>Répondez." in after
    assert f'id="{key}-1"' in after, "the message comes before the first input"
    assert re.search(rf'aria-describedby="[^"]*\b{key}-e"', page)
    assert 'aria-invalid="true"' in page
    assert " bad" in before


def test_a_warning_does_not_call_the_answer_invalid() -> None:
    page = "".join(compile_question(QUESTIONS[0], "en").fill({}, {"avis": Note(("Look.",), is_warning=True)}))
    assert "aria-invalid" not in page
    assert " look" in page


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_every_group_has_its_question_as_first_legend_and_ids_are_one(question: Question) -> None:
    page = html(question)
    for group in re.findall(r"<fieldset[^>]*>\s*(.*?)(?=</fieldset>|<fieldset)", page, re.DOTALL):
        assert group.startswith("<legend")
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    for named in re.findall(r' (?:aria-describedby|aria-labelledby|for)="([^"]*)"', page):
        assert set(named.split()) <= set(ids)


def test_rows_of_a_grid_are_fieldsets_named_by_their_item() -> None:
    page = html(QUESTIONS[3])
    assert page.count('role="radiogroup"') == 2
    assert page.count("<legend>") == 2
    assert page.count('value="nsp"') == 2


def test_exclusive_and_no_opinion_choices_stand_apart_and_last() -> None:
    page = html(QUESTIONS[1])
    assert page.index("climat") < page.index("ou bien") < page.index("aucun") < page.index('value="nsp"')
    assert page.count("c apart") == 2


def test_many_short_choices_stand_in_two_columns() -> None:
    many = single("x", *(f"c{number}" for number in range(8)))
    assert 'class="list two"' in html(many)
    assert 'class="list two"' not in html(single("x", "a", "b"))


def test_a_question_is_compiled_once_for_each_language() -> None:
    asked = questionnaire(page("une", single("avis")))
    first: CompiledQuestion = compiled_question(asked, "avis", "fr")
    assert compiled_question(asked, "avis", "fr") is first
    assert compiled_question(asked, "avis", "en") is not first


def test_an_answer_is_said_in_words() -> None:
    price = Number(name="prix", text=words("prix"), decimals=2, unit=words("euros"))
    assert say_answer(QUESTIONS[1], (1, 2), "fr") == "emploi\u202f; climat"
    assert say_answer(price, 1250, "fr") == "12,50\u00a0euros"
    assert say_answer(QUESTIONS[2], 0, "fr") == "0"
    assert say_answer(QUESTIONS[0], Absence.NO_OPINION, "fr") == "Je ne me prononce pas"
    assert say_answer(QUESTIONS[0], Absence.SKIPPED, "fr") == say_answer(QUESTIONS[0], None, "fr") == ""
