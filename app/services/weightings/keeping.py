"""Weightings of a wave: drafts that are edited, runs that never change, the one in use, those that a release froze.

    draft -> queued -> running -> done | failed

Only a draft is edited. Once asked to run, the recipe stays as it is: another attempt is a copy. One weighting that
is done may be in use: the snapshots of the wave are weighted by it. A frozen one is what a release was made with;
another may come into use after it, by someone who names what is replaced.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from app.db import now
from app.jobs import REFRESH_SNAPSHOT, RUN_WEIGHTING, Sender, request
from app.models import Job, Segment, Snapshot, User, Wave, Weighting
from app.services import audit
from app.services.authoring import get_version
from app.services.weightings import margins, recipes
from app.services.weightings.recipes import RecipeProblem

EMPTY: Mapping[str, Any] = {"format": 1, "key": "", "label": {}, "method": "raking", "note": None, "margins": []}
LABEL_LENGTH = 200


class WeightingNotFound(Exception):
    """The wave has no weighting of this number."""


class WeightingIsFrozen(Exception):
    """A release was made with it: its recipe and its figures stay."""


class WeightingIsNotADraft(Exception):
    """It was asked to run: its recipe stays; another attempt is a copy."""


class WeightingIsNotDone(Exception):
    """Only a weighting that found its weights can be used or frozen."""


class RecipeIsInvalid(Exception):
    """The recipe has problems that forbid a run."""

    def __init__(self, problems: Sequence[RecipeProblem]) -> None:
        super().__init__(", ".join(problem.code for problem in problems))
        self.problems = tuple(problems)


class FrozenIsInUse(Exception):
    """The weighting in use was frozen for a release: whoever replaces it says so."""

    def __init__(self, number: int, frozen_for: str) -> None:
        super().__init__(f"{number}: {frozen_for}")
        self.number, self.frozen_for = number, frozen_for


@dataclass(frozen=True, slots=True)
class WeightingSummary:
    """A weighting as pages name it. `status` and `problem` are those that hold now, its job looked at.

    `diagnostics`: of its run; of the latest snapshot for one in use that never ran by itself. `snapshot`: the number
    of the latest snapshot of the wave where it is weighted by this one.
    """

    id: int
    number: int
    label: str
    status: str
    recipe: Mapping[str, Any]
    diagnostics: Mapping[str, Any]
    problem: Mapping[str, Any] | None
    responses: int | None
    in_use: bool
    created_at: dt.datetime
    ran_at: dt.datetime | None
    frozen_at: dt.datetime | None
    frozen_for: str | None
    author: str
    snapshot: int | None
    job: Job | None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come by itself."""
        return self.status not in ("queued", "running")


def list_weightings(session: Session, wave_id: int) -> list[WeightingSummary]:
    """Every weighting of a wave, the latest first."""
    rows = session.scalars(select(Weighting).where(Weighting.wave_id == wave_id).order_by(Weighting.number.desc()))
    return [_summary(session, row) for row in rows]


def read_weighting(session: Session, wave_id: int, number: int) -> WeightingSummary:
    """One weighting; raises WeightingNotFound."""
    return _summary(session, get_weighting(session, wave_id, number))


def get_weighting(session: Session, wave_id: int, number: int, is_locked: bool = False) -> Weighting:
    """The row of a weighting; raises WeightingNotFound. `is_locked`: for whoever will change it."""
    statement = select(Weighting).where(Weighting.wave_id == wave_id, Weighting.number == number)
    row = session.scalar(statement.with_for_update() if is_locked else statement)
    if row is None:
        raise WeightingNotFound(number)
    return row


def weighting_in_use(session: Session, wave_id: int) -> Weighting | None:
    """The one by which snapshots are weighted."""
    return session.scalar(select(Weighting).where(Weighting.wave_id == wave_id, Weighting.in_use))


def _summary(session: Session, row: Weighting) -> WeightingSummary:
    job = session.get(Job, row.job_id) if row.job_id else None
    status, problem = row.status, row.problem
    if _is_lost(row, job):
        status, problem = "failed", {"code": "RunWasLost", "data": {}, "suggestion": "run-again"}
    author = session.get(User, row.author_id) if row.author_id else None
    snapshot = _latest_snapshot(session, row.wave_id) if row.in_use else None
    if snapshot is not None and snapshot.weighting_id != row.id:
        snapshot = None
    diagnostics = row.diagnostics or {}
    if not diagnostics and snapshot is not None and snapshot.problem is None:
        diagnostics = snapshot.diagnostics
    return WeightingSummary(
        id=row.id,
        number=row.number,
        label=row.label or label_of(row.recipe),
        status=status,
        recipe=row.recipe,
        diagnostics=diagnostics,
        problem=problem,
        responses=row.responses if row.responses is not None else (snapshot.responses if snapshot else None),
        in_use=row.in_use,
        created_at=row.created_at,
        ran_at=row.ran_at,
        frozen_at=row.frozen_at,
        frozen_for=row.frozen_for,
        author=author.name if author else "",
        snapshot=snapshot.number if snapshot else None,
        job=job,
    )


def _is_lost(row: Weighting, job: Job | None) -> bool:
    """Whether its job will not come back: its process died each time, or it failed each time."""
    return row.status in ("queued", "running") and job is not None and job.status == "failed"


def _latest_snapshot(session: Session, wave_id: int) -> Snapshot | None:
    return session.scalar(select(Snapshot).where(Snapshot.wave_id == wave_id).order_by(Snapshot.number.desc()).limit(1))


def label_of(recipe: Mapping[str, Any]) -> str:
    """The name that the margins had in their file."""
    names: Mapping[str, str] = recipe.get("label") or {}
    return names.get("fr") or next(iter(names.values()), "")


def create_draft(
    session: Session,
    wave: Wave,
    *,
    label: str = "",
    recipe: Mapping[str, Any] | None = None,
    margins_key: str | None = None,
    copy_of: int | None = None,
    actor: User | None = None,
) -> Weighting:
    """Begin a weighting: empty, from a recipe, from margins shipped with the questionnaire, or from another one.

    Raises MarginsNotFound, WeightingNotFound.
    """
    session.get_one(Wave, wave.id, with_for_update=True)  # one at a time: numbers follow one another
    document = dict(recipe or EMPTY)
    if margins_key:
        document = margins.read_margins(wave.version.questionnaire.key, margins_key)
    if copy_of is not None:
        source = get_weighting(session, wave.id, copy_of)
        document, label = dict(source.recipe), label or source.label or label_of(source.recipe)
    last = session.scalar(select(func.max(Weighting.number)).where(Weighting.wave_id == wave.id)) or 0
    row = Weighting(
        wave_id=wave.id,
        number=last + 1,
        label=(label or label_of(document)).strip()[:LABEL_LENGTH],
        status="draft",
        recipe=document,
        in_use=False,
        author_id=actor.id if actor else None,
        created_at=now(),
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "create-weighting", f"{wave.key}/{row.number}", copy_of=copy_of, margins=margins_key)
    return row


def edit_draft(
    session: Session, wave: Wave, weighting: Weighting, recipe: Mapping[str, Any], label: str, actor: User | None = None
) -> list[RecipeProblem]:
    """Write the recipe of a draft, finished or not; its problems. Raises WeightingIsFrozen, WeightingIsNotADraft."""
    _require_draft(weighting)
    weighting.recipe, weighting.label = dict(recipe), label.strip()[:LABEL_LENGTH]
    audit.record(session, actor, "edit-weighting", f"{wave.key}/{weighting.number}")
    return recipes.check_recipe(recipe, get_version(session, wave.version_id)[1])


def delete_draft(session: Session, wave: Wave, weighting: Weighting, actor: User | None = None) -> None:
    """Forget a draft. Raises WeightingIsFrozen, WeightingIsNotADraft: what ran stays."""
    _require_draft(weighting)
    audit.record(session, actor, "delete-weighting", f"{wave.key}/{weighting.number}")
    session.delete(weighting)


def _require_draft(weighting: Weighting) -> None:
    if weighting.frozen_at is not None:
        raise WeightingIsFrozen(weighting.number)
    if weighting.status != "draft":
        raise WeightingIsNotADraft(weighting.number)


def request_run(
    session: Session, sender: Sender | None, wave: Wave, weighting: Weighting, actor: User | None = None
) -> Job:
    """Ask for the run of a draft, or again for one whose job was lost.

    Raises RecipeIsInvalid with every problem, WeightingIsFrozen, WeightingIsNotADraft.
    """
    if not _is_lost(weighting, session.get(Job, weighting.job_id) if weighting.job_id else None):
        _require_draft(weighting)
    problems = recipes.check_recipe(weighting.recipe, get_version(session, wave.version_id)[1])
    if not recipes.is_runnable(problems):
        raise RecipeIsInvalid([problem for problem in problems if problem.is_blocking])
    job = request(session, sender, RUN_WEIGHTING, weighting.id, cause="weighting")
    if job is None:
        raise TypeError("the job of a weighting has a row")
    weighting.status, weighting.job_id, weighting.problem = "queued", job.id, None
    audit.record(session, actor, "run-weighting", f"{wave.key}/{weighting.number}")
    return job


def use_weighting(
    session: Session,
    sender: Sender | None,
    wave: Wave,
    weighting: Weighting,
    *,
    replacing: int | None = None,
    actor: User | None = None,
) -> None:
    """Have the snapshots of the wave weighted by this one, from the next on.

    Raises WeightingIsNotDone; FrozenIsInUse when the one in use was frozen and `replacing` does not name it.
    """
    session.get_one(Wave, wave.id, with_for_update=True)  # one at a time: exactly one is in use
    if weighting.status != "done":
        raise WeightingIsNotDone(weighting.number)
    present = session.scalar(select(Weighting).where(Weighting.wave_id == wave.id, Weighting.in_use).with_for_update())
    if present is not None and present.id == weighting.id:
        return
    if present is not None and present.frozen_at is not None and replacing != present.number:
        raise FrozenIsInUse(present.number, present.frozen_for or "")
    session.execute(update(Weighting).where(Weighting.wave_id == wave.id, Weighting.in_use).values(in_use=False))
    weighting.in_use = True
    session.flush()
    audit.record(
        session,
        actor,
        "use-weighting",
        f"{wave.key}/{weighting.number}",
        replaced=present.number if present is not None else None,
        was_frozen=present is not None and present.frozen_at is not None,
    )
    request(session, sender, REFRESH_SNAPSHOT, wave.id)


def freeze_weighting(session: Session, weighting: Weighting, frozen_for: str, actor: User | None = None) -> None:
    """Keep a weighting for ever as a release used it; again for the same release does nothing.

    Raises WeightingIsNotDone, WeightingIsFrozen (for another release: that one copies it).
    """
    if weighting.frozen_at is not None:
        if weighting.frozen_for == frozen_for:
            return
        raise WeightingIsFrozen(weighting.number)
    if weighting.status != "done":
        raise WeightingIsNotDone(weighting.number)
    if weighting.diagnostics is None:  # made with the wave, it was only ever run by snapshots
        snapshot = _latest_snapshot(session, weighting.wave_id)
        if snapshot is None or snapshot.weighting_id != weighting.id or snapshot.problem is not None:
            raise WeightingIsNotDone(weighting.number)
        weighting.diagnostics, weighting.responses = snapshot.diagnostics, snapshot.responses
        weighting.ran_at = snapshot.created_at
    weighting.frozen_at, weighting.frozen_for = now(), frozen_for
    wave = session.get_one(Wave, weighting.wave_id)
    audit.record(session, actor, "freeze-weighting", f"{wave.key}/{weighting.number}", frozen_for=frozen_for)


def waves_to_reweight(session: Session) -> list[int]:
    """Waves whose latest snapshot is not weighted by the weighting in use: the hint of a change was lost."""
    latest = select(Snapshot.wave_id, func.max(Snapshot.number).label("number")).group_by(Snapshot.wave_id).subquery()
    statement = (
        select(Weighting.wave_id)
        .join(latest, latest.c.wave_id == Weighting.wave_id)
        .join(Snapshot, (Snapshot.wave_id == latest.c.wave_id) & (Snapshot.number == latest.c.number))
        .where(
            Weighting.in_use,
            or_(Snapshot.weighting_id.is_(None), Snapshot.weighting_id != Weighting.id),
            select(Segment.id).where(Segment.wave_id == Weighting.wave_id).exists(),
        )
    )
    return list(session.scalars(statement))
