"""With the receipt: one's answers are read again, downloaded, corrected, withdrawn."""

from __future__ import annotations

import csv
import io

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.db import now
from app.models import PageEvent, Response, Submission, Wave
from app.services.responding import response_code
from app.web.respond import visits
from tests.factories import SECRET, Field, launch
from tests.web.respond.test_answering import given as stored
from tests.web.respond.visitors import EVERY_TYPE, FIRST, Page, Visitor, answer_all, arrive, token_of


@pytest.fixture
def sent(visitor: Visitor, wave: Field) -> Visitor:
    """Someone who has sent, in a wave that lets one correct."""
    change_wave(wave, may_correct=True)
    visitor.post(answer_all(visitor))
    return visitor


def change_wave(wave: Field, **values: object) -> None:
    with wave.database.transaction() as session:
        session.execute(update(Wave).values(values))


def close(wave: Field) -> None:
    change_wave(wave, status="closed", closed_at=now())


def press(visitor: Visitor, place: str, shown: str = "mes-reponses") -> Page:
    """Press the button of a page that leads to this place."""
    data = {"csrf": visitor.get(shown).hidden["csrf"][0]}
    return Page(visitor.client.post(f"/r/{visitor.key}/{place}", data=data))


def kinds(wave: Field) -> list[str]:
    with wave.database.reading() as session:
        return list(session.scalars(select(Submission.kind).order_by(Submission.id)))


def disposition(wave: Field) -> str:
    with wave.database.reading() as session:
        return session.scalars(select(Response.disposition)).one()


# -- reading again --------------------------------------------------------------------------------


def test_the_end_leads_to_ones_answers(sent: Visitor) -> None:
    end = sent.get("fin")
    root = f"/r/{sent.key}/"
    for place in ("mes-reponses", "mes-reponses/copie.html", "mes-reponses/retirer"):
        assert end.all("a", href=root + place), place
    assert end.all("form", action=f"{root}mes-reponses/corriger")
    page = sent.get("mes-reponses")
    assert page.status == 200
    for said in ("adulte", "utile", "emploi", "12", "bonjour", response_code(SECRET, token_of(sent.client, sent.key))):
        assert said in page.text


def test_the_copy_stands_alone(sent: Visitor) -> None:
    page = sent.get("mes-reponses/copie.html")
    assert page.status == 200
    assert "attachment" in page.response.headers["Content-Disposition"]
    assert "bonjour" in page.text
    for tag in ("link", "script", "img", "form", "a"):
        assert not page.all(tag), "nothing is asked of anyone"


def table(visitor: Visitor) -> dict[str, list[str]]:
    """The lines of the table of one's answers, by variable."""
    content = visitor.client.get(f"/r/{visitor.key}/mes-reponses/copie.csv").get_data()
    assert content.startswith("\ufeff".encode())
    return {row[0]: row for row in csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")}


def test_the_table_says_questions_answers_and_codes(sent: Visitor) -> None:
    rows = table(sent)
    assert rows["age"][3:] == ["adulte", "2"]
    assert rows["priorites"][4] == "1 2"
    assert rows["grille_deux"][4] == "-5"
    assert rows["mot"][3:] == ["bonjour", ""]


@pytest.mark.parametrize("typed", ["=1+1", "+33", "-1", "@SUM(A1)", "\t=1"])
def test_no_cell_of_the_table_is_a_formula(app: Flask, wave: Field, typed: str) -> None:
    visitor = arrive(app.test_client(), wave)
    answer_all(visitor)
    visitor.answer("fin_du_questionnaire", heures="12", mot=typed)
    assert table(visitor)["mot"][3] in (f"'{typed}", f"'{typed.strip()}")


def test_markup_that_was_typed_stays_text_in_the_copy(app: Flask, wave: Field) -> None:
    visitor = arrive(app.test_client(), wave)
    answer_all(visitor)
    visitor.answer("fin_du_questionnaire", heures="12", mot="<script>alert(1)</script>")
    for place in ("mes-reponses", "mes-reponses/copie.html"):
        assert "<script>alert" not in visitor.get(place).text
        assert "&lt;script&gt;alert" in visitor.get(place).text


@pytest.mark.parametrize("place", ["", "/copie.html", "/copie.csv", "/retirer"])
def test_without_the_cookie_the_code_is_asked_for(app: Flask, sent: Visitor, wave: Field, place: str) -> None:
    other = Visitor(app.test_client(), sent.key)
    for _ in range(2):
        page = other.get(f"mes-reponses{place}")
        assert page.status == 403
        assert page.all("input", name=visits.CODE)
        close(wave)  # a closed wave keeps what one's own answers are


# -- correcting -----------------------------------------------------------------------------------


def test_a_correction_is_sent_again(sent: Visitor, wave: Field) -> None:
    assert sent.place(press(sent, "mes-reponses/corriger")) == "envoi"
    review = sent.get("envoi")
    assert review.status == 200
    assert "comptent tant que vous n’envoyez pas" in review.text
    assert review.all("form", action=f"/r/{wave.key}/mes-reponses/annuler")
    assert sent.place(sent.change(sent.get("fin_du_questionnaire"), mot="bonsoir")) == "envoi"
    assert kinds(wave) == ["add"]
    assert "bonjour" in sent.get("mes-reponses").text
    assert "bonsoir" not in sent.get("mes-reponses").text, "what counts is what was sent"
    assert "bonsoir" not in sent.get("mes-reponses/copie.html").text
    assert sent.place(sent.post(sent.get("envoi"))) == "fin"
    assert kinds(wave) == ["add", "replace"]
    assert "bonsoir" in sent.get("mes-reponses").text


def test_a_correction_is_given_up(sent: Visitor, wave: Field) -> None:
    press(sent, "mes-reponses/corriger")
    sent.change(sent.get("fin_du_questionnaire"), mot="bonsoir")
    assert sent.place(press(sent, "mes-reponses/annuler")) == "fin"
    assert (stored(wave)["mot"], kinds(wave)) == ("bonjour", ["add"])


def test_a_correction_is_resumed_on_another_device(app: Flask, sent: Visitor) -> None:
    press(sent, "mes-reponses/corriger")
    sent.change(sent.get("fin_du_questionnaire"), mot="bonsoir")
    assert "n’est pas envoyée" in sent.get("pause").text
    other = Visitor(app.test_client(), sent.key)
    code = response_code(SECRET, token_of(sent.client, sent.key))
    opened = Page(other.client.post(f"/r/{sent.key}/reprendre-ici", data={visits.CODE: code}))
    assert other.place(opened) == "envoi"
    assert "bonsoir" in other.get("envoi").text


@pytest.mark.parametrize("reason", ["not allowed", "closed", "paused"])
def test_where_one_may_not_correct_the_page_says_why(sent: Visitor, wave: Field, reason: str) -> None:
    csrf = sent.get("mes-reponses").hidden["csrf"][0]
    if reason == "not allowed":
        change_wave(wave, may_correct=False)
    elif reason == "closed":
        close(wave)
    else:
        change_wave(wave, status="paused")
    page = sent.get("mes-reponses")
    assert not page.all("form", action=f"/r/{wave.key}/mes-reponses/corriger")
    said = {
        "not allowed": "ne permet pas",
        "closed": "ne peuvent plus être corrigées",
        "paused": "quand elle reprendra",
    }
    assert said[reason] in page.text
    assert page.all("a", href=f"/r/{wave.key}/mes-reponses/retirer")
    refused = sent.client.post(f"/r/{wave.key}/mes-reponses/corriger", data={"csrf": csrf})
    assert 400 <= refused.status_code < 500
    assert disposition(wave) == "complete"


def test_a_correction_open_at_the_closing_says_what_counts(sent: Visitor, wave: Field) -> None:
    press(sent, "mes-reponses/corriger")
    sent.change(sent.get("fin_du_questionnaire"), mot="bonsoir")
    close(wave)
    page = sent.get("mes-reponses")
    assert "ne peut plus être envoyée" in page.text
    assert "bonjour" in page.text
    assert sent.get("envoi").status == 410


# -- withdrawing ----------------------------------------------------------------------------------


def test_withdrawing_is_confirmed_then_done_once(app: Flask, sent: Visitor, wave: Field) -> None:
    code = response_code(SECRET, token_of(sent.client, sent.key))
    with wave.database.transaction() as session:
        (number,) = session.scalars(select(Response.id))
        session.add(
            PageEvent(wave_id=wave.wave_id, response_id=number, event="new-page", page="profil", at=now(), data={})
        )
    page = sent.get("mes-reponses/retirer")
    assert (page.status, disposition(wave)) == (200, "complete")
    assert "Toutes vos réponses sont effacées" in page.text
    held = sent.client.get_cookie("reponse", path=f"/r/{sent.key}/")
    assert held is not None
    done = press(sent, "mes-reponses/retirer", "mes-reponses/retirer")
    after = sent.get(sent.place(done))
    assert (after.status, disposition(wave), kinds(wave)) == (200, "withdrawn", ["add", "remove"])
    assert "ont été retirées" in after.text
    assert sent.client.get_cookie("reponse", path=f"/r/{sent.key}/") is None
    with wave.database.reading() as session:
        assert session.scalars(select(PageEvent.id)).all() == []
    sent.client.set_cookie("reponse", held.value, path=f"/r/{sent.key}/")
    again = Page(sent.client.post(f"/r/{sent.key}/mes-reponses/retirer", data=page.hidden))
    assert (again.status, kinds(wave)) == (303, ["add", "remove"]), "twice is calm"
    other = Visitor(app.test_client(), sent.key)
    opened = Page(other.client.post(f"/r/{sent.key}/reprendre-ici", data={visits.CODE: code}))
    assert "ont été retirées" in other.get(other.place(opened)).text


@pytest.mark.parametrize("is_closed", [False, True])
def test_what_was_not_sent_is_withdrawn_too(visitor: Visitor, wave: Field, is_closed: bool) -> None:
    visitor.answer("profil", **FIRST)
    if is_closed:
        close(wave)
    assert "mes-reponses/retirer" in visitor.get("mes-reponses").text
    assert press(visitor, "mes-reponses/retirer", "mes-reponses/retirer").status == 303
    assert (stored(wave), disposition(wave), kinds(wave)) == ({}, "withdrawn", [])


def test_a_response_kept_at_an_exit_is_withdrawn_too(app: Flask, wave: Field) -> None:
    visitor = arrive(app.test_client(), wave)
    with wave.database.transaction() as session:
        session.execute(update(Response).values(disposition="screened_out"))
    page = visitor.get("mes-reponses")
    assert "s’est arrêté" in page.text
    assert press(visitor, "mes-reponses/retirer", "mes-reponses/retirer").status == 303
    assert disposition(wave) == "withdrawn"


@pytest.mark.parametrize("place", ["corriger", "annuler", "retirer"])
@pytest.mark.parametrize("csrf", [None, "", "0" * 64, "é"])
def test_without_its_token_nothing_changes(sent: Visitor, wave: Field, place: str, csrf: str | None) -> None:
    data = {} if csrf is None else {"csrf": csrf}
    page = Page(sent.client.post(f"/r/{wave.key}/mes-reponses/{place}", data=data))
    assert page.status == 403
    assert "Rien n’a changé" in page.text
    assert (disposition(wave), kinds(wave)) == ("complete", ["add"])


def test_the_cookie_of_another_response_shows_its_own(app: Flask, sent: Visitor, wave: Field) -> None:
    launch(wave.database, EVERY_TYPE, key="autre")
    cookie = sent.client.get_cookie("reponse", path=f"/r/{sent.key}/")
    assert cookie is not None
    thief = Visitor(app.test_client(), "autre")
    thief.client.set_cookie("reponse", cookie.value, path="/r/autre/")
    for place in ("mes-reponses", "mes-reponses/copie.csv", "fin", "pause"):
        assert thief.get(place).status == 403
