"""What a page says depends on who reads it: variants, answers in texts, orders, what is offered, what is known."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.models import Response
from app.services import responding
from questionnaires import definition
from questionnaires.model import Exit, Required
from tests.factories import SECRET, Field, launch
from tests.questionnaires.builders import (
    choice_grid,
    choices,
    leaves,
    multiple,
    number,
    offered_if,
    page,
    questionnaire,
    rows,
    single,
    words,
)
from tests.web.respond.test_answering import given
from tests.web.respond.visitors import Page, Visitor, hold_cookie

SPOKEN = definition.read((Path(__file__).parent / "spoken.yaml").read_bytes())


@pytest.fixture
def spoken(app: Flask) -> Field:
    """A wave whose pages depend on who reads them."""
    return launch(app.extensions["impact"].database, SPOKEN)


def enter(client: FlaskClient, field: Field, **external: str) -> Visitor:
    """Someone who was invited: what is known of them is known from the start."""
    with field.database.transaction() as session:
        started = responding.start_response(session, field.key, "fr", SECRET, external=external)
    hold_cookie(client, field.key, started.token)
    return Visitor(client, field.key)


def on_second_page(client: FlaskClient, field: Field, sexe: str = "1", enfants: str = "1", **external: str) -> Visitor:
    visitor = enter(client, field, **external)
    assert visitor.place(visitor.answer("moi", sexe=sexe, enfants=enfants)) == "suite"
    return visitor


def arm_of(field: Field) -> str:
    """The arm of the latest response."""
    with field.database.reading() as session:
        context = session.scalars(select(Response.context).order_by(Response.id.desc())).first()
    assert context is not None
    return str(context["arms"]["formulation"])


def shown_order(page: Page, name: str = "soucis") -> list[str]:
    return [one["value"] for one in page.all("input", name=name)]


@pytest.mark.parametrize(
    ("sexe", "enfants", "french", "english"),
    [
        ("1", "0", ("Elle est citée avec aucun enfant.", "avec lui"), ("She with no children.", "with them")),
        ("2", "1", ("Il est cité avec un enfant.", "avec lui"), ("He with one child.", "with it")),
        ("3", "5", ("Iel est cité·e avec 5 enfants.", "avec eux"), ("They with 5 children.", "with them")),
    ],
)
def test_answers_are_piped_in_the_grammar_of_the_language(
    client: FlaskClient, spoken: Field, sexe: str, enfants: str, french: tuple[str, ...], english: tuple[str, ...]
) -> None:
    visitor = on_second_page(client, spoken, sexe, enfants)
    page = visitor.get("suite")
    assert all(said in page.text for said in french)
    assert f"Rappel : {french[0].partition('avec ')[2]}" in page.text
    assert "Et votre ville" in page.title
    assert visitor.place(visitor.change(page, "langue-en")) == "suite"
    page = visitor.get("suite")
    assert all(said in page.text for said in english)
    assert "What about your town?" in page.title


def test_what_was_typed_is_never_markup_in_a_text(client: FlaskClient, spoken: Field) -> None:
    page = on_second_page(client, spoken, ville="<script>Angers</script>").get("suite")
    assert page.runs_only_our_script
    assert "Et &lt;script&gt;Angers&lt;/script&gt;" in page.text


def test_a_variant_follows_a_condition_and_else_the_arm(client: FlaskClient, spoken: Field) -> None:
    seen = set()
    for _ in range(24):
        page = on_second_page(client, spoken, enfants="2").get("suite")
        expected = {"courte": "Adhérez-vous ?", "longue": "Êtes-vous membre ?"}[arm_of(spoken)]
        assert expected in page.said
        seen.add(expected)
    assert len(seen) == 2
    visitor = on_second_page(client, spoken, enfants="0")
    assert "Adhérez-vous, vous-même ?" in visitor.get("suite").said
    refused = visitor.answer("suite", soucis="1")
    assert refused.status == 422
    assert "Adhérez-vous, vous-même ?" in "".join(refused.texts["li"]), "problems name the question as it was asked"
    assert visitor.place(visitor.change(refused, adhesion="1", ville_citee="x")) == "envoi"
    assert "Adhérez-vous, vous-même ?" in visitor.get("envoi").said


def test_a_random_order_is_the_same_at_every_reload_and_in_every_language(client: FlaskClient, spoken: Field) -> None:
    orders = set()
    for _ in range(8):
        visitor = on_second_page(client, spoken)
        page = visitor.get("suite")
        order = shown_order(page)
        assert sorted(order) == [*map(str, range(1, 9))]
        assert order[6:] == ["7", "8"], "what is fixed or exclusive keeps its place"
        visitor.change(page, "langue-en", soucis=["2", "3"])
        again = visitor.get("suite")
        assert shown_order(again) == order
        assert {("soucis", "2"), ("soucis", "3")} <= again.checked
        refused = visitor.change(again, adhesion="", ville_citee="")
        assert shown_order(refused) == order
        orders.add(tuple(order))
    assert len(orders) > 1


def test_what_is_known_is_shown_as_if_typed_and_recorded_when_saved(client: FlaskClient, spoken: Field) -> None:
    visitor = on_second_page(client, spoken, ville="Angers")
    page = visitor.get("suite")
    assert page.filled["ville_citee"] == ["Angers"]
    assert "ville_citee" not in given(spoken)
    visitor.change(page, adhesion="1", soucis="1")
    assert given(spoken)["ville_citee"] == "Angers"


def test_what_is_known_may_be_corrected_or_cleared(client: FlaskClient, spoken: Field) -> None:
    visitor = on_second_page(client, spoken, ville="Angers")
    visitor.change(visitor.get("suite"), "pause", ville_citee="Nantes")
    assert given(spoken)["ville_citee"] == "Nantes"
    assert visitor.get("suite").filled["ville_citee"] == ["Nantes"]
    visitor.change(visitor.get("suite"), "pause", ville_citee="")
    assert visitor.get("suite").filled["ville_citee"] == [""]


def test_a_check_speaks_with_the_answers(client: FlaskClient, spoken: Field) -> None:
    visitor = on_second_page(client, spoken, enfants="2")
    page = visitor.answer("suite", adhesion="1", soucis=["1", "2", "3"], ville_citee="x")
    assert page.status == 200
    assert page.text.count("Avec 2 enfants, tout cela ?") == 2, "in the summary and at the question"
    assert visitor.place(visitor.change(page)) == "envoi"


def leaving(name: str, when: str, *, keep: bool = False) -> Exit:
    """An exit that says the age."""
    return replace(leaves(name, when, keep=keep), text=words("Âge : {age, or {inconnu}}."))


OFFERED = questionnaire(
    page("une", single("travaille"), single("etudie")),
    page(
        "deux",
        single("aide", choices=offered_if(choices("amis", "patron", "ecole"), patron="travaille = 'oui'")),
        multiple(
            "soucis",
            choices=offered_if(choices("emploi", "examens"), emploi="travaille = 'oui'", examens="etudie = 'oui'"),
        ),
        choice_grid("effets", rows=offered_if(rows("ici", "bureau"), bureau="travaille = 'oui'"), required=Required.NO),
    ),
    page("trois", number("age"), exits=(leaving("vieux", "age > 99"), leaving("jeune", "age < 18", keep=True))),
)


@pytest.fixture
def offered(app: Flask, client: FlaskClient) -> Visitor:
    """Someone in front of choices with conditions."""
    return enter(client, launch(app.extensions["impact"].database, OFFERED))


def test_only_what_is_offered_is_shown(offered: Visitor) -> None:
    offered.answer("une", travaille="2", etudie="1")
    page = offered.get("deux")
    assert shown_order(page, "aide") == ["1", "3"]
    assert shown_order(page, "soucis") == ["2"]
    offered.answer("une", travaille="1", etudie="1")
    assert shown_order(offered.get("deux"), "aide") == ["1", "2", "3"]


def test_a_row_that_was_not_shown_was_not_left_blank(offered: Visitor, app: Flask) -> None:
    field = Field(app.extensions["impact"].database, "essai", 1, 1, OFFERED)
    offered.answer("une", travaille="2", etudie="2")
    assert offered.place(offered.answer("deux", aide="1")) == "trois"
    assert {"effets_ici", "effets_bureau"} & set(given(field)) == {"effets_ici"}
    assert offered.place(offered.answer("une", travaille="1", etudie="2")) == "deux", "it is asked now"
    again = offered.get("deux")
    assert again.all("input", name="effets_bureau")
    assert offered.place(offered.change(again, soucis="1")) == "trois"
    assert "effets_bureau" in given(field)


def test_a_choice_that_is_not_offered_any_more_is_asked_anew(offered: Visitor) -> None:
    offered.answer("une", travaille="1", etudie="1")
    assert offered.place(offered.answer("deux", aide="2", soucis=["1", "2"])) == "trois"
    assert offered.place(offered.answer("une", travaille="2", etudie="1")) == "deux"
    page = offered.get("deux")
    assert page.checked == {("soucis", "2")}
    assert offered.place(offered.change(page, aide="1")) == "trois"
    offered.answer("trois", age="40")
    assert not re.search("emploi|patron", offered.get("envoi").text)


def test_a_page_without_anything_to_offer_is_not_asked(offered: Visitor) -> None:
    offered.answer("une", travaille="2", etudie="2")
    assert "soucis" not in offered.get("deux").text
    assert offered.place(offered.answer("deux", aide="1")) == "trois"


@pytest.mark.parametrize(("age", "exit_name", "said"), [("12", "jeune", "12"), ("120", "vieux", "inconnu")])
def test_an_exit_says_what_is_still_known(offered: Visitor, age: str, exit_name: str, said: str) -> None:
    offered.answer("une", travaille="2", etudie="2")
    offered.answer("deux", aide="1")
    assert offered.place(offered.answer("trois", age=age)) == f"sortie/{exit_name}"
    assert f"Âge : {said}." in offered.get(f"sortie/{exit_name}").text
