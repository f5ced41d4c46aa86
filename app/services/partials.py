"""Partial responses: begun, left, and counted all the same where the wave declares it.

A response that its person has left for a while is sent as it stands, by a submission marked partial, and what was
not come to is absent because the person broke off. The response stays in progress: whoever comes back goes on, and
what is sent at the end replaces it. So a partial response is an ordinary submission to whatever folds and counts.

Each is looked at once for what it holds: its mark tells the revision, and the margins that it had to answer.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.db import Database, now
from app.jobs import FOLD_WAVE, Sender, request
from app.models import QuestionnaireVersion, Response, Submission, Wave, Weighting
from app.services import fieldwork
from app.services.authoring import read_model
from app.services.responding.sending import ENGINE, make_payload, take_back
from questionnaires import codebook, routing
from questionnaires.model import Absence, Questionnaire, decode_context, decode_given

LEFT_AFTER = dt.timedelta(minutes=30)
"""A response that nobody has touched for so long was left; at the close of its wave, at once."""
BATCH = 200
MOST_BATCHES = 25
"""How many batches one run does; the next one goes on."""

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PartialCounts:
    """Responses in progress of a wave that were left: counted, and not (nothing answered, or no weight possible)."""

    counted: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Rule:
    """What a response must have answered to be counted: something, and the variables that weights are made of."""

    variables: tuple[str, ...] = ()
    counts: bool = True

    @property
    def digest(self) -> str:
        """What stands for the rule in a mark: the same answers are looked at again under another rule."""
        return hashlib.sha256(json.dumps([self.counts, self.variables]).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Look:
    """What was made of a response at a revision: the payload to count, None when it cannot be."""

    response_id: int
    revision: int
    payload: Payload | None


def waves_with_partials(session: Session) -> list[int]:
    """Waves that count partial responses, or that did and still hold some."""
    is_held = and_(Submission.is_partial, Submission.kind != "remove", _is_last())
    held = select(Submission.wave_id).where(is_held).distinct()
    return sorted({*session.scalars(select(Wave.id).where(Wave.counts_partial)), *session.scalars(held)})


def collect_partials(database: Database, sender: Sender | None, wave_id: int) -> int:
    """Count what was left in a wave, and no longer count what must not be; how many submissions that made."""
    made = 0
    for _ in range(MOST_BATCHES):
        with database.reading() as session:
            rule = read_rule(session, wave_id)
            rows = _candidates(session, wave_id, rule)
            models = _models(session, rows)
        if not rows:
            break
        looks = [_look(row, models[row.version_id], rule) for row in rows]
        with database.transaction() as session:
            made += _record(session, sender, wave_id, rule, looks)
    return made


def count_counted(session: Session, wave_id: int) -> int:
    """How many of the responses in progress of a wave are counted now."""
    held = select(func.count()).select_from(Submission).join(Response, Response.id == Submission.response_id)
    is_counted = and_(Submission.is_partial, Submission.kind != "remove", _is_last())
    statement = held.where(Submission.wave_id == wave_id, is_counted, Response.disposition == "in_progress")
    return session.scalar(statement) or 0


def count_partials(session: Session, wave: Wave) -> PartialCounts:
    """How many of the responses in progress of a wave are counted, and how many were looked at and are not."""
    counted = count_counted(session, wave.id)
    if not wave.counts_partial:
        return PartialCounts(counted, 0)
    rule = read_rule(session, wave.id)
    held = exists().where(Submission.response_id == Response.id, Submission.kind != "remove", _is_last())
    left_out = session.scalar(
        select(func.count()).where(
            Response.wave_id == wave.id,
            Response.disposition == "in_progress",
            Response.partial_mark == _mark(rule),
            ~held,
        )
    )
    return PartialCounts(counted, left_out or 0)


def read_rule(session: Session, wave_id: int) -> Rule:
    """What a response of this wave must have answered, by its weighting in use."""
    wave = session.get_one(Wave, wave_id)
    if not wave.counts_partial:
        return Rule(counts=False)
    recipe = session.scalar(select(Weighting.recipe).where(Weighting.wave_id == wave_id, Weighting.in_use))
    if recipe is None or recipe.get("absences") == "keep":
        return Rule()
    names = {name for margin in recipe["margins"] for name in margin["variables"]}
    return Rule(tuple(sorted(names | {recipe["stratum"]} if recipe.get("stratum") else names)))


def _is_last() -> ColumnElement[bool]:
    later = aliased(Submission)
    return ~exists().where(later.response_id == Submission.response_id, later.number > Submission.number)


def _mark(rule: Rule) -> ColumnElement[str]:
    return cast(Response.revision, String) + f"/{rule.digest}"


def _candidates(session: Session, wave_id: int, rule: Rule) -> Sequence[Response]:
    """Responses in progress that were left and not yet looked at as they are.

    An entry of a paper form is nobody's response before the form is sent.
    """
    is_new = or_(Response.partial_mark.is_(None), Response.partial_mark != _mark(rule))
    if not rule.counts:
        # Of a wave that counts none, only those that it had counted.
        is_new = and_(is_new, exists().where(Submission.response_id == Response.id, Submission.is_partial))
    wave = session.get_one(Wave, wave_id)
    statement = select(Response).where(
        Response.wave_id == wave_id, Response.disposition == "in_progress", Response.mode != "paper", is_new
    )
    if rule.counts and fieldwork.status_now(wave) != "closed":
        statement = statement.where(Response.updated_at <= now() - LEFT_AFTER)
    return session.scalars(statement.order_by(Response.id).limit(BATCH)).all()


def _models(session: Session, rows: Sequence[Response]) -> dict[int, Questionnaire]:
    """The versions that these responses answer."""
    wanted = {row.version_id for row in rows}
    hashes = session.execute(
        select(QuestionnaireVersion.id, QuestionnaireVersion.content_hash).where(QuestionnaireVersion.id.in_(wanted))
    )
    return {version_id: read_model(session, version_id, content_hash) for version_id, content_hash in hashes}


def _look(row: Response, model: Questionnaire, rule: Rule) -> Look:
    payload = None
    if rule.counts:
        questionnaire, context = model.for_mode(row.mode), decode_context(row.context)
        path = routing.path(questionnaire, context, decode_given(row.given))
        if path.exit is None:
            payload = broken_off(make_payload(questionnaire, path, context))
            if not is_countable(questionnaire, rule, payload):
                payload = None
    return Look(row.id, row.revision, payload)


def is_countable(questionnaire: Questionnaire, rule: Rule, payload: Payload) -> bool:
    """Whether something was answered, and everything that the weights need."""
    values = payload["values"]
    is_answered = any(one.question and one.name in values for one in codebook.variables(questionnaire))
    return is_answered and all(name in values for name in rule.variables)


def broken_off(payload: Payload) -> dict[str, Any]:
    """The payload of a response that was left: what it had not come to is absent for that."""

    def absences(of: Mapping[str, int]) -> dict[str, int]:
        left = int(Absence.NOT_REACHED)
        return {name: int(Absence.BROKE_OFF) if cause == left else cause for name, cause in of.items()}

    found = {**payload, "absences": absences(payload["absences"])}
    if "rosters" in payload:
        found["rosters"] = {
            roster: [{**item, "absences": absences(item["absences"])} for item in items]
            for roster, items in payload["rosters"].items()
        }
    return found


def _record(session: Session, sender: Sender | None, wave_id: int, rule: Rule, looks: Sequence[Look]) -> int:
    """Send what is to be counted and take back what is not, unless the person came back meanwhile."""
    if read_rule(session, wave_id) != rule:
        return 0  # looked at again under the new rule
    seen = {look.response_id: look for look in looks}
    locked = select(Response).where(Response.id.in_(seen)).order_by(Response.id).with_for_update()
    made = 0
    for row in session.scalars(locked.execution_options(populate_existing=True)):
        look = seen[row.id]
        if row.disposition != "in_progress" or row.revision != look.revision:
            continue
        made += _send(session, row, look.payload)
        row.partial_mark = f"{look.revision}/{rule.digest}"
    if made:
        request(session, sender, FOLD_WAVE, wave_id)
    return made


def _send(session: Session, row: Response, payload: Payload | None) -> bool:
    """Have a response count as this payload says; whether that took a submission."""
    latest = session.scalar(
        select(Submission).where(Submission.response_id == row.id).order_by(Submission.number.desc()).limit(1)
    )
    counted = latest.payload if latest is not None and latest.kind != "remove" else None
    if payload == counted:
        return False
    if payload is None:
        return take_back(session, row.id, row.wave_id, row.version_id, is_partial=True)
    number = 1 if latest is None else latest.number + 1
    session.add(
        Submission(
            response_id=row.id,
            number=number,
            kind="add" if number == 1 else "replace",
            wave_id=row.wave_id,
            version_id=row.version_id,
            payload=payload,
            is_partial=True,
            engine=ENGINE,
            created_at=now(),
        )
    )
    return True
