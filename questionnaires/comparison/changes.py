"""What a comparison of two versions is made of: changes, classes of comparability, verdicts on bases."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # The package of proofs loads the solver; a ledger and a trend need none.
    from ..proofs.respondents import Respondent


class Join(StrEnum):
    """What a trend does between two points."""

    JOINED = "joined"
    NOTED = "noted"
    CUT = "cut"


class ComparabilityClass(StrEnum):
    """How far the figures of a variable may be compared between two versions, from the closest to the farthest.

    COSMETIC: only spaces, punctuation, typography, a translation or a title differ. WORDING: what is read, or how
    it is answered, differs. CHOICES_ADDED: a choice, or an absence offered as an answer, came or went. RECODED: the
    same answers under other codes. BASE_CHANGED: others are asked. BROKEN: something else is measured.
    """

    IDENTICAL = "identical"
    COSMETIC = "cosmetic"
    WORDING = "wording"
    CHOICES_ADDED = "choices-added"
    RECODED = "recoded"
    BASE_CHANGED = "base-changed"
    BROKEN = "broken"
    NEW = "new"
    DROPPED = "dropped"

    @property
    def joins(self) -> Join:
        """What a trend does across it."""
        return _JOINS[self]

    @property
    def rank(self) -> int:
        """Its place from the closest to the farthest: of several, the highest counts."""
        return _RANKS[self]


_NOTED = (ComparabilityClass.WORDING, ComparabilityClass.CHOICES_ADDED, ComparabilityClass.RECODED)
_JOINS: Mapping[ComparabilityClass, Join] = {
    **dict.fromkeys(ComparabilityClass, Join.CUT),
    **dict.fromkeys(_NOTED, Join.NOTED),
    ComparabilityClass.IDENTICAL: Join.JOINED,
    ComparabilityClass.COSMETIC: Join.JOINED,
}
_RANKS = {one: rank for rank, one in enumerate(ComparabilityClass)}


def worst(classes: Iterable[ComparabilityClass]) -> ComparabilityClass:
    """The class that forbids most; IDENTICAL of none."""
    return max(classes, key=lambda one: one.rank, default=ComparabilityClass.IDENTICAL)


class ChangeKind(StrEnum):
    """What happened to a question, to a part of it or to another variable."""

    NEW = "new"
    DROPPED = "dropped"
    RENAMED = "renamed"
    PAGE = "page"  # the same order, on another page or in another section
    MOVED = "moved"  # asked after what came after it, or before what came before it
    TEXT = "text"
    HELP = "help"
    INSTRUCTION = "instruction"
    VARIANTS = "variants"
    INTRO = "intro"
    TITLE = "title"
    LABEL = "label"
    ENDS = "ends"  # the labels of the ends of a scale of scores
    SCALE_REVERSED = "scale-reversed"
    CODE_REUSED = "code-reused"
    CODE = "code"
    CHOICE_ADDED = "choice-added"
    CHOICE_DROPPED = "choice-dropped"
    CHOICE_ORDER = "choice-order"
    CHOICE_OPTIONS = "choice-options"  # chosen alone, words asked beside it, its place, what it is offered for
    ROW_ADDED = "row-added"
    ROW_DROPPED = "row-dropped"
    ROW_ORDER = "row-order"
    SUBTOTALS = "subtotals"
    TYPE = "type"
    BOUNDS = "bounds"
    MOST = "most"  # how many choices may be made, or are ranked
    DECIMALS = "decimals"
    UNIT = "unit"
    ABSENCES = "absences"
    ORDER = "order"
    REQUIRED = "required"
    SENSITIVE = "sensitive"
    PREFILL = "prefill"
    CONCEPT = "concept"
    CHECK = "check"
    CONDITION = "condition"
    BASE = "base"
    REPEAT = "repeat"
    RULE = "rule"
    SOURCE = "source"  # a source of a computed variable changed
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `question` is named as in the new version, or as in the old one where it is dropped.

    `variables` are those of the codebook that it touches; empty: every variable of the question. `part` names the
    choice, the row, the check or the variant; `language` that of the words. `before` and `after` are words, names
    or rules as they are written, None where there is nothing.
    """

    kind: ChangeKind
    question: str
    class_: ComparabilityClass
    before: str | None = None
    after: str | None = None
    variables: tuple[str, ...] = ()
    part: str | None = None
    language: str | None = None

    @property
    def digest(self) -> str:
        """What was seen, in 16 characters: another change has another digest."""
        seen = [self.kind, self.question, self.class_, self.before, self.after, self.part, self.language]
        return digest_of(json.dumps(seen, ensure_ascii=False))

    def touches(self, variable: str) -> bool:
        """Whether it counts for a variable of its question."""
        return not self.variables or variable in self.variables


def digest_of(*seen: str) -> str:
    """A short digest of texts in their order."""
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()[:16]


class BaseStatus(StrEnum):
    """UNPROVEN: nobody asked the solver. UNDECIDED: it gave up within its limits."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    UNDECIDED = "undecided"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class BaseVerdict:
    """Whether a question kept is asked of the same people; where it is not, somebody who shows it.

    `asked_in`: the version (its name) in which this respondent is asked. The respondent answers in the names of
    the new version; `respondent_in_old` in those of the old one. `variable`: the row, where it is about a row.
    `routes`: the digest of all that decides who is asked, in both versions; empty where the base is the same.
    """

    status: BaseStatus
    respondent: Respondent | None = None
    respondent_in_old: Respondent | None = None
    asked_in: str | None = None
    variable: str | None = None
    routes: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions compared. `classes` has every variable of the new version, then those that are dropped.

    `reasons`: for each variable that is not identical, the changes behind its class. `bases`: for each question
    kept, by its new name; those of rows with a condition of their own under the name of their answer. `formerly`:
    new name -> old name of each variable that was renamed. `questions`: the question of a variable, empty for one
    that nobody is asked.
    """

    questionnaire: str
    old: str
    new: str
    changes: tuple[Change, ...]
    classes: Mapping[str, ComparabilityClass] = field(hash=False)
    reasons: Mapping[str, tuple[Change, ...]] = field(hash=False)
    bases: Mapping[str, BaseVerdict] = field(hash=False)
    formerly: Mapping[str, str] = field(hash=False)
    questions: Mapping[str, str] = field(hash=False)

    @property
    def pair(self) -> tuple[str, str]:
        return self.old, self.new

    def digest(self, *variables: str) -> str:
        """The digest of what changed for these variables: that which a confirmation is about."""
        return digest_of(*(text for name in variables for text in self._seen(name)))

    def _seen(self, variable: str) -> tuple[str, ...]:
        changes = sorted(self._seen_of(one) for one in self.reasons.get(variable, ()))
        return (variable, self.formerly.get(variable, variable), self.classes[variable], *changes)

    def _seen_of(self, change: Change) -> str:
        """The digest of a change with what is behind it: what decides a base, what changed in a source."""
        if change.kind is ChangeKind.BASE:
            verdict = self.bases.get(change.variables[0] if change.variables else change.question)
            return digest_of(change.digest, verdict.routes if verdict is not None else "")
        if change.kind is ChangeKind.SOURCE and change.part is not None:
            return digest_of(change.digest, *self._seen_of_source(change.part))
        return change.digest

    def _seen_of_source(self, source: str) -> tuple[str, ...]:
        """What changed for what a rule reads: a variable, or those of its question or of its row."""
        of_source = (name for name in self.classes if source in (name, self.questions.get(name)))
        found = tuple(of_source) or tuple(name for name in self.classes if name.startswith(f"{source}_"))
        return tuple(text for name in found for text in self._seen(name))
