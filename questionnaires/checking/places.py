"""Where the parts of a version stand, in the words of its file, and the collecting of problems there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from ..expressions import Expression
from ..model import Computed, ContextVariable, Experiment, LocalText, Page, Question, Questionnaire
from ..problems import Data, Place, Problem, Severity

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class Findings:
    """The problems found so far."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def report(self, problem: str, place: Place, severity: Severity = Severity.BLOCKING, **data: Data) -> None:
        self.problems.append(Problem(problem, place, severity, data))

    def unique(self, names: Iterable[str], place: Place, *key: str) -> None:
        """Report each name of a list that stands there twice; `key` is that of the name in its item, if any."""
        seen: set[str] = set()
        for index, name in enumerate(names):
            if name in seen:
                self.report("name-duplicate", inside(place, index, *key), name=name)
            seen.add(name)


def inside(place: Place, *steps: str | int) -> Place:
    """A place below another: a key of it, an item of a list."""
    path = place.path or ""
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return Place(place.page, place.question, place.variable, place.line, path)


def walk(questionnaire: Questionnaire) -> Iterator[tuple[object, Place]]:
    """Every part of a version and every text, with its place, in the order of the file."""
    return walk_in(questionnaire, Place(path=""))


def walk_in(node: object, place: Place) -> Iterator[tuple[object, Place]]:
    """The same below one part, the part included."""
    if isinstance(node, LocalText):
        yield node, place
    elif isinstance(node, tuple):
        for index, item in enumerate(node):
            yield from walk_in(item, inside(place, index))
    elif is_dataclass(node) and not isinstance(node, Expression | type):
        place = _named(node, place)
        yield node, place
        for name in _fields(type(node)):
            yield from walk_in(getattr(node, name), inside(place, name))


@cache
def _fields(part: type[DataclassInstance]) -> tuple[str, ...]:
    """What a part holds in a file; what a type of question adds by itself is not there."""
    return tuple(field.name for field in fields(part) if field.init)


def _named(node: object, place: Place) -> Place:
    if isinstance(node, Page):
        return replace(place, page=node.name)
    if isinstance(node, Question):
        return replace(place, question=node.name)
    if isinstance(node, Computed | ContextVariable | Experiment):
        return replace(place, variable=node.name)
    return place
