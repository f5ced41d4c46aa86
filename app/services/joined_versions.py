"""A wave that was asked in several versions: which variables of the one it asks now hold for those asked another.

A variable joins where the ledger lets a trend go on between the two versions and both write the same answers under
the same codes. Of any other, those who were asked an earlier version are counted as not asked it: two measures are
never added up. What they answered stays in their submissions and in their segments.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.services import ledgers, proving
from app.services.authoring import get_version
from questionnaires import codebook
from questionnaires.codebook import Variable
from questionnaires.comparison import ComparabilityClass, Join
from questionnaires.comparison.ledger import Verdict
from questionnaires.model import Absence, Questionnaire

_SAME_CODES = frozenset(
    (
        ComparabilityClass.IDENTICAL,
        ComparabilityClass.COSMETIC,
        ComparabilityClass.WORDING,
        ComparabilityClass.CHOICES_ADDED,
    )
)


@dataclass(frozen=True)
class Joined:
    """An earlier version of a wave. `names`: variable of the version asked now -> what it is called here.

    `noted`: those that were worded otherwise. `apart`: those of the version asked now that do not count its people.
    """

    version_id: int
    version: str
    names: Mapping[str, str]
    noted: tuple[str, ...]
    apart: tuple[str, ...]

    @property
    def digest(self) -> str:
        """What names this way of joining."""
        said = json.dumps([self.version_id, sorted(self.names.items())])
        return hashlib.sha256(said.encode()).hexdigest()[:12]

    def payload(self, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """What was sent, under the names of the version asked now; of what does not join, not in its version."""
        values = {new: sent["values"][old] for new, old in self.names.items() if old in sent["values"]}
        absences = {new: sent["absences"][old] for new, old in self.names.items() if old in sent["absences"]}
        gone = dict.fromkeys(self.apart, int(Absence.NOT_IN_VERSION))
        return {**sent, "values": values, "absences": {**absences, **gone}}


def joined_versions(session: Session, version_id: int, others: Iterable[int]) -> dict[int, Joined]:
    """Each other version that a wave was asked, and what of it joins the version that it asks now."""
    earlier = sorted({*others} - {version_id})
    if not earlier:
        return {}
    summary, asked = get_version(session, version_id)
    judge = ledgers.judge_of(session, summary.questionnaire_key)
    return {one: _joined(session, one, version_id, asked, judge) for one in earlier}


def _joined(
    session: Session, old_id: int, new_id: int, asked: Questionnaire, judge: Callable[[str, str, str], Verdict]
) -> Joined:
    """A variable found under no comparison, or on a version that came later, joins nothing: nobody has judged it."""
    summary, model = get_version(session, old_id)
    comparison = proving.comparison_of(session, old_id, new_id).comparison if old_id < new_id else None
    before = {one.name: one for one in codebook.variables(model)}
    names: dict[str, str] = {}
    noted, apart = [], []
    for variable in codebook.variables(asked):
        own = None
        if comparison is not None and comparison.classes.get(variable.name) in _SAME_CODES:
            own = before.get(comparison.formerly.get(variable.name, variable.name))
        verdict = None if own is None else judge(variable.name, summary.name, asked.version)
        if own is None or verdict is None or not _may_join(own, variable, verdict):
            apart.append(variable.name)
            continue
        names[variable.name] = own.name
        if verdict.join is Join.NOTED:
            noted.append(variable.name)
    return Joined(old_id, summary.name, names, tuple(noted), tuple(apart))


def _may_join(old: Variable, new: Variable, verdict: Verdict) -> bool:
    before, after = ((one.kind, one.decimals, one.minimum, one.maximum, one.roster) for one in (old, new))
    has_its_codes = {code for code, _ in old.codes} <= {code for code, _ in new.codes}
    is_the_same = before == after and has_its_codes and verdict.class_ in _SAME_CODES
    return is_the_same and verdict.join is not Join.CUT
