"""A list that the respondent makes, and pages asked for each of its lines."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.models import Submission
from tests.factories import Field, launch
from tests.questionnaires.builders import multiple, number, page, questionnaire, roster, section, single, words
from tests.web.respond.test_answering import given
from tests.web.respond.visitors import Page, Visitor, arrive

LISTED = questionnaire(
    sections=(
        section("debut", page("liste", roster("partenaires", maximum=4))),
        section(
            "chacun",
            replace(
                page(
                    "partenaire",
                    replace(number("cout"), text=words("Combien consacrez-vous à {partenaires} ?")),
                    single("utile"),
                ),
                title=words("À propos de {partenaires}"),
            ),
            repeat="partenaires",
        ),
        section("fin", page("bilan", replace(single("avis"), text=words("Vous avez cité {partenaires}.")))),
    )
)
BY_CHOICE = questionnaire(
    sections=(
        section("debut", page("domaines", multiple("soucis", "emploi", "climat", "sante"))),
        section("chacun", page("detail", single("urgent")), repeat="soucis"),
    )
)
MAIRIE, REGION, LYCEE = "Mairie de Lyon", "Région", "Lycée"
THREE = {"partenaires[1]": MAIRIE, "partenaires[2]": REGION, "partenaires[3]": LYCEE}


@pytest.fixture
def listed(app: Flask) -> Field:
    """A wave that asks for a list."""
    return launch(app.extensions["impact"].database, LISTED)


@pytest.fixture
def lister(client: FlaskClient, listed: Field) -> Visitor:
    """Someone who has three partners, and has answered about the first two."""
    visitor = arrive(client, listed)
    assert visitor.place(visitor.answer("liste", **THREE)) == "partenaire.1"
    assert visitor.place(visitor.answer("partenaire.1", **{"cout[1]": "10", "utile[1]": "1"})) == "partenaire.2"
    assert visitor.place(visitor.answer("partenaire.2", **{"cout[2]": "20", "utile[2]": "2"})) == "partenaire.3"
    return visitor


def lines(page: Page) -> dict[str, str]:
    """The inputs of the list that hold words."""
    found = (one for one in page.all("input") if one.get("name", "").startswith("partenaires["))
    return {one["name"]: one["value"] for one in found if one["value"]}


def finish(visitor: Visitor) -> Page:
    """Answer what is left, and send."""
    place = visitor.place(visitor.get("envoi"))
    while place != "envoi":
        page = visitor.get(place)
        item = place.partition(".")[2]
        answers = {f"cout[{item}]": "99", f"utile[{item}]": "1"} if item else {"avis": "1"}
        place = visitor.place(visitor.post(page, **answers))
    return visitor.get("envoi")


def sent(field: Field) -> list[dict[str, object]]:
    """The items of the only submission."""
    with field.database.reading() as session:
        payload = session.scalars(select(Submission.payload)).one()
    return [{"item": one["item"]} | one["values"] for one in payload["rosters"]["partenaires"]]


def test_each_line_is_asked_about_in_its_own_words(lister: Visitor) -> None:
    page = lister.get("partenaire.1")
    assert f"À propos de {MAIRIE}" in page.title
    assert f"Combien consacrez-vous à {MAIRIE}" in page.said
    assert page.filled["cout[1]"] == ["10"]
    assert page.checked == {("utile[1]", "1")}
    assert f"À propos de {LYCEE}" in lister.get("partenaire.3").text
    assert lister.place(lister.change(page, "retour")) == "liste"


def test_removing_a_line_and_adding_another_mixes_nothing_up(lister: Visitor, listed: Field) -> None:
    page = lister.get("liste")
    assert lines(page) == THREE
    fresh = {"partenaires[2]": "", "partenaires[4]": "Club de sport"}
    assert lister.place(lister.change(page, **fresh)) == "partenaire.1"
    assert lines(lister.get("liste")) == {
        "partenaires[1]": MAIRIE,
        "partenaires[3]": LYCEE,
        "partenaires[4]": "Club de sport",
    }
    stored = given(listed)
    assert (stored["partenaires[2]"], stored["cout[2]"]) == (REGION, 20), "what was said of it is kept"
    assert lister.get("partenaire.3").filled.get("cout[3]") == [""], "a line has no answers but its own"
    assert "Club de sport" not in lister.get("partenaire.3").text
    review = finish(lister)
    assert REGION not in review.text
    assert lister.place(lister.post(review)) == "fin"
    assert [(one["item"], one["cout"]) for one in sent(listed)] == [(1, 10), (3, 99), (4, 99)]


def test_a_line_that_comes_back_is_a_new_one(lister: Visitor, listed: Field) -> None:
    page = lister.get("liste")
    lister.change(page, **{"partenaires[3]": ""})
    page = lister.get("liste")
    fresh = [one["name"] for one in page.all("input") if one.get("name", "").startswith("partenaires[")]
    assert "partenaires[4]" in fresh
    assert "partenaires[3]" not in fresh
    lister.change(page, **{"partenaires[4]": LYCEE})
    assert given(listed)["partenaires"] == [1, 2, 4]


def test_the_review_names_each_item_and_leads_to_its_page(lister: Visitor, listed: Field) -> None:
    review = finish(lister)
    for partner in THREE.values():
        assert f"À propos de {partner}" in review.text
    assert "Vous avez cité Mairie de Lyon, Région et Lycée." in review.text
    assert review.all("a", href=f"/r/{listed.key}/partenaire.2?de=envoi#q-cout[2]")
    page = lister.get("partenaire.2?de=envoi")
    assert lister.place(lister.change(page, **{"cout[2]": "21"})) == "envoi"
    assert given(listed)["cout[2]"] == 21


@pytest.mark.parametrize("place", ["partenaire", "partenaire.9", "partenaire.0", "partenaire.01", "liste.1", "x.1"])
def test_an_item_that_never_was_has_no_page(lister: Visitor, place: str) -> None:
    assert lister.get(place).status == 404
    assert Page(lister.client.post(f"/r/{lister.key}/{place}", data={})).status == 404


def test_an_item_that_left_the_list_leads_to_where_one_is(lister: Visitor, listed: Field) -> None:
    stale = lister.get("partenaire.2")
    lister.change(lister.get("liste"), **{"partenaires[2]": ""})
    assert lister.place(lister.get("partenaire.2")) == "partenaire.3"
    assert lister.place(lister.post(stale, **{"cout[2]": "25", "utile[2]": "1"})) in ("partenaire.3", "bilan")
    assert given(listed)["cout[2]"] == 25, "what was typed is kept"


def test_a_problem_about_an_item_is_told_at_its_input(lister: Visitor) -> None:
    page = lister.answer("partenaire.3", **{"cout[3]": "beaucoup", "utile[3]": "1"})
    assert page.status == 422
    assert page.all("a", href="#cout[3]-1")
    assert page.all("input", id="cout[3]-1", value="beaucoup")
    assert f"Combien consacrez-vous à {LYCEE}" in page.text


def test_two_tabs_that_add_a_line_are_told_in_words_and_lose_nothing(lister: Visitor, listed: Field) -> None:
    one, other = lister.get("liste"), lister.get("liste")
    lister.change(one, **{"partenaires[4]": "Club de sport"})
    page = lister.change(other, **{"partenaires[4]": "École"})
    assert page.status == 409
    assert "«\u00a0Club de sport\u00a0»\u202f; ici, «\u00a0École\u00a0»" in page.text
    assert lines(page) == THREE | {"partenaires[4]": "École"}
    assert given(listed)["partenaires[4]"] == "Club de sport"
    assert lister.place(lister.change(page)) == "partenaire.1"
    kept = given(listed)
    assert [kept[f"partenaires[{item}]"] for item in kept["partenaires"]] == [*THREE.values(), "École"]
    assert kept["partenaires[4]"] == "Club de sport", "another partner, another line"


def test_a_tab_that_changes_a_line_taken_off_elsewhere_is_told_the_whole_list(lister: Visitor, listed: Field) -> None:
    one, other = lister.get("liste"), lister.get("liste")
    lister.change(one, **{"partenaires[2]": ""})
    page = lister.change(other, **{"partenaires[2]": "Conseil régional"})
    assert page.status == 409
    assert f"«\u00a0{MAIRIE}\u202f; {LYCEE}\u00a0»" in page.text
    assert lines(page)["partenaires[2]"] == "Conseil régional"
    assert given(listed)["partenaires"] == [1, 3]
    lister.change(page)
    assert given(listed)["partenaires"] == [1, 2, 3]


def test_the_chosen_choices_may_be_gone_through_too(client: FlaskClient, app: Flask) -> None:
    visitor = arrive(client, launch(app.extensions["impact"].database, BY_CHOICE))
    assert visitor.place(visitor.answer("domaines", soucis=["1", "3"])) == "detail.1"
    assert "detail – emploi" in visitor.get("detail.1").title
    assert visitor.place(visitor.answer("detail.1", **{"urgent[1]": "1"})) == "detail.3"
    assert visitor.place(visitor.get("detail.2")) == "detail.3"
    assert visitor.get("detail.4").status == 404
    assert visitor.place(visitor.answer("detail.3", **{"urgent[3]": "2"})) == "envoi"
    assert "detail – sante" in visitor.get("envoi").text


@pytest.mark.parametrize(
    ("base", "posted"),
    [
        ("{}", {"partenaires[0]": "x", "partenaires[1][2]": "x", "partenaires[]": "x", "partenaires[-1]": "x"}),
        ('{"partenaires": "x", "partenaires[1]": [1]}', {"partenaires[1]": "y"}),
        ('{"partenaires": [1, 1, 9999999999, 0]}', {"partenaires[999999]": "y"}),
        ('{"partenaires": 3}', {"partenaires": ["1", "2"], "partenaires[1]": "y"}),
        ('{"partenaires": [1, 2, 3]}', {f"partenaires[{item}]": "y" for item in range(1, 300)}),
    ],
)
def test_nothing_that_is_posted_to_a_list_breaks_it(
    lister: Visitor, listed: Field, base: str, posted: dict[str, str]
) -> None:
    page = lister.get("liste")
    assert lister.post(page, base=base, **posted).status in (303, 409, 422)
    assert lister.get("liste").status == 200
    assert len(given(listed)["partenaires"]) <= 4  # type: ignore[arg-type]
