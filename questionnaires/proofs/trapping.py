"""Pages that somebody reaches and cannot leave, whatever is answered there."""

from __future__ import annotations

from collections.abc import Iterator

from ..checking.places import inside
from ..expressions import references
from ..model import Allocation, Page, Quantity, Questionnaire, Required
from ..problems import Place, Problem, Severity
from .asking import Solver
from .respondents import Finding, Respondent

_LOWER, _UPPER = ("at_least", "above"), ("at_most", "below")


def traps(questionnaire: Questionnaire, solver: Solver, stuck: list[Respondent]) -> Iterator[Finding]:
    """One finding for each trap: a page that nobody leaves, a check that its own page cannot mend, bounds that
    cross, a total out of reach; then what chance came upon and the solver confirms."""
    told: set[str] = set()
    for number, section in enumerate(questionnaire.sections):
        for order, page in enumerate(section.pages):
            place = inside(Place(path="", page=page.name), "sections", number, "pages", order)
            for found in _of_page(page, place, solver):
                told.add(page.name)
                yield found
    for one in stuck:
        base = (one.until or "").partition(".")[0]
        if base and base not in told and solver.is_trapped(one):
            told.add(base)
            yield Finding(Problem("page-trap", _place(questionnaire, base)), one)


def _of_page(page: Page, place: Place, solver: Solver) -> Iterator[Finding]:
    own = {key for question in page.questions for key in question.keys}
    for order, check in enumerate(page.checks):
        if check.severity is Severity.BLOCKING and not own & references(check.rule):
            witness = solver.find_violation(page.name, check.name)
            if isinstance(witness, Respondent):
                at = inside(place, "checks", order, "rule")
                yield Finding(Problem("check-traps", at, data={"check": check.name}), witness)
    for index, question in enumerate(page.questions):
        at = Place(page.name, question.name, None, None, inside(place, "questions", index).path)
        is_needed = question.required is Required.HARD and not question.offered
        if isinstance(question, Quantity) and question.limits and is_needed:
            witness = solver.find_crossed(page.name, index, question)
            if isinstance(witness, Respondent):
                yield Finding(Problem("bounds-may-cross", at), witness)
        elif isinstance(question, Allocation) and is_needed:
            witness = solver.find_total_out_of_reach(page.name, index, question)
            if isinstance(witness, Respondent):
                yield Finding(Problem("total-out-of-reach", at), witness)


def _place(questionnaire: Questionnaire, name: str) -> Place:
    for number, section in enumerate(questionnaire.sections):
        for order, page in enumerate(section.pages):
            if page.name == name:
                return inside(Place(path="", page=name), "sections", number, "pages", order)
    return Place(page=name)
