"""Strict reading of a mapping: every problem at its line, all of them at once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from app.services.fieldwork import KEY
from app.services.imports.mapping import FORMAT, HOW, MODES, RULES, MicrodataMapping, Take, WavePart
from app.services.problem_messages import message
from questionnaires import codebook
from questionnaires.codebook import Variable, VariableKind
from questionnaires.definition.yaml_tree import Mapping as MappingNode
from questionnaires.definition.yaml_tree import Node, Scalar, Sequence, read_tree
from questionnaires.model import Absence, Questionnaire
from questionnaires.problems import DefinitionIsInvalid

WHOLE = re.compile(r"-?[0-9]{1,18}")
HASH = re.compile(r"[0-9a-f]{64}")
_KEYS = ("format", "file", "questionnaire", "version", "wave", "unknown_codes", "weight", "variables")
_TAKE_KEYS = ("column", "as", "contains", "separator", "others", "codes", "absences", "confidence", "reasons")
_HOW_OF = {
    VariableKind.NUMBER: "number",
    VariableKind.SCORE: "number",
    VariableKind.COMPUTED: "number",
    VariableKind.RANK: "number",
    VariableKind.TEXT: "text",
    VariableKind.DATE: "date",
    VariableKind.MONTH: "month",
}


@dataclass(frozen=True, slots=True)
class MappingProblem:
    """What is wrong in a mapping, and where: a code of `sentences` with its data, or the sentence itself (`said`)."""

    line: int
    code: str
    data: Mapping[str, str | int]
    said: str = ""


class MappingIsInvalid(Exception):
    """A mapping that cannot be used; carries every problem, in the order of the lines."""

    def __init__(self, problems: Collection[MappingProblem]) -> None:
        super().__init__("; ".join(f"{one.line}: {one.code}" for one in problems))
        self.problems = tuple(problems)


def allowed_codes(variable: Variable) -> frozenset[int] | None:
    """The codes that a value may become; None where a number is bounded otherwise, or for a text."""
    if variable.codes:
        return frozenset(code for code, _ in variable.codes)
    if variable.kind is VariableKind.SCORE:
        low, high = variable.minimum or 0, variable.maximum if variable.maximum is not None else 10
        return frozenset(range(low, high + 1))
    return None


def is_allowed(variable: Variable, value: int) -> bool:
    """Whether the version knows this value of a variable. A negative one is an absence in every file: never."""
    codes = allowed_codes(variable)
    if codes is not None:
        return value in codes
    low = max(0, variable.minimum or 0)
    return low <= value and (variable.maximum is None or value <= variable.maximum)


def read_mapping(
    data: bytes, questionnaire: Questionnaire, file_hash: str, columns: Collection[str] | None = None
) -> MicrodataMapping:
    """The mapping of a text. `columns`: those of the file, where they are known.

    Raises MappingIsInvalid.
    """
    return _Reader(questionnaire, file_hash, columns).read(_tree(data))


def _tree(data: bytes) -> Node:
    """The tree of a text; raises MappingIsInvalid where it is no YAML, or more than that."""
    try:
        tree, found = read_tree(data)
        if any(one.is_blocking for one in found):
            raise DefinitionIsInvalid(found)
    except DefinitionIsInvalid as error:
        raise MappingIsInvalid(
            [MappingProblem(one.place.line or 1, one.code, {}, message(one, "fr")) for one in error.problems]
        ) from None
    return tree


def version_named(data: bytes) -> str:
    """The `questionnaire/version` that a mapping says it is for. Raises MappingIsInvalid."""
    tree = _tree(data)
    items = tree.items if isinstance(tree, MappingNode) else {}
    names = [one.text if isinstance(one := items.get(key), Scalar) else "" for key in ("questionnaire", "version")]
    missing = [key for key, name in zip(("questionnaire", "version"), names, strict=True) if not name]
    if missing:
        raise MappingIsInvalid([MappingProblem(1, "key-missing", {"key": key}) for key in missing])
    return "/".join(names)


def mapping_of(document: Mapping[str, Any], questionnaire: Questionnaire, file_hash: str) -> MicrodataMapping:
    """The mapping kept as JSON. Raises MappingIsInvalid (its lines mean nothing)."""
    return _Reader(questionnaire, file_hash, None).read(_as_tree(document))


def _as_tree(value: Any) -> Node:
    if isinstance(value, Mapping):
        return MappingNode(0, {key: _as_tree(one) for key, one in value.items()}, dict.fromkeys(value, 0))
    if isinstance(value, list | tuple):
        return Sequence(0, [_as_tree(one) for one in value])
    return Scalar(0, str(value))


class _Reader:
    """Reads the tree of a mapping and gathers its problems."""

    def __init__(self, questionnaire: Questionnaire, file_hash: str, columns: Collection[str] | None) -> None:
        self.questionnaire, self.file_hash = questionnaire, file_hash
        self.columns = None if columns is None else frozenset(columns)
        self.known = {one.name: one for one in codebook.variables(questionnaire)}
        self.problems: list[MappingProblem] = []

    def read(self, tree: Node) -> MicrodataMapping:
        root = self.section(tree, _KEYS, ("format", "file", "questionnaire", "version", "wave", "variables"))
        self.expect(root, "format", str(FORMAT))
        self.expect(root, "questionnaire", self.questionnaire.name)
        self.expect(root, "version", self.questionnaire.version)
        file = self.section(root.items.get("file"), ("name", "sha256"), ("sha256",))
        if self.text(file, "sha256") not in ("", self.file_hash):
            self.report(file.lines["sha256"], "other-file")
        mapping = MicrodataMapping(
            file_name=self.text(file, "name"),
            file_hash=self.file_hash,
            questionnaire=self.questionnaire.name,
            version=self.questionnaire.version,
            wave=self.wave(root.items.get("wave")),
            unknown_codes=self.one_of(root, "unknown_codes", RULES, "refuse"),
            weight=self.weight(root),
            variables=self.variables(root.items.get("variables")),
        )
        if self.problems:
            raise MappingIsInvalid(sorted(self.problems, key=lambda one: one.line))
        return mapping

    def report(self, line: int, code: str, **data: str | int) -> None:
        self.problems.append(MappingProblem(line, code, data))

    def section(self, node: Node | None, keys: Collection[str], needed: Collection[str]) -> MappingNode:
        """A mapping with these keys; an empty one, with the problem told, when it is something else."""
        if node is None:
            return MappingNode(1)  # whoever needs it has told that it is not there
        if not isinstance(node, MappingNode):
            self.report(node.line, "not-a-section")
            return MappingNode(node.line)
        for key in node.items:
            if key not in keys:
                self.report(node.lines[key], "key-unknown", key=key[:80])
        for key in needed:
            if key not in node.items:
                self.report(node.line, "key-missing", key=key)
        return node

    def text(self, node: MappingNode, key: str) -> str:
        found = node.items.get(key)
        if found is None:
            return ""
        if not isinstance(found, Scalar):
            self.report(node.lines[key], "not-a-text", key=key)
            return ""
        return found.text

    def expect(self, node: MappingNode, key: str, expected: str) -> None:
        if key in node.items and self.text(node, key) != expected:
            self.report(node.lines[key], "not-this-one", key=key, expected=expected)

    def one_of(self, node: MappingNode, key: str, words: Collection[str], default: str) -> str:
        given = self.text(node, key) or default
        if given not in words:
            self.report(node.lines[key], "not-in-list", key=key, words=", ".join(words))
            return default
        return given

    def wave(self, node: Node | None) -> WavePart:
        keys = ("key", "name", "began_on", "ended_on", "mode", "language")
        section = self.section(node, keys, keys[:4])
        key, name = self.text(section, "key"), self.text(section, "name").strip()
        if "key" in section.items and (not KEY.fullmatch(key) or len(key) > 80):
            self.report(section.lines["key"], "wave-key")
        if "name" in section.items and not 1 <= len(name) <= 200:
            self.report(section.lines["name"], "wave-name")
        began, ended = self.day(section, "began_on"), self.day(section, "ended_on")
        if began > ended:
            self.report(section.lines["ended_on"], "wave-dates")
        languages = self.questionnaire.languages
        return WavePart(
            key,
            name,
            began,
            ended,
            self.one_of(section, "mode", MODES, MODES[0]),
            self.one_of(section, "language", languages, languages[0]),
        )

    def day(self, node: MappingNode, key: str) -> dt.date:
        """A day; the first one of all, with the problem told, when it is none."""
        given = self.text(node, key)
        try:
            day = dt.date.fromisoformat(given)
            if 1900 <= day.year <= dt.date.today().year + 1:
                return day
        except ValueError:
            pass
        if key in node.items:
            self.report(node.lines[key], "not-a-day", key=key)
        return dt.date.min if key == "began_on" else dt.date.max

    def weight(self, root: MappingNode) -> str | None:
        if "weight" not in root.items:
            return None
        section = self.section(root.items["weight"], ("column",), ("column",))
        return self.column(section)

    def column(self, node: MappingNode) -> str:
        name = self.text(node, "column")
        if "column" in node.items and self.columns is not None and name not in self.columns:
            self.report(node.lines["column"], "column-unknown", column=name[:80])
        return name

    def variables(self, node: Node | None) -> dict[str, Take]:
        if node is None:
            return {}
        if not isinstance(node, MappingNode):
            self.report(node.line, "not-a-section")
            return {}
        takes = {}
        for name, one in node.items.items():
            variable = self.known.get(name)
            if variable is None:
                self.report(node.lines[name], "variable-unknown", variable=name[:80])
                continue
            takes[name] = self.take(one, variable)
        if not takes and not self.problems:
            self.report(node.line, "nothing-mapped")
        return takes

    def take(self, node: Node, variable: Variable) -> Take:
        section = self.section(node, _TAKE_KEYS, ("column",))
        how = self.how(section, variable)
        codes = self.codes(section, variable)
        absences = self.table(section, "absences", lambda value: value in {int(one) for one in Absence}, "absence")
        for text in sorted(codes.keys() & absences.keys()):
            self.report(section.lines["absences"], "code-twice", value=text[:80])
        contains, others = self.texts(section, "contains"), self.texts(section, "others")
        if how != "contains" and ("separator" in section.items or others):
            self.report(section.line, "contains-missing", variable=variable.name)
        return Take(
            column=self.column(section),
            how=how,
            codes=codes,
            absences=absences,
            contains=contains,
            separator=self.text(section, "separator"),
            others=others,
            confidence=self.text(section, "confidence"),
            reasons=self.texts(section, "reasons"),
        )

    def how(self, section: MappingNode, variable: Variable) -> str:
        expected = _HOW_OF.get(variable.kind)
        if "contains" in section.items:
            if variable.kind is not VariableKind.INDICATOR:
                self.report(section.lines["contains"], "contains-of-others", variable=variable.name)
            elif "as" in section.items or "codes" in section.items:
                self.report(section.line, "contains-alone", variable=variable.name)
            elif not self.text(section, "separator"):
                self.report(section.line, "separator-missing", variable=variable.name)
            return "contains"
        if "as" not in section.items:
            if "codes" not in section.items and self.is_told(section):
                self.report(section.line, "codes-missing", variable=variable.name)
            return "codes"
        given = self.one_of(section, "as", HOW, expected or HOW[0])
        if given != expected:
            self.report(section.lines["as"], "as-of-others", variable=variable.name)
        return given

    def is_told(self, section: MappingNode) -> bool:
        """Whether it is a section at all: of something else the problem was told already."""
        return bool(section.items)

    def codes(self, section: MappingNode, variable: Variable) -> dict[str, int]:
        if "codes" in section.items and variable.kind is VariableKind.TEXT:
            self.report(section.lines["codes"], "codes-of-text", variable=variable.name)
            return {}
        return self.table(section, "codes", lambda value: is_allowed(variable, value), "code")

    def table(self, section: MappingNode, key: str, is_known: Callable[[int], bool], what: str) -> dict[str, int]:
        """Texts of the file and the integer that each becomes."""
        node = section.items.get(key)
        if node is None:
            return {}
        if not isinstance(node, MappingNode):
            self.report(section.lines[key], "not-a-section")
            return {}
        found = {}
        for text, one in node.items.items():
            given = one.text if isinstance(one, Scalar) else ""
            if not WHOLE.fullmatch(given) or not is_known(int(given)):
                self.report(node.lines[text], f"{what}-unknown", value=given[:80])
                continue
            found[text] = int(given)
        return found

    def texts(self, section: MappingNode, key: str) -> tuple[str, ...]:
        node = section.items.get(key)
        if node is None:
            return ()
        if not isinstance(node, Sequence) or not all(isinstance(one, Scalar) for one in node.items):
            self.report(section.lines[key], "not-a-list", key=key)
            return ()
        return tuple(one.text for one in node.items if isinstance(one, Scalar))
