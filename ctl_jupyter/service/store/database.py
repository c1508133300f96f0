"""The database and how it is written to: one transaction at a time, whole or not at all."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

from ctl_jupyter.service.store.revisions import bring_up_to_date

__all__ = ["Database"]

#: More than there are threads, so that none waits for a connection, the event loop's least of all.
CONNECTIONS = 64


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
        self._engine = _engine(path, "FULL", CONNECTIONS)
        self._quick = _engine(path, "NORMAL", 1)
        self._writer = self._engine.execution_options(ctl_writes=True)
        self._quick_writer = self._quick.execution_options(ctl_writes=True)
        # SQLite lets one transaction write; waiting here wakes at once, its own waiting sleeps and looks.
        self._writing = threading.Lock()
        #: Called after each commit, before the next transaction begins: must be quick and must not fail.
        self.after_commit: list[Callable[[], None]] = []
        with self.write() as connection:
            bring_up_to_date(connection)

    @contextmanager
    def write(self, *, at_once_on_disk: bool = True) -> Iterator[Connection]:
        """Give a connection in a transaction that is committed at the end, undone on an error.

        Parameters
        ----------
        at_once_on_disk
            Whether it must outlive a power failure from its commit on. Any transaction outlives a killed process;
            without this, one gets to the disk with the next that has it, whole and in its order, or is undone by a
            power failure before. It waits for no disk: 0.1 ms, where that took 2 to 30 ms on a busy machine.
        """
        writer = self._writer if at_once_on_disk else self._quick_writer
        with self._writing, writer.connect() as connection:
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
        self._quick.dispose()
        self._engine.dispose()


def _engine(path: Path, synchronous: str, connections: int) -> Engine:
    """Return what makes connections that wait for the disk as told."""

    def configure(connection: Any, _record: Any) -> None:
        # Transactions begin where `_begin` says, not where the driver guesses.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    # Errors end up in the log: without what was to be stored.
    engine = create_engine(
        f"sqlite:///{path}", connect_args={"timeout": 30.0}, pool_size=connections, hide_parameters=True
    )
    event.listen(engine, "connect", configure)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("ctl_writes", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        # Takes no lock, so it cannot fail: past SQLAlchemy, which would take ten times as long over it.
        connection.connection.cursor().execute("BEGIN")
