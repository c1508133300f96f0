"""What this machine keeps of one account of one Runner: its lists of executions, and their status events."""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from ctl_jupyter.history.store.errors import translated
from ctl_jupyter.history.store.events import EventParts
from ctl_jupyter.history.store.lists import ExecutionList, Known
from ctl_jupyter.history.store.parts import PartDirectory

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

__all__ = ["SizeReport", "Store", "histories_directory"]

LIST = "executions-"
#: Names that can stand in a file name as they are, also where case does not count.
PLAIN = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")
#: Least shares of what is there that are dropped, one after the other, until the rest is small enough.
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1)


def histories_directory() -> Path:
    """Return the directory of all accounts' histories, which need not be there; ``CTL_HISTORY_HOME`` names another."""
    named = os.environ.get("CTL_HISTORY_HOME")
    if named:
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("ctl-jupyter")) / "history"


@dataclass(frozen=True)
class SizeReport:
    """How much a store keeps.

    Parameters
    ----------
    bytes
        On the disk, all files.
    executions
        In all lists; an execution that is in the account's list and in its job's counts twice.
    events
        Status events.
    damaged
        Parts that could not be read and were set aside; what they held is pulled again.
    directory
        Where it is.
    """

    bytes: int
    executions: int
    events: int
    damaged: int
    directory: Path

    def __repr__(self) -> str:
        damaged = f", {self.damaged} damaged parts set aside" if self.damaged else ""
        counts = f"{self.executions:,} executions, {self.events:,} events"
        size = f"{self.bytes / 1e6:,.1f} MB" if self.bytes >= 100_000 else f"{self.bytes / 1e3:,.1f} kB"
        return f"{size} in {self.directory}: {counts}{damaged}"


class Store:
    """The histories of one account that this machine keeps; nothing of it is ever half there.

    Any number of processes may use the same directory at the same time.

    Parameters
    ----------
    directory
        Of this account alone; made when something is added.
    """

    #: What keeps parts.
    parts: ClassVar[type[PartDirectory]] = PartDirectory

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._lists: dict[str, ExecutionList] = {}

    @classmethod
    def for_account(cls, runner_url: str, account_alias: str) -> "Store":
        """Return the store of an account, in the user's data directory.

        Parameters
        ----------
        runner_url
            Where calls go; a user name or password in it plays no part.
        """
        parts = urlsplit(runner_url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
        endpoint = f"{parts.scheme.lower()}://{host}{port}{parts.path.rstrip('/')}"
        mark = sha256(f"{endpoint}\n{account_alias.upper()}".encode()).hexdigest()[:8]
        readable = re.sub(r"[^a-z0-9]+", "-", f"{host}{port}-{account_alias}".lower()).strip("-")[:80]
        return cls(histories_directory() / f"{readable}-{mark}")

    def __repr__(self) -> str:
        return f"<Store in {self.directory}>"

    def add_executions(self, list_key: str, table: "pa.Table", *, total: int, cursor: int | None = None) -> None:
        """Keep executions of a list.

        Parameters
        ----------
        list_key
            ``"account"``, or ``"job-"`` and the job's id.
        table
            Of `ctl_jupyter.history.schema.pulled_executions_schema`, in any order; whatever else it carries is left
            out. Positions that are there already get a newer row. May be empty, to keep `total` and `cursor`.
        total
            How many executions the list has.
        cursor
            The service's change cursor up to which everything is there now; ``None`` keeps the one before.

        Raises
        ------
        ValueError
            When the table is another one, or a position is missing or negative.
        StoreFull, StoreUnusable
            When it cannot be written; what was there before stays as it was.
        """
        self._list(list_key).add(table, total, cursor)

    def known(self, list_key: str) -> Known:
        """Return what is there of a list; reads two narrow columns, and the ids at the two ends."""
        return self._list(list_key).known()

    def executions(self, list_key: str, columns: Sequence[str] | None = None) -> "pa.Table":
        """Return the executions of a list, each once as it was last pulled, newest (greatest position) first.

        Parameters
        ----------
        columns
            Of `ctl_jupyter.history.schema.pulled_executions_schema`; all when ``None``.

        Raises
        ------
        ValueError
            When there is no such column.
        """
        return self._list(list_key).read(columns)

    def add_events(self, table: "pa.Table", executions: Iterable[tuple[str, int]]) -> None:
        """Keep status events.

        Parameters
        ----------
        table
            Of `ctl_jupyter.history.schema.pulled_events_schema`; always all events that are known of an execution:
            they take the place of those that were there before.
        executions
            Id and number of runs of the executions of which no event is missing, also of such without any event.
            An execution in the table that is not among them is kept as one whose events are not complete.

        Raises
        ------
        ValueError, StoreFull, StoreUnusable
            As of `add_executions`.
        """
        self._events.add(table, executions)

    def known_events(self, execution_ids: "pa.Array | pa.ChunkedArray | Iterable[str]") -> "np.ndarray[Any, Any]":
        """Return for each execution with how many runs all its events are there; -1 when they are not.

        An execution that has more runs now was restarted since: its events are to be pulled again.
        """
        return self._events.known(execution_ids)

    def events(self, execution_ids: "pa.Array | pa.ChunkedArray | Iterable[str] | None" = None) -> "pa.Table":
        """Return the status events of executions, or all that there are, also of such that are not complete.

        The events of an execution stand together, as they happened; the executions are in no promised order.
        """
        return self._events.read(execution_ids)

    def forget(self, list_key: str) -> None:
        """Delete the executions of a list, for instance when its positions mean other ones now; events stay."""
        with translated(self.directory):
            self._list(list_key).directory.clear()

    def size(self) -> SizeReport:
        """Return how much there is."""
        lists = self._all_lists()
        directories = [self._events.directory, *(each.directory for each in lists)]
        return SizeReport(
            bytes=self._bytes(),
            executions=sum(each.count() for each in lists),
            events=self._events.count(),
            damaged=sum(len(directory.damaged()) for directory in directories),
            directory=self.directory,
        )

    def clear(self) -> None:
        """Delete everything that is kept of this account."""
        with translated(self.directory):
            for each in self._all_lists():
                each.directory.clear()
            self._events.directory.clear()

    def prune(self, before: datetime | None = None, keep_bytes: int | None = None) -> int:
        """Drop old history: what is dropped is no longer known, and is pulled again when somebody looks at it.

        Executions are dropped with all their events, so nothing looks complete that is not.

        Parameters
        ----------
        before
            Drop executions that ended, and events of executions that were last heard of, before this time; with a
            time zone.
        keep_bytes
            Drop the oldest events, and when that is not enough the oldest executions, until no more than this is left.

        Returns
        -------
        int
            How many bytes were freed.

        Raises
        ------
        ValueError
            When the time has no time zone or the number is negative.
        """
        if before is not None and before.tzinfo is None:
            raise ValueError("before needs a time zone, for instance datetime.UTC.")
        if keep_bytes is not None and keep_bytes < 0:
            raise ValueError("keep_bytes must be 0 or more.")
        earlier = self._bytes()
        if before is not None:
            self._events.prune(before, 0)
            for each in self._all_lists():
                each.prune(before, 0)
        if keep_bytes is not None:
            self._shrink(keep_bytes)
        return earlier - self._bytes()

    def _shrink(self, keep: int) -> None:
        """Drop events, and then executions, until no more bytes than these are left or nothing is."""
        kinds: list[list[EventParts] | list[ExecutionList]] = [[self._events], self._all_lists()]
        for kind in kinds:
            for least in SHARES:
                there, its = self._bytes(), sum(each.directory.size() for each in kind)
                if there <= keep or not its:
                    break
                # Parts do not shrink quite as their rows do.
                for each in kind:
                    each.prune(None, min(max((there - keep) / its, least), 1))

    @cached_property
    def _events(self) -> EventParts:
        return EventParts(self.directory / "events", self.parts)

    def _list(self, list_key: str) -> ExecutionList:
        name = LIST + (list_key if PLAIN.fullmatch(list_key) else f"-{sha256(list_key.encode()).hexdigest()}")
        return self._lists.setdefault(name, ExecutionList(self.directory / name, self.parts))

    def _all_lists(self) -> list[ExecutionList]:
        return [ExecutionList(path) for path in sorted(self.directory.glob(f"{LIST}*"))]

    def _bytes(self) -> int:
        directories = [self._events.directory, *(each.directory for each in self._all_lists())]
        return sum(directory.size() for directory in directories)
