"""A wave passes to a later version while people answer: complete responses never change, none loses an answer.

Two fates for responses in progress. `finish`: each ends on the version on which it began, and whoever begins later
is asked the successor. `move`: those in progress go on with the successor, where the comparison proves it safe.

Safe, exactly: both versions have the same context variables and experiments; every page and question of the old one
stands in the new one under its name, in its order, on its page; every base is proven unchanged; no variable is
renamed, dropped, recoded or broken; and what changed is only what is read (words, labels, order shown), or new: a
question, a choice, a row. Each response is looked at once more before it moves (`keeps_answers`), and finishes on
its version if anything of it would be read otherwise. Paper forms always finish: both entries are of one version.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import now
from app.models import Passage, QuestionnaireVersion, Response, User, Wave, Weighting
from app.services import audit, authoring, fieldwork, proving
from app.services.weightings import recipes
from questionnaires import routing
from questionnaires.comparison import BaseStatus, Change, ComparabilityClass, Comparison
from questionnaires.comparison.changes import ChangeKind
from questionnaires.model import Choice, Context, Given, Questionnaire, decode_context, decode_given

FATES = ("finish", "move")
_SAFE_CLASSES = frozenset(
    (
        ComparabilityClass.IDENTICAL,
        ComparabilityClass.COSMETIC,
        ComparabilityClass.WORDING,
        ComparabilityClass.CHOICES_ADDED,
        ComparabilityClass.NEW,
    )
)
_SAFE_KINDS = frozenset(
    (
        ChangeKind.NEW,
        ChangeKind.TEXT,
        ChangeKind.HELP,
        ChangeKind.INSTRUCTION,
        ChangeKind.VARIANTS,
        ChangeKind.INTRO,
        ChangeKind.TITLE,
        ChangeKind.LABEL,
        ChangeKind.ENDS,
        ChangeKind.CHOICE_ADDED,
        ChangeKind.CHOICE_ORDER,
        ChangeKind.ROW_ADDED,
        ChangeKind.ROW_ORDER,
        ChangeKind.SUBTOTALS,
        ChangeKind.CONCEPT,
        ChangeKind.CONDITION,  # written otherwise; who is asked is judged by the proof of the base
        ChangeKind.ORDER,
    )
)


class SuccessorIsImpossible(Exception):
    """A wave passes to a published version of its questionnaire that came after its own, and before it is closed."""


class MovingIsUnsafe(Exception):
    """The comparison does not prove that answers in progress keep their meaning on the successor."""


class WeightingDoesNotFit(Exception):
    """The weighting in use reads variables or answers that the successor does not have."""


class CountsHaveChanged(Exception):
    """The wave is not on the version that the person read about any more."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What forbids moving. `reason`: unproven, context, page, base or change; of a change, its words are `change`."""

    reason: str
    name: str = ""
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Fates:
    """What a passage would do to a wave. `complete`: counted, never touched. `is_compared`: whether it can be said.

    `in_progress`: those on the present version of the wave; `earlier`: those in progress on versions before it, who
    finish there whatever is chosen.
    """

    wave: Wave
    old: QuestionnaireVersion
    new: QuestionnaireVersion
    complete: int
    in_progress: int
    earlier: int
    is_compared: bool
    obstacles: tuple[Obstacle, ...]
    weighting_fits: bool

    @property
    def is_safe(self) -> bool:
        """Whether those in progress may be moved."""
        return self.is_compared and not self.obstacles


@dataclass(frozen=True, slots=True)
class Share:
    """How many responses of a wave are on a version."""

    version_id: int
    name: str
    complete: int
    in_progress: int


def obstacles(comparison: Comparison, old: Questionnaire, new: Questionnaire) -> tuple[Obstacle, ...]:
    """Why those in progress on the old version may not go on with the new one; empty when it is safe."""
    found = [Obstacle("context", name) for name in _context_changes(old, new)]
    found += [Obstacle("page", name) for name in _moved_pages(old, new)]
    found += [
        Obstacle("base", name) for name, one in comparison.bases.items() if one.status is not BaseStatus.UNCHANGED
    ]
    seen = [*comparison.changes, *(one for many in comparison.reasons.values() for one in many)]
    changed = dict.fromkeys(one for one in seen if one.kind not in _SAFE_KINDS or one.class_ not in _SAFE_CLASSES)
    found += [Obstacle("change", one.question, one) for one in changed]
    named = {one.question for one in changed}
    found += [
        Obstacle("change", name)
        for name, class_ in comparison.classes.items()
        if class_ not in _SAFE_CLASSES and (comparison.questions.get(name) or name) not in named
    ]
    return tuple(found)


def _context_changes(old: Questionnaire, new: Questionnaire) -> list[str]:
    """Of what is drawn or known when a response begins, what is not the same: it was frozen then."""
    before, after = _frozen(old), _frozen(new)
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def _frozen(model: Questionnaire) -> dict[str, tuple[object, ...]]:
    """What was drawn or known of a response when it began, by name; the words of it do not count."""
    known = {one.name: (one.type, one.provider, _codes(one.choices)) for one in model.context}
    return {**known, **{one.name: _codes(one.arms) for one in model.experiments}}


def _codes(choices: Iterable[Choice]) -> tuple[tuple[str, int], ...]:
    return tuple((one.name, one.code) for one in choices)


def _moved_pages(old: Questionnaire, new: Questionnaire) -> list[str]:
    """The pages of the old version that a browser may still show, and that the new one would not take as they are."""
    pages = {one.name: one for one in new.pages}
    kept = [one.name for one in new.pages if one.name in {page.name for page in old.pages}]
    found = [] if kept == [one.name for one in old.pages if one.name in pages] else list(kept)
    for page in old.pages:
        asked = [one.name for one in page.questions]
        there = [one.name for one in pages[page.name].questions] if page.name in pages else []
        if [one for one in there if one in asked] != asked:
            found.append(page.name)
    return list(dict.fromkeys(found))


def keeps_answers(old: Questionnaire, new: Questionnaire, context: Context, given: Given) -> bool:
    """Whether nothing given is lost: each key is known, each effective answer stays what it was."""
    before, after = routing.path(old, context, given), routing.path(new, context, given)
    if after.exit is not None and before.exit is None:
        return False
    computed = {one.name for one in old.computed}
    return all(after.effective.get(name) == value for name, value in before.effective.items() if name not in computed)


# -- what a wave may pass to ----------------------------------------------------------------------


def successors(session: Session, wave: Wave) -> list[QuestionnaireVersion]:
    """The versions that this wave may pass to, the latest first."""
    if wave.status == "closed":
        return []
    asked = select(QuestionnaireVersion).where(
        QuestionnaireVersion.questionnaire_id == wave.version.questionnaire_id,
        QuestionnaireVersion.id > wave.version_id,
        QuestionnaireVersion.status == "published",
    )
    return list(session.scalars(asked.order_by(QuestionnaireVersion.id.desc())))


def waves_behind(session: Session, version_id: int) -> list[Wave]:
    """The waves under way on an earlier version of the same questionnaire."""
    new = session.get_one(QuestionnaireVersion, version_id)
    asked = (
        select(Wave)
        .join(Wave.version)
        .where(
            QuestionnaireVersion.questionnaire_id == new.questionnaire_id,
            Wave.version_id < version_id,
            Wave.status.in_(fieldwork.RUNNING),
        )
    )
    return list(session.scalars(asked.order_by(Wave.id.desc())))


def fates_of(session: Session, wave: Wave, version_id: int) -> Fates:
    """What passing a wave to a version would do; of a draft too, before it is published."""
    new = session.get_one(QuestionnaireVersion, version_id)
    comparison = proving.comparison_of(session, wave.version_id, version_id).comparison
    shares = {one.version_id: one for one in shares_of(session, wave.id)}
    own = shares.get(wave.version_id)
    model = authoring.get_version(session, version_id)[1]
    found: tuple[Obstacle, ...] = ()
    if comparison is not None:
        found = obstacles(comparison, authoring.get_version(session, wave.version_id)[1], model)
    return Fates(
        wave=wave,
        old=session.get_one(QuestionnaireVersion, wave.version_id),
        new=new,
        complete=sum(one.complete for one in shares.values()),
        in_progress=own.in_progress if own else 0,
        earlier=sum(one.in_progress for key, one in shares.items() if key != wave.version_id),
        is_compared=comparison is not None,
        obstacles=found,
        weighting_fits=_weighting_fits(session, wave.id, model),
    )


def _weighting_fits(session: Session, wave_id: int, model: Questionnaire) -> bool:
    recipe = session.scalar(select(Weighting.recipe).where(Weighting.wave_id == wave_id, Weighting.in_use))
    return recipe is None or not any(one.is_blocking for one in recipes.check_recipe(recipe, model))


def shares_of(session: Session, wave_id: int) -> list[Share]:
    """The versions that people of a wave were asked, in their order, with how many are complete and in progress."""
    rows = session.execute(
        select(Response.version_id, QuestionnaireVersion.name, Response.disposition, func.count())
        .join(QuestionnaireVersion, QuestionnaireVersion.id == Response.version_id)
        .where(Response.wave_id == wave_id)
        .group_by(Response.version_id, QuestionnaireVersion.name, Response.disposition)
    ).all()
    names = {row[0]: row[1] for row in rows}
    return [
        Share(one, names[one], _counted(rows, one, fieldwork.SENT), _counted(rows, one, ("in_progress",)))
        for one in sorted(names)
    ]


def _counted(rows: Iterable[tuple[int, str, str, int]], version_id: int, dispositions: tuple[str, ...]) -> int:
    return sum(row[3] for row in rows if row[0] == version_id and row[2] in dispositions)


def passages_of(session: Session, wave_id: int) -> list[Passage]:
    """The passages of a wave, the first one first."""
    return list(session.scalars(select(Passage).where(Passage.wave_id == wave_id).order_by(Passage.id)))


# -- the act --------------------------------------------------------------------------------------


def pass_wave(
    session: Session, actor: User | None, wave_key: str, version_id: int, fate: str, seen: int | None = None
) -> Passage:
    """Have a wave ask a successor from now on; `fate`: what becomes of responses in progress, see `FATES`.

    `seen`: the version that the wave had when the person read about it. All in the transaction of the caller.
    Raises WaveNotFound, SuccessorIsImpossible, MovingIsUnsafe, WeightingDoesNotFit, CountsHaveChanged.
    """
    if fate not in FATES:
        raise ValueError(fate)
    wave = fieldwork.get_wave(session, wave_key, is_locked=True)
    session.refresh(wave)
    if seen is not None and wave.version_id != seen:
        raise CountsHaveChanged(wave_key)
    # Neither retired nor published meanwhile: held until this is committed.
    new = session.get(QuestionnaireVersion, version_id, with_for_update={"read": True}, populate_existing=True)
    if new is None or new.id not in {one.id for one in successors(session, wave)}:
        raise SuccessorIsImpossible(version_id)
    fates = fates_of(session, wave, version_id)
    if not fates.weighting_fits:
        raise WeightingDoesNotFit(wave_key)
    if fate == "move" and not fates.is_safe:
        raise MovingIsUnsafe(wave_key)
    old_id = wave.version_id
    moved, kept = _move(session, wave, new) if fate == "move" else (0, fates.in_progress)
    wave.version_id = new.id
    passage = Passage(
        wave_id=wave.id,
        old_version_id=old_id,
        new_version_id=new.id,
        fate=fate,
        moved=moved,
        kept=kept,
        author_id=actor.id if actor else None,
        at=now(),
    )
    session.add(passage)
    session.flush()
    session.refresh(wave)
    facts = {"from": fates.old.name, "to": new.name, "fate": fate, "moved": moved, "kept": kept}
    audit.record(session, actor, "pass-wave", wave.key, **facts)
    return passage


def _move(session: Session, wave: Wave, new: QuestionnaireVersion) -> tuple[int, int]:
    """Put those in progress on the successor, each under a new revision: a page shown before is told, not lost."""
    old_model = authoring.get_version(session, wave.version_id)[1]
    new_model = authoring.get_version(session, new.id)[1]
    asked = select(Response).where(
        Response.wave_id == wave.id, Response.version_id == wave.version_id, Response.disposition == "in_progress"
    )
    moved = kept = 0
    for row in session.scalars(asked.order_by(Response.id).with_for_update().execution_options(populate_existing=True)):
        context, given = decode_context(row.context), decode_given(row.given)
        old, after = old_model.for_mode(row.mode), new_model.for_mode(row.mode)
        can_read = row.language in after.languages
        if row.mode == "paper" or not can_read or not keeps_answers(old, after, context, given):
            kept += 1
            continue
        row.version_id, row.revision = new.id, row.revision + 1
        moved += 1
    session.flush()
    return moved, kept
