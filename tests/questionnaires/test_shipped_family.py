"""The shipped questionnaires as a family: each is canonical, sourced, bilingual and well set; they agree together."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from questionnaires import checking, definition
from questionnaires.model import (
    ChoiceGrid,
    Information,
    MultipleChoice,
    MultipleGrid,
    Question,
    Questionnaire,
    Ranking,
    Required,
    SingleChoice,
    Text,
)
from tests.questionnaires.test_shipped import DEFINITIONS, FRENCH_FAULTS, NARROW, NO_BREAK, french, load, texts

FILES = sorted(DEFINITIONS.glob("*/*.yaml"))
EACH = pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
POPULATIONS = {"citoyens", "elus", "entreprises", "associations", "fondations", "academiques"}


@cache
def version(file: Path) -> Questionnaire:
    return definition.read(file.read_bytes(), file.name)


def asked(file: Path) -> list[Question]:
    return [one for one in version(file).questions if not isinstance(one, Information)]


def code_of(question: Question) -> dict[str, int]:
    has_choices = isinstance(question, SingleChoice | MultipleChoice | ChoiceGrid | MultipleGrid | Ranking)
    return {choice.name: choice.code for choice in question.choices} if has_choices else {}


def test_every_population_is_asked() -> None:
    assert len(FILES) == 8
    assert {version(file).population for file in FILES} == POPULATIONS


@EACH
class TestEach:
    def test_has_no_problem_and_is_canonical(self, file: Path) -> None:
        assert checking.check(version(file)) == []
        assert definition.write(version(file)).decode() == file.read_text("utf-8")

    def test_is_named_as_its_place_says(self, file: Path) -> None:
        found = version(file)
        assert (found.name, found.version) == (file.parent.name, file.stem)
        assert found.name == f"impact-{found.population}"
        assert found.languages == ("fr", "en")

    def test_has_20_to_40_questions(self, file: Path) -> None:
        assert 20 <= len(asked(file)) <= 40

    def test_says_of_every_question_where_it_comes_from_and_what_it_measures(self, file: Path) -> None:
        assert [one.name for one in asked(file) if not one.source or not one.concept] == []
        concepts = [one.concept for one in asked(file)]
        assert len(set(concepts)) == len(concepts), "a concept names one question"

    def test_screens_out_those_it_does_not_concern_without_keeping_anything(self, file: Path) -> None:
        assert version(file).exits
        assert not any(one.keep for one in version(file).exits)

    def test_ends_with_an_open_comment_that_warns_about_identity(self, file: Path) -> None:
        last = next(one for one in reversed(asked(file)) if isinstance(one, Text) and one.pattern is None)
        assert last.long
        assert last.required is Required.NO
        assert last.help is not None
        assert "reconnaître" in last.help.in_("fr")

    def test_is_in_both_languages(self, file: Path) -> None:
        found = list(texts(load(file)))
        assert [place for place, text in found if not (set(text) == {"fr", "en"} and all(text.values()))] == []

    @pytest.mark.parametrize("fault", FRENCH_FAULTS)
    def test_is_well_set_in_french(self, file: Path, fault: str) -> None:
        pattern = re.compile(FRENCH_FAULTS[fault])
        assert [(place, words) for place, words in french(load(file)) if pattern.search(words)] == []

    def test_has_curly_apostrophes_and_no_french_spaces_in_english(self, file: Path) -> None:
        bad = re.compile(rf"'|\"|\s\s|\s[:;!?]|[{NO_BREAK}{NARROW}«»]")
        assert [(place, text["en"]) for place, text in texts(load(file)) if bad.search(text["en"])] == []


def test_a_concept_has_the_same_codes_for_the_same_choices_everywhere() -> None:
    codes: dict[tuple[str, str], dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for file in FILES:
        for question in asked(file):
            for name, code in code_of(question).items():
                codes[question.concept or "", name][code].append(f"{version(file).name} {version(file).version}")
    assert {key: dict(found) for key, found in codes.items() if len(found) > 1} == {}


def test_a_question_asked_again_in_another_wave_keeps_its_type_its_concept_and_its_codes() -> None:
    waves = [version(file) for file in FILES if file.parent.name == "impact-citoyens"]
    assert len(waves) == 3
    seen: dict[str, Question] = {}
    names: dict[tuple[str, int], str] = {}
    for wave in waves:
        for question in wave.questions:
            before = seen.setdefault(question.name, question)
            assert type(before) is type(question), question.name
            assert before.concept == question.concept, question.name
            for name, code in code_of(question).items():
                assert names.setdefault((question.name, code), name) == name, f"{question.name}: code {code} reused"


def test_the_famous_line_is_one_concept_in_four_populations() -> None:
    asking = {
        version(file).population for file in FILES if any(one.concept == "innovation_source" for one in asked(file))
    }
    assert {"citoyens", "elus", "entreprises", "associations"} <= asking
