"""Answers in words: what the review shows, what a conflict tells."""

from __future__ import annotations

import pytest

from app.web.controls.compiled import say_answer
from questionnaires.model import Absence, Answer, Choice, LocalText, SingleChoice
from tests.questionnaires.builders import multiple, number, score, single, suggester, words
from tests.web.controls.samples import EVERY

PIPED = LocalText({"fr": "Combien pour {p} ?"})
SAID: list[tuple[str, str, str]] = [
    ("statut", "autre\u00a0: Mutuelle", "autre: Mutuelle"),
    ("deja", "Oui", "Yes"),
    ("soucis", "emploi\u202f; autre\u00a0: Logement", "emploi; autre: Logement"),
    ("rangs", "1.\u00a0c 2.\u00a0a 3.\u00a0b", "1.\u00a0c 2.\u00a0a 3.\u00a0b"),
    ("prix", "12,50", "12.50"),
    ("jour", "1er mars 2022", "1 March 2022"),
    ("mois", "mars 2022", "March 2022"),
    ("annee", "1998", "1998"),
    ("trajet", "1 heure et 35 minutes", "1 hour and 35 minutes"),
    ("age", "7 mois", "7 months"),
    ("commune", "Rennes (35)", "Rennes (35)"),
    ("partenaires", "Mairie\u202f; Région", "Mairie; Région"),
]


@pytest.mark.parametrize(("name", "french", "english"), SAID)
def test_every_type_is_said_in_words(name: str, french: str, english: str) -> None:
    question, given = next((question, given) for question, given in EVERY if question.name == name)
    for language, expected in (("fr", french), ("en", english)):
        said = say_answer(question, given[name], language, given)
        assert said.replace("\u00a0", " ") == expected.replace("\u00a0", " ")


def test_rows_are_said_with_their_unit_and_their_choices() -> None:
    by_name = {question.name: question for question, _ in EVERY}
    assert say_answer(by_name["couts"], 1250, "fr") == "12,50\u00a0euros"
    assert say_answer(by_name["apports"], (1, 3), "fr") == "a\u202f; c"


def test_piped_labels_are_said_as_they_were_shown() -> None:
    asked = SingleChoice(name="x", text=PIPED, choices=(Choice(1, "a", PIPED), Choice(2, "b", words("b"))))
    assert say_answer(asked, 1, "fr", {}, lambda text: text.in_("fr").replace("{p}", "Rennes")) == (
        "Combien pour Rennes ?"
    )


def test_a_place_is_said_by_what_was_stored() -> None:
    stored: dict[str, Answer] = {"lieu_name": "Ville d’avant", "lieu_department": "35"}
    assert say_answer(suggester("lieu"), "99999", "fr", stored) == "Ville d’avant (35)"
    assert say_answer(suggester("lieu"), "35238", "fr") == "Rennes (35)"
    assert say_answer(suggester("lieu"), "99999", "fr") == "99999"


def test_an_answer_is_said_in_words() -> None:
    price = number("prix", decimals=2, unit=words("euros"))
    assert say_answer(multiple("soucis", "emploi", "climat"), (1, 2), "fr") == "emploi\u202f; climat"
    assert say_answer(price, 1250, "fr") == "12,50\u00a0euros"
    assert say_answer(score("note"), 0, "fr") == "0"
    opinion = single("avis", no_opinion=True)
    assert say_answer(opinion, Absence.NO_OPINION, "fr") == "Je ne me prononce pas"
    assert say_answer(opinion, Absence.SKIPPED, "fr") == say_answer(opinion, None, "fr") == ""
