"""Concepts: what questions measure, across versions and populations, and how comparable each is."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from .grades import NOT_EXAMINED, Concept, Grade, Register, Scale, Tie
from .reading import RegisterIsInvalid, read_register

__all__ = [
    "NOT_EXAMINED",
    "Concept",
    "Grade",
    "Register",
    "RegisterIsInvalid",
    "Scale",
    "Tie",
    "read_register",
    "register",
]


@cache
def register() -> Register:
    """The register of the shipped questionnaires."""
    return read_register((Path(__file__).parent / "register.yaml").read_bytes())
