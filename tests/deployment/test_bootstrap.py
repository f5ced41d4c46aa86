"""`make setup`: what it says when something is missing, and that it does nothing twice."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bootstrap

ROOT = Path(__file__).parents[2]
MAKE = shutil.which("make")


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disque"),
        ("NewConnectionError('... [Errno 101] Network is unreachable')\nNo matching distribution", "réseau"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "empreinte"),
        ("ERROR: No matching distribution found for polars==2.1.0", "3.11 à 3.13"),
    ],
)
def test_a_known_cause_is_one_sentence(output: str, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "LOG", Path("/nonexistent"))
    told = bootstrap.cause_of(output, "sinon")
    assert sentence in told
    assert "\n" not in told


def test_an_unknown_cause_is_shown_as_it_is() -> None:
    assert bootstrap.cause_of("line 1\nline 2", "Échec.") == "Échec.\n  line 1\n  line 2"


def test_an_environment_of_other_requirements_is_not_taken_for_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", Path(sys.executable))
    assert not bootstrap.is_installed("run")
    bootstrap.stamp("run").write_text(bootstrap.fingerprint("run") + "\n")
    assert bootstrap.is_installed("run")
    bootstrap.stamp("run").write_text(bootstrap.fingerprint("test") + "\n")
    assert not bootstrap.is_installed("run")


def test_an_environment_whose_python_has_gone_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(tmp_path / "gone")
    monkeypatch.setattr(bootstrap, "VENV", venv)
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", venv / "bin" / "python")
    bootstrap.create_environment()
    assert subprocess.run([venv / "bin" / "python", "-c", ""]).returncode == 0
    assert "Création" in capsys.readouterr().out


def test_a_python_without_pip_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Debian without python3-pip and python3-venv: neither pip nor ensurepip.
    bare = tmp_path / "python3"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S -c "import sys; sys.exit(1)"\n')
    bare.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(bare))
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", bare)
    with pytest.raises(bootstrap.SetupFailed, match="apt-get install python3-pip"):
        bootstrap.pip_command()


@pytest.mark.skipif(MAKE is None, reason="make is not installed")
def test_a_machine_without_python_is_told_in_two_languages(tmp_path: Path) -> None:
    told = subprocess.run(
        [str(MAKE), "-C", str(ROOT), "setup"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert told.returncode != 0
    assert "Il faut Python 3.11" in told.stderr
    assert "Python 3.11 or newer" in told.stderr


@pytest.mark.skipif(MAKE is None, reason="make is not installed")
def test_make_alone_tells_what_can_be_done() -> None:
    told = subprocess.run([str(MAKE), "-C", str(ROOT)], env=os.environ, capture_output=True, text=True)
    for target in ("setup", "run", "demo", "test", "bench", "lint", "lock"):
        assert f"make {target}" in told.stdout
