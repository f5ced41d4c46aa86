"""The entries of a form: opened by one person each, finished, compared, sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db import READ_ONLY, now
from app.jobs import Sender
from app.models import PaperForm, Response, User, Wave
from app.services import audit, responding
from app.services.paper.comparing import differing_questions
from app.services.responding import Entry, Incomplete, ResponseState, Submitted
from app.services.responding.responses import require_open
from app.services.responding.saving import take_exit
from questionnaires import validation

Finished = Literal["to_enter_again", "differs", "done"]
"""The status of a form once an entry of it is finished."""


class FormNotFound(Exception):
    """No form of the wave has this number."""


class FormIsTaken(Exception):
    """Somebody else is typing this form."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class FormNeedsSomebodyElse(Exception):
    """Who typed a form once does not type it again: the second entry would repeat the mistakes of the first."""


class FormHasBothEntries(Exception):
    """A form was typed twice already; `status` says whether the entries differ or it is done."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class EntryIsOver(Exception):
    """An entry was finished, or given up: its answers are no longer written."""


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """An entry that is being typed; `token` opens its pages."""

    token: str
    number: int
    is_second: bool


def open_form(
    session: Session, wave_key: str, number: int, language: str, secret_key: str, agreement: dict[str, str], user: User
) -> OpenEntry:
    """The entry of a form that this person may type: the first, the second, or theirs that goes on.

    `agreement`: what the form says of the notice; see `interviewing.agree`. Raises FormIsTaken,
    FormNeedsSomebodyElse, FormHasBothEntries, WaveNotFound, WaveIsNotOpen, WaveIsClosed.
    """
    entry = responding.open_entry(session, wave_key)
    require_open(entry.status)
    form = find_form(session, entry.wave_id, number) or _add_form(session, entry, number, user)
    if form.status in ("differs", "done"):
        raise FormHasBothEntries(form.status)
    is_second = form.status != "first_entry"
    if is_second and form.first_by == user.id:
        raise FormNeedsSomebodyElse
    if form.status == "to_enter_again":
        form.status, form.second_by, form.updated_at = "second_entry", user.id, now()
    holder = form.second_by if is_second else form.first_by
    if holder != user.id:
        raise FormIsTaken(session.get_one(User, holder).name)
    row_id = form.second_id if is_second else form.first_id
    if row_id is not None:
        return OpenEntry(token_of(session, row_id, secret_key), number, is_second)
    # Both entries are of one form, whatever version the wave asks since: they are compared answer by answer.
    first = session.get(Response, form.first_id) if is_second and form.first_id is not None else None
    started = responding.start_response(
        session,
        wave_key,
        language,
        secret_key,
        mode="paper",
        consent=agreement,
        version_id=first.version_id if first is not None else None,
    )
    if is_second:
        form.second_id = started.response_id
    else:
        form.first_id = started.response_id
    return OpenEntry(started.token, number, is_second)


def find_form(session: Session, wave_id: int, number: int, is_locked: bool = True) -> PaperForm | None:
    """The form of this number, locked until the transaction ends."""
    statement = select(PaperForm).where(PaperForm.wave_id == wave_id, PaperForm.number == number)
    if is_locked:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalar(statement)


def _add_form(session: Session, entry: Entry, number: int, user: User) -> PaperForm:
    """A new form; when somebody typed its number at the same moment, theirs."""
    at = now()
    form = PaperForm(
        wave_id=entry.wave_id, number=number, status="first_entry", first_by=user.id, created_at=at, updated_at=at
    )
    try:
        with session.begin_nested():
            session.add(form)
    except IntegrityError:
        found = find_form(session, entry.wave_id, number)
        if found is None:
            raise
        return found
    return form


def token_of(session: Session, response_id: int, secret_key: str) -> str:
    """The token of an entry, which is derived from its public id."""
    public_id = session.scalars(select(Response.public_id).where(Response.id == response_id)).one()
    return responding.response_token(secret_key, public_id)


def entry_of(session: Session, response_id: int) -> tuple[PaperForm, bool] | None:
    """The form of which this response is an entry, and whether the second; None of no form."""
    ours = or_(PaperForm.first_id == response_id, PaperForm.second_id == response_id)
    form = session.scalar(select(PaperForm).where(ours).execution_options(populate_existing=True))
    return None if form is None else (form, form.second_id == response_id)


def require_entry(session: Session, response_id: int, user_id: int) -> None:
    """Raises EntryIsOver unless this response is an entry that this person is typing."""
    found = entry_of(session, response_id)
    if found is None or not _is_typing(*found, user_id):
        raise EntryIsOver


def _is_typing(form: PaperForm, is_second: bool, user_id: int) -> bool:
    holder = form.second_by if is_second else form.first_by
    return form.status == ("second_entry" if is_second else "first_entry") and holder == user_id


def finish_entry(
    session: Session, state: ResponseState, secret_key: str, sender: Sender | None
) -> Finished | Incomplete:
    """End an entry, its response locked: the first then waits for the second, the second is compared with the first.

    Raises EntryIsOver, WaveIsNotOpen, WaveIsClosed.
    """
    require_open(state.wave_status)
    found = entry_of(session, state.id)
    form = None if found is None else find_form(session, state.wave_id, found[0].number)
    if form is None or form.status not in ("first_entry", "second_entry"):
        raise EntryIsOver
    is_second = form.second_id == state.id
    if is_second != (form.status == "second_entry"):
        raise EntryIsOver
    page = unfinished_page(state)
    if page is not None:
        return Incomplete(page)
    form.updated_at = now()
    if not is_second:
        form.status = "to_enter_again"
        return "to_enter_again"
    first = entry_state(session, state.wave_key, form.first_id, secret_key)
    differing = differing_questions(first, state)
    form.differences = len(differing)
    if differing:
        form.status = "differs"
        return "differs"
    form.first_errors = form.second_errors = 0
    send_form(session, form, first, secret_key, sender)
    return "done"


def unfinished_page(state: ResponseState) -> str | None:
    """The page that keeps an entry from being finished, None when nothing does. Reaching an exit finishes it."""
    if state.path.first_incomplete is not None:
        return state.path.first_incomplete
    found = validation.check_response(state.questionnaire, state.context, state.given, state.path)
    return next((one.place.page or state.path.pages[-1] for one in found if one.is_blocking), None)


def entry_state(session: Session, wave_key: str, response_id: int | None, secret_key: str) -> ResponseState:
    """The response of an entry, locked; raises EntryIsOver when it is gone."""
    token = None if response_id is None else token_of(session, response_id, secret_key)
    is_writing = not session.info.get(READ_ONLY, False)
    state = None if token is None else responding.find_response(session, wave_key, token, is_writing)
    if state is None:
        raise EntryIsOver
    return state


def send_form(session: Session, form: PaperForm, first: ResponseState, secret_key: str, sender: Sender | None) -> None:
    """Send the first entry as the response of the form, or leave at its exit; the second entry goes."""
    second_id, form.second_id = form.second_id, None
    form.status, form.updated_at = "done", now()
    taken = first.path.exit
    if taken is not None:
        if not taken.keep:
            form.first_id = None
        session.flush()
        take_exit(session, first, taken)
    else:
        session.flush()
        token = token_of(session, first.id, secret_key)
        sent = responding.submit_response(session, first.wave_key, token, secret_key, sender)
        if not isinstance(sent, Submitted):
            raise EntryIsOver(sent.page)
    session.execute(delete(Response).where(Response.id == second_id))


def discard_entry(session: Session, wave_key: str, number: int, actor: User) -> None:
    """Give up the last entry of a form, for whoever left it unfinished or typed another form under its number.

    Without any entry left there is no form. Raises FormNotFound, FormHasBothEntries (done: it was sent).
    """
    wave_id = session.scalar(select(Wave.id).where(Wave.key == wave_key))
    # The entries before the form, as whoever finishes one does: in another order the two would wait for each other.
    of_form = (PaperForm.wave_id == wave_id, PaperForm.number == number)
    entries = select(PaperForm.first_id).where(*of_form).union(select(PaperForm.second_id).where(*of_form))
    session.execute(select(Response.id).where(Response.id.in_(entries)).order_by(Response.id).with_for_update())
    form = None if wave_id is None else find_form(session, wave_id, number)
    if form is None:
        raise FormNotFound(number)
    if form.status == "done":
        raise FormHasBothEntries(form.status)
    is_second = form.status in ("second_entry", "differs")
    response_id = form.second_id if is_second else form.first_id
    if is_second:
        form.status, form.second_id, form.second_by = "to_enter_again", None, None
        form.differences, form.updated_at = None, now()
    else:
        session.delete(form)
    session.flush()
    session.execute(delete(Response).where(Response.id == response_id))
    audit.record(session, actor, "discard-paper-entry", wave_key, form=number, entry=2 if is_second else 1)
