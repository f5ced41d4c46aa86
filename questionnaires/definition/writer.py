"""The canonical file of a version: one byte string for one version, one line for each text.

Block style everywhere, two spaces, keys in the order of the schema, defaults left out, a text plain where
every YAML reader takes it for a text and in double quotes elsewhere, a rule always in double quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..expressions import Call, ChoiceName, Literal, Reference, to_text
from ..model import LocalText, Question, Questionnaire
from .schema import FORMAT, QUESTIONS, Part, QuestionnairePart, all_parts, keys, parts_in

# What other readers of YAML 1.1 would take for something else than a text.
_AMBIGUOUS = re.compile(r"(?i:null|~|true|false|yes|no|on|off|y|n|[0-9.][0-9a-fox_.,:e+-]*|\.(inf|nan))")
_PLAIN = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`\u00a0](?:[^\n\r\t:#]|:(?! )|(?<! )#)*")
_ESCAPES: Mapping[str, str] = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
# Not printable in YAML, or a break of line for some reader.
_UNPRINTABLE = re.compile(r"[\\\"\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_TYPES = {part.makes: kind for kind, part in QUESTIONS.items()}
_PARTS: dict[type, type[Part]] = {part.makes: part for part in all_parts()}

_RULES = frozenset(
    ("when", "rule", "at_least", "at_most", "above", "below", "total_from"),
)
_BARE = frozenset(
    (
        *("format", "code", "minimum", "maximum", "decimals", "minutes", "top", "total", "keep", "contents", "long"),
        *("exclusive", "fixed", "no_opinion", "refusal", "sensitive"),
    )
)
_NUMBER_OR_FLAG = re.compile(r"-?[0-9]+|true|false")

_Tree = str | list["_Tree"] | dict[str, "_Tree"]


def write(questionnaire: Questionnaire) -> bytes:
    """The canonical bytes: `read(write(q)) == q`, and `write(read(b)) == b` when b is canonical."""
    return ("\n".join(_lines(_tree(questionnaire))) + "\n").encode()


def write_plain(document: Mapping[str, Any]) -> bytes:
    """The file of a plain tree as it stands, valid or not: a person can read it and mend it.

    Of a tree that reads well, `write` of its version is the canonical file.
    """
    return ("\n".join(_lines(_as_it_stands(document, parts=(QuestionnairePart,)))) + "\n").encode()


def _as_it_stands(value: Any, key: str = "", parts: tuple[type[Part], ...] = ()) -> _Tree:
    """A value under a key; `parts`: those of the format that it may be. Keys that the format does not know are last."""
    if isinstance(value, Mapping):
        part = parts[0] if len(parts) == 1 else QUESTIONS.get(str(value.get("type", ""))) if parts else None
        known = tuple(keys(part).values()) if part is not None else ()
        order = [*(name for name in known if name in value), *(name for name in value if name not in known)]
        inner = {name: parts_in(part, name) if part is not None else () for name in order}
        return {name: _as_it_stands(value[name], name, inner[name]) for name in order} or "{}"
    if isinstance(value, list):
        return [_as_it_stands(item, key, parts) for item in value] or "[]"
    text = str(value)
    if key in _RULES:
        return _double_quoted(text)
    return text if key in _BARE and _NUMBER_OR_FLAG.fullmatch(text) else _quoted(text)


def _tree(value: object) -> _Tree:
    """The values of the file, as texts already quoted."""
    part = _PARTS.get(type(value))
    if part is not None:
        return _part_tree(value, part)
    if isinstance(value, LocalText):
        return {language: _quoted(text) for language, text in value.items()}
    if isinstance(value, tuple):
        return [_tree(item) for item in value]
    if isinstance(value, Call | Reference | Literal | ChoiceName):
        return _double_quoted(to_text(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else _quoted(str(value))


def _part_tree(value: object, part: type[Part]) -> dict[str, _Tree]:
    tree: dict[str, _Tree] = {}
    for name, key in keys(part).items():
        if name == "format":
            tree[key] = str(FORMAT)
        elif name == "type" and isinstance(value, Question):
            tree[key] = _TYPES[type(value)]
        else:
            held = getattr(value, name)
            if held != () and held != part.model_fields[name].default:
                text = part.texts.get(name)
                tree[key] = _tree(held) if text is None else _quoted(text(held))
    return tree


def _lines(tree: _Tree, indent: str = "") -> Iterator[str]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            if isinstance(value, str):
                yield f"{indent}{_quoted(key)}: {value}"
            else:
                yield f"{indent}{_quoted(key)}:"
                yield from _lines(value, indent + "  ")
    elif isinstance(tree, list):
        for item in tree:
            if isinstance(item, str):
                yield f"{indent}- {item}"
            else:
                # The first key stands beside the dash, the others below it.
                first, *others = _lines(item, indent + "  ")
                yield f"{indent}- {first.lstrip(' ')}"
                yield from others


def _quoted(text: str) -> str:
    is_plain = (
        _PLAIN.fullmatch(text)
        and text == text.strip()
        and not text.endswith(":")
        and not _AMBIGUOUS.fullmatch(text)
        and not _UNPRINTABLE.search(text.replace('"', "").replace("\\", ""))
    )
    return text if is_plain else _double_quoted(text)


def _double_quoted(text: str) -> str:
    return f'"{_UNPRINTABLE.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return _ESCAPES.get(character) or f"\\u{ord(character):04x}"
