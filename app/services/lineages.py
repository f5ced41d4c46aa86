"""What a variable was called in each version of its questionnaire: the declared renames, followed both ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Questionnaire as QuestionnaireRow
from app.models import QuestionnaireVersion
from app.services import authoring
from questionnaires.codebook.columns import columns
from questionnaires.comparison.alignment import Aligned, align
from questionnaires.model import Questionnaire, choices_of


@dataclass(frozen=True, slots=True)
class Alias:
    """A variable as one version has it. `codes`: of its answers, code in the newest version -> code here.

    Only those that differ; None for an answer that this version does not have, whatever has its code here.
    """

    variable: str
    codes: Mapping[int, int | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Lineage:
    """The versions of a questionnaire by name, in their order."""

    versions: Sequence[tuple[str, Questionnaire]]

    def newest(self, variable: str) -> str:
        """The name in the last version that goes on from the variable of this name; itself where nothing does."""
        known = [place for place in range(len(self.versions)) if variable in self._variables[place]]
        for step in self._steps[known[-1] :] if known else ():
            variable = step.names.get(variable, variable)
        return variable

    def until(self, version: str) -> Lineage:
        """The same without the versions that came after this one."""
        names = [name for name, _ in self.versions]
        return Lineage(self.versions[: names.index(version) + 1]) if version in names else self

    def alias(self, variable: str, version: str) -> Alias | None:
        """What a version calls the variable so named in the last one; None where it calls something else so.

        A version that is not of these has it by the same name.
        """
        if all(version != name for name, _ in self.versions):
            return Alias(variable)
        return self.aliases(variable).get(version)

    def code(self, variable: str, code: int, version: str) -> int | None:
        """The code that an answer of the last version has in another; None where that version does not have it."""
        alias = self.alias(variable, version)
        return None if alias is None else alias.codes.get(code, code)

    def column(self, variable: str, code: str, version: str) -> str | None:
        """A column of the table of a variable, as another version has it: an answer by its code, or a variable."""
        if code.removeprefix("-").isdecimal():
            here = self.code(variable, int(code), version)
            return None if here is None else str(here)
        alias = self.alias(code, version)
        return None if alias is None else alias.variable

    def aliases(self, variable: str) -> dict[str, Alias]:
        """Each version that may have the variable so named in the last one -> what it calls it.

        A version that calls something else so is not in it. What a version lacks is for its tables to say.
        """
        alias = Alias(variable)
        found = {self.versions[-1][0]: alias} if self.versions else {}
        for (name, old), step in reversed(list(zip(self.versions, self._steps, strict=False))):
            before = _before(alias, old, step)
            if before is None:
                break
            found[name] = alias = before
        return found

    @cached_property
    def _steps(self) -> list[Aligned]:
        return [align(old, new) for (_, old), (_, new) in pairwise(self.versions)]

    @cached_property
    def _variables(self) -> list[frozenset[str]]:
        return [_names_of(version) for _, version in self.versions]


def lineage_of(session: Session, questionnaire: str) -> Lineage:
    """The published versions of a questionnaire, in the order in which they came."""
    rows = session.execute(
        select(QuestionnaireVersion.name, QuestionnaireVersion.id)
        .join(QuestionnaireVersion.questionnaire)
        .where(QuestionnaireRow.key == questionnaire, QuestionnaireVersion.status != "draft")
        .order_by(QuestionnaireVersion.id)
    )
    return Lineage([(name, authoring.get_version(session, version_id)[1]) for name, version_id in rows])


def _names_of(version: Questionnaire) -> frozenset[str]:
    """Questions, keys of answers and variables: all that a table or an address can name."""
    asked = (name for one in version.questions for name in (one.name, *one.keys))
    return frozenset((*asked, *(one.variable.name for one in columns(version))))


def _before(alias: Alias, old: Questionnaire, step: Aligned) -> Alias | None:
    """One version back; None where that version calls something else so."""
    names = {new: before for before, new in step.names.items()}
    name = names.get(alias.variable)
    if name is None:
        return None if alias.variable in step.names else alias
    return Alias(name, _codes_before(alias, name, old, step))


def _codes_before(alias: Alias, name: str, old: Questionnaire, step: Aligned) -> dict[int, int | None]:
    """The codes of the newest version in an older one, through those of the version between."""
    before = next((one for one in old.questions if name in (one.name, *one.keys)), None)
    if before is None:
        return dict(alias.codes)
    after = step.questionnaire.question(step.names[before.name])
    said = {new.code: one.code for new, one in zip(choices_of(after), choices_of(before), strict=True)}
    # A code that stood for something else stands for no answer of the newer version.
    moved: dict[int, int | None] = dict.fromkeys({*said.values()} - {*said})
    moved |= {new: one for new, one in said.items() if new != one}
    found: dict[int, int | None] = {}
    for code in {*alias.codes} | {*moved}:
        here = alias.codes.get(code, code)
        found[code] = None if here is None else moved.get(here, here)
    return {code: here for code, here in found.items() if code != here}
