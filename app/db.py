"""The engine and its two edges: `reading()` and `transaction()`.

SQLite and PostgreSQL behave alike: a transaction on SQLite takes the write lock at
its start (BEGIN IMMEDIATE), so that a read followed by a write loses nothing; on PostgreSQL it is
READ COMMITTED and the reader asks for the row lock. The only `commit()` of the repository is here.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

SQLITE_LOCK_SECONDS = 30
AFTER_COMMIT = "after_commit"
READ_ONLY = "read_only"
REFUSAL = "a reading session was asked to write"
WRITES = ("INSERT", "UPDATE", "DELETE")

log = logging.getLogger(__name__)


def now() -> dt.datetime:
    """The present moment, aware, in UTC: the one clock of services."""
    return dt.datetime.now(dt.UTC)


class Database:
    """One database and the two ways into it."""

    def __init__(self, url: str, pool_size: int = 5) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgresql_engine(url, pool_size)
        self._read = self._reader(isolation_level="AUTOCOMMIT")
        self._snapshot = self._reader(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._write = sessionmaker(self.engine, expire_on_commit=False)

    def _reader(self, **postgresql: Any) -> sessionmaker[Session]:
        # On PostgreSQL every statement of a GET sees committed rows, and the hot path pays for no BEGIN and ROLLBACK.
        options = {"begin": "DEFERRED"} if self.is_sqlite else postgresql
        engine = self.engine.execution_options(**options)
        event.listen(engine, "before_cursor_execute", _refuse_statements_that_write)
        return sessionmaker(engine, expire_on_commit=False, autoflush=False, info={READ_ONLY: True})

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that never writes: a flush or a writing statement on it raises."""
        with self._read() as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """A reading session whose statements all see one state of the database."""
        with self._snapshot() as session:
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session whose work is committed when the block ends, and rolled back when it raises.

        What was handed to `after_commit` runs once the commit is acknowledged, never before. It can be lost
        without harm, so its failure is logged and the caller is not told of one that its work does not have.
        """
        with self._write() as session:
            yield session
            session.commit()
            callbacks: list[Callable[[], None]] = session.info.pop(AFTER_COMMIT, [])
        for callback in callbacks:
            try:
                callback()
            except Exception:
                log.exception("something that waited for a commit failed")

    def close(self) -> None:
        """Give every connection back (before a fork, at the end of a test)."""
        self.engine.dispose()

    def is_ready(self) -> bool:
        """Whether the schema is there (readiness; raises nothing)."""
        try:
            with self.reading() as session:
                return inspect(session.connection()).has_table("alembic_version")
        except Exception:
            return False


def after_commit(session: Session, callback: Callable[[], None]) -> None:
    """Have `callback` called when the transaction of `session` is committed; forgotten on rollback."""
    session.info.setdefault(AFTER_COMMIT, []).append(callback)


@event.listens_for(Session, "before_flush")
def _refuse_to_flush_while_reading(session: Session, *_: Any) -> None:
    if session.info.get(READ_ONLY) and (session.new or session.dirty or session.deleted):
        raise RuntimeError(REFUSAL)


def _refuse_statements_that_write(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
    # Without this an UPDATE would be silently dropped on SQLite, and kept on PostgreSQL.
    if statement.startswith(WRITES):
        raise RuntimeError(REFUSAL)


def _postgresql_engine(url: str, pool_size: int) -> Engine:
    return create_engine(
        url,
        hide_parameters=True,  # an error's message must not carry anyone's answers
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=False,
        pool_recycle=1800,
        isolation_level="READ COMMITTED",
        connect_args={"connect_timeout": 5, "options": "-c timezone=utc"},
    )


def _sqlite_engine(url: str) -> Engine:
    waiting = {"timeout": SQLITE_LOCK_SECONDS, "check_same_thread": False}
    engine = create_engine(url, hide_parameters=True, connect_args=waiting)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # The driver must not open transactions of its own: the "begin" event below does.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        mode = connection.get_execution_options().get("begin", "IMMEDIATE")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine
