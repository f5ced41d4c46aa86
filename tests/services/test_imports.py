"""Past waves: a file of an earlier study is mapped to a version, reviewed, and enters the same tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, update

from app.db import Database, now
from app.models import AuditEvent, Import, Job, Response, Snapshot, Submission, Wave, Weighting
from app.services import folding, jobs, snapshots
from app.services.analysis import WaveTables
from app.services.imports import keeping, running
from app.services.imports.keeping import ImportIsBusy, ImportIsNotReviewed, ReportIsStale, ValuesAreUnknown
from app.services.imports.mapping import write_mapping
from app.services.imports.parsing import MappingIsInvalid
from app.storage import FolderStorage
from questionnaires import codebook
from questionnaires.model import Absence
from tests.factories import Field, count_rows, get_wave, launch, payload, payloads, send_many
from tests.journeys import fold
from tests.studies import STUDY, Study, csv_of, publish, tally_of


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "storage")


def exported(field: Field) -> bytes:
    """The answers of a wave as a file: the value of each variable, or the code of its absence."""

    def cell(one: codebook.Variable, sent: Mapping[str, Any]) -> object:
        value = sent["values"].get(one.name)
        if value is None:
            return sent["absences"][one.name]
        return value / 10**one.decimals if one.decimals else value

    asked = codebook.variables(field.questionnaire)
    return csv_of([{one.name: cell(one, sent) for one in asked} for sent in payloads(field)])


PEOPLE = [
    payload(STUDY, sexe=1, region=2, confiance=3, freins=(1, 3), effectif=125, mots="bien"),
    payload(STUDY, sexe=2, region=1, confiance=Absence.NO_OPINION, freins=(2,)),
    payload(STUDY, sexe=2, region=2, confiance=10, freins=(1, 2, 3), effectif=0),
]


def test_a_wave_exported_and_imported_again_has_the_same_tables(database: Database, storage: FolderStorage) -> None:
    wave = launch(database, STUDY)
    send_many(wave, PEOPLE, 45)
    fold(wave, storage)
    again = Study(database, storage, wave.version_id, exported(wave)).run()
    assert tally_of(again, storage) == tally_of(wave, storage)
    assert sorted(map(str, payloads(again))) == sorted(map(str, payloads(wave)))
    with database.reading() as session:
        row = session.get_one(Wave, again.wave_id)
        assert (row.status, row.origin) == ("closed", "respondent")
        assert row.method["source_file"] == "Étude 2015.csv"
        snapshots.verify_wave(database, storage, again.wave_id)
        assert WaveTables(session, storage, row, "fr").table("sexe").rows[0].base == 45


WRONG = [{"sexe": "1", "region": "1"}] * 20 + [{"sexe": "7", "region": "2"}] * 3 + [{"sexe": "8", "region": "2"}] * 12


def test_values_outside_the_version_are_refused_or_become_an_absence(
    database: Database, storage: FolderStorage
) -> None:
    study = Study(database, storage, publish(database, STUDY), csv_of(WRONG))
    few, many = study.row.report["unknown"]
    assert (few["column"], few["variable"], few["value"], few["first"], few["count"]) == ("sexe", "sexe", "7", 21, None)
    assert (many["value"], many["first"], many["count"]) == ("8", 24, 12)
    with pytest.raises(ValuesAreUnknown):
        study.review()
    study.edit(unknown_codes="skipped")
    wave = study.run()
    assert [one["absences"].get("sexe") for one in payloads(wave)] == [None] * 20 + [-4] * 15
    assert len(study.row.report["unknown"]) == 2, "what became an absence is still told"


def test_nothing_is_imported_that_nobody_has_read(database: Database, storage: FolderStorage) -> None:
    study = Study(database, storage, publish(database, STUDY), csv_of([{"sexe": "1"}] * 12))
    with pytest.raises(ImportIsNotReviewed):
        study.ask()
    study.review()
    study.edit(unknown_codes="skipped")
    assert (study.row.status, study.row.reviewed_by) == ("proposed", None)
    with pytest.raises(ImportIsNotReviewed):
        study.ask()
    with database.transaction() as session:
        row = keeping.get_import(session, study.id, is_locked=True)
        keeping.edit_mapping(session, None, row, write_mapping({**row.mapping, "unknown_codes": "refuse"}).encode())
    with pytest.raises(ReportIsStale):
        study.review()
    study.read()
    study.run()
    with pytest.raises(ImportIsBusy):
        study.edit(unknown_codes="skipped")


def test_another_file_than_the_one_approved_is_not_imported(database: Database, storage: FolderStorage) -> None:
    study = Study(database, storage, publish(database, STUDY), csv_of([{"sexe": "1"}] * 12))
    study.review()
    study.ask()
    with database.transaction() as session:
        other = storage.put(keeping.FILES, csv_of([{"sexe": "2"}] * 12))
        session.execute(update(Import).values(content_hash=other))
    running.run_import(database, storage, None, study.id)
    problem = keeping.problem_of(study.row)
    assert study.row.status == "failed"
    assert problem is not None
    assert problem["code"] == "other-file"


def weighted(classes: int, count: int = 240) -> list[dict[str, object]]:
    """People of both sexes and all scores, with so many distinct weights."""
    return [
        {"sexe": 1 + place % 2, "region": 1, "confiance": place % 11, "POIDS": f"{0.5 + place % classes / 7:.6f}"}
        for place in range(count)
    ]


@pytest.mark.parametrize(("classes", "is_exact"), [(5, True), (120, False)])
def test_the_weights_of_a_file_weight_its_tables(
    sqlite_url: str, storage: FolderStorage, classes: int, is_exact: bool
) -> None:
    database, rows = Database(sqlite_url), weighted(classes)
    study = Study(database, storage, publish(database, STUDY), csv_of(rows))
    assert study.row.report["weights"] == {
        "column": "POIDS",
        "is_exact": is_exact,
        "classes": classes if is_exact else 0,
    }
    wave = study.run()
    with database.reading() as session:
        summary = snapshots.latest_snapshot(session, get_wave(wave))
        table = WaveTables(session, storage, get_wave(wave), "fr").table("sexe")
    assert summary is not None
    estimator = snapshots.read_estimator(storage, summary.content_hash)
    assert estimator is not None
    assert (summary.problem, summary.weighting_number, estimator.tally.is_exact) == (None, 1, is_exact)
    weights = np.asarray([float(str(one["POIDS"])) for one in rows])
    men = np.asarray([one["sexe"] == 1 for one in rows])
    scores = np.asarray([one["confiance"] for one in rows])
    assert estimator.estimate("sexe").value[0][0] == pytest.approx(weights[men].sum() / weights.sum(), rel=1e-12)
    mean = estimator.estimate("confiance", kind="mean").value[0][0]
    assert mean == pytest.approx((weights * scores).sum() / weights.sum(), rel=1e-12)
    assert "poids du fichier" in table.reading.weighting
    assert any("virgule flottante" in one for one in table.reading.notes) is not is_exact
    snapshots.verify_wave(database, storage, wave.wave_id)
    database.close()


def test_a_recipe_without_base_ignores_the_weights_of_the_file(sqlite_url: str, storage: FolderStorage) -> None:
    database = Database(sqlite_url)
    wave = Study(database, storage, publish(database, STUDY), csv_of(weighted(5))).run()
    before = tally_of(wave, storage)
    with database.transaction() as session:
        row = session.scalars(select(Weighting)).one()
        row.recipe = {**row.recipe, "base": "none"}
    after = tally_of(wave, storage)
    assert (before.layout.base_weights is None, after.layout.base_weights is None) == (False, True)
    assert after.n == before.n == 240
    database.close()


def test_a_weight_that_is_none_stops_the_import(sqlite_url: str, storage: FolderStorage) -> None:
    database = Database(sqlite_url)
    study = Study(database, storage, publish(database, STUDY), csv_of([{"sexe": 1, "p": 1}, {"sexe": 2, "p": 0}]))
    study.edit(weight={"column": "p"})
    bad = study.row.report["bad_weights"]
    assert (bad["column"], bad["value"], bad["first"], bad["count"]) == ("p", "0", 2, None)
    with pytest.raises(ValuesAreUnknown):
        study.review()
    database.close()


class MortalDatabase(Database):
    """A database whose process dies after so many transactions."""

    def __init__(self, url: str, lives: int) -> None:
        super().__init__(url)
        self.lives = lives

    def transaction(self) -> Any:
        self.lives -= 1
        if self.lives < 0:
            raise SystemExit
        return super().transaction()


def test_a_process_killed_at_any_moment_leaves_nothing_half_counted(
    database: Database, storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "CHUNK", 7)
    study = Study(database, storage, publish(database, STUDY), csv_of(weighted(3, 40)))
    study.review()
    study.ask()
    for lives in (1, 2, 1, 3):
        mortal = MortalDatabase(database.url.render_as_string(hide_password=False), lives)
        with pytest.raises(SystemExit):
            running.run_import(mortal, storage, None, study.id)
        mortal.close()
        row = study.row
        assert (row.status, row.base_weights) == ("running", None)
        assert row.wave_id is not None
        assert folding.fold_wave(database, storage, None, row.wave_id) == 0, "nothing is counted before all is there"
    running.run_import(database, storage, None, study.id)
    running.run_import(database, storage, None, study.id)  # a message that comes twice
    wave = study.counted()
    assert tally_of(wave, storage).n == 40
    assert [one["values"]["confiance"] for one in payloads(wave)] == [one["confiance"] for one in weighted(3, 40)]


def test_an_import_that_was_a_mistake_is_withdrawn_whole(database: Database, storage: FolderStorage) -> None:
    kept = launch(database, STUDY)
    send_many(kept, PEOPLE, 12)
    fold(kept, storage)
    study = Study(database, storage, kept.version_id, csv_of(weighted(3, 40)))
    wave = study.run()
    study.withdraw()
    with database.reading() as session:
        for table in (Response, Submission, Snapshot, Weighting):
            assert session.scalars(select(table).where(table.wave_id == wave.wave_id)).all() == []
        assert session.get(Wave, wave.wave_id) is None
        assert "withdraw-import" in session.scalars(select(AuditEvent.action)).all()
    assert (study.row.status, study.row.wave_id) == ("proposed", None)
    assert tally_of(kept, storage).n == 12
    assert tally_of(study.run(), storage).n == 40, "it may be imported again"


def test_published_results_keep_their_wave(sqlite_url: str, storage: FolderStorage) -> None:
    database = Database(sqlite_url)
    study = Study(database, storage, publish(database, STUDY), csv_of(weighted(3, 40)))
    wave = study.run()
    with database.transaction() as session:
        session.execute(update(Weighting).values(frozen_at=now(), frozen_for="2026"))
    with pytest.raises(keeping.WaveIsFrozen):
        study.withdraw()
    assert count_rows(database, Response, Response.wave_id == wave.wave_id) == 40
    database.close()


def test_the_job_tells_how_far_it_is_and_may_be_taken_up_again(sqlite_url: str, storage: FolderStorage) -> None:
    database = Database(sqlite_url)
    study = Study(database, storage, publish(database, STUDY), csv_of(weighted(3, 40)))
    study.review()
    study.ask()
    job_id = study.row.job_id
    assert job_id is not None
    with database.transaction() as session:
        session.get_one(Job, job_id).status = "failed"
    study.ask()
    again = study.row.job_id
    assert again is not None
    with jobs.running(database, again) as ids:
        assert ids == [study.id]
        running.run_import(database, storage, None, study.id, again)
    with database.reading() as session:
        told = jobs.job_progress(session, again)
    assert told is not None
    assert (told.status, told.done, told.total) == ("done", 40, 40)
    database.close()


def test_two_imports_do_not_share_an_address(sqlite_url: str, storage: FolderStorage) -> None:
    database = Database(sqlite_url)
    version_id = publish(database, STUDY)
    Study(database, storage, version_id, csv_of(weighted(3, 40))).run()
    other = Study(database, storage, version_id, csv_of(weighted(4, 40)))
    with pytest.raises(MappingIsInvalid):
        other.review()
    database.close()


def test_the_file_of_an_import_that_is_removed_is_swept(sqlite_url: str, storage: FolderStorage) -> None:
    database = Database(sqlite_url)
    kept = Study(database, storage, publish(database, STUDY), csv_of(weighted(3, 12)))
    gone = Study(database, storage, kept.row.version_id, csv_of(weighted(4, 12)))
    gone_hash = gone.row.content_hash
    with database.transaction() as session:
        keeping.remove_import(session, keeping.get_import(session, gone.id, is_locked=True))
    with database.snapshot() as session:
        assert keeping.sweep_files(session, storage, -1.0) == 1
    assert list(storage.names(keeping.FILES, -1.0)) == [kept.row.content_hash]
    assert gone_hash != kept.row.content_hash
    database.close()
