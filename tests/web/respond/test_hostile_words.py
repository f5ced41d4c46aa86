"""Markup in every text that a person types, wherever it is shown again; other people's codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from questionnaires.model import Required
from tests.conftest import make_app, settings_for
from tests.factories import Field, launch
from tests.questionnaires.builders import multiple, page, questionnaire, single, text, words
from tests.web.respond.hostile import MARKUP
from tests.web.respond.visitors import Page, Visitor

LONG = 400


@pytest.fixture
def visitor(database_url: str, tmp_path: Path) -> Iterator[Visitor]:
    """Someone who types markup into a text that later pages speak of."""
    asked = questionnaire(
        page("dire", text("mot", required=Required.NO, maximum=LONG)),
        page("suite", replace(single("avis", "oui", "non"), text=words("Que pensez-vous de {mot} ?"))),
        page("fin_du_questionnaire", replace(multiple("encore", "un", "deux"), text=words("Et {mot} ?"))),
    )
    app = make_app(settings_for(database_url, tmp_path))
    wave: Field = launch(app.extensions["impact"].database, asked)
    visitor = Visitor(app.test_client(), wave.key)
    assert visitor.start().status == 303
    yield visitor
    wave.database.close()


def expect_words_only(shown: Page, what: str) -> None:
    """What was typed is text: no element and no attribute comes of it."""
    assert "<script>" not in shown.text, what
    assert not shown.all("img"), what
    assert not any(name.startswith("on") for _, found in shown.elements for name in found), what


def test_markup_is_words_wherever_it_comes_back(visitor: Visitor) -> None:
    assert visitor.place(visitor.answer("dire", mot=MARKUP)) == "suite"
    piped = visitor.get("suite")
    assert "&lt;script&gt;" in piped.text, "it is piped into the question"
    expect_words_only(piped, "piped")
    expect_words_only(visitor.get("dire"), "in its own field")
    expect_words_only(visitor.post(piped, avis="<b>"), "in an error")
    visitor.answer("suite", avis="1")
    visitor.answer("fin_du_questionnaire", encore=["1"])
    review = visitor.get("envoi")
    assert "&lt;script&gt;" in review.text
    expect_words_only(review, "review")
    assert visitor.place(visitor.post(review)) == "fin"
    expect_words_only(visitor.get("fin"), "receipt")
    for place in ("mes-reponses", "mes-reponses/copie.html", "mes-reponses/copie.csv"):
        shown = visitor.get(place)
        assert shown.status < 500, place
        if "csv" not in str(shown.response.content_type):
            expect_words_only(shown, place)


def test_markup_in_a_conflict_is_words(visitor: Visitor) -> None:
    first = visitor.get("dire")
    visitor.answer("dire", mot="un mot")
    torn = visitor.post(first, mot=MARKUP)
    assert torn.status == 409
    expect_words_only(torn, "conflict")


def test_a_text_too_long_is_told_and_kept_as_typed(visitor: Visitor) -> None:
    shown = visitor.answer("dire", mot=MARKUP * 20)
    assert shown.status == 422
    expect_words_only(shown, "too long")


def test_guessed_codes_open_nothing(visitor: Visitor) -> None:
    visitor.answer("dire", mot="un secret")
    stranger = Visitor(visitor.client.application.test_client(), visitor.key)
    for code in ("AAAA-BBBB-CCCC-DDDD", "0", "' OR ''='", "\0", "x" * 5000, MARKUP, "%", "١٢٣٤"):
        for place in ("reprendre-ici", "mes-reponses", "mes-reponses/retirer", "mes-reponses/corriger"):
            answer = Page(stranger.client.post(f"/r/{visitor.key}/{place}", data={"code": code}))
            assert 400 <= answer.status < 500, (place, code, answer.status)
            expect_words_only(answer, place)
            assert "un secret" not in answer.text
    assert visitor.get("suite").status == 200
