"""YAML without its surprises: mappings, lists and texts with their lines, and nothing else.

Scalars stay texts: the schema types them, so that `no`, `1e3` or `2022-01-01` mean what they say. Aliases,
anchors and tags are refused where they stand, and read on as if they were not there, so that everything else
in the file is reported too.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import yaml

from ..problems import DefinitionIsInvalid, Place, Problem

MAX_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 40
MAX_NODES = 100_000
"""Several times what 1,500 variables take, so that no file keeps the reader busy for long."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Scalar:
    """A text as written. An alias is read as a scalar that the schema must not judge."""

    line: int
    text: str
    is_alias: bool = False


@dataclass(slots=True)
class Sequence:
    line: int
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Mapping:
    """Keys in the order of the file; of a key written twice, the first counts."""

    line: int
    items: dict[str, Node] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


Node = Scalar | Sequence | Mapping


def read_tree(data: bytes) -> tuple[Node, list[Problem]]:
    """The tree of a file and the problems that do not prevent reading on.

    Raises DefinitionIsInvalid where nothing can be read: too large, not UTF-8, not YAML, empty.
    """
    if len(data) > MAX_BYTES:
        raise _refusal("file-too-large", 1, maximum=MAX_BYTES, count=len(data))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _refusal("file-not-utf8", line, position=error.start) from None
    reader = _Reader()
    try:
        for event in yaml.parse(text, Loader=_Loader):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _refusal("yaml-syntax", mark.line + 1 if mark else 1, detail=error.problem or "") from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise _refusal("yaml-syntax", line, detail=error.reason) from None
    if reader.root is None:
        raise _refusal("file-empty", 1)
    return reader.root, reader.problems


def _refusal(code: str, line: int, **data: str | int) -> DefinitionIsInvalid:
    return DefinitionIsInvalid([Problem(code, Place(line=line), data=data)])


class _Reader:
    """Builds the tree from the events of the parser, without recursion."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._open: list[Sequence | Mapping] = []
        # The key waiting for its value, one for each open mapping; None for a sequence.
        self._keys: list[tuple[str, int] | None] = []
        self._documents = 0
        self._nodes = 0

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.NodeEvent):
            self._nodes += 1
            if self._nodes > MAX_NODES:
                raise _refusal("file-too-large", line, maximum=MAX_NODES, count=self._nodes)
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents == 2:
                self._report("file-several-documents", line)
        elif self._documents > 1:
            return
        elif isinstance(event, yaml.AliasEvent):
            self._report("yaml-alias", line, name=event.anchor or "")
            self._put(Scalar(line, "", is_alias=True))
        elif isinstance(event, yaml.NodeEvent):
            self._node(event, line)
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            self._open.pop()
            self._keys.pop()

    def _node(self, event: yaml.NodeEvent, line: int) -> None:
        if event.anchor is not None:
            self._report("yaml-anchor", line, name=event.anchor)
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._report("yaml-tag", line, name=tag)
        if isinstance(event, yaml.ScalarEvent):
            self._put(Scalar(line, event.value))
            return
        if len(self._open) >= MAX_DEPTH:
            raise _refusal("file-too-deep", line, maximum=MAX_DEPTH)
        node: Sequence | Mapping = Sequence(line) if isinstance(event, yaml.SequenceStartEvent) else Mapping(line)
        self._put(node)
        self._open.append(node)
        self._keys.append(None)

    def _put(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
            return
        waiting = self._keys[-1]
        if waiting is None:
            # A mapping or a list as a key is no name of anything: unknown to every schema.
            self._keys[-1] = (node.text if isinstance(node, Scalar) else "?", node.line)
            return
        key, line = waiting
        self._keys[-1] = None
        if key in parent.items:
            self._report("key-duplicate", line, key=key)
            return
        parent.items[key] = node
        parent.lines[key] = line

    def _report(self, code: str, line: int, **data: str | int) -> None:
        self.problems.append(Problem(code, Place(line=line), data=data))
