"""Words to write tiny questionnaires in tests: only what a test is about is said."""

from __future__ import annotations

from typing import Any

from questionnaires.expressions import Expression, parse
from questionnaires.model import (
    Check,
    Choice,
    ChoiceGrid,
    Computed,
    Context,
    Exit,
    LocalText,
    MultipleChoice,
    Number,
    Page,
    Question,
    Questionnaire,
    Row,
    Score,
    ScoreGrid,
    Section,
    Severity,
    SingleChoice,
    Text,
)

ONLINE = Context(seed=1, language="fr", started_on="2022-09-12")


def words(text: str) -> LocalText:
    return LocalText({"fr": text})


def rule(text: str | None) -> Expression | None:
    return None if text is None else parse(text)


def choices(*names: str, exclusive: str = "") -> tuple[Choice, ...]:
    """Choices coded from 1 in their order."""
    return tuple(
        Choice(code, name, words(name), exclusive=name == exclusive) for code, name in enumerate(names, start=1)
    )


def rows(*names: str) -> tuple[Row, ...]:
    return tuple(Row(name, words(name)) for name in names)


def single(name: str, *names: str, when: str | None = None, **more: Any) -> SingleChoice:
    return SingleChoice(
        name=name, text=words(name), choices=choices(*(names or ("oui", "non"))), when=rule(when), **more
    )


def multiple(name: str, *names: str, exclusive: str = "", when: str | None = None, **more: Any) -> MultipleChoice:
    offered = choices(*(names or ("a", "b", "c")), exclusive=exclusive)
    return MultipleChoice(name=name, text=words(name), choices=offered, when=rule(when), **more)


def score(name: str, when: str | None = None, **more: Any) -> Score:
    return Score(
        name=name,
        text=words(name),
        low=words("pas du tout"),
        high=words("tout à fait"),
        when=rule(when),
        **more,
    )


def score_grid(name: str, *names: str, when: str | None = None, **more: Any) -> ScoreGrid:
    low, high = words("pas du tout"), words("tout à fait")
    return ScoreGrid(name=name, text=words(name), rows=rows(*names), low=low, high=high, when=rule(when), **more)


def choice_grid(name: str, *names: str, when: str | None = None, **more: Any) -> ChoiceGrid:
    return ChoiceGrid(
        name=name, text=words(name), rows=rows(*names), choices=choices("oui", "non"), when=rule(when), **more
    )


def number(name: str, when: str | None = None, **more: Any) -> Number:
    return Number(name=name, text=words(name), when=rule(when), **more)


def text(name: str, when: str | None = None, **more: Any) -> Text:
    return Text(name=name, text=words(name), when=rule(when), **more)


def must_hold(name: str, holds: str, *at: str, severity: Severity = Severity.BLOCKING) -> Check:
    return Check(name, severity, parse(holds), words(name), at)


def leaves(name: str, when: str, *, keep: bool = False) -> Exit:
    return Exit(name, parse(when), keep, words(name), words(name))


def computed(name: str, holds: str, decimals: int = 0) -> Computed:
    return Computed(name, words(name), parse(holds), decimals)


def page(
    name: str,
    *questions: Question,
    when: str | None = None,
    checks: tuple[Check, ...] = (),
    exits: tuple[Exit, ...] = (),
) -> Page:
    return Page(name, words(name), None, rule(when), questions, checks, exits)


def questionnaire(*pages: Page, **more: Any) -> Questionnaire:
    """One section with these pages; `sections` instead of pages for several."""
    more.setdefault("sections", (Section("partie", words("partie"), None, pages),))
    return Questionnaire(
        name="essai",
        version="1",
        population="citoyens",
        languages=("fr",),
        title=words("Essai"),
        minutes=1,
        **more,
    )
