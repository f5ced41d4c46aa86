"""`python -m app.supervisor`: what `make run` does once the environment is there.

`python -m app.supervisor demo` prepares the database in the same way and adds a wave of simulated
respondents.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

from app.config import EMBEDDED_BROKER_FILE, ROOT, Settings, SettingsAreInvalid, load_settings
from app.supervisor import checks, commands
from app.supervisor.checks import CannotStart
from app.supervisor.processes import Child, last_lines, signal_group, spawn, stop_together

READY_WITHIN = 90.0
STOPPED_WITHIN = 4.5
HOPELESS_AFTER = 3
"""Deaths before readiness after which the start is given up."""


class Stopped(Exception):
    """Ctrl-C or SIGTERM came while something was being waited for."""


class Supervisor:
    """The state of one `make run`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stopping = False
        self.children: list[Child] = []
        self.broker: Child | None = None
        self.trial = ""
        # The products of a refresh are small: threads of the linear algebra cost more than they give, and wait for
        # the cores of the other processes.
        self.env = {"OPENBLAS_NUM_THREADS": "1"} | dict(os.environ)
        self.lock: IO[str] | None = None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)

    def _stop(self, *_: object) -> None:
        self.stopping = True

    def pause(self, seconds: float) -> None:
        """Wait, unless a stop was asked for."""
        if self.stopping:
            raise Stopped
        time.sleep(seconds)

    def step(self, what: str, argv: list[str], shown: bool = False) -> None:
        """Run a command to its end; its last lines are shown when it fails, all of them when `shown`."""
        say(what)
        log = self.settings.var / "log" / "prepare.log"
        if shown:
            process: subprocess.Popen[bytes] = subprocess.Popen(argv, env=self.env, cwd=ROOT, start_new_session=True)
        else:
            process = spawn(argv, self.env, log, ROOT)
        try:
            while (code := process.poll()) is None:
                self.pause(0.03)
        except Stopped:
            signal_group(process, signal.SIGKILL)
            process.wait()
            raise
        if code:
            raise CannotStart("\n".join([f"Cette étape a échoué. Journal : {log}", *shown_end(log)]))

    def prepare(self) -> None:
        """Bring the database to its last migration and make the trial wave; nothing when already done."""
        (self.settings.var / "log" / "prepare.log").unlink(missing_ok=True)
        self.step("Préparation de la base de données…", commands.UPGRADE)
        self.step("Préparation du questionnaire et de la vague d’essai…", commands.SEED_TRIAL)
        self.trial = "".join(last_lines(self.settings.var / "log" / "prepare.log", 1)).strip()

    def add(self, name: str, argv: list[str]) -> Child:
        """Start one more child."""
        child = Child(name, argv, self.env, self.settings.var, ROOT)
        self.children.append(child)
        child.start()
        return child

    def start_broker(self) -> None:
        """The embedded Valkey, unless BROKER_URL names one; command line tools find its address in a file."""
        if os.environ.get("BROKER_URL") or os.environ.get("BROKER_URL_FILE"):
            return
        say("Démarrage de la file de messages…")
        var = self.settings.var
        password, port = secrets.token_urlsafe(24), checks.free_port()
        configuration = var / "run" / "valkey.conf"
        write_private(configuration, commands.broker_configuration(var / "valkey", password))
        self.env["BROKER_URL"] = f"redis://:{password}@127.0.0.1:{port}/0"
        write_private(var / EMBEDDED_BROKER_FILE, self.env["BROKER_URL"])
        self.broker = self.add("valkey", commands.broker(port, configuration))

    def start_rest(self) -> None:
        """The web until it answers that it is ready, then the worker and the beat, which nobody waits for."""
        say("Démarrage du serveur web, de l’exécutant et de l’horloge…")
        self.add("web", commands.web(self.settings))
        self.wait_until_ready()
        self.add("worker", commands.worker())
        self.add("beat", commands.beat(self.settings))

    def wait_until_ready(self) -> None:
        """Wait for /readyz. Raises CannotStart with the end of the log of what does not start."""
        deadline = time.monotonic() + READY_WITHIN
        while not self.is_ready():
            self.watch()
            for child in self.children:
                if child.deaths >= HOPELESS_AFTER:
                    raise CannotStart(f"{child.name} ne démarre pas. Journal : {child.log}")
            if time.monotonic() > deadline:
                log = self.settings.var / "log" / "web.log"
                raise CannotStart("\n".join([f"Le serveur web n’est pas prêt. Journal : {log}", *shown_end(log)]))
            self.pause(0.1)

    def is_ready(self) -> bool:
        """Whether /readyz answers 200."""
        try:
            with urllib.request.urlopen(self.url(commands.READY), timeout=2) as answer:  # noqa: S310  (our own loopback address)
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def url(self, path: str) -> str:
        """An address of the running platform."""
        return f"http://127.0.0.1:{self.settings.port}{path}"

    def watch(self) -> None:
        """Start the dead again, saying so."""
        for child in self.children:
            line = child.watch()
            if line:
                say("\n".join([line, *shown_end(child.log)]))

    def announce(self) -> None:
        """Where each kind of user goes."""
        say("")
        say("La plateforme est prête.")
        for who, path in commands.PLACES:
            say(f"  {who:<16} {self.url(path.format(trial=self.trial))}")
        say(f"  Premier compte   {commands.first_account(os.environ.get('IMPACT_VAR'))}")
        say("Ctrl-C pour tout arrêter ; les données restent dans " + str(self.settings.var))

    def run(self) -> None:
        """Everything, until a stop is asked for."""
        var = self.settings.var
        checks.create_folders(var)
        self.lock = checks.take_lock(var)
        checks.check_port(self.settings.port)
        checks.check_room(var)
        try:
            self.start_broker()
            self.prepare()
            self.start_rest()
            self.announce()
            while True:
                self.pause(0.2)
                self.watch()
        finally:
            say("\nArrêt…")
            users = [child for child in reversed(self.children) if child is not self.broker]
            stop_together(users, STOPPED_WITHIN - 1.0)
            if self.broker is not None:
                stop_together([self.broker], 1.0)
                (var / EMBEDDED_BROKER_FILE).unlink(missing_ok=True)

    def demo(self) -> None:
        """Prepare the database and fill a wave of its own, beside a running platform or without."""
        checks.create_folders(self.settings.var)
        checks.check_room(self.settings.var)
        self.prepare()
        self.step("Simulation des répondants…", commands.DEMO, shown=True)


def say(text: str) -> None:
    """Show a line at once, even through a pipe; nobody left to read it stops nothing."""
    with contextlib.suppress(OSError):
        print(text, flush=True)


def shown_end(log: Path) -> list[str]:
    """The end of a log, set apart from our own lines."""
    return [f"    {line}" for line in last_lines(log)]


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def main(arguments: list[str]) -> int:
    """Run, and say in one sentence what stands in the way."""
    try:
        supervisor = Supervisor(load_settings())
        if arguments == ["demo"]:
            supervisor.demo()
        else:
            supervisor.run()
    except Stopped:
        say("Tout est arrêté.")
    except (CannotStart, SettingsAreInvalid) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.strerror} : {error.filename}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
