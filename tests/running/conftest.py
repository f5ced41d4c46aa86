"""A running platform for a test, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running.launch import EMAIL, PASSWORD, SIMULATED, Running, start


@pytest.fixture
def running(empty_database_url: str, tmp_path: Path) -> Iterator[Running]:
    """A platform with an account and a wave of simulated respondents, on each database."""
    platform = start({"DATABASE_URL": empty_database_url}, tmp_path / "var")
    try:
        platform.flask(
            "accounts", "create", EMAIL, "--role", "administrator", "--role", "analyst", "--password", PASSWORD
        )
        platform.flask("waves", "demo", "--respondents", str(SIMULATED))
        yield platform
    finally:
        platform.stop()
