"""A running platform, on each database, shared by the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.config import load_settings
from app.services import authoring, fieldwork
from app.services.platform import open_platform
from tests import servers
from tests.factories import Field, send_many
from tests.journeys import fold, refresh
from tests.running.launch import EMAIL, PASSWORD, WAVE, Running, start


def fill(running: Running, sent: Sequence[Mapping[str, Any]]) -> None:
    """Put what people sent into the trial wave, and have it folded."""
    platform = open_platform(load_settings(running.env))
    with platform.database.reading() as session:
        wave = fieldwork.get_wave(session, WAVE)
        asked = authoring.get_version(session, wave.version_id)[1]
    field = Field(platform.database, WAVE, wave.id, wave.version_id, asked)
    send_many(field, sent, len(sent))
    fold(field, platform.storage)
    refresh(field, platform.storage)
    platform.database.close()


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.full)])
def running(
    request: pytest.FixtureRequest,
    test_run: servers.Run,
    tmp_path_factory: pytest.TempPathFactory,
    citizens: list[dict[str, Any]],
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
        fill(platform, citizens)
        yield platform
    finally:
        platform.stop()
        if name:
            servers.drop_database(test_run.postgres(), name)
