"""The review: every answer in words, each with its link; what is changed from there leads back there."""

from __future__ import annotations

import datetime as dt
import random
import re
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

import questionnaires
from app.models import Wave
from app.web.respond.review import review
from questionnaires import definition
from questionnaires.model import Required
from tests.factories import Field, launch
from tests.questionnaires.builders import (
    asking_words,
    choice_grid,
    choices,
    multiple,
    number,
    page,
    questionnaire,
    ranking,
    roster,
    section,
    single,
    text,
)
from tests.web.respond.robots import Robot, random_person
from tests.web.respond.visitors import Visitor, answer_all, arrive

DEFINITIONS = Path(questionnaires.__file__).parent / "definitions"
PARTS = questionnaire(
    sections=(
        section(
            "vous",
            page(
                "avis",
                multiple("soucis", choices=asking_words(choices("emploi", "climat", "autre"), "autre")),
                ranking("rangs", "un", "deux"),
                choice_grid("effets", "ici", "ailleurs"),
                single("saitpas", no_opinion=True),
                text("mot", required=Required.NO),
            ),
        ),
        section("liste", page("noms", roster("amis", maximum=3))),
        section(
            "chacun",
            page("age_ami", number("age", maximum=120)),
            page("lieu_ami", single("proche")),
            repeat="amis",
        ),
        section(
            "fin",
            page("filtre", single("velo")),
            page("trajets", number("trajets"), when="velo = 'oui'"),
        ),
    )
)
AVIS: dict[str, Any] = {"soucis": ["1", "3"], "soucis_autre_text": "le bruit", "saitpas": "nsp"}
AVIS |= {"rangs": ["2:1", "1:2"], "effets_ici": "1", "effets_ailleurs": "2"}


@pytest.fixture
def parts(app: Flask) -> Field:
    """A wave with several parts, one of them repeated."""
    return launch(app.extensions["impact"].database, PARTS)


@pytest.fixture
def reader(client: FlaskClient, parts: Field) -> Visitor:
    """Someone in front of the review, with two friends and no bicycle."""
    visitor = arrive(client, parts)
    visitor.answer("avis", **AVIS)
    visitor.answer("noms", **{"amis[1]": "Zoé", "amis[2]": "Ali"})
    for item in ("1", "2"):
        visitor.answer(f"age_ami.{item}", **{f"age[{item}]": "30"})
        visitor.answer(f"lieu_ami.{item}", **{f"proche[{item}]": "1"})
    assert visitor.place(visitor.answer("filtre", velo="2")) == "envoi"
    return visitor


def test_each_answer_is_said_as_it_is_read(reader: Visitor) -> None:
    shown = reader.get("envoi").text
    assert "<ul><li>emploi</li><li>autre\u00a0: le bruit</li></ul>" in shown
    assert "<ul><li>1.\u00a0deux</li><li>2.\u00a0un</li></ul>" in shown
    assert "<dt>ici</dt><dd>oui</dd>" in shown
    assert "<dd>Je ne me prononce pas</dd>" in shown
    assert shown.count("Sans réponse") == 1, "the optional text alone was left blank"


def test_what_was_said_of_an_item_stands_together_under_its_words(reader: Visitor) -> None:
    shown = reader.get("envoi").text
    headings = [(int(level), said) for level, said in re.findall(r"<h([1-6])[^>]*>(.*?)</h", shown)]
    assert [one for one in headings if one[0] > 1] == [
        (2, "vous"),
        (3, "avis"),
        (2, "liste"),
        (3, "noms"),
        (2, "chacun"),
        (3, "Zoé"),
        (3, "Ali"),
        (2, "fin"),
        (3, "filtre"),
    ]
    assert headings[0][0] == 1


def test_each_question_has_its_link_and_each_link_its_question(reader: Visitor) -> None:
    links = [one["href"] for one in reader.get("envoi").all("a") if "?de=envoi#" in one.get("href", "")]
    assert [one.partition("#q-")[2] for one in links] == [
        *("soucis", "rangs", "effets", "saitpas", "mot", "amis", "age[1]", "proche[1]", "age[2]", "proche[2]", "velo")
    ]
    for link in links:
        place, _, target = link.removeprefix(f"/r/{reader.key}/").partition("#")
        assert any(found.get("id") == target for _, found in reader.get(place).elements), link


def test_only_what_became_necessary_is_asked_before_the_review_comes_back(reader: Visitor) -> None:
    assert reader.place(reader.change(reader.get("avis?de=envoi"), mot="voilà")) == "envoi"
    opened = reader.place(reader.change(reader.get("filtre?de=envoi"), velo="1"))
    assert opened == "trajets?de=envoi"
    assert reader.place(reader.get("envoi")) == "trajets", "nothing is sent before"
    assert reader.place(reader.answer(opened, trajets="4")) == "envoi"
    more = reader.change(reader.get("noms?de=envoi"), **{"amis[3]": "Lou"})
    assert reader.place(more) == "age_ami.3?de=envoi"
    assert reader.place(reader.answer("age_ami.3?de=envoi", **{"age[3]": "8"})) == "lieu_ami.3?de=envoi"
    assert reader.place(reader.answer("lieu_ami.3?de=envoi", **{"proche[3]": "2"})) == "envoi"
    shown = reader.get("envoi").text
    assert all(said in shown for said in ("voilà", "Lou", "<dd>4</dd>"))


@pytest.mark.parametrize(
    ("may_correct", "closes_at", "said"),
    [
        (False, None, "Une fois envoyées, elles ne pourront plus être changées."),
        (True, None, "les corriger avec votre code, jusqu’à la clôture."),
        (
            True,
            dt.datetime(2036, 10, 24, 22, 30, tzinfo=dt.UTC),
            "jusqu’au 25\u00a0octobre\u00a02036 à 0\u00a0h\u00a030.",
        ),
    ],
)
def test_it_says_truly_whether_one_may_still_correct(
    visitor: Visitor, wave: Field, may_correct: bool, closes_at: dt.datetime | None, said: str
) -> None:
    with wave.database.transaction() as session:
        held = session.get_one(Wave, wave.wave_id)
        held.may_correct, held.closes_at = may_correct, closes_at
    assert said in answer_all(visitor).text


def test_who_corrects_is_told_what_counts_meanwhile(visitor: Visitor) -> None:
    visitor.post(answer_all(visitor))
    csrf = visitor.get("fin").hidden["csrf"]
    visitor.client.post(f"/r/{visitor.key}/mes-reponses/corriger", data={"csrf": csrf})
    shown = visitor.get("envoi").text
    assert re.search(r"Les réponses que vous avez envoyées le .+ comptent tant que vous n’envoyez pas", shown)
    assert "Envoyer mes corrections" in shown


def test_a_short_review_has_no_list_of_its_parts(reader: Visitor) -> None:
    assert not reader.get("envoi").all("nav", class_="toc")


# -- shipped questionnaires -----------------------------------------------------------------------


def at_the_review(app: Flask, name: str, version: str, language: str = "fr") -> Robot:
    """Someone who has answered a whole shipped questionnaire, before sending."""
    asked = definition.read((DEFINITIONS / name / f"{version}.yaml").read_bytes())
    where, generator = launch(app.extensions["impact"].database, asked), random.Random(name)
    for _ in range(40):
        robot = Robot(app.test_client(), where, generator, random_person(asked, generator), language)
        if robot.place(robot.answer_from(robot.start())) == "envoi":
            return robot
    raise AssertionError("nobody reached the review")


@pytest.mark.parametrize(
    ("name", "version"),
    [("impact-associations", "2021"), ("impact-citoyens", "2020"), ("impact-fondations", "2021")],
)
def test_shipped_answers_are_changed_from_the_review(app: Flask, name: str, version: str) -> None:
    robot = at_the_review(app, name, version)
    for _ in range(8):
        shown = robot.client.get(f"{robot.root}envoi").get_data(as_text=True)
        address, question = robot.generator.choice(re.findall(r'href="([^"]+)\?de=envoi#q-([^"]+)"', shown))
        address = f"{address}?de=envoi"
        assert f'id="q-{question}"' in robot.client.get(address).get_data(as_text=True)
        # Someone else answers from here on, so that filters change.
        robot.person = random_person(robot.where.questionnaire, robot.generator)
        while robot.place(address) != "envoi":
            address = robot.fill(address, robot.place(address))
            state = robot.state()
            if state is None or "sortie/" in address:
                return
            assert robot.place(address) == (state.path.first_incomplete or "envoi"), "only what is missing is asked"


def test_the_review_of_a_long_questionnaire_is_quick_and_has_a_list_of_its_parts(app: Flask) -> None:
    robot = at_the_review(app, "impact-associations", "2021")
    state = robot.state()
    assert state is not None
    shown = robot.client.get(f"{robot.root}envoi").get_data(as_text=True)
    titles = [part.title for part in review(state)]
    assert re.findall(r'<a href="#part-\d+">([^<]+)</a>', shown) == titles
    assert re.findall(r'<h2 class="part" id="part-\d+">([^<]+)</h2>', shown) == titles
    spent = []
    for _ in range(5):
        started = time.process_time()
        assert robot.client.get(f"{robot.root}envoi").status_code == 200
        spent.append(time.process_time() - started)
    assert min(spent) < 0.15
