"""What is loaded by whom, asked of fresh interpreters."""

import os
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, fresh, run

FRAMEWORKS = {
    *("flask", "werkzeug", "jinja2", "wtforms", "flask_wtf", "flask_security", "flask_babel", "babel"),
    *("sqlalchemy", "alembic", "psycopg", "celery", "kombu", "redis", "gunicorn"),
}
NUMBERS = {"numpy", "scipy", "polars", "pandas", "pyarrow"}
AT_THE_BORDER = {"pydantic", "yaml"}
READS_FILES = tuple(
    f"questionnaires.{name}" for name in ("definition", "concepts", "editing", "published", "comparison.ledger_file")
)
HEAVY = {*NUMBERS, "z3", "typst", "vl_convert", "xlsxwriter", "pyreadstat", "lxml", "matplotlib"}


def modules(package: str) -> list[str]:
    """Every module of a package."""
    files = (ROOT / package.replace(".", "/")).rglob("*.py")
    names = (".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files)
    return sorted(name.removesuffix(".__init__") for name in names)


def loaded_by(names: list[str]) -> set[str]:
    """Top packages in memory once these modules are imported."""
    code = f"import sys, {', '.join(names)}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    return set(fresh(code).split())


def test_the_questionnaire_core_knows_no_framework_and_no_numbers() -> None:
    assert loaded_by(modules("questionnaires")) & (FRAMEWORKS | NUMBERS | {"app", "worker"}) == set()


def test_files_are_parsed_at_the_border_only() -> None:
    inside = [name for name in modules("questionnaires") if not name.startswith(READS_FILES)]
    assert loaded_by(inside) & AT_THE_BORDER == set()


def test_the_kernel_knows_no_framework_and_not_the_core() -> None:
    loaded = loaded_by(modules("app.estimation"))
    assert loaded & (FRAMEWORKS | AT_THE_BORDER | {"polars", "pandas", "questionnaires"}) == set()


RESPONDENT = """
import re, sys
from app import create_app
visitor = create_app().test_client()
entry = visitor.get("/r/{wave}/")
assert entry.status_code == 200, entry.status
def fields(page):
    text = page.get_data(as_text=True)
    return dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', text))
started = visitor.post("/r/{wave}/", data=fields(entry), headers={{"Sec-Fetch-Site": "same-origin"}})
assert started.status_code == 303, started.status
first = visitor.get(started.location)
assert first.status_code == 200, first.status
saved = visitor.post(started.location, data=fields(first) | {{"aller": "suite"}},
                     headers={{"Sec-Fetch-Site": "same-origin"}})
assert saved.status_code < 500, saved.status
print(*{{name.partition('.')[0] for name in sys.modules}})
"""


@pytest.fixture
def seeded(sqlite_url: str, tmp_path: Path) -> tuple[dict[str, str], str]:
    """Environment of a platform with its trial wave, and the key of that wave."""
    env = dict(os.environ) | {"DATABASE_URL": sqlite_url, "IMPACT_VAR": str(tmp_path / "var")}
    done = run(sys.executable, "-m", "flask", "--app", "app", "waves", "seed-trial", env=env)
    assert done.returncode == 0, done.stderr
    return env, done.stdout.split()[-1]


def test_serving_a_respondent_loads_nothing_heavy(seeded: tuple[dict[str, str], str]) -> None:
    env, wave = seeded
    assert set(fresh(RESPONDENT.format(wave=wave), env).split()) & HEAVY == set()
