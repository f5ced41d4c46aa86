"""Waves: created, given their notice, opened, closed, followed."""

from __future__ import annotations

import datetime as dt
import re
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, cast, extract, func, select
from sqlalchemy.orm import Session, joinedload

from app.db import now
from app.models import QuestionnaireVersion, Response, ScreenOut, Submission, User, Wave, Weighting
from app.services import audit, margins

NOTICE_FIELDS = (
    "controller",
    "purposes",
    "legal_basis",
    "optional_answer",
    "recipients",
    "retention",
    "rights",
    "transfers",
    "dpo_contact",
    "complaint",
)
"""What article 13 of the RGPD has a notice say; a real wave opens only when each is written."""
PLACEHOLDER = "[à compléter]"
KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
TIMED_RESPONSES = 1000
PARIS = ZoneInfo("Europe/Paris")
HOUR_SECONDS = 3600


class WaveNotFound(Exception):
    """No wave has this key."""


class WaveKeyIsTaken(Exception):
    """Another wave has this key."""


class WaveKeyIsMalformed(ValueError):
    """A key is lower-case letters, digits and single hyphens, at most 80 characters."""


class VersionIsNotPublished(Exception):
    """A wave asks a frozen version only."""


class NoticeIsIncomplete(Exception):
    """A wave of real respondents needs each field of its notice written."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


@dataclass(frozen=True, slots=True)
class WaveSummary:
    """A wave as lists show it."""

    id: int
    key: str
    name: str
    status: str
    origin: str
    questionnaire_key: str
    version_name: str
    opened_at: dt.datetime | None
    closed_at: dt.datetime | None
    complete: int


@dataclass(frozen=True, slots=True)
class WaveProgress:
    """Where fieldwork stands. `completion_rate` is complete / started, None before the first start."""

    started: int
    in_progress: int
    complete: int
    screened_out: int
    withdrawn: int
    completion_rate: float | None
    median_seconds: float | None
    by_day: tuple[tuple[dt.date, int], ...]
    last_at: dt.datetime | None
    unfolded: int


def create_wave(
    session: Session,
    *,
    key: str,
    name: str,
    version_id: int,
    origin: str,
    notice: Mapping[str, str] | None = None,
    margins_key: str | None = None,
    actor: User | None = None,
) -> Wave:
    """Make a planned wave of a published version, with its weighting recipe when margins are named.

    Raises WaveKeyIsMalformed, WaveKeyIsTaken, VersionIsNotPublished, margins.MarginsNotFound.
    """
    if not KEY.fullmatch(key) or len(key) > 80:
        raise WaveKeyIsMalformed(key)
    if session.scalar(select(Wave.id).where(Wave.key == key)) is not None:
        raise WaveKeyIsTaken(key)
    version = session.get(QuestionnaireVersion, version_id, with_for_update={"read": True})
    if version is None or version.status != "published":
        raise VersionIsNotPublished(version_id)
    wave = Wave(
        key=key,
        name=name,
        version_id=version_id,
        status="planned",
        origin=origin,
        notice={field: (notice or {}).get(field, "") for field in NOTICE_FIELDS},
        policy={},
        created_at=now(),
    )
    session.add(wave)
    session.flush()
    if margins_key:
        recipe = margins.read_margins(version.questionnaire.key, margins_key)
        session.add(Weighting(wave_id=wave.id, number=1, recipe=recipe, created_at=now()))
    audit.record(session, actor, "create-wave", key, version=version_id, origin=origin)
    return wave


def get_wave(session: Session, key: str, is_locked: bool = False) -> Wave:
    """The wave of this key, with its version; raises WaveNotFound. `is_locked`: for whoever will change it."""
    statement = select(Wave).where(Wave.key == key).options(joinedload(Wave.version))
    wave = session.scalar(statement.with_for_update(of=Wave) if is_locked else statement)
    if wave is None:
        raise WaveNotFound(key)
    return wave


def missing_notice_fields(notice: Mapping[str, str]) -> tuple[str, ...]:
    """The fields that nobody has written: empty, or still holding the placeholder."""
    return tuple(
        field for field in NOTICE_FIELDS if not notice.get(field, "").strip() or PLACEHOLDER in notice.get(field, "")
    )


def edit_notice(session: Session, wave: Wave, notice: Mapping[str, str], actor: User | None = None) -> None:
    """Write the notice. A field emptied while real respondents answer is refused (NoticeIsIncomplete)."""
    written = {field: notice.get(field, "").strip() for field in NOTICE_FIELDS}
    missing = missing_notice_fields(written)
    if missing and wave.status == "open" and wave.origin == "respondent":
        raise NoticeIsIncomplete(missing)
    wave.notice = written
    audit.record(session, actor, "edit-notice", wave.key, missing=list(missing))


def open_wave(session: Session, wave: Wave, actor: User | None = None) -> None:
    """Let people answer. Raises NoticeIsIncomplete for a wave of real respondents."""
    missing = missing_notice_fields(wave.notice)
    if missing and wave.origin == "respondent":
        raise NoticeIsIncomplete(missing)
    if wave.status != "open":
        wave.status, wave.opened_at, wave.closed_at = "open", wave.opened_at or now(), None
        audit.record(session, actor, "open-wave", wave.key)


def close_wave(session: Session, wave: Wave, actor: User | None = None) -> None:
    """Take no more answers; what was sent stays, what was begun is kept unsent."""
    if wave.status == "open":
        wave.status, wave.closed_at = "closed", now()
        audit.record(session, actor, "close-wave", wave.key)


def list_waves(session: Session) -> list[WaveSummary]:
    """Every wave, the latest first."""
    complete = (
        select(Response.wave_id, func.count().label("complete"))
        .where(Response.disposition == "complete")
        .group_by(Response.wave_id)
        .subquery()
    )
    rows = session.execute(
        select(Wave, func.coalesce(complete.c.complete, 0))
        .outerjoin(complete, complete.c.wave_id == Wave.id)
        .options(joinedload(Wave.version).joinedload(QuestionnaireVersion.questionnaire))
        .order_by(Wave.id.desc())
    )
    return [
        WaveSummary(
            id=wave.id,
            key=wave.key,
            name=wave.name,
            status=wave.status,
            origin=wave.origin,
            questionnaire_key=wave.version.questionnaire.key,
            version_name=wave.version.name,
            opened_at=wave.opened_at,
            closed_at=wave.closed_at,
            complete=count,
        )
        for wave, count in rows
    ]


def open_waves(session: Session) -> list[Wave]:
    """The waves that people may answer now, the latest first; those of simulated respondents are not for them."""
    statement = select(Wave).where(Wave.status == "open", Wave.origin != "simulated").order_by(Wave.id.desc())
    return list(session.scalars(statement))


def wave_progress(session: Session, wave: Wave) -> WaveProgress:
    """Counts by disposition, the median time of the latest responses, completes by day in Paris."""
    dispositions = session.execute(
        select(Response.disposition, func.count()).where(Response.wave_id == wave.id).group_by(Response.disposition)
    )
    counts: dict[str, int] = {str(row[0]): int(row[1]) for row in dispositions}
    screened = session.scalar(select(func.count()).where(ScreenOut.wave_id == wave.id)) or 0
    screened += counts.get("screened_out", 0)
    by_day = _by_day(session, wave.id)
    times = session.execute(
        select(Response.started_at, Response.completed_at)
        .where(Response.wave_id == wave.id, Response.disposition == "complete")
        .order_by(Response.completed_at.desc())
        .limit(TIMED_RESPONSES)
    ).all()
    unfolded = session.scalar(
        select(func.count()).where(Submission.wave_id == wave.id, Submission.segment_id.is_(None))
    )
    complete, started = counts.get("complete", 0), sum(counts.values()) + screened
    seconds = [(completed - start).total_seconds() for start, completed in times if completed]
    return WaveProgress(
        started=started,
        in_progress=counts.get("in_progress", 0),
        complete=complete,
        screened_out=screened,
        withdrawn=counts.get("withdrawn", 0),
        completion_rate=complete / started if started else None,
        median_seconds=statistics.median(seconds) if seconds else None,
        by_day=tuple(sorted(by_day.items())),
        last_at=times[0][1] if times else None,
        unfolded=unfolded or 0,
    )


def _by_day(session: Session, wave_id: int) -> dict[dt.date, int]:
    """Complete responses by day in Paris: counted by hour of UTC, which both databases know, then brought together."""
    hour = cast(func.floor(extract("epoch", Response.completed_at) / HOUR_SECONDS), Integer)
    rows = session.execute(
        select(hour, func.count()).where(Response.wave_id == wave_id, Response.disposition == "complete").group_by(hour)
    )
    days: dict[dt.date, int] = {}
    for number, count in rows:
        day = dt.datetime.fromtimestamp(number * HOUR_SECONDS, PARIS).date()
        days[day] = days.get(day, 0) + count
    return days
