"""What versions published before have used up: names of variables and codes of choices are never used again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..model import Questionnaire
from .documents import Document, find


@dataclass(frozen=True, slots=True)
class Taken:
    """The names of the variables, and for each question the codes of its choices with their names."""

    names: frozenset[str]
    choices: Mapping[str, Mapping[int, str]]

    def codes(self, document: Document, question: int) -> frozenset[int]:
        """The codes that a new choice of this question must not have; it may have had another name before."""
        tree = find(document, question).tree
        known = {str(tree.get("name", "")), str(tree.get("formerly", ""))}
        return frozenset(code for name in known for code in self.choices.get(name, {}))


def taken(published: Iterable[Questionnaire]) -> Taken:
    """What some versions use up, those of before first."""
    names: set[str] = set()
    choices: dict[str, dict[int, str]] = {}
    for version in published:
        for question in version.questions:
            names.add(question.name)
            for choice in getattr(question, "choices", ()):
                choices.setdefault(question.name, {})[choice.code] = choice.name
        names |= {variable.name for variable in version.computed}
        known = [(variable.name, variable.choices) for variable in version.context]
        drawn = [(variable.name, variable.arms) for variable in version.experiments]
        for name, held in (*known, *drawn):
            names.add(name)
            choices.setdefault(name, {}).update({one.code: one.name for one in held})
    return Taken(frozenset(names), choices)
