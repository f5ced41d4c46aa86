"""Waves: created, given their notice, opened, closed, followed."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Integer, and_, cast, extract, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from app.db import now
from app.models import Invitation, QuestionnaireVersion, Response, ScreenOut, Submission, User, Wave, Weighting
from app.services import audit
from app.services.weightings import margins
from app.services.windows import PARIS

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
RESERVED = frozenset({"concepts", "crossed", "imports", "territories", "trends"})
"""Pages of analysis about several waves: a wave of this key would stand behind them, never shown."""
TIMED_RESPONSES = 1000
RUNNING = ("open", "paused")
"""The statuses in which the window decides whether people may answer."""
SENT = ("complete", "correcting")
"""The dispositions of a response that counts."""
HOUR_SECONDS = 3600


def status_at(status: str, opens_at: dt.datetime | None, closes_at: dt.datetime | None, at: dt.datetime) -> str:
    """The status of a wave at a moment: an open one is planned before its window and closed from its end on."""
    if status in ("open", "paused") and closes_at is not None and at >= closes_at:
        return "closed"
    if status in ("open", "paused") and opens_at is not None and at < opens_at:
        return "planned"
    return status


class WaveNotFound(Exception):
    """No wave has this key."""


class WaveKeyIsTaken(Exception):
    """Another wave has this key."""


class WaveKeyIsReserved(WaveKeyIsTaken):
    """A page of analysis has this address."""


class WaveKeyIsMalformed(ValueError):
    """A key is lower-case letters, digits and single hyphens, at most 80 characters."""


class VersionIsNotPublished(Exception):
    """A wave asks a frozen version only."""


class BasisIsMissing(Exception):
    """A wave of real respondents needs its legal basis chosen."""


class WindowIsEmpty(ValueError):
    """A window ends after it begins."""


class WindowIsOver(Exception):
    """The window of the wave has ended: it opens again once its end is moved or taken away."""


class NoticeIsIncomplete(Exception):
    """A wave of real respondents needs each field of its notice written."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Schedule:
    """When people may answer, who may, on which legal basis, whether they may correct what they sent.

    And whether responses that were begun and left are counted: see `app.services.partials`.
    """

    opens_at: dt.datetime | None = None
    closes_at: dt.datetime | None = None
    access: str = "link"
    basis: str | None = None
    may_correct: bool = True
    counts_partial: bool = False


@dataclass(frozen=True, slots=True)
class WaveSummary:
    """A wave as lists show it. `status` is what holds at this moment."""

    id: int
    key: str
    name: str
    status: str
    origin: str
    questionnaire_key: str
    version_name: str
    opened_at: dt.datetime | None
    closed_at: dt.datetime | None
    opens_at: dt.datetime | None
    closes_at: dt.datetime | None
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


@dataclass(frozen=True, slots=True)
class WaveCounts:
    """How many responses are complete, in progress, and wait to be folded: what is cheap to count again and again."""

    complete: int
    in_progress: int
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
    basis: str | None = None,
    actor: User | None = None,
) -> Wave:
    """Make a planned wave of a published version, with its weighting recipe when margins are named.

    Raises WaveKeyIsMalformed, WaveKeyIsReserved, WaveKeyIsTaken, VersionIsNotPublished, margins.MarginsNotFound.
    """
    if not KEY.fullmatch(key) or len(key) > 80:
        raise WaveKeyIsMalformed(key)
    if key in RESERVED:
        raise WaveKeyIsReserved(key)
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
        basis=basis,
        created_at=now(),
    )
    try:
        # Two at once: both found the key free, and the second is told as if it had come later.
        with session.begin_nested():
            session.add(wave)
    except IntegrityError as taken:
        raise WaveKeyIsTaken(key) from taken
    if margins_key:
        recipe = margins.read_margins(version.questionnaire.key, margins_key)
        session.add(Weighting(wave_id=wave.id, number=1, recipe=recipe, in_use=True, created_at=now()))
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
    if missing and wave.status in RUNNING and wave.origin == "respondent":
        raise NoticeIsIncomplete(missing)
    wave.notice = written
    # Each response keeps the hash of the notice that was read: the text behind a hash must be found again.
    audit.record(
        session, actor, "edit-notice", wave.key, missing=list(missing), notice=written, sha256=notice_hash(written)
    )


def notice_hash(notice: Mapping[str, str]) -> str:
    """What stands for a notice: the SHA-256 of its fields in one canonical form."""
    fields = {field: notice.get(field, "") for field in NOTICE_FIELDS}
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def note_information(notice: Mapping[str, str], basis: str | None) -> dict[str, str]:
    """What a response keeps of what was told before it, agreed to or not: see `Response.consent`."""
    return {"notice": notice_hash(notice), "at": now().isoformat(timespec="seconds"), "basis": basis or ""}


def set_schedule(session: Session, wave: Wave, schedule: Schedule, actor: User | None = None) -> None:
    """Give the wave its window and its access. Raises WindowIsEmpty, BasisIsMissing (while real people answer)."""
    opens_at, closes_at = schedule.opens_at, schedule.closes_at
    if opens_at is not None and closes_at is not None and opens_at >= closes_at:
        raise WindowIsEmpty
    if schedule.basis is None and wave.origin == "respondent" and wave.status in RUNNING:
        raise BasisIsMissing
    wave.opens_at, wave.closes_at = opens_at, closes_at
    wave.access, wave.basis, wave.may_correct = schedule.access, schedule.basis, schedule.may_correct
    wave.counts_partial = schedule.counts_partial
    audit.record(
        session,
        actor,
        "schedule-wave",
        wave.key,
        opens_at=opens_at.isoformat() if opens_at else None,
        closes_at=closes_at.isoformat() if closes_at else None,
        access=schedule.access,
        basis=schedule.basis,
        may_correct=schedule.may_correct,
        counts_partial=schedule.counts_partial,
    )


def schedule_of(wave: Wave) -> Schedule:
    """What `set_schedule` gave it."""
    return Schedule(wave.opens_at, wave.closes_at, wave.access, wave.basis, wave.may_correct, wave.counts_partial)


def status_now(wave: Wave) -> str:
    """What holds at this moment: see `status_at`."""
    return status_at(wave.status, wave.opens_at, wave.closes_at, now())


def open_wave(session: Session, wave: Wave, actor: User | None = None) -> None:
    """Let people answer, from the beginning of the window where it has one; one that is paused goes on.

    Raises WindowIsOver; for a wave of real respondents NoticeIsIncomplete, BasisIsMissing.
    """
    if wave.status == "open":
        return
    missing = missing_notice_fields(wave.notice)
    if missing and wave.origin == "respondent":
        raise NoticeIsIncomplete(missing)
    if wave.basis is None and wave.origin == "respondent":
        raise BasisIsMissing
    if wave.closes_at is not None and wave.closes_at <= now():
        raise WindowIsOver
    action = "resume-wave" if wave.status == "paused" else "open-wave"
    wave.status, wave.opened_at, wave.closed_at = "open", wave.opened_at or now(), None
    audit.record(session, actor, action, wave.key, notice=notice_hash(wave.notice))


def pause_wave(session: Session, wave: Wave, actor: User | None = None) -> None:
    """Take no answers for now; everything stays as it is until the wave goes on."""
    if wave.status == "open":
        wave.status = "paused"
        audit.record(session, actor, "pause-wave", wave.key)


def close_wave(session: Session, wave: Wave, actor: User | None = None) -> None:
    """Take no more answers; what was sent stays, what was begun is kept unsent.

    What joins personal codes to responses is dropped, for good: see `_drop_links`.
    """
    if wave.status in RUNNING:
        wave.status, wave.closed_at = "closed", now()
        audit.record(session, actor, "close-wave", wave.key, links_dropped=_drop_links(session, wave))


def close_ended_waves(session: Session) -> int:
    """Close the waves whose window has ended, so that nothing joins people to answers after it; how many."""
    ended = select(Wave).where(Wave.status.in_(RUNNING), Wave.closes_at <= now()).with_for_update()
    waves = session.scalars(ended).all()
    for wave in waves:
        close_wave(session, wave)
    return len(waves)


def _drop_links(session: Session, wave: Wave) -> int:
    """Forget which personal code opened which response; of a code, keep that it has served, and the day.

    The wave may open again. A code that had served opens nothing then, so that nobody answers twice with it:
    what was begun is resumed, and what was sent is read and corrected, by the code of the response alone.
    """
    joined = select(Invitation.id, Response.disposition, Response.completed_at).join_from(
        Invitation, Response, and_(Response.invitation_link == Invitation.link, Response.wave_id == wave.id)
    )
    served = [
        {
            "id": row.id,
            "is_spent": True,
            "answered_on": row.completed_at.astimezone(PARIS).date() if row.disposition in SENT else None,
        }
        for row in session.execute(joined.where(Invitation.wave_id == wave.id))
    ]
    if served:
        session.execute(update(Invitation), served)
    session.execute(update(Response).where(Response.wave_id == wave.id).values(invitation_link=None))
    dropped = update(Invitation).where(Invitation.wave_id == wave.id, Invitation.link.is_not(None)).values(link=None)
    return session.connection().execute(dropped).rowcount


def list_waves(session: Session) -> list[WaveSummary]:
    """Every wave, the latest first."""
    complete = (
        select(Response.wave_id, func.count().label("complete"))
        .where(Response.disposition.in_(SENT))
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
            status=status_now(wave),
            origin=wave.origin,
            questionnaire_key=wave.version.questionnaire.key,
            version_name=wave.version.name,
            opened_at=wave.opened_at,
            closed_at=wave.closed_at,
            opens_at=wave.opens_at,
            closes_at=wave.closes_at,
            complete=count,
        )
        for wave, count in rows
    ]


def open_waves(session: Session) -> list[Wave]:
    """The waves that people may answer now, the latest first; those of simulated respondents are not for them."""
    return [wave for wave in _offered_waves(session) if status_now(wave) == "open"]


def announced_waves(session: Session) -> list[Wave]:
    """The waves that will open by themselves, the next first."""
    coming = (wave for wave in _offered_waves(session) if status_now(wave) == "planned")
    return sorted(coming, key=lambda wave: wave.opens_at or wave.created_at)


def _offered_waves(session: Session) -> list[Wave]:
    is_over = and_(Wave.closes_at.is_not(None), Wave.closes_at <= now())
    statement = select(Wave).where(Wave.status == "open", Wave.origin != "simulated", ~is_over)
    return list(session.scalars(statement.order_by(Wave.id.desc())))


def count_responses(session: Session, wave: Wave) -> WaveCounts:
    """Where a wave is at this moment, from the indexes alone."""
    counts = _dispositions(session, wave.id)
    return WaveCounts(
        sum(counts.get(one, 0) for one in SENT), counts.get("in_progress", 0), _unfolded(session, wave.id)
    )


def _dispositions(session: Session, wave_id: int) -> dict[str, int]:
    rows = session.execute(
        select(Response.disposition, func.count()).where(Response.wave_id == wave_id).group_by(Response.disposition)
    )
    return {str(row[0]): int(row[1]) for row in rows}


def _unfolded(session: Session, wave_id: int) -> int:
    waiting = select(func.count()).where(Submission.wave_id == wave_id, Submission.segment_id.is_(None))
    return session.scalar(waiting) or 0


def wave_progress(session: Session, wave: Wave) -> WaveProgress:
    """Counts by disposition, the median time of the latest responses, completes by day in Paris."""
    counts = _dispositions(session, wave.id)
    # Of most of them nothing but this count was kept.
    gone = session.scalar(select(func.count()).where(ScreenOut.wave_id == wave.id)) or 0
    by_day = _by_day(session, wave.id)
    times = session.execute(
        select(Response.started_at, Response.completed_at)
        .where(Response.wave_id == wave.id, Response.disposition.in_(SENT))
        .order_by(Response.completed_at.desc())
        .limit(TIMED_RESPONSES)
    ).all()
    complete, started = sum(counts.get(one, 0) for one in SENT), sum(counts.values()) + gone
    seconds = [(completed - start).total_seconds() for start, completed in times if completed]
    return WaveProgress(
        started=started,
        in_progress=counts.get("in_progress", 0),
        complete=complete,
        screened_out=counts.get("screened_out", 0) + gone,
        withdrawn=counts.get("withdrawn", 0),
        completion_rate=complete / started if started else None,
        median_seconds=statistics.median(seconds) if seconds else None,
        by_day=tuple(sorted(by_day.items())),
        last_at=times[0][1] if times else None,
        unfolded=_unfolded(session, wave.id),
    )


def _by_day(session: Session, wave_id: int) -> dict[dt.date, int]:
    """Sent responses by day in Paris: counted by hour of UTC, which both databases know, then brought together."""
    hour = cast(func.floor(extract("epoch", Response.completed_at) / HOUR_SECONDS), Integer)
    rows = session.execute(
        select(hour, func.count()).where(Response.wave_id == wave_id, Response.disposition.in_(SENT)).group_by(hour)
    )
    days: dict[dt.date, int] = {}
    for number, count in rows:
        day = dt.datetime.fromtimestamp(number * HOUR_SECONDS, PARIS).date()
        days[day] = days.get(day, 0) + count
    return days
