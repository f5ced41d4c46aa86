"""A refresh reads what is new: neither full segments nor rows corrected before are read again."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.db import Database
from app.models import Response
from app.services import folding, snapshots
from tests.factories import BY_SEX, TWO_PAGES, launch, payload, resend, segments_of, send_many, snapshots_of
from tests.journeys import WatchedStorage, fold, refresh

WOMAN = payload(TWO_PAGES, sexe=2, region=1, confiance=8, engage=1)
MAN = payload(TWO_PAGES, sexe=1, region=2, confiance=3, engage=2)
FULL = 30


def test_a_refresh_reads_only_what_is_new(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "SMALL_ROWS", FULL)
    wave, files = launch(database, shares=BY_SEX), WatchedStorage(tmp_path / "files")
    for _ in range(3):
        send_many(wave, [MAN, WOMAN], FULL)
        fold(wave, files)
    with database.reading() as session:
        corrected = session.query(Response.id).order_by(Response.id).first()
    assert corrected is not None
    resend(wave, corrected.id, WOMAN, 2)
    fold(wave, files)
    refresh(wave, files)
    counted = snapshots.verify_wave(database, files, wave.wave_id)
    assert counted.answers("sexe").sum(axis=0).tolist() == [3 * FULL // 2 - 1, 3 * FULL // 2 + 1]

    send_many(wave, [WOMAN], 4)
    fold(wave, files)
    files.read.clear()
    refresh(wave, files)
    new = segments_of(wave)[-1]
    assert [name for kind, name in files.read if kind == folding.SEGMENTS] == [new.content_hash]
    # The tallies of all full segments as one, of the correction's small segment, of the rows it replaced.
    assert len([name for kind, name in files.read if kind == folding.TALLIES]) == 3
    assert snapshots_of(wave)[-1].responses == 3 * FULL + 4
    assert snapshots.verify_wave(database, files, wave.wave_id).n == 3 * FULL + 4
