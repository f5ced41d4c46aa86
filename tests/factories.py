"""What must be there before a test begins: a published version, an open wave, thousands of submissions."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, select

from app.db import Database, now
from app.models import Response, Segment, Snapshot, Submission, User, Wave, Weighting
from app.services import accounts, authoring, fieldwork, simulation, trial
from app.services.proving import running
from app.services.responding import ENGINE
from app.services.weightings import margins
from app.storage import FolderStorage
from questionnaires import codebook, definition, routing
from questionnaires.model import Answer, Questionnaire
from tests.questionnaires.builders import ONLINE, page, questionnaire, score, single

SECRET = "a key for tests only, long enough to be taken"
SEED = 2025  # some hundreds of people drawn from it leave no category of the margins empty
NOTICE = dict.fromkeys(fieldwork.NOTICE_FIELDS, "écrit")

TWO_PAGES = questionnaire(
    page("profil", single("sexe", "homme", "femme"), single("region", "nord", "sud")),
    page("avis", score("confiance"), single("engage", "oui", "non")),
)
"""The smallest questionnaire with margins, two pages, and something to measure."""
BY_SEX = {"sexe": {"homme": "48", "femme": "52"}}


@dataclass(frozen=True)
class Field:
    """An open wave, and where it lives."""

    database: Database
    key: str
    wave_id: int
    version_id: int
    questionnaire: Questionnaire


def recipe_of(shares: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Margins of single variables, as a weighting keeps them: recipe_of({"sexe": {"homme": "48", …}})."""
    return {
        "format": 1,
        "key": "essai",
        "label": {"fr": "essai"},
        "method": "raking",
        "note": None,
        "margins": [
            {
                "name": name,
                "variables": [name],
                "universe": {"fr": "tous"},
                "date": "2022",
                "source": "essai",
                "cells": [{"choices": [choice], "share": float(share)} for choice, share in cells.items()],
            }
            for name, cells in shares.items()
        ],
    }


def launch(
    database: Database,
    asked: Questionnaire = TWO_PAGES,
    shares: Mapping[str, Mapping[str, str]] | None = None,
    origin: str = "trial",
    key: str = "essai",
) -> Field:
    """Publish a questionnaire and open a wave of it, weighted on `shares`."""
    data = definition.write(asked)
    running.prepare_publication(database, [data])
    with database.transaction() as session:
        version = authoring.import_version(session, data)
        authoring.publish_version(session, version.id)
        wave = fieldwork.create_wave(
            session, key=key, name="Essai", version_id=version.id, origin=origin, notice=NOTICE, basis="public_interest"
        )
        if shares is not None:
            session.add(Weighting(wave_id=wave.id, number=1, recipe=recipe_of(shares), in_use=True, created_at=now()))
        fieldwork.open_wave(session, wave)
        session.flush()
        return Field(database, key, wave.id, version.id, asked)


def publish_shipped(database: Database) -> int:
    """The questionnaire of the trial, published; gives the number of its version."""
    trial.prepare(database, trial.QUESTIONNAIRE, trial.VERSION)
    with database.transaction() as session:
        return trial.publish_shipped(session).id


def launch_shipped(database: Database) -> Field:
    """The wave of simulated people of the shipped questionnaire, with its margins."""
    trial.prepare(database, trial.QUESTIONNAIRE, trial.VERSION)
    with database.transaction() as session:
        wave = trial.seed_demo(session, "Observatoire")
        session.flush()
        asked = authoring.get_version(session, wave.version_id)[1]
        return Field(database, wave.key, wave.id, wave.version_id, asked)


def simulate(field: Field, count: int) -> None:
    """Have `count` simulated people go through the real pages of the shipped questionnaire."""
    recipe = margins.read_margins(trial.QUESTIONNAIRE, trial.MARGINS)
    for _ in simulation.simulate(field.database, field.key, count, recipe, SECRET, seed=SEED):
        pass


def simulated_payloads(url: str, count: int) -> list[Mapping[str, Any]]:
    """What `count` simulated people of the shipped questionnaire send, on an empty migrated database."""
    database = Database(url)
    field = launch_shipped(database)
    simulate(field, count)
    sent = payloads(field)
    database.close()
    return sent


def payload(asked: Questionnaire, **answers: Answer) -> dict[str, Any]:
    """What a response with these answers sends: the record of its path."""
    record = codebook.record(asked, routing.path(asked, ONLINE, answers))
    return {"values": dict(record.values), "absences": dict(record.absences)}


def payloads(field: Field) -> list[Mapping[str, Any]]:
    """What the people of a wave have sent so far."""
    with field.database.reading() as session:
        statement = select(Submission.payload).where(Submission.wave_id == field.wave_id).order_by(Submission.id)
        return list(session.scalars(statement))


def send_many(field: Field, sent: Sequence[Mapping[str, Any]], count: int, origin: str = "trial") -> None:
    """Add `count` complete responses that sent these payloads in turn: rows only, without their pages."""
    at = now()
    with field.database.transaction() as session:
        responses = [
            {
                "public_id": uuid4().hex[:20],
                "wave_id": field.wave_id,
                "version_id": field.version_id,
                "origin": origin,
                "mode": "web",
                "language": "fr",
                "context": {},
                "given": {},
                "revision": 1,
                "disposition": "complete",
                "token_hash": uuid4().hex,
                "started_at": at,
                "updated_at": at,
                "completed_at": at,
            }
            for _ in range(count)
        ]
        ids = session.scalars(insert(Response).returning(Response.id), responses).all()
        rows = [submission_row(field, one, what) for one, what in zip(ids, itertools.cycle(sent), strict=False)]
        session.execute(insert(Submission), rows)


def submission_row(
    field: Field, response_id: int, sent: Mapping[str, Any], number: int = 1, kind: str = "add"
) -> dict[str, Any]:
    """The columns of one submission."""
    return {
        "response_id": response_id,
        "number": number,
        "kind": kind,
        "wave_id": field.wave_id,
        "version_id": field.version_id,
        "payload": sent,
        "engine": ENGINE,
        "created_at": now(),
    }


def resend(field: Field, response_id: int, sent: Mapping[str, Any], number: int) -> None:
    """A correction of a response: another submission that replaces the one before."""
    with field.database.transaction() as session:
        session.execute(insert(Submission), [submission_row(field, response_id, sent, number, "replace")])


def storage_in(folder: Path) -> FolderStorage:
    """The produced files of a test."""
    return FolderStorage(folder / "storage")


def an_account(database: Database, email: str = "claire@exemple.fr", *roles: str, name: str = "Claire") -> User:
    """A member of the staff."""
    with database.transaction() as session:
        return accounts.create_account(
            session, email=email, name=name, password_hash="x", roles=roles or ("administrator", "analyst")
        )


def count_rows(database: Database, table: type[Any], *where: Any) -> int:
    """How many rows of a table there are."""
    with database.reading() as session:
        return len(session.scalars(select(table.id).where(*where)).all())


def get_wave(field: Field) -> Wave:
    """The row of the wave."""
    with field.database.reading() as session:
        return fieldwork.get_wave(session, field.key)


def segments_of(field: Field) -> Sequence[Segment]:
    """Every segment ever made of the wave."""
    with field.database.reading() as session:
        return session.scalars(select(Segment).where(Segment.wave_id == field.wave_id).order_by(Segment.id)).all()


def snapshots_of(field: Field) -> Sequence[Snapshot]:
    """The snapshots kept of the wave, in their order."""
    with field.database.reading() as session:
        statement = select(Snapshot).where(Snapshot.wave_id == field.wave_id).order_by(Snapshot.number)
        return session.scalars(statement).all()
