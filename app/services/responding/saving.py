"""A page is saved: merged into what is stored, checked when the respondent goes on, written once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.db import now
from app.models import ScreenOut
from app.services import paradata
from app.services.responding.merging import Earlier, known_after, merge_page, without_new_items
from app.services.responding.responses import RESPONSES, ResponseIsSent, ResponseState, lock_response, write_given
from app.services.responding.sending import take_back
from questionnaires import validation
from questionnaires.model import (
    Absence,
    Answer,
    Exit,
    MultipleChoice,
    Question,
    Questionnaire,
    SingleChoice,
    item_name,
    specify_name,
    split_item,
)
from questionnaires.problems import Problem, Severity
from questionnaires.routing import Path, path

_BLANKS = ("answer-required", "answer-recommended")


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a page that was posted.

    `problems`: what keeps the respondent on the page, with whatever else there is to say of it then; empty when
    nothing does. `conflicts`: answers that another tab changed meanwhile, with what is stored now; the posted
    ones were not kept. `next_page`: None at the end of the path and when the respondent stays. `passed`: the
    warnings that the respondent has passed by going on.
    """

    problems: tuple[Problem, ...]
    conflicts: Mapping[str, Answer | None]
    next_page: str | None
    exit: Exit | None
    state: ResponseState
    passed: tuple[Problem, ...] = ()

    @property
    def stays(self) -> bool:
        """Whether the page has to be shown again."""
        return bool(self.problems or self.conflicts)


def save_page(
    session: Session,
    wave_key: str,
    token: str,
    page: str,
    answers: Mapping[str, Answer | None],
    base: Mapping[str, Answer | None],
    passing: bool,
    accepted: frozenset[str] = frozenset(),
    locked: ResponseState | None = None,
    earlier: Earlier = (),
) -> Saved:
    """Merge the answers of one page into the response.

    `page`: its name, `page.2` for that of an item. `answers`: what was posted and is valid by itself, None where
    left blank. `base`: what the page showed when it was made. `passing`: the respondent wants to go on, so blanks
    become SKIPPED and the page is checked. `accepted`: keys (`problem_key`) of the warnings already shown, which
    no longer hold the respondent. `earlier`: what this same tab posted before, never told whether it was saved.
    Raises ResponseNotFound, ResponseIsSent, WaveIsClosed.
    """
    state = lock_response(session, wave_key, token, locked)
    if not state.is_writable:
        raise ResponseIsSent
    weighed = weigh_page(state, page, answers, base, passing, accepted, earlier)
    problems, conflicts, passed = weighed.problems, weighed.conflicts, weighed.passed
    state = write_given(session, state, weighed.merged, weighed.route)
    if problems or conflicts:
        return Saved(problems, conflicts, None, None, state)
    route = state.path
    # An entry of a paper form leaves when it was compared with the other: a person is counted once.
    if passing and route.exit is not None and route.pages[-1] == page and state.mode != "paper":
        take_exit(session, state, route.exit)
        return Saved((), {}, None, route.exit, state, passed)
    stays = passing and route.first_incomplete == page  # an answer opened a question further down this page
    return Saved((), {}, page if stays else route.after(page), None, state, passed)


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a posted page comes to before anything is written; the words of `Saved`. `route`: the path, if known."""

    merged: dict[str, Answer]
    conflicts: Mapping[str, Answer | None]
    problems: tuple[Problem, ...]
    passed: tuple[Problem, ...]
    route: Path | None


def weigh_page(
    state: ResponseState,
    page: str,
    answers: Mapping[str, Answer | None],
    base: Mapping[str, Answer | None],
    passing: bool,
    accepted: frozenset[str] = frozenset(),
    earlier: Earlier = (),
) -> Weighed:
    """The answers of one page merged into those of a response, and checked when it is passed; see `save_page`."""
    questionnaire = state.questionnaire
    merged, conflicts = merge_page(questionnaire, page, state.given, answers, base, earlier)
    problems: tuple[Problem, ...] = ()
    passed: tuple[Problem, ...] = ()
    route: Path | None = None
    if passing:
        _skip_blanks(questionnaire, merged, answers, conflicts)
        if not conflicts:
            route = path(questionnaire, state.context, merged)
            every = validation.check_page(questionnaire, state.context, merged, page, route)
            found = [problem for problem in every if is_put(questionnaire, problem, answers, merged)]
            problems = _holding(found, accepted, state.given, merged)
            if not problems:
                passed = tuple(problem for problem in found if problem.severity is Severity.WARNING)
                if _confirm_warnings(questionnaire, page, found, merged):
                    route = None  # it tells which warnings were passed
    return Weighed(merged, conflicts, problems, passed, route)


def keep_page(
    session: Session,
    wave_key: str,
    token: str,
    page: str,
    answers: Mapping[str, Answer | None],
    base: Mapping[str, Answer | None],
    locked: ResponseState | None = None,
    earlier: Earlier = (),
) -> tuple[ResponseState, dict[str, Answer | None]]:
    """Keep the answers of a page that stays open: (the response, what the page may take as its base from now on).

    Nothing is checked, no blank is skipped, nobody leaves. What another tab changed stays as it is, and the base
    as it was, so that the respondent is told when going on. Raises as `save_page`.
    """
    state = lock_response(session, wave_key, token, locked)
    if not state.is_writable:
        raise ResponseIsSent
    steady = without_new_items(state.questionnaire, page, state.given, answers, base)
    merged, _ = merge_page(state.questionnaire, page, state.given, steady, base, earlier)
    state = write_given(session, state, merged)
    return state, known_after(state.given, steady, base)


def problem_key(problem: Problem) -> str:
    """What tells one problem of a page from another, for warnings that were already shown."""
    place = problem.place
    return ":".join((problem.code, place.question or "", place.variable or "", str(problem.data.get("check", ""))))


def is_put(
    questionnaire: Questionnaire, problem: Problem, answers: Mapping[str, Answer | None], given: Mapping[str, Answer]
) -> bool:
    """Whether a problem is about something that was put to the respondent.

    A question that these very answers have opened, further down the page, was seen by nobody: that it is blank is
    no fault yet.
    """
    if problem.code not in _BLANKS or problem.place.question is None:
        return True
    own = questionnaire.question(problem.place.question).answers
    wanted = (problem.place.variable,) if problem.place.variable in own else own
    return any(key in answers or key in given for key in wanted)


def set_language(session: Session, wave_key: str, token: str, language: str) -> None:
    """Go on in another language of the version; one it does not have changes nothing."""
    state = lock_response(session, wave_key, token)
    if language in state.questionnaire.languages and language != state.language:
        session.execute(update(RESPONSES).where(RESPONSES.c.id == state.id).values(language=language))


# -- blanks ---------------------------------------------------------------------------------------


def _skip_blanks(
    questionnaire: Questionnaire,
    merged: dict[str, Answer],
    answers: Mapping[str, Answer | None],
    conflicts: Mapping[str, Answer | None],
) -> None:
    """What was put and left blank is skipped, for good or until it is answered."""
    for key, answer in answers.items():
        if answer is None and key not in merged and key not in conflicts:
            question = questionnaire.question_of(key)
            if key in question.answers or _is_specified(question, key, merged):
                merged[key] = Absence.SKIPPED


def _is_specified(question: Question, key: str, given: Mapping[str, Answer]) -> bool:
    """Whether these are the words of a choice that was chosen. No other detail is asked for by itself."""
    if not isinstance(question, SingleChoice | MultipleChoice):
        return False
    chosen = given.get(question.name)
    codes = chosen if isinstance(chosen, tuple) else (chosen,)
    specified = (choice for choice in question.choices if choice.specify is not None)
    return any(choice.code in codes for choice in specified if specify_name(question.name, choice) == key)


# -- warnings -------------------------------------------------------------------------------------


def _holding(
    found: Sequence[Problem], accepted: frozenset[str], stored: Mapping[str, Answer], merged: Mapping[str, Answer]
) -> tuple[Problem, ...]:
    """What keeps the respondent on the page, and with it what informs; nothing when nothing keeps.

    A warning keeps once: not when it was shown just now, nor when it was passed before and nothing changed since.
    """
    is_unchanged = merged == stored

    def holds(problem: Problem) -> bool:
        if problem.severity is not Severity.WARNING:
            return problem.is_blocking
        return problem_key(problem) not in accepted and not (is_unchanged and _is_confirmed(problem, stored))

    held = [problem for problem in found if holds(problem)]
    informing = [problem for problem in found if problem.severity is Severity.INFORMATION]
    return (*held, *informing) if held else ()


def _is_confirmed(problem: Problem, stored: Mapping[str, Answer]) -> bool:
    page, check = problem.place.page, problem.data.get("check")
    return page is not None and check is not None and _confirmation(str(check), page) in stored


def _confirmation(check: str, page: str) -> str:
    """The key under which the passing of a warning is recorded."""
    item = split_item(page)[1]
    return f"check:{check}" if item is None else item_name(f"check:{check}", item)


def _confirm_warnings(
    questionnaire: Questionnaire, page: str, found: Sequence[Problem], merged: dict[str, Answer]
) -> bool:
    """Record the warnings that are passed, and whether any was; one that stands no more leaves no trace."""
    standing = {problem.data.get("check") for problem in found}
    keys = len(merged)
    for check in questionnaire.page(page).checks:
        if check.severity is not Severity.WARNING:
            continue
        key = _confirmation(check.name, page)
        if check.name in standing:
            merged[key] = 1
        else:
            merged.pop(key, None)
    return bool(standing - {None}) or len(merged) != keys


# -- leaving --------------------------------------------------------------------------------------


def take_exit(session: Session, state: ResponseState, taken: Exit) -> None:
    """End a response at an exit: of someone outside the universe only the count is kept.

    A correction ends nothing: what was sent stays until its respondent sends again, gives up or withdraws.
    """
    if state.disposition == "correcting":
        return
    was_counted = take_back(session, state.id, state.wave_id, state.version_id, is_partial=True)
    if taken.keep:
        session.execute(update(RESPONSES).where(RESPONSES.c.id == state.id).values(disposition="screened_out"))
        return
    if was_counted:
        _empty(session, state)
        return
    session.execute(delete(RESPONSES).where(RESPONSES.c.id == state.id))
    paradata.forget(session, state.id)
    session.add(ScreenOut(wave_id=state.wave_id, exit_name=taken.name, counted_on=now().date()))


def _empty(session: Session, state: ResponseState) -> None:
    """Keep the row alone of a response that was counted while it was left: what takes it out again is about it.

    Its cookie and its codes open nothing any more, as if it were gone.
    """
    emptied: dict[str, object] = {
        "disposition": "screened_out",
        "given": {},
        "context": {},
        "consent": None,
        "token_hash": secrets.token_hex(32),
        "receipt_hash": None,
        "invitation_link": None,
    }
    session.execute(update(RESPONSES).where(RESPONSES.c.id == state.id).values(**emptied))
    paradata.forget(session, state.id)
