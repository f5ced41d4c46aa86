"""The tree of a piped text and its parser.

Outside of cases a doubled brace is a literal one. Inside a case a brace always opens or closes something, so
that `{n, plural, one {un} other {autres}}` reads without quoting.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from ..expressions import CHOICE_NAME, NAME

MAX_NESTING = 6
CATEGORIES = ("zero", "one", "two", "few", "many", "other")
"""The categories of plurals (Unicode CLDR); each language uses some of them."""

_STOP = re.compile(r"[{}]")
_STOP_IN_PLURAL = re.compile(r"[{}#]")
_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"[^\s,{}#]+")
_EXACT = re.compile(r"=[0-9]{1,15}")


class Form(StrEnum):
    """How a value is put into the text."""

    PLAIN = "plain"
    PLURAL = "plural"
    SELECT = "select"
    OF = "de"
    AT = "à"


class PipeSyntaxError(ValueError):
    """The text is not a piped text: `position` counts characters from 0; the others are tokens, not sentences."""

    def __init__(self, position: int, expected: str, found: str) -> None:
        self.position = position
        self.expected = expected
        self.found = found
        super().__init__(f"at {position}: expected {expected}, found {found!r}")


@dataclass(frozen=True, slots=True)
class Count:
    """`#`: the number of the plural around it, written out."""


@dataclass(frozen=True, slots=True)
class Pipe:
    """One placeholder. `cases` are those of a plural or a select, by key; `otherwise` is said without a value."""

    variable: str
    form: Form = Form.PLAIN
    cases: tuple[tuple[str, Message], ...] = ()
    otherwise: Message | None = None

    def case(self, key: str) -> Message | None:
        """The words of a case, None where there is none."""
        return next((words for name, words in self.cases if name == key), None)


Message = tuple[str | Count | Pipe, ...]


@lru_cache(maxsize=8192)
def parse(text: str) -> Message:
    """Read a piped text. Raises PipeSyntaxError."""
    parser = _Parser(text)
    return tuple(parser.outside())


def walk(message: Message) -> Iterator[Pipe]:
    """Every placeholder, those of cases after the one that holds them."""
    for part in message:
        if isinstance(part, Pipe):
            yield part
            for _, words in part.cases:
                yield from walk(words)
            if part.otherwise is not None:
                yield from walk(part.otherwise)


class _Parser:
    """One pass from left to right; nesting is bounded."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def error(self, expected: str) -> PipeSyntaxError:
        word = _WORD.match(self.text, self.position)
        found = word[0][:40] if word else self.text[self.position : self.position + 1]
        return PipeSyntaxError(self.position, expected, found)

    def outside(self) -> Iterator[str | Count | Pipe]:
        """The parts of the whole text."""
        words = ""
        while (stop := _STOP.search(self.text, self.position)) is not None:
            words += self.text[self.position : stop.start()]
            self.position = stop.start()
            if self.text.startswith(stop[0] * 2, self.position):
                words += stop[0]
                self.position += 2
            elif stop[0] == "}":
                raise self.error("}}")
            else:
                if words:
                    yield words
                words = ""
                yield self.pipe(1, in_plural=False)
        words += self.text[self.position :]
        if words:
            yield words

    def inside(self, nesting: int, *, in_plural: bool) -> Message:
        """The words of a case, braces around them included."""
        if nesting > MAX_NESTING:
            raise self.error("}")
        self.symbol("{")
        parts: list[str | Count | Pipe] = []
        pattern = _STOP_IN_PLURAL if in_plural else _STOP
        while (stop := pattern.search(self.text, self.position)) is not None:
            if stop.start() > self.position:
                parts.append(self.text[self.position : stop.start()])
            self.position = stop.start()
            if stop[0] == "{":
                parts.append(self.pipe(nesting + 1, in_plural=in_plural))
                continue
            self.position += 1
            if stop[0] == "}":
                return tuple(parts)
            parts.append(Count())
        self.position = len(self.text)
        raise self.error("}")

    def pipe(self, nesting: int, *, in_plural: bool) -> Pipe:
        """A placeholder, braces included."""
        self.symbol("{")
        variable = self.word("variable", NAME)
        if self.is_at("}"):
            self.symbol("}")
            return Pipe(variable)
        self.symbol(",")
        form = self.form()
        cases: tuple[tuple[str, Message], ...] = ()
        otherwise = None
        if form in (Form.PLURAL, Form.SELECT):
            self.symbol(",")
            cases = self.cases(form, nesting, in_plural=in_plural or form is Form.PLURAL)
        elif form is Form.PLAIN or self.is_at(","):
            if form is not Form.PLAIN:
                self.symbol(",")
                self.expect("or")
            otherwise = self.inside(nesting + 1, in_plural=in_plural)
        self.symbol("}")
        return Pipe(variable, form, cases, otherwise)

    def form(self) -> Form:
        """The form; `or`, which only gives words for want of a value, is the plain one."""
        start = self.skip()
        word = unicodedata.normalize("NFC", self.word("plural, select, de, à, or", _WORD))
        if word == "or":
            return Form.PLAIN
        if word == Form.PLAIN or word not in tuple(Form):
            self.position = start
            raise self.error("plural, select, de, à, or")
        return Form(word)

    def cases(self, form: Form, nesting: int, *, in_plural: bool) -> tuple[tuple[str, Message], ...]:
        """The cases up to the brace that closes the placeholder; `other` is one of them."""
        found: dict[str, Message] = {}
        while not self.is_at("}"):
            start = self.skip()
            key = self.word("other", CHOICE_NAME if form is Form.SELECT else _WORD)
            is_known = form is Form.SELECT or key in CATEGORIES or _EXACT.fullmatch(key)
            if not is_known or key in found:
                self.position = start
                raise self.error("=0, one, other" if form is Form.PLURAL else "other")
            found[key] = self.inside(nesting + 1, in_plural=in_plural)
        if "other" not in found:
            raise self.error("other")
        return tuple(found.items())

    def skip(self) -> int:
        """Pass spaces; the position after them."""
        space = _SPACE.match(self.text, self.position)
        self.position = space.end() if space else self.position
        return self.position

    def is_at(self, symbol: str) -> bool:
        self.skip()
        return self.text.startswith(symbol, self.position)

    def symbol(self, symbol: str) -> None:
        if not self.is_at(symbol):
            raise self.error(symbol)
        self.position += 1

    def word(self, expected: str, pattern: re.Pattern[str]) -> str:
        self.skip()
        found = _WORD.match(self.text, self.position)
        if found is None or not pattern.fullmatch(found[0]):
            raise self.error(expected)
        self.position = found.end()
        return found[0]

    def expect(self, word: str) -> None:
        start = self.skip()
        if self.word(word, _WORD) != word:
            self.position = start
            raise self.error(word)
