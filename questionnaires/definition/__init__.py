"""Files and versions: the only place that knows the file format.

`read` reports every problem of a file at once, each with its line and its path; `write` is canonical, so that
reading then writing a canonical file gives the same bytes, and one changed label changes one line.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from ..checking import check
from ..model import Questionnaire
from ..problems import DefinitionIsInvalid, Place, Problem
from .schema import FORMAT, PARTS, QUESTIONS, QuestionnairePart, keys, to_model
from .writer import write
from .yaml_tree import Mapping, Node, Scalar, Sequence, read_tree

__all__ = ["FORMAT", "read", "write"]

_Location = tuple[str | int, ...]
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_EXPECTED = {
    "model_type": "mapping-expected",
    "model_attributes_type": "mapping-expected",
    "dict_type": "mapping-expected",
    "list_type": "list-expected",
}


def read(data: bytes, name: str = "") -> Questionnaire:
    """The version that a file describes; `name` is what the file is called where its problems are logged.

    Raises DefinitionIsInvalid with all problems, in the order of lines. Warnings of `checking.check` alone do
    not prevent reading.
    """
    try:
        return _read(data)
    except DefinitionIsInvalid as error:
        raise DefinitionIsInvalid(sorted(error.problems, key=lambda one: one.place.line or 0), name) from None


def _read(data: bytes) -> Questionnaire:
    root, problems = read_tree(data)
    _check_format(root)
    document = _plain(root)
    questionnaire, errors = _validate(document)
    if errors:
        told = (_problem(one["type"], location, one, root) for location, one in errors)
        problems += [one for one in told if one is not None]
        # What is wrong in one place must not hide the rest: without it, are names and rules right?
        questionnaire, _ = _validate(_pruned(document, [location for location, _ in errors]))
    # A value left out may make the values beside it look wrong.
    doubtful = {location[:-1] for location, one in errors if one["type"] != "extra_forbidden"}
    if questionnaire is not None:
        found = [_located(one, root) for one in check(questionnaire)]
        problems += [one for one in found if _steps(one.place.path or "")[:-1] not in doubtful]
    if questionnaire is None or any(one.is_blocking for one in problems):
        raise DefinitionIsInvalid(problems)
    return questionnaire


def _check_format(root: Node) -> None:
    """Refuse at once what is no questionnaire file of a known format: no schema can judge the rest."""
    if not isinstance(root, Mapping):
        raise DefinitionIsInvalid([Problem("mapping-expected", Place(line=root.line))])
    found = root.items.get("format")
    if found is None:
        place = Place(line=root.line, path="format")
        raise DefinitionIsInvalid([Problem("key-missing", place, data={"key": "format"})])
    text = found.text if isinstance(found, Scalar) else ""
    if text != str(FORMAT):
        place = _place(("format",), root)
        known = (str(FORMAT),)
        raise DefinitionIsInvalid([Problem("format-unknown", place, data={"found": text, "known": known})])


def _plain(node: Node) -> Any:
    if isinstance(node, Mapping):
        return {key: _plain(item) for key, item in node.items.items()}
    if isinstance(node, Sequence):
        return [_plain(item) for item in node.items]
    return node.text


def _validate(document: Any) -> tuple[Questionnaire | None, list[tuple[_Location, Any]]]:
    """The version, or what is wrong with the shape of the document and where."""
    try:
        return to_model(QuestionnairePart.model_validate(document)), []
    except ValidationError as error:
        return None, [(_location(one["loc"]), one) for one in error.errors()]


def _location(found: _Location) -> _Location:
    """Without the type of question that pydantic puts between the index of a question and its keys."""
    location: list[str | int] = []
    for step in found:
        if step in QUESTIONS and len(location) > 1 and location[-2] == "questions":
            continue
        location.append(step)
    return tuple(location)


def _problem(kind: str, location: _Location, error: Any, root: Node) -> Problem | None:
    node = _node(location, root)
    if isinstance(node, Scalar) and node.is_alias:
        return None  # the alias itself has been reported
    place = _place(location, root)
    if kind == "missing":
        return Problem("key-missing", place, data={"key": str(location[-1])})
    if kind == "extra_forbidden":
        known = _known_keys(location[:-1], root)
        return Problem("key-unknown", place, data={"key": str(location[-1]), "known": known})
    if kind == "union_tag_not_found":
        return Problem("key-missing", place, data={"key": "type"})
    if kind == "union_tag_invalid":
        found = str(error["ctx"]["tag"])[:80]
        place = _place((*location, "type"), root)
        return Problem("question-type-unknown", place, data={"found": found, "known": tuple(QUESTIONS)})
    if kind in _EXPECTED:
        return Problem(_EXPECTED[kind], place)
    return Problem(kind, place, data=error.get("ctx", {}))


def _known_keys(location: _Location, root: Node) -> tuple[str, ...]:
    if not location:
        return tuple(keys(QuestionnairePart).values())
    holder = str(location[-2])
    if holder == "questions":
        kind = _node((*location, "type"), root)
        return tuple(keys(QUESTIONS[kind.text]).values()) if isinstance(kind, Scalar) else ()
    return tuple(keys(PARTS[holder]).values())


def _pruned(document: Any, locations: list[_Location]) -> Any:
    """The document without the values that are wrong where they stand."""
    for location in locations:
        holder: Any = document
        for step in location[:-1]:
            holder = _entry(holder, step)
        if location and isinstance(holder, dict):
            holder.pop(str(location[-1]), None)
    return document


def _entry(holder: Any, step: str | int) -> Any:
    if isinstance(holder, dict):
        return holder.get(str(step))
    is_there = isinstance(holder, list) and isinstance(step, int) and step < len(holder)
    return holder[step] if is_there else None


def _steps(path: str) -> _Location:
    return tuple(int(index) if index else name for name, index in _STEP.findall(path))


def _node(location: _Location, root: Node) -> Node | None:
    node: Node | None = root
    for step in location:
        if isinstance(node, Mapping):
            node = node.items.get(str(step))
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            return None
    return node


def _place(location: _Location, root: Node) -> Place:
    """The path and the line of a location: of its key, or of the nearest thing around it that exists."""
    path = ""
    line = root.line
    node: Node | None = root
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else str(step)
        if isinstance(node, Mapping):
            line = node.lines.get(str(step), line)
            node = node.items.get(str(step))
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            line = node.line
        else:
            node = None
    return Place(line=line, path=path)


def _located(problem: Problem, root: Node) -> Problem:
    """A problem of the version with the line of the file where it stands."""
    line = _place(_steps(problem.place.path or ""), root).line
    return replace(problem, place=replace(problem.place, line=line))
