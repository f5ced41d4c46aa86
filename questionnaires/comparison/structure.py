"""What changed between two versions, question by question, as far as it can be read without proving anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from ..expressions import Expression, references, to_text
from ..model import Computed, ContextVariable, Experiment, Page, Question, Questionnaire, Section
from ..routing import conjunction
from .alignment import Aligned
from .changes import Change, ChangeKind, ComparabilityClass
from .parts import compare_parts, shown
from .wording import reworded

_COSMETIC = ComparabilityClass.COSMETIC
_WORDING = ComparabilityClass.WORDING


class Place(NamedTuple):
    """Where a question stands."""

    section: Section
    page: Page
    question: Question


def places(questionnaire: Questionnaire) -> dict[str, Place]:
    """Every question with its page and its section, in order."""
    return {
        question.name: Place(section, page, question)
        for section in questionnaire.sections
        for page in section.pages
        for question in page.questions
    }


def condition(place: Place) -> Expression | None:
    """The rule by which a question is asked."""
    return conjunction(place.section.when, place.page.when, place.question.when)


def compare_questions(original: Questionnaire, aligned: Aligned, new: Questionnaire) -> Iterator[Change]:
    """The changes of the questions of both versions, those of the newer one first, in its order."""
    old = aligned.questionnaire
    before, after = places(old), places(new)
    own = {aligned.names[one.name]: one for one in original.questions}
    moved = _moved([name for name in before if name in after], [name for name in after if name in before])
    for name, place in after.items():
        question = place.question
        if name not in before:
            yield Change(ChangeKind.NEW, name, ComparabilityClass.NEW, None, question.text.in_(new.first_language))
            continue
        yield from compare_parts(own[name], before[name].question, question, new.first_language)
        yield from _around(before[name], place, name in moved, new.first_language)
        yield from _checks(before[name], place)
    for name, place in before.items():
        if name not in after:
            words = place.question.text.in_(old.first_language)
            kept = own[name].name
            yield Change(ChangeKind.DROPPED, kept, ComparabilityClass.DROPPED, words, None)


def _moved(before: list[str], after: list[str]) -> set[str]:
    """The fewest questions that, taken out, leave the others in one order: all but a longest increasing run."""
    rank = {name: place for place, name in enumerate(before)}
    best: list[int] = []
    link: list[int | None] = []
    for here, name in enumerate(after):
        found = max((one for one in range(here) if rank[after[one]] < rank[name]), key=best.__getitem__, default=None)
        best.append(1 if found is None else best[found] + 1)
        link.append(found)
    at: int | None = max(range(len(after)), key=best.__getitem__, default=None)
    kept: set[str] = set()
    while at is not None:
        kept.add(after[at])
        at = link[at]
    return {*after} - kept


def _around(before: Place, after: Place, is_moved: bool, first: str) -> Iterator[Change]:
    """What changed around a question: where it stands, what is read above it, to whom it is asked."""
    name = after.question.name
    here, there = (f"{one.section.name} / {one.page.name}" for one in (before, after))
    if is_moved:
        yield Change(ChangeKind.MOVED, name, _WORDING, here, there)
    elif here != there:
        yield Change(ChangeKind.PAGE, name, _COSMETIC, here, there)
    for one in reworded(before.page.intro, after.page.intro, first):
        yield Change(ChangeKind.INTRO, name, one.class_, one.before, one.after, language=one.language)
    for one in reworded(before.page.title, after.page.title, first):
        yield Change(ChangeKind.TITLE, name, _COSMETIC, one.before, one.after, language=one.language)
    if before.section.repeat != after.section.repeat:
        said = before.section.repeat, after.section.repeat
        yield Change(ChangeKind.REPEAT, name, ComparabilityClass.BROKEN, *said)
    if before.section.shuffle != after.section.shuffle:
        yield Change(ChangeKind.ORDER, name, _WORDING, before.section.shuffle, after.section.shuffle, part="shuffle")
    rules = condition(before), condition(after)
    if rules[0] != rules[1]:
        # What it does to the base is for the base proof to say.
        was, now = (None if one is None else to_text(one) for one in rules)
        yield Change(ChangeKind.CONDITION, name, _COSMETIC, was, now)


def _checks(before: Place, after: Place) -> Iterator[Change]:
    """The checks of the page that speak of a question: one that blocks changes what may be answered."""
    keys = {*after.question.keys, after.question.name}
    old = {one.name: one for one in before.page.checks if references(one.rule) & keys}
    new = {one.name: one for one in after.page.checks if references(one.rule) & keys}
    for name in dict.fromkeys((*old, *new)):
        sides = [one.get(name) for one in (old, new)]
        said = [None if one is None else (one.severity, one.rule) for one in sides]
        if said[0] != said[1]:
            blocks = any(one is not None and one.severity.value == "blocking" for one in sides)
            was, now = (None if one is None else f"{one.severity.value}: {to_text(one.rule)}" for one in sides)
            class_ = _WORDING if blocks else _COSMETIC
            yield Change(ChangeKind.CHECK, after.question.name, class_, was, now, part=name)


def compare_others(aligned: Aligned, new: Questionnaire) -> Iterator[Change]:
    """The changes of what nobody is asked: computed variables, experiments, context."""
    old, olds = aligned.questionnaire, aligned.old_names
    computed = {one.name: one for one in old.computed}
    for one in new.computed:
        if one.name in computed:
            yield from _computed(computed[one.name], one, olds.get(one.name), new.first_language)
    mine: tuple[ContextVariable | Experiment, ...] = (*old.context, *old.experiments)
    theirs: tuple[ContextVariable | Experiment, ...] = (*new.context, *new.experiments)
    known = {one.name: one for one in mine}
    for other in theirs:
        before = known.get(other.name)
        if before is None or before == other:
            continue
        same = replace(before, label=other.label) == other
        if same:
            yield from (
                Change(ChangeKind.LABEL, other.name, _COSMETIC, said.before, said.after, language=said.language)
                for said in reworded(before.label, other.label, new.first_language)
            )
        else:
            yield Change(ChangeKind.PROVIDER, other.name, ComparabilityClass.BROKEN, _kept(before), _kept(other))


def _kept(variable: ContextVariable | Experiment) -> str:
    """What a variable that nobody is asked can be."""
    if isinstance(variable, Experiment):
        what, choices = ["experiment"], variable.arms
    else:
        what, choices = [variable.type, variable.provider, str(variable.decimals)], variable.choices
    return ", ".join([*what, *(f"{one.code} {one.name}" for one in choices)])


def _computed(before: Computed, after: Computed, formerly: str | None, first: str) -> Iterator[Change]:
    name = after.name
    if formerly is not None:
        yield Change(ChangeKind.RENAMED, name, _COSMETIC, formerly, name)
    if before.rule != after.rule:
        yield Change(ChangeKind.RULE, name, ComparabilityClass.BROKEN, to_text(before.rule), to_text(after.rule))
    if before.decimals != after.decimals:
        was, now = shown(before.decimals), shown(after.decimals)
        yield Change(ChangeKind.DECIMALS, name, ComparabilityClass.RECODED, was, now)
    if before.repeat != after.repeat:
        yield Change(ChangeKind.REPEAT, name, ComparabilityClass.BROKEN, before.repeat, after.repeat)
    if before.concept != after.concept:
        yield Change(ChangeKind.CONCEPT, name, _COSMETIC, before.concept, after.concept)
    for one in reworded(before.label, after.label, first):
        yield Change(ChangeKind.LABEL, name, _COSMETIC, one.before, one.after, language=one.language)
