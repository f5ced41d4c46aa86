"""The pages of a version's life: made, imported, exported, read by others, published, retired."""

from __future__ import annotations

from flask import Flask

from app.services import authoring
from questionnaires import definition
from questionnaires.definition import write
from tests.factories import TWO_PAGES, launch
from tests.successors import FIRST, SAFE, publish_successor
from tests.web.staff.members import Member, plain


def draft_of(app: Flask) -> int:
    with app.extensions["impact"].database.transaction() as session:
        return authoring.import_version(session, write(TWO_PAGES)).id


def test_every_page_of_a_version_is_there(app: Flask, administrator: Member) -> None:
    version_id = draft_of(app)
    for path in ("", "new", "import", *(f"versions/{version_id}/{one}" for one in ("publish", "review", "derive"))):
        assert administrator.client.get(f"/design/{path}").status_code == 200, path
    assert "Historique" in administrator.client.get(f"/design/{TWO_PAGES.name}/").text


def test_the_export_is_the_canonical_file(app: Flask, administrator: Member) -> None:
    version_id = draft_of(app)
    exported = administrator.client.get(f"/design/versions/{version_id}/file.yaml")
    assert exported.data == write(TWO_PAGES)
    assert definition.read(exported.data) == TWO_PAGES


def test_markup_in_a_comment_is_shown_as_text(app: Flask, administrator: Member) -> None:
    path = f"/design/versions/{draft_of(app)}/review"
    said = administrator.post(path, act="comment", text="<b>gras</b>")
    assert said.status_code == 303
    page = administrator.client.get(path).text
    assert "&lt;b&gt;gras&lt;/b&gt;" in plain(page)


def test_a_wave_passes_to_the_successor_from_its_page(app: Flask, administrator: Member) -> None:
    database = app.extensions["impact"].database
    field = launch(database, FIRST)
    publish_successor(database, SAFE)
    assert "Passer à la version 2" in administrator.read(f"/fieldwork/{field.key}/")
    path = f"/fieldwork/{field.key}/pass/2"
    assert "gardent leur sens" in administrator.read(path)
    assert administrator.post(path, seen="1", fate="move").status_code == 303
    assert administrator.client.get(path).status_code == 404
