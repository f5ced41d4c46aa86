"""The application served to a real browser, with something on every screen: one for each process of the tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from flask_security import hash_password

from app.models import Wave
from app.services import accounts, authoring, fieldwork, folding, jobs, responding, simulation, snapshots, trial
from app.services.platform import Platform
from app.services.weightings import keeping as weightings
from app.services.weightings import margins
from app.services.weightings import running as weighting_runs
from questionnaires.model import Questionnaire
from tests.conftest import make_app, settings_for
from tests.factories import Field, launch
from tests.serving import serve
from tests.studies import Study, csv_of

EMAIL, PASSWORD = "equipe@example.org", "un mot de passe assez long"
SIMULATED = 400
REAL_WAVE, CLOSED_WAVE = "citoyens-2022-terrain", "citoyens-2022-close"


@dataclass
class House:
    """Where an application is served, and the waves put into it."""

    url: str
    app: Flask = field(repr=False)
    platform: Platform = field(repr=False)
    waves: dict[str, Field] = field(default_factory=dict, repr=False)

    def launch(self, key: str, asked: Questionnaire) -> str:
        """Address of an open wave of this questionnaire, made the first time."""
        if key not in self.waves:
            self.waves[key] = launch(self.platform.database, asked, key=key)
        return f"{self.url}/r/{key}/"


@dataclass
class Site:
    """Where the application is served, and what was put into it."""

    url: str
    platform: Platform
    draft_id: int
    version_id: int


@contextmanager
def serve_new(template: Path, folder: Path, **variables: str) -> Iterator[House]:
    """A platform of its own on a copy of an empty migrated database; `variables` are settings."""
    shutil.copy(template, folder / "impact.sqlite3")
    app = make_app(settings_for(f"sqlite:///{folder / 'impact.sqlite3'}", folder, **variables))
    platform: Platform = app.extensions["impact"]
    with serve(app) as url:
        yield House(url, app, platform)
    platform.database.close()


@pytest.fixture(scope="session")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A platform without any wave, with the shipped versions in their order: tests launch theirs."""
    with serve_new(sqlite_template, tmp_path_factory.mktemp("house")) as house:
        database = house.platform.database
        trial.prepare(database)
        with database.transaction() as session:
            trial.publish_all_shipped(session)
        yield house


@pytest.fixture(scope="session")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A platform with a trial wave, a demonstration, a planned and a closed wave, an account."""
    with serve_new(sqlite_template, tmp_path_factory.mktemp("site")) as house:
        yield Site(house.url, house.platform, *furnish(house.app, house.platform))


def furnish(app: Flask, platform: Platform) -> tuple[int, int]:
    """Put something on every screen; gives the ids of a draft and of the published version."""
    database, secret = platform.database, platform.settings.secret_key
    trial.prepare(database)
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
    for _ in simulation.simulate(database, f"{trial.DEMO_KEY.format(trial.VERSION)}-1", SIMULATED, recipe, secret):
        pass
    folding.fold_wave(database, platform.storage, None, demo_id)
    snapshots.refresh_snapshot(database, platform.storage, demo_id)
    weight(platform, demo_id)
    Study(database, platform.storage, version_id, csv_of([{"SEXE": "Homme", "Q2": "1"}, {"SEXE": "Autre", "Q2": "2"}]))
    return draft_id, version_id


def weight(platform: Platform, wave_id: int) -> None:
    """Beside the weighting in use (1): one that found its weights (2), one that did not (3), a draft (4)."""
    with platform.database.transaction() as session:
        wave = session.get_one(Wave, wave_id)
        rows = [weightings.create_draft(session, wave, copy_of=1) for _ in range(3)]
        wide = {**rows[0].recipe, "margins": rows[0].recipe["margins"][:1]}
        weightings.edit_draft(session, wave, rows[0], wide, "Sexe et âge seuls")
        tight = {**wide, "method": "logit", "bounds": {"low": 0.999, "high": 1.001}}
        weightings.edit_draft(session, wave, rows[1], tight, "Bornes trop serrées")
        asked = [weightings.request_run(session, None, wave, row) for row in rows[:2]]
        job_ids = [(row.id, job.id) for row, job in zip(rows, asked, strict=False)]
    for weighting_id, job_id in job_ids:
        with jobs.running(platform.database, job_id):
            weighting_runs.run_weighting(platform.database, platform.storage, weighting_id, job_id)


def token_at(platform: Platform, page: str) -> str:
    """The token of a respondent of the trial wave who has reached a page."""
    recipe = margins.read_margins(trial.QUESTIONNAIRE, trial.MARGINS)
    return simulation.simulate_until(platform.database, trial.TRIAL_KEY, page, 1, recipe, platform.settings.secret_key)[
        0
    ]


def sent_token(platform: Platform) -> str:
    """The token of a respondent of the trial wave who has sent everything."""
    token = token_at(platform, "")
    with platform.database.transaction() as session:
        secret = platform.settings.secret_key
        sent = responding.submit_response(session, trial.TRIAL_KEY, token, secret, None)
        assert isinstance(sent, responding.Submitted)
    return token
