"""The two edges of the database: nothing is lost, nothing is written by a reader, one commit a request."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.config import Settings
from app.db import Database, after_commit
from app.jobs import Sender
from app.models import Questionnaire, Role
from app.services.paradata import Recorder
from app.services.platform import Platform
from app.storage import FolderStorage
from app.web import pages
from tests.conftest import settings_for
from tests.factories import count_rows, now
from tests.journeys import at_once, opened

TRANSACTIONS = 300


def count_up(url: str, times: int) -> int:
    """Read a row, then write it one higher, each time in a transaction of its own."""
    with opened(url) as database:
        for _ in range(times):
            with database.transaction() as session:
                role = session.scalars(select(Role).where(Role.name == "counter").with_for_update()).one()
                role.description = str(int(role.description) + 1)
    return times


def keep_a_role(database: Database, name: str = "counter") -> None:
    with database.transaction() as session:
        session.add(Role(name=name, description="0"))


def roles(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(Role.name).order_by(Role.id)))


def test_two_processes_that_read_then_write_lose_nothing(database: Database, database_url: str) -> None:
    keep_a_role(database)
    at_once(*[partial(count_up, database_url, TRANSACTIONS)] * 2)
    with database.reading() as session:
        assert session.scalars(select(Role.description)).one() == str(2 * TRANSACTIONS)


def test_a_transaction_that_raises_has_written_nothing(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as session:
            session.add(Role(name="analyst", description="…"))
            session.flush()
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert roles(database) == []


WRITES = {
    "a new object": lambda session: (session.add(Role(name="a", description="")), session.flush()),
    "a changed object": lambda session: (
        setattr(session.scalars(select(Role)).one(), "description", "changed"),
        session.flush(),
    ),
    "an insert": lambda session: session.execute(insert(Role).values(name="a", description="")),
    "an update": lambda session: session.execute(update(Role).values(description="changed")),
    "a delete": lambda session: session.execute(delete(Role)),
}


@pytest.mark.parametrize("way", ["reading", "snapshot"])
@pytest.mark.parametrize("write", WRITES)
def test_a_reading_session_refuses_to_write(database: Database, way: str, write: str) -> None:
    keep_a_role(database)

    def try_it() -> None:
        with getattr(database, way)() as session:
            WRITES[write](session)

    with pytest.raises(RuntimeError, match="a reading session was asked to write"):
        try_it()
    with database.reading() as session:
        assert [(role.name, role.description) for role in session.scalars(select(Role))] == [("counter", "0")]


def test_a_snapshot_sees_one_state_and_a_reading_session_every_committed_row(database: Database) -> None:
    with database.snapshot() as session:
        before = session.scalars(select(Role.name)).all()
        keep_a_role(database)
        assert session.scalars(select(Role.name)).all() == before == []
    assert roles(database) == ["counter"]


def test_what_waits_for_the_commit_runs_after_it(database: Database) -> None:
    seen: list[list[str]] = []
    with database.transaction() as session:
        session.add(Role(name="analyst", description=""))
        after_commit(session, lambda: seen.append(roles(database)))
        assert seen == []
    assert seen == [["analyst"]]


def test_what_waits_for_the_commit_is_forgotten_on_rollback(database: Database) -> None:
    seen: list[str] = []

    def fail() -> None:
        with database.transaction() as session:
            after_commit(session, lambda: seen.append("ran"))
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with database.transaction():
        pass
    assert seen == []


def test_what_waits_for_the_commit_is_forgotten_when_the_commit_fails(database: Database) -> None:
    keep_a_role(database)
    seen: list[str] = []

    def fail() -> None:
        with database.transaction() as session:
            session.add(Role(name="counter", description="twice"))
            after_commit(session, lambda: seen.append("ran"))

    with pytest.raises(IntegrityError):
        fail()
    assert seen == []


def test_a_failing_hint_neither_undoes_nor_hides_what_was_committed(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []

    def fail() -> None:
        raise OSError("the broker is away")

    with database.transaction() as session:
        session.add(Role(name="analyst", description=""))
        after_commit(session, fail)
        after_commit(session, lambda: seen.append("the next one"))
    assert roles(database) == ["analyst"]
    assert seen == ["the next one"]
    assert "the broker is away" in caplog.text


# -- the edge of the web --------------------------------------------------------------------------


@pytest.fixture
def site_settings(database: Database, tmp_path: Path) -> Settings:
    return settings_for(database.url.render_as_string(hide_password=False), tmp_path)


@pytest.fixture
def site(database: Database, site_settings: Settings) -> flask.Flask:
    """A small site on the real edge and the real database."""
    app = pages.Application("site")
    app.extensions["impact"] = Platform(
        site_settings,
        database,
        FolderStorage(site_settings.storage),
        Sender(site_settings.broker_url),
        Recorder(database),
    )
    pages.install_edge(app)

    @app.after_request
    def look(response: flask.Response) -> flask.Response:
        # Registered after the edge, so it runs before: nothing is committed yet.
        response.headers["Stored"] = str(len(roles(database)))
        return response

    @app.route("/write/<ending>", methods=["GET", "POST"])
    def write(ending: str) -> Any:
        session: Session = pages.session()
        session.add(Role(name=ending, description=""))
        session.flush()
        match ending:
            case "raise":
                raise LookupError
            case "abort":
                flask.abort(409)
            case "redirect":
                return flask.redirect("/", 303)
            case "fail-at-commit":
                session.add_all([Questionnaire(key="same", created_at=now()) for _ in range(2)])
        return ending

    @app.post("/count")
    def count() -> str:
        after_commit(pages.session(), lambda: app.extensions.setdefault("seen", []).append(roles(database)))
        pages.session().add(Role(name="counted", description=""))
        return str(pages.session() is pages.session())

    @app.errorhandler(500)
    @app.errorhandler(409)
    def explain(error: Exception) -> tuple[str, int]:
        # An error page asks the database too: who is signed in.
        found = pages.session().scalars(select(Role.name)).all()
        return f"{len(found)} stored", getattr(error, "code", 500)

    return app


def test_what_fails_is_logged_without_its_path(site: flask.Flask, caplog: pytest.LogCaptureFixture) -> None:
    """A path may hold the code of a response."""
    assert site.test_client().post("/write/raise").status_code == 500
    assert "Exception in write [POST]" in caplog.text
    assert "LookupError" in caplog.text
    assert "/write/raise" not in caplog.text


@pytest.fixture
def visitor(site: flask.Flask) -> FlaskClient:
    return site.test_client()


@pytest.mark.parametrize("ending", ["return", "redirect"])
def test_a_post_is_committed_once_after_the_view(visitor: FlaskClient, database: Database, ending: str) -> None:
    answer = visitor.post(f"/write/{ending}")
    assert answer.status_code < 400
    assert answer.headers["Stored"] == "0"
    assert roles(database) == [ending]


def test_a_request_has_one_session_and_its_hints_leave_after_the_commit(
    site: flask.Flask, visitor: FlaskClient
) -> None:
    assert visitor.post("/count").text == "True"
    assert site.extensions["seen"] == [["counted"]]


@pytest.mark.parametrize(("ending", "status"), [("raise", 500), ("abort", 409), ("fail-at-commit", 500)])
def test_a_post_that_fails_writes_nothing_and_its_error_page_can_read(
    visitor: FlaskClient, database: Database, ending: str, status: int
) -> None:
    answer = visitor.post(f"/write/{ending}")
    assert (answer.status_code, answer.text) == (status, "0 stored")
    assert roles(database) == []
    assert count_rows(database, Questionnaire) == 0
    assert visitor.post("/write/return").status_code == 200, "the edge is whole again"
    assert roles(database) == ["return"]


def test_a_get_that_writes_fails(visitor: FlaskClient, database: Database) -> None:
    assert visitor.get("/write/return").status_code == 500
    assert roles(database) == []


def test_connections_come_back_whatever_the_ending(visitor: FlaskClient, database: Database) -> None:
    for ending in ("return", "raise", "abort", "fail-at-commit", "redirect") * 4:
        visitor.post(f"/write/{ending}")
        visitor.get(f"/write/{ending}")
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
