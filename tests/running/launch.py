"""The whole platform as `make run` starts it: supervisor, broker, web, worker, beat, on either database."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from app.config import ROOT
from app.services.trial import TRIAL_KEY
from tests.servers import free_port, wait_for

PASSWORD = "un mot de passe assez long"
EMAIL = "equipe@example.org"
WAVE = TRIAL_KEY
KILLED_WITHIN = 10.0


@dataclass
class Running:
    """A running platform and the folder of its data."""

    process: subprocess.Popen[bytes]
    env: dict[str, str]
    var: Path
    port: int

    def url(self, path: str) -> str:
        """An address of it."""
        return f"http://127.0.0.1:{self.port}{path}"

    def flask(self, *arguments: str) -> str:
        """What a command of it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", *arguments],
            env=self.env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def pid(self, child: str) -> int:
        """The process of one of its children; 0 while there is none."""
        with contextlib.suppress(OSError, ValueError):
            return int((self.var / "run" / f"{child}.pid").read_text())
        return 0

    def kill(self, child: str, is_awaited: bool = True) -> None:
        """kill -9 of a child and of its own processes; the supervisor starts it again."""
        pid = self.pid(child)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(os.getpgid(pid), signal.SIGKILL)
        if is_awaited:
            wait_for(lambda: self.pid(child) not in (0, pid), f"{child} started again", KILLED_WITHIN + 20)

    def is_ready(self) -> bool:
        """Whether the web answers that it is ready."""
        try:
            with urllib.request.urlopen(self.url("/readyz"), timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)


def start(env: dict[str, str], var: Path) -> Running:
    """Start the supervisor on these settings and wait until it serves."""
    port = free_port()
    env = {**os.environ, **env, "IMPACT_VAR": str(var), "IMPACT_PORT": str(port)}
    env.pop("BROKER_URL", None)
    var.mkdir(parents=True, exist_ok=True)
    log = (var / "supervisor.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "app.supervisor"], env=env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
    )
    log.close()
    running = Running(process, env, var, port)
    try:
        wait_for(running.is_ready, "the platform", 60)
    except TimeoutError as late:
        running.stop()
        raise AssertionError((var / "supervisor.log").read_text()) from late
    return running
