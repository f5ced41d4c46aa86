"""Members of the staff before the pages, and a wave with something to read."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from werkzeug.test import TestResponse

from app.services import accounts, folding, snapshots
from app.services.platform import Platform
from tests import factories
from tests.conftest import make_app, settings_for
from tests.factories import Field

PASSWORD = "une longue phrase de passe"
SIMULATED = 260
SEEN = re.compile(r'name="seen" value="([^"]+)"')
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Member:
    """Someone of the staff and their browser. `post` fills the form that stands at the address."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self.client.get(path)

    def read(self, path: str) -> str:
        """The text of a page that must be there, with plain spaces."""
        response = self.get(path)
        assert response.status_code == 200, f"{path}: {response.status_code}"
        return plain(response.text)

    def post(self, path: str, *, form_at: str = "", **fields: str) -> TestResponse:
        """Send the form of a page, found at `form_at` when that is another page."""
        form = self.client.get(form_at or path).text
        found, seen = TOKEN.search(form), SEEN.search(form)
        assert found, f"no form at {form_at or path}"
        hidden = {"csrf_token": found[1]} | ({"seen": seen[1]} if seen else {})
        return self.client.post(path, data={**hidden, **fields})

    def sign_in(self, email: str, password: str = PASSWORD, then: str = "") -> TestResponse:
        """Sign in with an address and a password."""
        return self.post(f"/account/login{then}", email=email, password=password)


def plain(text: str) -> str:
    """A text whose no-break spaces are plain, so that tests need not spell them."""
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u00ad", "")


def hire(app: Flask, *roles: str) -> str:
    """Make an account with these roles; gives its address."""
    email = f"{'-'.join(roles) or 'sans-role'}@exemple.fr"
    platform: Platform = app.extensions["impact"]
    with app.app_context():
        password = hash_password(PASSWORD)
    with platform.database.transaction() as session:
        accounts.create_account(session, email=email, name="Camille", password_hash=password, roles=roles)
    return email


@pytest.fixture
def someone(app: Flask) -> Callable[..., Member]:
    """Someone signed in with these roles, in the application of the test."""

    def make(*roles: str) -> Member:
        member = Member(app.test_client())
        member.sign_in(hire(app, *roles))
        return member

    return make


@pytest.fixture
def administrator(someone: Callable[..., Member]) -> Member:
    """An administrator."""
    return someone("administrator")


@pytest.fixture
def version_id(app: Flask) -> int:
    """The shipped questionnaire, published."""
    return factories.publish_shipped(app.extensions["impact"].database)


@dataclass(frozen=True)
class House:
    """An application with a simulated wave, folded, that tests only read."""

    app: Flask
    field: Field
    reader: Member


@pytest.fixture(scope="session")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Some hundreds of simulated people have answered; the analyst is signed in."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(sqlite_template, folder / "impact.sqlite3")
    app = make_app(settings_for(f"sqlite:///{folder / 'impact.sqlite3'}", folder))
    platform: Platform = app.extensions["impact"]
    field = factories.launch_shipped(platform.database)
    factories.simulate(field, SIMULATED)
    fold(app, field.wave_id)
    reader = Member(app.test_client())
    reader.sign_in(hire(app, "administrator"))
    yield House(app, field, reader)
    platform.database.close()


def fold(app: Flask, wave_id: int) -> None:
    """What the worker does after responses are sent."""
    platform: Platform = app.extensions["impact"]
    while folding.fold_wave(platform.database, platform.storage, None, wave_id):
        pass
    snapshots.refresh_snapshot(platform.database, platform.storage, wave_id)
