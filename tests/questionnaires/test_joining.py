"""What a trend joins: no series goes across a class that forbids it, whatever the chain of versions."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from questionnaires.comparison import ComparabilityClass, Comparison, Join
from questionnaires.comparison.joining import segments
from questionnaires.comparison.ledger import Entry, Ledger, Transition, Verdict
from questionnaires.model import LocalText

CLASSES = tuple(ComparabilityClass)
FREE = {one for one in CLASSES if one.value in ("identical", "cosmetic")}
NOTED = {one for one in CLASSES if one.value in ("wording", "choices-added", "recoded")}
VERSIONS = ("v1", "v2", "v3", "v4", "v5")
STATES = ("identical", "confirmed", "unconfirmed", "stale", "unknown")
Truth = dict[tuple[str, str], tuple[str, ComparabilityClass]]


def compared(old: str, new: str, class_: ComparabilityClass) -> Comparison:
    return Comparison("essai", old, new, (), {"q": class_}, {}, {}, {}, {"q": "q"})


def built(truth: Truth) -> tuple[Ledger, dict[tuple[str, str], Comparison]]:
    """The ledger and the comparisons of which `truth` says, step by step, what was confirmed."""
    transitions, comparisons = [], {}
    for (old, new), (state, class_) in truth.items():
        if state == "unknown":
            continue
        comparison = compared(old, new, ComparabilityClass.IDENTICAL if state == "identical" else class_)
        comparisons[old, new] = comparison
        if state == "identical":
            transitions.append(Transition(old, new, ("q",)))
            continue
        digest = "0" * 16 if state == "stale" else comparison.digest("q")
        said = None if state == "unconfirmed" else class_
        entry = Entry(("q",), class_, digest, said, LocalText({"fr": "r"}), "équipe", "2026-11-23")
        transitions.append(Transition(old, new, (), (entry,)))
    return Ledger("essai", tuple(transitions)), comparisons


def allowed(truth: Truth, old: str, new: str) -> Join:
    """What the truth allows between two versions, said again in the plainest way."""
    if old == new:
        return Join.JOINED
    places = VERSIONS.index(old), VERSIONS.index(new)
    chain = list(pairwise(VERSIONS[places[0] : places[1] + 1]))
    straight = truth.get((old, new), ("unknown", ComparabilityClass.BROKEN))
    if straight[0] != "unknown":
        chain = [(old, new)]
    joins = set()
    for step in chain:
        state, class_ = truth.get(step, ("unknown", ComparabilityClass.BROKEN))
        if state == "identical" or (state == "confirmed" and class_ in FREE):
            joins.add(Join.JOINED)
        else:
            joins.add(Join.NOTED if state == "confirmed" and class_ in NOTED else Join.CUT)
    return next(one for one in (Join.CUT, Join.NOTED, Join.JOINED) if one in joins)


pairs = st.sampled_from([(a, b) for place, a in enumerate(VERSIONS) for b in VERSIONS[place + 1 :]])
chains = st.dictionaries(pairs, st.tuples(st.sampled_from(STATES), st.sampled_from(CLASSES)), max_size=10)
waves = st.lists(st.sampled_from(VERSIONS), min_size=1, max_size=7).map(sorted)


@settings(max_examples=400, deadline=None)
@given(chains, waves)
def test_no_series_joins_across_a_class_that_forbids_it(truth: Truth, points: list[str]) -> None:
    ledger, comparisons = built(truth)

    def between(old: str, new: str) -> Verdict:
        versions = VERSIONS[VERSIONS.index(old) : VERSIONS.index(new) + 1]
        return ledger.class_between("q", versions, comparisons)

    found = segments(points, between)
    assert [point for one in found for point in one.points] == points
    for one in found:
        noted = {place for place, _ in one.notes}
        for place, (old, new) in enumerate(pairwise(one.points), start=1):
            expected = allowed(truth, old, new)
            assert expected is not Join.CUT
            assert (place in noted) is (expected is Join.NOTED)
    for before, after in pairwise(found):
        assert allowed(truth, before.points[-1], after.points[0]) is Join.CUT
        assert after.cut is not None
        assert after.cut.join is Join.CUT


def test_a_series_of_one_point_or_none_is_a_run_or_nothing() -> None:
    def never(old: str, new: str) -> Verdict:
        raise AssertionError((old, new))

    assert segments([], never) == ()
    (alone,) = segments(["v1"], never)
    assert (alone.points, alone.notes, alone.cut) == (("v1",), (), None)


def test_a_trend_loads_no_solver() -> None:
    modules = "sys, questionnaires.comparison.joining, questionnaires.comparison.ledger_file"
    loads = f"import {modules}; print('z3' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
