"""When a wave takes answers: the time of Paris as it is typed, the window, the pause."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from app.db import Database, now
from app.models import AuditEvent
from app.services import fieldwork, responding, windows
from app.services.fieldwork import Schedule
from tests.factories import Field, get_wave, launch
from tests.journeys import answer_all, arrive

DAY = dt.timedelta(days=1)


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def give(field: Field, **schedule: object) -> None:
    with field.database.transaction() as session:
        fieldwork.set_schedule(session, fieldwork.get_wave(session, field.key), Schedule(**schedule))  # type: ignore[arg-type]


# -- the time of Paris -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "moment", "is_twice"),
    [
        ("2026-01-15T23:59", "2026-01-15T22:59", False),
        ("2026-07-15T23:59", "2026-07-15T21:59", False),
        ("15/07/2026 23:59", "2026-07-15T21:59", False),
        ("15/07/2026 23 h 59", "2026-07-15T21:59", False),
        ("2026-07-15T23:59:30", "2026-07-15T21:59", False),
        # The day when summer time begins (29 March 2026): 01:59 is followed by 03:00.
        ("2026-03-29T01:59", "2026-03-29T00:59", False),
        ("2026-03-29T03:00", "2026-03-29T01:00", False),
        ("2026-03-29T23:59", "2026-03-29T21:59", False),
        # The day when it ends (25 October 2026): from 02:00 to 02:59 twice, the later one is meant.
        ("2026-10-25T01:59", "2026-10-24T23:59", False),
        ("2026-10-25T02:00", "2026-10-25T01:00", True),
        ("2026-10-25T02:30", "2026-10-25T01:30", True),
        ("2026-10-25T03:00", "2026-10-25T02:00", False),
        ("2026-10-25T23:59", "2026-10-25T22:59", False),
    ],
)
def test_a_time_of_paris_is_one_moment(typed: str, moment: str, is_twice: bool) -> None:
    read = windows.read_paris(typed)
    assert read == utc(moment)
    assert windows.is_twice(read) is is_twice
    assert windows.read_paris(windows.write_paris(read)) == read


@pytest.mark.parametrize("typed", ["2026-03-29T02:00", "2026-03-29T02:30", "2026-03-29T02:59"])
def test_a_time_that_the_clocks_jump_over_is_refused_with_the_nearest(typed: str) -> None:
    with pytest.raises(windows.TimeDoesNotExist) as refused:
        windows.read_paris(typed)
    assert f"{refused.value.before:%H:%M} {refused.value.after:%H:%M}" == "01:59 03:00"


@pytest.mark.parametrize(
    "typed", ["", "demain", "2026-13-01T00:00", "2026-10-25", "0001-01-01T00:00", "9999-12-31T23:59"]
)
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(windows.TimeIsMalformed):
        windows.read_paris(typed)


# -- the window ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["open", "paused"])
def test_the_window_decides_between_its_ends_to_the_second(status: str) -> None:
    opens_at, closes_at, second = utc("2026-10-01T06:00"), utc("2026-10-25T22:59"), dt.timedelta(seconds=1)

    def at(moment: dt.datetime) -> str:
        return fieldwork.status_at(status, opens_at, closes_at, moment)

    assert [at(opens_at - second), at(opens_at)] == ["planned", status]
    assert [at(closes_at - second), at(closes_at), at(closes_at + second)] == [status, "closed", "closed"]


def test_what_was_closed_or_never_opened_stays_so_within_its_window() -> None:
    for status in ("planned", "closed"):
        assert fieldwork.status_at(status, utc("2026-10-01T06:00"), None, utc("2026-10-02T06:00")) == status


def test_a_window_ends_after_it_begins(database: Database) -> None:
    field = launch(database)
    for closes_at in ("2026-10-01T06:00", "2026-09-30T06:00"):
        with pytest.raises(fieldwork.WindowIsEmpty):
            give(field, opens_at=utc("2026-10-01T06:00"), closes_at=utc(closes_at))
    assert get_wave(field).closes_at is None


def test_lists_show_what_holds_now(database: Database) -> None:
    field = launch(database)
    for schedule, status, is_open, is_announced in (
        ({}, "open", True, False),
        ({"opens_at": now() + DAY}, "planned", False, True),
        ({"closes_at": now() - DAY}, "closed", False, False),
        ({"opens_at": now() - DAY, "closes_at": now() + DAY}, "open", True, False),
    ):
        give(field, **schedule)
        with database.reading() as session:
            assert [one.status for one in fieldwork.list_waves(session)] == [status]
            assert bool(fieldwork.open_waves(session)) is is_open
            assert bool(fieldwork.announced_waves(session)) is is_announced


def test_a_wave_whose_window_is_over_opens_once_its_end_is_moved(database: Database) -> None:
    field = launch(database)
    give(field, closes_at=now() - DAY)
    with database.transaction() as session:
        assert fieldwork.close_ended_waves(session) == 1
        assert fieldwork.close_ended_waves(session) == 0
    assert get_wave(field).status == "closed"
    with pytest.raises(fieldwork.WindowIsOver), database.transaction() as session:
        fieldwork.open_wave(session, fieldwork.get_wave(session, field.key))
    give(field, closes_at=now() + DAY)
    with database.transaction() as session:
        fieldwork.open_wave(session, fieldwork.get_wave(session, field.key))
    assert get_wave(field).status == "open"


# -- the pause -------------------------------------------------------------------------------------


def test_a_pause_refuses_everything_and_loses_nothing(database: Database) -> None:
    field = launch(database)
    person = arrive(field)
    person.answer("profil", sexe=1, region=2)
    with database.transaction() as session:
        fieldwork.pause_wave(session, fieldwork.get_wave(session, field.key))
    for act in (lambda: arrive(field), lambda: person.answer("avis", confiance=5, engage=1), person.send):
        with pytest.raises(responding.WaveIsPaused):
            act()
    with database.transaction() as session:
        fieldwork.open_wave(session, fieldwork.get_wave(session, field.key))
    assert person.state.given == {"sexe": 1, "region": 2}
    answer_all(field)
    with database.reading() as session:
        actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions[-2:] == ["pause-wave", "resume-wave"]


def test_a_paused_wave_closes_too(database: Database) -> None:
    field = launch(database)
    for act in (fieldwork.pause_wave, fieldwork.close_wave):
        with database.transaction() as session:
            act(session, fieldwork.get_wave(session, field.key))
    assert get_wave(field).status == "closed"
