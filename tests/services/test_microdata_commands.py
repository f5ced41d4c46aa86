"""`flask microdata`: propose, read, import; what is wrong is said with its line and an exit status."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app.models import Import, Job, Response
from tests.factories import count_rows
from tests.studies import STUDY, csv_of, publish

NAME = f"{STUDY.name}/{STUDY.version}"


@pytest.fixture(autouse=True)
def published(app: Flask) -> None:
    publish(app.extensions["impact"].database, STUDY)


def run(app: Flask, *words: str | Path) -> Result:
    return app.test_cli_runner().invoke(args=["microdata", *map(str, words)])


def a_file(folder: Path, *, wrong: int = 0) -> Path:
    path = folder / "etude.csv"
    rows = [{"sexe": "homme", "confiance": str(place % 11), "libre": "x"} for place in range(30)]
    path.write_bytes(csv_of([*rows, *[{"sexe": "autre", "confiance": "1", "libre": "y"}] * wrong]))
    return path


def proposed(app: Flask, folder: Path, path: Path) -> Path:
    answer = run(app, "propose", path, "--version", NAME)
    assert answer.exit_code == 0, answer.output
    mapping = folder / "mapping.yaml"
    mapping.write_text(answer.stdout, encoding="utf-8")
    assert "Colonnes que rien n’emploie (1) : libre." in answer.stderr.replace("\u00a0", " ")
    return mapping


def test_a_file_is_proposed_reviewed_and_imported(app: Flask, tmp_path: Path) -> None:
    path = a_file(tmp_path)
    mapping = proposed(app, tmp_path, path)
    answer = run(app, "import", path, "--mapping", mapping, "--reviewed-by", "Claire")
    assert answer.exit_code == 0, answer.output
    assert "/analyse/etude/" in answer.stdout
    database = app.extensions["impact"].database
    assert count_rows(database, Response) == 30
    with database.reading() as session:
        assert session.scalars(select(Import.reviewed_by)).all() == ["Claire"]
        assert session.scalars(select(Job.status)).all() == ["done"]
    again = run(app, "import", path, "--mapping", mapping, "--reviewed-by", "Claire")
    assert again.exit_code == 1
    assert "Une autre vague a déjà l’adresse" in again.stderr


def test_what_is_wrong_is_said_at_its_line(app: Flask, tmp_path: Path) -> None:
    path = a_file(tmp_path, wrong=3)
    mapping = proposed(app, tmp_path, path)
    refused = run(app, "import", path, "--mapping", mapping, "--reviewed-by", "Claire")
    assert refused.exit_code == 1
    assert "moins de 11 réponses, d’abord la n° 31" in refused.stderr
    lines = mapping.read_text(encoding="utf-8").replace("  sexe:", "  sexes:").splitlines()
    mapping.write_text("\n".join(lines), encoding="utf-8")
    answer = run(app, "import", path, "--mapping", mapping, "--reviewed-by", "Claire")
    assert answer.exit_code == 1
    assert f"{mapping}:{lines.index('  sexes:') + 1}: La version n’a pas de variable" in answer.stderr
    assert count_rows(app.extensions["impact"].database, Response) == 0


def test_a_file_or_a_version_that_is_none_is_refused(app: Flask, tmp_path: Path) -> None:
    broken = tmp_path / "a.csv"
    broken.write_bytes(b"a;a\n1;2\n")
    answer = run(app, "propose", broken, "--version", NAME)
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "Deux colonnes s’appellent" in answer.stderr
    assert run(app, "propose", broken, "--version", "rien/2022").exit_code == 2
    assert run(app, "import", broken, "--mapping", broken, "--reviewed-by", " ").exit_code == 2
