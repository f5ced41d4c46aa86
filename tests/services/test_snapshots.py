"""Snapshots: a pure function of their inputs, cheap to refresh, honest when they cannot be weighted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from app.db import Database
from app.models import Segment, Submission
from app.services import folding, snapshots, tallies
from app.services.snapshots import AggregatesDiffer
from app.storage import FolderStorage
from tests.factories import (
    BY_SEX,
    TWO_PAGES,
    Field,
    get_wave,
    launch,
    payload,
    resend,
    segments_of,
    send_many,
    snapshots_of,
)
from tests.journeys import (
    PausedStorage,
    WatchedStorage,
    answer_all,
    at_once,
    database_url,
    fold,
    opened,
    refresh,
    withdraw,
)

WOMAN = payload(TWO_PAGES, sexe=2, region=1, confiance=8, engage=1)
MAN = payload(TWO_PAGES, sexe=1, region=2, confiance=3, engage=2)


@pytest.fixture
def storage(tmp_path: Path) -> WatchedStorage:
    return WatchedStorage(tmp_path / "storage")


@pytest.fixture
def wave(database: Database) -> Field:
    return launch(database, shares=BY_SEX)


def fold_and_refresh(wave: Field, storage: FolderStorage) -> None:
    fold(wave, storage)
    refresh(wave, storage)


def estimator_of(wave: Field, storage: FolderStorage) -> Any:
    return snapshots.read_estimator(storage, snapshots_of(wave)[-1].content_hash)


def test_the_snapshot_weights_the_wave_on_its_margins(wave: Field, storage: WatchedStorage) -> None:
    send_many(wave, [MAN, MAN, MAN, WOMAN], 40)
    fold_and_refresh(wave, storage)
    (snapshot,) = snapshots_of(wave)
    assert (snapshot.responses, snapshot.problem, snapshot.number) == (40, None, 1)
    engaged = estimator_of(wave, storage).estimate("engage")
    # Women, all engaged, are 52 % of the population and 25 % of those who answered.
    assert engaged.value[0][0] == pytest.approx(0.52)
    with wave.database.reading() as session:
        summary = snapshots.latest_snapshot(session, get_wave(wave))
    assert summary is not None
    assert (summary.weighting_number, summary.responses) == (1, 40)


def test_before_the_first_fold_there_is_none_and_of_nobody_no_weights(wave: Field, storage: WatchedStorage) -> None:
    with wave.database.reading() as session:
        assert snapshots.latest_snapshot(session, get_wave(wave)) is None
    refresh(wave, storage)
    assert [(one.responses, one.problem) for one in snapshots_of(wave)] == [(0, "TallyIsEmpty")]
    assert estimator_of(wave, storage) is None


def test_the_same_inputs_give_the_same_snapshot(database: Database, tmp_path: Path) -> None:
    hashes = []
    for place, batch in (("here", 1), ("there", 7)):
        wave, storage = launch(database, shares=BY_SEX, key=place), WatchedStorage(tmp_path / place)
        send_many(wave, [MAN, WOMAN, WOMAN], 21)
        with database.transaction() as session:
            claims = [folding.claim_submissions(session, wave.wave_id, batch) for _ in range(21 // batch)]
        for claim in claims:
            assert claim is not None
            folding.fold_claim(database, storage, None, wave.wave_id, claim)
        refresh(wave, storage)
        hashes.append(snapshots_of(wave)[-1].content_hash)
    assert hashes[0] == hashes[1], "however it was folded, the same answers give the same bytes"


def test_a_snapshot_is_made_once(wave: Field, storage: WatchedStorage) -> None:
    send_many(wave, [MAN, WOMAN], 4)
    fold(wave, storage)
    with wave.database.reading() as session:
        assert folding.waves_to_refresh(session) == [wave.wave_id]
    assert refresh(wave, storage)
    assert not refresh(wave, storage)
    with wave.database.reading() as session:
        assert folding.waves_to_refresh(session) == []
    assert len(snapshots_of(wave)) == 1


def test_a_refresh_reads_no_segment_that_was_counted(wave: Field, storage: WatchedStorage) -> None:
    for _ in range(3):
        send_many(wave, [MAN, WOMAN], 10)
        fold_and_refresh(wave, storage)
    known = {segment.content_hash for segment in segments_of(wave)}
    send_many(wave, [WOMAN], 1)
    fold(wave, storage)
    storage.read.clear()
    assert refresh(wave, storage)
    segments_read = [name for kind, name in storage.read if kind == folding.SEGMENTS]
    assert len(segments_read) == 1
    assert known.isdisjoint(segments_read)
    assert snapshots_of(wave)[-1].responses == 31


def test_a_merge_changes_the_files_and_not_the_figures(wave: Field, storage: WatchedStorage) -> None:
    for _ in range(3):
        send_many(wave, [MAN, WOMAN], 10)
        fold_and_refresh(wave, storage)
    before = snapshots_of(wave)[-1]
    assert folding.merge_segments(wave.database, storage, wave.wave_id, 2)
    with wave.database.reading() as session:
        assert folding.waves_to_refresh(session) == [wave.wave_id]
    assert refresh(wave, storage)
    after = snapshots_of(wave)[-1]
    assert after.inputs_hash != before.inputs_hash
    assert (after.content_hash, after.responses) == (before.content_hash, before.responses)


def test_corrected_and_withdrawn_answers_leave_the_next_snapshot(wave: Field, storage: WatchedStorage) -> None:
    person = answer_all(wave, sexe=1)
    send_many(wave, [MAN, WOMAN], 4)
    fold_and_refresh(wave, storage)
    assert snapshots_of(wave)[-1].responses == 5
    withdraw(wave, person.receipt)
    resend(wave, person.state.id + 1, WOMAN, 2)
    fold_and_refresh(wave, storage)
    latest = snapshots_of(wave)[-1]
    assert latest.responses == 4
    assert estimator_of(wave, storage).estimate("sexe").count.tolist()[0] == [1, 3]


@pytest.mark.parametrize(
    ("sent", "shares", "problem"),
    [
        ([MAN], BY_SEX, "EmptyMarginCategory"),
        ([MAN, WOMAN], {"sexe": {"homme": "80", "femme": "90"}}, "MarginsDoNotAddUp"),
        ([MAN, WOMAN], {"sexe": {"homme": "100"}}, "UnknownCategory"),
        ([MAN, WOMAN], None, "NoMargins"),
    ],
)
def test_impossible_weights_give_an_unweighted_snapshot_that_says_so(
    database: Database,
    storage: WatchedStorage,
    sent: list[dict[str, Any]],
    shares: dict[str, dict[str, str]] | None,
    problem: str,
) -> None:
    wave = launch(database, shares=shares)
    send_many(wave, sent, 12)
    fold_and_refresh(wave, storage)
    (snapshot,) = snapshots_of(wave)
    assert (snapshot.problem, snapshot.responses) == (problem, 12)
    counted = estimator_of(wave, storage).estimate("sexe")
    raw = [sent.count(MAN) / len(sent), sent.count(WOMAN) / len(sent)]
    assert counted.value[0].tolist() == pytest.approx(raw)
    with database.reading() as session:
        summary = snapshots.latest_snapshot(session, get_wave(wave))
        assert folding.waves_to_refresh(session) == [], "it is not tried again and again"
    assert summary is not None
    assert summary.weighting_number is None
    assert snapshots.verify_wave(database, storage, wave.wave_id).n == 12


def test_a_slow_worker_does_not_put_an_older_state_in_front(wave: Field, storage: WatchedStorage) -> None:
    send_many(wave, [MAN, WOMAN], 4)
    fold(wave, storage)
    slow = PausedStorage(storage.folder)
    slow.meanwhile = partial(catch_up, wave, storage)
    assert not refresh(wave, slow)
    assert snapshots_of(wave)[-1].responses == 6
    with wave.database.reading() as session:
        assert folding.waves_to_refresh(session) == []


def catch_up(wave: Field, storage: FolderStorage) -> None:
    """Two more people, folded and counted by a quicker worker."""
    send_many(wave, [MAN, WOMAN], 2)
    fold_and_refresh(wave, storage)


def refresh_often(url: str, folder: Path, wave_id: int, times: int) -> int:
    with opened(url) as database:
        return sum(snapshots.refresh_snapshot(database, FolderStorage(folder), wave_id) for _ in range(times))


def test_two_workers_that_refresh_at_once_agree(wave: Field, storage: WatchedStorage) -> None:
    send_many(wave, [MAN, WOMAN], 50)
    fold(wave, storage)
    call = partial(refresh_often, database_url(wave), storage.folder, wave.wave_id, 5)
    assert sum(at_once(call, call)) >= 1
    latest = snapshots_of(wave)
    assert len(latest) == 1
    assert latest[0].responses == 50


def test_only_the_latest_snapshots_are_kept_with_their_files(wave: Field, storage: WatchedStorage) -> None:
    for _ in range(snapshots.KEPT + 3):
        send_many(wave, [MAN, WOMAN], 2)
        fold_and_refresh(wave, storage)
    kept = snapshots_of(wave)
    assert [one.number for one in kept] == list(range(4, snapshots.KEPT + 4))
    folding.sweep_files(wave.database, storage, older_than=-10)
    assert set(storage.names(folding.SNAPSHOTS, -10)) == {one.content_hash for one in kept}
    assert estimator_of(wave, storage) is not None


def lose_a_submission(wave: Field) -> None:
    with wave.database.transaction() as session:
        session.execute(update(Segment).values(retired_at=get_wave(wave).opened_at))


def count_one_twice(wave: Field) -> None:
    segment = segments_of(wave)[0]
    with wave.database.transaction() as session:
        session.add(
            Segment(
                wave_id=segment.wave_id,
                version_id=segment.version_id,
                content_hash=segment.content_hash,
                row_count=segment.row_count,
                created_at=segment.created_at,
            )
        )


def change_an_answer(wave: Field) -> None:
    with wave.database.transaction() as session:
        session.execute(update(Submission).values(payload=WOMAN))


@pytest.mark.parametrize("harm", [lose_a_submission, count_one_twice, change_an_answer])
def test_a_recount_finds_what_was_lost_doubled_or_changed(
    wave: Field, storage: WatchedStorage, harm: Callable[[Field], None]
) -> None:
    send_many(wave, [MAN], 3)
    fold(wave, storage)
    assert snapshots.verify_wave(wave.database, storage, wave.wave_id).n == 3
    harm(wave)
    with pytest.raises(AggregatesDiffer):
        snapshots.verify_wave(wave.database, storage, wave.wave_id)


def test_a_snapshot_file_is_read_as_it_was_written(wave: Field, storage: WatchedStorage) -> None:
    send_many(wave, [MAN, WOMAN], 4)
    fold_and_refresh(wave, storage)
    content = storage.get(folding.SNAPSHOTS, snapshots_of(wave)[-1].content_hash)
    assert snapshots.pack(*snapshots.unpack(content)) == content
    with pytest.raises(ValueError, match="not a snapshot"):
        snapshots.unpack(content[1:])


def test_another_recipe_or_another_layout_is_another_snapshot(wave: Field) -> None:
    with wave.database.snapshot() as session:
        inputs = tallies.read_inputs(session, wave.wave_id)
    assert replace(inputs, weighting=None).digest != inputs.digest
    assert replace(inputs, superseded={}).digest == inputs.digest
