"""The paradata of every page: what was told, passed, left; how long it took, as the script counts it.

Nothing here is needed to answer. What is recorded is written later, by the recorder, in a transaction of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from typing import Any

from flask import Response, request

from app.db import after_commit
from app.services import paradata
from app.services.paradata import Event
from app.services.responding import ResponseState, Started
from app.web import pages
from app.web.respond import visits
from app.web.respond.places import SEND, blueprint
from app.web.respond.posting import LATER, Outcome, Posted
from app.web.respond.visits import Visit
from questionnaires.problems import Problem

LONGEST_REPORT = 2_000
MOST_SECONDS, MOST_CHANGES = 86_400, 10_000
REPORT = {"page", "secondes", "questions", "aide", "sortie"}


@blueprint.post("/<wave>/suivi/evenements")
@pages.respondent
def report_events(wave: str) -> Response:
    """What the script counted on a page: 204 when taken, 400 when it is not what the script sends."""
    visit = visits.find_visit(wave)
    if not visits.has_csrf_token(visit, request.form.get("csrf", "")):
        return Response(status=400)
    events = _read_report(visit.state, request.form.get("evenements", ""))
    if events is None:
        return Response(status=400)
    _record(visit.state, events)
    return Response(status=204)


def _read_report(state: ResponseState, text: str) -> list[Event] | None:
    """The events of a report; None when anything in it is not known."""
    try:
        report = json.loads(text) if len(text.encode("utf-8", "replace")) <= LONGEST_REPORT else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(report, dict) or not report.keys() <= REPORT or not isinstance(report.get("page"), str):
        return None
    page, touched = report["page"], report.get("questions", {})
    names = _questions_of(state, page)
    flags = [report.get(name, False) for name in ("aide", "sortie")]
    is_sound = (
        names is not None
        and _is_count(report.get("secondes", 0), MOST_SECONDS)
        and all(isinstance(flag, bool) for flag in flags)
        and isinstance(touched, dict)
        and touched.keys() <= names
        and all(_is_count(count, MOST_CHANGES) for count in touched.values())
    )
    if not is_sound:
        return None
    found = [_event(state, paradata.INPUT, page, questions=touched, seconds=report.get("secondes", 0))]
    names_of_flags = (paradata.CONTACT_SUPPORT, paradata.EXIT)
    return found + [_event(state, name, page) for name, flag in zip(names_of_flags, flags, strict=True) if flag]


def _is_count(value: object, most: int) -> bool:
    return type(value) is int and 0 <= value <= most


def _questions_of(state: ResponseState, page: str) -> set[str] | None:
    """The questions of a page of the version, of the review none; None for another name."""
    if page == SEND:
        return set()
    try:
        return {question.name for question in state.questionnaire.page(page).questions}
    except KeyError:
        return None


def record_start(wave_id: int, started: Started) -> None:
    """A response has begun, on a device of this kind."""
    if started.response_id is not None:
        at = partial(Event, wave_id, started.response_id)
        device = paradata.device_class(request.headers.get("User-Agent", ""))
        _record_later([at(paradata.INITIALIZED, data={"device": device}), at(paradata.NEW_PAGE, started.first_page)])


def record_step(visit: Visit, posted: Posted, outcome: Outcome, location: str | None) -> None:
    """What a posted page led to: problems told, warnings passed, the page one is sent to."""
    state = visit.state
    if outcome.saved.exit is not None and not outcome.saved.exit.keep:
        return  # nothing is kept of this person
    if outcome.stays:
        _record(state, [_event(state, paradata.CONTROL, posted.page, problems=_said(outcome.problems))])
        return
    events = []
    if outcome.saved.passed:
        passed = _said(outcome.saved.passed)
        events.append(_event(state, paradata.CONTROL_SKIP, posted.page, problems=passed))
    place = (location or "").removeprefix(visit.root).partition("?")[0].partition("#")[0]
    if _questions_of(state, place) is not None:
        events.append(_event(state, paradata.NEW_PAGE, place))
    if posted.going == LATER:
        events.append(_event(state, paradata.EXIT, posted.page))
    _record(state, events)


def _said(problems: Iterable[Problem]) -> list[dict[str, str]]:
    """Which problems, of which questions; never what was answered."""
    found = ((one.code, one.place.question or "", str(one.data.get("check", ""))) for one in problems)
    names = ("code", "question", "check")
    return [{key: said for key, said in zip(names, one, strict=True) if said} for one in found]


def _event(state: ResponseState, event: str, page: str, **data: Any) -> Event:
    return Event(state.wave_id, state.id, event, page, data)


def _record(state: ResponseState, events: list[Event]) -> None:
    """Have these recorded; nobody looks at how a demonstration was answered."""
    if events and state.origin != "simulated":
        _record_later(events)


def _record_later(events: list[Event]) -> None:
    """Once this request is committed: what is rolled back did not happen."""
    after_commit(pages.session(), partial(pages.platform().recorder.record, events))
