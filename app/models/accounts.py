"""Accounts of the staff: the only tables that know Flask-Security."""

from __future__ import annotations

import datetime as dt

from flask_security import RoleMixin, UserMixin
from sqlalchemy import Column, ForeignKey, Integer, String, Table
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
    roles: Mapped[list[Role]] = relationship(  # type: ignore[assignment]  # the mixin types it by its own role
        secondary=users_roles, lazy="joined", order_by=Role.name
    )
