"""Words to write tiny questionnaires in tests: only what a test is about is said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from questionnaires.expressions import Expression, parse
from questionnaires.model import (
    Allocation,
    Check,
    Choice,
    ChoiceGrid,
    Computed,
    Consent,
    Context,
    ContextVariable,
    Date,
    Duration,
    Exit,
    Experiment,
    Information,
    Likert,
    LocalText,
    Month,
    MultipleChoice,
    MultipleGrid,
    Number,
    NumberGrid,
    Page,
    Question,
    Questionnaire,
    Quota,
    QuotaCell,
    Ranking,
    Roster,
    Row,
    Score,
    ScoreGrid,
    Section,
    Severity,
    SingleChoice,
    Suggester,
    Text,
    Variant,
    Year,
    YesNo,
)

Part = TypeVar("Part", Choice, Row)

ONLINE = Context(seed=1, language="fr", started_on="2022-09-12")


def words(text: str) -> LocalText:
    return LocalText({"fr": text})


def rule(text: str | None) -> Expression | None:
    return None if text is None else parse(text)


# -- choices and rows -----------------------------------------------------------------------------


def choices(*names: str, exclusive: str = "") -> tuple[Choice, ...]:
    """Choices coded from 1 in their order."""
    return tuple(
        Choice(code, name, words(name), exclusive=name == exclusive) for code, name in enumerate(names, start=1)
    )


def rows(*names: str) -> tuple[Row, ...]:
    return tuple(Row(name, words(name)) for name in names)


def offered_if(parts: tuple[Part, ...], **conditions: str | None) -> tuple[Part, ...]:
    """Choices or rows of which some have a condition: `offered_if(choices("a", "b"), b="q = 'oui'")`."""
    return tuple(replace(one, when=rule(conditions.get(one.name))) for one in parts)


def asking_words(parts: tuple[Choice, ...], *names: str) -> tuple[Choice, ...]:
    """Choices of which some ask for words (“Autre, précisez”)."""
    return tuple(replace(one, specify=words("Précisez") if one.name in names else None) for one in parts)


def kept_in_place(parts: tuple[Part, ...], *names: str) -> tuple[Part, ...]:
    """Choices or rows of which some are fixed when the others move."""
    return tuple(replace(one, fixed=one.name in names) for one in parts)


# -- questions ------------------------------------------------------------------------------------


def single(name: str, *names: str, when: str | None = None, **more: Any) -> SingleChoice:
    more.setdefault("choices", choices(*(names or ("oui", "non"))))
    return SingleChoice(name=name, text=words(name), when=rule(when), **more)


def likert(name: str, *names: str, when: str | None = None, **more: Any) -> Likert:
    levels = choices(*(names or ("non", "moyen", "oui")))
    return Likert(name=name, text=words(name), choices=levels, when=rule(when), **more)


def yes_no(name: str, when: str | None = None, **more: Any) -> YesNo:
    return YesNo(name=name, text=words(name), when=rule(when), **more)


def consent(name: str, when: str | None = None, **more: Any) -> Consent:
    return Consent(name=name, text=words(name), when=rule(when), **more)


def multiple(name: str, *names: str, exclusive: str = "", when: str | None = None, **more: Any) -> MultipleChoice:
    more.setdefault("choices", choices(*(names or ("a", "b", "c")), exclusive=exclusive))
    return MultipleChoice(name=name, text=words(name), when=rule(when), **more)


def ranking(name: str, *names: str, when: str | None = None, **more: Any) -> Ranking:
    more.setdefault("choices", choices(*(names or ("a", "b", "c"))))
    return Ranking(name=name, text=words(name), when=rule(when), **more)


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
    more.setdefault("rows", rows(*names))
    return ScoreGrid(name=name, text=words(name), low=low, high=high, when=rule(when), **more)


def choice_grid(name: str, *names: str, when: str | None = None, **more: Any) -> ChoiceGrid:
    more.setdefault("rows", rows(*names))
    more.setdefault("choices", choices("oui", "non"))
    return ChoiceGrid(name=name, text=words(name), when=rule(when), **more)


def multiple_grid(name: str, *names: str, when: str | None = None, **more: Any) -> MultipleGrid:
    more.setdefault("rows", rows(*names))
    more.setdefault("choices", choices("a", "b", "c"))
    return MultipleGrid(name=name, text=words(name), when=rule(when), **more)


def number_grid(name: str, *names: str, when: str | None = None, **more: Any) -> NumberGrid:
    return NumberGrid(name=name, text=words(name), rows=rows(*names), when=rule(when), **more)


def allocation(
    name: str, *names: str, when: str | None = None, total_from: str | None = None, **more: Any
) -> Allocation:
    """Parts of 100, unless another total is said."""
    more.setdefault("rows", rows(*names))
    more.setdefault("total", None if total_from else 100)
    return Allocation(name=name, text=words(name), when=rule(when), total_from=rule(total_from), **more)


_LIMITS = ("at_least", "at_most", "above", "below")


def _limits(more: dict[str, Any]) -> dict[str, Any]:
    """The bounds that other answers give, written as rules."""
    return {name: rule(value) if name in _LIMITS else value for name, value in more.items()}


def number(name: str, when: str | None = None, **more: Any) -> Number:
    return Number(name=name, text=words(name), when=rule(when), **_limits(more))


def date(name: str, when: str | None = None, **more: Any) -> Date:
    return Date(name=name, text=words(name), when=rule(when), **_limits(more))


def month(name: str, when: str | None = None, **more: Any) -> Month:
    return Month(name=name, text=words(name), when=rule(when), **_limits(more))


def year(name: str, when: str | None = None, **more: Any) -> Year:
    return Year(name=name, text=words(name), when=rule(when), **_limits(more))


def duration(name: str, *units: str, when: str | None = None, **more: Any) -> Duration:
    return Duration(name=name, text=words(name), units=units or ("minutes",), when=rule(when), **_limits(more))


def text(name: str, when: str | None = None, **more: Any) -> Text:
    return Text(name=name, text=words(name), when=rule(when), **more)


def suggester(name: str, when: str | None = None, **more: Any) -> Suggester:
    return Suggester(name=name, text=words(name), when=rule(when), **more)


def roster(name: str, when: str | None = None, **more: Any) -> Roster:
    return Roster(name=name, text=words(name), item=words("Ligne"), when=rule(when), **more)


def information(name: str, when: str | None = None, **more: Any) -> Information:
    return Information(name=name, text=words(name), when=rule(when), **more)


# -- around the questions -------------------------------------------------------------------------


def variant(name: str, when: str) -> Variant:
    return Variant(name, parse(when), words(f"autrement : {name}"))


def must_hold(name: str, holds: str, *at: str, severity: Severity = Severity.BLOCKING) -> Check:
    return Check(name, severity, parse(holds), words(name), at)


def leaves(name: str, when: str, *, keep: bool = False) -> Exit:
    return Exit(name, parse(when), keep, words(name), words(name))


def computed(name: str, holds: str, decimals: int = 0, repeat: str | None = None) -> Computed:
    return Computed(name, words(name), parse(holds), decimals, repeat)


def context_variable(name: str, kind: str, *names: str, provider: str = "external") -> ContextVariable:
    return ContextVariable(name, kind, words(name), choices(*names), provider=provider)


def experiment(name: str, *arms: str) -> Experiment:
    return Experiment(name, words(name), choices(*(arms or ("courte", "longue"))))


def quota(name: str, **cells: str) -> Quota:
    """A quota with its cells in order: `quota("age", jeunes="age < 30", autres="age >= 30")`."""
    return Quota(name, words(name), tuple(QuotaCell(cell, words(cell), parse(when)) for cell, when in cells.items()))


def page(
    name: str,
    *questions: Question,
    when: str | None = None,
    checks: tuple[Check, ...] = (),
    exits: tuple[Exit, ...] = (),
) -> Page:
    return Page(name, words(name), None, rule(when), questions, checks, exits)


def section(
    name: str, *pages: Page, when: str | None = None, repeat: str | None = None, shuffle: str | None = None
) -> Section:
    return Section(name, words(name), when=rule(when), repeat=repeat, shuffle=shuffle, pages=pages)


def questionnaire(*pages: Page, **more: Any) -> Questionnaire:
    """One section with these pages; `sections` instead of pages for several."""
    more.setdefault("sections", (section("partie", *pages),))
    return Questionnaire(
        name="essai",
        version="1",
        population="citoyens",
        languages=("fr",),
        title=words("Essai"),
        minutes=1,
        **more,
    )
