"""Who is of the staff: invitations, roles, accounts closed and opened again, second factors taken away."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.db import now
from app.models import Invited, Role, User
from app.models.accounts import ROLES
from app.services import accounts, audit, sign_ins
from app.services.rights import NotAllowed

INVITED_FOR = dt.timedelta(days=7)


class LastAdministrator(Exception):
    """Without this account nobody would administer the platform."""


class InvitationIsOver(Exception):
    """This link has been used, withdrawn, is too old, or never was."""


class ReasonIsMissing(ValueError):
    """Taking a second factor away needs a reason, for the audit log."""


def invite(session: Session, actor: User | None, email: str, roles: Sequence[str]) -> str:
    """Invite someone; gives the code that the link holds, in clear this once.

    Whoever was invited before under this address has only this link from then on. Raises AccountExists,
    RoleIsUnknown, NotAllowed.
    """
    _require_administrator(actor)
    email = email.strip().lower()
    if not roles or not set(roles) <= set(ROLES):
        raise accounts.RoleIsUnknown(", ".join(roles))
    if session.scalar(select(User.id).where(func.lower(User.email) == email)) is not None:
        raise accounts.AccountExists(email)
    at, code = now(), secrets.token_urlsafe(24)
    for one in session.scalars(select(Invited).where(Invited.email == email, *_standing(at))):
        one.withdrawn_at = at
    row = Invited(
        email=email,
        roles=list(roles),
        code_hash=_hash(code),
        invited_by=actor.id if actor else None,
        created_at=at,
        expires_at=at + INVITED_FOR,
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "invite", f"invitation {row.id}", roles=list(roles))
    return code


def invitations(session: Session) -> Sequence[Invited]:
    """The invitations that may still be used, the latest first."""
    return session.scalars(select(Invited).where(*_standing(now())).order_by(Invited.id.desc())).all()


def find_invitation(session: Session, code: str) -> Invited:
    """The invitation of a link. Raises InvitationIsOver."""
    found = session.scalar(select(Invited).where(Invited.code_hash == _hash(code), *_standing(now())).with_for_update())
    if found is None:
        raise InvitationIsOver
    return found


def accept_invitation(session: Session, code: str, name: str, password_hash: str) -> User:
    """Make the account of an invitation, which opens nothing more. Raises InvitationIsOver, AccountExists."""
    found = find_invitation(session, code)
    user = accounts.create_account(
        session, email=found.email, name=name, password_hash=password_hash, roles=[str(role) for role in found.roles]
    )
    found.used_at = now()
    audit.record(session, user, "accept-invitation", f"invitation {found.id}")
    return user


def withdraw_invitation(session: Session, actor: User, invitation_id: int) -> None:
    """Have a link open nothing any more."""
    _require_administrator(actor)
    found = session.get(Invited, invitation_id)
    if found is not None and found.used_at is None and found.withdrawn_at is None:
        found.withdrawn_at = now()
        audit.record(session, actor, "withdraw-invitation", f"invitation {invitation_id}")


def everyone(session: Session) -> Sequence[User]:
    """All accounts, by name."""
    return session.scalars(select(User).order_by(func.lower(User.name), User.id)).unique().all()


def set_roles(session: Session, actor: User | None, user_id: int, roles: Sequence[str]) -> None:
    """Give an account these roles and no other. Raises LastAdministrator, RoleIsUnknown, NotAllowed."""
    _require_administrator(actor)
    if not set(roles) <= set(ROLES):
        raise accounts.RoleIsUnknown(", ".join(roles))
    others = _other_administrators(session, user_id)
    user = accounts.hold(session, user_id)
    before = [role.name for role in user.roles]
    if "administrator" in before and "administrator" not in roles and not others:
        raise LastAdministrator
    user.roles = [accounts.role_named(session, name) for name in roles]
    audit.record(session, actor, "set-roles", f"user {user_id}", before=before, after=sorted(roles))


def set_active(session: Session, actor: User | None, user_id: int, is_active: bool) -> None:
    """Close an account, whose sessions end, or open it again. Raises LastAdministrator, NotAllowed."""
    _require_administrator(actor)
    others = _other_administrators(session, user_id)
    user = accounts.hold(session, user_id)
    if not is_active and user.has_role("administrator") and not others:
        raise LastAdministrator
    user.active = is_active
    if not is_active:
        sign_ins.end(session, actor, user_id)
    audit.record(session, actor, "open-account" if is_active else "close-account", f"user {user_id}")


def reset_second_factor(session: Session, actor: User | None, user_id: int, reason: str) -> None:
    """Take away what someone has lost: authenticator, passkeys, recovery codes; every session ends.

    Raises ReasonIsMissing, AccountNotFound, NotAllowed.
    """
    _require_administrator(actor)
    if not reason.strip():
        raise ReasonIsMissing
    user = accounts.hold(session, user_id)
    user.totp_secret = user.totp_counter = user.recovery_codes = None
    user.passkeys.clear()
    sign_ins.end(session, actor, user_id)
    audit.record(session, actor, "reset-second-factor", f"user {user_id}", reason=reason.strip()[:300])


def end_sessions(session: Session, actor: User, user_id: int) -> None:
    """Sign an account out everywhere. Raises NotAllowed."""
    _require_administrator(actor)
    sign_ins.end(session, actor, user_id)


def _require_administrator(actor: User | None) -> None:
    """Go on for an administrator, and for the command line."""
    if actor is not None and not actor.has_role("administrator"):
        raise NotAllowed("administer", "accounts")


def _other_administrators(session: Session, user_id: int) -> int:
    """How many other active administrators there are; their rows are locked, in one order, against two at a time."""
    held = select(User.id).where(User.roles.any(Role.name == "administrator"), User.active.is_(True))
    return sum(1 for one in session.scalars(held.order_by(User.id).with_for_update(of=User)) if one != user_id)


def _standing(at: dt.datetime) -> tuple[ColumnElement[bool], ...]:
    return (Invited.used_at.is_(None), Invited.withdrawn_at.is_(None), Invited.expires_at > at)


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
