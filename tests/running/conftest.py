"""A running platform, on each database, shared by the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from app.config import load_settings
from app.services import fieldwork, folding, margins, simulation, snapshots, trial
from app.services.platform import open_platform
from tests import servers
from tests.running.launch import EMAIL, PASSWORD, WAVE, Running, start

SIMULATED = 700
"""Enough people for each margin of the shipped questionnaire to have someone."""


def fill(running: Running) -> None:
    """Have people answer the trial wave through the core, and their answers folded."""
    platform = open_platform(load_settings(running.env))
    recipe = margins.read_margins(trial.QUESTIONNAIRE, trial.MARGINS)
    for _ in simulation.simulate(platform.database, WAVE, SIMULATED, recipe, platform.settings.secret_key):
        pass
    with platform.database.reading() as session:
        wave_id = fieldwork.get_wave(session, WAVE).id
    folding.fold_wave(platform.database, platform.storage, None, wave_id)
    snapshots.refresh_snapshot(platform.database, platform.storage, wave_id)
    platform.database.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def running(
    request: pytest.FixtureRequest, test_run: servers.Run, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A platform with an account and a trial wave that people have answered."""
    folder: Path = tmp_path_factory.mktemp("running")
    if request.param == "sqlite":
        url, name = f"sqlite:///{folder / 'impact.sqlite3'}", ""
    else:
        name = f"running-{uuid4().hex}"
        url = servers.create_database(test_run.postgres(), name)
    platform = start({"DATABASE_URL": url}, folder / "var")
    try:
        roles = ("--role", "administrator", "--role", "analyst")
        platform.flask("accounts", "create", EMAIL, *roles, "--password", PASSWORD)
        fill(platform)
        yield platform
    finally:
        platform.stop()
        if name:
            servers.drop_database(test_run.postgres(), name)
