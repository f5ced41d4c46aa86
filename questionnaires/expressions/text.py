"""The readable text of a rule: `parse` and `to_text`, exact inverses of each other.

From the loosest to the tightest: `or`, `and`, `not`, comparisons (`= != < <= > >= in has`, which do not
chain), `+ -`, `*`, unary `-`; then `count(q)`, `answered(q)`, `no_opinion(q)`, `rank(q, 'choice')` and `sum(a, b)`.
Choices stand in single quotes, texts in double quotes with `\\"`, `\\\\` and `\\n`; dates are texts, "2022-03-01"
or "2022-03". `a and b and c` is one operation with three arguments; parentheses make another one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from .tree import (
    COMPARISONS,
    MAX_DECIMALS,
    MAX_DEPTH,
    MAX_INTEGER,
    MAX_NODES,
    RESERVED_WORDS,
    Call,
    ChoiceName,
    Expression,
    ExpressionIsMalformed,
    ExpressionIsTooLarge,
    Literal,
    Reference,
    check_limits,
)

_OR, _AND, _NOT, _COMPARE, _ADD, _MULTIPLY, _UNARY, _PRIMARY = range(1, 9)
_BINDING: Mapping[str, int] = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys((*COMPARISONS, "in", "has"), _COMPARE),
    "+": _ADD,
    "-": _ADD,
    "*": _MULTIPLY,
}
_CONSTANTS: Mapping[str, bool | None] = {"null": None, "true": True, "false": False}
_ABOUT_A_VARIABLE = ("count", "answered", "no_opinion")
_TOKEN = re.compile(
    r"""(?P<number>[0-9]+(?:\.[0-9]+)?)
      | (?P<word>[a-z][a-z0-9_]*)
      | (?P<choice>'[a-z0-9_]*')
      | (?P<text>"(?:[^"\\]|\\["\\n])*")
      | (?P<symbol><=|>=|!=|[=<>+\-*(){},])
      | (?P<space>\s+)""",
    re.VERBOSE,
)
_MAX_TEXT = 20_000  # characters; the limits on nodes are reached long before by any honest rule


class ExpressionSyntaxError(ValueError):
    """The text is not a rule.

    `position` counts characters from 0; `expected` and `found` are tokens, not sentences.
    """

    def __init__(self, position: int, expected: str, found: str) -> None:
        self.position = position
        self.expected = expected
        self.found = found
        super().__init__(f"at {position}: expected {expected}, found {found!r}")


@functools.lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """Read a rule. Raises ExpressionSyntaxError, or ExpressionIsTooLarge past the limits of the language.

    What it makes never changes: a text that was read is remembered.
    """
    if len(text) > _MAX_TEXT:
        raise ExpressionIsTooLarge(f"more than {_MAX_TEXT} characters")
    parser = _Parser(text)
    expression = parser.expression(_OR)
    parser.expect("end", "")
    check_limits(expression)
    return expression


class _Parser:
    """Precedence climbing: `expression(level)` reads operations that bind at least as tightly as `level`."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokenize(text)
        self._index = 0
        self._nesting = 0

    @property
    def _kind(self) -> str:
        return self._tokens[self._index][0]

    @property
    def _word(self) -> str:
        """The token when it is a symbol or a word, so that a quoted text is never taken for one."""
        kind, value, _ = self._tokens[self._index]
        return value if kind in ("symbol", "word") else ""

    def _next(self) -> str:
        value = self._tokens[self._index][1]
        self._index += 1
        return value

    def _error(self, expected: str) -> ExpressionSyntaxError:
        _, value, position = self._tokens[self._index]
        return ExpressionSyntaxError(position, expected, value)

    def expect(self, kind: str, value: str) -> None:
        found_kind, found, _ = self._tokens[self._index]
        if found_kind != kind or found != value:
            raise self._error(value or kind)
        self._index += 1

    def expression(self, level: int) -> Expression:
        self._nesting += 1
        # One level of the tree nests at most twice: a pair of parentheses and a prefix.
        if self._nesting > 2 * MAX_DEPTH + 2:
            raise ExpressionIsTooLarge(f"more than {MAX_DEPTH} levels")
        left = self._prefix(level)
        ceiling = _PRIMARY
        while level <= (binding := _BINDING.get(self._word, 0)) <= ceiling:
            left = self._infix(left, self._next(), binding)
            # Comparisons do not chain, and an `and` has taken all of its arguments.
            ceiling = binding if binding >= _ADD else binding - 1
        self._nesting -= 1
        return left

    def _infix(self, left: Expression, op: str, binding: int) -> Expression:
        if op in ("and", "or"):
            args = [left, self.expression(binding + 1)]
            while self._word == op:
                self._next()
                args.append(self.expression(binding + 1))
            return Call(op, tuple(args))
        if op == "in":
            return Call("in", (left, *self._set()))
        if op == "has":
            if not isinstance(left, Reference):
                self._index -= 1
                raise self._error("variable before has")
            return Call("has", (left, self._choice()))
        return Call(op, (left, self.expression(binding + 1)))

    def _prefix(self, level: int) -> Expression:
        word = self._word
        if word == "not" and level <= _NOT:
            self._next()
            return Call("not", (self.expression(_NOT),))
        if word == "-":
            self._next()
            if self._kind == "number":
                return self._number(negative=True)
            return Call("-", (self.expression(_UNARY),))
        if word == "(":
            self._next()
            inner = self.expression(_OR)
            self.expect("symbol", ")")
            return inner
        if self._kind == "word":
            return self._named(word)
        return self._constant()

    def _is_called(self, word: str) -> bool:
        return self._word == word and self._tokens[self._index + 1][1] == "("

    def _named(self, word: str) -> Expression:
        if word in _CONSTANTS:
            self._next()
            return Literal(_CONSTANTS[word])
        if word in _ABOUT_A_VARIABLE:
            self._next()
            self.expect("symbol", "(")
            argument = self._variable()
            self.expect("symbol", ")")
            return Call(word, (argument,))
        if self._is_called("rank"):
            self._next()
            self.expect("symbol", "(")
            variable = self._variable()
            self.expect("symbol", ",")
            choice = self._choice()
            self.expect("symbol", ")")
            return Call("rank", (variable, choice))
        if word == "sum":
            self._next()
            self.expect("symbol", "(")
            args = [self.expression(_OR)]
            while self._word == ",":
                self._next()
                args.append(self.expression(_OR))
            self.expect("symbol", ")")
            return Call("sum", tuple(args))
        return self._variable()

    def _variable(self) -> Reference:
        if self._kind != "word" or self._word in RESERVED_WORDS:
            raise self._error("variable")
        try:
            reference = Reference(self._word)
        except ExpressionIsMalformed:
            raise self._error("variable") from None
        self._next()
        return reference

    def _constant(self) -> Expression:
        if self._kind == "number":
            return self._number(negative=False)
        if self._kind == "text":
            raw = self._next()[1:-1]
            return Literal(re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], raw))
        if self._kind == "choice":
            return self._choice()
        raise self._error("value")

    def _number(self, *, negative: bool) -> Literal:
        whole, _, fraction = self._tokens[self._index][1].partition(".")
        if len(fraction) > MAX_DECIMALS or len(whole) > 16 or int(whole + fraction) > MAX_INTEGER:
            raise self._error("number")
        self._next()
        value = int(whole + fraction)
        return Literal(-value if negative else value, len(fraction))

    def _choice(self) -> ChoiceName:
        if self._kind != "choice":
            raise self._error("choice")
        try:
            choice = ChoiceName(self._tokens[self._index][1][1:-1])
        except ExpressionIsMalformed:
            raise self._error("choice") from None
        self._next()
        return choice

    def _set(self) -> list[Expression]:
        self.expect("symbol", "{")
        items = [self._set_item()]
        while self._word == ",":
            self._next()
            items.append(self._set_item())
        self.expect("symbol", "}")
        return items

    def _set_item(self) -> Expression:
        if self._word == "-":
            self._next()
            if self._kind != "number":
                raise self._error("number")
            return self._number(negative=True)
        return self._constant()


def _tokenize(text: str) -> list[tuple[str, str, int]]:
    tokens: list[tuple[str, str, int]] = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None or found.lastgroup is None:
            raise ExpressionSyntaxError(position, "token", text[position])
        if found.lastgroup != "space":
            tokens.append((found.lastgroup, found[0], position))
        if len(tokens) > 8 * MAX_NODES:
            raise ExpressionIsTooLarge(f"more than {MAX_NODES} nodes")
        position = found.end()
    tokens.append(("end", "", len(text)))
    return tokens


def to_text(expression: Expression) -> str:
    """The canonical text: `parse(to_text(e)) == e`, with the fewest parentheses."""
    match expression:
        case Literal(str(value)):
            escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            return f'"{escaped}"'
        case Literal(None | bool() as value):
            return {None: "null", True: "true", False: "false"}[value]
        case Literal(int(value), decimals):
            return _number_text(value, decimals)
        case Reference(variable):
            return variable
        case ChoiceName(name):
            return f"'{name}'"
        case Call(op, args):
            return _call_text(op, args)
    raise ExpressionIsMalformed(repr(expression))


def _number_text(value: int, decimals: int) -> str:
    digits = str(abs(value)).rjust(decimals + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else f"{sign}{digits}"


def _call_text(op: str, args: tuple[Expression, ...]) -> str:
    if op in ("and", "or"):
        return f" {op} ".join(_at_least(_BINDING[op] + 1, argument) for argument in args)
    if op == "not":
        return f"not {_at_least(_NOT, args[0])}"
    if op == "in":
        return f"{_at_least(_ADD, args[0])} in {{{', '.join(to_text(item) for item in args[1:])}}}"
    if op in (*_ABOUT_A_VARIABLE, "rank", "sum"):
        return f"{op}({', '.join(to_text(argument) for argument in args)})"
    if op == "-" and len(args) == 1:
        # Without parentheses -3 would be the number, not the operation on it.
        inner = _at_least(_UNARY, args[0])
        return f"-({inner})" if isinstance(args[0], Literal) else f"-{inner}"
    binding = _BINDING[op]
    left = binding + 1 if binding == _COMPARE else binding
    return f"{_at_least(left, args[0])} {op} {_at_least(binding + 1, args[1])}"


def _at_least(level: int, expression: Expression) -> str:
    text = to_text(expression)
    return text if _level(expression) >= level else f"({text})"


def _level(expression: Expression) -> int:
    if not isinstance(expression, Call):
        return _PRIMARY
    if expression.op == "not":
        return _NOT
    if expression.op == "-" and len(expression.args) == 1:
        return _UNARY
    return _BINDING.get(expression.op, _PRIMARY)
