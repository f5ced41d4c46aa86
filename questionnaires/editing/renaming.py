"""Another name for an element: whatever names it follows, in rules, in texts and beside checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from ..expressions import (
    Call,
    ChoiceName,
    Expression,
    ExpressionIsMalformed,
    ExpressionIsTooLarge,
    ExpressionSyntaxError,
    Reference,
    parse,
    to_text,
)
from .documents import Document, Node, Tree, find
from .fields import fields_of
from .naming import VARIABLES
from .operations import Operation, OperationDoesNotApply, Put

_POINTING = ("repeat", "prefill", "shuffle")
_UNREADABLE = (ExpressionSyntaxError, ExpressionIsTooLarge, ExpressionIsMalformed)


def rename(document: Document, element: int, name: str) -> tuple[Operation, ...]:
    """Give an element another name; every rule, text or key that names it takes the new one."""
    node = find(document, element)
    if node.parent < 0 or "name" not in {one.key for one in fields_of(node.kind, node.type)}:
        raise OperationDoesNotApply("key", element)
    old = node.name
    if name == old:
        return ()
    operations: list[Operation] = [Put(element, "name", name)]
    if not old or not name:
        return tuple(operations)
    if node.kind in VARIABLES:
        others = {one.name for one in document.nodes.values() if one.kind in VARIABLES and one.element != element}
        operations += _followed(document, _variable(old, name, others))
    elif node.kind == "row":
        question = find(document, node.parent).name
        operations += _followed(document, _variable(f"{question}_{old}", f"{question}_{name}", set()))
    elif node.kind in ("choice", "arm"):
        operations += _choice(document, node, old, name)
    return tuple(operations)


def _variable(old: str, new: str, others: set[str]) -> Callable[[str], str]:
    """A variable after the renaming: the one renamed, or one made from its name, as those of its rows."""

    def renamed(variable: str) -> str:
        if variable == old:
            return new
        is_part = variable.startswith(f"{old}_") and variable not in others
        # The parts of another question with a longer name are its own.
        is_others = any(variable.startswith(f"{one}_") for one in others if len(one) > len(old))
        return new + variable[len(old) :] if is_part and not is_others else variable

    return renamed


def _followed(document: Document, renamed: Callable[[str], str]) -> Iterator[Operation]:
    """The rules, texts and keys that name a variable, with its new name."""

    def in_rule(expression: Expression) -> Expression:
        match expression:
            case Reference(variable):
                return Reference(renamed(variable))
            case Call(op, args):
                return Call(op, tuple(in_rule(one) for one in args))
        return expression

    def in_text(words: str) -> str:
        return _PIPE.sub(lambda found: found[1] + renamed(found[2]), words)

    for node in document.nodes.values():
        for one in fields_of(node.kind, node.type):
            held = node.tree.get(one.key)
            made: Tree | None = held
            if one.control == "rule" and isinstance(held, str):
                made = _rule(held, in_rule)
            elif one.control == "texts" and isinstance(held, Mapping):
                made = {language: in_text(str(words)) for language, words in held.items()}
            elif one.key == "at" and isinstance(held, list):
                made = [renamed(str(name)) for name in held]
            elif one.key in _POINTING and isinstance(held, str) and one.key != "shuffle":
                made = renamed(held)
            if made != held:
                yield Put(node.element, one.key, made)


_PIPE = re.compile(r"((?<!\{)\{\s*)([a-z][a-z0-9_]*)(?=\s*[,}])")


def _rule(text: str, change: Callable[[Expression], Expression]) -> str:
    """A rule changed as a tree; one that cannot be read stays as it is written."""
    try:
        expression = parse(text)
    except _UNREADABLE:
        return text
    changed = change(expression)
    return text if changed == expression else to_text(changed)


def _choice(document: Document, node: Node, old: str, new: str) -> Iterator[Operation]:
    """The rules that compare its question with it, the subtotals that count it, the texts that select it."""
    question = find(document, node.parent)
    own = question.name

    def is_own(variable: str) -> bool:
        return variable == own or variable.startswith(f"{own}_")

    def in_rule(expression: Expression) -> Expression:
        if not isinstance(expression, Call):
            return expression
        reads = any(isinstance(one, Reference) and is_own(one.variable) for one in expression.args)
        args = (ChoiceName(new) if reads and one == ChoiceName(old) else in_rule(one) for one in expression.args)
        return Call(expression.op, tuple(args))

    select = re.compile(rf"(\{{\s*{re.escape(own)}\s*,\s*select\s*,)((?:[^{{}}]|\{{[^{{}}]*\}})*)(\}})")
    case = re.compile(rf"(?<![\w]){re.escape(old)}(?=\s*\{{)")

    def in_text(words: str) -> str:
        return select.sub(lambda found: found[1] + case.sub(new, found[2]) + found[3], words)

    for one in document.nodes.values():
        for known in fields_of(one.kind, one.type):
            held = one.tree.get(known.key)
            made: Tree | None = held
            if known.control == "rule" and isinstance(held, str):
                made = _rule(held, in_rule)
            elif known.control == "texts" and isinstance(held, Mapping):
                made = {language: in_text(str(words)) for language, words in held.items()}
            elif one.kind == "subtotal" and one.parent == question.element and known.key == "choices":
                made = [new if name == old else name for name in held] if isinstance(held, list) else held
            elif one.element == question.element and known.key == "neutral" and held == old:
                made = new
            if made != held:
                yield Put(one.element, known.key, made)
    if "specify" in node.tree:
        others = {one.name for one in document.nodes.values() if one.kind in VARIABLES}
        yield from _followed(document, _variable(f"{own}_{old}_text", f"{own}_{new}_text", others))
