"""The proof of a version: for everything it asks, is there a respondent who gets there?

`prove` brings the solver with it, and so is loaded when it is first asked for: whoever only keeps or shows proofs
does without.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .respondents import Finding, Limits, Outside, Proof, Respondent

if TYPE_CHECKING:
    from .proving import prove

__all__ = ["Finding", "Limits", "Outside", "Proof", "Respondent", "prove"]


def __getattr__(name: str) -> Any:
    if name != "prove":
        raise AttributeError(name)
    return import_module(".proving", __name__).prove
