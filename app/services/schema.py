"""The schema of the database: bring it up to date, take it back, compare it with the models."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from app.config import ROOT
from app.db import Database

MIGRATION_LOCK = 4_907_211  # any number, the same for every process that migrates
MIGRATIONS = ROOT / "migrations"


class MigrationBrokeReferences(Exception):
    """A migration left rows that point at nothing; it was rolled back."""


def upgrade(database: Database, revision: str = "head", migrations: Path = MIGRATIONS) -> Path | None:
    """Apply the migrations up to `revision`; gives the safety copy made of a SQLite file, if any."""
    copy = _copy_sqlite(database) if database.is_sqlite and _is_behind(database, migrations) else None
    _run(database, migrations, lambda config: command.upgrade(config, revision))
    return copy


def downgrade(database: Database, revision: str, migrations: Path = MIGRATIONS) -> Path | None:
    """Take the migrations after `revision` back; gives the safety copy made of a SQLite file, if any."""
    copy = _copy_sqlite(database) if database.is_sqlite and database.is_ready() else None
    _run(database, migrations, lambda config: command.downgrade(config, revision))
    return copy


def check(database: Database) -> None:
    """Raise alembic.util.CommandError when the models and the database differ."""
    _run(database, MIGRATIONS, command.check)


def write_revision(database: Database, message: str, number: str) -> None:
    """Write the next migration from the difference between the models and the database."""
    _run(database, MIGRATIONS, lambda config: command.revision(config, message, autogenerate=True, rev_id=number))


def _config(migrations: Path, connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _is_behind(database: Database, migrations: Path) -> bool:
    """Whether a file that already has a schema is about to change."""
    if not database.is_ready():
        return False
    head = ScriptDirectory.from_config(_config(migrations)).get_current_head()
    with database.reading() as session:
        current: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    return current != head


def _copy_sqlite(database: Database) -> Path:
    """A whole copy beside the file, so that a failed migration costs nothing."""
    source = Path(str(database.url.database))
    copy = source.with_name(f"{source.stem}-before-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S%f}.sqlite3")
    raw = database.engine.raw_connection()
    try:
        raw.cursor().execute("VACUUM INTO ?", (str(copy),))
    finally:
        raw.close()
    return copy


def _run(database: Database, migrations: Path, action: Callable[[Config], object]) -> None:
    if database.is_sqlite:
        Path(str(database.url.database)).parent.mkdir(parents=True, exist_ok=True)
    with database.engine.connect() as connection, _without_foreign_keys(database, connection), connection.begin():
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        action(_config(migrations, connection))
        if database.is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise MigrationBrokeReferences


@contextmanager
def _without_foreign_keys(database: Database, connection: Connection) -> Iterator[None]:
    """SQLite deletes the children of a table that is rebuilt with foreign keys on; they come back whatever happens."""
    driver = connection.connection.driver_connection
    if not database.is_sqlite or driver is None:
        yield
        return
    driver.execute("PRAGMA foreign_keys=OFF")  # before the transaction: inside one it is ignored
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")
