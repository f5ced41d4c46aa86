"""Prepares .venv with the standard library alone; run by the Makefile.

    python3 bootstrap.py run     what the platform needs
    python3 bootstrap.py test    the same and what its tests need, with Chromium where it can be had
    python3 bootstrap.py lock    compile requirements/*.txt again (run by the interpreter of .venv)

A stamp keyed by the requirements makes the second time immediate. Expected failures end in one sentence.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LOG = VENV / "setup.log"
ROOM_NEEDED = {"run": 600, "test": 1200}  # megabytes
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PIP_WITH_OTHER_PYTHON = (22, 3)  # the first pip that installs into another environment

# What pip says when something is missing outside of the project -> what a person can do about it.
CAUSES = (
    (
        r"No space left on device|Disk quota exceeded",
        "Le disque est plein : libérez de la place, puis relancez la commande.",
    ),
    (
        r"NewConnectionError|NameResolutionError|Temporary failure in name resolution|Network is unreachable"
        r"|ConnectTimeout|ReadTimeout|ProxyError|Max retries exceeded|connection broken|SSLError",
        "L’index des paquets Python est injoignable : vérifiez le réseau, puis relancez la commande.",
    ),
    (
        r"DO NOT MATCH THE HASHES",
        "Un paquet téléchargé n’a pas l’empreinte attendue : rien n’a été installé. "
        "Relancez la commande ; si cela persiste, signalez-le.",
    ),
    (
        r"No matching distribution found|is not a supported wheel",
        "Un paquet n’existe pas pour ce système ou cette version de Python : prenez Python 3.11 à 3.13 "
        "sur Linux ou macOS (make setup PYTHON=python3.12).",
    ),
    (
        r"Permission denied|Read-only file system",
        "Le dossier .venv ne peut pas être écrit : vérifiez ses droits.",
    ),
)


class SetupFailed(Exception):
    """Set-up cannot go on; the message is the sentence to show."""


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def requirements(kind: str) -> Path:
    return ROOT / "requirements" / f"{kind}.txt"


def fingerprint(kind: str) -> str:
    return hashlib.sha256(requirements(kind).read_bytes()).hexdigest()


def stamp(kind: str) -> Path:
    return VENV / f"installed-{kind}"


def is_installed(kind: str) -> bool:
    """Whether the environment works and holds exactly these requirements."""
    try:
        if stamp(kind).read_text().strip() != fingerprint(kind):
            return False
        # The interpreter may have gone, or be a newer one that looks elsewhere for its packages.
        return subprocess.run([VENV_PYTHON, "-c", "import flask"], capture_output=True).returncode == 0
    except OSError:
        return False


def check_room(kind: str) -> None:
    free = shutil.disk_usage(ROOT).free // 1_000_000
    if free < ROOM_NEEDED[kind]:
        raise SetupFailed(
            f"Il ne reste que {free} Mo sur le disque, et l’installation en demande {ROOM_NEEDED[kind]} : "
            "libérez de la place, puis relancez la commande."
        )


def create_environment() -> None:
    """Makes .venv, or makes it again when its interpreter no longer runs."""
    if VENV_PYTHON.exists() and subprocess.run([VENV_PYTHON, "-c", ""], capture_output=True).returncode == 0:
        return
    say(f"Création de l’environnement .venv avec Python {sys.version.split()[0]}.")
    # Without pip: Debian without python3-venv has no ensurepip, and pip can install from outside.
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)], capture_output=True, text=True
    )
    if made.returncode:
        raise SetupFailed(cause_of(made.stdout + made.stderr, "L’environnement .venv n’a pas pu être créé."))


def pip_command() -> list[str]:
    """The pip that will install into .venv: of this interpreter, else one put into .venv by ensurepip."""
    version = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, text=True)
    found = re.match(r"pip (\d+)\.(\d+)", version.stdout)
    if found and (int(found[1]), int(found[2])) >= PIP_WITH_OTHER_PYTHON:
        return [sys.executable, "-m", "pip", "--python", str(VENV_PYTHON)]
    inside = subprocess.run([VENV_PYTHON, "-m", "ensurepip", "--default-pip"], capture_output=True, text=True)
    if inside.returncode == 0:
        return [str(VENV_PYTHON), "-m", "pip"]
    raise SetupFailed(
        f"pip manque à {sys.executable} : installez-le (sous Debian : apt-get install python3-pip), "
        "puis relancez la commande."
    )


def cause_of(output: str, otherwise: str) -> str:
    """One sentence for a failure whose output is given; the last lines when the cause is not known."""
    for pattern, sentence in CAUSES:
        if re.search(pattern, output):
            return f"{sentence} (détails : {LOG.relative_to(ROOT)})" if LOG.exists() else sentence
    return "\n".join([otherwise, *("  " + line for line in output.strip().splitlines()[-8:])])


def progress(total: int) -> Callable[[str], None]:
    """Shows how many of `total` packages pip has looked at: in place on a terminal, some lines elsewhere."""
    seen = 0
    live = sys.stdout.isatty()

    def look(line: str) -> None:
        nonlocal seen
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            seen += 1
            if live:
                sys.stdout.write(f"\r  {seen} sur {total} paquets")
                sys.stdout.flush()
            elif seen % 15 == 0:
                say(f"  {seen} sur {total} paquets")
        elif line.startswith("Installing collected packages"):
            say(("\n" if live else "") + "  tous les paquets sont là, installation…")

    return look


def install(kind: str) -> None:
    """Installs the pinned and hashed requirements; pip's own words go to a log, shown when it fails."""
    command = [*pip_command(), "install", "--require-hashes", "--no-deps", "--no-warn-script-location"]
    command += ["--disable-pip-version-check", "--no-input", "--retries", "2", "-r", str(requirements(kind))]
    # A user-wide "install --user" or "only in a virtual environment" setting must not stand in the way.
    environment = {**os.environ, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PYTHONUNBUFFERED": "1"}
    total = sum(1 for line in requirements(kind).read_text().splitlines() if re.match(r"[a-z0-9]", line))
    say(f"Installation des paquets Python ({requirements(kind).relative_to(ROOT)}), une fois pour toutes.")
    look, lines = progress(total), []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, cwd=ROOT
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            lines.append(line)
            look(line.strip())
    output = "".join(lines)
    try:
        LOG.write_text(output)
        if pip.returncode == 0:
            stamp(kind).write_text(fingerprint(kind) + "\n")
    except OSError as error:
        output += str(error)
        pip.returncode = pip.returncode or 1
    if pip.returncode:
        raise SetupFailed(cause_of(output, "L’installation des paquets Python a échoué."))
    if kind == "test":  # it holds all that running needs, at the same versions (a test says so)
        stamp("run").write_text(fingerprint("run") + "\n")


def find_chromium() -> str | None:
    return os.environ.get("IMPACT_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)


def offer_chromium() -> None:
    """Installs Debian's Chromium when this is possible without asking; never fails for lack of it."""
    if find_chromium():
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        say("Chromium manque : les tests dans un navigateur seront sautés (installez le paquet chromium).")
        return
    say("Installation de Chromium, pour les tests dans un navigateur.")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    get = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
    for command in (get, ["apt-get", "update", "-qq"], get):
        try:
            ended = subprocess.run(command, capture_output=True, env=environment, timeout=300)
        except (OSError, subprocess.TimeoutExpired):
            break
        if ended.returncode == 0 and find_chromium():
            return
    say("Chromium n’a pas pu être installé : les tests dans un navigateur seront sautés.")


def prepare(kind: str) -> None:
    if not is_installed(kind):
        check_room(kind)
        create_environment()
        install(kind)
    if kind == "test":
        offer_chromium()


def lock() -> None:
    """Compiles both requirements files; they name no package index."""
    compile_ = [str(VENV / "bin" / "uv"), "pip", "compile", "pyproject.toml", "--universal", "--quiet"]
    compile_ += ["--python-version", "3.11", "--generate-hashes", "--no-annotate", "--no-header"]
    compile_ += ["--no-emit-index-url", "--no-emit-find-links"]
    for kind, more in (("run", []), ("test", ["--group", "dev"])):
        say(f"Compilation de {requirements(kind).relative_to(ROOT)}.")
        target = ["--output-file", str(requirements(kind).relative_to(ROOT))]
        if subprocess.run([*compile_, *more, *target], cwd=ROOT, stdout=subprocess.DEVNULL).returncode:
            raise SetupFailed("La compilation a échoué ; les fichiers sont inchangés.")


def main(arguments: list[str]) -> int:
    try:
        match arguments:
            case ["run" | "test" as kind]:
                prepare(kind)
            case ["lock"]:
                lock()
            case _:
                raise SetupFailed("usage : bootstrap.py run|test|lock")
    except SetupFailed as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    except OSError as error:
        sys.stderr.write(cause_of(os.strerror(error.errno or 0), f"La préparation a échoué : {error}") + "\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrompu ; relancez la commande pour reprendre.\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
