"""Codes: found as people type them, tried a limited number of times, by addresses that are forgotten with their day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import select, update

from app.db import Database, now
from app.models import Attempt, Response, Salt
from app.services import attempts, responding
from app.services.responding.codes import code_hash
from tests.factories import SECRET, launch
from tests.journeys import Respondent, answer_all, arrive, at_once, opened, withdraw

HERE, THERE = "192.0.2.7", "192.0.2.8"


def find(database: Database, code: str, key: str = SECRET) -> responding.Found | None:
    with database.transaction() as session:
        return responding.find_by_code(session, code, key)


@pytest.mark.parametrize(
    "typed",
    [
        str,
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: code.replace("-", " – "),
        lambda code: f"  {code}\n",
        lambda code: code.replace("O", "0").replace("I", "1").replace("B", "8"),
    ],
)
def test_a_code_is_found_as_people_type_it(database: Database, typed: Callable[[str], str]) -> None:
    wave = launch(database)
    person = arrive(wave)
    assert find(database, typed(person.receipt)) == responding.Found(wave.key, person.token)


def test_a_code_opens_a_response_whatever_became_of_it(database: Database) -> None:
    wave = launch(database)
    sent, gone = answer_all(wave), answer_all(wave)
    assert withdraw(wave, gone.receipt)
    for person in (sent, gone):
        assert find(database, person.receipt) == responding.Found(wave.key, person.token)


@pytest.mark.parametrize("wrong", ["", "-", "AAAA-BBBB-CCCC-DDDD", "A" * 100_000, "A\0B", "é\ud800", "' OR 1=1 --"])
def test_another_code_finds_nothing(database: Database, wrong: str) -> None:
    arrive(launch(database))
    assert find(database, wrong) is None


def test_the_code_of_another_installation_finds_nothing(database: Database) -> None:
    person = arrive(launch(database))
    assert find(database, person.receipt, "the key of another installation") is None


def test_a_response_whose_token_was_drawn_gets_the_derived_one_and_keeps_its_code(database: Database) -> None:
    wave = launch(database)
    person = answer_all(wave)
    old = responding.response_code(SECRET, "a token that was drawn at random")
    with database.transaction() as session:
        drawn = {"token_hash": "0" * 64, "receipt_hash": code_hash(SECRET, old)}
        session.execute(update(Response).values(drawn))
    assert Respondent(database, wave.key, person.token, "").find() is None
    assert find(database, old) == responding.Found(wave.key, person.token)
    assert person.state.disposition == "complete"
    with database.transaction() as session:
        state = responding.find_response(session, wave.key, person.token, is_locked=True)
        assert state is not None
        responding.start_correction(session, state)
        responding.submit_response(session, wave.key, person.token, SECRET, None)
    assert find(database, old) is not None, "the code that was noted works on"
    with database.reading() as session:
        assert responding.code_of(session, person.state.id, person.token, SECRET) == "", "none that would not work"


# -- attempts -------------------------------------------------------------------------------------


def fail(database: Database, address: str, times: int = 1) -> None:
    for _ in range(times):
        with database.transaction() as session:
            attempts.count(session, address)


def blocked(database: Database, address: str) -> dt.datetime | None:
    with database.transaction() as session:
        return attempts.blocked_until(session, address)


def count(database: Database) -> tuple[int, int]:
    """How many attempts and salts there are."""
    with database.reading() as session:
        return len(session.scalars(select(Attempt.hour)).all()), len(session.scalars(select(Salt.on_day)).all())


def test_after_ten_failures_an_address_waits_for_the_next_hour(database: Database) -> None:
    fail(database, HERE, attempts.FAILURES_AN_HOUR - 1)
    assert blocked(database, HERE) is None
    fail(database, HERE)
    until = blocked(database, HERE)
    assert until is not None
    assert dt.timedelta(0) < until - now() <= dt.timedelta(hours=1)
    assert blocked(database, THERE) is None
    with database.transaction() as session:
        session.execute(update(Attempt).values(hour=until - dt.timedelta(hours=2)))
    assert blocked(database, HERE) is None, "an hour later one may try again"


@pytest.mark.parametrize(
    ("one", "other"),
    [("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"), ("::ffff:192.0.2.7", HERE), (HERE, HERE)],
)
def test_one_subscriber_is_one_address(database: Database, one: str, other: str) -> None:
    fail(database, one, attempts.FAILURES_AN_HOUR)
    assert blocked(database, other) is not None
    assert blocked(database, "2001:db8:1:3::1") is None


def test_no_address_is_written_and_none_survives_its_day(database: Database) -> None:
    fail(database, HERE, 3)
    with database.transaction() as session:
        row = session.scalars(select(Attempt)).one()
        assert (row.failures, HERE in repr(vars(row))) == (3, False)
        attempts.forget_past_days(session)
    assert count(database) == (1, 1), "those of today stay"
    yesterday = now() - dt.timedelta(days=1)
    with database.transaction() as session:
        session.execute(update(Attempt).values(hour=yesterday.replace(minute=0, second=0, microsecond=0)))
        session.execute(update(Salt).values(on_day=yesterday.date()))
        attempts.forget_past_days(session)
    assert count(database) == (0, 0)


def test_failures_at_once_are_all_counted(database: Database, database_url: str) -> None:
    at_once(*[partial(fail_elsewhere, database_url)] * 2)
    with database.reading() as session:
        assert session.scalars(select(Attempt.failures)).all() == [10]
    assert count(database) == (1, 1)


def fail_elsewhere(url: str) -> None:
    with opened(url) as database:
        fail(database, HERE, 5)
