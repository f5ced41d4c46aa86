"""The platform as `make run` starts it, in processes of its own: what it takes is what people wait for."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from app.config import ROOT, Settings
from app.supervisor import commands
from tests.servers import answers, wait_for


@contextlib.contextmanager
def up(command: list[str], settings: Settings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the platform and its children, killed at the end; what it says is in `log`."""
    env = os.environ | {
        "DATABASE_URL": settings.database_url,
        "IMPACT_VAR": str(settings.var),
        "IMPACT_PORT": str(settings.port),
        "BROKER_URL": settings.broker_url,
        "SECRET_KEY": settings.secret_key,
    }
    settings.var.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as said:
        process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=said, stderr=said, start_new_session=True)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def web(settings: Settings, folder: Path) -> Iterator[str]:
    """The web server; its address, without a final slash."""
    log = folder / "web.log"
    with up(commands.web(settings), settings, log) as process:
        wait_for(lambda: answers(settings.port) or process.poll() is not None, "the web server", 60)
        assert process.poll() is None, log.read_text()
        yield f"http://127.0.0.1:{settings.port}"


@contextlib.contextmanager
def worker(settings: Settings, folder: Path) -> Iterator[None]:
    """The worker of all queues."""
    with up(commands.worker(), settings, folder / "worker.log"):
        yield
