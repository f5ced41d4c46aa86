"""`flask aggregates` and `flask waves schedule --partial`: what they do, and what they say."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import update

from app.db import now
from app.models import Response, Submission
from app.services import folding, partials
from app.services.platform import Platform
from tests.factories import BY_SEX, TWO_PAGES, Field, get_wave, launch, payload, send_many, snapshots_of
from tests.journeys import arrive, expect_whole

SENT = [payload(TWO_PAGES, sexe=sexe, region=1, confiance=8, engage=1) for sexe in (1, 2)]
Run = Callable[..., str]


@pytest.fixture
def platform(app: Flask) -> Platform:
    found: Platform = app.extensions["impact"]
    return found


@pytest.fixture
def wave(platform: Platform) -> Field:
    wave = launch(platform.database, shares=BY_SEX)
    send_many(wave, SENT, 30)
    return wave


@pytest.fixture
def run(app: Flask) -> Run:
    """Run a command that must end well, or with `code`; what it says."""

    def call(*arguments: str, code: int = 0) -> str:
        done = app.test_cli_runner().invoke(args=list(arguments))
        assert done.exit_code == code, done.output
        return done.output.replace("\u202f", " ").replace("\u00a0", " ")

    return call


def test_a_wave_is_folded_and_verified(wave: Field, platform: Platform, run: Run) -> None:
    assert "30 envois repliés." in run("aggregates", "fold", wave.key)
    assert "30 réponses : les agrégats sont égaux au recomptage." in run("aggregates", "verify", wave.key)
    expect_whole(wave, platform.storage, 30)
    run("aggregates", "verify", "inconnue", code=1)


def test_a_difference_is_found_and_mended_by_a_rebuild(wave: Field, platform: Platform, run: Run) -> None:
    run("aggregates", "fold", wave.key)
    with platform.database.transaction() as session:
        session.execute(update(Submission).where(Submission.id == 1).values(payload=SENT[1]))
    run("aggregates", "verify", wave.key, code=1)
    said = run("aggregates", "rebuild", wave.key)
    assert "30 envois repliés à nouveau." in said
    assert "les agrégats sont égaux au recomptage" in said
    expect_whole(wave, platform.storage, 30)


def test_lost_files_are_made_again(wave: Field, platform: Platform, run: Run) -> None:
    run("aggregates", "fold", wave.key)
    for kind in (folding.SEGMENTS, folding.TALLIES):
        platform.storage.delete(kind, list(platform.storage.names(kind, -10)))
    run("aggregates", "rebuild", wave.key)
    expect_whole(wave, platform.storage, 30)
    assert snapshots_of(wave)[-1].responses == 30


def test_a_sweep_deletes_what_no_row_names(wave: Field, platform: Platform, run: Run) -> None:
    run("aggregates", "fold", wave.key)
    platform.storage.put(folding.SEGMENTS, b"an orphan")
    assert "Fichiers supprimés : 0." in run("aggregates", "sweep"), "it may belong to work in progress"
    for path in platform.settings.storage.rglob("*"):
        os.utime(path, (time.time() - 7_200,) * 2)
    assert "Fichiers supprimés : 1." in run("aggregates", "sweep")
    expect_whole(wave, platform.storage, 30)


def test_partial_responses_are_declared_and_collected(wave: Field, platform: Platform, run: Run) -> None:
    person = arrive(wave)
    person.answer("profil", sexe=1, region=1)
    with platform.database.transaction() as session:
        long_ago = now() - partials.LEFT_AFTER - dt.timedelta(minutes=1)
        session.execute(update(Response).values(updated_at=long_ago))
    assert "partielles : 0." in run("aggregates", "collect", wave.key)
    run("waves", "schedule", wave.key, "--partial")
    assert get_wave(wave).counts_partial
    assert "partielles : 1." in run("aggregates", "collect", wave.key)
    run("aggregates", "fold", wave.key)
    expect_whole(wave, platform.storage, 31)
    run("waves", "schedule", wave.key, "--access", "link")
    assert get_wave(wave).counts_partial, "what is not said stays"
    run("waves", "schedule", wave.key, "--no-partial")
    run("aggregates", "collect", wave.key)
    run("aggregates", "fold", wave.key)
    expect_whole(wave, platform.storage, 30)
