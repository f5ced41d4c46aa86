"""Paradata: written late, many at once, never in the way; forgotten with the response, and after a year."""

from __future__ import annotations

import datetime as dt
import os

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import select, update

from app.db import Database, now
from app.models import PageEvent, Response
from app.services import paradata
from app.services.paradata import Event, Recorder
from tests.factories import count_rows, launch
from tests.journeys import Respondent, arrive
from tests.questionnaires.builders import page, questionnaire, single

ASKED = questionnaire(page("profil", single("sexe", "femme", "homme")), page("avis", single("oui", "oui", "non")))


@pytest.fixture
def person(database: Database) -> Respondent:
    return arrive(launch(database, ASKED))


def happened(person: Respondent, event: str = paradata.NEW_PAGE, **more: object) -> Event:
    return Event(person.state.wave_id, person.state.id, event, "profil", **more)  # type: ignore[arg-type]


def test_events_are_written_together_in_one_statement_of_their_own(database: Database, person: Respondent) -> None:
    recorder = Recorder(database)
    events = [happened(person) for _ in range(50)]
    statements: list[str] = []
    sql_event.listen(database.engine, "before_cursor_execute", lambda _c, _u, text, *_: statements.append(text))
    recorder.record(events)
    assert statements == [], "whoever records does not wait for the database"
    recorder.close()
    assert len([text for text in statements if text.startswith("INSERT")]) == 1
    assert count_rows(database, PageEvent) == 50


def test_events_are_written_by_themselves(
    database: Database, person: Respondent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paradata, "FLUSH_SECONDS", 0.01)
    recorder = Recorder(database)
    recorder.record([happened(person, data={"device": "phone"})])
    until = now() + dt.timedelta(seconds=10)
    while not count_rows(database, PageEvent) and now() < until:
        pass
    recorder.close()
    with database.reading() as session:
        found = session.scalars(select(PageEvent)).one()
    assert (found.event, found.page, found.data) == ("new-page", "profil", {"device": "phone"})
    assert found.response_id == person.state.id


def test_what_cannot_be_written_is_lost_in_silence(database: Database, person: Respondent) -> None:
    recorder = Recorder(database)
    recorder.record([happened(person, event="keystroke")])
    recorder.close()
    recorder.record([happened(person)])
    assert count_rows(database, PageEvent) == 0


def test_a_full_buffer_drops(database: Database, person: Respondent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paradata, "MOST_WAITING", 3)
    recorder = Recorder(database)
    recorder.record([happened(person) for _ in range(10)])
    recorder.close()
    assert count_rows(database, PageEvent) == 3


def test_a_process_that_forks_writes_each_event_once(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    person = arrive(launch(database, ASKED))
    recorder = Recorder(database)
    recorder.record([happened(person)])
    database.close()
    child = os.fork()
    if child == 0:
        recorder.record([happened(person), happened(person)])
        recorder.close()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    recorder.close()
    assert count_rows(database, PageEvent) == 3
    database.close()


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148 Safari/604.1", "phone"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/120.0 Mobile Safari/537.36", "phone"),
        ("Mozilla/5.0 (Linux; Android 13; SM-X700) Chrome/120.0 Safari/537.36", "tablet"),
        ("Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) Mobile/15E148 Safari/604.1", "tablet"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "desktop"),
        ("", "desktop"),
    ],
)
def test_of_a_browser_only_its_kind_is_kept(user_agent: str, device: str) -> None:
    assert paradata.device_class(user_agent) == device


def test_events_are_purged_with_their_response_and_after_a_year(database: Database, person: Respondent) -> None:
    withdrawn = arrive(launch(database, ASKED, key="autre"))
    gone = Event(person.state.wave_id, 999_999, paradata.EXIT)
    old = happened(person, at=now() - dt.timedelta(days=366))
    recorder = Recorder(database)
    recorder.record([happened(person), old, gone, happened(withdrawn)])
    recorder.close()
    with database.transaction() as session:
        session.execute(
            update(Response).where(Response.id == withdrawn.state.id).values(disposition="withdrawn", given={})
        )
    assert paradata.purge(database) == 3
    assert paradata.purge(database) == 0
    assert count_rows(database, PageEvent) == 1
    with database.transaction() as session:
        paradata.forget(session, person.state.id)
    assert count_rows(database, PageEvent) == 0
