"""The gates that read the sources: ruff, mypy, import-linter."""

import sys
import tomllib

from tests.architecture.sources import PROGRAMS, ROOT, run

CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_ruff() -> None:
    found = run(sys.executable, "-m", "ruff", "check", ".")
    assert found.returncode == 0, found.stdout


def test_mypy() -> None:
    found = run(sys.executable, "-m", "mypy")
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_layers_hold() -> None:
    found = run(str(PROGRAMS / "lint-imports"), "--no-cache")
    assert found.returncode == 0, found.stdout + found.stderr


def test_a_new_folder_must_be_given_its_layer() -> None:
    contracts = CONFIGURATION["tool"]["importlinter"]["contracts"]
    exhaustive = {
        container
        for contract in contracts
        if contract["type"] == "layers" and contract.get("exhaustive")
        for container in contract.get("containers", [])
    }
    assert {"app", "app.web", "questionnaires"} <= exhaustive
    # What may be left out of the layers is data only.
    ignored = [name for contract in contracts for name in contract.get("exhaustive_ignores", [])]
    for name in ignored:
        assert not list((ROOT / "questionnaires" / name).rglob("*.py")), name
    assert set(CONFIGURATION["tool"]["importlinter"]["root_packages"]) == {"app", "questionnaires", "worker"}


def test_types_are_checked_strictly_everywhere() -> None:
    mypy = CONFIGURATION["tool"]["mypy"]
    assert mypy["strict"] is True
    assert {"app", "questionnaires", "worker", "benchmarks"} <= set(mypy["packages"])
    ours = ("app", "questionnaires", "worker", "benchmarks")
    for override in mypy["overrides"]:
        if any(name.split(".")[0] in ours for name in override["module"]):
            # The decorators of Celery and click have no types; nothing else may be let through.
            assert set(override) <= {"module", "disallow_untyped_decorators"}


def test_a_warning_is_an_error() -> None:
    assert CONFIGURATION["tool"]["pytest"]["ini_options"]["filterwarnings"][0] == "error"
