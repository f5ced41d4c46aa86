"""A small set of respondents that meets what many meet."""

from __future__ import annotations

from collections.abc import Sequence

from .goals import Key
from .respondents import Respondent

Met = tuple[Respondent, frozenset[Key]]
_SHOWN = frozenset({"page", "question", "row", "choice", "exit", "variant", "arm", "cell", "least", "greatest"})


def smallest(found: Sequence[Met]) -> tuple[Respondent, ...]:
    """Of some respondents, a few that together show every page, choice, bound, exit… that all of them show.

    The one who adds most comes next (Chvátal, 1979); of those who add as much, who goes to the end, then who was
    found first.
    """
    left = {key for _, met in found for key in met if key[0] in _SHOWN}
    taken: list[Respondent] = []
    while left:
        best = max(range(len(found)), key=lambda at: (len(found[at][1] & left), found[at][0].until is None, -at))
        taken.append(found[best][0])
        left -= found[best][1]
    return tuple(taken)
