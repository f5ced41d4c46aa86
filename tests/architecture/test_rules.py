"""Rules of the design that a reader could forget: each is a test."""

import ast
import json
import os
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from app.config import VARIABLES, Settings
from app.models.accounts import ROLES
from tests.architecture.sources import ROOT, fresh, python, tracked

LONGEST_FILE = 500
LONGEST_FUNCTION = 50
SOURCES = {".py", ".js", ".ts", ".html"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


# -- sizes ----------------------------------------------------------------------------------------


def test_no_file_is_too_long() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in tracked()
        if path.suffix in SOURCES and (count := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_no_function_is_too_long() -> None:
    long = {
        f"{name}:{node.lineno} {node.name}": length
        for name, tree in python()
        if not name.startswith("migrations/versions/")  # written once from the models, never edited
        for node in ast.walk(tree)
        if isinstance(node, Function) and (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}


# -- transactions ---------------------------------------------------------------------------------


def calls(method: str) -> Iterator[str]:
    """Where a method of this name is called in the program."""
    for name, tree in python("app", "worker", "questionnaires"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
                yield name


def test_commit_is_written_once() -> None:
    assert list(calls("commit")) == ["app/db.py"]


def test_the_environment_is_read_in_one_place() -> None:
    readers = {
        name
        for name, tree in python("app", "worker", "questionnaires")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "environb")
    }
    # The supervisor hands its whole environment to its children.
    assert readers - {"app/config.py", "app/supervisor/__main__.py"} == set()


# -- permissions ----------------------------------------------------------------------------------


OPEN_PERMISSIONS = {"public", "respondent", "signed-in"}


def routes(app: Flask) -> Iterator[tuple[str, str, object]]:
    """Rule, endpoint and permission of every route."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        yield rule.rule, rule.endpoint, getattr(view, "permission", None)


def test_every_route_names_its_permission(app: Flask) -> None:
    unsaid = [
        f"{rule} ({endpoint}): {permission!r}"
        for rule, endpoint, permission in routes(app)
        if permission not in OPEN_PERMISSIONS
        and not (isinstance(permission, tuple) and permission and set(permission) <= set(ROLES))
    ]
    assert unsaid == []


def test_a_visitor_is_sent_to_sign_in_wherever_a_role_is_asked(app: Flask, client: FlaskClient) -> None:
    asked = 0
    for rule in app.url_map.iter_rules():
        if not isinstance(getattr(app.view_functions[rule.endpoint], "permission", None), tuple):
            continue
        arguments: dict[str, Any] = {
            name: 1 if "Integer" in type(kind).__name__ else "x" for name, kind in rule._converters.items()
        }
        with app.test_request_context():
            address = url_for(rule.endpoint, **arguments)
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        answer = client.open(address, method=method)
        # A POST without its CSRF token is refused even earlier.
        assert answer.status_code in ((302,) if method == "GET" else (302, 400)), f"{method} {rule.rule}"
        if answer.status_code == 302:
            assert "/account/login" in answer.location, rule.rule
        asked += 1
    assert asked > 0


# -- jobs -----------------------------------------------------------------------------------------


WORKER = """
import json
from worker import app
app.loader.import_default_modules()
from app.jobs import JOBS, QUEUES
print(json.dumps({
    "jobs": {name: job.queue for name, job in JOBS.items()},
    "queues": list(QUEUES),
    "tasks": [name for name in app.tasks if not name.startswith("celery.")],
    "scheduled": [entry["task"] for entry in app.conf.beat_schedule.values()],
    "routes": {name: route["queue"] for name, route in app.conf.task_routes.items()},
}))
"""


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What the worker says of itself."""
    folder = tmp_path_factory.mktemp("worker")
    told: dict[str, object] = json.loads(fresh(WORKER, dict(os.environ) | {"IMPACT_VAR": str(folder)}))
    return told


def test_every_job_has_a_task_and_every_task_a_job(worker: dict[str, dict[str, str]]) -> None:
    assert sorted(worker["tasks"]) == sorted(worker["jobs"])


def test_every_job_goes_to_a_queue_that_is_served(worker: dict[str, dict[str, str]]) -> None:
    assert worker["routes"] == worker["jobs"]
    assert set(worker["jobs"].values()) <= set(worker["queues"])


def test_what_is_scheduled_is_a_job(worker: dict[str, dict[str, str]]) -> None:
    assert set(worker["scheduled"]) <= set(worker["jobs"])
    assert worker["scheduled"]


# -- settings -------------------------------------------------------------------------------------


def test_every_setting_has_its_variable() -> None:
    assert {field.name for field in fields(Settings)} == set(VARIABLES)


def test_every_setting_is_documented() -> None:
    text = Path(ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert [variable for variable in VARIABLES.values() if f"`{variable}`" not in text] == []
