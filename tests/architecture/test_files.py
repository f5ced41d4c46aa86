"""What no file of the repository may hold, and what the files of requirements must."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, tracked

# Written in pieces, so that this file does not hold them.
MACHINE_PATHS = re.compile(
    "|".join(
        [
            r"(?<![\w.])/" + r"(?:work|root|Users)/\w",
            r"(?<![\w.])/" + r"home/\w",
            r"/tm" + r"p/(?:contract|pytest|impact)",
            r"/\." + r"pyenv/",
            r"site-" + r"packages/\w",
        ]
    )
)
INDEXES = re.compile(
    "|".join(
        [
            r"pypi" + r"\.org",
            r"python" + r"hosted\.org",
            r"registry\.npm" + r"js",
            r"registry\.yarn" + r"pkg",
            r"--(?:extra-)?index-" + r"url[= ]\S*:",
            r"/simple" + r"/[a-z]",
        ]
    )
)
BINARY = {".mo", ".png", ".jpg", ".woff2", ".parquet", ".xlsx", ".ico"}
OPTIONS = ("-i", "-f", "--index", "--extra-index", "--find-links", "--trusted-host", "-e")


def texts() -> list[tuple[str, str]]:
    """Name and text of every file that is not binary."""
    return [
        (str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
        for path in tracked()
        if path.suffix not in BINARY
    ]


@pytest.mark.parametrize("pattern", [MACHINE_PATHS, INDEXES], ids=["machine paths", "package indexes"])
def test_no_file_names_the_place_where_it_was_made(pattern: re.Pattern[str]) -> None:
    found = [f"{name}: {match.group()}" for name, text in texts() for match in [pattern.search(text)] if match]
    assert found == []


def test_the_rule_sees_what_it_forbids() -> None:
    assert MACHINE_PATHS.search("see /wo" + "rk/main/app")
    assert INDEXES.search("https://py" + "pi.org/project")
    assert not MACHINE_PATHS.search("../work/ and /r/<wave>/ and app/homepage/x")


def pins(kind: str) -> dict[str, set[str]]:
    """Package -> its pins (one a marker) in a file of requirements."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / "requirements" / f"{kind}.txt").read_text(encoding="utf-8").splitlines():
        if line[:1].isalnum():
            pin = line.removesuffix("\\").strip()
            found.setdefault(re.split(r"[=\[ ]", pin)[0], set()).add(pin)
    return found


@pytest.mark.parametrize("kind", ["run", "test"])
def test_requirements_are_pinned_hashed_and_name_no_index(kind: str) -> None:
    lines = (ROOT / "requirements" / f"{kind}.txt").read_text(encoding="utf-8").splitlines()
    for before, line in zip(lines, [*lines[1:], ""], strict=True):
        assert not before.startswith(OPTIONS), before
        assert " @ " not in before, before
        if before[:1].isalnum():
            assert re.match(r"[a-z0-9.-]+==\S+", before), before
            assert line.strip().startswith("--hash=sha256:"), before


def test_what_the_tests_install_is_what_runs() -> None:
    run, test = pins("run"), pins("test")
    assert {name: pin for name, pin in run.items() if test.get(name) != pin} == {}


def test_every_dependency_is_in_the_requirements() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for kind, wanted in (
        ("run", project["project"]["dependencies"]),
        ("test", project["dependency-groups"]["dev"]),
    ):
        names = {re.split(r"[<>=\[]", text)[0] for text in wanted}
        assert names <= set(pins(kind)), "make lock"


def test_what_continuous_integration_runs_is_make_test() -> None:
    script = Path(ROOT / ".ci" / "run")
    assert script.stat().st_mode & 0o111
    assert script.read_text(encoding="utf-8").strip().splitlines()[-1] == "exec make test"
