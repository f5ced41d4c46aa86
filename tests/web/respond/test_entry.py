"""The doors of a wave, and what each says when it is shut."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.models import Response
from app.services import fieldwork, responding
from tests.factories import NOTICE, Field, count_rows, launch
from tests.web.respond.visitors import EVERY_TYPE, Page, Visitor, answer_all


@pytest.fixture
def passer_by(client: FlaskClient, wave: Field) -> Visitor:
    """Someone who has not pressed « Commencer »."""
    return Visitor(client, wave.key)


def test_the_entry_says_what_it_is_and_gives_the_whole_notice(passer_by: Visitor) -> None:
    page = passer_by.get()
    assert page.status == 200
    assert page.text.count("écrit") == len(fieldwork.NOTICE_FIELDS)
    assert "Enquête d’essai" in page.text
    assert passer_by.client.get_cookie("reponse", path=f"/r/{passer_by.key}/") is None, "no cookie before the start"


def test_a_notice_that_is_not_written_is_marked(app: Flask, client: FlaskClient) -> None:
    database = app.extensions["impact"].database
    launch(database, EVERY_TYPE, key="brouillon")
    with database.transaction() as session:
        notice = NOTICE | {"controller": f"Obs {fieldwork.PLACEHOLDER}", "rights": ""}
        fieldwork.edit_notice(session, fieldwork.get_wave(session, "brouillon"), notice)
    page = Visitor(client, "brouillon").get()
    assert fieldwork.PLACEHOLDER not in page.text
    assert page.text.count('class="todo"') == 2


def test_starting_gives_one_cookie_for_this_wave_and_this_session(passer_by: Visitor, wave: Field) -> None:
    started = passer_by.start()
    assert passer_by.place(started) == "profil"
    (cookie,) = started.response.headers.getlist("Set-Cookie")
    name, *attributes = cookie.split("; ")
    assert name.startswith("reponse=")
    assert set(attributes) == {f"Path=/r/{wave.key}/", "HttpOnly", "SameSite=Lax"}


def test_starting_again_resumes_unless_another_is_asked_for(visitor: Visitor, wave: Field) -> None:
    visitor.answer("profil", age="2", ville="1")
    entry = visitor.get()
    assert entry.all("a", href=f"/r/{wave.key}/avis")
    assert visitor.place(visitor.start()) == "avis"
    assert count_rows(wave.database, Response) == 1
    assert visitor.place(visitor.start(commencer="nouveau")) == "profil"
    assert count_rows(wave.database, Response) == 2


def test_who_has_sent_is_told_so(visitor: Visitor, wave: Field) -> None:
    visitor.post(answer_all(visitor))
    entry = visitor.get()
    assert "déjà envoyé" in entry.text
    assert entry.all("a", href=f"/r/{wave.key}/fin")


def test_a_wave_not_open_yet_says_so(app: Flask, client: FlaskClient, wave: Field) -> None:
    with wave.database.transaction() as session:
        fieldwork.create_wave(session, key="demain", name="d", version_id=wave.version_id, origin="trial")
    visitor = Visitor(client, "demain")
    for page, status in ((visitor.get(), 200), (visitor.start(), 403), (visitor.get("profil"), 403)):
        assert page.status == status
        assert "pas encore ouverte" in page.text


@pytest.mark.parametrize("place", ["", "profil", "envoi", "fin", "pause", "aide", "sortie/x"])
def test_an_unknown_wave_says_so(client: FlaskClient, place: str) -> None:
    page = Visitor(client, "nulle-part").get(place)
    assert page.status == 404
    assert "Cette enquête n’existe pas" in page.text


@pytest.mark.parametrize("place", ["profil", "envoi"])
@pytest.mark.parametrize("cookie", [None, "", "forged", "x" * 4000, "é"])
def test_without_its_cookie_a_page_says_what_to_do(passer_by: Visitor, place: str, cookie: str | None) -> None:
    if cookie is not None:
        passer_by.client.set_cookie("reponse", cookie, path=f"/r/{passer_by.key}/")
    for page in (passer_by.get(place), Page(passer_by.client.post(f"/r/{passer_by.key}/{place}"))):
        assert page.status in (403, 405)
        assert page.status == 405 or page.all("a", href=f"/r/{passer_by.key}/")


def test_the_cookie_of_another_wave_opens_nothing(visitor: Visitor, app: Flask) -> None:
    other = launch(app.extensions["impact"].database, EVERY_TYPE, key="autre")
    token = visitor.client.get_cookie("reponse", path=f"/r/{visitor.key}/")
    assert token is not None
    visitor.client.set_cookie("reponse", token.value, path=f"/r/{other.key}/")
    assert Visitor(visitor.client, other.key).get("profil").status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://ailleurs.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.ailleurs.example"},
    ],
)
def test_another_site_starts_nothing(passer_by: Visitor, wave: Field, headers: dict[str, str]) -> None:
    response = passer_by.client.post(f"/r/{wave.key}/", headers=headers)
    assert response.status_code == 403
    assert "Set-Cookie" not in response.headers
    assert count_rows(wave.database, Response) == 0


def test_our_own_page_starts(passer_by: Visitor, wave: Field) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
    assert passer_by.client.post(f"/r/{wave.key}/", headers=headers).status_code == 303


def test_a_withdrawn_response_says_so(visitor: Visitor, wave: Field, app: Flask) -> None:
    visitor.post(answer_all(visitor))
    platform = app.extensions["impact"]
    token = visitor.client.get_cookie("reponse", path=f"/r/{wave.key}/")
    assert token is not None
    code = responding.response_code(platform.settings.secret_key, token.value.partition(".")[0])
    with wave.database.transaction() as session:
        assert responding.withdraw_response(session, code, platform.settings.secret_key, None)
    page = visitor.get("fin")
    assert page.status == 410
    assert "retirées" in page.text


def test_the_home_page_leads_to_open_waves_only(app: Flask, client: FlaskClient, wave: Field) -> None:
    launch(wave.database, EVERY_TYPE, key="simulee", origin="simulated")
    with wave.database.transaction() as session:
        fieldwork.create_wave(session, key="demain", name="d", version_id=wave.version_id, origin="trial")
    page = Page(client.get("/"))
    assert page.status == 200
    assert [one["href"] for one in page.all("a", class_="b")] == [f"/r/{wave.key}/"]
    assert page.all("a", href="/account/")
