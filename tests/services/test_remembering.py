"""What a process keeps of what it has made: the latest used, within a bound."""

from __future__ import annotations

from app.services.remembering import Remembered


def test_what_was_used_the_longest_ago_is_forgotten_first() -> None:
    kept = Remembered[str, int](2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert [kept.get(key) for key in "abc"] == [1, None, 3]


def test_values_count_for_what_they_weigh() -> None:
    kept = Remembered[str, str](5, weigh=len)
    kept.put("a", "four")
    kept.put("a", "two")
    kept.put("b", "ok")
    assert [kept.get(key) for key in "ab"] == ["two", "ok"], "the first value of a counts no more"
    kept.put("c", "far too long")
    assert [kept.get(key) for key in "abc"] == [None, None, None]


def test_a_value_is_made_once() -> None:
    made: list[str] = []
    kept = Remembered[str, int](2)
    for _ in range(2):
        assert kept.of("a", lambda: made.append("a") or len(made)) == 1  # type: ignore[func-returns-value]
    assert made == ["a"]
