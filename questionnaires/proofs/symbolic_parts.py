"""What a version as formulas is made of: its pages, their questions, their answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import z3

from ..expressions import Absence, Expression
from ..model import Question
from .kleene import Kleene, Number
from .symbolic_rules import Reader


@dataclass(frozen=True, slots=True)
class SymbolicAnswer:
    """One key of the given document, as this version reads it.

    `has_value`: asked here and answered by a value. `chosen`: code (or text, or id of an item) -> it is, or is
    among, what is answered. `value`: the number that is answered. `absences`: those that may be given -> they are.
    """

    has_value: z3.BoolRef
    value: z3.ArithRef | None
    chosen: Mapping[int | str, z3.BoolRef]
    absences: Mapping[Absence, z3.BoolRef]


@dataclass(frozen=True, slots=True)
class SymbolicQuestion:
    """A question of a page, `name[2]` for that of an item: a copy of it with the keys of that item.

    `shown`: it is asked, given that its page is begun (this implies that the page is shown). `offered`: name of a
    choice -> it is asked and this choice is offered; `rows`: the same of rows; `variants`: name -> asked so worded.
    """

    name: str
    question: Question
    shown: z3.BoolRef
    answers: Mapping[str, SymbolicAnswer]
    offered: Mapping[str, z3.BoolRef]
    rows: Mapping[str, z3.BoolRef]
    variants: Mapping[str, z3.BoolRef]


class SymbolicPage:
    """A page, `page.2` for that of an item: the formulas of what happens there.

    `begun`: all before is complete and valid, no exit was taken; the page itself may be left out. `shown`: on the
    path, given that it is begun. `valid`: shown, complete and without blocking problem. `left`: exit -> shown,
    valid, and taken here. `passed`: left out, or valid without an exit.
    `checks`: name -> (definitely true, definitely false), once the page is answered. `needs`: what makes the page
    valid, part by part: the number of a question, or the name of a blocking check, and its formula.
    """

    name: str
    base: str
    item: int | None
    begun: z3.BoolRef
    shown: z3.BoolRef
    valid: z3.BoolRef
    left: Mapping[str, z3.BoolRef]
    passed: z3.BoolRef
    questions: tuple[SymbolicQuestion, ...]
    checks: Mapping[str, Kleene]
    needs: tuple[tuple[int | str, z3.BoolRef], ...]
    # What the names that were made on this page stand for, in their order.
    own: tuple[z3.BoolRef, ...]
    # What `begun` stands for; how many rules of the inputs and definitions of the version its formulas rest on.
    beginning: z3.BoolRef
    mark: tuple[int, int]
    # Its shuffle, how many parts are asked in one order or another, and which of them it stands in.
    part: tuple[str | None, int, int]

    def __init__(self, name: str, base: str, item: int | None, reader: Reader) -> None:
        self.name, self.base, self.item = name, base, item
        self._reader = reader
        # Of the readings, how many were there before each question.
        self.moments: list[int] = []

    def evaluate(self, rule: Expression, at: int | None = None) -> Kleene:
        """A rule of this page as it is read before question number `at` (from 0); after the page without `at`."""
        return self._reading(at).truth(rule)

    def number(self, rule: Expression, at: int | None = None, decimals: int | None = None) -> Number:
        """The same of a rule that gives a number, at its own scale or at `decimals` where that is more."""
        return self._reading(at).number(rule, decimals)

    def _reading(self, at: int | None) -> Reader:
        return self._reader.final() if at is None else self._reader.before(self.moments[at])
