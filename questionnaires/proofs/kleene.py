"""What rules are worth as formulas: true, false or neither; a number, one of some values, or null.

Everything is made by the `Logic` of one z3 context, which folds constants: formulas stay small, and its two
constants are always the same objects.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import z3


@dataclass(frozen=True, slots=True)
class Kleene:
    """A rule as two formulas that are never true together; null is neither."""

    true: z3.BoolRef
    false: z3.BoolRef


@dataclass(frozen=True, slots=True)
class Finite:
    """One of some values (codes, or texts) where `has` holds; null elsewhere. `chosen`: value -> it is that one."""

    has: z3.BoolRef
    chosen: Mapping[int | str, z3.BoolRef]


class Number:
    """A whole number (scaled, as everywhere) where `has` holds; null elsewhere, whatever `value` says there.

    `cases`: value -> it is that one, for the few that are counted one by one.
    """

    __slots__ = ("_value", "cases", "has")

    def __init__(
        self, has: z3.BoolRef, value: z3.ArithRef | None = None, cases: Mapping[int, z3.BoolRef] | None = None
    ) -> None:
        self.has = has
        self.cases = cases
        self._value = value

    @property
    def value(self) -> z3.ArithRef:
        """The number as a term."""
        if self._value is None:
            zero = z3.IntVal(0, self.has.ctx)
            parts = [z3.If(case, z3.IntVal(value, self.has.ctx), zero) for value, case in (self.cases or {}).items()]
            self._value = z3.Sum([zero, *parts])
        return self._value


class Logic:
    """The connectives of one z3 context, folded where a part is constant."""

    def __init__(self, context: z3.Context | None = None) -> None:
        self.context = context or z3.Context()
        self.true: z3.BoolRef = z3.BoolVal(True, self.context)
        self.false: z3.BoolRef = z3.BoolVal(False, self.context)
        self._made = count()
        self._negations: dict[int, tuple[z3.BoolRef, z3.BoolRef]] = {}

    def fresh(self, name: str) -> z3.BoolRef:
        """A new constant. Numbered as they are made, so that the solver goes the same way on every machine."""
        return z3.Bool(f"{name} @{next(self._made)}", self.context)

    def fresh_number(self, name: str) -> z3.ArithRef:
        return z3.Int(f"{name} @{next(self._made)}", self.context)

    def constant(self, value: bool) -> z3.BoolRef:
        return self.true if value else self.false

    def is_constant(self, part: z3.BoolRef) -> bool:
        return part is self.true or part is self.false

    def negation(self, part: z3.BoolRef) -> z3.BoolRef:
        """The contrary; of a contrary, what it was made of."""
        if part is self.true:
            return self.false
        if part is self.false:
            return self.true
        found = self._negations.get(id(part))
        if found is None:
            contrary = z3.Not(part)
            found = self._negations[id(part)] = (part, contrary)
            self._negations[id(contrary)] = (contrary, part)
        return found[1]

    def all(self, parts: Iterable[z3.BoolRef]) -> z3.BoolRef:
        """The conjunction; true of nothing."""
        return self._joined(parts, self.true, self.false, z3.And)

    def any(self, parts: Iterable[z3.BoolRef]) -> z3.BoolRef:
        """The disjunction; false of nothing."""
        return self._joined(parts, self.false, self.true, z3.Or)

    def implied(self, condition: z3.BoolRef, consequence: z3.BoolRef) -> z3.BoolRef:
        return self.any((self.negation(condition), consequence))

    def _joined(
        self, parts: Iterable[z3.BoolRef], neutral: z3.BoolRef, absorbing: z3.BoolRef, join: object
    ) -> z3.BoolRef:
        kept: dict[int, z3.BoolRef] = {}
        for part in parts:
            if part is absorbing:
                return absorbing
            if part is not neutral:
                kept[id(part)] = part
        if not kept:
            return neutral
        found = tuple(kept.values())
        return found[0] if len(found) == 1 else join(*found)  # type: ignore[operator]

    def number(self, value: int) -> Number:
        return Number(self.true, z3.IntVal(value, self.context), {value: self.true})

    def counts(self, parts: Sequence[z3.BoolRef]) -> list[z3.BoolRef]:
        """[at least 0 of the parts hold, at least 1, …, all of them]."""
        least = [self.true]
        for part in parts:
            taken = [
                self.any((old, self.all((below, part))))
                for below, old in zip(least, [*least[1:], self.false], strict=True)
            ]
            least = [self.true, *taken]
        return least


class Chain:
    """One of several alternatives, always exactly one, written by an order: alternative k is k steps or more, and not
    k + 1.

    `parts`: the formula of each alternative; `bounds`: at least that one, or a later one; `steps`: the constants
    they are made of; `rules`: what makes it so.
    """

    __slots__ = ("bounds", "parts", "rules", "steps")

    def __init__(self, logic: Logic, name: str, size: int) -> None:
        self.steps = [z3.Bool(f"{name}>={step}", logic.context) for step in range(1, size)]
        self.bounds = [logic.true, *self.steps]
        self.rules = [z3.Implies(later, earlier) for earlier, later in zip(self.steps, self.steps[1:], strict=False)]
        ends = [*self.steps, logic.false]
        self.parts = [logic.all((here, logic.negation(end))) for here, end in zip(self.bounds, ends, strict=True)]

    def taken(self, model: z3.ModelRef) -> int:
        """The alternative of a model."""
        return bisect_left(self.steps, True, key=lambda step: not holds(model, step))


def holds(model: z3.ModelRef, part: z3.BoolRef) -> bool:
    """Whether a constant is true in a model. One call of the solver and no object of Python: models are read a lot."""
    found = (z3.Ast * 1)()
    z3.Z3_model_eval(model.ctx.ref(), model.model, part.as_ast(), True, found)
    is_true: bool = z3.Z3_get_bool_value(model.ctx.ref(), found[0]) == z3.Z3_L_TRUE
    return is_true
