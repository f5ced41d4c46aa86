"""The question bank beside a draft, and what published versions have used up."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Flask
from sqlalchemy import select

from app.models import User
from app.services import drafting, reviewing
from app.services.platform import Platform
from questionnaires import editing
from questionnaires.editing import Document
from tests.web.staff.members import Member

QUESTION = re.compile(r'name="of" value="(\d+)"><input type="hidden" name="element" value="(\d+)"')


def begun(app: Flask) -> int:
    """A new questionnaire in French alone."""
    platform: Platform = app.extensions["impact"]
    with platform.database.transaction() as session:
        return drafting.start_draft(
            session, None, None, key="nouveau", version="1", population="citoyens", title={"fr": "Nouveau"}
        ).id


def document_of(app: Flask, version_id: int) -> Document:
    platform: Platform = app.extensions["impact"]
    with platform.database.reading() as session:
        return drafting.get_draft(session, version_id).document


def test_a_published_question_is_found_and_taken_with_its_origin(
    app: Flask, someone: Callable[..., Member], version_id: int
) -> None:
    designer, draft = someone("designer"), begun(app)
    page = next(one.element for one in document_of(app, draft).nodes.values() if one.kind == "page")
    address = f"/design/versions/{draft}/studio/bank"
    assert "Aucune question publiée ne correspond" in designer.read(f"{address}?q=introuvable")
    found = QUESTION.search(designer.get(f"{address}?q=PRIORITE&questionnaire=impact-citoyens").text)
    assert found
    designer.post(address, of=found[1], element=found[2], at=str(page))
    document = document_of(app, draft)
    taken = next(one for one in document.nodes.values() if one.kind == "question")
    assert taken.tree["source"] == f"impact-citoyens 2022, {taken.name}"
    assert set(taken.tree["text"]) == {"fr"}
    reading = editing.read_document(document)
    assert not [one for one in reading.problems if one.is_blocking]


def test_a_question_of_nowhere_is_not_taken(app: Flask, someone: Callable[..., Member], version_id: int) -> None:
    designer, draft = someone("designer"), begun(app)
    address = f"/design/versions/{draft}/studio/bank"
    assert designer.post(address, of="99", element="1").status_code == 404
    assert designer.post(address, of="x", element="é").status_code == 404


def test_a_new_choice_never_takes_a_code_that_was_published(
    app: Flask, someone: Callable[..., Member], version_id: int
) -> None:
    platform: Platform = app.extensions["impact"]
    with platform.database.transaction() as session:
        draft = drafting.derive_draft(session, None, None, version_id, "2031").id
    designer, document = someone("designer"), document_of(app, draft)
    question = next(one for one in document.nodes.values() if one.kind == "question" and one.type == "single")
    codes = [int(one.tree["code"]) for one in editing.children(document, question.element, "choices")]
    last = editing.children(document, question.element, "choices")[codes.index(max(codes))]
    studio, edit = f"/design/versions/{draft}/studio", f"/design/versions/{draft}/studio/edit"
    designer.post(edit, form_at=studio, act=f"delete:{last.element}", at=str(question.element))
    designer.post(edit, form_at=studio, act=f"add:choice:{question.element}", at=str(question.element))
    made = editing.children(document_of(app, draft), question.element, "choices")[-1]
    assert int(made.tree["code"]) not in codes


def test_a_card_tells_its_open_comments(app: Flask, someone: Callable[..., Member], version_id: int) -> None:
    platform: Platform = app.extensions["impact"]
    with platform.database.transaction() as session:
        draft = drafting.derive_draft(session, None, None, version_id, "2032").id
    designer, document = someone("designer"), document_of(app, draft)
    question = next(one.element for one in document.nodes.values() if one.kind == "question")
    with platform.database.transaction() as session:
        author = session.scalars(select(User)).unique().one()
        reviewing.add_comment(session, author, draft, "À relire", element=question)
    assert "1 commentaire</a>" in designer.read(f"/design/versions/{draft}/studio?at={question}")
