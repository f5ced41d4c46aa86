"""Over capacity: a page that keeps one's place, says the truth, and leads in when called."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.models import Response, WaitingLine
from app.services import admission, fieldwork
from tests.conftest import make_app, settings_for
from tests.factories import Field, count_rows, launch
from tests.web.respond.visitors import EVERY_TYPE, FIRST, Page, Visitor, answer_all

CAPACITY = 2


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(settings_for(sqlite_url, tmp_path, IMPACT_CAPACITY=str(CAPACITY)))
    yield app
    app.extensions["impact"].database.close()


@pytest.fixture
def wave(app: Flask) -> Field:
    return launch(app.extensions["impact"].database, EVERY_TYPE)


@pytest.fixture
def inside(app: Flask, wave: Field) -> list[Visitor]:
    """As many as may answer."""
    people = [someone(app, wave) for _ in range(CAPACITY)]
    assert [who.place(who.start()) for who in people] == ["profil"] * CAPACITY
    return people


@pytest.fixture
def newcomer(app: Flask, wave: Field, inside: list[Visitor]) -> Visitor:
    """Someone who finds the platform full."""
    return someone(app, wave)


def someone(app: Flask, wave: Field) -> Visitor:
    return Visitor(app.test_client(), wave.key)


def arrive_too_late(who: Visitor, **fields: str) -> Page:
    """Press « Commencer », and follow to the line."""
    place = who.place(who.start(**fields))
    assert place.startswith("file-d-attente")
    return who.get(place)


def leave(who: Visitor) -> None:
    assert who.place(who.post(answer_all(who))) == "fin"


def sweep(wave: Field) -> None:
    with wave.database.transaction() as session:
        admission.call_waiting(session, CAPACITY)


def press(who: Visitor, shown: Page) -> Page:
    """Press the button of the waiting page."""
    return Page(who.client.post(shown.all("form", class_="go near")[0]["action"], data=shown.filled))


def stored_line(wave: Field) -> WaitingLine:
    with wave.database.reading() as session:
        return session.get_one(WaitingLine, 1)


def test_the_page_says_where_one_stands_and_looks_again_by_itself(newcomer: Visitor, app: Flask, wave: Field) -> None:
    page = arrive_too_late(newcomer)
    assert page.status == 200
    assert "prochaine personne" in page.title
    assert page.response.headers["Refresh"] == "15"
    assert "votre place est gardée" in page.text
    assert "maintenance" not in page.text.lower()
    assert any(link["href"].endswith("/aide") for link in page.all("a"))
    second = arrive_too_late(someone(app, wave))
    assert "Une personne avant vous" in second.title


def test_a_place_survives_every_reload_and_asks_for_no_row(newcomer: Visitor, wave: Field) -> None:
    page = arrive_too_late(newcomer)
    for _ in range(3):
        assert newcomer.get("file-d-attente").title == page.title
        assert newcomer.place(press(newcomer, page)).startswith("file-d-attente"), "not yet"
        assert newcomer.place(newcomer.start()).startswith("file-d-attente"), "nor from the entry"
    assert stored_line(wave).given == 1
    assert count_rows(wave.database, Response) == CAPACITY


def test_those_inside_are_never_held_and_ask_the_line_nothing(
    newcomer: Visitor, inside: list[Visitor], wave: Field
) -> None:
    arrive_too_late(newcomer)
    for who in inside:
        assert who.place(who.answer("profil", **FIRST)) == "avis"
        assert who.place(who.start()) == "avis", "the entry leads back in"


def test_once_called_one_starts_as_if_just_then(newcomer: Visitor, inside: list[Visitor], wave: Field) -> None:
    page = arrive_too_late(newcomer, langue="fr", jeton="à garder", code="ABCD-EFGH")
    leave(inside[0])
    assert "prochaine" in newcomer.get("file-d-attente").title, "looking calls nobody"
    sweep(wave)
    called = newcomer.get("file-d-attente")
    assert called.title.startswith("C’est votre tour")
    assert called.filled["jeton"] == ["à garder"]
    assert called.filled["code"] == ["ABCD-EFGH"]
    assert page.filled == called.filled
    assert newcomer.place(press(newcomer, called)) == "profil"
    assert newcomer.client.get_cookie("attente", path=f"/r/{wave.key}/") is None, "the number is given back"


def test_the_button_works_without_any_worker(newcomer: Visitor, inside: list[Visitor]) -> None:
    page = arrive_too_late(newcomer)
    leave(inside[0])
    assert newcomer.place(press(newcomer, page)) == "profil"


def test_a_turn_that_has_passed_is_said_and_a_new_place_given(
    newcomer: Visitor, inside: list[Visitor], app: Flask, wave: Field
) -> None:
    arrive_too_late(newcomer)
    other = someone(app, wave)
    arrive_too_late(other)
    leave(inside[0])
    sweep(wave)
    with wave.database.transaction() as session:
        session.get_one(WaitingLine, 1).calls = {"1": 1}
    passed = newcomer.get("file-d-attente")
    assert passed.title.startswith("Votre tour est passé")
    assert "Refresh" not in passed.response.headers
    again = newcomer.get(newcomer.place(press(newcomer, passed)))
    assert "prochaine personne" in again.title
    assert other.get("file-d-attente").title.startswith("C’est votre tour")


def test_the_reloading_can_be_stopped_and_taken_up_again(newcomer: Visitor) -> None:
    page = arrive_too_late(newcomer)
    (still,) = [link["href"] for link in page.all("a") if "fixe" in link["href"]]
    stopped = newcomer.get("file-d-attente" + still)
    assert "Refresh" not in stopped.response.headers
    assert stopped.filled == page.filled


def test_the_line_speaks_the_language_that_was_chosen(newcomer: Visitor) -> None:
    """Even to a browser that asks for another one."""
    place = newcomer.place(newcomer.start(langue="fr"))
    page = newcomer.get(place, Accept_Language="en")
    assert page.all("html", lang="fr")
    assert page.filled["langue"] == ["fr"]


@pytest.mark.parametrize("cookie", [None, "", "x", "1.2.3", "WzEsW11d.AAAA", "é" * 50, "a" * 3000])
def test_a_number_that_we_did_not_give_is_no_number(newcomer: Visitor, wave: Field, cookie: str | None) -> None:
    if cookie is not None:
        newcomer.client.set_cookie("attente", cookie, path=f"/r/{wave.key}/")
    refused = newcomer.get("file-d-attente")
    assert refused.status == 403
    assert "pas dans la file" in refused.text
    assert "prochaine personne" in arrive_too_late(newcomer).title


def test_what_is_too_long_is_left_out_of_the_cookie(newcomer: Visitor, wave: Field) -> None:
    page = arrive_too_late(newcomer, langue="fr", long="x" * 5000, **{f"champ{n}": "y" * 290 for n in range(19)})
    cookie = newcomer.client.get_cookie("attente", path=f"/r/{wave.key}/")
    assert cookie is not None
    assert len(cookie.value) < 4000
    assert page.filled["langue"] == ["fr"]


def test_markup_in_what_is_kept_is_never_markup(newcomer: Visitor) -> None:
    assert "<script>" not in arrive_too_late(newcomer, x='"><script>alert(1)</script>').text


def test_nobody_waits_for_a_wave_that_has_closed(newcomer: Visitor, wave: Field) -> None:
    arrive_too_late(newcomer)
    with wave.database.transaction() as session:
        fieldwork.close_wave(session, fieldwork.get_wave(session, wave.key))
    assert newcomer.place(newcomer.get("file-d-attente")) == ""
    assert newcomer.start().status == 410


def test_a_number_is_the_wave_s_browser_s_alone(newcomer: Visitor, wave: Field) -> None:
    arrive_too_late(newcomer)
    cookie = newcomer.client.get_cookie("attente", path=f"/r/{wave.key}/")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    with wave.database.reading() as session:
        assert session.scalars(select(WaitingLine.given)).all() == [1]
