"""What the door of a wave says when it is shut or half open, and what it asks before it lets anyone in."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.db import now
from app.models import Response
from app.services import attempts, fieldwork, invitations, windows
from app.services.fieldwork import Schedule
from app.services.responding import responses
from app.web.respond import halts
from questionnaires.model import LocalText, Section
from tests.factories import NOTICE, Field, count_rows, launch
from tests.questionnaires.builders import choices, single
from tests.web.respond.visitors import EVERY_TYPE, FIRST, Page, Visitor, answer_all, arrive

SECOND = dt.timedelta(seconds=1)
DAY = dt.timedelta(days=1)


PAGE = EVERY_TYPE.sections[0].pages[0]


def both(text: str) -> LocalText:
    return LocalText({"fr": f"{text} (fr)", "en": f"{text} (en)"})


def filled(entry: Page) -> dict[str, Any]:
    """What the form of an entry holds before anything is typed."""
    return entry.hidden


def give(wave: Field, **schedule: object) -> None:
    with wave.database.transaction() as session:
        found = fieldwork.get_wave(session, wave.key)
        fieldwork.set_schedule(session, found, Schedule(**schedule))  # type: ignore[arg-type]


def act(wave: Field, change: object) -> None:
    with wave.database.transaction() as session:
        change(session, fieldwork.get_wave(session, wave.key))  # type: ignore[operator]


def make_codes(app: Flask, wave: Field, count: int = 1) -> list[str]:
    give(wave, access="personal")
    secret_key = app.extensions["impact"].settings.secret_key
    with wave.database.transaction() as session:
        found = fieldwork.get_wave(session, wave.key)
        return invitations.create_invitations(session, found, [{}] * count, secret_key)


@pytest.fixture
def passer_by(client: FlaskClient, wave: Field) -> Visitor:
    """Someone who has not pressed « Commencer »."""
    return Visitor(client, wave.key)


# -- the cut-off -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "cut_off", "said"),
    [
        # The two days when the clocks of Paris change.
        ("2026-03-29T23:59", "2026-03-29T21:59", "29\u00a0mars\u00a02026 à 23\u00a0h\u00a059 (heure de Paris)"),
        ("2026-10-25T23:59", "2026-10-25T22:59", "25\u00a0octobre\u00a02026 à 23\u00a0h\u00a059 (heure de Paris)"),
        (
            "2026-10-25T02:30",
            "2026-10-25T01:30",
            "2\u00a0h\u00a030 (heure de Paris), après le passage à l’heure d’hiver",
        ),
    ],
)
def test_the_cut_off_falls_at_its_second(
    app: Flask, wave: Field, monkeypatch: pytest.MonkeyPatch, typed: str, cut_off: str, said: str
) -> None:
    at = windows.read_paris(typed)
    assert at == dt.datetime.fromisoformat(cut_off).replace(tzinfo=dt.UTC)
    give(wave, closes_at=at)

    def it_is(moment: dt.datetime) -> None:
        for module in (responses, halts):
            monkeypatch.setattr(module, "now", lambda: moment)

    it_is(at - SECOND)
    early, late = (arrive(app.test_client(), wave) for _ in range(2))
    assert said in early.get().text
    assert early.place(early.post(answer_all(early))) == "fin"
    shown = late.get("profil")
    for moment in (at, at + SECOND):
        it_is(moment)
        told = late.post(shown, **FIRST)
        assert told.status == 410
        assert "arrivé trop tard et n’a pas été enregistré" in told.text
        assert "elles ne compteront pas" in told.text
        assert said in told.text
        assert "bien été envoyées avant la clôture" in early.get().text
        assert Visitor(app.test_client(), wave.key).start().status == 410
    with wave.database.reading() as session:
        assert session.scalars(select(Response.given).order_by(Response.id)).all()[-1] == {}


def test_a_closed_wave_leads_to_what_was_sent(passer_by: Visitor, wave: Field) -> None:
    act(wave, fieldwork.close_wave)
    page = passer_by.get()
    assert page.status == 410
    assert page.all("a", href=f"/r/{wave.key}/reprendre-ici")


# -- not yet, and not now --------------------------------------------------------------------------


def test_a_wave_to_come_says_when(passer_by: Visitor, wave: Field) -> None:
    give(wave, opens_at=windows.read_paris("2027-01-08T09:00"))
    page = passer_by.get()
    assert page.status == 200
    assert "Elle ouvre le 8\u00a0janvier\u00a02027 à 9\u00a0h\u00a000 (heure de Paris)" in page.text
    assert passer_by.start().status == 403
    assert count_rows(wave.database, Response) == 0
    home = Page(passer_by.client.get("/"))
    assert "8\u00a0janvier\u00a02027 à 9\u00a0h\u00a000" in home.text
    assert not home.all("a", href=f"/r/{wave.key}/")


def test_a_page_sent_during_a_pause_is_shown_again_with_its_answers(visitor: Visitor, wave: Field) -> None:
    shown = visitor.get("profil")
    act(wave, fieldwork.pause_wave)
    kept = visitor.post(shown, **FIRST)
    assert kept.status == 403
    assert "est en pause" in kept.text
    assert [(one["name"], one["value"]) for one in kept.all("input") if "checked" in one] == [
        ("age", "2"),
        ("ville", "1"),
    ]
    act(wave, fieldwork.open_wave)
    assert visitor.place(visitor.change(kept)) == "avis"


@pytest.mark.parametrize("place", ["", "profil", "envoi"])
def test_a_pause_says_that_answers_are_kept(visitor: Visitor, wave: Field, place: str) -> None:
    visitor.answer("profil", **FIRST)
    act(wave, fieldwork.pause_wave)
    page = visitor.get(place)
    assert page.status == (200 if place == "" else 403)
    assert "Vos réponses sont gardées" in page.text
    assert visitor.start(commencer="nouveau").status == 403


def test_the_language_changes_during_a_pause_without_loss(app: Flask) -> None:
    asked = replace(
        single("avis", "pour", "contre"),
        text=both("avis"),
        choices=tuple(replace(one, label=both(one.name)) for one in choices("pour", "contre")),
    )
    page = replace(PAGE, title=both("Page"), questions=(asked,), exits=())
    section = Section("partie", both("Partie"), pages=(page,))
    two = replace(EVERY_TYPE, languages=("fr", "en"), title=both("Essai"), sections=(section,))
    wave = launch(app.extensions["impact"].database, two, key="bilingue")
    visitor = arrive(app.test_client(), wave)
    shown = visitor.get(page.name)
    act(wave, fieldwork.pause_wave)
    spoken = visitor.post(shown, "langue-en", avis="2")
    assert spoken.all("html", lang="en")
    assert [one["value"] for one in spoken.all("input", name="avis") if "checked" in one] == ["2"]
    for place in ("", "envoi"):
        assert visitor.get(f"{place}?lang=en").all("html", lang="en")
        assert visitor.get(f"{place}?lang=fr").all("html", lang="fr")


# -- the notice ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("basis", "said"),
    [
        ("consent", "Votre consentement (article 6"),
        ("public_interest", "Une mission d’intérêt public (article 6"),
        ("legitimate_interest", "L’intérêt légitime de qui mène l’enquête (article 6"),
    ],
)
def test_the_notice_names_the_legal_basis_and_is_kept_with_each_response(
    passer_by: Visitor, wave: Field, basis: str, said: str
) -> None:
    give(wave, basis=basis)
    page = passer_by.get()
    assert said in page.text
    assert bool(page.all("input", name="accord")) is (basis == "consent")
    assert passer_by.place(passer_by.start(**filled(page), accord="oui")) == "profil"
    with wave.database.reading() as session:
        consent = session.scalars(select(Response.consent)).one()
    assert consent is not None
    assert dt.datetime.fromisoformat(consent.pop("at")) <= now()
    assert consent == {"notice": fieldwork.notice_hash(NOTICE), "basis": basis}


def test_without_consent_nothing_starts(passer_by: Visitor, wave: Field) -> None:
    give(wave, basis="consent")
    entry = passer_by.get()
    (box,) = entry.all("input", name="accord")
    assert "checked" not in box
    refused = passer_by.start(**filled(entry))
    assert refused.status == 422
    assert refused.all("a", href="#accord-1")
    (box,) = refused.all("input", name="accord")
    assert box["aria-invalid"] == "true"
    assert "accord-e" in box["aria-describedby"]
    assert count_rows(wave.database, Response) == 0
    assert passer_by.start(**filled(refused), accord="oui").status == 303


def test_a_notice_that_changed_meanwhile_is_read_again(passer_by: Visitor, wave: Field) -> None:
    entry = passer_by.get()
    with wave.database.transaction() as session:
        fieldwork.edit_notice(session, fieldwork.get_wave(session, wave.key), NOTICE | {"retention": "dix ans"})
    again = passer_by.start(**filled(entry))
    assert again.status == 409
    assert "dix ans" in again.text
    assert count_rows(wave.database, Response) == 0
    assert passer_by.start(**filled(again)).status == 303


def test_a_double_click_starts_once(passer_by: Visitor, wave: Field) -> None:
    entry = passer_by.get()
    first = passer_by.client.post(f"/r/{wave.key}/", data=entry.hidden)
    passer_by.client.delete_cookie("reponse", path=f"/r/{wave.key}/")  # the second left before the first came back
    second = passer_by.client.post(f"/r/{wave.key}/", data=entry.hidden)
    assert first.location == second.location
    assert count_rows(wave.database, Response) == 1
    assert Visitor(passer_by.client, wave.key).get("profil").status == 200


# -- personal codes --------------------------------------------------------------------------------


def test_a_personal_code_opens_one_response_from_any_device(app: Flask, passer_by: Visitor, wave: Field) -> None:
    (code,) = make_codes(app, wave)
    entry = passer_by.get()
    assert entry.all("input", name="code")
    assert passer_by.place(passer_by.start(**filled(entry), code=code)) == "profil"
    assert passer_by.place(passer_by.answer("profil", **FIRST)) == "avis"
    elsewhere = Visitor(app.test_client(), wave.key)
    assert elsewhere.place(elsewhere.start(code=code.lower())) == "avis"
    assert count_rows(wave.database, Response) == 1


@pytest.mark.parametrize("code", ["", "AAAA-AAAA-AAAA-AAAA"])
def test_without_its_code_a_personal_wave_lets_nobody_in(
    app: Flask, passer_by: Visitor, wave: Field, code: str
) -> None:
    make_codes(app, wave)
    refused = passer_by.start(code=code)
    assert refused.status == 422
    (typed,) = refused.all("input", name="code")
    assert typed["value"] == code
    assert refused.all("a", href="#code-1")
    assert count_rows(wave.database, Response) == 0


def test_a_code_that_has_answered_says_so_and_what_to_do(app: Flask, passer_by: Visitor, wave: Field) -> None:
    (code,) = make_codes(app, wave)
    passer_by.start(code=code)
    passer_by.post(answer_all(passer_by))
    elsewhere = Visitor(app.test_client(), wave.key)
    page = elsewhere.start(code=code)
    assert page.status == 409
    assert "Vous avez déjà répondu" in page.text
    assert page.all("a", href=f"/r/{wave.key}/reprendre-ici")


def test_codes_cannot_be_guessed(app: Flask, passer_by: Visitor, wave: Field) -> None:
    (code,) = make_codes(app, wave)
    for _ in range(attempts.FAILURES_AN_HOUR):
        assert passer_by.start(code="AAAA-AAAA-AAAA-AAAA").status == 422
    assert passer_by.start(code=code).status == 429
    assert count_rows(wave.database, Response) == 0


def test_the_address_of_an_invitation_shows_a_button_and_does_nothing(
    app: Flask, passer_by: Visitor, wave: Field
) -> None:
    (code,) = make_codes(app, wave)
    page = passer_by.get(f"invitation/{code}")
    assert page.status == 200
    (typed,) = page.all("input", name="code")
    assert typed["value"] == code
    policy = page.response.headers["Referrer-Policy"]
    assert policy == "same-origin", "without any referrer a browser hides where the form comes from, and it is refused"
    assert page.all("form", method="post", action=f"/r/{wave.key}/")
    assert count_rows(wave.database, Response) == 0
    assert passer_by.start(**filled(page), code=code).status == 303


def test_consent_is_asked_before_a_code_begins_and_not_when_it_resumes(
    app: Flask, passer_by: Visitor, wave: Field
) -> None:
    (code,) = make_codes(app, wave)
    give(wave, access="personal", basis="consent")
    refused = passer_by.start(code=code)
    assert refused.status == 422
    (typed,) = refused.all("input", name="code")
    assert typed["value"] == code
    assert passer_by.start(code=code, accord="oui").status == 303
    assert Visitor(app.test_client(), wave.key).start(code=code).status == 303


def test_after_the_closing_a_code_that_served_opens_nothing(app: Flask, passer_by: Visitor, wave: Field) -> None:
    (code,) = make_codes(app, wave)
    passer_by.start(code=code)
    act(wave, fieldwork.close_wave)
    act(wave, fieldwork.open_wave)
    page = Visitor(app.test_client(), wave.key).start(code=code)
    assert page.status == 409
    assert "Ce code a déjà servi" in page.text
    assert passer_by.get("profil").status == 200
