"""Settings: every problem at once, no default secret in production, one secret for all processes."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import fields
from functools import partial
from pathlib import Path

import pytest

from app.config import REQUIRED_IN_PRODUCTION, VARIABLES, Settings, SettingsAreInvalid, load_settings
from tests.journeys import at_once

SECRET = "s" * 40
PRODUCTION = {
    "IMPACT_ENV": "production",
    "DATABASE_URL": "postgresql://impact@db/impact",
    "BROKER_URL": "redis://broker/0",
    "SECRET_KEY": SECRET,
    "IMPACT_STORAGE": "/srv/impact",
}


def problems(env: Mapping[str, str]) -> str:
    with pytest.raises(SettingsAreInvalid) as refused:
        load_settings(env)
    return str(refused.value)


def test_every_field_has_its_variable() -> None:
    assert list(VARIABLES) == [field.name for field in fields(Settings)]


def test_without_any_setting_everything_is_below_one_folder(tmp_path: Path) -> None:
    settings = load_settings({"IMPACT_VAR": str(tmp_path / "var")})
    assert settings.database_url == f"sqlite:///{tmp_path}/var/impact.sqlite3"
    assert settings.storage == tmp_path / "var" / "storage"
    assert settings.broker_url.startswith("redis://127.0.0.1:")
    assert not settings.production


def test_production_refuses_every_default_at_once() -> None:
    told = problems({"IMPACT_ENV": "production", "IMPACT_PORT": "many", "IMPACT_PROXIES": "1.5"})
    for name in (*REQUIRED_IN_PRODUCTION, "IMPACT_PORT", "IMPACT_PROXIES"):
        assert name in told


@pytest.mark.parametrize("missing", REQUIRED_IN_PRODUCTION)
@pytest.mark.parametrize("value", [None, ""])
def test_production_refuses_each_default(missing: str, value: str | None) -> None:
    env = {name: one for name, one in PRODUCTION.items() if name != missing}
    assert missing in problems(env if value is None else env | {missing: value})


def test_production_makes_no_secret_of_its_own(tmp_path: Path) -> None:
    env = {name: one for name, one in PRODUCTION.items() if name != "SECRET_KEY"}
    problems(env | {"IMPACT_VAR": str(tmp_path / "var")})
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("name", "value"), [("SECRET_KEY", "short"), ("DATABASE_URL", "sqlite:////srv/impact.sqlite3")]
)
def test_production_refuses_what_is_too_weak(name: str, value: str) -> None:
    assert name in problems(PRODUCTION | {name: value})


def test_mail_needs_a_sender_and_in_production_the_address_of_the_platform() -> None:
    mail = {"SMTP_URL": "smtp://mail.example", "IMPACT_MAIL_FROM": "enquete@example.org"}
    assert "IMPACT_URL" in problems(PRODUCTION | mail)
    assert load_settings(PRODUCTION | mail | {"IMPACT_URL": "https://enquetes.example.org"}).smtp_url
    for wrong in ("", "Observatoire"):
        assert "IMPACT_MAIL_FROM" in problems(PRODUCTION | mail | {"IMPACT_MAIL_FROM": wrong})


def test_production_takes_its_settings_and_names_the_driver() -> None:
    settings = load_settings(PRODUCTION)
    assert settings.production
    assert settings.database_url == "postgresql+psycopg://impact@db/impact"
    assert SECRET not in repr(settings)


def test_settings_are_read_from_files(tmp_path: Path) -> None:
    env = {"IMPACT_ENV": "production"}
    for name, value in PRODUCTION.items():
        if name != "IMPACT_ENV":
            (tmp_path / name).write_text(f"{value}\n", encoding="utf-8")
            env[f"{name}_FILE"] = str(tmp_path / name)
    assert load_settings(env) == load_settings(PRODUCTION)


def test_a_settings_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    env = {name: one for name, one in PRODUCTION.items() if name not in ("SECRET_KEY", "DATABASE_URL")}
    missing = {f"{name}_FILE": str(tmp_path / name) for name in ("SECRET_KEY", "DATABASE_URL")}
    told = problems(env | missing)
    assert "SECRET_KEY_FILE" in told
    assert "DATABASE_URL_FILE" in told


def read_secret(folder: Path) -> str:
    return load_settings({"IMPACT_VAR": str(folder)}).secret_key


def read_secrets(folder: Path, count: int) -> list[str]:
    return [read_secret(folder / str(number)) for number in range(count)]


def test_two_processes_that_start_at_once_have_one_secret(tmp_path: Path) -> None:
    call = partial(read_secrets, tmp_path, 400)
    one, other = at_once(call, call)
    assert one == other
    assert len(set(one)) == 400
    path = tmp_path / "0" / "secret-key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_secret(tmp_path / "0") == one[0], "it outlives a restart"
    assert [file.name for file in (tmp_path / "0").iterdir()] == ["secret-key"]
