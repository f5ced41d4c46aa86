"""The application served to a real browser, with something on every screen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask_security import hash_password
from werkzeug.serving import make_server

from app.services import accounts, authoring, fieldwork, folding, margins, responding, simulation, snapshots, trial
from app.services.platform import Platform

EMAIL, PASSWORD = "equipe@example.org", "un mot de passe assez long"
SIMULATED = 400
REAL_WAVE, CLOSED_WAVE = "citoyens-2022-terrain", "citoyens-2022-close"


@dataclass
class Site:
    """Where the application is served, and what was put into it."""

    url: str
    platform: Platform
    draft_id: int
    version_id: int


@pytest.fixture
def site(app: Flask) -> Iterator[Site]:
    """The application on a loopback port: a trial wave, a demonstration, a planned and a closed wave, an account."""
    platform: Platform = app.extensions["impact"]
    ids = furnish(app, platform)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}", platform, *ids)
    server.shutdown()
    thread.join()
    server.server_close()


def furnish(app: Flask, platform: Platform) -> tuple[int, int]:
    """Put something on every screen; gives the ids of a draft and of the published version."""
    database, secret = platform.database, platform.settings.secret_key
    with database.transaction() as session:
        trial.seed_trial(session, "Observatoire des partenariats")
        demo = trial.seed_demo(session, "Observatoire des partenariats")
        version_id, demo_id = demo.version_id, demo.id
        fieldwork.create_wave(session, key=REAL_WAVE, name="Terrain 2022", version_id=version_id, origin="respondent")
        closed = fieldwork.create_wave(
            session, key=CLOSED_WAVE, name="Vague close", version_id=version_id, origin="trial"
        )
        fieldwork.open_wave(session, closed)
        fieldwork.close_wave(session, closed)
        data = (trial.DEFINITIONS / trial.QUESTIONNAIRE / f"{trial.VERSION}.yaml").read_bytes()
        draft = authoring.import_version(session, data.replace(b'version: "2022"', b'version: "2023"'))
        with app.app_context():
            hashed = hash_password(PASSWORD)
        roles = ["administrator", "designer", "analyst"]
        accounts.create_account(session, email=EMAIL, name="Camille Renard", password_hash=hashed, roles=roles)
        draft_id = draft.id
    recipe = margins.read_margins(trial.QUESTIONNAIRE, trial.MARGINS)
    for _ in simulation.simulate(database, f"{trial.DEMO_KEY}-1", SIMULATED, recipe, secret):
        pass
    folding.fold_wave(database, platform.storage, None, demo_id)
    snapshots.refresh_snapshot(database, platform.storage, demo_id)
    return draft_id, version_id


def token_at(platform: Platform, page: str) -> str:
    """The token of a respondent of the trial wave who has reached a page."""
    recipe = margins.read_margins(trial.QUESTIONNAIRE, trial.MARGINS)
    return simulation.simulate_until(platform.database, trial.TRIAL_KEY, page, 1, recipe)[0]


def sent_token(platform: Platform) -> str:
    """The token of a respondent of the trial wave who has sent everything."""
    token = token_at(platform, "")
    with platform.database.transaction() as session:
        secret = platform.settings.secret_key
        sent = responding.submit_response(session, trial.TRIAL_KEY, token, secret, None)
        assert isinstance(sent, responding.Submitted)
    return token
