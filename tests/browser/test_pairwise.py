"""The cases that stand for the whole matrix hold every pair of it."""

from __future__ import annotations

import pytest

from tests.browser.pairwise import all_pairs, cover_pairs, every_case, pairs_of

FACTORS = [
    {"type": tuple(range(26)), "width": (360, 768, 1280), "language": ("fr", "en"), "script": (True, False)},
    {"a": (1, 2), "b": (1, 2), "c": (1, 2)},
    {"a": (1,), "b": (1, 2, 3)},
]


@pytest.mark.parametrize("factors", FACTORS, ids=len)
def test_every_pair_is_in_a_case(factors: dict[str, tuple[object, ...]]) -> None:
    cases = cover_pairs(factors)
    assert set(all_pairs(factors)) == {
        pair for case in cases for pair in pairs_of({name: case[name] for name in factors})
    }
    assert all(set(case) == set(factors) for case in cases)


def test_the_cases_are_few() -> None:
    longest, next_longest = 26, 3
    assert longest * next_longest <= len(cover_pairs(FACTORS[0])) <= 1.1 * longest * next_longest
    assert len(every_case(FACTORS[0])) == 26 * 3 * 2 * 2
