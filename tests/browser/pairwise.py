"""A few cases that hold every pair: every value of each factor together with every value of each other factor."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Mapping, Sequence

Pair = tuple[str, Hashable, str, Hashable]
Case = dict[str, Hashable]


def cover_pairs(factors: Mapping[str, Sequence[Hashable]]) -> list[Case]:
    """Cases of one value for each factor; greedy: each begins with a pair not seen yet and takes in all it can."""
    left = dict.fromkeys(all_pairs(factors))
    cases: list[Case] = []
    while left:
        first, one, second, two = next(iter(left))
        case: Case = {first: one, second: two}
        for name, values in factors.items():
            if name not in case:
                case[name] = max(values, key=lambda value: gain(left, case, name, value))
        for pair in pairs_of({name: case[name] for name in factors}):
            left.pop(pair, None)
        cases.append(case)
    return cases


def gain(left: Mapping[Pair, None], case: Case, name: str, value: Hashable) -> int:
    """How many pairs not seen yet a value brings to a case."""
    known = ((other, case[other]) for other in case)
    return sum((*one, name, value) in left or (name, value, *one) in left for one in known)


def all_pairs(factors: Mapping[str, Sequence[Hashable]]) -> Iterator[Pair]:
    """Every pair, factors in their order."""
    for first, second in itertools.combinations(factors, 2):
        for one, two in itertools.product(factors[first], factors[second]):
            yield first, one, second, two


def pairs_of(case: Case) -> Iterator[Pair]:
    """The pairs of one case, factors in their order."""
    for (first, one), (second, two) in itertools.combinations(case.items(), 2):
        yield first, one, second, two


def every_case(factors: Mapping[str, Sequence[Hashable]]) -> list[Case]:
    """The whole matrix."""
    return [dict(zip(factors, values, strict=True)) for values in itertools.product(*factors.values())]
