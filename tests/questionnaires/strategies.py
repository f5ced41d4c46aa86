"""Random tiny questionnaires, valid by construction, and random answers to them, valid or not."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from questionnaires.model import (
    Absence,
    Answer,
    ChoiceGrid,
    Computed,
    MultipleChoice,
    Number,
    Page,
    Question,
    Questionnaire,
    Required,
    Score,
    ScoreGrid,
    Section,
    SingleChoice,
)
from tests.questionnaires.builders import (
    choice_grid,
    computed,
    leaves,
    multiple,
    must_hold,
    number,
    page,
    questionnaire,
    rule,
    score,
    score_grid,
    single,
    text,
    words,
)

_KINDS = ("single", "multiple", "score", "score-grid", "choice-grid", "number", "text")


def atoms(question: Question) -> list[str]:
    """Conditions on a question of each type."""
    name = question.name
    match question:
        case SingleChoice():
            return [f"{name} = 'oui'", f"not {name} = 'oui'", f"{name} in {{'non'}}", f"no_opinion({name})"]
        case MultipleChoice():
            return [f"{name} has 'a'", f"count({name}) >= 2", f"not answered({name})"]
        case Score() | Number():
            return [f"{name} >= 5", f"{name} + 1 < 4", f"answered({name})"]
        case ScoreGrid():
            return [f"{name}_x > 5", f"sum({name}_x, {name}_y) > 9"]
        case ChoiceGrid():
            return [f"{name}_x = 'oui'", f"answered({name}_y)"]
        case _:
            return [f"answered({name})", f'{name} = "mots"']


@st.composite
def _conditions(draw: st.DrawFn, known: list[str]) -> str | None:
    if not known or draw(st.booleans()):
        return None
    parts = draw(st.lists(st.sampled_from(known), min_size=1, max_size=2))
    return draw(st.sampled_from([" and ", " or "])).join(parts)


@st.composite
def _questions(draw: st.DrawFn, name: str, known: list[str]) -> Question:
    kind = draw(st.sampled_from(_KINDS))
    more: dict[str, Any] = {
        "when": draw(_conditions(known)),
        "required": draw(st.sampled_from(Required)),
        "no_opinion": draw(st.booleans()),
        "refusal": draw(st.booleans()),
    }
    match kind:
        case "single":
            return single(name, **more)
        case "multiple":
            return multiple(name, "a", "b", "aucun", exclusive="aucun", **more)
        case "score":
            return score(name, **more)
        case "score-grid":
            return score_grid(name, "x", "y", **more)
        case "choice-grid":
            return choice_grid(name, "x", "y", **more)
        case "number":
            return number(name, maximum=10, **more)
        case _:
            return text(name, **more)


@st.composite
def versions(draw: st.DrawFn) -> Questionnaire:
    """Up to five pages in two sections, with conditions at every level, exits, checks, computed variables."""
    known: list[str] = []
    pages: list[Page] = []
    for number_of_page in range(draw(st.integers(1, 5))):
        condition = draw(_conditions(list(known)))
        questions: list[Question] = []
        for order in range(draw(st.integers(1, 3))):
            question = draw(_questions(f"q{number_of_page}_{order}", list(known)))
            questions.append(question)
            known += atoms(question)
        name = f"page{number_of_page}"
        exits = (leaves(f"sortie{number_of_page}", draw(st.sampled_from(known))),)
        checks = (must_hold(f"verif{number_of_page}", draw(st.sampled_from(known))),)
        has_exit, has_check = draw(st.integers(0, 3)) == 0, draw(st.booleans())
        pages.append(
            page(
                name,
                *questions,
                when=condition,
                exits=exits if has_exit else (),
                checks=checks if has_check else (),
            )
        )
    cut = draw(st.integers(0, len(pages) - 1))
    before = [atom for one in pages[:cut] for question in one.questions for atom in atoms(question)]
    first = Section("premiere", words("premiere"), None, tuple(pages[:cut]))
    second = Section("seconde", words("seconde"), rule(draw(_conditions(before))), tuple(pages[cut:]))
    sections = tuple(section for section in (first, second) if section.pages)
    return questionnaire(sections=sections, computed=tuple(draw(_computed(known))))


@st.composite
def _computed(draw: st.DrawFn, known: list[str]) -> list[Computed]:
    rules = draw(st.lists(st.sampled_from(known), max_size=2))
    return [computed(f"calcul{order}", one) for order, one in enumerate(rules)]


def valid_answers(question: Question) -> st.SearchStrategy[Answer]:
    """Answers that leave no problem: values, and the absences that the question offers."""
    values: st.SearchStrategy[Answer]
    match question:
        case SingleChoice() | ChoiceGrid():
            values = st.sampled_from([choice.code for choice in question.choices])
        case MultipleChoice():
            values = st.sampled_from([(1,), (2,), (1, 2), (3,)])
        case Score() | ScoreGrid() | Number():
            values = st.integers(0, 10)
        case _:
            values = st.sampled_from(["mots", "autre chose"])
    absences = set(question.offered)
    if question.required is not Required.HARD:
        absences.add(Absence.SKIPPED)
    return st.one_of(values, st.sampled_from(sorted(absences))) if absences else values


@st.composite
def documents(draw: st.DrawFn, version: Questionnaire) -> dict[str, Answer]:
    """Given answers as they can be stored: on or off the path, valid or skipped, in any order."""
    given: dict[str, Answer] = {}
    for question in draw(st.permutations(version.questions)):
        for name in question.answers:
            if draw(st.integers(0, 4)):
                given[name] = draw(st.one_of(valid_answers(question), st.just(Absence.SKIPPED)))
    return given


@st.composite
def responses(draw: st.DrawFn) -> tuple[Questionnaire, dict[str, Answer]]:
    version = draw(versions())
    return version, draw(documents(version))
