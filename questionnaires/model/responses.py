"""What a response holds: its given answers and its context, and their JSON forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..expressions import Absence, Answer, Value

# Answer name -> answer. A key means that the question was put and its page saved; left blank, it is SKIPPED.
Given = Mapping[str, Answer]


class GivenIsMalformed(ValueError):
    """A document is not the JSON form of given answers or of a context."""


def encode_given(given: Given) -> dict[str, object]:
    """The JSON form: an absence is {"absence": -5}, the codes of a multiple choice a list."""
    encoded: dict[str, object] = {}
    for name, answer in given.items():
        if isinstance(answer, Absence):
            encoded[name] = {"absence": answer.value}
        else:
            encoded[name] = list(answer) if isinstance(answer, tuple) else answer
    return encoded


_ABSENCES = {absence.value: absence for absence in Absence}


def decode_given(document: object) -> dict[str, Answer]:
    """Read the JSON form. Raises GivenIsMalformed; whether the answers are valid is for `validation`."""
    if not isinstance(document, dict):
        raise GivenIsMalformed("given answers are an object")
    return {
        name: value if value.__class__ is int or value.__class__ is str else _decode_answer(value)
        for name, value in document.items()
    }


def _decode_answer(value: object) -> Answer:
    if isinstance(value, list) and all(item.__class__ is int for item in value):
        return tuple(value)
    if isinstance(value, dict) and len(value) == 1:
        code = value.get("absence")
        if code.__class__ is int and code in _ABSENCES:
            return _ABSENCES[code]
    raise GivenIsMalformed("an answer is a number, a text, a list of codes or an absence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is frozen when a response starts. `started_on` is an ISO date; no function reads the clock."""

    seed: int = 0
    language: str = "fr"
    mode: str = "web"
    started_on: str = ""
    arms: Mapping[str, str] = field(default_factory=dict, hash=False)
    external: Mapping[str, Value] = field(default_factory=dict, hash=False)

    def encode(self) -> dict[str, object]:
        """The JSON form, read back by `decode_context`."""
        return {
            "seed": self.seed,
            "language": self.language,
            "mode": self.mode,
            "started_on": self.started_on,
            "arms": dict(self.arms),
            "external": encode_given(self.external),
        }


def decode_context(document: object) -> Context:
    """Read the JSON form of a context; raises GivenIsMalformed."""
    match document:
        case {
            "seed": int(seed),
            "language": str(language),
            "mode": str(mode),
            "started_on": str(started_on),
            "arms": dict(arms),
            "external": dict(external),
        }:
            values = decode_given(external)
            known = {name: one for name, one in values.items() if not isinstance(one, Absence)}
            return Context(seed=seed, language=language, mode=mode, started_on=started_on, arms=arms, external=known)
    raise GivenIsMalformed("not a context")
