"""The snapshots that the page of live results shows: far enough from one another to tell nobody's answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from app.db import Database
from app.models import Response
from app.services import folding, snapshots
from app.storage import FolderStorage
from tests.factories import BY_SEX, TWO_PAGES, Field, get_wave, launch, payload, resend, send_many
from tests.journeys import fold, refresh

SENT = [payload(TWO_PAGES, sexe=sexe, region=1, confiance=8, engage=1) for sexe in (1, 2)]


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "storage")


@pytest.fixture
def wave(database: Database) -> Field:
    return launch(database, shares=BY_SEX)


def send(wave: Field, storage: FolderStorage, count: int) -> None:
    """People send, the worker folds and makes the snapshot."""
    send_many(wave, SENT, count)
    fold(wave, storage)
    refresh(wave, storage)


def shown(wave: Field) -> tuple[int, int]:
    """How many responses the live snapshot has, and the latest one."""
    with wave.database.reading() as session:
        live, latest = (find(session, get_wave(wave)) for find in (snapshots.live_snapshot, snapshots.latest_snapshot))
    assert live is not None
    assert latest is not None
    return live.responses, latest.responses


def test_live_results_move_by_steps_of_several_people(wave: Field, storage: FolderStorage) -> None:
    send(wave, storage, 40)
    assert shown(wave) == (40, 40)
    seen = []
    for count in (1, 9, 1, 10, 30):
        send(wave, storage, count)
        seen.append(shown(wave)[0])
    assert seen == [40, 40, 51, 51, 91]
    assert shown(wave)[1] == 91


def test_corrections_alone_do_not_move_them(wave: Field, storage: FolderStorage) -> None:
    send(wave, storage, 40)
    with wave.database.reading() as session:
        someone = session.scalars(select(Response.id).limit(1)).one()
    for number in range(2, 16):
        resend(wave, someone, SENT[number % 2], number)
        fold(wave, storage)
        refresh(wave, storage)
    with wave.database.reading() as session:
        live = snapshots.live_snapshot(session, get_wave(wave))
    assert live is not None
    assert live.number == 1


def test_the_live_snapshot_is_kept_however_many_come_after(
    wave: Field, storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "KEPT", 3)
    send(wave, storage, 40)
    for _ in range(10):
        send(wave, storage, 1)
    assert shown(wave) == (40, 50)
    folding.sweep_files(wave.database, storage, -10)
    with wave.database.reading() as session:
        live = snapshots.live_snapshot(session, get_wave(wave))
    assert live is not None
    assert snapshots.read_estimator(storage, live.content_hash) is not None


def test_another_policy_makes_other_steps(wave: Field, storage: FolderStorage) -> None:
    with wave.database.transaction() as session:
        session.merge(get_wave(wave)).policy = {"minimum_count": 20}
    send(wave, storage, 40)
    send(wave, storage, 19)
    assert shown(wave) == (40, 59)
    send(wave, storage, 1)
    assert shown(wave) == (60, 60)


def test_the_same_inputs_again_stay_live(wave: Field, storage: FolderStorage) -> None:
    send(wave, storage, 40)
    with wave.database.transaction() as session:
        folding.unfold_wave(session, wave.wave_id)
    fold(wave, storage)
    refresh(wave, storage)
    assert shown(wave) == (40, 40)
