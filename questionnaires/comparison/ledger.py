"""The ledger of a questionnaire: what a person confirmed of the changes between two versions, and why.

A ledger is obeyed. What it does not say is not joined: a step between versions that it does not know, a variable
that it does not name, a class that nobody confirmed, a class confirmed for another change than the one there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise

from ..model import LocalText
from .changes import ChangeKind, ComparabilityClass, Comparison, Join, worst


@dataclass(frozen=True, slots=True)
class Entry:
    """What is said of one variable, or of several of one question that changed alike.

    `confirmed`: the class that counts, None while nobody confirmed one; then `by` and `on` (a day as 2026-11-23)
    are empty. `digest` is `Comparison.digest` of these variables when they were judged. `formerly`: their names in
    the older version, in the same order; empty where none was renamed.
    """

    variables: tuple[str, ...]
    proposed: ComparabilityClass
    digest: str
    confirmed: ComparabilityClass | None = None
    reason: LocalText = field(default_factory=lambda: LocalText({}))
    by: str = ""
    on: str = ""
    formerly: tuple[str, ...] = ()

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed is not None

    def formerly_of(self, variable: str) -> str:
        """The name of one of its variables in the older version."""
        return self.formerly[self.variables.index(variable)] if self.formerly else variable


@dataclass(frozen=True, slots=True)
class Transition:
    """The passage from a version to a later one. `identical`: the variables that were seen to be the same."""

    old: str
    new: str
    identical: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()

    def entry(self, variable: str) -> Entry | None:
        """What is said of a variable, by its name in the newer version (in the older one where it is dropped)."""
        return next((one for one in self.entries if variable in one.variables), None)


class Doubt(StrEnum):
    """Why a step is cut whatever its class."""

    UNKNOWN = "unknown"  # the ledger knows no such step, or not this variable
    UNCONFIRMED = "unconfirmed"
    STALE = "stale"  # confirmed for another change


@dataclass(frozen=True, slots=True)
class Step:
    """What counts from a version to the next one of the chain."""

    old: str
    new: str
    variable: str
    class_: ComparabilityClass | None
    entry: Entry | None = None
    doubt: Doubt | None = None

    @property
    def join(self) -> Join:
        return Join.CUT if self.class_ is None or self.doubt is not None else self.class_.joins


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a trend may do between two versions. `class_` is None where some step is in doubt; then it is cut."""

    steps: tuple[Step, ...]

    @property
    def class_(self) -> ComparabilityClass | None:
        classes = [one.class_ for one in self.steps if one.class_ is not None and one.doubt is None]
        return worst(classes) if len(classes) == len(self.steps) else None

    @property
    def join(self) -> Join:
        """The worst along the chain."""
        joins = [one.join for one in self.steps]
        return next((one for one in (Join.CUT, Join.NOTED) if one in joins), Join.JOINED)

    @property
    def reasons(self) -> tuple[LocalText, ...]:
        """Why, in the words of those who confirmed, for every step that is more than cosmetic."""
        told = (one.entry for one in self.steps if one.entry is not None and one.join is not Join.JOINED)
        return tuple(dict.fromkeys(one.reason for one in told if one.reason))

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        return tuple(dict.fromkeys(one.doubt for one in self.steps if one.doubt is not None))


Comparisons = Mapping[tuple[str, str], Comparison]


@dataclass(frozen=True, slots=True)
class Ledger:
    """All the transitions of a questionnaire; at most one from a version to another."""

    questionnaire: str
    transitions: tuple[Transition, ...] = ()

    def transition(self, old: str, new: str) -> Transition | None:
        return next((one for one in self.transitions if (one.old, one.new) == (old, new)), None)

    def class_between(self, variable: str, versions: Sequence[str], comparisons: Comparisons | None = None) -> Verdict:
        """What may be done with a variable from the first of these versions to the last.

        `variable` is named as in the last one; `versions` are all those between, in order. A transition straight
        from the first to the last counts alone: it was confirmed of these two. Otherwise every step counts. With
        `comparisons`, what was confirmed of another change than theirs is stale. Of one version alone: joined.
        """
        if len(versions) > 1 and self.transition(versions[0], versions[-1]) is not None:
            versions = (versions[0], versions[-1])
        steps: list[Step] = []
        for old, new in reversed(list(pairwise(versions))):
            if old == new:
                continue
            step = self._step(variable, old, new, (comparisons or {}).get((old, new)))
            steps.append(step)
            if step.entry is not None and variable in step.entry.variables:
                variable = step.entry.formerly_of(variable)
        return Verdict(tuple(reversed(steps)))

    def _step(self, variable: str, old: str, new: str, comparison: Comparison | None) -> Step:
        transition = self.transition(old, new)
        entry = transition.entry(variable) if transition is not None else None
        if transition is None or (entry is None and variable not in transition.identical):
            return Step(old, new, variable, None, doubt=Doubt.UNKNOWN)
        seen = comparison.classes.get(variable) if comparison is not None else None
        if entry is None:
            is_stale = comparison is not None and seen is not ComparabilityClass.IDENTICAL
            doubt = Doubt.STALE if is_stale else None
            return Step(old, new, variable, ComparabilityClass.IDENTICAL, doubt=doubt)
        if entry.confirmed is None:
            return Step(old, new, variable, None, entry, Doubt.UNCONFIRMED)
        is_stale = comparison is not None and not is_about(entry, comparison)
        return Step(old, new, variable, entry.confirmed, entry, Doubt.STALE if is_stale else None)

    def merged(self, other: Ledger) -> Ledger:
        """This ledger and what another adds or says anew: for a variable that both name, the other counts."""
        found = {(one.old, one.new): one for one in self.transitions}
        for one in other.transitions:
            mine = found.get((one.old, one.new), Transition(one.old, one.new))
            said = {name for entry in one.entries for name in entry.variables} | {*one.identical}
            kept = tuple(entry for entry in mine.entries if not said & {*entry.variables})
            identical = tuple(name for name in mine.identical if name not in said) + one.identical
            found[one.old, one.new] = replace(one, identical=identical, entries=(*kept, *one.entries))
        return replace(self, transitions=tuple(found.values()))


def is_about(entry: Entry, comparison: Comparison) -> bool:
    """Whether the change that was confirmed is the one that there is."""
    if any(name not in comparison.classes for name in entry.variables):
        return False
    return comparison.digest(*entry.variables) == entry.digest


def unconfirmed(comparison: Comparison, ledger: Ledger) -> tuple[str, ...]:
    """The variables that changed and of which the ledger has no class confirmed for this very change."""
    transition = ledger.transition(*comparison.pair)
    changed = (name for name, one in comparison.classes.items() if one is not ComparabilityClass.IDENTICAL)
    if transition is None:
        return tuple(changed)
    confirmed = {
        name
        for entry in transition.entries
        if entry.is_confirmed and is_about(entry, comparison)
        for name in entry.variables
    }
    return tuple(name for name in changed if name not in confirmed)


def proposed(comparison: Comparison) -> Transition:
    """The transition that a comparison proposes: nothing is confirmed, variables that changed alike stand together."""
    groups: dict[tuple[str, ComparabilityClass, tuple[ChangeKind, ...]], list[str]] = {}
    for name, class_ in comparison.classes.items():
        if class_ is not ComparabilityClass.IDENTICAL:
            reasons = tuple(sorted({one.kind for one in comparison.reasons.get(name, ())}))
            groups.setdefault((comparison.questions.get(name) or name, class_, reasons), []).append(name)
    entries = []
    for (_, class_, _), names in groups.items():
        before = tuple(comparison.formerly.get(name, name) for name in names)
        formerly = before if before != tuple(names) else ()
        entries.append(Entry(tuple(names), class_, comparison.digest(*names), formerly=formerly))
    same = tuple(name for name, one in comparison.classes.items() if one is ComparabilityClass.IDENTICAL)
    return Transition(comparison.old, comparison.new, same, tuple(entries))


def updated(ledger: Ledger, comparison: Comparison) -> Ledger:
    """The ledger with what a comparison proposes; what was confirmed of the same change stays."""
    fresh = proposed(comparison)
    known = ledger.transition(*comparison.pair)
    kept = {one.digest: one for one in known.entries} if known is not None else {}
    entries: Iterable[Entry] = (
        kept[one.digest] if one.digest in kept and kept[one.digest].variables == one.variables else one
        for one in fresh.entries
    )
    # A person may judge more strictly what the comparison sees as the same.
    stricter = tuple(
        one
        for one in kept.values()
        if {*one.variables} <= {*fresh.identical} and comparison.digest(*one.variables) == one.digest
    )
    judged = {name for one in stricter for name in one.variables}
    identical = tuple(name for name in fresh.identical if name not in judged)
    fresh = replace(fresh, identical=identical, entries=(*entries, *stricter))
    others = tuple(one for one in ledger.transitions if (one.old, one.new) != comparison.pair)
    at = next((place for place, one in enumerate(ledger.transitions) if one is known), len(others))
    return replace(ledger, transitions=(*others[:at], fresh, *others[at:]))
