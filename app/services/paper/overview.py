"""Where the forms of a wave stand, and how well each person types."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from app.models import PaperForm, User

FORM_STATUSES = ("first_entry", "to_enter_again", "second_entry", "differs", "done")
MOST_LISTED = 500


@dataclass(frozen=True, slots=True)
class FormRow:
    """A form as lists show it; people by their names."""

    number: int
    status: str
    first_by: str
    second_by: str | None
    settled_by: str | None
    differences: int | None
    updated_at: dt.datetime


@dataclass(frozen=True, slots=True)
class OperatorQuality:
    """Of one person: forms typed, compared and sent, questions read differently, those read wrongly by them."""

    name: str
    forms: int
    differences: int
    errors: int

    @property
    def per_form(self) -> float:
        """Errors in a form, on average."""
        return self.errors / self.forms


def count_forms(session: Session, wave_id: int) -> Mapping[str, int]:
    """Status -> how many forms; every status is there."""
    rows = session.execute(
        select(PaperForm.status, func.count()).where(PaperForm.wave_id == wave_id).group_by(PaperForm.status)
    )
    found = {str(row[0]): int(row[1]) for row in rows}
    return {status: found.get(status, 0) for status in FORM_STATUSES}


def list_forms(session: Session, wave_id: int, status: str = "", number: int | None = None) -> list[FormRow]:
    """The forms of a wave, of one status or number or all, the latest touched first; at most MOST_LISTED."""
    first, second, settler = aliased(User), aliased(User), aliased(User)
    statement = (
        select(PaperForm, first.name, second.name, settler.name)
        .join(first, first.id == PaperForm.first_by)
        .outerjoin(second, second.id == PaperForm.second_by)
        .outerjoin(settler, settler.id == PaperForm.settled_by)
        .where(PaperForm.wave_id == wave_id)
        .order_by(PaperForm.updated_at.desc(), PaperForm.number)
        .limit(MOST_LISTED)
    )
    if status:
        statement = statement.where(PaperForm.status == status)
    if number is not None:
        statement = statement.where(PaperForm.number == number)
    return [
        FormRow(form.number, form.status, one, other, settled, form.differences, form.updated_at)
        for form, one, other, settled in session.execute(statement)
    ]


def rate_operators(session: Session, wave_id: int) -> list[OperatorQuality]:
    """Everyone who has typed a form that is done, by name."""
    found: dict[int, tuple[str, int, int, int]] = {}
    for typist, errors in (
        (PaperForm.first_by, PaperForm.first_errors),
        (PaperForm.second_by, PaperForm.second_errors),
    ):
        rows = session.execute(
            select(
                User.id,
                User.name,
                func.count(),
                func.sum(PaperForm.differences),
                func.sum(errors),
            )
            .join(User, User.id == typist)
            .where(PaperForm.wave_id == wave_id, errors.is_not(None))
            .group_by(User.id, User.name)
        )
        for user_id, name, forms, differences, wrong in rows:
            _, *before = found.get(user_id, (name, 0, 0, 0))
            found[user_id] = (name, before[0] + forms, before[1] + int(differences or 0), before[2] + int(wrong or 0))
    return [OperatorQuality(*one) for one in sorted(found.values())]
