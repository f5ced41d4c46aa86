"""The catalogue of problems: what can be wrong, where, and with which figures.

A problem is data. Its sentences, in each language, live in one table outside of the core; here is only
the list of codes, and for each code the names of the data that its sentence may use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

Data = str | int | tuple[str, ...] | tuple[int, ...]


class Severity(StrEnum):
    """Information is shown, a warning can be passed, a blocking problem cannot."""

    INFORMATION = "information"
    WARNING = "warning"
    BLOCKING = "blocking"


# code -> names of its data. Grouped by the moment at which the problem is found.
CATALOGUE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # An answer, while a page is answered.
        "answer-required": (),
        "answer-recommended": (),
        "answer-malformed": (),
        "answer-conflict": (),
        "choice-unknown": (),
        "choice-exclusive": ("exclusive", "others"),
        "too-many-choices": ("maximum", "count"),
        "too-few-choices": ("minimum", "count"),
        "number-not-a-number": (),
        "number-out-of-bounds": ("minimum", "maximum", "decimals"),
        "number-too-small": ("minimum", "decimals"),
        "number-too-many-decimals": ("decimals",),
        "text-too-long": ("maximum", "count"),
        "score-unknown": ("minimum", "maximum"),
        "no-opinion-not-offered": (),
        "refusal-not-offered": (),
        "check-violated": ("check", "at"),
        "limit-crossed": ("limit", "value", "decimals"),
        "text-too-short": ("minimum", "count"),
        "text-pattern": ("pattern",),
        "date-not-a-date": ("part",),
        "date-out-of-bounds": ("minimum", "maximum"),
        "month-not-a-month": ("part",),
        "month-out-of-bounds": ("minimum", "maximum"),
        "duration-not-a-duration": (),
        "ranking-incomplete": ("count", "expected"),
        "ranking-duplicate": ("rank",),
        "sum-not-total": ("total", "count", "decimals"),
        "suggestion-unknown": ("typed",),
        "suggestion-ambiguous": ("candidates",),
        "items-too-few": ("minimum", "count"),
        "items-too-many": ("maximum", "count"),
        "items-alike": ("words",),
        "consent-missing": (),
        # A file, while it is read.
        "file-too-large": ("maximum", "count"),
        "file-not-utf8": ("position",),
        "file-empty": (),
        "file-too-deep": ("maximum",),
        "file-several-documents": (),
        "yaml-syntax": ("detail",),
        "yaml-alias": ("name",),
        "yaml-anchor": ("name",),
        "yaml-tag": ("name",),
        "key-duplicate": ("key",),
        "key-unknown": ("key", "known"),
        "key-missing": ("key",),
        "format-unknown": ("found", "known"),
        "question-type-unknown": ("found", "known"),
        "mapping-expected": (),
        "list-expected": (),
        "list-empty": (),
        "text-expected": (),
        "text-empty": (),
        "integer-expected": ("found",),
        "boolean-expected": ("found",),
        "value-unknown": ("found", "known"),
        "name-malformed": ("name",),
        "date-malformed": ("found",),
        # A rule, while it is read or its types are checked.
        "rule-syntax": ("position", "expected", "found"),
        "rule-too-large": ("depth", "nodes"),
        "rule-variable-unknown": ("variable",),
        "rule-variable-later": ("variable",),
        "rule-choice-unknown": ("choice", "variable", "known"),
        "rule-choice-without-variable": ("choice",),
        "rule-type-mismatch": ("operation", "expected", "found"),
        "rule-not-linear": (),
        "rule-result": ("expected", "found"),
        "rule-too-many-decimals": ("decimals", "found"),
        "rule-date-malformed": ("found",),
        "rule-item-variable": ("variable", "roster"),
        # A version, while it is checked as a whole.
        "name-duplicate": ("name",),
        "name-reserved": ("name",),
        "formerly-taken": ("name",),
        "code-duplicate": ("code",),
        "code-out-of-bounds": ("code",),
        "choices-too-few": ("count",),
        "rows-missing": (),
        "page-empty": (),
        "subtotal-choice-unknown": ("choice",),
        "at-unknown": ("name",),
        "language-unknown": ("language",),
        "translation-missing": ("language",),
        "exclusive-alone": (),
        "exclusive-misplaced": ("choice",),
        "bounds-crossed": ("minimum", "maximum"),
        "bounds-negative": ("minimum",),
        "bounds-out-of-reach": ("maximum", "count"),
        "decimals-out-of-bounds": ("decimals", "maximum"),
        "number-not-exact": ("found",),
        "sensitive-required": (),
        "computed-negative": (),
        "specify-misplaced": ("choice",),
        "neutral-unknown": ("choice",),
        "total-missing": (),
        "total-twice": (),
        "arms-too-few": ("count",),
        "provider-type": ("provider", "expected"),
        "prefill-unknown": ("variable",),
        "prefill-type": ("variable", "expected", "found"),
        "repeat-unknown": ("name",),
        "repeat-later": ("name",),
        "repeat-nested": ("name",),
        "shuffle-apart": ("shuffle",),
        "pipe-syntax": ("position", "expected", "found"),
        "pipe-variable-unknown": ("variable",),
        "pipe-variable-later": ("variable",),
        "pipe-item-variable": ("variable", "roster"),
        "pipe-choice-unknown": ("choice", "variable", "known"),
        "pipe-type": ("variable", "form", "found"),
        # Routes written where pages follow in order, while a file is read.
        "route-written": ("key", "target"),
        "route-backward": ("key", "target"),
        "route-unknown": ("key", "target"),
        # A version, while it is proven. `owner`: what a rule or a goal is about (`page`, `choice`…), `name` its name;
        # `cause`: the name of what prevents it, empty where no single thing does.
        "never-met": ("owner", "name", "cause"),
        "rule-contradiction": ("owner", "name"),
        "rule-out-of-range": ("owner", "name", "part", "minimum", "maximum"),
        "rule-prevented": ("owner", "name", "cause"),
        "rule-always-true": ("owner", "name"),
        "rule-identical": ("owner", "name", "earlier"),
        "rule-shadowed": ("owner", "name", "earlier"),
        "part-never-true": ("part", "minimum", "maximum"),
        "part-always-true": ("part", "minimum", "maximum"),
        "check-never-passed": ("check",),
        "check-never-violated": ("check",),
        "check-traps": ("check",),
        "page-trap": (),
        "bounds-may-cross": (),
        "total-out-of-reach": (),
        "bound-never-reached": ("limit", "value"),
        "pipe-may-be-empty": ("variable",),
        "proof-undecided": ("owner", "name"),
    }
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a problem is: names; in a file also a path (`sections[0].pages[1].when`) and a line, from 1."""

    page: str | None = None
    question: str | None = None
    variable: str | None = None
    line: int | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. Its code and the names of its data are those of the catalogue, which is asserted here."""

    code: str
    place: Place = Place()
    severity: Severity = Severity.BLOCKING
    data: Mapping[str, Data] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if set(self.data) != set(CATALOGUE[self.code]):
            raise ValueError(f"{self.code} takes {CATALOGUE[self.code]}, not {tuple(self.data)}")

    @property
    def is_blocking(self) -> bool:
        return self.severity is Severity.BLOCKING


class DefinitionIsInvalid(Exception):
    """A file cannot become a questionnaire; carries every problem found in it, in the order of its lines."""

    def __init__(self, problems: Iterable[Problem], name: str = "") -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        places = (f"{name}:{found.place.line or '?'}: {found.code}" for found in self.problems)
        super().__init__("; ".join(places))
