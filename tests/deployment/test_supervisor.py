"""`make run` as a person lives it: start, look, kill things, Ctrl-C, start again."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import servers

ROOT = Path(__file__).parents[2]
READY_WITHIN = 60
STOPPED_WITHIN = 6
CHILDREN = ("valkey", "web", "worker", "beat")


@dataclass
class Machine:
    """A folder of data and a port, on which `make run` is typed."""

    var: Path
    port: int
    database_url: str | None
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def env(self) -> dict[str, str]:
        env = dict(os.environ) | {"IMPACT_VAR": str(self.var), "IMPACT_PORT": str(self.port)}
        return env | ({"DATABASE_URL": self.database_url} if self.database_url else {})

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command that ends by itself."""
        return subprocess.run(
            [sys.executable, "-m", "app.supervisor", *arguments],
            env=self.env(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=READY_WITHIN,
        )

    def start(self) -> tuple[subprocess.Popen[str], list[str]]:
        """Type `make run`, and read what is shown until it is ready."""
        process = subprocess.Popen(
            [sys.executable, "-m", "app.supervisor"],
            env=self.env(),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line.rstrip())
            if "Ctrl-C" in line:
                return process, lines
        raise AssertionError("\n".join(lines))

    def pid(self, child: str) -> int:
        return int((self.var / "run" / f"{child}.pid").read_text())

    def running(self) -> set[int]:
        """Every process that runs for this folder, whoever its parent is."""
        needle = f"IMPACT_VAR={self.var}".encode()
        found = set()
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError):
                if needle in (entry / "environ").read_bytes().split(b"\0") and not servers.has_ended(int(entry.name)):
                    found.add(int(entry.name))
        return found


def clear(machine: Machine) -> None:
    """Leave nothing running, whatever a test did."""
    for process in machine.started:
        if process.poll() is None:
            process.kill()
        process.communicate()
    for pid in machine.running():
        servers.kill(pid, signal.SIGKILL)


@pytest.fixture(params=["sqlite"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Machine]:
    """A new machine, with the embedded database unless the test asks for a PostgreSQL."""
    url = request.getfixturevalue("empty_postgres_url") if request.param == "postgresql" else None
    machine = Machine(tmp_path / "var", servers.free_port(), url)
    yield machine
    clear(machine)


@dataclass
class Running:
    """A machine on which `make run` is ready, and what it showed."""

    machine: Machine
    process: subprocess.Popen[str]
    lines: list[str]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One start for the tests that look at a running platform, in their order."""
    machine = Machine(tmp_path_factory.mktemp("machine") / "var", servers.free_port(), None)
    yield Running(machine, *machine.start())
    clear(machine)


def status(url: str) -> int:
    """HTTP status of a page after its redirections; 0 when nothing answers."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def stop(process: subprocess.Popen[str], number: signal.Signals, group: bool = False) -> float:
    """Seconds from the signal to the end of the supervisor."""
    begun = time.monotonic()
    (os.killpg if group else os.kill)(process.pid, number)
    process.communicate(timeout=STOPPED_WITHIN + 10)
    return time.monotonic() - begun


@pytest.mark.parametrize("machine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.full)], indirect=True)
def test_from_the_first_start_to_ctrl_c_and_again(machine: Machine) -> None:
    process, lines = machine.start()
    addresses = re.findall(r"http://\S+", "\n".join(lines))
    assert re.search(r"/r/[a-z0-9-]+/$", addresses[0])
    assert [status(address) for address in addresses] == [200] * 3
    assert any("accounts create" in line for line in lines)
    assert len(machine.running()) >= 5

    assert stop(process, signal.SIGINT, group=True) < STOPPED_WITHIN
    assert process.returncode == 0
    assert machine.running() == set()

    begun = time.monotonic()
    process, again = machine.start()
    # Five seconds on a machine of its own; here other tests run beside it.
    assert time.monotonic() - begun < 15, "a second start takes seconds"
    assert re.findall(r"http://\S+", "\n".join(again)) == addresses
    assert stop(process, signal.SIGTERM) < STOPPED_WITHIN
    assert machine.running() == set()


def test_the_command_for_the_first_account_is_exact(running: Running) -> None:
    told = next(line for line in running.lines if "accounts create" in line)
    command = told[told.index(".venv/bin/flask") :].replace(".venv/bin/flask", f"{sys.executable} -m flask")
    made = subprocess.run(
        [*command.split(), "--password", "une phrase assez longue"],
        env=running.machine.env(),
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    assert "Traceback" not in made.stderr


def test_a_second_start_on_the_same_folder_is_refused(running: Running) -> None:
    second = running.machine.run()
    assert second.returncode == 1
    owner = f"tourne déjà avec le dossier {running.machine.var} (processus {running.process.pid})"
    assert owner in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1
    assert running.process.poll() is None


def test_a_child_that_dies_is_started_again(running: Running) -> None:
    machine, process = running.machine, running.process
    before = {child: machine.pid(child) for child in CHILDREN}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    servers.wait_for(
        lambda: all(machine.pid(child) != before[child] for child in CHILDREN), "the children", READY_WITHIN
    )
    page = re.findall(r"http://\S+", "\n".join(running.lines))[0]
    servers.wait_for(lambda: status(page) == 200, page, READY_WITHIN)
    os.kill(process.pid, signal.SIGTERM)
    shown = process.communicate(timeout=STOPPED_WITHIN)[0]
    assert [child for child in CHILDREN if f"{child} s’est arrêté" not in shown] == []
    assert machine.running() == set()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_a_killed_supervisor_leaves_nothing_and_can_be_started_again(machine: Machine) -> None:
    process, _ = machine.start()
    process.kill()
    servers.wait_for(lambda: machine.running() == set(), "the end of the children", READY_WITHIN)
    process, _ = machine.start()
    stop(process, signal.SIGTERM)


def test_a_taken_port_is_said_in_one_sentence(machine: Machine) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", machine.port))
        other.listen()
        refused = machine.run()
    assert refused.returncode == 1
    assert refused.stderr.strip() == (
        f"Le port {machine.port} est déjà utilisé. Choisissez-en un autre : make run PORT={machine.port + 1}"
    )


def test_a_folder_that_cannot_be_written_is_said_in_one_sentence(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    machine.var = tmp_path / "file" / "var"
    refused = machine.run()
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


def test_a_database_that_does_not_answer_is_said_and_leaves_nothing(machine: Machine) -> None:
    machine.database_url = f"postgresql://nobody@127.0.0.1:{servers.free_port()}/nothing"
    refused = machine.run()
    assert refused.returncode == 1
    assert "Cette étape a échoué" in refused.stderr
    assert machine.running() == set()
