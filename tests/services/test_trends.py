"""Series over waves: their figures are those of the tables, and nothing is joined that the ledger cuts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db import Database
from app.services import authoring, fieldwork, folding, published_trends, snapshots, trends
from app.services.trends import NoSuchSeries, Series
from app.services.workspace import RequestIsInvalid, make_tables, read_request
from app.storage import FolderStorage
from questionnaires import definition
from questionnaires.comparison import ComparabilityClass, Join
from questionnaires.comparison.joining import segments
from questionnaires.comparison.ledger import Entry, Ledger, Transition, Verdict
from questionnaires.model import LocalText
from tests import factories
from tests.factories import TWO_PAGES

CLASSES = list(ComparabilityClass)
VARIABLE = "engage"
SHARES = {2019: 0.5, 2020: 0.7, 2022: 0.71}


def ledger(**classes: ComparabilityClass) -> Ledger:
    """One where 2019-2020 and 2020-2022 have these confirmed classes of the variable."""
    steps = []
    for pair, class_ in classes.items():
        old, new = pair.removeprefix("v").split("_")
        entry = Entry((VARIABLE,), class_, "digest", class_, LocalText({"fr": f"raison {old}-{new}"}), "Claire")
        steps.append(Transition(old, new, (), (entry,)))
    return Ledger("essai", tuple(steps))


def judge_of(found: Ledger) -> trends.Judge:
    names = ["2019", "2020", "2022"]
    return lambda variable, old, new: found.class_between(
        variable, names[names.index(old) : names.index(new) + 1] if old != new else [old]
    )


@given(st.lists(st.sampled_from(CLASSES), min_size=1, max_size=7))
def test_no_series_joins_across_a_class_that_forbids_it(classes: list[ComparabilityClass]) -> None:
    versions = [str(place) for place in range(len(classes) + 1)]
    steps = tuple(
        Transition(old, new, (), (Entry((VARIABLE,), one, "d", one, by="Claire"),))
        for old, new, one in zip(versions[:-1], versions[1:], classes, strict=True)
    )
    found = Ledger("essai", steps)

    def between(before: str, after: str) -> Verdict:
        return found.class_between(VARIABLE, versions[versions.index(before) : versions.index(after) + 1])

    for run in segments(versions, between):
        for before, after in pairwise(run.points):
            assert classes[int(before)].joins is not Join.CUT
            assert int(after) == int(before) + 1
    assert len(segments(versions, between)) == 1 + sum(one.joins is Join.CUT for one in classes)


class Bench:
    """Three waves of three versions of one questionnaire, and one of simulated people."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.storage = database, FolderStorage(folder)
        for year, share in SHARES.items():
            self.add(str(year), year, share)
        self.add("2022", 2023, 0.1, "simulated")

    def add(self, version: str, year: int, share: float, origin: str = "respondent") -> None:
        asked = replace(TWO_PAGES, version=version)
        with self.database.transaction() as session:
            row = authoring.find_version(session, asked.name, version)
            if row is None:
                made = authoring.import_version(session, definition.write(asked))
                # Proof and comparison have their own tests: here, versions are simply there.
                made.status, made.published_at = "published", dt.datetime(year, 1, 1, tzinfo=dt.UTC)
                session.flush()
                row_id = made.id
            else:
                row_id = row.id
            wave = fieldwork.create_wave(
                session, key=f"{origin}-{year}", name=f"Vague {year}", version_id=row_id, origin=origin,
                notice=factories.NOTICE, basis="public_interest",
            )  # fmt: skip
            fieldwork.open_wave(session, wave)
            session.flush()
            wave.opened_at = dt.datetime(year, 5, 1, tzinfo=dt.UTC)
            field = factories.Field(self.database, wave.key, wave.id, row_id, asked)
        people = 400
        sent = [
            factories.payload(asked, sexe=1, region=1, confiance=5, engage=1 if place < share * people else 2)
            for place in range(people)
        ]
        factories.send_many(field, sent, people, origin)
        folding.fold_wave(self.database, self.storage, None, field.wave_id)
        snapshots.refresh_snapshot(self.database, self.storage, field.wave_id)

    def series(self, found: Ledger | None = None, **options: object) -> Series:
        with self.database.reading() as session:
            judge = None if found is None else judge_of(found)
            return trends.read_series(
                session,
                self.storage,
                TWO_PAGES.name,
                VARIABLE,
                "fr",
                judge=judge,
                **options,  # type: ignore[arg-type]
            )


@pytest.fixture
def bench(sqlite_url: str, tmp_path: Path) -> Iterator[Bench]:
    database = Database(sqlite_url)
    yield Bench(database, tmp_path / "files")
    database.close()


def test_a_point_is_the_cell_of_its_wave_and_origins_never_mix(bench: Bench) -> None:
    series = bench.series(answer="1")
    assert [(one.wave_key, one.value, one.base) for one in series.points] == [
        ("respondent-2019", 0.5, 400),
        ("respondent-2020", 0.7, 400),
        ("respondent-2022", 0.71, 400),
    ]
    assert [one.value for one in bench.series(answer="1", origin="simulated").points] == [0.1]
    assert all(one.low is not None and one.low < one.value < (one.high or 0) for one in series.points if one.value)


def test_without_a_confirmed_verdict_everything_is_cut(bench: Bench) -> None:
    series = bench.series(answer="1")
    assert [step.join for step in series.steps] == [Join.CUT, Join.CUT]
    assert all(step.doubts and step.gap is None for step in series.steps)
    assert len(series.runs) == 3


def test_the_ledger_joins_notes_and_cuts_and_only_joined_points_are_tested(bench: Bench) -> None:
    found = ledger(v2019_2020=ComparabilityClass.WORDING, v2020_2022=ComparabilityClass.BASE_CHANGED)
    noted, cut = bench.series(found, answer="1").steps
    assert (noted.join, noted.reasons) == (Join.NOTED, ("raison 2019-2020",))
    assert noted.gap is not None
    assert noted.gap.value == pytest.approx(0.2)
    assert noted.gap.is_significant
    assert (cut.join, cut.reasons, cut.gap) == (Join.CUT, ("raison 2020-2022",), None)


def test_a_small_gap_is_not_significant(bench: Bench) -> None:
    found = ledger(v2019_2020=ComparabilityClass.BROKEN, v2020_2022=ComparabilityClass.COSMETIC)
    gap = bench.series(found, answer="1").steps[1].gap
    assert gap is not None
    assert gap.value == pytest.approx(0.01)
    assert not gap.is_significant


def test_the_gaps_of_the_workspace_obey_the_ledger(bench: Bench) -> None:
    request = read_request("respondent-2020", {"question": ["engage"], "compared": ["respondent-2019"]})
    with bench.database.reading() as session, pytest.raises(RequestIsInvalid) as refused:
        make_tables(session, bench.storage, request, "fr")
    assert [(one.field, one.code) for one in refused.value.problems] == [("compared", "cut")]


def test_an_unknown_answer_or_variable_has_no_series(bench: Bench) -> None:
    with pytest.raises(NoSuchSeries):
        bench.series(answer="99")
    with pytest.raises(NoSuchSeries):
        bench.series(answer="1", origin="trial")


def test_what_can_be_read_has_two_waves_of_one_origin(bench: Bench) -> None:
    with bench.database.reading() as session:
        found = trends.offered(session, "fr")
    assert {(one.variable, one.origin, one.waves) for one in found if one.variable == VARIABLE} == {
        (VARIABLE, "respondent", 3)
    }


def test_the_published_opinion_of_citizens_breaks_twice() -> None:
    series = published_trends.published_series("opinion_citoyens", "fr")
    assert [[round(100 * (one.value or 0)) for one in run] for run in series.runs] == [[86, 84], [69, 74], [81]]
    assert [one.on.year for one in series.points] == [2008, 2012, 2015, 2019, 2020]
    assert [one.base for one in series.points] == [None, None, 2000, 2400, None]
    assert [one.low is None for one in series.points] == [True, True, False, False, True]
    tested = [step.gap for step in series.steps]
    assert [gap is None for gap in tested] == [True, True, False, True]
    assert tested[2] is not None
    assert tested[2].is_significant
