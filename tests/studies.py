"""Files of earlier studies, made by the test, and their imports in the test's own process."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from app.db import Database
from app.models import Import, Wave
from app.services import authoring, tallies
from app.services.imports import keeping, running
from app.services.imports.mapping import write_mapping
from app.services.imports.reading import kind_of
from app.services.proving.running import prepare_publication
from app.storage import FolderStorage, Storage
from questionnaires import definition
from questionnaires.model import Questionnaire, Required
from tests.factories import Field
from tests.journeys import fold, refresh
from tests.questionnaires.builders import multiple, number, page, questionnaire, score, single, text

STUDY = questionnaire(
    page("profil", single("sexe", "homme", "femme"), single("region", "nord", "sud")),
    page("avis", score("confiance", no_opinion=True), multiple("freins", "temps", "argent", "idees")),
    page("suite", number("effectif", decimals=1, required=Required.NO), text("mots", required=Required.NO)),
)


def csv_of(rows: Sequence[Mapping[str, object]], separator: str = ";", encoding: str = "utf-8") -> bytes:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode(encoding)


class Study:
    """An import from the deposit of its file to its wave, in the test's own process."""

    def __init__(self, database: Database, storage: Storage, version_id: int, content: bytes) -> None:
        self.database, self.storage = database, storage
        with database.transaction() as session:
            self.id = keeping.create_import(
                session,
                file_name="Étude 2015.csv",
                content_hash=storage.put(keeping.FILES, content),
                kind=kind_of(content),
                version_id=version_id,
            ).id
        self.read()

    def read(self) -> None:
        """What the worker does when a file is deposited, or its mapping edited."""
        running.examine_import(self.database, self.storage, self.id)

    @property
    def row(self) -> Import:
        with self.database.reading() as session:
            return keeping.get_import(session, self.id)

    def edit(self, **changes: Any) -> None:
        """Change keys of the mapping, as a person does in its text."""
        document = {**self.row.mapping, **changes}
        with self.database.transaction() as session:
            row = keeping.get_import(session, self.id, is_locked=True)
            keeping.edit_mapping(session, None, row, write_mapping(document).encode())
        self.read()

    def review(self) -> None:
        with self.database.transaction() as session:
            keeping.review_import(session, keeping.get_import(session, self.id, is_locked=True), "Claire")

    def ask(self) -> None:
        with self.database.transaction() as session:
            keeping.request_import(session, None, keeping.get_import(session, self.id, is_locked=True))

    def run(self) -> Field:
        """Review, import, fold and count; gives the wave."""
        self.review()
        self.ask()
        running.run_import(self.database, self.storage, None, self.id)
        return self.counted()

    def counted(self) -> Field:
        """The wave that was made, folded and counted."""
        with self.database.reading() as session:
            row = keeping.get_import(session, self.id)
            assert row.status == "done", row.problem
            assert row.wave_id is not None
            wave = session.get_one(Wave, row.wave_id)
            asked = authoring.get_version(session, wave.version_id)[1]
        field = Field(self.database, wave.key, wave.id, wave.version_id, asked)
        fold(field, self.storage)
        refresh(field, self.storage)
        return field

    def withdraw(self) -> None:
        with self.database.transaction() as session:
            keeping.withdraw_import(session, keeping.get_import(session, self.id, is_locked=True))


def publish(database: Database, asked: Questionnaire) -> int:
    data = definition.write(asked)
    prepare_publication(database, [data])
    with database.transaction() as session:
        version = authoring.import_version(session, data)
        authoring.publish_version(session, version.id)
        return version.id


def tally_of(field: Field, storage: FolderStorage) -> Any:
    with field.database.reading() as session:
        inputs = tallies.read_inputs(session, field.wave_id)
    return tallies.count_wave(storage, inputs)
