"""Folding: each submission in one segment, once, whoever dies when; the aggregates are those of the rows."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import random
import time
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, update

from app import microdata
from app.db import Database, now
from app.models import Response, Submission
from app.services import folding, snapshots, tallies
from app.storage import FileIsMissing, FolderStorage
from tests.conftest import IS_FULL
from tests.factories import (
    BY_SEX,
    TWO_PAGES,
    Field,
    count_rows,
    launch,
    launch_shipped,
    payload,
    payloads,
    resend,
    segments_of,
    send_many,
    simulate,
    snapshots_of,
)
from tests.journeys import (
    PausedStorage,
    answer_all,
    at_once,
    claim,
    database_url,
    expect_whole,
    fold,
    fold_in_batches,
    fold_under_kills,
    fold_until_done,
    let_leases_end,
    merge_until_folded,
    refresh,
    withdraw,
)

WOMAN = payload(TWO_PAGES, sexe=2, region=1, confiance=8, engage=1)
MAN = payload(TWO_PAGES, sexe=1, region=2, confiance=3, engage=2)
UNDER_KILLS = 20_000 if IS_FULL else 3_000
"""Real workers fold 20,000 under kills in `tests/worker`; here a fold dies much more often."""


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "storage")


@pytest.fixture
def wave(database: Database) -> Field:
    return launch(database, shares=BY_SEX)


def tally_of(wave: Field, storage: FolderStorage) -> tuple[int, int]:
    """How many men and how many women the aggregates hold."""
    with wave.database.snapshot() as session:
        inputs = tallies.read_inputs(session, wave.wave_id)
    men, women = tallies.count_wave(storage, inputs).answers("sexe").sum(axis=0)
    return int(men), int(women)


def response_ids(wave: Field) -> list[int]:
    with wave.database.reading() as session:
        return list(session.scalars(select(Response.id).where(Response.wave_id == wave.wave_id).order_by(Response.id)))


def age(storage: FolderStorage) -> None:
    """Two hours pass for the files."""
    for path in storage.folder.rglob("*"):
        os.utime(path, (time.time() - 7_200,) * 2)


def segment_files(storage: FolderStorage) -> set[str]:
    return set(storage.names(folding.SEGMENTS, -10))


# -- one step after the other ---------------------------------------------------------------------


def test_what_is_sent_is_folded_once(wave: Field, storage: FolderStorage) -> None:
    for sexe in (1, 2, 2):
        answer_all(wave, sexe=sexe)
    assert fold(wave, storage) == 3
    assert fold(wave, storage) == 0
    assert tally_of(wave, storage) == (1, 2)
    expect_whole(wave, storage, 3)
    (segment,) = segments_of(wave)
    assert (segment.row_count, segment.version_id) == (3, wave.version_id)
    assert segment_files(storage) == {segment.content_hash}


def test_an_empty_wave_folds_nothing(wave: Field, storage: FolderStorage) -> None:
    assert fold(wave, storage) == 0
    assert segments_of(wave) == []
    with wave.database.reading() as session:
        assert folding.waves_to_fold(session) == []
        assert folding.waves_to_refresh(session) == []


def test_a_segment_holds_every_variable_of_the_codebook(database: Database, storage: FolderStorage) -> None:
    wave = launch_shipped(database)
    simulate(wave, 40)
    complete = count_rows(database, Submission)
    assert fold(wave, storage) == complete
    content = storage.get(folding.SEGMENTS, segments_of(wave)[0].content_hash)
    named = {variable.name for variable in folding.segment_variables(wave.questionnaire)}
    assert named <= set(microdata.column_names(content))
    expect_whole(wave, storage, complete)


def test_the_waves_are_apart(wave: Field, storage: FolderStorage) -> None:
    other = launch(wave.database, key="ailleurs")
    send_many(wave, [MAN], 3)
    send_many(other, [WOMAN], 4)
    with wave.database.reading() as session:
        assert sorted(folding.waves_to_fold(session)) == sorted([wave.wave_id, other.wave_id])
    assert fold(wave, storage) == 3
    with wave.database.reading() as session:
        assert folding.waves_to_fold(session) == [other.wave_id]
    assert fold(other, storage) == 4
    assert tally_of(wave, storage) == (3, 0)
    assert tally_of(other, storage) == (0, 4)


def test_a_claim_is_a_lease(wave: Field, storage: FolderStorage) -> None:
    send_many(wave, [MAN, WOMAN], 10)
    dead = claim(wave, batch=6)
    with wave.database.reading() as session:
        assert folding.waves_to_fold(session) == [wave.wave_id], "four are free"
    assert fold(wave, storage) == 4, "the six are somebody's"
    with wave.database.reading() as session:
        assert folding.waves_to_fold(session) == []
        assert folding.has_unfolded(session, wave.wave_id)
    let_leases_end(wave)
    assert fold(wave, storage) == 6
    assert folding.fold_claim(wave.database, storage, None, wave.wave_id, dead) == 0, "it is too late for the first"
    expect_whole(wave, storage, 10)


def test_a_claim_goes_round_the_leases_of_others(wave: Field, storage: FolderStorage) -> None:
    send_many(wave, [MAN, WOMAN], 10)
    claim(wave, batch=3)
    let_leases_end(wave)
    dead, alive = claim(wave, batch=3), claim(wave, batch=3)
    with wave.database.transaction() as session:
        ended = update(Submission).where(Submission.claim == dead.token)
        session.execute(ended.values(claimed_until=now() - dt.timedelta(seconds=1)))
    assert len(claim(wave).submission_ids) == 7, "those before and those after"
    assert folding.fold_claim(wave.database, storage, None, wave.wave_id, alive) == 3, "its lease was respected"


def test_a_late_fold_that_nobody_replaced_is_kept(wave: Field, storage: FolderStorage) -> None:
    send_many(wave, [MAN], 5)
    slow = claim(wave)
    let_leases_end(wave)
    assert folding.fold_claim(wave.database, storage, None, wave.wave_id, slow) == 5
    expect_whole(wave, storage, 5)


def test_a_late_fold_of_which_a_part_was_taken_records_nothing(wave: Field, storage: FolderStorage) -> None:
    send_many(wave, [MAN], 10)
    slow = claim(wave)
    let_leases_end(wave)
    quick = claim(wave, batch=3)
    assert folding.fold_claim(wave.database, storage, None, wave.wave_id, quick) == 3
    assert folding.fold_claim(wave.database, storage, None, wave.wave_id, slow) == 0
    assert len(segments_of(wave)) == 1
    let_leases_end(wave)
    fold(wave, storage)
    expect_whole(wave, storage, 10)


def test_death_after_the_file_is_written_leaves_an_orphan_that_is_swept(wave: Field, storage: FolderStorage) -> None:
    send_many(wave, [MAN, WOMAN], 4)
    dead = claim(wave)
    orphan = storage.put(
        folding.SEGMENTS, microdata.write_segment(dead.rows[:2], folding.segment_variables(wave.questionnaire))
    )
    let_leases_end(wave)
    fold(wave, storage)
    refresh(wave, storage)
    assert folding.sweep_files(wave.database, storage) == 0, "young files may belong to work in progress"
    age(storage)
    assert folding.sweep_files(wave.database, storage) == 1
    with pytest.raises(FileIsMissing):
        storage.get(folding.SEGMENTS, orphan)
    expect_whole(wave, storage, 4)
    assert folding.sweep_files(wave.database, storage) == 0


# -- corrections and withdrawals ------------------------------------------------------------------


@pytest.mark.parametrize("is_folded_between", [False, True])
def test_a_correction_replaces_what_was_sent(wave: Field, storage: FolderStorage, is_folded_between: bool) -> None:
    send_many(wave, [MAN], 3)
    if is_folded_between:
        fold(wave, storage)
    resend(wave, response_ids(wave)[0], WOMAN, 2)
    fold(wave, storage)
    assert tally_of(wave, storage) == (2, 1)
    assert snapshots.verify_wave(wave.database, storage, wave.wave_id).n == 3


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
def test_corrections_count_once_in_whatever_order_they_are_folded(
    wave: Field, storage: FolderStorage, order: tuple[int, ...]
) -> None:
    send_many(wave, [MAN], 1)
    (response,) = response_ids(wave)
    resend(wave, response, MAN, 2)
    resend(wave, response, WOMAN, 3)
    claims = {number: claim(wave, batch=1) for number in (1, 2, 3)}
    for number in order:
        folding.fold_claim(wave.database, storage, None, wave.wave_id, claims[number])
        assert sum(tally_of(wave, storage)) == 1, "never twice, not even for a moment"
        snapshots.verify_wave(wave.database, storage, wave.wave_id)
    assert tally_of(wave, storage) == (0, 1)


@pytest.mark.parametrize("moment", ["before the fold", "while it is folded", "after the fold"])
def test_a_withdrawal_leaves_the_aggregates_whenever_it_comes(wave: Field, storage: FolderStorage, moment: str) -> None:
    person, _other = answer_all(wave, sexe=1), answer_all(wave, sexe=2)
    if moment == "while it is folded":
        taken = claim(wave)
        assert withdraw(wave, person.receipt)
        folding.fold_claim(wave.database, storage, None, wave.wave_id, taken)
    else:
        if moment == "after the fold":
            fold(wave, storage)
            assert tally_of(wave, storage) == (1, 1)
        assert withdraw(wave, person.receipt)
    snapshots.verify_wave(wave.database, storage, wave.wave_id)
    fold(wave, storage)
    assert tally_of(wave, storage) == (0, 1)
    assert snapshots.verify_wave(wave.database, storage, wave.wave_id).n == 1


def test_erased_rows_leave_the_segments(wave: Field, storage: FolderStorage) -> None:
    people = [answer_all(wave, sexe=1) for _ in range(3)]
    fold(wave, storage)
    withdraw(wave, people[0].receipt)
    fold(wave, storage)
    refresh(wave, storage)
    gone = people[0].state.public_id
    assert gone in texts_held(wave, storage)
    assert folding.erase_superseded(wave.database, storage, wave.wave_id)
    assert gone not in texts_held(wave, storage)
    assert not folding.erase_superseded(wave.database, storage, wave.wave_id), "there is nothing left to erase"
    assert tally_of(wave, storage) == (2, 0)
    refresh(wave, storage)
    age(storage)
    folding.sweep_files(wave.database, storage)
    assert not any(gone in microdata.read_texts(content, "response") for content in contents(storage))
    expect_whole(wave, storage, 2)


def contents(storage: FolderStorage) -> list[bytes]:
    return [storage.get(folding.SEGMENTS, name) for name in segment_files(storage)]


def texts_held(wave: Field, storage: FolderStorage) -> set[str | None]:
    """The public ids in the live segments."""
    live = [segment for segment in segments_of(wave) if segment.retired_at is None]
    files = [storage.get(folding.SEGMENTS, segment.content_hash) for segment in live]
    return {one for content in files for one in microdata.read_texts(content, "response")}


# -- merging --------------------------------------------------------------------------------------


def fold_one_by_one(wave: Field, storage: FolderStorage, batch: int = 1) -> None:
    with wave.database.reading() as session:
        waiting = folding.has_unfolded(session, wave.wave_id)
    while waiting:
        folding.fold_claim(wave.database, storage, None, wave.wave_id, claim(wave, batch))
        with wave.database.reading() as session:
            waiting = folding.has_unfolded(session, wave.wave_id)


def test_small_segments_are_merged_into_the_bytes_of_one_fold(wave: Field, storage: FolderStorage) -> None:
    send_many(wave, [MAN, WOMAN], 6)
    fold_one_by_one(wave, storage)
    before = tally_of(wave, storage)
    assert not folding.merge_segments(wave.database, storage, wave.wave_id, 6), "six are not more than six"
    assert folding.merge_segments(wave.database, storage, wave.wave_id, 5)
    live = [segment for segment in segments_of(wave) if segment.retired_at is None]
    assert [segment.row_count for segment in live] == [6]
    with wave.database.reading() as session:
        rows = session.execute(
            select(Submission.id, Response.public_id, Submission.payload).join(
                Response, Response.id == Submission.response_id
            )
        ).all()
    at_once_rows = [microdata.SegmentRow(one, who, sent["values"], sent["absences"]) for one, who, sent in rows]
    whole = microdata.write_segment(at_once_rows, folding.segment_variables(wave.questionnaire))
    assert storage.get(folding.SEGMENTS, live[0].content_hash) == whole
    assert tally_of(wave, storage) == before
    expect_whole(wave, storage, 6)


def test_a_merge_that_comes_second_changes_nothing(wave: Field, storage: FolderStorage) -> None:
    send_many(wave, [MAN, WOMAN], 6)
    fold_one_by_one(wave, storage)
    call = partial(folding.merge_segments, wave.database, storage, wave.wave_id, 2)
    assert call()
    assert not call()
    expect_whole(wave, storage, 6)


def test_of_two_merges_at_once_one_is_recorded(wave: Field, storage: FolderStorage) -> None:
    send_many(wave, [MAN, WOMAN], 6)
    fold_one_by_one(wave, storage)
    slow = PausedStorage(storage.folder)
    quick = partial(folding.merge_segments, wave.database, storage, wave.wave_id, 2)
    slow.meanwhile = quick
    assert not folding.merge_segments(wave.database, slow, wave.wave_id, 2)
    expect_whole(wave, storage, 6)


def test_merging_while_others_fold_loses_nothing(wave: Field, storage: FolderStorage, database_url: str) -> None:
    send_many(wave, [MAN, WOMAN], 400)
    folded, merges = at_once(
        partial(fold_until_done, database_url, storage.folder, wave.wave_id, 20),
        partial(merge_until_folded, database_url, storage.folder, wave.wave_id),
    )
    assert folded == 400
    assert merges > 0
    expect_whole(wave, storage, 400)


# -- processes ------------------------------------------------------------------------------------


def test_two_workers_fold_each_submission_once(wave: Field, storage: FolderStorage, database_url: str) -> None:
    send_many(wave, [MAN, WOMAN, WOMAN], 900)
    work = partial(fold_until_done, database_url, storage.folder, wave.wave_id, 25)
    shares = at_once(work, work)
    assert sum(shares) == 900
    assert min(shares) > 0, "both had a part"
    assert tally_of(wave, storage) == (300, 600)
    expect_whole(wave, storage, 900)


def test_folding_under_kills_counts_everyone_once(database: Database, storage: FolderStorage) -> None:
    """Responses of the shipped questionnaire; the fold dies at random moments."""
    wave = launch_shipped(database)
    simulate(wave, 60)
    people = payloads(wave)
    count = UNDER_KILLS
    send_many(wave, people, count - len(people), origin="simulated")
    chance = random.Random(count)
    moments = (chance.uniform(0.02, 0.5 if IS_FULL else 0.15) for _ in range(60 if IS_FULL else 14))
    killed = fold_under_kills(wave, storage.folder, moments, batch=count // 40)
    assert killed >= 5, "the fold ended before it was killed: the test proves little"
    fold_in_batches(database_url(wave), storage.folder, wave.wave_id, 5_000)
    refresh(wave, storage)
    age(storage)
    folding.sweep_files(database, storage)
    live = {segment.content_hash for segment in segments_of(wave) if segment.retired_at is None}
    assert segment_files(storage) == live, "no orphan is left"
    expect_whole(wave, storage, count)
    assert snapshots_of(wave)[-1].responses == count
