"""The method sheet on both databases: days in Paris, what is withheld, what cannot be declared."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import update

from app.db import Database
from app.models import Response
from app.services import fieldwork
from app.services.method import sheet as method
from app.services.method.sheet import MethodIsInvalid
from tests import factories


def test_days_are_those_of_paris_and_small_counts_are_withheld(database: Database) -> None:
    field = factories.launch(database)
    factories.send_many(field, [factories.payload(field.questionnaire)], 40)
    late = dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC)
    with database.transaction() as session:
        session.execute(update(Response).values(started_at=late, completed_at=late + dt.timedelta(minutes=5)))
        left = session.query(Response).limit(4).all()
        for one in left:
            one.disposition, one.completed_at = "in_progress", None
    with database.reading() as session:
        sheet = method.method_sheet(session, fieldwork.get_wave(session, field.key), "fr")
    assert (sheet.first_on, sheet.last_on) == (dt.date(2026, 3, 2), dt.date(2026, 3, 2))
    assert sheet.modes == ("web",)
    # Four did not finish: neither they, nor the total that would tell them, are shown.
    assert (sheet.fieldwork.complete, sheet.fieldwork.left, sheet.fieldwork.started) == (36, None, None)
    assert sheet.fieldwork.unfinished is None
    assert sheet.interviewed is None
    assert sheet.precisions == ()


def test_what_cannot_be_is_not_declared(database: Database) -> None:
    field = factories.launch(database)
    with database.transaction() as session:
        wave = fieldwork.get_wave(session, field.key)
        wave.method = {"source_file": "vague.csv"}
        with pytest.raises(MethodIsInvalid, match="selection"):
            method.edit_method(session, wave, {}, "hasard", [], None)
        with pytest.raises(MethodIsInvalid, match="shares_persons_with: inconnue"):
            method.edit_method(session, wave, {}, "quota", ["inconnue"], None)
        with pytest.raises(MethodIsInvalid, match="object"):
            method.edit_method(session, wave, {"object": "a" * 4001}, "quota", [], None)
        method.edit_method(session, wave, {"client": " Une fondation "}, "census", [], None)
    with database.reading() as session:
        wave = fieldwork.get_wave(session, field.key)
        # What an import wrote there stays.
        assert wave.method == {"source_file": "vague.csv", "client": "Une fondation", "selection": "census"}
