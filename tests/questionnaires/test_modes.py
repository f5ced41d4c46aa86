"""A version by telephone and on paper: asked otherwise, with the same variables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from questionnaires import codebook, definition, routing, validation
from questionnaires.model import (
    Absence,
    Answer,
    Context,
    Information,
    Questionnaire,
    Required,
    encode_given,
)
from questionnaires.problems import Problem, Severity
from tests.questionnaires.builders import (
    ONLINE,
    information,
    multiple,
    must_hold,
    number,
    page,
    questionnaire,
    roster,
    score_grid,
    single,
    text,
)

DEFINITIONS = Path(definition.__file__).parents[1] / "definitions"
ASKED = questionnaire(
    page(
        "profil",
        information("accueil"),
        single("vote", sensitive=True),
        multiple("loisirs", minimum=2),
        score_grid("notes", "un", "deux"),
    ),
    page(
        "fin",
        number("heures", maximum=100),
        roster("partenaires", minimum=2),
        text("mot", minimum=10),
        checks=(must_hold("assez", "heures >= 2", "heures"),),
    ),
)


def problems(asked: Questionnaire, at: str, **given: Answer) -> list[Problem]:
    return validation.check_page(asked, ONLINE, given, at)


def codes(asked: Questionnaire, at: str, **given: Answer) -> set[tuple[str, Severity]]:
    return {(one.code, one.severity) for one in problems(asked, at, **given)}


def shipped() -> list[Path]:
    return sorted(DEFINITIONS.glob("*/*.yaml"))


def test_on_the_web_a_version_is_itself() -> None:
    assert ASKED.for_mode("web") is ASKED


@pytest.mark.parametrize("mode", ["telephone", "paper"])
def test_a_mode_is_made_once_and_leaves_the_version_as_it_is(mode: str) -> None:
    before = definition.write(ASKED)
    asked = ASKED.for_mode(mode)
    assert asked is ASKED.for_mode(mode)
    assert asked.for_mode(mode) is asked
    assert asked.mode == mode
    assert definition.write(ASKED) == before


def test_by_telephone_whoever_answers_may_always_not_know_or_refuse() -> None:
    both = {Absence.NO_OPINION, Absence.REFUSED}
    offered = {one.name: one.offered for one in ASKED.for_mode("telephone").questions}
    assert {name for name, found in offered.items() if found == both} == set(offered) - {"accueil"}
    assert not any(one.offered for one in ASKED.questions)


def test_by_telephone_what_is_required_on_the_web_stays_so() -> None:
    asked = ASKED.for_mode("telephone")
    assert ("answer-required", Severity.BLOCKING) in codes(asked, "profil")
    given = dict.fromkeys(("vote", "loisirs", "notes_un", "notes_deux"), Absence.REFUSED)
    assert codes(asked, "profil", **given) == set()
    assert ("refusal-not-offered", Severity.BLOCKING) in codes(ASKED, "profil", **given)


def test_by_telephone_a_sensitive_answer_needs_its_consent() -> None:
    asked = ASKED.for_mode("telephone")
    rest = dict.fromkeys(("loisirs", "notes_un", "notes_deux"), Absence.NO_OPINION)
    assert ("consent-missing", Severity.BLOCKING) in codes(asked, "profil", vote=1, **rest)
    assert codes(asked, "profil", vote=1, vote_consent=1, **rest) == set()


def test_on_paper_nothing_is_required_and_no_check_blocks() -> None:
    asked = ASKED.for_mode("paper")
    blank = dict.fromkeys(("vote", "loisirs", "notes_un", "notes_deux"), Absence.SKIPPED)
    assert codes(asked, "profil", **blank) == set()
    few = {"heures": 1, "partenaires": (1,), "partenaires[1]": "Un", "mot": "bref"}
    assert codes(asked, "fin", **(blank | few)) == {("check-violated", Severity.WARNING)}
    assert codes(asked, "profil", **(blank | {"loisirs": (1,)})) == set(), "one box where two were asked for"


def test_on_paper_a_value_that_the_version_does_not_know_is_still_refused() -> None:
    assert ("number-out-of-bounds", Severity.BLOCKING) in codes(ASKED.for_mode("paper"), "fin", heures=101)


def test_a_paper_form_left_blank_reaches_its_end() -> None:
    asked = ASKED.for_mode("paper")
    given = {key: Absence.SKIPPED for one in asked.questions for key in one.answers}
    path = routing.path(asked, ONLINE, given)
    assert path.first_incomplete is None
    assert [one for one in validation.check_response(asked, ONLINE, given, path) if one.is_blocking] == []
    assert set(codebook.record(asked, path).absences.values()) == {int(Absence.SKIPPED)}


@pytest.mark.parametrize("mode", ["telephone", "paper"])
@pytest.mark.parametrize("file", shipped(), ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_shipped_version_has_the_same_columns_in_every_mode(file: Path, mode: str) -> None:
    asked = definition.read(file.read_bytes())
    of_mode = asked.for_mode(mode)
    as_written = [replace(one, absences=()) for one in codebook.variables(asked)]
    assert [replace(one, absences=()) for one in codebook.variables(of_mode)] == as_written
    refused = {
        key: Absence.REFUSED if mode == "telephone" else Absence.SKIPPED
        for one in of_mode.questions
        if not isinstance(one, Information)
        for key in one.answers
    }
    context = Context(mode=mode, started_on="2022-09-12")
    path = routing.path(of_mode, context, refused)
    assert path.first_incomplete is None, encode_given(refused)
    found = codebook.record(of_mode, path, context)
    assert set(found.values) | set(found.absences) == {one.name for one in codebook.variables(asked)}


def test_on_paper_required_is_said_by_no_question() -> None:
    assert {one.required for one in ASKED.for_mode("paper").questions} == {Required.NO}
