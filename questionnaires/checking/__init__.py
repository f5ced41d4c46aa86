"""Static checks of a version: everything that can be seen to be wrong before anybody answers it.

`names`: who takes which name. `parts`: each part by itself. `structure`: sections among each other. `rules`: the
types of rules and texts, and that they read only what is known by then.
"""

from __future__ import annotations

from ..model import Questionnaire
from ..problems import Problem
from .names import RESERVED_PAGES, check_names
from .parts import check_parts
from .rules import check_rules
from .structure import check_structure

__all__ = ["RESERVED_PAGES", "check"]


def check(questionnaire: Questionnaire) -> list[Problem]:
    """Every problem of a version, with its path as in a file. A warning does not make the version invalid."""
    return [
        *check_parts(questionnaire),
        *check_names(questionnaire),
        *check_structure(questionnaire),
        *check_rules(questionnaire),
    ]
