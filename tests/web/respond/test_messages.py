"""Every problem that the core may find has its sentence, in both languages."""

from __future__ import annotations

import string

import pytest

from app.services.problem_messages import MESSAGES, message
from questionnaires.model import Choice
from questionnaires.problems import CATALOGUE, Data, Place, Problem, Severity
from tests.questionnaires.builders import multiple, must_hold, number, page, questionnaire, score, single, text, words

ASKED = questionnaire(
    page(
        "une",
        single("avis", "pour", "contre", no_opinion=True),
        multiple("soucis", "emploi", "climat", "aucun", exclusive="aucun"),
        score("note", minimum=1, maximum=5),
        number("prix", decimals=2),
        text("mot"),
        checks=(must_hold("pas_trop", "prix < 3", "prix"),),
    )
)


def said(code: str, question: str | None = None, language: str = "fr", **data: Data) -> str:
    problem = Problem(code, Place(page="une", question=question, variable=question), Severity.BLOCKING, data)
    return message(problem, language, ASKED)


def test_the_table_and_the_catalogue_are_one() -> None:
    assert {code.partition("/")[0] for code in MESSAGES} == set(CATALOGUE)


@pytest.mark.parametrize("code", MESSAGES)
def test_a_sentence_uses_the_data_of_its_problem_and_is_written_with_care(code: str) -> None:
    french, english = MESSAGES[code]
    known = {*CATALOGUE[code.partition("/")[0]], *(("low", "high") if "score" in code else ())}
    for sentence in (french, english):
        assert {name for _, name, _, _ in string.Formatter().parse(sentence) if name} <= known
        assert sentence.endswith((".", "}."))
        assert "'" not in sentence.replace("'{choice}'", "")
    for mark in (" :", " ;", " ?", " !", "« ", " »", " %"):
        assert mark not in french


@pytest.mark.parametrize("code", CATALOGUE)
@pytest.mark.parametrize("language", ["fr", "en", "br"])
def test_every_problem_can_be_said_without_its_questionnaire(code: str, language: str) -> None:
    data: dict[str, Data] = dict.fromkeys(CATALOGUE[code], 2)
    assert message(Problem(code, data=data), language)


@pytest.mark.parametrize(
    ("question", "language", "expected"),
    [
        ("avis", "fr", "Choisissez une réponse, ou «\u00a0Je ne me prononce pas\u00a0»."),
        ("avis", "en", "Choose an answer, or “No opinion”."),
        ("soucis", "fr", "Cochez au moins une réponse."),
        ("note", "fr", "Choisissez une note de 1 à 5."),
        ("prix", "fr", "Écrivez un nombre."),
        ("mot", "en", "Enter your answer."),
    ],
)
def test_what_is_missing_is_said_for_what_was_asked(question: str, language: str, expected: str) -> None:
    assert said("answer-required", question, language) == expected


def test_choices_are_named_as_they_are_read() -> None:
    assert said("choice-exclusive", "soucis", exclusive="aucun", others=("emploi", "climat")) == (
        "Vous avez donné «\u00a0emploi\u00a0», «\u00a0climat\u00a0» et aussi «\u00a0aucun\u00a0». "
        "Gardez l’un ou l’autre."
    )
    assert "«\u00a0Je ne me prononce pas\u00a0»" in said(
        "choice-exclusive", "soucis", exclusive="nsp", others=("emploi",)
    )


def test_a_choice_that_takes_up_an_answer_is_named_without_its_placeholder() -> None:
    told = Problem("choice-exclusive", Place(question="q"), data={"exclusive": "rien", "others": ("lieu",)})
    asked = multiple("q", choices=(Choice(1, "lieu", words("à {ville}")), Choice(2, "rien", words("rien"), True)))
    version = questionnaire(page("une", single("ville", "paris"), asked))
    assert "«\u00a0à […]\u00a0»" in message(told, "fr", version)
    said = message(told, "fr", version, lambda text: text.in_("fr").replace("{ville}", "Paris"))
    assert "«\u00a0à Paris\u00a0»" in said


def test_scaled_bounds_are_said_as_one_writes_them() -> None:
    assert said("number-out-of-bounds", "prix", minimum=5, maximum=12_50, decimals=2) == (
        "Écrivez un nombre de 0,05 à 12,50."
    )
    assert "0.05" in said("number-too-small", "prix", "en", minimum=5, decimals=2)


def test_a_check_speaks_its_own_words() -> None:
    assert said("check-violated", "prix", check="pas_trop", at=("prix",)) == "pas_trop"
