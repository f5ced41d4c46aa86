"""What a process holds while it runs: settings, database, storage, sender of hints, recorder of paradata."""

from __future__ import annotations

from dataclasses import dataclass

from app.config import Settings, load_settings
from app.db import Database
from app.jobs import Sender
from app.services import nomenclatures
from app.services.paradata import Recorder
from app.storage import FolderStorage, Storage


@dataclass(frozen=True, slots=True)
class Platform:
    """One of these per process, shared by the web, the worker and the command line."""

    settings: Settings
    database: Database
    storage: Storage
    sender: Sender
    recorder: Recorder


def open_platform(settings: Settings | None = None) -> Platform:
    """Open the platform on these settings, or on those of the environment. No connection is made yet."""
    settings = settings or load_settings()
    nomenclatures.look_in(settings.storage)
    database = Database(settings.database_url)
    return Platform(
        settings=settings,
        database=database,
        storage=FolderStorage(settings.storage),
        sender=Sender(settings.broker_url),
        recorder=Recorder(database),
    )
