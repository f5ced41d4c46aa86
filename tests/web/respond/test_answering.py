"""A whole questionnaire through the pages: forward, back, put right, checked, sent."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask
from sqlalchemy import select

from app.models import Response, ScreenOut, Submission
from app.services import fieldwork
from questionnaires.model import Absence
from tests.factories import Field, count_rows
from tests.web.respond.visitors import FIRST, SECOND, THIRD, Visitor, answer_all


def given(field: Field) -> dict[str, object]:
    """What is stored of the only response."""
    with field.database.reading() as session:
        return dict(session.scalars(select(Response.given)).one())


def test_a_whole_questionnaire_is_answered_checked_and_sent(visitor: Visitor, wave: Field) -> None:
    review = answer_all(visitor)
    assert review.status == 200
    for said in ("adulte", "utile", "<li>emploi</li><li>climat</li>", "Je ne me prononce pas", "12", "bonjour"):
        assert said in review.text
    assert visitor.place(visitor.post(review)) == "fin"
    assert count_rows(wave.database, Submission) == 1
    end = visitor.get("fin")
    assert re.search(r">([A-Z2-7]{4}-){3}[A-Z2-7]{4}</output>", end.text)
    letters = next(found["aria-label"] for found in end.all("output"))
    assert re.fullmatch(r"Votre code\u00a0: (\w \w \w \w, ){3}\w \w \w \w", letters)


def test_sending_twice_sends_once_and_every_page_then_leads_to_the_receipt(visitor: Visitor, wave: Field) -> None:
    review = answer_all(visitor)
    assert visitor.place(visitor.post(review)) == visitor.place(visitor.post(review)) == "fin"
    assert count_rows(wave.database, Submission) == 1
    assert visitor.place(visitor.get("avis")) == visitor.place(visitor.get("envoi")) == "fin"
    assert visitor.get("fin").text == visitor.get("fin").text


def test_the_page_that_was_saved_shows_what_was_saved(visitor: Visitor) -> None:
    answer_all(visitor)
    page = visitor.get("avis")
    assert page.checked == {
        (name, value) for name, values in SECOND.items() for value in ([values] if isinstance(values, str) else values)
    }


def test_nobody_gets_ahead_of_the_first_page_to_be_done(visitor: Visitor) -> None:
    assert visitor.place(visitor.get("fin_du_questionnaire")) == "profil"
    assert visitor.place(visitor.get("envoi")) == "profil"
    assert visitor.place(visitor.get("fin")) == "profil"
    visitor.answer("profil", **FIRST)
    assert visitor.place(visitor.get("fin_du_questionnaire")) == "avis"


def test_going_back_keeps_what_was_typed_and_asks_nothing(visitor: Visitor, wave: Field) -> None:
    visitor.answer("profil", **FIRST)
    assert visitor.place(visitor.answer("avis", "retour", note="4")) == "profil"
    assert given(wave)["note"] == 4
    assert "utilite" not in given(wave)


def test_pausing_keeps_what_was_typed_and_tells_how_to_come_back(visitor: Visitor, wave: Field) -> None:
    assert visitor.place(visitor.answer("profil", "pause", age="2")) == "pause"
    assert given(wave) == {"age": 2}
    page = visitor.get("pause")
    assert f"/r/{wave.key}/" in page.text
    assert visitor.get().all("a", href=f"/r/{wave.key}/profil"), "the entry leads back"


def test_a_required_question_holds_with_a_linked_summary(visitor: Visitor) -> None:
    page = visitor.answer("profil", ville="1")
    assert page.status == 422
    assert page.title.startswith("Erreur – Page 1 sur 3 – ")
    assert "Une réponse est à revoir" in page.text
    (summary,) = page.all("div", class_="summary")
    assert summary["tabindex"] == "-1"
    assert "autofocus" in summary
    assert page.all("a", href="#age-1")
    (group,) = page.all("fieldset", id="q-age")
    assert group["aria-invalid"] == "true"
    assert "age-e" in group["aria-describedby"].split()
    assert page.checked == {("ville", "1")}, "the rest of the page is kept"


def test_all_problems_of_a_page_are_told_at_once(visitor: Visitor, wave: Field) -> None:
    visitor.answer("profil", **FIRST)
    page = visitor.answer("avis", **(SECOND | {"priorites": ["1", "3"], "note": "11", "grille_un": []}))
    assert page.status == 422
    assert "Trois réponses sont à revoir" in page.text
    assert [one["href"] for one in page.all("a") if one["href"].startswith("#") and one["href"] != "#main"] == [
        "#priorites-1",
        "#note-1",
        "#grille_un-1",
    ]
    assert {("priorites", "1"), ("priorites", "3")} <= page.checked, "what is wrong is shown as it was"
    assert "priorites" not in given(wave)
    assert given(wave)["utilite"] == 1, "what is right is kept"


def test_a_check_between_answers_holds(visitor: Visitor) -> None:
    visitor.answer("profil", **FIRST)
    visitor.answer("avis", **SECOND)
    page = visitor.answer("fin_du_questionnaire", heures="1")
    assert page.status == 422
    assert page.all("a", href="#heures-1")
    assert visitor.place(visitor.post(page, heures="2")) == "envoi"


def test_rows_left_blank_are_told_together(visitor: Visitor) -> None:
    visitor.answer("profil", **FIRST)
    page = visitor.answer("avis", **(SECOND | {"grille_un": [], "grille_deux": []}))
    assert "Une réponse est à revoir" in page.text
    assert page.text.count("2 lignes sans réponse.") == 2
    assert page.text.count("Sans réponse") == 2


def test_a_wrong_answer_is_told_once_before_the_page_is_left_without_it(visitor: Visitor, wave: Field) -> None:
    visitor.answer("profil", **FIRST)
    visitor.answer("avis", **SECOND)
    page = visitor.answer("fin_du_questionnaire", "retour", heures="beaucoup", mot="oui")
    assert page.status == 422
    assert 'value="beaucoup"' in page.text
    assert given(wave)["mot"] == "oui"
    assert visitor.place(visitor.post(page, "retour", heures="beaucoup")) == "avis"
    assert "heures" not in given(wave)


def test_an_exit_ends_counts_and_keeps_nothing(visitor: Visitor, wave: Field) -> None:
    left = visitor.answer("profil", age="1", ville="1")
    assert visitor.place(left) == "sortie/trop_jeune"
    assert "reponse=;" in left.response.headers["Set-Cookie"]
    assert visitor.get("sortie/trop_jeune").status == 200
    assert count_rows(wave.database, Response) == 0
    assert count_rows(wave.database, ScreenOut) == 1
    assert visitor.get("profil").status == 403
    assert visitor.get("sortie/autre").status == 404


def test_changing_an_answer_from_the_review_leads_back_to_it(visitor: Visitor, wave: Field) -> None:
    review = answer_all(visitor)
    assert review.all("a", href=f"/r/{wave.key}/profil?de=envoi#q-ville")
    assert visitor.place(visitor.answer("profil?de=envoi", age="2", ville="2")) == "envoi"
    assert given(wave)["ville"] == 2


def test_the_review_does_not_blame_for_an_optional_question_left_blank(visitor: Visitor, wave: Field) -> None:
    visitor.answer("profil", **FIRST)
    visitor.answer("avis", **SECOND)
    assert visitor.place(visitor.answer("fin_du_questionnaire", heures="3")) == "envoi"
    assert given(wave)["mot"] == {"absence": Absence.SKIPPED}
    assert "sans réponse complète" not in visitor.get("envoi").text


def test_a_cleared_answer_is_cleared(visitor: Visitor, wave: Field) -> None:
    answer_all(visitor)
    page = visitor.get("fin_du_questionnaire")
    visitor.post(page, **(THIRD | {"mot": ""}))
    assert given(wave)["mot"] == {"absence": Absence.SKIPPED}


def test_a_page_says_what_it_showed_so_that_two_tabs_lose_nothing(visitor: Visitor, wave: Field) -> None:
    visitor.answer("profil", **FIRST)
    one, other = visitor.get("avis"), visitor.get("avis")
    assert json.loads(one.hidden["base"][0])["utilite"] is None
    visitor.post(one, "pause", utilite="1")
    visitor.post(other, "pause", note="3")
    assert (given(wave)["utilite"], given(wave)["note"]) == (1, 3)


def test_of_two_answers_the_second_is_told_and_a_choice_is_asked(visitor: Visitor, wave: Field) -> None:
    visitor.answer("profil", **FIRST)
    one, other = visitor.get("avis"), visitor.get("avis")
    visitor.post(one, **SECOND)
    page = visitor.post(other, **(SECOND | {"utilite": "2"}))
    assert page.status == 409
    assert given(wave)["utilite"] == 1
    assert "vous avez répondu «\u00a0utile\u00a0»\u202f; ici, «\u00a0inutile\u00a0»" in page.text
    assert ("utilite", "2") in page.checked
    assert visitor.place(visitor.post(page, **(SECOND | {"utilite": "2"}))) == "fin_du_questionnaire"
    assert given(wave)["utilite"] == 2


def test_a_wave_that_closes_meanwhile_says_so(visitor: Visitor, wave: Field) -> None:
    page = visitor.get("profil")
    with wave.database.transaction() as session:
        fieldwork.close_wave(session, fieldwork.get_wave(session, wave.key))
    for shown in (visitor.get("profil"), visitor.post(page, **FIRST), visitor.get(), visitor.start()):
        assert shown.status == 410
        assert "L’enquête est close" in shown.text
    assert given(wave) == {}


@pytest.mark.parametrize("place", ["profil", "envoi", "fin", "pause", "aide", "donnees", "accessibilite", ""])
def test_pages_of_a_respondent_are_kept_by_nobody(visitor: Visitor, place: str) -> None:
    page = visitor.get(place)
    assert page.response.headers["Cache-Control"] == "no-store"
    assert " style=" not in page.text
    assert page.status == 303 or page.runs_only_our_script


def test_the_progress_is_that_of_the_path(visitor: Visitor, app: Flask) -> None:
    visitor.answer("profil", **FIRST)
    page = visitor.get("avis")
    assert "Page 2 sur 3" in page.title
    assert page.all("progress", value="33")
    assert re.search(r"Dernier enregistrement à \d\d?\u00a0h\u00a0\d\d\.", page.text)
    assert [one["value"] for one in page.all("button", name="aller")[-3:]] == ["suite", "retour", "pause"]
