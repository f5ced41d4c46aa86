"""The list of the parts: what is done, what is open, what depends on the answers to come."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from questionnaires.model import Required
from tests.factories import Field, launch
from tests.questionnaires.builders import number, page, questionnaire, roster, section, single
from tests.web.respond.test_answering import given
from tests.web.respond.visitors import Page, Visitor, arrive

PARTS = replace(
    questionnaire(
        sections=(
            section("vous", page("profil", single("velo"))),
            section("velos", page("trajets", number("trajets")), page("avis", single("content")), when="velo = 'oui'"),
            section("liste", page("noms", roster("amis", maximum=3, required=Required.NO))),
            section("chacun", page("ami", number("age", maximum=120)), repeat="amis"),
            section("fin", page("bilan", single("merci"))),
        ),
    ),
    contents=True,
)


@pytest.fixture
def listed(app: Flask) -> Field:
    """A wave whose version shows the list of its parts."""
    return launch(app.extensions["impact"].database, PARTS)


@pytest.fixture
def walker(client: FlaskClient, listed: Field) -> Visitor:
    """Someone who begins."""
    return arrive(client, listed)


def lines(shown: Page) -> list[tuple[str, str, str]]:
    """The parts: title, where it leads, what is said of it."""
    assert shown.status == 200
    found = re.findall(
        r'<span class="of">(?:<a href="/r/essai/([^"]+)"[^>]*>)?(?:<span>)?([^<]+)<.*?<span class="is[^>]*>([^<]+)<',
        shown.text,
    )
    return [(title, place, said) for place, title, said in found]


def test_at_the_start_only_the_first_part_is_open(walker: Visitor) -> None:
    shown = walker.get("les-parties?de=profil")
    assert lines(shown) == [
        ("vous", "profil", "à faire, vous y êtes"),
        ("velos", "", "selon vos réponses"),
        ("liste", "", "à faire"),
        ("chacun", "", "selon vos réponses"),
        ("fin", "", "à faire"),
    ]
    assert [one["href"] for one in shown.all("a", aria_current="step")] == ["/r/essai/profil"]


def test_parts_open_one_after_the_other_and_items_go_by_their_words(walker: Visitor) -> None:
    walker.answer("profil", velo="1")
    walker.answer("trajets", trajets="3")
    assert lines(walker.get("les-parties"))[:2] == [
        ("vous", "profil", "faite"),
        ("velos", "trajets", "en cours, vous y êtes"),
    ]
    walker.answer("avis", content="1")
    walker.answer("noms", **{"amis[1]": "Zoé", "amis[2]": "Ali"})
    walker.answer("ami.1", **{"age[1]": "30"})
    assert lines(walker.get("les-parties?de=ami.1")) == [
        ("vous", "profil", "faite"),
        ("velos", "trajets", "faite"),
        ("liste", "noms", "faite"),
        ("chacun", "ami.1", "en cours"),
        ("Zoé", "ami.1", "faite, vous y êtes"),
        ("Ali", "ami.2", "à faire"),
        ("fin", "", "à faire"),
    ]


def test_a_part_that_is_not_possible_any_more_is_not_in_the_list(walker: Visitor) -> None:
    walker.answer("profil", velo="2")
    assert [title for title, *_ in lines(walker.get("les-parties"))] == ["vous", "liste", "chacun", "fin"]
    walker.answer("noms")
    assert [title for title, *_ in lines(walker.get("les-parties"))] == ["vous", "liste", "fin"]
    assert "Partie 3 sur 3" in walker.get("bilan").title


def test_every_open_part_opens_and_no_other_page_does(walker: Visitor) -> None:
    walker.answer("profil", velo="1")
    for _, place, _ in lines(walker.get("les-parties")):
        assert not place or walker.get(place).status == 200
    assert walker.place(walker.get("noms")) == "trajets"


def test_the_list_is_opened_from_a_question_page_that_is_kept_as_it_is(walker: Visitor, listed: Field) -> None:
    walker.answer("profil", velo="1")
    shown = walker.get("trajets")
    assert "Voir les parties" in shown.text
    assert walker.place(walker.post(shown, "parties", trajets="7")) == "les-parties?de=trajets"
    assert given(listed)["trajets"] == 7
    unfinished = walker.get("avis")
    assert walker.place(walker.post(unfinished, "parties")) == "les-parties?de=avis", "nothing is required to look"
    assert walker.get("les-parties?de=avis").all("a", class_="b", href="/r/essai/avis")


def test_from_the_review_one_comes_back_to_it(walker: Visitor) -> None:
    walker.answer("profil", velo="2")
    walker.answer("noms")
    walker.answer("bilan", merci="1")
    assert walker.get("envoi").all("a", href="/r/essai/les-parties?de=envoi")
    shown = walker.get("les-parties?de=envoi")
    assert ("liste", "noms?de=envoi", "faite") in lines(shown)
    assert shown.all("a", class_="b", href="/r/essai/envoi")


@pytest.mark.parametrize("here", ["inconnue", "fin", "bilan", "envoi", "ami.9", "<b>", ""])
def test_an_address_that_was_made_up_leads_nowhere_new(walker: Visitor, here: str) -> None:
    shown = walker.get(f"les-parties?de={here}")
    assert shown.all("a", class_="b", href="/r/essai/profil")
    assert shown.runs_only_our_script


def test_a_version_that_does_not_ask_for_it_has_no_list(visitor: Visitor) -> None:
    assert visitor.get("les-parties").status == 404
    assert "Voir les parties" not in visitor.get("profil").text


def test_the_list_needs_a_response_and_changes_nothing(walker: Visitor, client: FlaskClient, listed: Field) -> None:
    before = given(listed)
    assert walker.get("les-parties").status == 200
    assert given(listed) == before
    client.delete_cookie("reponse", path=f"/r/{listed.key}/")
    assert walker.get("les-parties").status == 403
