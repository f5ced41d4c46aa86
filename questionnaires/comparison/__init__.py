"""Two versions of a questionnaire compared: what changed, and what may still be compared.

`comparing.compare` proves bases, and loads the solver; all the rest of the package does without: types here,
`ledger` (what a person confirmed), `joining` (what a trend may join).
"""

from __future__ import annotations

from .changes import BaseStatus, BaseVerdict, Change, ChangeKind, ComparabilityClass, Comparison, Join, worst

__all__ = [
    "BaseStatus",
    "BaseVerdict",
    "Change",
    "ChangeKind",
    "ComparabilityClass",
    "Comparison",
    "Join",
    "worst",
]
