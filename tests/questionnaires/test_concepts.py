"""The register of concepts agrees with the shipped questionnaires, and grades what it ties."""

from dataclasses import replace
from pathlib import Path

import pytest

import questionnaires
from questionnaires import concepts, definition
from questionnaires.concepts import Grade, Register, RegisterIsInvalid, read_register
from questionnaires.concepts.reading import concepts_of, problems_of
from questionnaires.model import Questionnaire

DEFINITIONS = Path(questionnaires.__file__).parent / "definitions"
CROSSED = ("innovation_source", "jouer_collectif_utility", "fragility_priority", "partner_kind", "trust_source")


@pytest.fixture(scope="module")
def versions() -> dict[tuple[str, str], Questionnaire]:
    return {(path.parent.name, path.stem): definition.read(path.read_bytes()) for path in DEFINITIONS.glob("*/*.yaml")}


def test_the_register_agrees_with_every_shipped_version(versions: dict[tuple[str, str], Questionnaire]) -> None:
    assert problems_of(concepts.register(), versions) == []


def test_every_question_of_a_shared_concept_is_graded(versions: dict[tuple[str, str], Questionnaire]) -> None:
    for (name, version), questionnaire in versions.items():
        for variable, concept in concepts_of(questionnaire).items():
            tie = concepts.register()[concept].tie(name, version, variable)
            assert tie.grade is not Grade.NONE, (name, version, variable)
            assert set(tie.reason) == {"fr", "en"}


@pytest.mark.parametrize(
    ("concept", "questionnaire", "version", "variable", "grade"),
    [
        ("innovation_source", "impact-elus", "2020", "impact_innovation", "A"),
        ("performance_source", "impact-associations", "2021", "impact_performance", "B"),
        ("performance_source", "impact-citoyens", "2022", "impact_performance", "C"),
        ("has_partnership", "impact-entreprises", "2020", "partenariat", "C"),
        ("fragility_priority", "impact-citoyens", "2019", "priorite", "C"),
        ("fragility_intensity", "impact-elus", "2020", "fragilite", "B"),
    ],
)
def test_grades_say_what_differs(concept: str, questionnaire: str, version: str, variable: str, grade: str) -> None:
    assert concepts.register()[concept].tie(questionnaire, version, variable).grade == Grade(grade)


def test_what_the_register_does_not_say_is_not_comparable() -> None:
    tie = concepts.register()["innovation_source"].tie("impact-citoyens", "2030", "impact_innovation")
    assert (tie.grade, tie.reason["fr"]) == (Grade.NONE, "Non examinée.")


def test_the_published_subtotal_is_that_of_the_scale() -> None:
    scale = concepts.register()["jouer_collectif_utility"].scale
    assert scale.subtotal == ("incontournable", "utile")
    assert len(scale.choices) == 5


def test_disagreements_are_told(versions: dict[tuple[str, str], Questionnaire]) -> None:
    kept = dict(concepts.register().concepts)
    innovation = kept.pop("innovation_source")
    assert "which is not in the register" in "\n".join(problems_of(Register(kept), versions))
    first = innovation.ties[0]
    bad = {
        "no such version": replace(first, versions=("1999",)),
        "not a question of this concept": replace(first, variable="utilite"),
    }
    for said, tie in bad.items():
        changed = Register(kept | {innovation.name: replace(innovation, ties=(tie,))})
        assert any(said in problem for problem in problems_of(changed, versions))
    other = replace(innovation, scale=replace(innovation.scale, choices=("oui", "non")))
    assert any("without the scale" in one for one in problems_of(Register(kept | {other.name: other}), versions))


def test_a_file_that_cannot_be_read_says_where() -> None:
    with pytest.raises(RegisterIsInvalid, match=r"concepts\.0\.label"):
        read_register(b"format: 1\nconcepts: [{name: a, definition: {fr: x}, scale: {kind: text}}]")
