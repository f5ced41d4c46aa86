"""docker-compose.yml as the tests read it."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent
FILE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("impact:")}
WORKERS = sorted(name for name in OURS if name.startswith("worker-"))


def command(name: str) -> list[str]:
    """The command line of a service, as its container gets it."""
    return [part.replace("$$", "$") for part in SERVICES[name]["command"]]


def health_check(name: str) -> list[str]:
    """The command line of its health check."""
    kind, *rest = SERVICES[name]["healthcheck"]["test"]
    rest = [part.replace("$$", "$") for part in rest]
    return rest if kind == "CMD" else ["sh", "-c", *rest]


def environment(name: str, secrets: Path, storage: Path, var: Path) -> dict[str, str]:
    """The environment of a service of ours, its three mounted places elsewhere."""
    places = {"/run/secrets": str(secrets), "/srv/storage": str(storage), "/tmp/var": str(var)}  # noqa: S108
    values = {"PATH": f"{PROGRAMS}:{os.environ['PATH']}", "HOSTNAME": "container"}
    for variable, value in SERVICES[name]["environment"].items():
        value = re.sub(r"\$\{\w+:-(.*)\}", r"\1", value)
        for there, here in places.items():
            value = value.replace(there, here)
        values[variable] = value
    return values
