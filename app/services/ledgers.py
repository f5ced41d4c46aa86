"""The ledger of a questionnaire: what its shipped file says, then what people have confirmed on this platform.

Nothing here runs the solver: comparisons are those that the jobs of `proving` have kept.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby, pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import now
from app.models import Confirmation, QuestionnaireVersion, User
from app.models import Questionnaire as QuestionnaireRow
from app.services import audit, proving
from app.services.weightings.margins import DEFINITIONS
from questionnaires.comparison import ComparabilityClass, Comparison, Join
from questionnaires.comparison import ledger as ledgers
from questionnaires.comparison.ledger import Entry, Ledger, Transition, Verdict
from questionnaires.comparison.ledger_file import read_ledger
from questionnaires.model import LocalText

FILE = "comparability/ledger.yaml"


class ClassIsImpossible(Exception):
    """A variable that is new or dropped is compared with nothing."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person retained of a change; `on` is None where the file does not say the day."""

    class_: ComparabilityClass
    reason: LocalText
    author: str
    on: dt.date | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a changed variable stands: `unconfirmed`, `stale` (confirmed of another change) or `confirmed`.

    `join`: what a trend does with it, which is to cut while nobody has confirmed this very change.
    """

    status: str
    decision: Decision | None
    join: Join

    @property
    def is_waiting(self) -> bool:
        """Whether a person has still to look at it."""
        return self.status != "confirmed"


def ledger_of(session: Session, questionnaire_key: str) -> Ledger:
    """Everything that was confirmed of a questionnaire: its file, then the rows; the latest of a variable counts."""
    return _shipped(questionnaire_key).merged(_confirmed(session, questionnaire_key))


def judge_of(session: Session, questionnaire_key: str) -> Callable[[str, str, str], Verdict]:
    """What a trend may do with a variable between two versions: (variable, older name, newer name) -> verdict.

    A variable that the comparison kept of the two shows to be the same needs no confirmation. What was confirmed
    of two contents that no comparison kept speaks of does not count: nothing says that it is of these.
    """
    versions = session.execute(
        select(QuestionnaireVersion.name, QuestionnaireVersion.id, QuestionnaireVersion.content_hash)
        .join(QuestionnaireVersion.questionnaire)
        .where(QuestionnaireRow.key == questionnaire_key, QuestionnaireVersion.status != "draft")
        .order_by(QuestionnaireVersion.id)
    ).all()
    names, ids = [one.name for one in versions], {one.name: one.id for one in versions}
    said = ledger_of(session, questionnaire_key)
    neighbours = [*pairwise(names)]
    pairs = dict.fromkeys((*neighbours, *((one.old, one.new) for one in said.transitions)))
    comparisons: dict[tuple[str, str], Comparison] = {}
    for old, new in (pair for pair in pairs if {*pair} <= ids.keys()):
        kept = proving.comparison_of(session, ids[old], ids[new]).comparison
        if kept is not None:
            comparisons[old, new] = kept
    files = _shipped_files(questionnaire_key)
    found = _about(said, comparisons, {one.name for one in versions if files.get(one.name) == one.content_hash})
    for pair in (pair for pair in neighbours if pair in comparisons):
        same = _identical(comparisons[pair], found.transition(*pair))
        found = found.merged(Ledger(questionnaire_key, (Transition(*pair, same),)))

    def judge(variable: str, old: str, new: str) -> Verdict:
        between = [old, new]
        if old in names and new in names and names.index(old) <= names.index(new):
            between = names[names.index(old) : names.index(new) + 1]
        return found.class_between(variable, between, comparisons)

    return judge


def standings(session: Session, comparison: Comparison) -> dict[str, Standing]:
    """Each variable that changed, in the order of the comparison, and where it stands."""
    found = ledger_of(session, comparison.questionnaire)
    waiting = frozenset(ledgers.unconfirmed(comparison, found))
    transition = found.transition(*comparison.pair) or Transition(*comparison.pair)
    standing: dict[str, Standing] = {}
    for variable, class_ in comparison.classes.items():
        if class_ is ComparabilityClass.IDENTICAL:
            continue
        entry = transition.entry(variable)
        decision = None if entry is None else _decision(entry)
        if variable in waiting or decision is None:
            standing[variable] = Standing("stale" if decision else "unconfirmed", decision, Join.CUT)
        else:
            standing[variable] = Standing("confirmed", decision, decision.class_.joins)
    return standing


def unconfirmed(session: Session, version_id: int) -> tuple[str, ...] | None:
    """The variables of a version whose change since the one published before waits for a person.

    None while the two are not compared; empty for a first version.
    """
    version = session.get_one(QuestionnaireVersion, version_id)
    old = proving.published_before(session, version)
    if old is None:
        return ()
    comparison = proving.comparison_of(session, old.id, version_id).comparison
    if comparison is None:
        return None
    return ledgers.unconfirmed(comparison, ledger_of(session, comparison.questionnaire))


def offered(proposed: ComparabilityClass) -> tuple[ComparabilityClass, ...]:
    """The classes that a person may retain for a change."""
    alone = (ComparabilityClass.NEW, ComparabilityClass.DROPPED)
    return (proposed,) if proposed in alone else tuple(one for one in ComparabilityClass if one not in alone)


def confirm(
    session: Session,
    actor: User,
    comparison: Comparison,
    variables: Iterable[str],
    class_: ComparabilityClass,
    reason: str,
) -> None:
    """Retain a class for changed variables, with the digest of the change that was seen.

    Raises proving.ReasonIsMissing, and ClassIsImpossible where a variable is new or dropped and the class is not.
    """
    reason = proving.read_reason(reason)
    names = tuple(variables)
    if any(class_ not in offered(comparison.classes[name]) for name in names):
        raise ClassIsImpossible(class_)
    asked = select(QuestionnaireRow.id).where(QuestionnaireRow.key == comparison.questionnaire)
    questionnaire_id = session.execute(asked).scalar_one()
    at = now()
    for name in names:
        row = Confirmation(
            questionnaire_id=questionnaire_id,
            old_version=comparison.old,
            new_version=comparison.new,
            variable=name,
            proposed=comparison.classes[name].value,
            confirmed=class_.value,
            reason=reason,
            digest=comparison.digest(name),
            author_id=actor.id,
            confirmed_at=at,
        )
        session.add(row)
    subject = f"{comparison.questionnaire} {comparison.old} {comparison.new}"
    retained = class_.value
    audit.record(session, actor, "confirm-change", subject, variables=list(names), retained=retained, reason=reason)


@cache
def _shipped(questionnaire_key: str) -> Ledger:
    """The ledger of the file beside the shipped definitions; an empty one without."""
    file = DEFINITIONS / questionnaire_key / FILE
    return read_ledger(file.read_bytes(), file.name) if file.is_file() else Ledger(questionnaire_key)


@cache
def _shipped_files(questionnaire_key: str) -> Mapping[str, str]:
    """The versions that are shipped: name -> content hash."""
    files = (DEFINITIONS / questionnaire_key).glob("*.yaml")
    return {one.stem: hashlib.sha256(one.read_bytes()).hexdigest() for one in files}


def _about(said: Ledger, comparisons: Mapping[tuple[str, str], Comparison], shipped: Container[str]) -> Ledger:
    """What a ledger says of contents that are known: compared here, or shipped with it, of which the file speaks."""
    file = _shipped(said.questionnaire)
    kept = [one for one in said.transitions if (one.old, one.new) in comparisons]
    kept += (
        one
        for one in file.transitions
        if (one.old, one.new) not in comparisons and one.old in shipped and one.new in shipped
    )
    return Ledger(said.questionnaire, tuple(kept))


def _confirmed(session: Session, questionnaire_key: str) -> Ledger:
    """What people have confirmed here, as a ledger; of a variable the latest counts."""
    rows = session.execute(
        select(Confirmation, User.name, User.email)
        .join(QuestionnaireRow, Confirmation.questionnaire_id == QuestionnaireRow.id)
        .join(User, Confirmation.author_id == User.id)
        .where(QuestionnaireRow.key == questionnaire_key)
        .order_by(Confirmation.old_version, Confirmation.new_version, Confirmation.id)
    )
    transitions = []
    for pair, group in groupby(rows, key=lambda row: (row[0].old_version, row[0].new_version)):
        latest: Mapping[str, Entry] = {row.variable: _entry(row, name or email) for row, name, email in group}
        transitions.append(Transition(*pair, entries=tuple(latest.values())))
    return Ledger(questionnaire_key, tuple(transitions))


def _entry(row: Confirmation, author: str) -> Entry:
    return Entry(
        variables=(row.variable,),
        proposed=ComparabilityClass(row.proposed),
        digest=row.digest,
        confirmed=ComparabilityClass(row.confirmed),
        reason=LocalText({"fr": row.reason}),
        by=author,
        on=row.confirmed_at.date().isoformat(),
    )


def _decision(entry: Entry) -> Decision | None:
    if entry.confirmed is None:
        return None
    return Decision(entry.confirmed, entry.reason, entry.by, dt.date.fromisoformat(entry.on) if entry.on else None)


def _identical(comparison: Comparison, known: Transition | None) -> tuple[str, ...]:
    """The variables that a comparison shows to be the same, but those that a person judged more strictly."""
    entries = () if known is None else known.entries
    confirmed = (one for one in entries if one.is_confirmed and ledgers.is_about(one, comparison))
    judged = {name for one in confirmed for name in one.variables}
    same = (name for name, one in comparison.classes.items() if one is ComparabilityClass.IDENTICAL)
    return tuple(name for name in same if name not in judged)
