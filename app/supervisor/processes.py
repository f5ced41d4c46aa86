"""One child process: started in a group of its own, watched, started again when it dies, stopped for good."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

LONGEST_BACK_OFF = 10.0
SOUND_AFTER = 30.0
"""Seconds of life after which a death is a first one again."""
_PR_SET_PDEATHSIG = 1


# Looked up before any fork: loading a library in the forked child could deadlock.
_PRCTL = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def _follow_the_parent() -> None:
    """In the child, before exec: get SIGTERM when the supervisor is killed without a chance to stop us.

    Also undo an ignored SIGINT (a shell gives it to its background jobs), which exec would keep.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if _PRCTL is not None:
        _PRCTL(_PR_SET_PDEATHSIG, signal.SIGTERM)


def spawn(argv: Sequence[str], env: Mapping[str, str], log: Path, cwd: Path) -> subprocess.Popen[bytes]:
    """Start `argv` in a session of its own, its output appended to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_follow_the_parent,  # safe: the supervisor has one thread
        )


def signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to a child and to all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def last_lines(log: Path, count: int = 5) -> list[str]:
    """The end of a log, for the person who sees its process die."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [line for line in lines if line.strip()][-count:]


class Child:
    """A process that should live as long as the supervisor."""

    def __init__(self, name: str, argv: Sequence[str], env: Mapping[str, str], var: Path, cwd: Path) -> None:
        self.name = name
        self.log = var / "log" / f"{name}.log"
        self.deaths = 0
        self._argv, self._env, self._cwd = argv, env, cwd
        self._pid_file = var / "run" / f"{name}.pid"
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._retry_at: float | None = None
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))

    def start(self) -> None:
        """Start the process and write its number to var/run/<name>.pid."""
        self._process = spawn(self._argv, self._env, self.log, self._cwd)
        self._started, self._retry_at = time.monotonic(), None
        # Renamed into place: whoever reads it sees a whole number, never an empty file.
        written = self._pid_file.with_suffix(".new")
        written.write_text(f"{self._process.pid}\n", encoding="utf-8")
        written.replace(self._pid_file)

    def watch(self) -> str | None:
        """Start the process again when it is dead and its time has come; the line to show, if any."""
        if self._process is None:
            return None
        if self._retry_at is not None:
            if time.monotonic() >= self._retry_at:
                self.start()
            return None
        code = self._process.poll()
        if code is None:
            return None
        signal_group(self._process, signal.SIGKILL)  # what it started must not outlive it
        if time.monotonic() - self._started > SOUND_AFTER:
            self.deaths = 0
        pause = min(2.0**self.deaths, LONGEST_BACK_OFF)
        self.deaths += 1
        self._retry_at = time.monotonic() + pause
        why = f"signal {-code}" if code < 0 else f"code {code}"
        return f"{self.name} s’est arrêté ({why}) ; nouveau départ dans {pause:.0f} s. Journal : {self.log}"

    def ask_to_stop(self) -> None:
        """SIGTERM to the process alone: it stops what it started in its own order."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def is_running(self) -> bool:
        """Whether the process has not ended."""
        return self._process is not None and self._process.poll() is None

    def end(self) -> None:
        """SIGKILL to the whole group, whatever is left of it."""
        if self._process is not None:
            signal_group(self._process, signal.SIGKILL)
            self._process.wait()
        self._pid_file.unlink(missing_ok=True)


def stop_together(children: Sequence[Child], within: float) -> None:
    """Ask each to stop, in this order, and kill what is left of them after `within` seconds.

    No acknowledged answer and no job depends on a clean end.
    """
    deadline = time.monotonic() + within
    for child in children:
        child.ask_to_stop()
    while any(child.is_running() for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    for child in children:
        child.end()
