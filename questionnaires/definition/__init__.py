"""Files and versions: the only place that knows the file format.

`read` reports every problem of a file at once, each with its line and its path; `write` is canonical, so that
reading then writing a canonical file gives the same bytes, and one changed label changes one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from ..checking import check
from ..model import Questionnaire
from ..problems import DefinitionIsInvalid, Place, Problem
from .editors import json_schema
from .mending import Errors, Location, Mending, steps
from .routes import written_route
from .schema import FORMAT, QUESTIONS, Part, QuestionnairePart, keys, parts_in, to_model
from .writer import write, write_plain
from .yaml_tree import Mapping as Tree
from .yaml_tree import Node, Scalar, Sequence, read_tree

__all__ = [
    "FORMAT",
    "json_schema",
    "locate",
    "plain_tree",
    "read",
    "read_plain",
    "read_published",
    "write",
    "write_plain",
]

_EXPECTED = {
    "model_type": "mapping-expected",
    "model_attributes_type": "mapping-expected",
    "dict_type": "mapping-expected",
    "list_type": "list-expected",
}


MOST_TOLD = 1000
"""With more problems of shape than that, a file is no questionnaire: the first are told, and it is left there."""


def read(data: bytes, name: str = "") -> Questionnaire:
    """The version that a file describes; `name` is what the file is called where its problems are logged.

    Raises DefinitionIsInvalid with all problems, in the order of lines. Warnings of `checking.check` alone do
    not prevent reading.
    """
    try:
        return _read(data)
    except DefinitionIsInvalid as error:
        problems = sorted(error.problems, key=lambda one: one.place.line or 0)
        raise DefinitionIsInvalid(problems[:MOST_TOLD], name) from None


def read_published(data: bytes) -> Questionnaire:
    """The version of a file that was published, and so was read once without a problem.

    It stays readable whatever else later checks refuse: only its shape is judged. Raises DefinitionIsInvalid.
    """
    root, problems = read_tree(data)
    _check_format(root)
    questionnaire, errors = _validate(_plain(root))
    if questionnaire is None:
        told = (_problem(one["type"], location, one, root) for location, one in errors)
        raise DefinitionIsInvalid([*problems, *(one for one in told if one is not None)])
    return questionnaire


def locate(data: bytes, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems of the version of a file that was read, each with the line where it stands."""
    root, _ = read_tree(data)
    return tuple(_located(one, root) for one in problems)


def plain_tree(data: bytes) -> dict[str, Any]:
    """The values of a file as they stand, whatever is wrong with them: mappings, lists and texts.

    Raises DefinitionIsInvalid for what is no questionnaire file at all.
    """
    root, _ = read_tree(data)
    _check_format(root)
    found: dict[str, Any] = _plain(root)
    return found


def read_plain(document: Mapping[str, Any]) -> tuple[Questionnaire | None, tuple[Problem, ...]]:
    """The version that the plain tree of a file describes, and all its problems, without lines.

    No version where a problem is blocking.
    """
    try:
        questionnaire, problems = _judged(_nodes(document), [])
    except DefinitionIsInvalid as error:
        return None, error.problems
    return None if any(one.is_blocking for one in problems) else questionnaire, tuple(problems)


def _nodes(value: Any) -> Node:
    if isinstance(value, dict):
        return Tree(1, {key: _nodes(item) for key, item in value.items()})
    if isinstance(value, list):
        return Sequence(1, [_nodes(item) for item in value])
    return Scalar(1, str(value))


def _read(data: bytes) -> Questionnaire:
    questionnaire, problems = _judged(*read_tree(data))
    if questionnaire is None or any(one.is_blocking for one in problems):
        raise DefinitionIsInvalid(problems)
    return questionnaire


def _judged(root: Node, problems: list[Problem]) -> tuple[Questionnaire | None, list[Problem]]:
    """The version, if its shape gives one, and all the problems of its tree. Raises DefinitionIsInvalid."""
    _check_format(root)
    document = _plain(root)
    questionnaire, errors = _validate(document)
    if errors:
        told = (_problem(one["type"], location, one, root) for location, one in errors[:MOST_TOLD])
        problems += [one for one in told if one is not None]
        mending = Mending(document, errors, _validate) if len(errors) < MOST_TOLD else None
        if mending is not None and mending.questionnaire is not None:
            problems += [_located(one, root) for one in mending.trusted(check(mending.questionnaire))]
    elif questionnaire is not None:
        problems += [_located(one, root) for one in check(questionnaire)]
    return questionnaire, problems


def _check_format(root: Node) -> None:
    """Refuse at once what is no questionnaire file of a known format: no schema can judge the rest."""
    if not isinstance(root, Tree):
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
    if isinstance(node, Tree):
        return {key: _plain(item) for key, item in node.items.items()}
    if isinstance(node, Sequence):
        return [_plain(item) for item in node.items]
    return node.text


def _validate(document: Any) -> tuple[Questionnaire | None, Errors]:
    """The version, or what is wrong with the shape of the document and where."""
    try:
        return to_model(QuestionnairePart.model_validate(document)), []
    except ValidationError as error:
        return None, [(_without_type(one["loc"]), one) for one in error.errors(include_url=False, include_input=False)]


def _without_type(found: Location) -> Location:
    """Without the type of question that pydantic puts between the index of a question and its keys."""
    kept = (
        step
        for place, step in enumerate(found)
        if not (place > 1 and found[place - 2] == "questions" and isinstance(found[place - 1], int))
    )
    return tuple(kept)


def _problem(kind: str, location: Location, error: Any, root: Node) -> Problem | None:
    node = _node(location, root)
    if isinstance(node, Scalar) and node.is_alias:
        return None  # the alias itself has been reported
    place = _place(location, root)
    if kind == "missing":
        return Problem("key-missing", place, data={"key": str(location[-1])})
    if kind == "extra_forbidden":
        route = written_route(location, node, root, place)
        if route is not None:
            return route
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


def _known_keys(location: Location, root: Node) -> tuple[str, ...]:
    """The keys of the part at a location, found by going down from the whole file."""
    part: type[Part] = QuestionnairePart
    for depth, step in enumerate(location):
        if isinstance(step, int):
            continue
        inner = parts_in(part, step)
        if len(inner) > 1:
            kind = _node((*location[: depth + 2], "type"), root)
            inner = (QUESTIONS[kind.text],) if isinstance(kind, Scalar) and kind.text in QUESTIONS else ()
        if not inner:
            return ()
        part = inner[0]
    return tuple(keys(part).values())


def _node(location: Location, root: Node) -> Node | None:
    node: Node | None = root
    for step in location:
        if isinstance(node, Tree):
            node = node.items.get(str(step))
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            return None
    return node


def _place(location: Location, root: Node) -> Place:
    """The path and the line of a location: of its key, or of the nearest thing around it that exists."""
    path = ""
    line = root.line
    node: Node | None = root
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else str(step)
        if isinstance(node, Tree):
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
    line = _place(steps(problem.place.path or ""), root).line
    return replace(problem, place=replace(problem.place, line=line))
