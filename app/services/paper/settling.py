"""Two entries that differ: each question is settled with the paper at hand, then the form is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import READ_ONLY
from app.jobs import Sender
from app.models import PaperForm, User, Wave
from app.services import audit
from app.services.paper.comparing import Reading, differing_questions, in_order, is_read_alike, keys_of, read_entry
from app.services.paper.entering import FormHasBothEntries, FormNotFound, entry_state, find_form, send_form
from app.services.responding import ResponseState
from app.services.responding.responses import require_open, write_given
from questionnaires import validation
from questionnaires.model import Absence, Answer
from questionnaires.problems import Problem

Choice = Literal["first", "second"] | Mapping[str, Answer | None]
"""How a question is settled: as one of the entries has it, or by other answers (None: blank)."""


@dataclass(frozen=True, slots=True)
class Settling:
    """A form whose entries differ: `questions` in the order of the version."""

    form: PaperForm
    first: ResponseState
    second: ResponseState
    questions: tuple[str, ...]

    @property
    def readings(self) -> tuple[Reading, Reading]:
        """What each entry says."""
        return read_entry(self.first), read_entry(self.second)


@dataclass(frozen=True, slots=True)
class Unsettled:
    """What was settled leads on: these questions are still to be read on the paper, or to be put right."""

    questions: tuple[str, ...]
    problems: tuple[Problem, ...]
    merged: ResponseState


def find_settling(session: Session, wave_key: str, number: int, secret_key: str) -> Settling:
    """The form and its two entries. Raises FormNotFound, FormHasBothEntries (done), EntryIsOver."""
    is_writing = not session.info.get(READ_ONLY, False)
    wave_id = session.scalar(select(Wave.id).where(Wave.key == wave_key))
    form = None if wave_id is None else find_form(session, wave_id, number, is_writing)
    if form is None or form.status in ("first_entry", "to_enter_again", "second_entry"):
        raise FormNotFound(number)
    if form.status == "done":
        raise FormHasBothEntries(form.status)
    first = entry_state(session, wave_key, form.first_id, secret_key)
    second = entry_state(session, wave_key, form.second_id, secret_key)
    return Settling(form, first, second, differing_questions(first, second))


def settle_form(
    session: Session,
    settling: Settling,
    choices: Mapping[str, Choice],
    user: User,
    secret_key: str,
    sender: Sender | None,
) -> Unsettled | None:
    """Send the form as it was settled, all in one; None when it is sent.

    `choices`: for every question of `settling`, and for those that an earlier attempt told of. Raises WaveIsClosed,
    WaveIsNotOpen.
    """
    first, second, form = settling.first, settling.second, settling.form
    require_open(first.wave_status)
    merged = _merge(settling, choices)
    undecided = {name for name in settling.questions if name not in choices}
    problems = validation.check_response(merged.questionnaire, merged.context, merged.given, merged.path)
    blocking = tuple(one for one in problems if one.is_blocking)
    wrong = {one.place.question for one in blocking if one.place.question is not None}
    open_questions = undecided | wrong | _unanswered(merged)
    if open_questions:
        return Unsettled(in_order(merged.questionnaire, open_questions), blocking, merged)
    final = write_given(session, first, dict(merged.given), merged.path)
    form.first_errors = sum(not is_read_alike(name, final, first) for name in settling.questions)
    form.second_errors = sum(not is_read_alike(name, final, second) for name in settling.questions)
    form.settled_by = user.id
    send_form(session, form, final, secret_key, sender)
    audit.record(session, user, "settle-paper-form", first.wave_key, form=form.number, questions=form.differences)
    return None


def _merge(settling: Settling, choices: Mapping[str, Choice]) -> ResponseState:
    """The first entry with each question as it was settled.

    What an entry holds of a question that it did not come to is no reading of the paper: it is left out, so that a
    choice that leads there asks for it.
    """
    first = settling.first
    readings = dict(zip(("first", "second"), settling.readings, strict=True))
    given = {"first": first.given, "second": settling.second.given}
    merged: dict[str, Answer] = {
        key: answer for key, answer in first.given.items() if _owner(first, key) in (None, *readings["first"])
    }
    for name, choice in choices.items():
        question = first.questionnaire.question(name)
        source: Mapping[str, Answer | None]
        if isinstance(choice, str):
            source = given[choice] if name in readings[choice] else {}
        else:
            source = dict.fromkeys(question.answers, Absence.SKIPPED) | {
                key: answer for key, answer in choice.items() if answer is not None
            }
        for key in keys_of(question, [*merged, *source]):
            answer = source.get(key)
            if answer is not None:
                merged[key] = answer
            else:
                merged.pop(key, None)
    return replace(first, given=merged)


def _owner(state: ResponseState, key: str) -> str | None:
    """The question of a key of the given document; None of what belongs to none, as a warning that was passed."""
    try:
        return state.questionnaire.question_of(key).name
    except KeyError:
        return None


def _unanswered(state: ResponseState) -> set[str]:
    """The questions of the path that neither entry came to."""
    path, of = state.path, state.questionnaire.question
    shown = (name for names in path.shown.values() for name in names)
    return {name for name in shown if any(path.causes.get(key) is Absence.NOT_REACHED for key in of(name).answers)}
