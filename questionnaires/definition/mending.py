"""A wrong document made good enough to be looked at further: what is wrong in one place must not hide the rest.

Values that are wrong where they stand are left out, or replaced where something has to stand. What the checks then
say about these values, or about rules that read them, would be about the replacement: it is not told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import count
from typing import Any, Literal, get_args, get_origin

from ..model import Questionnaire
from ..problems import Problem
from .schema import Part, QuestionnairePart, parts_in, type_of_part

Location = tuple[str | int, ...]
Errors = list[tuple[Location, Any]]
Validate = Callable[[Any], tuple[Questionnaire | None, Errors]]

_ROUNDS = 6  # a replacement may lack something in its turn; each round goes one level down
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_WORDS = {"languages": "fr", "units": "years"}  # where no other word would do
_OF_TYPES = frozenset({"type", "choices", "rows", "decimals", "arms", "repeat"})
_OF_VARIABLES = frozenset({"questions", "computed", "context", "experiments"})


def steps(path: str) -> Location:
    """The steps of a path: `pages[0].title` is ("pages", 0, "title")."""
    return tuple(int(index) if index else name for name, index in _STEP.findall(path))


def entry(holder: Any, step: str | int) -> Any:
    """What a mapping or a list holds, None where there is nothing."""
    if isinstance(holder, dict):
        return holder.get(str(step))
    is_there = isinstance(holder, list) and isinstance(step, int) and step < len(holder)
    return holder[step] if is_there else None


def _held(document: Any, location: Location) -> Any:
    for step in location:
        document = entry(document, step)
    return document


class Mending:
    """The mending of one document, and what the checks may say of it."""

    def __init__(self, document: Any, errors: Errors, validate: Validate) -> None:
        self._document = document
        self._wrong = [location for location, one in errors if one["type"] != "extra_forbidden"]
        self._doubted = frozenset(self._names(self._wrong))
        self._fresh = (f"x{number}_" for number in count(1))
        self.questionnaire: Questionnaire | None = None
        for _ in range(_ROUNDS):
            for location, one in errors:
                self._mend(location, one["type"])
            self.questionnaire, errors = validate(document)
            if not errors:
                break

    def trusted(self, problems: Iterable[Problem]) -> Iterator[Problem]:
        """The problems that the file itself has."""
        siblings = {location[:-1] for location in self._wrong}
        wrong = frozenset(self._wrong)
        for problem in problems:
            path = steps(problem.place.path or "")
            is_below = any(path[:depth] in wrong for depth in range(1, len(path) + 1))
            is_beside = path in siblings or path[:-1] in siblings
            if not is_beside and not is_below and not self._is_about_doubted(problem, path):
                yield problem

    def _is_about_doubted(self, problem: Problem, path: Location) -> bool:
        about = {str(problem.data.get("variable", "")), str(problem.data.get("name", ""))}
        text = _held(self._document, path)
        if problem.code.startswith(("rule-", "computed-")) and isinstance(text, str):
            about.update(_NAME.findall(text))
        rows = tuple(f"{name}_" for name in self._doubted)
        return any(name in self._doubted or name.startswith(rows) for name in about if name)

    def _names(self, locations: Iterable[Location]) -> Iterator[str]:
        """The variables of which the type is wrong, or may be."""
        for location in locations:
            for depth, step in enumerate(location[:-1]):
                below = location[depth + 2 : depth + 3]
                if step in _OF_VARIABLES and (not below or below[0] in _OF_TYPES):
                    name = entry(_held(self._document, location[: depth + 2]), "name")
                    if isinstance(name, str):
                        yield name

    def _mend(self, location: Location, kind: str) -> None:
        if not location:
            return
        holder, last = _held(self._document, location[:-1]), location[-1]
        if isinstance(holder, dict) and kind == "missing":
            holder[str(last)] = self._replacement(location)
        elif isinstance(holder, dict):
            holder.pop(str(last), None)
        elif isinstance(holder, list) and isinstance(last, int) and last < len(holder):
            # Its place is kept, so that those after it keep their lines.
            holder[last] = self._replacement(location)

    def _replacement(self, location: Location) -> Any:
        """Something valid for a place that cannot be empty."""
        key = location[-1]
        if isinstance(key, str):
            return self._value(self._part_at(location[:-1]), key)
        holder, key = self._part_at(location[:-2]), str(location[-2])
        if len(parts_in(holder, key)) > 1:
            return self._question(_held(self._document, location))
        value = self._value(holder, key)
        return value[0] if isinstance(value, list) else value

    def _part_at(self, location: Location) -> type[Part]:
        """The part that stands at a location; the whole file where no part is known."""
        part: type[Part] = QuestionnairePart
        for depth, step in enumerate(location):
            inner = parts_in(part, str(step)) if isinstance(step, str) else (part,)
            kind = entry(_held(self._document, location[: depth + 2]), "type") if len(inner) > 1 else None
            part = next((one for one in inner if kind is None or type_of_part(one) == kind), QuestionnairePart)
        return part

    def _question(self, found: Any) -> dict[str, Any]:
        """A question of which nobody knows the type any more: it keeps its name, and its place."""
        name = entry(found, "name")
        is_named = isinstance(name, str) and _NAME.fullmatch(name)
        return {"name": name if is_named else next(self._fresh), "type": "information", "text": {"fr": "…"}}

    def _part(self, part: type[Part]) -> dict[str, Any]:
        fields = part.model_fields.items()
        return {
            field.alias or name: self._value(part, field.alias or name) for name, field in fields if field.is_required()
        }

    def _value(self, part: type[Part], key: str) -> Any:
        field = next((one for name, one in part.model_fields.items() if (one.alias or name) == key), None)
        annotation: Any = field.annotation if field is not None else str
        if get_origin(annotation) is Literal:
            return get_args(annotation)[0]
        if get_origin(annotation) is list:
            inner = parts_in(part, key)
            return [self._part(inner[0])] if len(inner) == 1 else [_WORDS.get(key) or next(self._fresh)]
        if get_origin(annotation) is dict:
            return {"fr": "…"}
        if isinstance(annotation, type) and issubclass(annotation, StrEnum):
            return next(iter(annotation)).value
        simple: Mapping[Any, str] = {bool: "true", int: "1", Any: "null"}
        return simple.get(annotation) or next(self._fresh)
