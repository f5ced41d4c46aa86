"""Accounts of the staff: the only tables that know Flask-Security."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_security import RoleMixin, UserMixin
from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base

ROLES = {
    "administrator": "Opens waves, manages accounts, sees everything",
    "designer": "Designs and publishes questionnaires",
    "analyst": "Reads and downloads aggregates",
    "interviewer": "Asks by telephone and enters paper forms",
}

users_roles = Table(
    "users_roles",
    Base.metadata,
    Column("user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", Integer, ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True),
)


class Role(Base, RoleMixin):
    """A role: administrator, designer, analyst."""

    __tablename__ = "roles"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    description: Mapped[str] = mapped_column(String(200))


class User(Base, UserMixin):
    """A person with an account (a respondent has none)."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password: Mapped[str] = mapped_column(String(255))
    active: Mapped[bool]
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    failed_logins: Mapped[int]
    locked_until: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
    language: Mapped[str | None] = mapped_column(String(8))
    totp_secret: Mapped[str | None] = mapped_column(String(255))
    """Of the authenticator; encrypted by a key that is derived from the secret of the installation."""
    totp_counter: Mapped[int | None] = mapped_column(BigInteger)
    """The half-minute of the last code that was accepted: a code opens once."""
    recovery_codes: Mapped[list[Any] | None]
    """Hashes of those that are left."""
    roles: Mapped[list[Role]] = relationship(  # type: ignore[assignment]  # the mixin types it by its own role
        secondary=users_roles, lazy="joined", order_by=Role.name
    )
    passkeys: Mapped[list[Passkey]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="Passkey.id"
    )


class Passkey(Base):
    """The public half of a key that stays in a device of the person."""

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1024), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime]


class SignIn(Base):
    """A session of an account in one browser, from its sign-in to its end; the cookie holds what `key_hash` hashes."""

    __tablename__ = "sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    means: Mapped[str] = mapped_column(String(24))
    """How the person signed in: password, passkey, provider."""
    agent: Mapped[str] = mapped_column(String(80))
    """The browser and the system, in a few words: never the whole header, never an address."""
    started_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]


class Invited(Base):
    """An invitation to open an account: one link, which opens once and for seven days."""

    __tablename__ = "invited"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    roles: Mapped[list[Any]]
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
    withdrawn_at: Mapped[dt.datetime | None]


class Identity(Base):
    """An account of an OpenID Connect provider, tied to an account of the staff."""

    __tablename__ = "identities"

    issuer: Mapped[str] = mapped_column(String(254), primary_key=True)
    subject: Mapped[str] = mapped_column(String(254), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    linked_at: Mapped[dt.datetime]
