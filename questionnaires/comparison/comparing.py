"""The comparison of two versions. Loads the solver: processes that serve respondents stay away from here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..codebook import Variable
from ..codebook.columns import columns
from ..expressions import Expression, references
from ..model import Computed, Grid, MultipleGrid, Questionnaire, part_name
from ..proofs.respondents import Limits
from .alignment import Aligned, align
from .bases import bases
from .changes import BaseStatus, BaseVerdict, Change, ChangeKind, ComparabilityClass, Comparison, worst
from .structure import compare_others, compare_questions

_STANDARD = Limits()


def compare(
    old: Questionnaire, new: Questionnaire, *, prove_bases: bool = True, limits: Limits = _STANDARD
) -> Comparison:
    """What changed from a version to a later one, and the class of every variable of both.

    Without `prove_bases` a base that is not plainly the same is UNPROVEN, and counts as changed.
    """
    aligned = align(old, new)
    verdicts = bases(aligned, new, limits if prove_bases else None)
    changes = [
        *compare_questions(old, aligned, new),
        *_base_changes(verdicts, new),
        *compare_others(aligned, new),
    ]
    classing = _Classing(old, aligned, new, changes)
    classing.run()
    formerly = {new_name: name for name, new_name in aligned.names.items() if name != new_name}
    return Comparison(
        new.name,
        old.version,
        new.version,
        (*changes, *classing.derived),
        classing.classes,
        classing.reasons,
        verdicts,
        {name: formerly[name] for name in classing.classes if name in formerly},
        classing.questions,
    )


def _base_changes(verdicts: dict[str, BaseVerdict], new: Questionnaire) -> Iterable[Change]:
    rows = {name: question.name for question in new.questions for name in question.answers}
    for name, verdict in verdicts.items():
        if verdict.status is BaseStatus.UNCHANGED:
            continue
        question = rows.get(name, name)
        said = verdict.status.value
        touched: tuple[str, ...] = ()
        if name != question:
            asked = new.question(question)
            # A row of a grid of several answers has a variable for each of its choices.
            touched = (
                tuple(part_name(name, choice.name) for choice in asked.choices)
                if isinstance(asked, MultipleGrid)
                else (name,)
            )
        yield Change(ChangeKind.BASE, question, ComparabilityClass.BASE_CHANGED, None, said, touched)


def _natures(version: Questionnaire) -> dict[str, str]:
    """What each variable is that nobody is asked."""
    return {
        **{one.name: "computed" for one in version.computed},
        **{one.name: "experiment" for one in version.experiments},
        **{one.name: "context" for one in version.context},
    }


class _Classing:
    """The class of each variable, from the changes of its question, of its part and of its sources."""

    def __init__(self, old: Questionnaire, aligned: Aligned, new: Questionnaire, changes: list[Change]) -> None:
        self._new = new
        self._old_natures, self._natures = _natures(aligned.questionnaire), _natures(new)
        self._before: dict[str, Variable] = {}
        self._own: dict[str, str] = {}
        for mine, moved in zip(columns(old), columns(aligned.questionnaire), strict=True):
            self._before[moved.variable.name] = moved.variable
            self._own[moved.variable.name] = mine.variable.name
        self._after = {one.variable.name: one.variable for one in columns(new)}
        self._by_question: dict[str, list[Change]] = {}
        for change in changes:
            self._by_question.setdefault(change.question, []).append(change)
        self.classes: dict[str, ComparabilityClass] = {}
        self.reasons: dict[str, tuple[Change, ...]] = {}
        self.questions: dict[str, str] = {}
        self.derived: list[Change] = []

    def run(self) -> None:
        computed = {one.name: one for one in self._new.computed}
        for name, variable in self._after.items():
            if name not in computed:
                self._settle(name, variable.question, self._reasons(name, variable))
        for name in self._in_order(computed):
            self._settle(name, "", self._of_computed(name))
        for name, variable in self._before.items():
            if name not in self._after and self._own[name] not in self.classes:
                self._settle(self._own[name], variable.question, (self._gone(name, variable),))
        order = [*self._after, *(name for name in self.classes if name not in self._after)]
        self.classes = {name: self.classes[name] for name in order}

    def _settle(self, name: str, question: str, reasons: tuple[Change, ...]) -> None:
        self.classes[name] = worst(one.class_ for one in reasons)
        self.questions[name] = question
        if reasons:
            self.reasons[name] = reasons

    def _reasons(self, name: str, variable: Variable) -> tuple[Change, ...]:
        if name not in self._before:
            label = variable.label.in_(self._new.first_language)
            of_question = self._by_question.get(variable.question, [])
            said = next((one for one in of_question if one.kind is ChangeKind.NEW), None)
            new = Change(ChangeKind.NEW, variable.question or name, ComparabilityClass.NEW, None, label, (name,))
            return (said or new,)
        of_question = self._by_question.get(variable.question or name, [])
        # A question that is gone may have left its name to this one.
        found = [one for one in of_question if one.touches(name) and one.kind is not ChangeKind.DROPPED]
        before = self._before[name]
        natures = self._old_natures.get(name, before.question), self._natures.get(name, variable.question)
        if natures[0] != natures[1]:
            # The name went to something else: another question, or what is known or computed and not asked.
            found.append(
                Change(ChangeKind.TYPE, variable.question or name, ComparabilityClass.BROKEN, *natures, (name,))
            )
            self.derived.append(found[-1])
        elif before.kind is not variable.kind and not any(one.kind is ChangeKind.TYPE for one in found):
            kinds = before.kind.value, variable.kind.value
            found.append(Change(ChangeKind.TYPE, variable.question or name, ComparabilityClass.BROKEN, *kinds, (name,)))
            self.derived.append(found[-1])
        return tuple(found)

    def _gone(self, name: str, variable: Variable) -> Change:
        label = variable.label.in_(self._new.first_language)
        own = self._own[name]
        return Change(ChangeKind.DROPPED, variable.question or own, ComparabilityClass.DROPPED, label, None, (own,))

    def _in_order(self, computed: Mapping[str, Computed]) -> list[str]:
        """Computed variables, each after those that it reads."""
        found: dict[str, None] = {}

        def visit(name: str, above: frozenset[str]) -> None:
            for source in sorted(references(self._rule(name)) & computed.keys() - above - found.keys()):
                visit(source, above | {name})
            found[name] = None

        for name in computed:
            if name not in found:
                visit(name, frozenset({name}))
        return list(found)

    def _rule(self, name: str) -> Expression:
        return next(one.rule for one in self._new.computed if one.name == name)

    def _of_computed(self, name: str) -> tuple[Change, ...]:
        found = list(self._reasons(name, self._after[name]))
        if name not in self._before:
            return tuple(found)
        for source in sorted(references(self._rule(name))):
            class_ = worst(self.classes[one] for one in self._variables_of(source))
            # A source that is new came with another rule, which is said already.
            if class_ not in (ComparabilityClass.IDENTICAL, ComparabilityClass.COSMETIC, ComparabilityClass.NEW):
                found.append(Change(ChangeKind.SOURCE, name, class_, source, source, part=source))
                self.derived.append(found[-1])
        return tuple(found)

    def _variables_of(self, source: str) -> list[str]:
        """The variables of what a rule reads: itself, or those of its choices or rows."""
        if source in self.classes:
            return [source]
        found = [name for name, question in self.questions.items() if question == source and name in self._after]
        grids = (one for one in self._new.questions if isinstance(one, Grid) and source in one.answers)
        for grid in grids:
            found += [name for name in grid.columns if name.startswith(part_name(source, ""))]
        return [name for name in found if name in self.classes]
