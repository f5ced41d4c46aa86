"""Conditions that depend on answers of the same page: what the browser needs to show and hide without the server.

A rule goes to the browser when all that it reads is on the page, before it, or known from the start; what reads an
item, a place of a list, or a variable computed from this very page is left to the server, which decides anyway.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import escape

from app.services.responding import ResponseState
from questionnaires.expressions import Expression, references, to_browser
from questionnaires.model import (
    DURATIONS,
    Allocation,
    Choice,
    ChoiceGrid,
    Date,
    Duration,
    Grid,
    Month,
    MultipleChoice,
    MultipleGrid,
    Number,
    NumberGrid,
    Page,
    Quantity,
    Question,
    Questionnaire,
    Ranking,
    Roster,
    Row,
    Score,
    ScoreGrid,
    SingleChoice,
    Text,
    Year,
    choices_of,
    encode_given,
    variable_types,
)
from questionnaires.routing import Path, known_answers

_KINDS: Mapping[type[Question], str] = {
    SingleChoice: "code",
    ChoiceGrid: "code",
    Score: "code",
    ScoreGrid: "code",
    MultipleChoice: "codes",
    MultipleGrid: "codes",
    Ranking: "ranks",
    Number: "number",
    NumberGrid: "number",
    Year: "number",
    Date: "parts",
    Month: "parts",
    Duration: "parts",
    Text: "text",
}
"""How the script reads the answer of each type that it can read."""


@dataclass(frozen=True, slots=True)
class PageConditions:
    """What the browser decides on a page.

    `live`: for each question that it arranges, its choices and rows that it may show or take away; `waiting`: those
    of them that go to the page even while they are not shown. `reads`: the variables of other pages. `html`: what
    the script needs of the version, as an attribute of the form.
    """

    live: Mapping[str, frozenset[str]]
    waiting: frozenset[str]
    reads: tuple[str, ...]
    keys: tuple[str, ...]
    html: str

    def describe(self, state: ResponseState, path: Path) -> str:
        """The attributes of the form: the rules, what was answered before, what is stored of what may be shown."""
        known = known_answers(state.questionnaire, state.context, path)
        before = encode_given({name: known[name] for name in self.reads if name in known})
        stored = encode_given({key: state.given[key] for key in self.keys if key in state.given})
        return f'{self.html} data-known="{escape(_json({"known": before, "stored": stored}))}"'


def find_conditions(questionnaire: Questionnaire, page: Page) -> PageConditions | None:
    """The conditions of a page that the browser can decide; None for most pages, and for those of items."""
    if questionnaire.repeat_of(page.name) is not None:
        return None
    return _Finder(questionnaire, page).find()


class _Finder:
    """One page, while its rules are looked through."""

    def __init__(self, questionnaire: Questionnaire, page: Page) -> None:
        self._questionnaire, self._page = questionnaire, page
        self._types = variable_types(questionnaire)
        self._here = {key: one for one in page.questions for key in one.keys}
        self._computed = {one.name: one for one in questionnaire.computed}
        self._read: set[str] = set()

    def find(self) -> PageConditions | None:
        live = {one.name: self._describe_live(one) for one in self._page.questions if self._is_live(one)}
        if not live:
            return None
        readable = {self._here[name].name for name in self._read if name in self._here}
        described = [
            live.get(one.name) or self._describe(one)
            for one in self._page.questions
            if one.name in live or one.name in readable
        ]
        questions = [one for one in self._page.questions if one.name in live]
        return PageConditions(
            live={one.name: frozenset(part.name for part in self._ours(one)) for one in questions},
            waiting=frozenset(one.name for one in questions if _may_wait(one, live[one.name])),
            reads=tuple(sorted(self._read - self._here.keys())),
            keys=tuple(key for one in questions for key in one.keys),
            html=f' data-conditions="{escape(_json(described))}"',
        )

    def _is_live(self, question: Question) -> bool:
        """Whether the browser decides something of a question: a rule within reach reads this page."""
        rules = [rule for rule in (question.when, *(part.when for part in _parts(question))) if rule is not None]
        ours = (rule for rule in rules if self._is_within_reach(rule))
        return not isinstance(question, Roster) and any(references(rule) & self._here.keys() for rule in ours)

    def _is_within_reach(self, rule: Expression) -> bool:
        return all(self._is_known(name) for name in references(rule))

    def _is_known(self, name: str) -> bool:
        """Whether the browser knows a variable: it reads it on the page, or this page does not change it."""
        if self._types[name].roster is not None:
            return False
        asked = self._here.get(name)
        if asked is not None:
            return name in asked.answers and _kind(asked) != ""
        computed = self._computed.get(name)
        return computed is None or all(
            source not in self._here and self._is_known_before(source) for source in references(computed.rule)
        )

    def _is_known_before(self, name: str) -> bool:
        """Whether nothing on this page leads to a variable that another one is computed from."""
        computed = self._computed.get(name)
        if computed is None:
            return name not in self._here
        return all(self._is_known_before(source) for source in references(computed.rule))

    def _describe_live(self, question: Question) -> dict[str, object]:
        """What the script reads of a question that it arranges."""
        conditional = [part for part in _parts(question) if part.when is not None]
        ours = self._ours(question)
        found = self._describe(question)
        if question.when is not None and len(ours) == len(conditional) and self._is_within_reach(question.when):
            found["when"] = self._tree(question.when)
        if ours:
            keys = _row_keys(question)
            found["parts"] = [[one.name, self._tree(one.when), keys.get(one.name, "")] for one in ours if one.when]
            if any(set(ours) >= set(every) > set() for every in _alike(question)):
                found["all"] = True
        return found

    def _ours(self, question: Question) -> list[Choice | Row]:
        """The choices and rows with a condition that the browser can decide."""
        return [part for part in _parts(question) if part.when is not None and self._is_within_reach(part.when)]

    def _tree(self, rule: Expression) -> object:
        self._read |= references(rule)
        return to_browser(rule, self._types)

    def _describe(self, question: Question) -> dict[str, object]:
        """How the answers of a question are read in the page."""
        found: dict[str, object] = {"name": question.name, "keys": question.answers, "kind": _kind(question)}
        beside = [*question.details, *([question.consent] if question.consent else [])]
        bounds = question if isinstance(question, Quantity | NumberGrid) else None
        optional: dict[str, object] = {
            "beside": beside,
            "consent": question.consent,
            "low": bounds.minimum if bounds else None,
            "high": bounds.maximum if bounds else None,
            "decimals": question.decimals if isinstance(question, Number | NumberGrid) else None,
            "count": question.count if isinstance(question, Ranking) else None,
            "shares": isinstance(question, Allocation),
            "names": _part_names(question),
            "worth": DURATIONS[question.units] if isinstance(question, Duration) else None,
        }
        return found | {name: value for name, value in optional.items() if value not in (None, False, [], ())}


def _kind(question: Question) -> str:
    return next((kind for one, kind in _KINDS.items() if isinstance(question, one)), "")


def _parts(question: Question) -> tuple[Choice | Row, ...]:
    return tuple(part for alike in _alike(question) for part in alike)


def _alike(question: Question) -> tuple[tuple[Choice | Row, ...], ...]:
    """The choices of a question, and its rows: when none of either is offered, it is not asked."""
    return choices_of(question), question.rows if isinstance(question, Grid) else ()


def _row_keys(question: Question) -> dict[str, str]:
    """The answer of each row of a grid, by the name of the row."""
    if not isinstance(question, Grid):
        return {}
    return dict(zip((row.name for row in question.rows), question.answers, strict=True))


def _part_names(question: Question) -> tuple[str, ...]:
    """The names of the inputs of an answer typed in several, after that of the answer."""
    match question:
        case Date():
            return ("d", "m", "y")
        case Month():
            return ("m", "y")
        case Duration():
            return question.units
    return ()


def _may_wait(question: Question, described: Mapping[str, object]) -> bool:
    """Whether the browser alone decides that a question is shown, so that it is on the page while it is not."""
    if question.when is not None:
        return "when" in described
    return bool(described.get("all"))


def _json(value: Iterable[object] | Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
