"""Accounts: one address, known roles, a lock-out that no crowd of attempts escapes."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest
from sqlalchemy import select, update

from app.db import Database, now
from app.models import AuditEvent, User
from app.services import accounts
from tests.factories import an_account
from tests.journeys import at_once, opened

EMAIL = "claire@exemple.fr"


def user(database: Database) -> User:
    with database.reading() as session:
        return session.scalars(select(User)).unique().one()


def attempt(database: Database, is_valid: bool = False) -> None:
    """Sign in as the form does: the account is read first, then the outcome is noted."""
    with database.transaction() as session:
        held = session.scalars(select(User).where(User.email == EMAIL)).unique().one()
        accounts.note_login(session, EMAIL, is_valid)
        assert held.email == EMAIL


def attempts(url: str, count: int) -> None:
    with opened(url) as database:
        for _ in range(count):
            attempt(database)


def test_an_address_has_one_account_whatever_its_letters(database: Database) -> None:
    an_account(database, "Claire@Exemple.fr ")
    assert user(database).email == EMAIL
    with pytest.raises(accounts.AccountExists):
        an_account(database, "CLAIRE@exemple.fr")
    with pytest.raises(accounts.RoleIsUnknown):
        an_account(database, "paul@exemple.fr", "king")
    assert [role.name for role in user(database).roles] == ["administrator", "analyst"]


def test_repeated_failures_lock_for_a_while(database: Database) -> None:
    an_account(database)
    for _ in range(accounts.FAILURES_BEFORE_LOCK - 1):
        attempt(database)
    with database.reading() as session:
        assert not accounts.is_locked(session, EMAIL)
    attempt(database)
    with database.reading() as session:
        assert accounts.is_locked(session, f" {EMAIL.upper()}")
    with database.transaction() as session:
        session.execute(update(User).values(locked_until=now() - dt.timedelta(seconds=1)))
    with database.reading() as session:
        assert not accounts.is_locked(session, EMAIL)


def test_a_success_forgets_the_failures_and_each_attempt_is_kept(database: Database) -> None:
    an_account(database)
    attempt(database)
    attempt(database, is_valid=True)
    assert user(database).failed_logins == 0
    with database.reading() as session:
        kept = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert kept == ["create-account", "sign-in-refused"]


def test_failures_from_two_processes_are_all_counted(database: Database, database_url: str) -> None:
    an_account(database)
    with database.transaction() as session:
        session.execute(update(User).values(failed_logins=-200))
    at_once(partial(attempts, database_url, 50), partial(attempts, database_url, 50))
    assert user(database).failed_logins == -100


def test_nobody_is_told_by_an_unknown_address(database: Database) -> None:
    with database.transaction() as session:
        accounts.note_login(session, "nobody@exemple.fr", False)
        assert not accounts.is_locked(session, "nobody@exemple.fr")
