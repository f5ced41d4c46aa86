"""What must hold before anything is started; each refusal is one sentence for who typed `make run`."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import socket
from pathlib import Path
from typing import IO

ROOM_NEEDED = 200  # megabytes


class CannotStart(Exception):
    """The platform cannot start; the message is the sentence to show."""


def create_folders(var: Path) -> None:
    """Make var/ and what the supervisor writes in it."""
    try:
        for name in ("run", "log", "valkey"):
            (var / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise CannotStart(
            f"Le dossier {var} ne peut pas être écrit ({os.strerror(error.errno or 0)}). "
            "Vérifiez ses droits ou choisissez-en un autre : make run IMPACT_VAR=/chemin/du/dossier"
        ) from error


def check_room(var: Path) -> None:
    """Refuse to start where the answers of respondents might soon not fit."""
    free = shutil.disk_usage(var).free // 1_000_000
    if free < ROOM_NEEDED:
        raise CannotStart(
            f"Il ne reste que {free} Mo sur le disque de {var}, et il en faut {ROOM_NEEDED}. "
            "Libérez de la place ou choisissez un autre dossier : make run IMPACT_VAR=/chemin/du/dossier"
        )


def take_lock(var: Path) -> IO[str]:
    """The right to run on this folder, held until the file is closed or the process ends."""
    lock = (var / "run" / "supervisor.lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        owner = lock.read().strip() or "inconnu"
        lock.close()
        raise CannotStart(
            f"La plateforme tourne déjà avec le dossier {var} (processus {owner}). "
            "Arrêtez-la d’abord (Ctrl-C), ou donnez un autre dossier et un autre port : "
            "make run IMPACT_VAR=/chemin/du/dossier PORT=8001"
        ) from error
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def check_port(port: int) -> None:
    """Refuse a port that the web server could not bind."""
    if not 0 < port < 65536:
        raise CannotStart(f"{port} n’est pas un numéro de port. Choisissez-en un autre : make run PORT=8001")
    with socket.socket() as probe:
        # As gunicorn does, so that a port left a moment ago by a previous run is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            other = port + 1 if 1024 <= port < 65535 else 8001
            what = "est déjà utilisé" if error.errno == errno.EADDRINUSE else "n’est pas permis"
            raise CannotStart(f"Le port {port} {what}. Choisissez-en un autre : make run PORT={other}") from error


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
