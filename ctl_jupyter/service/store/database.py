"""The database and how it is written to: one transaction at a time, whole or not at all."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event

from ctl_jupyter.service.store.schema import metadata

__all__ = ["Database"]


class Database:
    """SQLite in WAL mode: readers never wait.

    Parameters
    ----------
    path
        The database file; made, private, when it is not there.
    """

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600, exist_ok=True)
        # Errors end up in the log: without what was to be stored.
        self._engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30.0}, hide_parameters=True)
        event.listen(self._engine, "connect", _configure)
        event.listen(self._engine, "begin", _begin)
        # SQLite lets one transaction write; waiting here wakes at once, its own waiting sleeps and looks.
        self._writing = threading.Lock()
        #: Called after each commit, before the next transaction begins: must be quick and must not fail.
        self.after_commit: list[Callable[[], None]] = []
        with self.write() as connection:
            metadata.create_all(connection)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection in a transaction that is committed at the end, undone on an error."""
        with self._writing, self._engine.connect() as connection:
            connection = connection.execution_options(ctl_writes=True)
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
    writes = connection.get_execution_options().get("ctl_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
