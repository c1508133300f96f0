"""The database and how it is written to: one transaction at a time, whole or not at all."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event

from ctl_jupyter.service.store.revisions import bring_up_to_date

__all__ = ["Database"]


class Database:
    """SQLite in WAL mode: readers never wait.

    Parameters
    ----------
    path
        The database file; made, private, when it is not there, and brought up to date when an earlier version made it.

    Raises
    ------
    DatabaseTooNew
        When a newer version made it.
    """

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600, exist_ok=True)
        self._engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30.0})
        event.listen(self._engine, "connect", _configure)
        event.listen(self._engine, "begin", _begin)
        self._writer = self._engine.execution_options(ctl_writes=True)
        # SQLite lets one transaction write; waiting here wakes at once, its own waiting sleeps and looks.
        self._writing = threading.Lock()
        #: Called after each commit, before the next transaction begins: must be quick and must not fail.
        self.after_commit: list[Callable[[], None]] = []
        with self.write() as connection:
            bring_up_to_date(connection)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection in a transaction that is committed at the end, undone on an error."""
        with self._writing, self._writer.connect() as connection:
            with connection.begin():
                yield connection
            for tell in self.after_commit:
                tell()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees the database as it is now, all of it at one moment."""
        with self._engine.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _configure(connection: Any, _record: Any) -> None:
    # Transactions begin where `_begin` says, not where the driver guesses.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("ctl_writes", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        # Takes no lock, so it cannot fail: past SQLAlchemy, which would take ten times as long over it.
        connection.connection.cursor().execute("BEGIN")
