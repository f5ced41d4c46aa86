"""Questionnaires and versions: read, previewed, published."""

from collections.abc import Callable

import pytest
from flask import Flask
from markupsafe import escape

from app.services import authoring
from app.services.proving.running import prepare_publication
from questionnaires import definition
from questionnaires.model import Questionnaire
from tests.questionnaires.builders import multiple, number, page, questionnaire, single
from tests.web.staff.members import House, Member, plain

ASKED = questionnaire(
    page("profil", single("engage", "oui", "non")),
    page("suite", multiple("formes", "don", "temps", when="engage = 'oui'"), number("heures")),
)


def keep(app: Flask, asked: Questionnaire = ASKED) -> int:
    """A draft of a questionnaire, proven; gives its number."""
    database, data = app.extensions["impact"].database, definition.write(asked)
    prepare_publication(database, [data])
    with database.transaction() as session:
        return authoring.import_version(session, data).id


@pytest.fixture
def designer(someone: Callable[..., Member]) -> Member:
    """A designer."""
    return someone("designer")


def test_the_list_leads_to_the_versions_and_a_version(app: Flask, designer: Member) -> None:
    number_of_version = keep(app)
    assert f"/design/{ASKED.name}/" in designer.read("/design/")
    assert f"/design/versions/{number_of_version}" in designer.read(f"/design/{ASKED.name}/")
    assert designer.get("/design/inconnu/").status_code == 404
    assert designer.get("/design/versions/999").status_code == 404


def test_a_version_shows_every_question_and_choice_in_each_language(house: House) -> None:
    for language in ("fr", "en"):
        text = house.reader.read(f"/design/versions/{house.field.version_id}?lang={language}")
        for question in house.field.questionnaire.questions:
            assert f'id="{question.name}"' in text
            assert plain(str(escape(question.text.in_(language)))) in text
            for choice in getattr(question, "choices", ()):
                assert plain(str(escape(choice.label.in_(language)))) in text


def test_a_filter_is_read_in_words_and_as_a_rule(app: Flask, designer: Member) -> None:
    text = designer.read(f"/design/versions/{keep(app)}")
    item = text[text.index('id="formes"') :]
    assert "Posée à" in item
    assert "engage = &#39;oui&#39;" in item


def test_publishing_says_what_it_does_then_freezes(app: Flask, designer: Member) -> None:
    version_id = keep(app)
    assert "Publier" in designer.read(f"/design/versions/{version_id}")
    assert "est figée" in designer.read(f"/design/versions/{version_id}/publish")
    done = designer.post(f"/design/versions/{version_id}/publish")
    assert done.status_code == 303
    assert "Elle ne change plus." in designer.read(done.location)
    assert "déjà publiée" in designer.read(f"/design/versions/{version_id}/publish")


def test_reading_the_confirmation_publishes_nothing(app: Flask, designer: Member) -> None:
    version_id = keep(app)
    designer.read(f"/design/versions/{version_id}/publish")
    with app.extensions["impact"].database.reading() as session:
        assert authoring.get_version(session, version_id)[0].status == "draft"
