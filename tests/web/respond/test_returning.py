"""Leaving and coming back: the visit that ends, the code, the e-mail, this device and another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.db import now
from app.models import Attempt, Message, Response, Wave
from app.services import attempts
from app.services.responding import response_code
from app.web.respond import visits
from tests.conftest import make_app, settings_for
from tests.factories import SECRET, Field, launch
from tests.web.respond.test_answering import given as stored
from tests.web.respond.visitors import EVERY_TYPE, FIRST, Page, Visitor, answer_all, arrive, hold_cookie, token_of

HOURS = 3600
OVER = 121 * 60


def code_of(visitor: Visitor) -> str:
    return response_code(SECRET, token_of(visitor.client, visitor.key))


def age_cookie(visitor: Visitor, age: float, is_kept: bool = False) -> None:
    """No page has been opened for a while."""
    hold_cookie(visitor.client, visitor.key, token_of(visitor.client, visitor.key), age, is_kept)


def elsewhere(app: Flask, visitor: Visitor) -> Visitor:
    """The same person in front of another device."""
    return Visitor(app.test_client(), visitor.key)


def give_code(visitor: Visitor, code: str, **headers: str) -> Page:
    data = {visits.CODE: code}
    return Page(visitor.client.post(f"/r/{visitor.key}/reprendre-ici", data=data, headers=headers))


def attributes(page: Page) -> set[str]:
    (cookie,) = page.response.headers.getlist("Set-Cookie")
    return {part.partition("=")[0] for part in cookie.split("; ")[1:]}


# -- the cookie -----------------------------------------------------------------------------------


def test_the_cookie_lasts_from_page_to_page_and_is_not_given_again_within_a_minute(visitor: Visitor) -> None:
    assert "Set-Cookie" not in visitor.get("profil").response.headers
    age_cookie(visitor, 61)
    assert attributes(visitor.get("profil")) == {"Path", "HttpOnly", "SameSite"}
    assert "Set-Cookie" not in visitor.get("profil").response.headers


def test_a_page_says_how_long_the_visit_lasts(visitor: Visitor) -> None:
    assert visitor.get("profil").all("body", data_session="7200")
    assert visitor.get("pause").all("body", data_session="7200")
    age_cookie(visitor, 0, is_kept=True)
    assert not visitor.get("profil").all("body", data_session="7200")
    assert not visitor.get("").all("body", data_session="7200")


@pytest.mark.parametrize("age", [OVER, 40 * 24 * HOURS])
def test_without_a_page_for_too_long_the_code_is_asked_for(visitor: Visitor, age: float) -> None:
    age_cookie(visitor, OVER - 120)
    assert visitor.get("profil").status == 200
    age_cookie(visitor, age)
    page = visitor.get("profil")
    assert page.status == 403
    assert "interrompue" in page.text
    assert page.all("input", name=visits.CODE)
    code = code_of(visitor)
    assert visitor.place(give_code(visitor, code)) == "profil"
    assert visitor.get("profil").status == 200


def test_a_device_keeps_its_access_for_thirty_days_by_choice(visitor: Visitor) -> None:
    kept = Page(visitor.client.post(f"/r/{visitor.key}/pause/garder", data=visitor.get("pause").hidden))
    assert "Max-Age" in attributes(kept)
    assert "trente jours" in visitor.get(visitor.place(kept)).text
    age_cookie(visitor, 29 * 24 * HOURS, is_kept=True)
    assert "Max-Age" in attributes(visitor.get("profil"))
    age_cookie(visitor, 31 * 24 * HOURS, is_kept=True)
    assert visitor.get("profil").status == 403


def test_a_device_is_left_and_the_code_comes_back(visitor: Visitor) -> None:
    code = code_of(visitor)
    left = Page(visitor.client.post(f"/r/{visitor.key}/pause/quitter", data=visitor.get("pause").hidden))
    assert "n’a plus accès" in visitor.get(visitor.place(left)).text
    assert visitor.get("profil").status == 403
    assert visitor.place(give_code(visitor, code)) == "profil"


@pytest.mark.parametrize(
    "forged",
    [
        lambda value: value.partition(".")[0],
        lambda value: value[:-1] + ("0" if value[-1] != "0" else "1"),
        lambda value: value.replace(".", ".9", 1),
        lambda value: ".".join([value.split(".")[0], value.split(".")[1] + "k", value.split(".")[2]]),
        lambda value: value[:0] + "..",
        lambda value: value[:0] + ".é.é",
        lambda value: value + "." * 500,
    ],
)
def test_a_forged_cookie_opens_nothing(visitor: Visitor, wave: Field, forged: Any) -> None:
    cookie = visitor.client.get_cookie("reponse", path=f"/r/{visitor.key}/")
    assert cookie is not None
    visitor.client.set_cookie("reponse", forged(cookie.value), path=f"/r/{visitor.key}/")
    for page in (visitor.get("profil"), visitor.get("mes-reponses"), visitor.get("fin")):
        assert page.status == 403
        assert "Nous ne retrouvons pas" in page.text
    assert stored(wave) == {}


# -- a form that comes too late -------------------------------------------------------------------


def test_answers_that_come_too_late_are_saved_with_the_code(visitor: Visitor, wave: Field) -> None:
    page, code = visitor.get("profil"), code_of(visitor)
    age_cookie(visitor, OVER)
    late = visitor.post(page, **FIRST)
    assert (late.status, stored(wave)) == (403, {})
    assert "est gardé sur cette page" in late.text
    wrong = Page(visitor.client.post(f"/r/{wave.key}/profil", data=late.hidden | {visits.CODE: "AAAA"}))
    assert (wrong.status, stored(wave)) == (422, {})
    assert wrong.all("input", name=visits.CODE, value="AAAA"), "what was typed stays"
    saved = Page(visitor.client.post(f"/r/{wave.key}/profil", data=wrong.hidden | {visits.CODE: code}))
    assert visitor.place(saved) == "avis"
    assert stored(wave) == {"age": 2, "ville": 1}
    assert visitor.get("avis").status == 200


def test_wrong_answers_that_come_too_late_are_shown_again(visitor: Visitor, wave: Field) -> None:
    visitor.answer("profil", **FIRST)
    visitor.answer("avis", "pause", note="7")
    page, code = visitor.get("avis"), code_of(visitor)
    age_cookie(visitor, OVER)
    late = visitor.post(page, note="8")
    again = Page(visitor.client.post(f"/r/{wave.key}/avis", data=late.hidden | {visits.CODE: code}))
    assert again.status == 422
    assert ("note", "8") in again.checked
    assert "summary" in again.text


def test_a_page_that_comes_too_late_and_meets_a_pause_is_shown_again(visitor: Visitor, wave: Field) -> None:
    page, code = visitor.get("profil"), code_of(visitor)
    age_cookie(visitor, OVER)
    late = visitor.post(page, **FIRST)
    with wave.database.transaction() as session:
        session.execute(update(Wave).values(status="paused"))
    again = Page(visitor.client.post(f"/r/{wave.key}/profil", data=late.hidden | {visits.CODE: code}))
    assert again.status == 403
    assert ("age", FIRST["age"]) in again.checked
    assert stored(wave) == {}


def test_a_sending_that_comes_too_late_is_done_with_the_code(visitor: Visitor, wave: Field) -> None:
    review, code = answer_all(visitor), code_of(visitor)
    age_cookie(visitor, OVER)
    late = visitor.post(review)
    assert late.status == 403
    assert (
        visitor.place(Page(visitor.client.post(f"/r/{wave.key}/envoi", data=late.hidden | {visits.CODE: code})))
        == "fin"
    )


def test_answers_of_one_response_are_not_saved_in_another(app: Flask, visitor: Visitor, wave: Field) -> None:
    other = arrive(app.test_client(), wave)
    page, code = visitor.get("profil"), code_of(other)
    age_cookie(visitor, OVER)
    late = visitor.post(page, **FIRST)
    data = late.hidden | {visits.CODE: code}
    shown = Page(visitor.client.post(f"/r/{wave.key}/profil", data=data))
    assert shown.status == 403
    with wave.database.reading() as session:
        assert [dict(one) for one in session.scalars(select(Response.given))] == [{}, {}]


def test_too_much_to_be_kept_is_said(visitor: Visitor) -> None:
    page = visitor.get("profil")
    age_cookie(visitor, OVER)
    late = visitor.post(page, mot="x" * 300_000)
    assert late.status == 403
    assert "trop long" in late.text
    assert len(late.text) < 20_000


# -- the code -------------------------------------------------------------------------------------


def test_the_code_resumes_on_another_device(app: Flask, visitor: Visitor) -> None:
    visitor.answer("profil", **FIRST)
    pause = visitor.get("pause")
    (code,) = re.findall(r"<output[^>]*>([A-Z2-7-]{19})</output>", pause.text)
    assert f"/r/{visitor.key}/reprendre-ici" in pause.text
    other = elsewhere(app, visitor)
    assert other.get("reprendre-ici").status == 200
    assert other.place(give_code(other, code.lower().replace("-", " "))) == "avis"
    assert other.place(other.answer("avis", "retour", note="7")) == "profil"
    assert ("note", "7") in visitor.get("avis").checked


def test_the_code_of_a_sent_response_leads_to_its_answers(app: Flask, visitor: Visitor) -> None:
    visitor.post(answer_all(visitor))
    other = elsewhere(app, visitor)
    assert other.place(give_code(other, code_of(visitor))) == "mes-reponses"


@pytest.mark.parametrize("wrong", ["", "AAAA-BBBB-CCCC-DDDD", "A" * 500_000, "\0", "<b>", "é\u202e"])
def test_a_wrong_code_says_so_and_stays(app: Flask, visitor: Visitor, wrong: str) -> None:
    other = elsewhere(app, visitor)
    page = give_code(other, wrong)
    assert page.status == 422
    assert "n’ouvre aucun questionnaire" in page.text
    assert page.all("input", name=visits.CODE, aria_invalid="true")
    assert 'value="<b>' not in page.text
    assert "Set-Cookie" not in page.response.headers
    english = give_code(other, wrong, **{"Accept-Language": "en"})
    assert english.status == 422


def test_what_is_not_utf8_opens_nothing(app: Flask, visitor: Visitor) -> None:
    other = elsewhere(app, visitor)
    kind = "application/x-www-form-urlencoded"
    response = other.client.post(f"/r/{visitor.key}/reprendre-ici", data=b"code-de-reprise=%ff%00", content_type=kind)
    assert response.status_code == 422


def test_the_code_of_another_wave_leads_there(app: Flask, visitor: Visitor, wave: Field) -> None:
    launch(wave.database, EVERY_TYPE, key="autre")
    page = give_code(Visitor(app.test_client(), "autre"), code_of(visitor))
    assert page.status == 422
    assert page.all("a", href=f"/r/{wave.key}/reprendre-ici")
    assert "Set-Cookie" not in page.response.headers
    with wave.database.reading() as session:
        assert session.scalars(select(Attempt.failures)).all() == [], "it is no guess"


def test_codes_are_tried_ten_times_an_hour(app: Flask, visitor: Visitor, wave: Field) -> None:
    other, code = elsewhere(app, visitor), code_of(visitor)
    for _ in range(attempts.FAILURES_AN_HOUR):
        assert give_code(other, "AAAA-BBBB-CCCC-DDDD").status == 422
    page = give_code(other, code)
    assert page.status == 429
    assert "Retry-After" in page.response.headers
    assert "Set-Cookie" not in page.response.headers
    assert visitor.get("profil").status == 200, "those inside go on"
    late = Page(other.client.post(f"/r/{wave.key}/profil", data=FIRST | {visits.CODE: code}))
    assert late.status == 429
    assert ("age", ["2"]) in late.hidden.items(), "and nothing that was typed is lost"


def test_another_site_resumes_nothing(app: Flask, visitor: Visitor) -> None:
    other = elsewhere(app, visitor)
    page = give_code(other, code_of(visitor), Origin="https://ailleurs.example")
    assert page.status == 403
    assert "Set-Cookie" not in page.response.headers


def test_opening_the_link_of_a_message_does_nothing_before_the_button(app: Flask, visitor: Visitor) -> None:
    other, code = elsewhere(app, visitor), code_of(visitor)
    page = other.get(f"reprendre-ici/{code}")
    assert page.status == 200
    assert "Set-Cookie" not in page.response.headers
    assert page.all("input", name=visits.CODE, value=code)
    assert other.get("reprendre-ici/" + "é%00" * 3).status in (200, 404)
    assert other.place(give_code(other, code)) == "profil"


@pytest.mark.parametrize("status", ["paused", "closed"])
def test_a_code_in_a_wave_that_takes_no_answers_says_what_became_of_them(
    app: Flask, visitor: Visitor, wave: Field, status: str
) -> None:
    code = code_of(visitor)
    with wave.database.transaction() as session:
        session.execute(update(Wave).values(status=status, closed_at=now() if status == "closed" else None))
    other = elsewhere(app, visitor)
    page = other.get(other.place(give_code(other, code)))
    assert ("ne comptent dans aucun résultat" if status == "closed" else "en pause") in page.text


# -- the e-mail -----------------------------------------------------------------------------------


@pytest.fixture
def mailing(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    """A platform that sends e-mails."""
    app = make_app(settings_for(sqlite_url, tmp_path, SMTP_URL="smtp://127.0.0.1:1", IMPACT_MAIL_FROM="e@o.example"))
    yield app
    app.extensions["impact"].database.close()


def test_without_a_mail_server_the_page_says_what_to_do(visitor: Visitor) -> None:
    page = visitor.get("pause")
    assert "n’envoie pas de courriel" in page.text
    assert not page.all("input", name="courriel")
    assert visitor.client.post(f"/r/{visitor.key}/pause/courriel", data=page.hidden).status_code == 404


def test_the_code_is_mailed_on_demand(mailing: Flask) -> None:
    wave = launch(mailing.extensions["impact"].database, EVERY_TYPE)
    visitor = arrive(mailing.test_client(), wave)

    def ask(address: str, **data: Any) -> Page:
        data = visitor.get("pause").hidden | {"courriel": address} | data
        return Page(visitor.client.post(f"/r/{wave.key}/pause/courriel", data=data))

    refused = ask("jeanne@exemple")
    assert refused.status == 422
    assert refused.all("input", name="courriel", value="jeanne@exemple", aria_invalid="true")
    assert ask("jeanne@exemple.fr", csrf="").status == 403
    for _ in range(3):
        assert "part dans un instant" in visitor.get(visitor.place(ask("jeanne@exemple.fr"))).text
    assert ask("jeanne@exemple.fr").status == 422
    with wave.database.reading() as session:
        rows = session.scalars(select(Message)).all()
    assert {(row.status, row.address, row.root) for row in rows} == {
        ("waiting", "jeanne@exemple.fr", "http://localhost")
    }
    assert len(rows) == 3


@pytest.mark.parametrize("place", ["pause/garder", "pause/quitter"])
def test_without_its_token_a_button_does_nothing(visitor: Visitor, place: str) -> None:
    page = Page(visitor.client.post(f"/r/{visitor.key}/{place}"))
    assert page.status == 403
    assert "Rien n’a changé" in page.text
    assert "Set-Cookie" not in page.response.headers
