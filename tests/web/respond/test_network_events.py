"""Paradata of the pages: what is recorded without a script, what the script may report."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.models import PageEvent
from tests.factories import Field
from tests.web.respond.visitors import FIRST, SECOND, Visitor


@pytest.fixture
def events(app: Flask, wave: Field) -> Any:
    """What is recorded so far: (event, page, data), in order."""

    def read() -> list[tuple[str, str, Any]]:
        app.extensions["impact"].recorder.flush()
        with wave.database.reading() as session:
            found = session.scalars(select(PageEvent).order_by(PageEvent.id)).all()
        return [(one.event, one.page, one.data) for one in found]

    return read


def report(visitor: Visitor, said: Any, **fields: str) -> int:
    """What the script reports of a page; the status."""
    csrf = visitor.get("profil").hidden["csrf"][0]
    text = said if isinstance(said, str) else json.dumps(said)
    data = {"csrf": csrf, "evenements": text} | fields
    return visitor.client.post(f"/r/{visitor.key}/suivi/evenements", data=data).status_code


def test_steps_are_recorded_without_a_script(visitor: Visitor, events: Any) -> None:
    visitor.answer("profil", age="2")
    visitor.answer("profil", **FIRST)
    visitor.answer("avis", "pause", **SECOND)
    assert events() == [
        ("initialized", "", {"device": "desktop"}),
        ("new-page", "profil", {}),
        ("control", "profil", {"problems": [{"code": "answer-required", "question": "ville"}]}),
        ("new-page", "avis", {}),
        ("exit", "avis", {}),
    ]


def test_a_warning_passed_is_recorded_and_no_answer_ever(visitor: Visitor, events: Any) -> None:
    visitor.answer("profil", **FIRST)
    held = visitor.answer("avis", **{key: value for key, value in SECOND.items() if key != "note"})
    if held.status == 422 or held.hidden.get("vus"):
        visitor.post(held, **(SECOND | {"note": "7"}))
    visitor.answer("fin_du_questionnaire", heures="1", mot="un secret")
    text = json.dumps(events())
    assert "assez_d_heures" in text
    assert "secret" not in text


def test_a_page_that_is_only_read_records_nothing(visitor: Visitor, events: Any) -> None:
    before = events()
    visitor.get("profil")
    visitor.get("aide")
    assert events() == before


def test_the_script_reports_counts(visitor: Visitor, events: Any) -> None:
    before = len(events())
    said = {"page": "profil", "secondes": 12, "questions": {"age": 3}, "aide": True, "sortie": True}
    assert report(visitor, said) == 204
    assert events()[before:] == [
        ("input", "profil", {"questions": {"age": 3}, "seconds": 12}),
        ("contact-support", "profil", {}),
        ("exit", "profil", {}),
    ]


@pytest.mark.parametrize(
    "said",
    [
        "",
        "[",
        "[" * 1500,
        "[]",
        {},
        {"page": 1},
        {"page": "ailleurs"},
        {"page": "profil", "frappes": "bonjour"},
        {"page": "profil", "secondes": "12"},
        {"page": "profil", "secondes": -1},
        {"page": "profil", "secondes": True},
        {"page": "profil", "questions": {"note": 1}},
        {"page": "profil", "questions": {"age": "mineur"}},
        {"page": "profil", "questions": ["age"]},
        {"page": "profil", "aide": "oui"},
        {"page": "profil", "secondes": 1, "questions": {"age" + " " * 3000: 1}},
    ],
)
def test_anything_else_is_refused(visitor: Visitor, events: Any, said: Any) -> None:
    before = events()
    assert report(visitor, said) == 400
    assert events() == before


def test_a_report_needs_the_token_of_its_response(visitor: Visitor, events: Any) -> None:
    before = events()
    assert report(visitor, {"page": "profil"}, csrf="x") == 400
    visitor.client.delete_cookie("reponse", path=f"/r/{visitor.key}/")
    assert visitor.client.post(f"/r/{visitor.key}/suivi/evenements", data={"evenements": "{}"}).status_code == 403
    assert events() == before


def test_someone_outside_the_universe_leaves_no_trace(visitor: Visitor, events: Any) -> None:
    assert events()
    visitor.answer("profil", age="1", ville="1")
    assert events() == []
