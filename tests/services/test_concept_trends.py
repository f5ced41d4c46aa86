"""Renamed variables keep their points, and a concept has one series of what was published and of what was asked."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.db import Database
from app.services import authoring, concept_trends, fieldwork, folding, snapshots, trends
from app.services.concept_trends import ConceptSeries
from app.services.crossed import ConceptNotFound
from app.services.lineages import Alias, Lineage
from app.services.trends import Series
from app.storage import FolderStorage
from questionnaires import concepts, definition, published
from questionnaires.comparison import ComparabilityClass, Join
from questionnaires.comparison.ledger import Doubt, Step, Verdict
from questionnaires.concepts import Concept, Grade, Register, Tie
from questionnaires.model import Choice, LocalText, Questionnaire, Row, Subtotal
from questionnaires.published import PublishedJoin
from tests import factories
from tests.questionnaires.builders import choices, computed, multiple, page, questionnaire, score_grid, single, words

AGREED = (Subtotal("accord", words("D’accord"), ("tout_a_fait", "plutot")),)
CONCEPT = "innovation_source"


def opinion(name: str, *names: str, former: str | None = None, recoded: bool = False) -> Questionnaire:
    """A version that asks the opinion under a name, with one list and one grid."""
    codes = (2, 1, 3) if recoded else (1, 2, 3)
    said = tuple(
        Choice(code, one, words(one)) for code, one in zip(codes, ("tout_a_fait", "plutot", "pas"), strict=True)
    )
    asked = single(name, choices=said, subtotals=AGREED, concept=CONCEPT, formerly=former)
    first, row = names
    listed = choices(first, "b")
    rows = (Row(row, words(row)),)
    if former:
        listed = (replace(listed[0], formerly="a"), listed[1])
        rows = (replace(rows[0], formerly="emploi"),)
    return questionnaire(page("p", asked, multiple("liens", choices=listed), score_grid("notes", rows=rows)))


OLD = replace(opinion("avant", "a", "emploi"), version="2021")
NEW = replace(opinion("apres", "aa", "travail", former="avant", recoded=True), version="2023")


class Bench:
    """A wave of each of the two versions: 2021 under the former names, 2023 under the new ones."""

    def __init__(self, folder: Path, template: Path) -> None:
        shutil.copy(template, folder / "impact.sqlite3")
        self.database = Database(f"sqlite:///{folder / 'impact.sqlite3'}")
        self.storage = FolderStorage(folder / "files")
        self.add(
            OLD, 60, {"avant": 1, "liens": (1,), "notes_emploi": 8}, {"avant": 3, "liens": (2,), "notes_emploi": 4}
        )
        self.add(
            NEW, 90, {"apres": 2, "liens": (1,), "notes_travail": 9}, {"apres": 3, "liens": (2,), "notes_travail": 5}
        )

    def add(self, asked: Questionnaire, agreeing: int, yes: dict[str, object], no: dict[str, object]) -> None:
        year = int(asked.version)
        with self.database.transaction() as session:
            version = authoring.import_version(session, definition.write(asked))
            # Proof and comparison have their own tests: here, versions are simply there.
            version.status, version.published_at = "published", dt.datetime(year, 1, 1, tzinfo=dt.UTC)
            session.flush()
            wave = fieldwork.create_wave(
                session, key=f"vague-{year}", name=f"Vague {year}", version_id=version.id, origin="respondent",
                notice=factories.NOTICE, basis="public_interest",
            )  # fmt: skip
            fieldwork.open_wave(session, wave)
            session.flush()
            wave.opened_at = dt.datetime(year, 5, 1, tzinfo=dt.UTC)
            field = factories.Field(self.database, wave.key, wave.id, version.id, asked)
        sent = [factories.payload(asked, **(yes if place < agreeing else no)) for place in range(120)]  # type: ignore[arg-type]
        factories.send_many(field, sent, 120, "respondent")
        folding.fold_wave(self.database, self.storage, None, field.wave_id)
        snapshots.refresh_snapshot(self.database, self.storage, field.wave_id)

    def series(self, variable: str, answer: str = "") -> Series:
        with self.database.reading() as session:
            return trends.read_series(session, self.storage, "essai", variable, "fr", answer=answer, judge=joined)

    def concept(self, **options: object) -> ConceptSeries:
        with self.database.reading() as session:
            return concept_trends.concept_series(
                session,
                self.storage,
                CONCEPT,
                "citoyens",
                "fr",
                judge=joined,
                **options,  # type: ignore[arg-type]
            )


def joined(variable: str, old: str, new: str) -> Verdict:
    return Verdict((Step(old, new, variable, ComparabilityClass.COSMETIC),))


@pytest.fixture(scope="module")
def bench(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = Bench(tmp_path_factory.mktemp("concepts"), sqlite_template)
    yield made
    made.database.close()


def with_ties(monkeypatch: pytest.MonkeyPatch, *ties: tuple[str, str, Grade]) -> None:
    """The register, where the concept is tied to these versions and variables of the test."""
    known: Concept = concepts.register()[CONCEPT]
    own = tuple(Tie("essai", (version,), name, grade, LocalText({"fr": "essai"})) for version, name, grade in ties)
    register = Register({CONCEPT: replace(known, ties=own)})
    monkeypatch.setattr(concepts, "register", lambda: register)


def values(series: Series) -> list[tuple[int, int | None]]:
    return [(one.on.year, None if one.value is None else round(100 * one.value)) for one in series.points]


@pytest.mark.parametrize("name", ["apres", "avant"])
def test_a_renamed_question_has_the_points_it_had_under_its_former_name(bench: Bench, name: str) -> None:
    series = bench.series(name)
    assert values(series) == [(2021, 50), (2023, 75)]
    assert [one.variable for one in series.points] == ["avant", "apres"]
    assert series.variable == "apres"
    (step,) = series.steps
    assert step.join is Join.JOINED
    assert step.gap is not None
    assert step.gap.value == pytest.approx(0.25)


def test_an_answer_keeps_its_points_when_its_code_has_changed(bench: Bench) -> None:
    series = bench.series("apres", "2")
    assert series.answer_label == "tout_a_fait"
    assert values(series) == [(2021, 50), (2023, 75)]
    # Codes that differ are not tested one against the other.
    assert series.steps[0].gap is None
    (line,) = (one for one in series.lines if one.code == "2")
    assert [one and one.value for one in line.cells] == [0.5, 0.75]


def test_a_renamed_choice_and_a_renamed_row_keep_their_points(bench: Bench) -> None:
    listed = bench.series("liens", "liens_aa")
    assert values(listed) == [(2021, 50), (2023, 75)]
    assert listed.steps[0].gap is not None
    noted = bench.series("notes_travail", "mean")
    assert [one.value for one in noted.points] == pytest.approx([6.0, 8.0])


def test_what_is_offered_counts_the_waves_under_former_names(bench: Bench) -> None:
    with bench.database.reading() as session:
        found = {one.variable: one.waves for one in trends.offered(session, "fr")}
    assert found == {"apres": 2, "liens": 2, "notes": 2, "notes_travail": 2}


def test_a_name_that_passed_to_another_question_is_not_followed() -> None:
    old = questionnaire(page("p", single("a"), single("b")))
    new = replace(questionnaire(page("p", single("a"), single("c", formerly="a"))), version="2")
    lineage = Lineage([("1", old), ("2", new)])
    assert lineage.alias("a", "1") is None
    assert [one and one.variable for one in (lineage.alias("c", "1"), lineage.alias("b", "1"))] == ["a", "b"]
    assert lineage.newest("b") == "b"


def test_a_renamed_computed_variable_is_followed() -> None:
    asked = page("p", single("a"))
    old = questionnaire(asked, computed=(computed("score", "a = 'oui'"),))
    new = replace(
        questionnaire(asked, computed=(replace(computed("note", "a = 'oui'"), formerly="score"),)), version="2"
    )
    lineage = Lineage([("1", old), ("2", new)])
    assert lineage.newest("score") == "note"
    assert lineage.alias("note", "1") == Alias("score")


def test_a_concept_is_one_series_of_published_figures_and_of_waves(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_ties(monkeypatch, ("2021", "avant", Grade.A), ("2023", "apres", Grade.A))
    series = bench.concept().series
    assert values(series) == [(2015, 69), (2019, 74), (2021, 50), (2023, 75)]
    assert [one.join for one in series.steps] == [Join.JOINED, Join.CUT, Join.JOINED]
    assert "n’est pas établie" in series.steps[1].reasons[0]
    assert [step.gap is not None for step in series.steps] == [True, False, True]


def test_only_the_register_of_published_figures_joins_a_figure_and_a_wave(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_ties(monkeypatch, ("2021", "avant", Grade.A))
    declared = PublishedJoin(Join.NOTED, LocalText({"fr": "même enquête"}))
    (figure,) = (one for one in published.figures() if one.key == "innovation_c.impact_c_2019")
    held = published._published()
    joins = {**held.joins, (figure.item.key, figure.wave.key, "essai/2021"): declared}
    monkeypatch.setattr(published, "_published", lambda: replace(held, joins=joins))
    step = bench.concept().series.steps[1]
    assert (step.join, step.reasons) == (Join.NOTED, ("même enquête",))
    assert step.gap is not None
    assert step.gap.is_significant


def test_two_questions_of_one_concept_are_not_joined(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with_ties(monkeypatch, ("2021", "avant", Grade.A), ("2023", "apres", Grade.A))
    monkeypatch.setattr(Lineage, "alias", lambda _self, variable, _version: Alias(variable))
    assert bench.concept().series.steps[2].join is Join.CUT


def test_a_question_that_the_register_does_not_grade_stands_aside(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_ties(monkeypatch, ("2023", "apres", Grade.B))
    found = bench.concept()
    assert [one.on.year for one in found.series.points] == [2015, 2019, 2023]
    assert [(point.wave, reason["fr"]) for point, reason in found.aside] == [("Vague 2021", "Non examinée.")]


def test_simulated_waves_never_stand_beside_published_figures(bench: Bench) -> None:
    assert bench.concept(origin="simulated").series.points == ()


def test_without_a_ledger_two_waves_of_a_concept_are_cut(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with_ties(monkeypatch, ("2021", "avant", Grade.A), ("2023", "apres", Grade.A))
    with bench.database.reading() as session:
        series = concept_trends.concept_series(session, bench.storage, CONCEPT, "citoyens", "fr").series
    assert (series.steps[2].join, series.steps[2].doubts) == (Join.CUT, (Doubt.UNKNOWN,))


def test_what_is_not_in_the_register_is_not_found(bench: Bench) -> None:
    for name, population, part in (("rien", "citoyens", None), (CONCEPT, "rien", None), (CONCEPT, "citoyens", "rien")):
        with bench.database.reading() as session, pytest.raises(ConceptNotFound):
            concept_trends.concept_series(session, bench.storage, name, population, "fr", part=part)
