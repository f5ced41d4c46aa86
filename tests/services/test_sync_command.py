"""`flask questionnaires sync`: both ways, compared three ways, and nothing is done where both sides changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app.models import QuestionnaireVersion
from app.services import authoring
from questionnaires import definition
from tests.studies import STUDY

FIRST = definition.write(STUDY)


def run(app: Flask, folder: Path, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["questionnaires", "sync", str(folder), *words])


def noted(words: str) -> bytes:
    """The study with other words for its source: another file of the same version."""
    return FIRST.replace(b"\nsections:", f"\nsource: {words}\nsections:".encode(), 1)


def kept(app: Flask) -> list[bytes]:
    with app.extensions["impact"].database.reading() as session:
        return list(session.scalars(select(QuestionnaireVersion.content)))


def keep(app: Flask, content: bytes) -> None:
    with app.extensions["impact"].database.transaction() as session:
        authoring.import_version(session, content)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / STUDY.name / f"{STUDY.version}.yaml"
    made.parent.mkdir()
    made.write_bytes(FIRST)
    return made


def test_each_side_takes_what_only_the_other_changed(app: Flask, tmp_path: Path, path: Path) -> None:
    told = run(app, tmp_path, "--dry-run")
    assert (told.exit_code, kept(app)) == (0, [])
    assert "new-in-files" in told.output
    assert run(app, tmp_path).exit_code == 0
    assert kept(app) == [FIRST]
    path.write_bytes(noted("fichier"))
    assert "changed-in-files" in run(app, tmp_path).output
    assert kept(app) == [noted("fichier")]
    keep(app, noted("base"))
    assert run(app, tmp_path, "--from-files").exit_code == 0
    assert path.read_bytes() == noted("fichier")
    assert "changed-in-database" in run(app, tmp_path).output
    assert path.read_bytes() == noted("base")
    assert run(app, tmp_path).output.startswith("unchanged")


def test_a_version_of_the_database_alone_becomes_a_file(app: Flask, tmp_path: Path, path: Path) -> None:
    path.unlink()
    keep(app, FIRST)
    assert run(app, tmp_path).exit_code == 0
    assert path.read_bytes() == FIRST


def test_nothing_is_touched_where_both_sides_changed(app: Flask, tmp_path: Path, path: Path) -> None:
    run(app, tmp_path)
    path.write_bytes(noted("fichier"))
    keep(app, noted("base"))
    told = run(app, tmp_path)
    assert told.exit_code == 1
    assert "changed-in-both" in told.output
    assert (path.read_bytes(), kept(app)) == (noted("fichier"), [noted("base")])
