"""The proof of a version: for everything it asks, is there a respondent who gets there?"""

from __future__ import annotations

from .respondents import Finding, Limits, Outside, Proof, Respondent

__all__ = ["Finding", "Limits", "Outside", "Proof", "Respondent"]
