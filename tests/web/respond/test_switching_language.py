"""The language of the respondent: chosen at the entry, changed at any moment without loss."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from questionnaires.model import LocalText, Questionnaire, Section
from questionnaires.model import Page as PageModel
from tests.factories import Field, launch
from tests.questionnaires.builders import number, single
from tests.web.respond.visitors import Visitor


def both(text: str) -> LocalText:
    return LocalText({"fr": f"{text} (fr)", "en": f"{text} (en)"})


@pytest.fixture
def bilingual(app: Flask, client: FlaskClient) -> Visitor:
    """Someone in front of a wave in French and English."""
    asked = single("avis", "pour", "contre")
    asked = replace(
        asked, text=both("avis"), choices=tuple(replace(one, label=both(one.name)) for one in asked.choices)
    )
    hours = replace(number("heures", maximum=10), text=both("heures"))
    page = PageModel("une", both("Page"), None, None, (asked, hours))
    questionnaire = Questionnaire(
        name="essai",
        version="1",
        population="citoyens",
        languages=("fr", "en"),
        title=both("Essai"),
        minutes=1,
        sections=(Section("partie", both("Partie"), pages=(page,)),),
    )
    field: Field = launch(app.extensions["impact"].database, questionnaire)
    return Visitor(client, field.key)


@pytest.mark.parametrize(
    ("place", "accepted", "language"),
    [
        ("", "", "fr"),
        ("", "en-GB,en;q=0.9", "en"),
        ("?lang=en", "fr", "en"),
        ("?lang=xx", "fr", "fr"),
        ("", "de", "fr"),
    ],
)
def test_the_entry_speaks_the_language_asked_for(bilingual: Visitor, place: str, accepted: str, language: str) -> None:
    page = bilingual.get(place, **{"Accept-Language": accepted})
    assert page.all("html", lang=language)
    assert f"Essai ({language})" in page.text
    assert page.hidden["langue"] == [language]


def test_a_change_of_language_loses_nothing(bilingual: Visitor) -> None:
    bilingual.start(langue="fr")
    page = bilingual.get("une")
    assert page.all("html", lang="fr")
    changed = bilingual.post(page, "langue-en", avis="2")
    assert bilingual.place(changed) == "une"
    page = bilingual.get("une")
    assert page.all("html", lang="en")
    assert "avis (en)" in page.text
    assert page.checked == {("avis", "2")}


def test_a_change_of_language_with_a_wrong_answer_shows_it_again_in_the_other_language(bilingual: Visitor) -> None:
    bilingual.start(langue="fr")
    page = bilingual.post(bilingual.get("une"), "langue-en", heures="dix")
    assert page.status == 422
    assert page.all("html", lang="en")
    assert "Enter a number in figures" in page.text
    assert 'value="dix"' in page.text


def test_a_language_that_the_version_lacks_changes_nothing(bilingual: Visitor) -> None:
    bilingual.start(langue="en")
    page = bilingual.post(bilingual.get("une"), "langue-xx", avis="1", heures="3")
    assert bilingual.place(page) == "envoi"


def test_the_review_changes_language_for_good_with_its_token_only(bilingual: Visitor) -> None:
    bilingual.start(langue="fr")
    bilingual.answer("une", avis="1", heures="3")
    review = bilingual.get("envoi")
    place = f"/r/{bilingual.key}/langue"
    (csrf,) = set(review.hidden["csrf"])
    bilingual.client.post(place, data={"langue": "en", "page": "envoi", "csrf": "forged"})
    assert bilingual.get("envoi").all("html", lang="fr")
    answer = bilingual.client.post(place, data={"langue": "en", "page": "envoi", "csrf": csrf})
    assert answer.location == f"/r/{bilingual.key}/envoi"
    assert bilingual.get("envoi").all("html", lang="en")
    answer = bilingual.client.post(place, data={"langue": "fr", "page": "//ailleurs.example", "csrf": csrf})
    assert answer.location == f"/r/{bilingual.key}/"
