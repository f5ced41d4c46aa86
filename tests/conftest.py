"""What every test may ask for: databases, a broker, the application, a browser.

    postgres_url, sqlite_url      a migrated database of the test's own
    database_url                  the same, the test run on each of both
    empty_postgres_url, empty_sqlite_url, empty_database_url
    database                      app.db.Database on database_url
    valkey_url                    an emptied Valkey database, of this process alone
    own_postgres, own_valkey      a server that the test may kill and start again
    citizens                      what some hundreds of simulated people sent
    settings, app, client         the platform on a SQLite database, without a broker
    browser                       Chromium; skips where there is none

Servers start with the first test that needs one and stop with the run (tests/servers.py).
"""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
import socket
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from hypothesis import settings as examples

from app.config import VARIABLES, Settings, load_settings
from app.db import Database
from tests import servers

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser

RUN_FOLDER = "IMPACT_TEST_RUN"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAIL_PORTS = frozenset({25, 465, 587, 2525})
IS_FULL = os.environ.get("FULL", "") not in ("", "0")
LONG_FOLDERS = frozenset({"browser", "deployment", "running", "worker"})
DEAREST = (
    *("test_every_route.py", "test_supervisor.py", "test_shipped_journeys.py", "test_faults.py", "test_worker.py"),
    *("test_main_job.py", "test_every_type.py", "test_doors.py", "test_hard_journeys.py", "test_commands.py"),
    *("test_studio_script.py", "test_tasks.py", "test_first_paint.py", "test_studio_speed.py", "test_rgaa.py"),
)
"""Files of the long folders that take from 80 to 15 s, the dearest first."""
EXAMPLES = 100 if IS_FULL else 40
"""How many examples a property is tried on where it does not say itself."""
CITIZENS = 700


# -- the run --------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Give the run its folder and its guardian, once, and shut the network."""
    forget_the_environment()
    examples.register_profile(
        "suite", deadline=None, max_examples=EXAMPLES
    )  # how long an example takes says how busy the machine is
    examples.load_profile("suite")
    if RUN_FOLDER not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="impact-tests-"))
        if os.geteuid() == 0:
            folder.chmod(0o711)  # PostgreSQL runs as nobody there
        os.environ[RUN_FOLDER] = str(folder)
        config.stash[GUARDIAN] = servers.start_guardian(folder)
    os.environ["IMPACT_VAR"] = f"{os.environ[RUN_FOLDER]}/var"
    shut_the_network()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Have the guardian stop the servers, and wait for it."""
    guardian = config.stash.get(GUARDIAN, None)
    if guardian is not None:
        guardian.communicate()
        os.environ.pop(RUN_FOLDER, None)


GUARDIAN = pytest.StashKey[Any]()


def forget_the_environment() -> None:
    """The settings of whoever runs the tests must not reach them, nor their data."""
    for name in VARIABLES.values():
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)


def shut_the_network() -> None:
    """Refuse every connection that leaves this machine, and every mail server."""
    allowed = {"127.0.0.1", "::1", "localhost"}
    for name in ("TEST_DATABASE_URL", "TEST_REDIS_URL"):
        host = urlsplit(os.environ.get(name, "")).hostname
        if host:
            allowed |= {host, *(str(found[4][0]) for found in socket.getaddrinfo(host, None))}
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host, port = address[0], address[1]
            if (host not in allowed and not is_loopback(host)) or port in MAIL_PORTS:
                self.close()
                raise AssertionError(f"a test reached for {host}:{port}")
        connect(self, address)

    setattr(socket.socket, "connect", guarded)  # noqa: B010 (a plain assignment is refused by mypy)


def is_loopback(host: str) -> bool:
    """Whether a numeric address is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the dearest files, so that no process ends alone; leave the whole matrix to FULL=1."""
    items.sort(key=lambda item: _place(item.path))
    if IS_FULL:
        return
    left_out = [item for item in items if item.get_closest_marker("full")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("full")]


def _place(path: Path) -> tuple[bool, int]:
    """Where a file stands in the run: the long folders first, and in them the dearest first."""
    is_short = path.parent.name not in LONG_FOLDERS
    return is_short, DEAREST.index(path.name) if not is_short and path.name in DEAREST else len(DEAREST)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Say loudly, after everything else, what was not tried and why."""
    yield
    reasons: dict[str, int] = defaultdict(int)
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[reason.removeprefix("Skipped: ")] += 1
    if reasons:
        terminalreporter.section("NOT TRIED / NON ESSAYÉ", sep="!", red=True, bold=True)
        for reason, count in sorted(reasons.items()):
            terminalreporter.write_line(f"{count} skipped: {reason}", red=True, bold=True)


# -- databases ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def test_run() -> servers.Run:
    """The servers that the processes of this run share."""
    return servers.Run(Path(os.environ[RUN_FOLDER]))


def migrate(url: str) -> None:
    """Bring an empty database to the last migration, as `flask database upgrade` does."""
    from app.services.schema import upgrade

    database = Database(url)
    upgrade(database)
    database.close()


@pytest.fixture(scope="session")
def postgres_template(test_run: servers.Run) -> str:
    """Name of a migrated database that the tests copy."""
    name = f"impact-{Path(os.environ[RUN_FOLDER]).name}"

    def make() -> str:
        migrate(servers.create_database(test_run.postgres(), name))
        return name

    return test_run.once("postgres-template", make)


@pytest.fixture(scope="session")
def citizens(test_run: servers.Run, sqlite_template: Path) -> list[dict[str, Any]]:
    """What some hundreds of simulated citizens sent, each category of the margins among them.

    Simulated once for the run: `factories.send_many` puts them into any wave of the shipped questionnaire.
    """
    from tests.factories import simulated_payloads

    def make() -> str:
        path = test_run.folder / "citizens.sqlite3"
        shutil.copy(sqlite_template, path)
        return json.dumps(simulated_payloads(f"sqlite:///{path}", CITIZENS))

    sent: list[dict[str, Any]] = json.loads(test_run.once("citizens", make))
    return sent


@pytest.fixture(scope="session")
def sqlite_template(test_run: servers.Run) -> Path:
    """A migrated file that the tests copy."""

    def make() -> str:
        path = test_run.folder / "template.sqlite3"
        migrate(f"sqlite:///{path}")
        return str(path)

    return Path(test_run.once("sqlite-template", make))


def copied_database(test_run: servers.Run, template: str | None) -> Iterator[str]:
    """A PostgreSQL database for the time of a test."""
    name = f"test-{uuid4().hex}"
    yield servers.create_database(test_run.postgres(), name, template)
    servers.drop_database(test_run.postgres(), name)


@pytest.fixture
def postgres_url(test_run: servers.Run, postgres_template: str) -> Iterator[str]:
    """A migrated PostgreSQL database of the test's own."""
    yield from copied_database(test_run, postgres_template)


@pytest.fixture
def empty_postgres_url(test_run: servers.Run) -> Iterator[str]:
    """A PostgreSQL database without any table."""
    yield from copied_database(test_run, None)


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """A migrated SQLite file of the test's own."""
    path = tmp_path / "impact.sqlite3"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'impact.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database, on each of both."""
    url: str = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param])
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, on each of both."""
    names = {"sqlite": "empty_sqlite_url", "postgresql": "empty_postgres_url"}
    url: str = request.getfixturevalue(names[request.param])
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The two edges on a migrated database, on each of both."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def valkey_url(test_run: servers.Run) -> str:
    """A Valkey database, empty, that no other process of the run uses."""
    import redis

    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    url = test_run.valkey(int(worker))
    with redis.Redis.from_url(url) as connection:
        connection.flushdb()
    return url


@pytest.fixture
def own_valkey(test_run: servers.Run) -> Iterator[servers.Valkey]:
    """A Valkey server that the test may kill and start again."""
    server = test_run.own_valkey(f"valkey-{uuid4().hex}")
    yield server
    server.kill()


@pytest.fixture
def own_postgres(test_run: servers.Run) -> Iterator[servers.Postgres]:
    """A PostgreSQL server that the test may kill and start again; its databases are the test's to create."""
    server = test_run.own_postgres(f"postgres-{uuid4().hex}")
    yield server
    server.stop()


# -- the application ------------------------------------------------------------------------------


def settings_for(database_url: str, folder: Path, **variables: str) -> Settings:
    """Settings of a platform whose files are in `folder`; `variables` are environment variables.

    Unless BROKER_URL is given its broker is a port where nothing listens: hints are lost, which is allowed.
    """
    env = {
        "DATABASE_URL": database_url,
        "IMPACT_VAR": str(folder / "var"),
        "BROKER_URL": "redis://127.0.0.1:1/0",
        "SECRET_KEY": "a key for tests only, long enough to be taken",
    }
    return load_settings(env | variables)


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    """Settings of a platform on a migrated SQLite file."""
    return settings_for(sqlite_url, tmp_path)


def make_app(settings: Settings) -> Flask:
    """The web application, whose templates are compiled once for the run and whose passwords are cheap to check.

    The costs of argon2id are those that guard against a thief; the algorithm and all around it are the real ones.
    """
    from jinja2 import FileSystemBytecodeCache

    from app import create_app

    app = create_app(settings)
    folder = Path(os.environ[RUN_FOLDER]) / "templates"
    folder.mkdir(exist_ok=True)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(folder))
    security = app.extensions["security"]
    security.pwd_context = security.pwd_context.copy(argon2__time_cost=1, argon2__memory_cost=64, argon2__parallelism=1)
    return app


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The web application on a migrated SQLite file."""
    app = make_app(settings)
    yield app
    app.extensions["impact"].recorder.close()
    app.extensions["impact"].database.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor of the web application."""
    return app.test_client()


# -- the browser ----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Chromium; skips, and the last lines of the run say so, where there is none."""
    path = os.environ.get("IMPACT_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        pytest.skip("Chromium is not installed: NO BROWSER TEST WAS RUN (Debian: apt-get install chromium)")
    return path


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium for the session; each test makes a context of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()
