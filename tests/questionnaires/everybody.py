"""Everybody who can answer a small version, enumerated through the real `path` and `check_page`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, combinations, permutations

from questionnaires.model import (
    Absence,
    Allocation,
    Answer,
    Context,
    MultipleChoice,
    Number,
    Question,
    Questionnaire,
    Ranking,
    Roster,
    choices_of,
    item_name,
    split_item,
)
from questionnaires.routing import Path, path
from questionnaires.validation import check_page

ORDERS = (0, 3)
"""Seeds that draw two sections in one order and in the other."""


def _values(question: Question) -> list[Answer]:
    """Every valid answer under one key of a question, and every absence."""
    absent: list[Answer] = [Absence.SKIPPED, *sorted(question.offered)]
    codes = [one.code for one in choices_of(question)]
    match question:
        case Number():
            return [*range(question.minimum or 0, (question.maximum or 0) + 1), *absent]
        case Allocation():
            return [*range(4), *absent]
        case Roster():
            return [*(tuple(range(1, count + 1)) for count in range(1, question.maximum + 1)), *absent]
        case Ranking():
            return [*chain.from_iterable(permutations(codes, count) for count in range(1, question.count + 1)), *absent]
        case MultipleChoice():
            return [*chain.from_iterable(combinations(codes, count) for count in range(1, len(codes) + 1)), *absent]
    return [*codes, *absent]


# What somebody who came to the end is (`@…`) and has given, and was asked.
Finisher = tuple[dict[str, object], frozenset[str]]


@dataclass
class Everybody:
    """All who can answer a version, and what they meet."""

    version: Questionnaire
    asked: set[str] = field(default_factory=set)
    chosen: set[tuple[str, int]] = field(default_factory=set)
    left: set[tuple[str, str]] = field(default_factory=set)
    trapping: set[str] = field(default_factory=set)
    finished: list[Finisher] = field(default_factory=list)

    @property
    def is_finished(self) -> bool:
        return bool(self.finished)

    def go(self) -> Everybody:
        for context in self.contexts():
            self._from(context, {}, path(self.version, context, {}), 0)
        return self

    def contexts(self) -> Iterator[Context]:
        arms = [{one.name: arm.name} for one in self.version.experiments for arm in one.arms] or [{}]
        known = [{}, {"taille": 1}, {"taille": 2}] if self.version.context else [{}]
        seeds = ORDERS if any(one.shuffle for one in self.version.sections) else ORDERS[:1]
        for seed in seeds:
            for arm in arms:
                for external in known:
                    yield Context(seed=seed, arms=arm, external=external)

    def _from(self, context: Context, given: dict[str, Answer], found: Path, place: int) -> None:
        """Everybody who has come to the page at a place of their path."""
        if place >= len(found.pages):
            if found.exit is None:
                somebody = {**_traits(context), **given}
                self.finished.append((somebody, frozenset(chain.from_iterable(found.shown.values()))))
            return
        name = found.pages[place]
        goes_on = False
        for whole, after in self._page(context, given, found, name, 0):
            if after.first_incomplete == name or name not in after.pages:
                continue
            if any(one.is_blocking for one in check_page(self.version, context, whole, name, after)):
                continue
            goes_on = True
            self.chosen |= {
                (key, code)
                for key in (whole.keys() - given.keys()) & after.effective.keys()
                for code in _codes(self.version, key, after.effective[key])
            }
            if after.exit is not None and after.pages[-1] == name:
                self.left.add((name, after.exit.name))
            else:
                self._from(context, whole, after, place + 1)
        if not goes_on:
            self.trapping.add(split_item(name)[0])

    def _page(
        self, context: Context, given: dict[str, Answer], found: Path, name: str, order: int
    ) -> Iterator[tuple[dict[str, Answer], Path]]:
        """Every way to answer a page, from one of its questions on: those before decide whether it is shown."""
        questions = found.shown[name][order:]
        if not questions:
            yield given, found
            return
        question = self.version.question(questions[0])
        self.asked.add(question.name)
        hidden = found.hidden.get(question.name, frozenset())
        for answers in self._ways(question, hidden):
            more = {**given, **answers}
            yield from self._page(context, more, path(self.version, context, more), name, order + 1)

    def _is_offered(self, question: Question, answer: Answer, withheld: set[int]) -> bool:
        codes = set(answer) if isinstance(answer, tuple) else {answer}
        if isinstance(question, MultipleChoice):
            return not codes <= withheld  # what is not offered is left out by itself
        return not codes & withheld

    def _ways(self, question: Question, hidden: frozenset[str]) -> Iterator[dict[str, Answer]]:
        withheld = {one.code for one in choices_of(question) if one.name in hidden}
        values = [one for one in _values(question) if self._is_offered(question, one, withheld)]
        ways: list[dict[str, Answer]] = [{}]
        for key in question.answers:
            ways = [{**way, key: value} for way in ways for value in values]
        for way in ways:
            if question.consent is not None and any(not isinstance(one, Absence) for one in way.values()):
                way[question.consent] = 1
            items = way.get(question.name) if isinstance(question, Roster) else ()
            for item in items if isinstance(items, tuple) else ():
                way[item_name(question.name, item)] = f"ligne {item}"
            yield way


def _codes(version: Questionnaire, key: str, answer: Answer) -> tuple[int, ...]:
    if isinstance(answer, Absence) or not choices_of(version.question_of(key)):
        return ()
    return answer if isinstance(answer, tuple) else (answer,) if isinstance(answer, int) else ()


def _traits(context: Context) -> dict[str, object]:
    """What somebody is before any answer, so that two versions may speak of the same."""
    return {"@order": context.seed, "@size": context.external.get("taille"), "@arm": context.arms.get("bras")}
