"""Attempts at codes, limited for each address: what an address is called is a hash that means nothing the day after."""

from __future__ import annotations

import datetime as dt
import hmac
import ipaddress
import secrets

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db import now
from app.models import Attempt, Salt

FAILURES_AN_HOUR = 30
"""Of one address, which may be that of a whole office: against 80 bits, any number would do."""
IPV6_NETWORK = 64
"""Bits of an IPv6 address that are one subscriber's: the others are theirs to change at will."""


def blocked_until(session: Session, address: str, limit: int = FAILURES_AN_HOUR) -> dt.datetime | None:
    """When this address may try again; None when it may now. Writes the salt of the day, at its first use.

    `limit`: how many attempts an hour it may fail.
    """
    at = now()
    hour = _hour(at)
    statement = select(Attempt.failures).where(
        Attempt.address_hash == _address_hash(session, address, at), Attempt.hour == hour
    )
    failures = session.scalar(statement) or 0
    return hour + dt.timedelta(hours=1) if failures >= limit else None


def count(session: Session, address: str) -> None:
    """One more attempt of this address: a code that opened nothing, an e-mail. A right code takes none off."""
    at = now()
    key = {"address_hash": _address_hash(session, address, at), "hour": _hour(at)}
    if _add_one(session, key):
        return
    try:
        with session.begin_nested():
            session.add(Attempt(**key, failures=1))
    except IntegrityError:  # the same address failed elsewhere at this very moment
        _add_one(session, key)


def forget_past_days(session: Session) -> None:
    """Delete the salts and the attempts of the days before: no address can be found again from then on."""
    today = now().date()
    if session.scalar(select(Salt.on_day).where(Salt.on_day < today).limit(1)) is None:
        return  # an attempt is never older than the salt of its day
    session.execute(delete(Salt).where(Salt.on_day < today))
    session.execute(delete(Attempt).where(Attempt.hour < dt.datetime.combine(today, dt.time(), dt.UTC)))


def _add_one(session: Session, key: dict[str, object]) -> bool:
    counted = session.execute(
        update(Attempt)
        .where(*(getattr(Attempt, name) == value for name, value in key.items()))
        .values(failures=Attempt.failures + 1)
        .execution_options(synchronize_session=False)
        .returning(Attempt.failures)
    )
    return counted.first() is not None


def _address_hash(session: Session, address: str, at: dt.datetime) -> str:
    return hmac.digest(_salt(session, at.date()).encode(), _network(address).encode(), "sha256").hex()


def _network(address: str) -> str:
    """What stands for whoever has this address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, IPV6_NETWORK), strict=False))
    return str(found)


def _salt(session: Session, day: dt.date) -> str:
    """The salt of a day, drawn at its first use."""
    statement = select(Salt.salt).where(Salt.on_day == day)
    found = session.scalar(statement)
    if found is None:
        try:
            with session.begin_nested():
                session.add(Salt(on_day=day, salt=secrets.token_hex(32)))
        except IntegrityError:
            pass  # drawn elsewhere at this very moment
        found = session.scalars(statement).one()
    return found


def _hour(at: dt.datetime) -> dt.datetime:
    return at.replace(minute=0, second=0, microsecond=0)
