"""The sentences of problems: what was asked, its days, durations and units, in the reader's words."""

from __future__ import annotations

import re

import pytest

from app.services.problem_messages import MESSAGES, message
from questionnaires.model import LocalText, Question
from questionnaires.piping import language as writing
from questionnaires.problems import Data, Place, Problem
from tests.questionnaires.builders import (
    allocation,
    asking_words,
    choices,
    consent,
    date,
    duration,
    month,
    multiple_grid,
    number,
    page,
    questionnaire,
    ranking,
    roster,
    section,
    single,
    suggester,
    text,
    year,
)

FIRST_OF_MARCH = 738_215  # 2022-03-01
ASKED = questionnaire(
    sections=(
        section(
            "une",
            page(
                "une",
                date("jour"),
                month("mois"),
                year("annee"),
                duration("trajet", "hours", "minutes", refusal=True),
                number("prix", decimals=2, unit=LocalText({"fr": "€", "en": "€"})),
                allocation("parts", "a", "b", unit=LocalText({"fr": "%", "en": "%"})),
                ranking("rangs", no_opinion=True, refusal=True),
                multiple_grid("cas", "a", choices=choices("rien", "tout", exclusive="rien")),
                consent("accord"),
                suggester("lieu"),
                text("courriel", pattern="email"),
                single("statut", choices=asking_words(choices("actif", "autre"), "autre")),
                roster("liste"),
            ),
        ),
        section("deux", page("deux", number("cout")), repeat="liste"),
    )
)


def said(code: str, name: str | None = None, language: str = "fr", variable: str | None = None, **data: Data) -> str:
    problem = Problem(code, Place(page="une", question=name, variable=variable or name), data=data)
    return message(problem, language, ASKED)


@pytest.mark.parametrize("question", ASKED.questions, ids=lambda one: one.name)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_missing_is_said_of_every_type(question: Question, language: str) -> None:
    sentence = said("answer-required", question.name, language)
    assert sentence.endswith(".")
    assert sentence != message(Problem("answer-required"), language)


def test_every_absence_that_is_offered_is_a_way_to_answer() -> None:
    assert said("answer-required", "trajet") == (
        "Écrivez une durée, ou cochez «\u00a0Je ne souhaite pas répondre\u00a0»."
    )
    assert said("answer-required", "rangs", "en") == (
        "Rank the answers in order of preference, or select “No opinion” or “I prefer not to answer”."
    )


@pytest.mark.parametrize(
    ("name", "limit", "value", "expected"),
    [
        ("jour", "at_least", FIRST_OF_MARCH, "cette date est le 1er mars 2022 ou plus tard"),
        ("jour", "below", FIRST_OF_MARCH + 1, "cette date vient avant le 2 mars 2022"),
        ("mois", "at_most", 12 * 2022 + 7, "ce mois est août 2022 ou plus tôt"),
        ("annee", "above", 2008, "cette année vient après 2008"),
        ("trajet", "at_most", 90, "il faut 1 heure et 30 minutes ou moins"),
        ("prix", "below", 123_450, "il faut moins de 1\u202f234,50\u00a0€"),
        ("cout[2]", "above", 10, "il faut plus de 10"),
    ],
)
def test_a_bound_from_other_answers_is_said_as_one_writes_it(name: str, limit: str, value: int, expected: str) -> None:
    decimals = 2 if name == "prix" else 0
    assert expected in said("limit-crossed", name, limit=limit, value=value, decimals=decimals)


def test_every_bound_has_its_own_sentence_for_every_type() -> None:
    for name in ("jour", "mois", "annee", "trajet", "prix"):
        for language in ("fr", "en"):
            limits = ("at_least", "at_most", "above", "below")
            data = {limit: said("limit-crossed", name, language, limit=limit, value=9, decimals=0) for limit in limits}
            assert len(set(data.values())) == 4


def test_fixed_bounds_of_days_and_months_are_said_in_words() -> None:
    between = {"minimum": "2022-03-01", "maximum": "2022-12-31"}
    assert said("date-out-of-bounds", "jour", **between) == "Donnez une date du 1er mars 2022 au 31 décembre 2022."
    until = {"minimum": "", "maximum": "2022-12-31"}
    assert said("date-out-of-bounds", "jour", "en", **until) == "Give 31 December 2022 or an earlier date."
    since = {"minimum": "2008-01", "maximum": ""}
    assert said("month-out-of-bounds", "mois", **since) == "Donnez janvier 2008 ou un mois plus tardif."


def test_other_figures_are_said_with_what_they_are() -> None:
    assert "1 heure et 10 heures" in said("number-out-of-bounds", "trajet", minimum=60, maximum=600, decimals=0)
    assert "de 1901 à 2022" in said("number-out-of-bounds", "annee", minimum=1901, maximum=2022, decimals=0)
    assert said("sum-not-total", "parts", total=100, count=90, decimals=0).startswith(
        "Vos réponses font 90\u00a0% en tout, au lieu de 100\u00a0%"
    )
    assert "«\u00a0rien\u00a0»" in said("choice-exclusive", "cas", variable="cas_a", exclusive="rien", others=("tout",))


def test_words_that_were_asked_for_are_recommended_in_their_own_words() -> None:
    beside = said("answer-recommended", "statut", variable="statut_autre_text")
    assert beside.startswith("Vous n’avez pas précisé votre réponse.")
    assert said("answer-recommended", "statut") != beside


def test_each_form_of_a_text_says_how_it_is_written() -> None:
    patterns = ("email", "phone", "postcode", "siren", "siret", "url")
    assert len({said("text-pattern", "courriel", pattern=pattern) for pattern in patterns}) == len(patterns)


def test_what_a_rule_or_a_text_lacks_is_said_and_counted_from_one() -> None:
    assert said("rule-syntax", position=4, expected="end", found="et") == (
        "À la position 5 de la règle, il faut la fin de la règle\u202f; il y a «\u00a0et\u00a0». Corrigez-la."
    )
    assert "“}” is needed; there is the end" in said("pipe-syntax", None, "en", position=0, expected="}", found="")
    assert said("rule-result", expected="boolean", found="number").startswith("Cette règle donne un nombre")


@pytest.mark.parametrize("code", MESSAGES)
def test_a_sentence_says_what_to_do(code: str) -> None:
    """A finding alone leaves its reader with nothing: French says what to do in the imperative."""
    imperatives = set(re.findall(r"\b(\w+ez|Dites|dites)\b", MESSAGES[code][0])) - {"avez", "chez"}
    assert imperatives, MESSAGES[code][0]


def test_what_was_probably_meant_is_offered() -> None:
    meant = said("key-unknown", key="choises", known=("choices", "text"))
    assert meant.endswith("Vouliez-vous écrire «\u00a0choices\u00a0»\u202f?")
    assert said("key-unknown", language="en", key="choises", known=("choices",)).endswith("Did you mean “choices”?")
    assert "Vouliez-vous" not in said("key-unknown", key="zzz", known=("choices", "text"))


def test_a_percentage_is_written_as_each_language_does() -> None:
    assert writing.with_unit("40", "%", "fr") == "40\u00a0%"
    assert writing.with_unit("40", "%", "en") == "40%"
    assert writing.with_unit("12", "euros", "en") == "12\u00a0euros"
