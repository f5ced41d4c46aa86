"""The older version in the names and codes of the newer one, so that the two can be laid side by side.

The identity of a question is its name (or the one it declares by `formerly`), that of a choice its code. A code
that stands for something else stays apart: its choice gets a code of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from ..codebook.columns import columns
from ..expressions import Call, ChoiceName, Expression, Reference
from ..model import (
    Choice,
    ChoiceGrid,
    Computed,
    Grid,
    Likert,
    LocalText,
    Question,
    Questionnaire,
    SingleChoice,
    YesNo,
    choices_of,
)
from .wording import said

APART = 1_000_000_000
"""Added to a code that the newer version uses for something else."""
_PIPED = re.compile(r"\{(\s*)([a-z][a-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Aligned:
    """`questionnaire`: the older version under new names. `names`: of keys and variables, old name -> new name."""

    questionnaire: Questionnaire
    names: Mapping[str, str]

    @property
    def old_names(self) -> Mapping[str, str]:
        """New name -> old name, of those that differ."""
        return {new: old for old, new in self.names.items() if old != new}


def align(old: Questionnaire, new: Questionnaire) -> Aligned:
    """The older version in the words of the newer one; it is itself where nothing was renamed or recoded."""
    named: tuple[Question | Computed, ...] = (*new.questions, *new.computed)
    renamed = {one.formerly: one.name for one in named if one.formerly is not None}
    # A name that passed to another leaves the one that had it.
    targets = {*renamed.values()}
    apart = {one.name: f"{one.name[:55]}_formerly" for one in old.questions if one.name in targets - renamed.keys()}
    renamed = apart | renamed
    newer = {one.name: one for one in new.questions}
    names: dict[str, str] = {one.name: renamed.get(one.name, one.name) for one in old.computed}
    questions: dict[str, Question] = {}
    choices: dict[str, Mapping[str, str]] = {}
    for one in old.questions:
        name = renamed.get(one.name, one.name)
        counterpart = newer.get(name)
        moved = replace(one, name=name) if counterpart is None else _moved(one, counterpart)
        questions[one.name] = moved
        names[one.name] = moved.name
        names.update(zip(one.keys, moved.keys, strict=True))
        said_before, said_now = choices_of(one), choices_of(moved)
        renaming = {a.name: b.name for a, b in zip(said_before, said_now, strict=True)}
        choices.update(dict.fromkeys(one.keys, renaming))
    if all(questions[one.name] == one for one in old.questions) and all(a == b for a, b in names.items()):
        return Aligned(old, names)
    rewriting = _Rewriting(names, choices, questions)
    aligned: Questionnaire = rewriting.rewritten(old)
    pairs = zip(columns(old), columns(aligned), strict=True)
    return Aligned(aligned, names | {a.variable.name: b.variable.name for a, b in pairs})


def _moved(question: Question, newer: Question) -> Question:
    """A question of the older version with the names and codes of its counterpart."""
    keys: dict[str, Any] = {"name": newer.name}
    if choices_of(question) and not isinstance(question, YesNo):
        keys["choices"] = _recoded(choices_of(question), choices_of(newer))
        renamed = {a.name: b.name for a, b in zip(choices_of(question), keys["choices"], strict=True)}
        if isinstance(question, SingleChoice | ChoiceGrid):
            keys["subtotals"] = tuple(
                replace(one, choices=tuple(renamed[name] for name in one.choices)) for one in question.subtotals
            )
        if isinstance(question, Likert) and question.neutral is not None:
            keys["neutral"] = renamed[question.neutral]
    if isinstance(question, Grid) and isinstance(newer, Grid):
        rows = {row.formerly: row.name for row in newer.rows if row.formerly is not None}
        keys["rows"] = tuple(replace(row, name=rows.get(row.name, row.name)) for row in question.rows)
    return replace(question, **keys)


def same_choice(before: Choice, after: Choice) -> bool:
    """Whether two choices of one code mean the same: by name, by a declared rename, or by what is read."""
    if after.name == before.name or after.formerly == before.name:
        return True
    first = next(iter(after.label), "")
    return first in before.label and said(before.label[first]) == said(after.label[first])


def _recoded(before: tuple[Choice, ...], after: tuple[Choice, ...]) -> tuple[Choice, ...]:
    by_code = {one.code: one for one in after}
    by_name = {one.name: one for one in after} | {one.formerly: one for one in after if one.formerly is not None}
    found: list[Choice] = []
    taken: set[str] = set()
    for one in before:
        here = by_code.get(one.code)
        match = here if here is not None and same_choice(one, here) else by_name.get(one.name)
        if match is not None and match.name not in taken:
            found.append(replace(one, code=match.code, name=match.name))
        else:
            found.append(replace(one, code=one.code if here is None else APART + one.code))
        taken.add(found[-1].name)
    return tuple(found)


class _Rewriting:
    """The same parts with other names."""

    def __init__(
        self, names: Mapping[str, str], choices: Mapping[str, Mapping[str, str]], questions: Mapping[str, Question]
    ) -> None:
        self._names = names
        self._choices = choices
        self._questions = questions

    def rewritten(self, node: Any) -> Any:
        if isinstance(node, Expression):
            return self._rule(node)
        if isinstance(node, LocalText):
            return LocalText({language: self._words(words) for language, words in node.items()})
        if isinstance(node, tuple):
            return tuple(self.rewritten(one) for one in node)
        if not is_dataclass(node) or isinstance(node, type):
            return node
        if isinstance(node, Question):
            node = self._questions[node.name]
        kept = {one.name: self.rewritten(getattr(node, one.name)) for one in fields(node) if one.init}
        if isinstance(node, Computed):
            kept["name"] = self._names[node.name]
        if kept.get("repeat") is not None:
            kept["repeat"] = self._names.get(kept["repeat"], kept["repeat"])
        if "at" in kept:
            kept["at"] = tuple(self._names.get(name, name) for name in kept["at"])
        return replace(node, **kept)

    def _words(self, words: str) -> str:
        return _PIPED.sub(lambda found: "{" + found[1] + self._names.get(found[2], found[2]), words)

    def _rule(self, rule: Expression) -> Expression:
        if isinstance(rule, Reference):
            return Reference(self._names.get(rule.variable, rule.variable))
        if not isinstance(rule, Call):
            return rule
        about = next((one.variable for one in rule.args if isinstance(one, Reference)), "")
        known = self._choices.get(about, {})
        args = (
            ChoiceName(known.get(one.name, one.name)) if isinstance(one, ChoiceName) else self._rule(one)
            for one in rule.args
        )
        return Call(rule.op, tuple(args))
