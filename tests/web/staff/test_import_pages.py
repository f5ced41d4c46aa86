"""The pages of imports: a file is deposited, its mapping corrected and approved, its wave read and withdrawn."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.jobs import IMPORT_MICRODATA
from app.models import Import, Job
from app.services import jobs
from app.services.imports import keeping, running
from app.services.platform import Platform
from tests.web.staff.members import TOKEN, Member, fold, plain

ROWS = ["SEXE;region;inutile;POIDS"] + ["Homme;11;<b>x</b>;1,5", "Femme;84;été;0,5"] * 20
LAST = "Autre;84;z;1"


def deposit(member: Member, version_id: int, content: bytes, name: str = "étude 2015.csv") -> TestResponse:
    found = TOKEN.search(member.get("/analyse/imports/new").text)
    assert found
    fields = {"csrf_token": found[1], "version": str(version_id), "file": (io.BytesIO(content), name)}
    return send(member.client, fields)


def send(client: FlaskClient, fields: dict[str, Any]) -> TestResponse:
    """Post the form, as a browser does; what the client wrote to disk for it is closed."""
    answer = client.post("/analyse/imports/new", data=fields, content_type="multipart/form-data")
    answer.request.environ["wsgi.input"].close()
    return answer


def work(app: Flask) -> None:
    """Every job of imports that waits, as the worker does them."""
    platform: Platform = app.extensions["impact"]
    with platform.database.reading() as session:
        waiting = [(one.id, one.name, one.ids[0]) for one in session.query(Job).filter_by(status="pending")]
    for job_id, name, import_id in waiting:
        with jobs.running(platform.database, job_id):
            if name == IMPORT_MICRODATA.name:
                running.run_import(platform.database, platform.storage, None, import_id, job_id)
            else:
                running.examine_import(platform.database, platform.storage, import_id)


def row_of(app: Flask) -> Import:
    with app.extensions["impact"].database.reading() as session:
        return keeping.list_imports(session)[0]


def text_of(page: str) -> str:
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.S)
    assert found
    return html.unescape(found[1]).strip()


def test_a_study_goes_from_its_file_to_its_tables(app: Flask, version_id: int, administrator: Member) -> None:
    answer = deposit(administrator, version_id, "\n".join([*ROWS, LAST]).encode("cp1252"))
    assert answer.status_code == 303
    path = answer.headers["Location"]
    assert "Lecture du fichier en cours" in administrator.read(path)
    assert "data-live=" in administrator.read(path)
    work(app)
    assert "data-live=" not in administrator.read(f"{path}/part")
    page = administrator.read(path)
    assert "cp1252, séparateur point-virgule" in page
    assert "L’import les refuse" in page
    assert "moins de 11" in page
    assert "<b>x</b>" not in page
    assert "Approuver la correspondance" not in page
    typed = text_of(administrator.get(f"{path}/mapping").text).replace(
        "unknown_codes: refuse", "unknown_codes: skipped"
    )
    wrong = administrator.post(f"{path}/mapping", text=typed.replace("sexe:", "sexes:"))
    assert wrong.status_code == 200
    assert "La version n’a pas de variable « sexes »" in plain(wrong.text)
    assert re.search(r"Ligne \d+", plain(wrong.text))
    assert "unknown_codes: skipped" in wrong.text, "nothing typed is lost"
    answer = administrator.post(f"{path}/mapping", text=typed)
    assert answer.status_code == 303, answer.text
    work(app)
    refusal = administrator.post(f"{path}/review", form_at=path, name=" ")
    assert "Écrivez le nom" in refusal.text
    assert administrator.post(f"{path}/review", form_at=path, name="Claire").status_code == 303
    assert "relue par Claire" in administrator.read(path)
    assert administrator.post(f"{path}/run", form_at=path).status_code == 303
    assert "Import en cours" in administrator.read(path)
    work(app)
    row = row_of(app)
    assert row.status == "done", row.problem
    assert row.wave_id is not None
    fold(app, row.wave_id)
    assert "poids du fichier" in administrator.read("/analyse/etude-2015/questions/sexe")
    assert "Voir les tableaux" in administrator.read(path)
    assert "Ce retrait est définitif" in administrator.read(f"{path}/withdraw")
    assert administrator.post(f"{path}/withdraw").status_code == 303
    assert administrator.get("/analyse/etude-2015/").status_code == 404
    assert administrator.post(f"{path}/remove", form_at=path).status_code == 303
    assert "Aucun import" in administrator.read("/analyse/imports/")


def test_a_file_that_is_none_is_said_at_its_field(version_id: int, administrator: Member) -> None:
    for content, said in ((b"PK\3\4\0", "ni un texte CSV ni un fichier SPSS"), (b"", "Le fichier est vide")):
        answer = deposit(administrator, version_id, content)
        assert answer.status_code == 200
        assert said in plain(answer.text)
    assert "Choisissez un fichier" in administrator.post("/analyse/imports/new", version=str(version_id)).text


def test_a_file_that_cannot_be_read_is_told_on_its_page(app: Flask, version_id: int, administrator: Member) -> None:
    path = deposit(administrator, version_id, b"a;a\n1;2\n").headers["Location"]
    work(app)
    page = administrator.read(path)
    assert "Deux colonnes s’appellent « a »" in page
    assert "Supprimer cet import" in page
    assert administrator.read(f"{path}/mapping"), "its page opens, though there is nothing to edit"


@pytest.mark.parametrize(("size", "status"), [(3_000_000, 303), (21_000_000, 413)])
def test_files_are_taken_up_to_a_size(version_id: int, administrator: Member, size: int, status: int) -> None:
    content = b"a;b\n" + b"1;2\n" * (size // 4)
    assert deposit(administrator, version_id, content).status_code == status


def test_a_stranger_sends_no_large_file(app: Flask) -> None:
    fields: dict[str, Any] = {"file": (io.BytesIO(b"a" * 3_000_000), "a.csv")}
    assert send(app.test_client(), fields).status_code == 413


def test_only_an_administrator_withdraws(app: Flask, version_id: int, someone: Callable[..., Member]) -> None:
    analyst = someone("analyst")
    path = deposit(analyst, version_id, "\n".join(ROWS).encode()).headers["Location"]
    work(app)
    assert analyst.get(f"{path}/withdraw").status_code == 403
    assert analyst.get(f"{path}/mapping.yaml").text.startswith("# Correspondance")
    assert analyst.get("/analyse/imports/999").status_code == 404
