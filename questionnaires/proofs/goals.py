"""The goals of a version: for each thing that it asks, offers or decides, is there a respondent who meets it?

A goal is named by its kind and by the path, in the file, of what it is about, so that the same goal of an edited
version has the same name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..checking.places import inside, walk_in
from ..expressions import Expression
from ..model import (
    Allocation,
    Check,
    Exit,
    Grid,
    LocalText,
    MultipleChoice,
    MultipleGrid,
    NumberGrid,
    Page,
    Quantity,
    Question,
    Questionnaire,
    Roster,
    Score,
    ScoreGrid,
    Section,
    Variant,
    choices_of,
)
from ..piping import is_piped, parse
from ..piping.tree import Form, walk
from ..problems import Place

Key = tuple[str, str]
"""(kind, path of what it is about)."""

BLOCKING_KINDS = frozenset({"page", "question", "row", "choice", "exit", "variant", "arm", "cell", "check-passed"})
BOUNDS = ("least", "greatest")


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal. `page` and `question` are names without an item; `name`: of the choice, row, exit, check, cell…

    `kind`: page, question, row, choice, exit, variant, arm, cell, least, greatest, true and not-true (of a rule),
    check-passed, check-violated, empty (a piped text without a value: nobody should meet it). `index`: the place of
    the question on its page. `value`: of a bound; the code of a choice or of an arm. `part`: the experiment of an
    arm, the quota of a cell, the variant of a text. `rule`: that of what it is about, if any; `owner`: what a rule
    is the condition of.
    """

    kind: str
    place: Place
    name: str = ""
    page: str = ""
    question: str = ""
    index: int = 0
    value: int = 0
    part: str = ""
    rule: Expression | None = None
    owner: str = ""

    @property
    def key(self) -> Key:
        return self.kind, self.place.path or ""


def goals_of(questionnaire: Questionnaire) -> dict[Key, Goal]:
    """Every goal of a version, in the order of its file."""
    found = [
        *(goal for number, one in enumerate(questionnaire.sections) for goal in _of_section(one, number)),
        *_of_arms(questionnaire),
        *_of_cells(questionnaire),
    ]
    return {goal.key: goal for goal in found}


def _of_rule(rule: Expression | None, place: Place, owner: str, goal: Goal) -> Iterator[Goal]:
    """A rule should be true of somebody and not true of somebody else."""
    if rule is not None:
        at = inside(place, "when")
        for kind in ("true", "not-true"):
            yield replace(goal, kind=kind, place=at, rule=rule, owner=owner)


def _of_section(section: Section, number: int) -> Iterator[Goal]:
    place = inside(Place(path=""), "sections", number)
    if section.pages:
        about = Goal("", place, name=section.name, page=section.pages[0].name)
        yield from _of_rule(section.when, place, "section", about)
    for order, page in enumerate(section.pages):
        yield from _of_page(page, replace(inside(place, "pages", order), page=page.name))


def _of_page(page: Page, place: Place) -> Iterator[Goal]:
    about = Goal("page", place, name=page.name, page=page.name, rule=page.when)
    yield about
    yield from _of_rule(page.when, place, "page", about)
    for key, text in (("title", page.title), ("intro", page.intro)):
        if text is not None:
            yield from _of_text(text, inside(place, key), about)
    for index, question in enumerate(page.questions):
        at = replace(inside(place, "questions", index), question=question.name)
        yield from _of_question(question, at, replace(about, question=question.name, index=index))
    for order, check in enumerate(page.checks):
        at = inside(place, "checks", order)
        for kind in ("check-passed", "check-violated"):
            yield replace(about, kind=kind, place=at, name=check.name, rule=check.rule, owner="check")
    for order, leaving in enumerate(page.exits):
        at = inside(place, "exits", order)
        here = replace(about, kind="exit", place=at, name=leaving.name, rule=leaving.when)
        yield here
        yield from _of_rule(leaving.when, at, "exit", here)
        yield from _of_texts(leaving, at, here)
    for order, check in enumerate(page.checks):
        yield from _of_texts(check, inside(place, "checks", order), about)


def _of_question(question: Question, place: Place, page: Goal) -> Iterator[Goal]:
    about = replace(page, kind="question", place=place, name=question.name, rule=question.when)
    yield about
    yield from _of_rule(question.when, place, "question", about)
    for order, choice in enumerate(choices_of(question)):
        at = inside(place, "choices", order)
        here = replace(about, kind="choice", place=at, name=choice.name, value=choice.code, rule=choice.when)
        yield here
        yield from _of_rule(choice.when, at, "choice", here)
    for order, row in enumerate(question.rows if isinstance(question, Grid) else ()):
        at = inside(place, "rows", order)
        here = replace(about, kind="row", place=at, name=row.name, rule=row.when)
        yield here
        yield from _of_rule(row.when, at, "row", here)
    for order, variant in enumerate(question.variants):
        at = inside(place, "variants", order)
        here = replace(about, kind="variant", place=at, name=variant.name, rule=variant.when)
        yield here
        yield from _of_rule(variant.when, at, "variant", here)
    yield from _of_bounds(question, about)
    yield from _of_texts(question, place, about)


def _of_bounds(question: Question, about: Goal) -> Iterator[Goal]:
    """The bounds that the file declares, of a grid in some row; without one, nobody needs the largest of numbers."""
    counted = isinstance(question, MultipleChoice | MultipleGrid | Roster)
    if not counted and not isinstance(question, Quantity | Score | ScoreGrid | NumberGrid):
        return
    assert isinstance(question, MultipleChoice | MultipleGrid | Roster | Quantity | Score | ScoreGrid | NumberGrid)
    if isinstance(question, Allocation):
        return  # the total decides what a part can be
    for kind, key, value in (("least", "minimum", question.minimum), ("greatest", "maximum", question.maximum)):
        if value is None:
            continue
        yield replace(about, kind=kind, place=inside(about.place, key), name=key, value=value, rule=None)


def _of_texts(node: Question | Exit | Check, place: Place, about: Goal) -> Iterator[Goal]:
    for part, at in walk_in(node, place):
        if isinstance(part, LocalText) and ".subtotals[" not in (at.path or ""):
            variant = _variant_of(node, at.path or "")
            yield from _of_text(part, at, replace(about, part=variant))


def _variant_of(node: Question | Exit | Check, path: str) -> str:
    """The variant in which a text of a question is shown; `*` for its own wording."""
    if not isinstance(node, Question) or not node.variants:
        return ""
    _, _, inner = path.partition(".variants[")
    if inner:
        return node.variants[int(inner.partition("]")[0])].name
    return "*" if path.endswith(".text") else ""


def _of_text(text: LocalText, place: Place, about: Goal) -> Iterator[Goal]:
    """The variables that a text shows as they are, with no words for want of a value."""
    if not is_piped(text):
        return
    bare = {
        pipe.variable
        for words in text.values()
        for pipe in walk(parse(words))
        if pipe.otherwise is None and pipe.form is not Form.SELECT
    }
    for name in sorted(bare):
        at = replace(place, variable=name)
        yield replace(about, kind=f"empty:{name}", place=at, name=name, owner="text", rule=None)


def _of_arms(questionnaire: Questionnaire) -> Iterator[Goal]:
    for number, experiment in enumerate(questionnaire.experiments):
        place = replace(inside(Place(path=""), "experiments", number), variable=experiment.name)
        for order, arm in enumerate(experiment.arms):
            yield Goal("arm", inside(place, "arms", order), name=arm.name, part=experiment.name, value=arm.code)


def _of_cells(questionnaire: Questionnaire) -> Iterator[Goal]:
    for number, quota in enumerate(questionnaire.quotas):
        place = inside(Place(path=""), "quotas", number)
        for order, cell in enumerate(quota.cells):
            at = inside(place, "cells", order)
            yield Goal("cell", at, name=cell.name, part=quota.name, rule=cell.when, owner="cell")


def siblings(questionnaire: Questionnaire, goal: Goal) -> tuple[tuple[str, Expression], ...]:
    """(name, rule) of the exits, variants or cells that come before this one in its list."""
    rules: tuple[tuple[str, Expression], ...] = ()
    if goal.kind == "exit":
        rules = tuple((one.name, one.when) for one in questionnaire.page(goal.page).exits)
    elif goal.kind == "variant":
        every: tuple[Variant, ...] = questionnaire.question(goal.question).variants
        rules = tuple((one.name, one.when) for one in every)
    elif goal.kind == "cell":
        quota = next(one for one in questionnaire.quotas if one.name == goal.part)
        rules = tuple((one.name, one.when) for one in quota.cells)
    names = [name for name, _ in rules]
    return rules[: names.index(goal.name)] if goal.name in names else ()
