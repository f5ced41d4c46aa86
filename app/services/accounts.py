"""Accounts of the staff: made, given roles, locked out after repeated failures."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import now
from app.models import Role, User
from app.models.accounts import ROLES
from app.services import audit

FAILURES_BEFORE_LOCK = 8
LOCK_MINUTES = 15


class AccountExists(Exception):
    """An account has this address already."""


class AccountNotFound(Exception):
    """No account has this address."""


class RoleIsUnknown(Exception):
    """There is no such role."""


def create_account(
    session: Session,
    *,
    email: str,
    name: str,
    password_hash: str,
    roles: Sequence[str],
    actor: User | None = None,
) -> User:
    """Make an account; raises AccountExists, RoleIsUnknown."""
    email = email.strip().lower()
    unknown = [role for role in roles if role not in ROLES]
    if unknown:
        raise RoleIsUnknown(", ".join(unknown))
    if session.scalar(select(User.id).where(func.lower(User.email) == email)) is not None:
        raise AccountExists(email)
    user = User(
        email=email,
        name=name,
        password=password_hash,
        active=True,
        fs_uniquifier=uuid.uuid4().hex,
        failed_logins=0,
        created_at=now(),
        roles=[role_named(session, role) for role in roles],
    )
    session.add(user)
    session.flush()
    audit.record(session, actor, "create-account", f"user {user.id}", roles=list(roles))
    return user


def set_password(session: Session, email: str, password_hash: str, actor: User | None = None) -> None:
    """Give an account another password; its sessions end and its lock is lifted. Raises AccountNotFound."""
    # The form has read the account already: without `populate_existing` its count would be of before the lock.
    locked = select(User).where(func.lower(User.email) == email.strip().lower()).with_for_update(of=User)
    user = session.scalar(locked.execution_options(populate_existing=True))
    if user is None:
        raise AccountNotFound(email)
    user.password, user.fs_uniquifier = password_hash, uuid.uuid4().hex
    user.failed_logins, user.locked_until = 0, None
    audit.record(session, actor, "set-password", f"user {user.id}")


def role_named(session: Session, name: str) -> Role:
    """The role of this name, made at its first use."""
    role = session.scalar(select(Role).where(Role.name == name))
    if role is None:
        role = Role(name=name, description=ROLES[name])
        session.add(role)
    return role


def is_locked(session: Session, email: str) -> bool:
    """Whether sign-in is refused for now, whatever the password."""
    until = session.scalar(select(User.locked_until).where(func.lower(User.email) == email.strip().lower()))
    return until is not None and until > now()


def note_login(session: Session, email: str, is_valid: bool) -> None:
    """Count a failed password, or forget the failures after a right one that nothing else follows."""
    # The form has read the account already: without `populate_existing` its count would be of before the lock.
    locked = select(User).where(func.lower(User.email) == email.strip().lower()).with_for_update(of=User)
    user = session.scalar(locked.execution_options(populate_existing=True))
    if user is None:
        return
    if not is_valid:
        count_failure(session, user)
    elif user.totp_secret is None and not user.passkeys:
        user.failed_logins = 0  # else the second step forgets them: the password alone must not buy more guesses


def count_failure(session: Session, user: User) -> None:
    """One more failed password, code or passkey of an account whose row is locked; the eighth locks the account."""
    user.failed_logins += 1
    audit.record(session, user, "sign-in-refused", f"user {user.id}")
    if user.failed_logins >= FAILURES_BEFORE_LOCK:
        user.locked_until, user.failed_logins = now() + dt.timedelta(minutes=LOCK_MINUTES), 0
        audit.record(session, user, "account-locked", f"user {user.id}")


def number_of(session: Session, email: str) -> int:
    """The number of the account of an address. Raises AccountNotFound."""
    found = session.scalar(select(User.id).where(func.lower(User.email) == email.strip().lower()))
    if found is None:
        raise AccountNotFound(email)
    return found


def hold(session: Session, user_id: int) -> User:
    """An account as it stands now, its row locked until the transaction ends. Raises AccountNotFound."""
    locked = select(User).where(User.id == user_id).with_for_update(of=User)
    user = session.scalar(locked.execution_options(populate_existing=True))
    if user is None:
        raise AccountNotFound(str(user_id))
    return user
