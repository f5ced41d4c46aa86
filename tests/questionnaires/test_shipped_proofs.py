"""The shipped questionnaires are proven: nothing that blocks, nothing undecided, and few respondents show it all."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

import questionnaires
from benchmarks.proofs import Generator
from questionnaires.definition import read
from questionnaires.expressions import parse
from questionnaires.model import Questionnaire, choices_of, split_item
from questionnaires.proofs import Proof, prove
from questionnaires.routing import path
from questionnaires.validation import check_response

DEFINITIONS = Path(questionnaires.__file__).parent / "definitions"
SHIPPED = sorted(one.relative_to(DEFINITIONS).as_posix() for one in DEFINITIONS.glob("*/*.yaml"))
CITIZENS = "impact-citoyens/2022.yaml"
ADDRESS, COMMUNE = ("text-pattern", "courriel"), ("suggestion", "commune")
OUTSIDE = {
    "impact-academiques": {ADDRESS},
    "impact-associations": {ADDRESS, COMMUNE},
    "impact-entreprises": {ADDRESS, COMMUNE},
    "impact-fondations": {ADDRESS},
}
"""What the proof says nothing of, by questionnaire: those of citizens and of elected officials have nothing such."""


@cache
def version(name: str) -> Questionnaire:
    return read((DEFINITIONS / name).read_bytes())


@cache
def proof(name: str) -> Proof:
    return prove(version(name))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_version_proves_clean(name: str) -> None:
    found = proof(name)
    assert [one for one in found.problems if one.is_blocking] == []
    assert found.undecided == 0


@pytest.mark.parametrize("name", SHIPPED)
def test_the_covering_set_reaches_every_page_and_chooses_every_choice(name: str) -> None:
    asked = version(name)
    pages: set[str] = set()
    chosen: set[tuple[str, int]] = set()
    for one in proof(name).covering:
        found = path(asked, one.context, one.given)
        problems = check_response(asked, one.context, one.given, found)
        assert found.first_incomplete is None
        assert not any(problem.is_blocking for problem in problems)
        pages |= {split_item(page)[0] for page in found.pages}
        for question in asked.questions:
            for key, value in found.effective.items():
                if choices_of(question) and split_item(key)[0] in question.answers:
                    codes = value if isinstance(value, tuple) else (value,)
                    chosen |= {(question.name, code) for code in codes if isinstance(code, int)}
    assert pages == {page.name for page in asked.pages}
    assert chosen >= {(one.name, choice.code) for one in asked.questions for choice in choices_of(one)}
    assert len(proof(name).covering) <= 30


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_outside_is_named(name: str) -> None:
    found = {(one.reason, one.place.question) for one in proof(name).outside}
    assert found == OUTSIDE.get(name.partition("/")[0], set())
    assert all(one.place.path for one in proof(name).outside)


def test_a_proof_is_the_same_twice() -> None:
    assert prove(version(CITIZENS)) == proof(CITIZENS)


def test_after_one_change_the_former_respondents_leave_little_to_the_solver() -> None:
    asked, _ = Generator(1).version()
    before = prove(asked)
    section = asked.sections[-1]
    changed = replace(section, pages=(*section.pages[:-1], replace(section.pages[-1], when=parse("true"))))
    after = prove(replace(asked, sections=(*asked.sections[:-1], changed)), known=before.covering)
    assert after.solved < before.solved / 5
    assert {one.code for one in after.problems} - {one.code for one in before.problems} == {"rule-always-true"}


def test_progress_counts_goals_to_the_last() -> None:
    told: list[tuple[int, int]] = []
    found = prove(version(CITIZENS), progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (found.goals, found.goals)
    assert all(done <= total == found.goals for done, total in told)
