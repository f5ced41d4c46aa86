"""The files of the repository, as the rules look at them."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that is, or is about to be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = sorted({ROOT / name for name in listed.stdout.split("\0") if name})
    return tuple(path for path in paths if path.is_file())


def python(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Name and tree of the Python files below these folders; all of them without a folder."""
    for path in tracked():
        name = str(path.relative_to(ROOT))
        if path.suffix == ".py" and (not folders or name.split("/")[0] in folders):
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def run(*command: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """A command at the root of the repository."""
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=170)


def fresh(code: str, env: dict[str, str] | None = None) -> str:
    """What a fresh interpreter prints; its fault is the test's."""
    done = run(sys.executable, "-c", code, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
