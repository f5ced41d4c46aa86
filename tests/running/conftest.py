"""A running platform, on each database, shared by the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests import servers
from tests.running.launch import EMAIL, PASSWORD, Running, start

SIMULATED = 700
"""Enough people for each margin of the shipped questionnaire to have someone."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def running(
    request: pytest.FixtureRequest, test_run: servers.Run, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A platform with an account and a wave of simulated respondents."""
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
        platform.flask("waves", "demo", "--respondents", str(SIMULATED))
        yield platform
    finally:
        platform.stop()
        if name:
            servers.drop_database(test_run.postgres(), name)
