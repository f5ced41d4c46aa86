"""Rules as formulas: the tree of `expressions.resolution`, evaluated as `expressions.evaluation` does."""

from __future__ import annotations

import operator
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, replace

import z3

from ..expressions import Expression, Kind, Resolved, VariableType, to_browser, type_of
from ..model import item_name
from .kleene import Finite, Kleene, Logic, Number


@dataclass(frozen=True, slots=True)
class Reading:
    """What rules read of a variable.

    `has`: it has a value. `chosen`: code or text -> it is, or is among, the value. `value`: the number that it is.
    `counted`: at least 0, 1, … codes or items are in the value. `ranks`: code -> place -> it is ranked there.
    `no_opinion` while the respondent goes on; `blamed` once the whole path is known, when what is absent because
    of such an answer has the same cause. `moment`: from when on it is read.
    """

    has: z3.BoolRef
    no_opinion: z3.BoolRef
    blamed: z3.BoolRef
    chosen: Mapping[int | str, z3.BoolRef] | None = None
    value: z3.ArithRef | None = None
    counted: list[z3.BoolRef] | None = None
    ranks: Mapping[int, Mapping[int, z3.BoolRef]] = field(default_factory=dict)
    moment: int = 0


Lookup = Callable[[str], Reading | None]
Part = Kleene | Number | Finite | None

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_COMPARED: Mapping[str, Callable[..., z3.BoolRef]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Evaluation:
    """One moment of one respondent. `lookup`: what is known then; `is_final`: with the causes of the whole path."""

    def __init__(self, logic: Logic, lookup: Lookup, is_final: bool = False) -> None:
        self._logic = logic
        self._lookup = lookup
        self._is_final = is_final

    def truth(self, tree: Resolved) -> Kleene:
        """A rule that is true or false; null is neither."""
        found = self._part(tree)
        return found if isinstance(found, Kleene) else Kleene(self._logic.false, self._logic.false)

    def number(self, tree: Resolved, factor: int = 1) -> Number:
        """A rule that gives a number, or a truth kept as 0 or 1; times a factor."""
        found = self._part(tree)
        if isinstance(found, Kleene):
            logic = self._logic
            return Number(logic.any((found.true, found.false)), cases={1: found.true, 0: found.false})
        if not isinstance(found, Number):
            return Number(self._logic.false, z3.IntVal(0, self._logic.context))
        return found if factor == 1 else self._times(found, factor)

    def _part(self, tree: Resolved) -> Part:
        logic = self._logic
        match tree:
            case None:
                return None
            case bool():
                return Kleene(logic.constant(tree), logic.constant(not tree))
            case int():
                return logic.number(tree)
            case str():
                return Finite(logic.true, {tree: logic.true})
            case ["var", str(name)]:
                return self._value(name)
            case ["items", str(roster), str(name)]:
                return self._items(roster, name)
            case [str(op), ["var", str(name)], *codes] if op in ("answered", "no_opinion", "count", "has", "rank"):
                return self._about(op, name, codes)
            case ["in", subject, *members]:
                return self._in(self._part(subject), members)
            case [str(op), *args]:
                return self._operation(op, [self._part(one) for one in args])
        raise ValueError(tree)

    def _value(self, name: str) -> Part:
        reading = self._lookup(name)
        if reading is None:
            return None
        if reading.value is not None:
            return Number(reading.has, reading.value)
        return Finite(reading.has, reading.chosen or {})

    def _items(self, roster: str, name: str) -> Part:
        """The sum of what has a value of the items that are there."""
        listed = self._lookup(roster)
        found = []
        for item, present in ((listed.chosen or {}) if listed is not None else {}).items():
            reading = self._lookup(f"{name}[{item}]")
            if reading is not None and reading.value is not None:
                found.append(Number(self._logic.all((present, reading.has)), reading.value))
        return self._sum(found)

    def _about(self, op: str, name: str, codes: list[Resolved]) -> Part:
        logic, reading = self._logic, self._lookup(name)
        if op == "answered":
            has = logic.false if reading is None else reading.has
            return Kleene(has, logic.negation(has))
        if op == "no_opinion":
            said = logic.false if reading is None else reading.blamed if self._is_final else reading.no_opinion
            return Kleene(said, logic.negation(said))
        if reading is None:
            return None
        code = codes[0] if codes else None
        if op == "has":
            chosen = (reading.chosen or {}).get(code, logic.false) if isinstance(code, int) else logic.false
            return Kleene(logic.all((reading.has, chosen)), logic.all((reading.has, logic.negation(chosen))))
        if op == "rank":
            places = reading.ranks.get(code, {}) if isinstance(code, int) else {}
            cases = {place: logic.all((reading.has, here)) for place, here in places.items()}
            return Number(logic.any(cases.values()), cases=cases)
        least = reading.counted or []
        ends = [*least[1:], logic.false]
        exact = {
            count: logic.all((reading.has, here, logic.negation(end)))
            for count, (here, end) in enumerate(zip(least, ends, strict=True))
        }
        return Number(reading.has, cases=exact)

    def _in(self, subject: Part, members: list[Resolved]) -> Part:
        if subject is None:
            return None
        constants = [one for one in members if isinstance(one, int | str)]
        found = [self._compare("=", subject, self._part(one)) for one in constants]
        true = self._logic.any(one.true for one in found if one is not None)
        has = self._logic.true if isinstance(subject, Kleene) else subject.has
        return Kleene(true, self._logic.all((has, self._logic.negation(true))))

    def _operation(self, op: str, parts: list[Part]) -> Part:
        logic = self._logic
        if op in ("and", "or"):
            truths = [one if isinstance(one, Kleene) else Kleene(logic.false, logic.false) for one in parts]
            true, false = [one.true for one in truths], [one.false for one in truths]
            return (
                Kleene(logic.all(true), logic.any(false)) if op == "and" else Kleene(logic.any(true), logic.all(false))
            )
        if op == "sum":
            return self._sum([one for one in parts if isinstance(one, Number)])
        if any(one is None for one in parts):
            return None
        if op == "not":
            (truth,) = parts
            return Kleene(truth.false, truth.true) if isinstance(truth, Kleene) else None
        if op in _COMPARED:
            return self._compare(op, *parts)
        numbers = [one for one in parts if isinstance(one, Number)]
        return self._arithmetic(op, numbers)

    def _sum(self, parts: list[Number]) -> Part:
        logic = self._logic
        if len(parts) == 1:
            return parts[0]
        zero = z3.IntVal(0, logic.context)
        terms = [one.value if one.has is logic.true else z3.If(one.has, one.value, zero) for one in parts]
        return Number(logic.any(one.has for one in parts), z3.Sum([zero, *terms]))

    def _arithmetic(self, op: str, parts: list[Number]) -> Part:
        has = self._logic.all(one.has for one in parts)
        if len(parts) == 1:
            return self._times(parts[0], -1)
        first, second = parts
        for one, other in ((first, second), (second, first)):
            if op == "*" and one.cases is not None and len(one.cases) == 1 and one.has is self._logic.true:
                return self._times(other, next(iter(one.cases)))
        match op:
            case "+":
                return Number(has, first.value + second.value)
            case "-":
                return Number(has, first.value - second.value)
        return Number(has, first.value * second.value)

    def _times(self, number: Number, factor: int) -> Number:
        if number.cases is not None and factor:
            return Number(number.has, cases={value * factor: case for value, case in number.cases.items()})
        return Number(number.has, number.value * factor)

    def _compare(self, op: str, left: Part, right: Part) -> Kleene | None:
        left, right = self._beside(left, right), self._beside(right, left)
        if isinstance(left, Finite) and isinstance(right, Finite):
            return self._compare_finite(op, left, right)
        if not isinstance(left, Number) or not isinstance(right, Number):
            return None
        logic = self._logic
        has = logic.all((left.has, right.has))
        if right.cases is not None and len(right.cases) == 1 and left.cases is not None:
            true = self._of_cases(op, left.cases, next(iter(right.cases)))
        elif left.cases is not None and len(left.cases) == 1 and right.cases is not None:
            true = self._of_cases(_FLIPPED[op], right.cases, next(iter(left.cases)))
        else:
            true = _COMPARED[op](left.value, right.value)
        return Kleene(logic.all((has, true)), logic.all((has, logic.negation(true))))

    def _beside(self, part: Part, other: Part) -> Part:
        """A constant beside a choice is the code of one."""
        if isinstance(part, Number) and isinstance(other, Finite) and part.cases is not None:
            codes: dict[int | str, z3.BoolRef] = dict(part.cases.items())
            return Finite(part.has, codes)
        return part

    def _of_cases(self, op: str, cases: Mapping[int, z3.BoolRef], constant: int) -> z3.BoolRef:
        compare: Callable[[int, int], bool] = _COMPARED[op]
        return self._logic.any(case for value, case in cases.items() if compare(value, constant))

    def _compare_finite(self, op: str, left: Finite, right: Finite) -> Kleene:
        logic = self._logic
        has = logic.all((left.has, right.has))
        both = (logic.all((one, right.chosen[key])) for key, one in left.chosen.items() if key in right.chosen)
        equal = logic.any(both)
        found = Kleene(logic.all((has, equal)), logic.all((has, logic.negation(equal))))
        return found if op == "=" else Kleene(found.false, found.true)


class Known:
    """What is known of any respondent so far, by variable; and the definitions that name its larger formulas."""

    def __init__(self, logic: Logic, types: Mapping[str, VariableType]) -> None:
        self.logic = logic
        self.types = types
        self.definitions: list[z3.BoolRef] = []
        self.readings: dict[str, Reading] = {}
        self.moment = 0
        self._resolved: dict[tuple[int, str | None], tuple[Expression, Resolved, VariableType | None]] = {}

    def define(self, formula: z3.BoolRef, name: str) -> z3.BoolRef:
        """A name for a formula, unless it is short already."""
        if self.logic.is_constant(formula) or formula.num_args() == 0:
            return formula
        if z3.is_not(formula) and formula.arg(0).num_args() == 0:
            return formula
        named = self.logic.fresh(name)
        self.definitions.append(named == formula)
        return named

    def learn(self, name: str, reading: Reading) -> None:
        """From here on, rules read this of a variable."""
        self.moment += 1
        self.readings[name] = replace(reading, moment=self.moment)

    def resolved(self, rule: Expression, scope: str | None) -> tuple[Resolved, VariableType | None]:
        """The tree of a rule and its type, found once."""
        key = (id(rule), scope)
        found = self._resolved.get(key)
        if found is None:
            tree = to_browser(rule, self.types, scope)
            found = self._resolved[key] = (rule, tree, type_of(rule, self.types, scope))
        return found[1], found[2]


class Reader:
    """Rules as one page reads them: with `item`, the plain names in `plain` are those of that item.

    `moment`: what was learnt later is not known; None: as much as is known when the rule is read.
    """

    def __init__(
        self,
        known: Known,
        scope: str | None = None,
        item: int | None = None,
        plain: Container[str] = (),
        moment: int | None = None,
        is_final: bool = False,
    ) -> None:
        self._known, self._scope, self._item, self._plain = known, scope, item, plain
        self._moment = moment
        self._evaluation = Evaluation(known.logic, self._lookup, is_final)
        self._is_final = is_final

    @property
    def scope(self) -> str | None:
        """The roster, or the multiple choice, for each of whose items the rules are read."""
        return self._scope

    def before(self, moment: int) -> Reader:
        return Reader(self._known, self._scope, self._item, self._plain, moment)

    def final(self) -> Reader:
        """The same with the causes of absences, as they are known once the path is."""
        return Reader(self._known, self._scope, self._item, self._plain, is_final=True)

    def truth(self, rule: Expression | None) -> Kleene:
        """A rule that is true or false; no rule is true."""
        if rule is None:
            return Kleene(self._known.logic.true, self._known.logic.false)
        return self._evaluation.truth(self._known.resolved(rule, self._scope)[0])

    def number(self, rule: Expression, decimals: int | None = None) -> Number:
        """A rule that gives a number, or a truth kept as 0 or 1; at its own scale, or at `decimals`."""
        tree, kind = self._known.resolved(rule, self._scope)
        is_number = kind is not None and kind.kind is Kind.NUMBER and decimals is not None
        factor = 10 ** max(decimals - kind.decimals, 0) if is_number and kind and decimals is not None else 1
        return self._evaluation.number(tree, factor)

    def lookup(self, name: str) -> Reading | None:
        """What is known of a variable here."""
        return self._lookup(name)

    def _lookup(self, name: str) -> Reading | None:
        if self._item is not None and name in self._plain:
            name = item_name(name, self._item)
        found = self._known.readings.get(name)
        return found if found is None or self._moment is None or found.moment <= self._moment else None
