"""The worker and the clock as `make run` starts them, on a real broker: hinted, unhinted, killed, cut off."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.config import ROOT, Settings
from app.db import Database
from app.jobs import Sender
from app.models import Submission
from app.services import folding, responding
from app.services.responding import Submitted
from app.storage import PARTIAL, FolderStorage
from app.supervisor import commands
from tests import servers
from tests.conftest import settings_for
from tests.factories import (
    BY_SEX,
    SECRET,
    TWO_PAGES,
    Field,
    count_rows,
    launch,
    launch_shipped,
    payload,
    payloads,
    segments_of,
    send_many,
    simulate,
    snapshots_of,
)
from tests.journeys import arrive, expect_whole, let_leases_end

SENT = [payload(TWO_PAGES, sexe=sexe, region=1, confiance=8, engage=1) for sexe in (1, 2)]
SECONDS = 30.0
ENDED_WITHIN = 6.0
EVERYONE, KILLS, LATER = 20_000, 5, 3_000
Process = AbstractContextManager[subprocess.Popen[bytes]]


@dataclass
class Plant:
    """An installation whose worker and clock can be started, killed and cut off from their broker."""

    settings: Settings
    database: Database
    broker: servers.Valkey
    folder: Path

    @property
    def storage(self) -> FolderStorage:
        return FolderStorage(self.settings.storage)

    @contextmanager
    def up(self, name: str, command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
        """A process group of its own, killed at the end."""
        env = os.environ | {
            "DATABASE_URL": self.settings.database_url,
            "IMPACT_VAR": str(self.settings.var),
            "IMPACT_STORAGE": str(self.settings.storage),
            "BROKER_URL": self.broker.url,
            "SECRET_KEY": self.settings.secret_key,
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
        try:
            yield process
        finally:
            kill(process)

    def worker(self, name: str = "worker") -> Process:
        return self.up(name, commands.worker())

    def beat(self, name: str = "beat") -> Process:
        return self.up(name, commands.beat(self.settings))

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for what the worker does; what it said is shown when it does not."""
        try:
            servers.wait_for(condition, what, SECONDS)
        except TimeoutError as error:
            said = "\n".join(path.read_text(errors="replace")[-4_000:] for path in sorted(self.folder.glob("*.log")))
            raise AssertionError(f"{error}\n{said}") from error


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9 of a process and its children."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def plant(database: Database, tmp_path: Path, own_valkey: servers.Valkey) -> Plant:
    url = database.url.render_as_string(hide_password=False)
    settings = settings_for(url, tmp_path, BROKER_URL=own_valkey.url, SECRET_KEY=SECRET)
    settings.var.mkdir()
    return Plant(settings, database, own_valkey, tmp_path)


def expect_folded(plant: Plant, wave: Field, count: int, what: str) -> None:
    """Within some seconds the analyst sees `count` responses, and they are the right ones."""

    def is_seen() -> bool:
        snapshots = snapshots_of(wave)
        return bool(snapshots) and snapshots[-1].responses == count

    plant.wait_for(is_seen, what)
    expect_whole(wave, plant.storage, count)


def send_one(wave: Field, sender: Sender | None) -> None:
    """Someone answers, and the web sends its hint."""
    person = arrive(wave)
    person.answer("profil", sexe=1, region=1)
    person.answer("avis", confiance=5, engage=1)
    with wave.database.transaction() as session:
        sent = responding.submit_response(session, wave.key, person.token, SECRET, sender)
    assert isinstance(sent, Submitted)


@pytest.mark.parametrize("database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.full)], indirect=True)
def test_the_worker_folds_when_hinted_unhinted_and_after_the_broker_died(plant: Plant) -> None:
    wave = launch(plant.database, shares=BY_SEX)
    send_many(wave, SENT, 10)
    sender = Sender(plant.broker.url)
    with ExitStack() as stack:
        worker = stack.enter_context(plant.worker())
        send_one(wave, sender)
        expect_folded(plant, wave, 11, "a fold after a hint, without a clock")

        stack.enter_context(plant.beat())
        send_one(wave, None)
        expect_folded(plant, wave, 12, "a fold by the sweep alone")

        plant.broker.kill()
        for _ in range(3):
            send_one(wave, sender)
        send_many(wave, SENT, 200)
        plant.broker.start()
        # A broker that dies while a message is acknowledged ends the worker: whoever keeps it up starts it again.
        with suppress(subprocess.TimeoutExpired):
            worker.wait(ENDED_WITHIN)
            stack.enter_context(plant.worker("worker-again"))
        expect_folded(plant, wave, 215, "a fold after the broker came back")


@pytest.mark.parametrize("database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.full)], indirect=True)
def test_two_workers_killed_at_random_moments_fold_everyone_once(plant: Plant) -> None:
    """20,000 responses of the shipped questionnaire, while workers or their processes die by kill -9."""
    wave = launch_shipped(plant.database)
    simulate(wave, 60)
    people = payloads(wave)
    chance, struck = random.Random(20_000), 0
    send_many(wave, people, EVERYONE - KILLS * LATER - len(people), origin="simulated")
    with ExitStack() as stack:
        stack.enter_context(plant.beat())
        workers = [stack.enter_context(plant.worker(name)) for name in ("one", "two")]
        plant.wait_for(lambda: leased(wave) > 0, "the beginning of a fold")
        for number in range(KILLS):
            send_many(wave, people, LATER, origin="simulated")
            plant.wait_for(lambda: leased(wave) > 0 or not is_waiting(wave), "the next fold")
            time.sleep(chance.uniform(0.0, 0.1))
            struck += leased(wave) > 0
            place = chance.randrange(2)
            if chance.random() < 0.5:
                kill_child(workers[place], chance)
            else:
                kill(workers[place])
                workers[place] = stack.enter_context(plant.worker(f"after kill {number}"))
            let_leases_end(wave)
        assert struck, "nothing was being folded when a worker was killed: the test proves little"
        expect_folded(plant, wave, EVERYONE, "the fold of all")
    make_old(plant.storage)
    folding.sweep_files(plant.database, plant.storage)
    live = {segment.content_hash for segment in segments_of(wave) if segment.retired_at is None}
    assert set(plant.storage.names(folding.SEGMENTS, -10)) == live, "no orphan is left"
    assert list(plant.storage.names(PARTIAL, -10)) == []


def is_waiting(wave: Field) -> bool:
    """Whether something is still to be folded."""
    with wave.database.reading() as session:
        return folding.has_unfolded(session, wave.wave_id)


def leased(wave: Field) -> int:
    """How many submissions a fold holds at this moment."""
    return count_rows(wave.database, Submission, Submission.claim.is_not(None))


def kill_child(worker: subprocess.Popen[bytes], chance: random.Random) -> None:
    """kill -9 of one of the processes of a worker; the worker itself goes on."""
    children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
    if children:
        with suppress(ProcessLookupError):
            os.kill(int(chance.choice(children)), signal.SIGKILL)


def make_old(storage: FolderStorage) -> None:
    """Two hours pass for the files."""
    for path in storage.folder.rglob("*"):
        os.utime(path, (time.time() - 7_200,) * 2)
