"""Composite scores: declared beside the questionnaires, equal to what one computes by hand, row by row."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services import indicators, tallies
from app.services.indicators import Declaration, IndicatorsAreInvalid, fit
from questionnaires import definition
from questionnaires.model import Questionnaire

DEFINITIONS = indicators.DEFINITIONS
CITIZENS = DEFINITIONS / "impact-citoyens" / "2022.yaml"
AGREE = {"tout_a_fait": "100", "plutot": "200/3", "plutot_pas": "100/3", "pas_du_tout": "0"}
CAUSES = [-9, -8, -7, -6, -5, -4, -3, -2, -1]


@cache
def read_citizens() -> Questionnaire:
    return definition.read(CITIZENS.read_bytes(), "impact-citoyens")


@pytest.fixture
def citizens() -> Questionnaire:
    return read_citizens()


def declared(items: list[dict[str, object]], **more: object) -> Declaration:
    """A score of these items."""
    base = {"name": "essai", "label": {"fr": "Essai", "en": "Trial"}, "concept": "trial", "versions": ["2022"]}
    return Declaration.model_validate(base | {"items": items} | more)


def item(variable: str, **more: object) -> dict[str, object]:
    return {"variable": variable} | more


FOUR = [
    item("impact_innovation", points=AGREE, weight=2),
    item("impact_confiance", points=AGREE, reversed=True),
    item("capacite_collective", weight=3),
    item("reserves_lenteur"),
]


def by_hand(row: tuple[int, int, int, int], minimum: int, decimals: int) -> int:
    """The score of one response, in fractions, from the definition alone."""
    agree = {1: Fraction(100), 2: Fraction(200, 3), 3: Fraction(100, 3), 4: Fraction(0)}
    points = [
        (2, agree.get(row[0])),
        (1, None if row[1] not in agree else 100 - agree[row[1]]),
        (3, None if row[2] < 0 else Fraction(10 * row[2])),
        (1, None if row[3] < 0 else Fraction(100 * row[3])),
    ]
    given = [(weight, value) for weight, value in points if value is not None]
    if len(given) < minimum:
        return next(code for code, (_, value) in zip(row, points, strict=True) if value is None)
    mean = sum(weight * value for weight, value in given) / sum(weight for weight, _ in given)
    scaled = mean * 10**decimals
    whole = scaled.numerator // scaled.denominator
    return whole + (scaled - whole >= Fraction(1, 2))


rows = st.tuples(
    st.sampled_from([1, 2, 3, 4, *CAUSES]),
    st.sampled_from([1, 2, 3, 4, *CAUSES]),
    st.sampled_from([*range(11), *CAUSES]),
    st.sampled_from([0, 1, *CAUSES]),
)


@settings(max_examples=60)
@given(st.lists(rows, max_size=30), st.integers(1, 4), st.integers(0, 3))
def test_a_score_is_what_one_computes_row_by_row_in_fractions(answers, minimum, decimals):
    score = fit(declared(FOUR, minimum=minimum, decimals=decimals), read_citizens())
    columns = dict(zip(score.inputs, np.asarray(answers, np.int8).reshape(-1, 4).T, strict=True))
    assert score.score(columns).tolist() == [by_hand(row, minimum, decimals) for row in answers]


def test_a_half_is_rounded_upwards(citizens: Questionnaire) -> None:
    # One of eight is 12.5, seven of eight 87.5.
    score = fit(declared([item("reserves_lenteur"), item("reserves_interets", weight=7)], decimals=0), citizens)
    columns = {"reserves_lenteur": np.array([1, 0], np.int8), "reserves_interets": np.array([0, 1], np.int8)}
    assert score.score(columns).tolist() == [13, 88]


@pytest.mark.parametrize(
    "file", sorted(DEFINITIONS.glob("*/*.yaml")), ids=lambda file: f"{file.parent.name}-{file.stem}"
)
def test_shipped_scores_fit_their_versions(file: Path) -> None:
    questionnaire = definition.read(file.read_bytes(), file.parent.name)
    assert indicators.problems_of(questionnaire) == []
    declarations = indicators.read_file(file.parent / "indicators" / "scores.yaml")
    here = [one.name for one in declarations if questionnaire.version in one.versions]
    assert [one.name for one in indicators.indicators_of(questionnaire)] == here
    for one in indicators.indicators_of(questionnaire):
        # The best answer to every item makes 100, the worst 0, in each of them.
        ends = {value for part in one.scored for value in _ends(part)}
        assert ends == {0, 100}


def _ends(part: indicators.ScoredItem) -> list[Fraction | None]:
    codes = list(part.points) or [part.low, part.high]
    return [min(part.of(code) for code in codes), max(part.of(code) for code in codes)]


@pytest.mark.parametrize(
    ("items", "more", "problem"),
    [
        ([item("inconnue")], {}, "essai: items: inconnue: no such variable"),
        ([item("utilite", points=AGREE)], {}, "utilite: tout_a_fait is no choice"),
        ([item("impact_innovation", points={"plutot": "50"})], {}, "impact_innovation: tout_a_fait has no points"),
        ([item("capacite_collective", points=AGREE)], {}, "only choices have points"),
        ([item("heures")], {}, "heures: a number has no points"),
        ([item("capacite_collective")], {"name": "utilite"}, "utilite: a variable has this name already"),
        ([item("capacite_collective")], {"minimum": 2}, "minimum: 2 of 1 items"),
        ([item("capacite_collective"), item("capacite_collective")], {}, "capacite_collective is there twice"),
        ([item("capacite_collective")], {"label": {"fr": "Essai"}}, "label: nothing in en"),
    ],
)
def test_a_declaration_that_does_not_fit_says_where(
    citizens: Questionnaire, items: list[dict[str, object]], more: dict[str, object], problem: str
) -> None:
    with pytest.raises(IndicatorsAreInvalid, match=problem):
        fit(declared(items, **more), citizens)


def test_a_file_that_cannot_be_read_says_where(tmp_path: Path) -> None:
    path = tmp_path / "impact-citoyens" / "indicators" / "scores.yaml"
    path.parent.mkdir(parents=True)
    for points, problem in (("120", "less than or equal to 100"), ("beaucoup", "beaucoup is not a number")):
        one = {
            "name": "essai",
            "label": {"fr": "Essai"},
            "concept": "trial",
            "versions": ["2022"],
            "items": [item("utilite", points={"utile": points})],
        }
        path.write_text(yaml.safe_dump({"format": "1", "questionnaire": "impact-citoyens", "indicators": [one]}))
        with pytest.raises(IndicatorsAreInvalid, match=problem):
            indicators.read_file(path)
    path.write_text("format: 1\nquestionnaire: impact-elus\nindicators: []\n")
    with pytest.raises(IndicatorsAreInvalid, match="not the one of its folder"):
        indicators.read_file(path)


def test_what_is_counted_changes_with_the_declaration(citizens: Questionnaire) -> None:
    layout = tallies.make_layout(citizens, None)
    scores = list(indicators.indicators_of(citizens))
    names = {measure.name for measure in layout.measures}
    assert {one.name for one in scores} <= names
    first = scores[0].declared
    other = fit(first.model_copy(update={"minimum": 1, "label": first.label, "decimals": 2}), citizens)
    heavier = first.model_copy(update={"items": (first.items[0].model_copy(update={"weight": 3}),)})
    kinds = [scores, [other, *scores[1:]], [fit(heavier, citizens), *scores[1:]], []]
    digests = [tallies.counted_as(layout, kind) for kind in kinds]
    assert len(set(digests)) == 4
    assert digests[-1] == layout.digest


def test_columns_of_scores_are_made_of_the_stored_ones(citizens: Questionnaire) -> None:
    scores = indicators.indicators_of(citizens)
    names = ["sexe", "score_maturite"]
    stored = indicators.needed(scores, names)
    assert stored == ["sexe", "dynamique_locale", "partenariat_connu", "engagement"]
    columns = {name: np.array([1, 2], np.int8) for name in stored}
    made = indicators.with_scores(scores, columns, names)
    assert list(made) == names
    # (100 + 100 + 100) / 3, then (66.7 + 50 + 66.7) / 3.
    assert made["score_maturite"].tolist() == [1000, 611]
