"""What rules know once the whole path is known, and what depends on it beside the path: wordings, quotas."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from typing import NamedTuple

from ..expressions import Answer, Rule, compile_expression, references
from ..model import (
    Context,
    Question,
    Questionnaire,
    QuotaCell,
    Variant,
    split_item,
    variable_types,
)
from .compiling import compile_plan
from .context import known_before
from .plan import awaits
from .walk import Path


def known_answers(questionnaire: Questionnaire, context: Context, found: Path) -> dict[str, Answer]:
    """What a rule reads once the whole path is known: the context, the effective answers, the absences.

    Answers about items are under their own names (`cout[2]`); see `known_at` for the rules of their pages.
    """
    known = known_before(questionnaire.derive(compile_plan), context)
    known.update(found.causes)
    known.update(found.effective)
    return known


def known_at(questionnaire: Questionnaire, known: Mapping[str, Answer], page: str) -> Mapping[str, Answer]:
    """The same, as the rules of a page read it: on the page of an item, plain names are those of the item."""
    base, item = split_item(page)
    roster = None if item is None else questionnaire.repeat_of(base)
    if item is None or roster is None:
        return known
    here = dict(known)
    for plain, name in questionnaire.derive(compile_plan).overs[roster].pairs(item):
        if name in known:
            here[plain] = known[name]
    return here


def variant_of(questionnaire: Questionnaire, name: str, known: Mapping[str, Answer]) -> Variant | None:
    """The first variant of a question (`q[2]` for that of an item) that is true, None where its own wording stands.

    `known` as for the page or for the whole.
    """
    if not questionnaire.question(name).variants:
        return None
    base, item = split_item(name)
    here = known if item is None else known_at(questionnaire, known, questionnaire.page_of(name).name)
    return next((one for one, rule in questionnaire.derive(_variants)[base] if rule(here) is True), None)


def wording(questionnaire: Questionnaire, name: str, known: Mapping[str, Answer]) -> Question:
    """A question in the words of the variant that applies, if any."""
    return questionnaire.question(name).worded(variant_of(questionnaire, name, known))


def _variants(questionnaire: Questionnaire) -> dict[str, tuple[tuple[Variant, Rule], ...]]:
    types = variable_types(questionnaire)
    return {
        question.name: tuple(
            (one, compile_expression(one.when, types, scope=section.repeat)) for one in question.variants
        )
        for section in questionnaire.sections
        for page in section.pages
        for question in page.questions
        if question.variants
    }


def quota_cells(questionnaire: Questionnaire, known: Mapping[str, Answer]) -> dict[str, str | None]:
    """The cell of each quota that a response is in: the first whose rule is definitely true, None yet otherwise.

    A cell that reads an answer still to come is entered by nobody, nor is one behind it: they might leave it again.
    """
    found: dict[str, str | None] = {}
    for quota, cells in questionnaire.derive(_quotas).items():
        decided = takewhile(lambda cell: not awaits(cell.sources, cell.over, known, known), cells)
        found[quota] = next((cell.name for cell in decided if cell.rule(known) is True), None)
    return found


class _Cell(NamedTuple):
    """A cell, ready to be entered; `over`: the (roster, variable) pairs that its rule sums."""

    name: str
    rule: Rule
    sources: tuple[str, ...]
    over: tuple[tuple[str, str], ...]


def _quotas(questionnaire: Questionnaire) -> dict[str, tuple[_Cell, ...]]:
    types = variable_types(questionnaire)

    def cell(one: QuotaCell) -> _Cell:
        read = sorted(references(one.when))
        over = tuple((roster, name) for name in read if (roster := types[name].roster) is not None)
        sources = tuple(name for name in read if types[name].roster is None)
        return _Cell(one.name, compile_expression(one.when, types), sources, over)

    return {quota.name: tuple(map(cell, quota.cells)) for quota in questionnaire.quotas}
