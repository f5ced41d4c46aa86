"""The desk of whoever asks others: a telephone interview, paper forms typed twice, on the pages of every respondent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.models import PaperForm, Response, ScreenOut, Submission, User, Wave
from app.services.responding import response_code
from app.web.respond import visits
from questionnaires.model import Absence
from tests.factories import SECRET, Field, count_rows, launch
from tests.questionnaires.builders import leaves, must_hold, number, page, questionnaire, roster, score, single
from tests.web.respond.visitors import Page, Visitor, token_of
from tests.web.staff.members import Member, plain

DESK = "/interview/essai"
ASKED = questionnaire(
    page("debut", single("majeur"), exits=(leaves("mineur", "majeur = 'non'"),)),
    page("avis", single("engage"), score("confiance"), roster("amis")),
    page("temps", number("heures", maximum=100), checks=(must_hold("assez", "heures >= 2", "heures"),)),
)


@pytest.fixture
def wave(app: Flask) -> Field:
    """An open wave."""
    return launch(app.extensions["impact"].database, ASKED)


@pytest.fixture
def ines(app: Flask, wave: Field, someone: Callable[..., Member]) -> Member:
    """Someone who asks others."""
    return someone("interviewer")


@pytest.fixture
def karim(app: Flask, wave: Field, someone: Callable[..., Member]) -> Member:
    """Somebody else who does."""
    return someone("interviewer", "analyst")


def before(member: Member) -> Visitor:
    return Visitor(member.client, "essai")


def call(member: Member) -> Visitor:
    """Someone answers the telephone."""
    page = Page(member.get(f"{DESK}/telephone"))
    answer = member.post(f"{DESK}/telephone", language="fr", once=page.hidden["once"][0])
    assert answer.status_code == 303
    return before(member)


def take(member: Member, form: int = 12) -> Visitor:
    """Type the number of a form."""
    answer = member.post(f"{DESK}/paper", number=str(form), language="fr")
    assert answer.status_code == 303, plain(answer.text)
    return before(member)


def copy(visitor: Visitor, **changes: Any) -> Page:
    """Type a form; gives what follows « Terminer la saisie »."""
    answers = {"engage": "1", "confiance": "7"} | changes
    assert visitor.place(visitor.answer("debut", majeur="1")) == "avis"
    assert visitor.place(visitor.answer("avis", **answers)) == "temps"
    assert visitor.place(visitor.answer("temps", heures="10")) == "envoi"
    return visitor.post(visitor.get("envoi"))


def modes(wave: Field) -> list[tuple[str, str]]:
    with wave.database.reading() as session:
        return [(row.mode, row.disposition) for row in session.scalars(select(Response).order_by(Response.id))]


# -- the telephone --------------------------------------------------------------------------------


def test_the_desk_shows_the_open_waves_with_both_doors(ines: Member) -> None:
    page = ines.read("/interview/")
    assert f'href="{DESK}/telephone"' in page
    assert f'href="{DESK}/paper"' in page
    assert "Collecte" in ines.read("/account/")


def test_an_interview_goes_through_the_pages_of_everyone_and_ends_with_the_next(wave: Field, ines: Member) -> None:
    text = ines.read(f"{DESK}/telephone")
    assert "À lire à la personne" in text
    assert "écrit" in text, "the notice is there to be read"
    visitor = call(ines)
    first = visitor.get("debut")
    assert "Entretien par téléphone" in first.text
    assert "Interrompre l’entretien" in first.text
    assert first.all("input", name="majeur", value="nsp")
    assert first.all("input", name="majeur", value="refus")
    assert "interview." in first.text, "the keys are there"
    assert visitor.place(visitor.answer("debut", majeur="1")) == "avis"
    assert visitor.place(visitor.answer("avis", engage="refus", confiance="nsp", amis="nsp")) == "temps"
    assert visitor.place(visitor.answer("temps", heures="refus")) == "envoi"
    review = visitor.get("envoi")
    assert "Terminer l’entretien" in review.text
    assert visitor.place(visitor.post(review)).startswith("fin")
    end = visitor.get("fin")
    assert "Entretien suivant" in end.text
    assert "<details" in end.text, "the code is dictated to who asks for it"
    assert modes(wave) == [("telephone", "complete")]
    with wave.database.reading() as session:
        absences = session.scalars(select(Submission.payload)).one()["absences"]
    expected = {"engage": Absence.REFUSED, "confiance": Absence.NO_OPINION, "heures": Absence.REFUSED}
    assert {name: absences[name] for name in expected} == expected


def test_consent_is_asked_where_it_is_the_basis(wave: Field, ines: Member) -> None:
    with wave.database.transaction() as session:
        session.execute(update(Wave).values(basis="consent"))
    refused = ines.post(f"{DESK}/telephone", language="fr")
    assert "l’entretien ne commence pas" in refused.text
    assert modes(wave) == []
    assert ines.post(f"{DESK}/telephone", language="fr", agreed="y").status_code == 303
    assert modes(wave) == [("telephone", "in_progress")]


def test_someone_outside_the_universe_is_told_so_and_the_next_is_called(wave: Field, ines: Member) -> None:
    visitor = call(ines)
    left = visitor.answer("debut", majeur="2").response
    assert left.location == f"{DESK}/telephone/exit/mineur"
    assert "Entretien suivant" in ines.read(left.location)
    assert count_rows(wave.database, ScreenOut) == 1


def test_the_pages_of_the_web_know_nothing_of_all_this(wave: Field, ines: Member, app: Flask) -> None:
    visitor = Visitor(app.test_client(), "essai")
    visitor.start()
    page = visitor.get("debut")
    assert "interview." not in page.text
    assert not page.all("input", name="majeur", value="refus")


# -- who holds the cookie -------------------------------------------------------------------------


def test_the_cookie_of_an_interview_opens_nothing_for_who_is_not_signed_in(wave: Field, ines: Member) -> None:
    visitor = call(ines)
    shown = visitor.get("debut")
    ines.client.delete_cookie("equipe")
    page = visitor.get("debut")
    assert page.status == 403
    assert "rempli par l’équipe d’enquête" in page.text
    assert visitor.post(shown, majeur="1").status == 403
    with wave.database.reading() as session:
        assert session.scalars(select(Response.given)).one() == {}


def test_a_role_that_asks_nobody_does_not_open_an_interview(
    wave: Field, ines: Member, someone: Callable[..., Member]
) -> None:
    call(ines)
    cookie = ines.client.get_cookie("reponse", path="/r/essai/")
    analyst = someone("analyst")
    assert cookie is not None
    analyst.client.set_cookie("reponse", cookie.value, path="/r/essai/")
    assert before(analyst).get("debut").status == 403


def test_once_sent_an_interview_is_its_person_s(wave: Field, ines: Member) -> None:
    visitor = call(ines)
    copy(visitor, amis="nsp")
    ines.client.delete_cookie("equipe")
    assert visitor.get("fin").status == 200


def correct(app: Flask, token: str) -> Visitor:
    """The person corrects, at home, with the code that was given."""
    person = Visitor(app.test_client(), "essai")
    data = {visits.CODE: response_code(SECRET, token)}
    assert person.client.post("/r/essai/reprendre-ici", data=data).status_code == 303
    data = {"csrf": person.get("mes-reponses").hidden["csrf"][0]}
    assert person.client.post("/r/essai/mes-reponses/corriger", data=data).location == "/r/essai/envoi"
    return person


def test_whoever_corrects_an_interview_is_not_led_to_the_staff(wave: Field, ines: Member, app: Flask) -> None:
    copy(call(ines), amis="nsp")
    person = correct(app, token_of(ines.client, "essai"))
    assert person.place(person.answer("debut", majeur="2")) == "sortie/mineur"
    told = person.get("sortie/mineur")
    assert "ce que vous aviez envoyé compte toujours" in told.text
    assert told.all("a", href="/r/essai/debut")
    assert told.all("a", href="/r/essai/mes-reponses")


# -- paper ----------------------------------------------------------------------------------------


def test_a_form_that_was_sent_is_corrected_as_any_response(
    wave: Field, ines: Member, karim: Member, app: Flask
) -> None:
    visitor = take(ines)
    token = token_of(ines.client, "essai")
    copy(visitor)
    copy(take(karim))
    person = correct(app, token)
    person.answer("temps", heures="20")
    assert person.place(person.post(person.get("envoi"))) == "fin"
    assert count_rows(wave.database, Submission) == 2


def test_a_form_typed_twice_alike_is_sent(wave: Field, ines: Member, karim: Member) -> None:
    visitor = take(ines)
    first = visitor.get("debut")
    assert "Formulaire 12, première saisie" in first.text
    assert not first.all("input", name="majeur", value="nsp"), "paper offers what is printed"
    ended = copy(visitor)
    assert ended.response.location == f"{DESK}/paper?finished=12"
    assert "Une autre personne fera la seconde" in ines.read(ended.response.location)
    again = ines.post(f"{DESK}/paper", number="12", language="fr")
    assert "La seconde est faite par une autre personne" in again.text
    second = take(karim)
    shown = second.get("debut")
    assert "Formulaire 12, seconde saisie" in shown.text
    assert shown.checked == set(), "blind to the first"
    assert "il est envoyé" in karim.read(copy(second).response.location)
    assert modes(wave) == [("paper", "complete")]
    assert count_rows(wave.database, Submission) == 1


def test_blanks_go_through_and_checks_only_warn(ines: Member, wave: Field) -> None:
    visitor = take(ines)
    assert visitor.place(visitor.answer("debut")) == "avis"
    assert visitor.place(visitor.answer("avis")) == "temps"
    shown = visitor.answer("temps", heures="1")
    assert shown.status == 200
    assert "Terminer la saisie" not in shown.text
    assert visitor.place(visitor.post(shown, heures="1")) == "envoi"
    assert "Terminer la saisie" in visitor.get("envoi").text


def test_an_entry_is_not_withdrawn_by_whoever_types_it(ines: Member, wave: Field) -> None:
    visitor = take(ines)
    page = visitor.answer("debut", majeur="1")
    form = visitor.get("avis")
    assert page.status == 303
    refused = visitor.client.post("/r/essai/mes-reponses/retirer", data={"csrf": form.hidden["csrf"][0]})
    assert refused.status_code == 404
    assert modes(wave) == [("paper", "in_progress")]


def test_a_finished_entry_is_not_opened_again(ines: Member, wave: Field) -> None:
    visitor = take(ines)
    cookie = ines.client.get_cookie("reponse", path="/r/essai/")
    copy(visitor)
    assert cookie is not None
    ines.client.set_cookie("reponse", cookie.value, path="/r/essai/")
    page = visitor.get("avis")
    assert page.status == 403
    assert "Cette saisie est terminée" in page.text


def test_what_differs_is_settled_with_both_readings_in_words(wave: Field, ines: Member, karim: Member) -> None:
    copy(take(ines))
    ended = copy(take(karim), engage="2", confiance="8")
    assert "2 questions diffèrent" in karim.read(ended.response.location)
    sheet = Page(karim.get(f"{DESK}/paper/12/settle"))
    assert sheet.status == 200
    assert "oui" in sheet.text
    assert "non" in sheet.text
    assert sheet.all("input", name="choice-engage", value="first")
    token = sheet.hidden["csrf_token"][0]
    left = karim.client.post(f"{DESK}/paper/12/settle", data={"csrf_token": token, "choice-engage": "first"})
    assert left.status_code == 422
    assert "Une question est à revoir" in left.text
    chosen = {"csrf_token": token, "choice-engage": "second", "choice-confiance": "other", "confiance": "9"}
    settled = karim.client.post(f"{DESK}/paper/12/settle", data=chosen)
    assert settled.status_code == 303, plain(settled.text)
    with wave.database.reading() as session:
        values = session.scalars(select(Submission.payload)).one()["values"]
        form = session.scalars(select(PaperForm)).one()
        emails = {row.id: row.email for row in session.execute(select(User.id, User.email))}
    assert (values["engage"], values["confiance"]) == (2, 9)
    assert emails[form.settled_by or 0] == "interviewer-analyst@exemple.fr"
    assert "Qualité de la saisie" in karim.read(f"{DESK}/paper")
    again = karim.client.post(f"{DESK}/paper/12/settle", data=chosen)
    assert again.location == f"{DESK}/paper?finished=12"
    assert "est départagé et envoyé" in karim.read(again.location)
    assert count_rows(wave.database, Submission) == 1


def test_a_choice_that_opens_a_question_is_followed_to_the_end(app: Flask, someone: Callable[..., Member]) -> None:
    asked = questionnaire(page("un", single("travaille"), score("metier", when="travaille = 'oui'")))
    launch(app.extensions["impact"].database, asked)
    for member, answer in ((someone("interviewer"), {}), (someone("interviewer", "analyst"), {"travaille": "2"})):
        visitor = take(member)
        visitor.answer("un", **answer)
        visitor.post(visitor.get("envoi"))
    token = Page(member.get(f"{DESK}/paper/12/settle")).hidden["csrf_token"][0]
    data = {"csrf_token": token, "choice-travaille": "other", "travaille": "1"}
    led = Page(member.client.post(f"{DESK}/paper/12/settle", data=data))
    assert led.status == 422
    assert led.hidden["opened"] == ["metier"]
    done = member.client.post(f"{DESK}/paper/12/settle", data=data | {"opened": "metier", "metier": "4"})
    assert done.status_code == 303


def test_an_administrator_alone_gives_up_an_entry(wave: Field, ines: Member, administrator: Member) -> None:
    take(ines)
    assert ines.get(f"{DESK}/paper/12/discard").status_code == 403
    assert "redevient libre" in administrator.read(f"{DESK}/paper/12/discard")
    assert administrator.post(f"{DESK}/paper/12/discard").status_code == 303
    assert count_rows(wave.database, PaperForm) == 0


def test_a_number_that_is_none_is_said_at_its_field(ines: Member, wave: Field) -> None:
    for typed in ("", "0", "douze", "9" * 30):
        page = ines.post(f"{DESK}/paper", number=typed, language="fr")
        assert page.status_code == 200
        assert 'id="number-e"' in page.text
    assert count_rows(wave.database, PaperForm) == 0
