"""The file of a ledger, `comparability/ledger.yaml` beside the definitions: every problem told, one way to write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Map
from datetime import date

from ..definition.yaml_tree import Mapping, Node, Scalar, Sequence, read_tree
from ..model import LocalText
from ..problems import Data, DefinitionIsInvalid, Place, Problem
from .changes import ComparabilityClass
from .ledger import Entry, Ledger, Transition

FORMAT = 1
_CLASSES = tuple(one.value for one in ComparabilityClass)
_OPTIONAL = ("formerly", "confirmed", "reason", "by", "on")
_ENTRY = ("variables", "formerly", "proposed", "confirmed", "digest", "reason", "by", "on")
_TRANSITION = ("from", "to", "identical", "entries")
_LEDGER = ("format", "questionnaire", "transitions")
_DIGEST = re.compile(r"[0-9a-f]{16}")


def read_ledger(data: bytes, name: str = "") -> Ledger:
    """The ledger that a file holds. Raises DefinitionIsInvalid with all problems, in the order of lines."""
    root, problems = read_tree(data)
    reader = _Reader(list(problems))
    ledger = reader.ledger(root)
    if reader.problems:
        raise DefinitionIsInvalid(sorted(reader.problems, key=lambda one: one.place.line or 0), name)
    return ledger


class _Reader:
    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems

    def _report(self, code: str, line: int, path: str, **data: Data) -> None:
        self.problems.append(Problem(code, Place(line=line, path=path), data=data))

    def ledger(self, root: Node) -> Ledger:
        parts = self._mapping(root, "", _LEDGER, ("transitions",))
        found = self._text(parts, "format", "", root.line)
        if found and found != str(FORMAT):
            self._report("format-unknown", parts["format"].line, "format", found=found, known=(str(FORMAT),))
        questionnaire = self._text(parts, "questionnaire", "", root.line)
        transitions: list[Transition] = []
        for place, node in self._items(parts, "transitions", ""):
            transition = self._transition(node, place)
            if any((one.old, one.new) == (transition.old, transition.new) for one in transitions):
                self._report("name-duplicate", node.line, place, name=f"{transition.old} → {transition.new}")
            transitions.append(transition)
        return Ledger(questionnaire, tuple(transitions))

    def _transition(self, node: Node, path: str) -> Transition:
        parts = self._mapping(node, path, _TRANSITION, ("identical", "entries"))
        old, new = (self._text(parts, key, path, node.line) for key in ("from", "to"))
        identical = self._texts(parts, "identical", path)
        seen = set(identical)
        entries: list[Entry] = []
        for place, one in self._items(parts, "entries", path):
            entry = self._entry(one, place)
            for name in entry.variables:
                if name in seen:
                    self._report("name-duplicate", one.line, f"{place}.variables", name=name)
                seen.add(name)
            entries.append(entry)
        return Transition(old, new, identical, tuple(entries))

    def _entry(self, node: Node, path: str) -> Entry:
        parts = self._mapping(node, path, _ENTRY, _OPTIONAL)
        variables, formerly = self._texts(parts, "variables", path), self._texts(parts, "formerly", path)
        if "variables" in parts and not variables:
            self._report("list-empty", parts["variables"].line, f"{path}.variables")
        if formerly and len(formerly) != len(variables):
            expected = f"{len(variables)}"
            self._report("value-unknown", parts["formerly"].line, f"{path}.formerly", found="", known=(expected,))
            formerly = ()
        proposed = self._class(parts, "proposed", path, node.line)
        confirmed = self._class(parts, "confirmed", path, node.line) if "confirmed" in parts else None
        digest = self._text(parts, "digest", path, node.line)
        if digest and not _DIGEST.fullmatch(digest):
            self._report("name-malformed", parts["digest"].line, f"{path}.digest", name=digest[:80])
        if confirmed is not None:
            for key in ("reason", "by", "on"):
                if key not in parts:
                    self._report("key-missing", node.line, f"{path}.{key}", key=key)
        by, on = (self._text(parts, key, path, node.line) if key in parts else "" for key in ("by", "on"))
        if on and not _is_day(on):
            self._report("date-malformed", parts["on"].line, f"{path}.on", found=on[:80])
        reason = self._reason(parts, path)
        return Entry(variables, proposed or ComparabilityClass.BROKEN, digest, confirmed, reason, by, on, formerly)

    def _reason(self, parts: Map[str, Node], path: str) -> LocalText:
        node = parts.get("reason")
        if node is None:
            return LocalText({})
        here = f"{path}.reason"
        words = self._mapping(node, here, ("fr", "en"), ())
        return LocalText({language: self._text(words, language, here, node.line) for language in words})

    def _class(self, parts: Map[str, Node], key: str, path: str, line: int) -> ComparabilityClass | None:
        found = self._text(parts, key, path, line)
        if found in _CLASSES:
            return ComparabilityClass(found)
        if found:
            self._report("value-unknown", parts[key].line, f"{path}.{key}", found=found[:80], known=_CLASSES)
        return None

    def _mapping(self, node: Node, path: str, known: tuple[str, ...], optional: tuple[str, ...]) -> Map[str, Node]:
        if not isinstance(node, Mapping):
            self._report("mapping-expected", node.line, path)
            return {}
        for key in node.items:
            if key not in known:
                self._report("key-unknown", node.lines[key], f"{path}.{key}".strip("."), key=key, known=known)
        for key in known:
            if key not in node.items and key not in optional:
                self._report("key-missing", node.line, f"{path}.{key}".strip("."), key=key)
        return {key: value for key, value in node.items.items() if key in known}

    def _items(self, parts: Map[str, Node], key: str, path: str) -> Iterator[tuple[str, Node]]:
        node = parts.get(key)
        here = f"{path}.{key}".strip(".")
        if isinstance(node, Sequence):
            yield from ((f"{here}[{index}]", one) for index, one in enumerate(node.items))
        elif node is not None:
            self._report("list-expected", node.line, here)

    def _texts(self, parts: Map[str, Node], key: str, path: str) -> tuple[str, ...]:
        found: list[str] = []
        for place, node in self._items(parts, key, path):
            if isinstance(node, Scalar) and node.text.strip():
                found.append(node.text)
            else:
                self._report("text-expected", node.line, place)
        return tuple(found)

    def _text(self, parts: Map[str, Node], key: str, path: str, line: int) -> str:
        """The text of a key; that it is missing has been told."""
        node = parts.get(key)
        if node is None:
            return ""
        here = f"{path}.{key}".strip(".")
        if not isinstance(node, Scalar):
            self._report("text-expected", node.line or line, here)
            return ""
        if not node.text.strip():
            self._report("text-empty", node.line, here)
        return node.text.strip()


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def write_ledger(ledger: Ledger) -> bytes:
    """The canonical bytes: `read_ledger(write_ledger(l)) == l`."""
    return ("\n".join(_lines(ledger)) + "\n").encode()


def _lines(ledger: Ledger) -> Iterator[str]:
    yield f"format: {FORMAT}"
    yield f"questionnaire: {ledger.questionnaire}"
    if ledger.transitions:
        yield "transitions:"
    for one in ledger.transitions:
        yield f"  - from: {_quoted(one.old)}"
        yield f"    to: {_quoted(one.new)}"
        yield from _list("identical", one.identical, "    ")
        if one.entries:
            yield "    entries:"
        for entry in one.entries:
            yield from _entry_lines(entry)


def _entry_lines(entry: Entry) -> Iterator[str]:
    first, *others = _list("variables", entry.variables, "        ")
    yield f"      - {first.lstrip()}"
    yield from others
    yield from _list("formerly", entry.formerly, "        ")
    yield f"        proposed: {entry.proposed}"
    if entry.confirmed is not None:
        yield f"        confirmed: {entry.confirmed}"
    yield f"        digest: {_quoted(entry.digest)}"
    if entry.reason:
        yield "        reason:"
        yield from (f"          {language}: {_quoted(words)}" for language, words in entry.reason.items())
    for key, said in (("by", entry.by), ("on", entry.on)):
        if said:
            yield f"        {key}: {_quoted(said)}"


def _list(key: str, names: tuple[str, ...], indent: str) -> Iterator[str]:
    if names:
        yield f"{indent}{key}:"
        yield from (f"{indent}  - {name}" for name in names)


def _quoted(text: str) -> str:
    # As in the files of questionnaires; always between quotes, so that no reader takes it for a number.
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'
