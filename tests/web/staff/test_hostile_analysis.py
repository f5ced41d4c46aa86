"""The pages of the analysis before what no browser sends: a refusal or the form again, never a broken page."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from app.db import now
from app.models import Wave, Weighting
from app.services.platform import Platform
from app.web.analyse.routes import POSTED
from tests.conftest import make_app, settings_for
from tests.factories import BY_SEX, launch, publish_shipped
from tests.web.staff.members import Member, hire
from tests.web.staff.test_import_pages import ROWS, deposit, row_of, text_of, work
from tests.web.staff.test_weighting_pages import Desk

TYPED: tuple[dict[str, str], ...] = (
    {"action": "remove-²"},
    {"action": f"paste-{'9' * 5000}"},
    {"label": "a\0b"},
    {"margins-0-date": "2020\0", "margins-0-universe": "\0", "margins-0-source": "<b>\0"},
    {"margins-0-name": "\0", "margins-0-variables": "sexe\0 region"},
    {"margins-0-variables": " ".join(["sexe"] * 30)},
    {"margins-0-variables": ""},
    {"margins-0-cells-0": "9" * 400},
    {"margins-0-cells-0": "NaN"},
    {"margins-0-cells-0": "-5"},
    {"margins-0-cells-0": "1e308", "action": "run"},
    {"method": "logit", "low": "0", "high": "9" * 400, "action": "run"},
    {"method": "logit", "low": "-" + "9" * 400, "high": "inf"},
    {"method": "pas", "absences": "pas", "base": "pas", "stratum": "pas\0"},
    {"trim_low": "0,5", "trim_high": "9" * 309},
    {"margins-0-paste": "homme;48\n" * 9_000, "action": "paste-0"},
    {"margins-0-paste": "\0\nhomme\0;4\0", "action": "paste-0"},
    {"margins-0-paste": f"homme;{'9' * 400}\nfemme;{'9' * 400}", "action": "paste-0"},
    {"first": "\0", "second": "\0", "action": "add"},
    {"first": "sexe", "second": "pas", "action": "add"},
    {"margins-7-cells-3": "4", "margins-7-variables": "pas"},
    {"groups-0-variable": "sexe", "groups-0-letters-0": "A", "groups-0-letters-1": "A", "groups-0-when": "jamais"},
)
TOO_LARGE = ("9" * 12, "9" * 40)


@pytest.fixture
def both(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on each of both databases, which answers 500 where a view breaks."""
    app = make_app(settings_for(database_url, tmp_path))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield app
    app.extensions["impact"].database.close()


def analyst_of(app: Flask) -> Member:
    member = Member(app.test_client())
    member.sign_in(hire(app, "administrator"))
    return member


def test_a_number_that_no_row_has_is_not_found(both: Flask) -> None:
    """Larger than the databases can hold, too."""
    field, member = launch(both.extensions["impact"].database), analyst_of(both)
    for number in TOO_LARGE:
        for rest in ("", "/part", "/use", "/delete"):
            assert member.get(f"/analyse/{field.key}/weightings/{number}{rest}").status_code == 404
        for rest in ("", "/part", "/mapping", "/mapping.yaml", "/review", "/run", "/withdraw", "/remove"):
            assert member.get(f"/analyse/imports/{number}{rest}").status_code == 404


def test_a_draft_takes_anything_and_its_page_still_opens(both: Flask) -> None:
    field, member = launch(both.extensions["impact"].database, shares=BY_SEX), analyst_of(both)
    desk = Desk(both, field, member)
    for typed in TYPED:
        number = desk.new()
        answer = member.post(f"{desk.root}/{number}", **desk.fields(number) | {"action": "save"} | typed)
        assert answer.status_code in (200, 303), typed
        assert member.get(f"{desk.root}/{number}").status_code == 200, typed
    assert member.get(desk.root).status_code == 200


def test_what_an_import_is_given_is_kept_or_refused(both: Flask) -> None:
    platform: Platform = both.extensions["impact"]
    version_id = publish_shipped(platform.database)
    member = analyst_of(both)
    answer = deposit(member, version_id, "\n".join(ROWS).encode(), name="../é\0tude<b>.csv")
    assert answer.status_code in (200, 303)
    path = deposit(member, version_id, "\n".join(ROWS).encode()).headers["Location"]
    work(both)
    typed = text_of(member.get(f"{path}/mapping").text)
    for text in (
        typed.replace("name: étude 2015\n", 'name: "a\\0b"\n'),
        typed + '\nunknown_codes: "\\0"',
        "\0",
        "a: &x [1]\nb: *x",
        "[" * 5000,
        "a" * 300_000,
        '"\\ud800": 1',
    ):
        assert member.post(f"{path}/mapping", text=text).status_code in (200, 303, 413)
        assert member.get(path).status_code == 200
    assert member.post(f"{path}/review", form_at=path, name="a\0b").status_code in (200, 303)
    assert member.get("/analyse/imports/").status_code == 200


def test_a_wave_that_cannot_be_withdrawn_stays_that_of_its_import(app: Flask, administrator: Member) -> None:
    platform: Platform = app.extensions["impact"]
    version_id = publish_shipped(platform.database)
    path = deposit(administrator, version_id, "\n".join(ROWS).encode()).headers["Location"]
    work(app)
    assert administrator.post(f"{path}/review", form_at=path, name="Claire").status_code == 303
    administrator.post(f"{path}/run", form_at=path)
    work(app)
    wave_id = row_of(app).wave_id
    assert wave_id is not None
    with platform.database.transaction() as session:
        session.execute(update(Weighting).values(frozen_at=now(), frozen_for="2026"))
    refusal = administrator.post(f"{path}/withdraw")
    assert "elle ne peut pas être supprimée" in refusal.text
    row = row_of(app)
    assert (row.wave_id, row.status) == (wave_id, "done")
    with platform.database.reading() as session:
        assert session.get(Wave, wave_id) is not None


def test_every_act_of_the_analysis_needs_the_mark_of_our_own_form(app: Flask, someone: Callable[..., Member]) -> None:
    field, member = launch(app.extensions["impact"].database), someone("administrator")
    acts = {place.rpartition(".")[2] for place in POSTED}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.removeprefix("analyse.") in acts:
            built = rule.build({"key": field.key, "number": 1, "import_id": 1})
            assert built is not None
            answer = member.client.post(built[1], data={"file": (io.BytesIO(b"a;b\n1;2\n"), "a.csv")})
            answer.request.environ["wsgi.input"].close()
            assert answer.status_code == 400, rule.endpoint
