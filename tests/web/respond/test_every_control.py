"""What goes with an answer, and answers of several inputs: typed wrongly, shown again, put right, checked, sent."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from questionnaires.model import Absence, Required, Severity
from tests.factories import Field, launch
from tests.questionnaires.builders import (
    allocation,
    asking_words,
    choice_grid,
    choices,
    consent,
    date,
    duration,
    information,
    month,
    multiple,
    multiple_grid,
    must_hold,
    number,
    number_grid,
    page,
    questionnaire,
    ranking,
    single,
    suggester,
    year,
    yes_no,
)
from tests.web.respond.test_answering import given
from tests.web.respond.visitors import Page, Visitor, arrive

CONTROLS = questionnaire(
    page(
        "mesures",
        information("rappel"),
        date("ne_le"),
        month("depuis", required=Required.NO),
        year("annee", required=Required.NO),
        duration("trajet", "hours", "minutes", required=Required.NO),
        number_grid("heures", "matin", "soir", required=Required.NO),
    ),
    page(
        "parts",
        allocation("budget", "loisirs", "dons"),
        ranking("envies", "lire", "courir", "voir", top=2),
        multiple_grid("aides", "hier", "demain", required=Required.NO),
    ),
    page(
        "avec_mots",
        single("aide", choices=asking_words(choices("amis", "autre"), "autre")),
        multiple("soucis", choices=asking_words(choices("emploi", "autre"), "autre"), required=Required.NO),
        suggester("lieu"),
    ),
    page("intime", yes_no("malade", sensitive=True, required=Required.NO, refusal=True), consent("accord")),
)
MEASURES: dict[str, Any] = {"ne_le.d": "31", "ne_le.m": "12", "ne_le.y": "1990"}
PARTS: dict[str, Any] = {"budget_loisirs": "60", "budget_dons": "40", "envies": ["3:1", "1:2"]}
WORDS: dict[str, Any] = {"aide": "2", "aide_autre_text": "les voisins", "lieu": "Rennes"}
PLACES = ("mesures", "parts", "avec_mots", "intime", "envoi")


@pytest.fixture
def controls(app: Flask) -> Field:
    """A wave with a question of each type that takes more than one input."""
    return launch(app.extensions["impact"].database, CONTROLS)


@pytest.fixture
def someone(client: FlaskClient, controls: Field) -> Visitor:
    """Someone who starts."""
    return arrive(client, controls)


def at(visitor: Visitor, place: str) -> Visitor:
    """Answer every page before this one."""
    answers = dict(zip(PLACES, (MEASURES, PARTS, WORDS, {"accord": "1"}), strict=False))
    for name, following in pairwise(PLACES):
        if name == place:
            return visitor
        assert visitor.place(visitor.answer(name, **answers[name])) == following
    return visitor


def value_of(page: Page, name: str) -> list[str]:
    return [one["value"] for one in page.all("input", name=name)]


# -- measures -------------------------------------------------------------------------------------


def test_a_date_typed_wrongly_is_shown_again_as_typed(someone: Visitor, controls: Field) -> None:
    page = someone.answer("mesures", **(MEASURES | {"ne_le.m": "13", "annee": "1990"}))
    assert page.status == 422
    assert page.all("a", href="#ne_le-1")
    assert [value_of(page, f"ne_le.{part}") for part in "dmy"] == [["31"], ["13"], ["1990"]]
    assert "ne_le" not in given(controls)
    assert given(controls)["annee"] == 1990, "what is right is kept"
    assert someone.place(someone.change(page, **{"ne_le.m": "12"})) == "parts"
    assert [value_of(someone.get("mesures"), f"ne_le.{part}") for part in "dmy"] == [["31"], ["12"], ["1990"]]


def test_measures_are_read_back_and_reviewed(someone: Visitor, controls: Field) -> None:
    measures = MEASURES | {
        "depuis.m": "3",
        "depuis.y": "2022",
        "trajet.hours": "1",
        "trajet.minutes": "30",
        "heures_matin": "2",
    }
    assert someone.place(someone.answer("mesures", **measures)) == "parts"
    assert given(controls)["trajet"] == 90
    assert given(controls)["heures_soir"] == {"absence": Absence.SKIPPED}
    page = someone.get("mesures")
    assert (value_of(page, "trajet.hours"), value_of(page, "trajet.minutes")) == (["1"], ["30"])
    someone.answer("parts", **PARTS)
    someone.answer("avec_mots", **WORDS)
    someone.answer("intime", accord="1")
    review = someone.get("envoi").text
    for said in (
        "31 décembre 1990",
        "mars 2022",
        "1 heure et 30 minutes",
        "<dt>matin</dt><dd>2</dd>",
        "Sans réponse",
    ):
        assert said in review
    assert "rappel" not in review, "an information is not an answer"


# -- parts and ranks ------------------------------------------------------------------------------


def test_parts_must_share_out_the_total(someone: Visitor, controls: Field) -> None:
    at(someone, "parts")
    page = someone.answer("parts", **(PARTS | {"budget_dons": "30"}))
    assert page.status == 422
    assert [one["href"] for one in page.all("a") if one["href"].startswith("#q-")] == ["#q-budget"]
    assert (value_of(page, "budget_loisirs"), value_of(page, "budget_dons")) == (["60"], ["30"])
    wrong = someone.change(page, budget_dons="beaucoup")
    told = [one["href"] for one in wrong.all("a") if one["href"].startswith("#budget")]
    assert told == ["#budget_dons-1"], "what cannot be read is told, not the total"
    assert someone.place(someone.change(wrong, budget_loisirs="100", budget_dons="")) == "avec_mots"
    assert given(controls)["budget_dons"] == {"absence": Absence.SKIPPED}
    at_review = someone.answer("avec_mots", **WORDS)
    assert at_review.status == 303
    someone.answer("intime", accord="1")
    review = someone.get("envoi").text
    assert "<dt>dons</dt><dd>0</dd>" in review, "a part left blank beside others is nothing"


def test_parts_left_blank_are_one_question_left_blank(someone: Visitor) -> None:
    at(someone, "parts")
    page = someone.answer("parts", envies=["1:1", "2:2"])
    assert "Une réponse est à revoir" in page.text


def test_ranks_given_twice_are_shown_again(someone: Visitor, controls: Field) -> None:
    at(someone, "parts")
    page = someone.answer("parts", **(PARTS | {"envies": ["1:1", "2:1"]}))
    assert page.status == 422
    assert "envies" not in given(controls)
    assert someone.place(someone.post(page, **PARTS)) == "avec_mots"
    assert given(controls)["envies"] == [3, 1]


def test_two_tabs_are_told_what_each_said_whatever_was_asked(someone: Visitor) -> None:
    one, other = someone.get("mesures"), someone.get("mesures")
    full = {"depuis.m": "3", "depuis.y": "2022", "annee": "1999", "trajet.minutes": "5", "heures_soir": "2"}
    someone.post(one, **MEASURES, **full)
    page = someone.post(
        other,
        **{"ne_le.d": "1", "ne_le.m": "1", "ne_le.y": "1991", "depuis.m": "4", "depuis.y": "2022"},
        **{"annee": "2000", "trajet.hours": "1", "heures_soir": "3"},
    )
    assert page.status == 409
    for stored, mine in (
        ("31 décembre 1990", "1er janvier 1991"),
        ("mars 2022", "avril 2022"),
        ("1999", "2000"),
        ("5 minutes", "1 heure"),
        ("2", "3"),
    ):
        told = f"«\u00a0{stored}\u00a0»\u202f; ici, «\u00a0{mine}\u00a0»"
        assert told in page.text.replace("31\u00a0", "31 ").replace("1er\u00a0", "1er "), told
    assert someone.place(someone.change(page)) == "parts"
    one, other = someone.get("parts"), someone.get("parts")
    someone.post(one, **PARTS)
    page = someone.post(other, **(PARTS | {"envies": ["2:1", "1:2"]}))
    assert "1.\u00a0voir 2.\u00a0lire" in page.text
    assert "1.\u00a0courir 2.\u00a0lire" in page.text


# -- words and places -----------------------------------------------------------------------------


def test_words_written_beside_a_choice_choose_it(someone: Visitor, controls: Field) -> None:
    at(someone, "avec_mots")
    someone.answer(
        "avec_mots", aide="", aide_autre_text="les voisins", soucis="1", soucis_autre_text="le bruit", lieu="Rennes"
    )
    kept = given(controls)
    assert kept["aide"] == 2
    assert kept["soucis"] == [1, 2]
    someone.answer(
        "avec_mots", aide="1", aide_autre_text="les voisins", soucis="1", soucis_autre_text="le bruit", lieu="Rennes"
    )
    kept = given(controls)
    assert kept["aide"] == 1, "another choice was made: the words stay, and do not count"
    assert kept["soucis"] == [1], "the box was cleared by hand, and its words left"
    assert kept["aide_autre_text"] == "les voisins"


def test_the_words_of_a_choice_are_asked_once_and_kept(someone: Visitor, controls: Field) -> None:
    at(someone, "avec_mots")
    page = someone.answer("avec_mots", **(WORDS | {"aide_autre_text": ""}))
    assert page.status == 200
    assert page.all("a", href="#aide_autre_text-1")
    assert "aide – Précisez" in page.text
    assert someone.place(someone.change(page)) == "intime"
    assert given(controls)["aide_autre_text"] == {"absence": Absence.SKIPPED}
    assert "soucis_autre_text" not in given(controls)
    someone.answer("avec_mots", **WORDS)
    someone.answer("intime", accord="1")
    assert "autre\u00a0: les voisins" in someone.get("envoi").text


def test_a_place_that_may_be_several_is_chosen_among_them(someone: Visitor, controls: Field) -> None:
    at(someone, "avec_mots")
    page = someone.answer("avec_mots", **(WORDS | {"lieu": "Saint-Denis"}))
    assert page.status == 422
    assert "Saint-Denis" in value_of(page, "lieu"), "as typed"
    assert {"#93066", "#97411"} <= set(value_of(page, "lieu"))
    assert "lieu" not in given(controls)
    chosen = page.filled["lieu"] + ["#97411"]
    assert someone.place(someone.change(page, lieu=chosen)) == "intime"
    stored = given(controls)
    assert (stored["lieu"], stored["lieu_name"], stored["lieu_department"]) == ("97411", "Saint-Denis", "974")


def test_two_tabs_that_choose_other_places_are_told_once(someone: Visitor, controls: Field) -> None:
    at(someone, "avec_mots")
    one, other = someone.get("avec_mots"), someone.get("avec_mots")
    someone.post(one, **WORDS)
    page = someone.post(other, **(WORDS | {"lieu": "Angers"}))
    assert page.status == 409
    assert "Une réponse est à revoir" in page.text
    assert "«\u00a0Rennes (35)\u00a0»\u202f; ici, «\u00a0Angers (49)\u00a0»" in page.text
    assert given(controls)["lieu_name"] == "Rennes"
    assert someone.place(someone.change(page)) == "intime"
    assert (given(controls)["lieu"], given(controls)["lieu_name"]) == ("49007", "Angers")


# -- consent --------------------------------------------------------------------------------------


def test_a_sensitive_answer_needs_its_consent(someone: Visitor, controls: Field) -> None:
    at(someone, "intime")
    page = someone.answer("intime", malade="1", accord="1")
    assert page.status == 422
    assert page.all("a", href="#malade_consent-1")
    assert someone.place(someone.get("envoi")) == "intime"
    assert someone.place(someone.change(page, malade_consent="1")) == "envoi"
    assert given(controls)["malade_consent"] == 1
    back = someone.get("intime")
    assert ("malade_consent", "1") in back.checked
    withdrawn = {name: values for name, values in back.filled.items() if name != "malade_consent"}
    assert someone.post(back, **withdrawn).status == 422, "a consent taken back leaves the answer without effect"


@pytest.mark.parametrize("malade", [{}, {"malade": "refus"}])
def test_without_an_answer_there_is_nothing_to_consent_to(
    someone: Visitor, controls: Field, malade: dict[str, str]
) -> None:
    at(someone, "intime")
    assert someone.place(someone.answer("intime", accord="1", **malade)) == "envoi"
    assert "malade_consent" not in given(controls)


# -- severities -----------------------------------------------------------------------------------

WARNED = questionnaire(
    page(
        "temps",
        number("heures"),
        choice_grid("rythme", "jour", "nuit", required=Required.NO),
        checks=(
            must_hold("beaucoup", "heures <= 20", "heures", severity=Severity.WARNING),
            must_hold("a_savoir", "heures <= 10", "heures", severity=Severity.INFORMATION),
            must_hold("trop", "heures <= 24", "heures"),
        ),
    )
)


@pytest.fixture
def warned(app: Flask) -> Field:
    """A wave with a check of each severity."""
    return launch(app.extensions["impact"].database, WARNED)


def test_an_information_is_read_before_sending(client: FlaskClient, warned: Field) -> None:
    visitor = arrive(client, warned)
    assert visitor.place(visitor.answer("temps", heures="15")) == "envoi"
    assert "a_savoir" in visitor.get("envoi").text
    assert visitor.place(visitor.answer("temps?de=envoi", heures="5")) == "envoi"
    assert "a_savoir" not in visitor.get("envoi").text


def test_a_warning_is_passed_by_going_on_and_recorded(client: FlaskClient, warned: Field) -> None:
    visitor = arrive(client, warned)
    page = visitor.answer("temps", heures="22")
    assert page.status == 200
    assert "Une réponse est à vérifier" in page.text
    assert "beaucoup" in page.text
    assert "a_savoir" in page.text, "what informs is told when the page is shown again anyway"
    assert "check:beaucoup" not in given(warned)
    assert visitor.place(visitor.change(page)) == "envoi"
    assert given(warned)["check:beaucoup"] == 1
    assert visitor.place(visitor.change(visitor.get("temps"))) == "envoi", "nothing has changed"
    assert visitor.place(visitor.answer("temps", heures="5")) == "envoi"
    assert "check:beaucoup" not in given(warned)


def test_what_blocks_is_counted_alone(client: FlaskClient, warned: Field) -> None:
    visitor = arrive(client, warned)
    page = visitor.answer("temps", heures="30")
    assert page.status == 422
    assert "Une réponse est à revoir" in page.text
    assert visitor.change(page).status == 422


# -- information, bounds --------------------------------------------------------------------------

BOUNDED = questionnaire(
    page("accueil", information("bienvenue")),
    page("foyer", number("personnes")),
    page("enfants_du_foyer", number("enfants", at_most="personnes")),
)


def test_a_page_of_words_alone_is_read_and_passed(client: FlaskClient, app: Flask) -> None:
    visitor = arrive(client, launch(app.extensions["impact"].database, BOUNDED))
    assert "bienvenue" in visitor.get("accueil").text
    assert visitor.place(visitor.answer("accueil")) == "foyer"
    assert visitor.place(visitor.answer("foyer", "retour", personnes="4")) == "accueil"


def test_what_a_change_made_wrong_elsewhere_is_told_when_sending(client: FlaskClient, app: Flask) -> None:
    visitor = arrive(client, launch(app.extensions["impact"].database, BOUNDED))
    visitor.answer("accueil")
    visitor.answer("foyer", personnes="4")
    assert visitor.answer("enfants_du_foyer", enfants="5").status == 422
    assert visitor.place(visitor.answer("enfants_du_foyer", enfants="3")) == "envoi"
    assert visitor.place(visitor.answer("foyer?de=envoi", personnes="2")) == "envoi"
    place = visitor.place(visitor.post(visitor.get("envoi")))
    assert place.startswith("enfants_du_foyer?")
    page = visitor.get(place)
    assert page.all("a", href="#enfants-1"), "the page says what is wrong at once"
    assert value_of(page, "enfants") == ["3"]
    assert visitor.place(visitor.change(page, enfants="2")) == "envoi"
    assert visitor.place(visitor.post(visitor.get("envoi"))) == "fin"
