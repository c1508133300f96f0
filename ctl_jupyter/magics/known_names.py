"""What completion knows of the account: names and ids, read in the background, kept in memory alone.

A job's document may hold what is nobody's business here: of hosts and properties their names are kept, no value.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from ctl_jupyter.client import Session
    from ctl_jupyter.client.http import HTTP

__all__ = ["KnownExecution", "KnownJob", "KnownNames", "Names", "session_in_use"]

#: Rows of a page, the most that Runner gives.
PAGE_SIZE = 100
#: Seconds between two pages, in which the kernel and the service have time for what somebody waits for.
BREATH = 0.03
#: Pages that are read of jobs and of executions: the newest 5,000 of each are known.
MOST_PAGES = 50
MOST = MOST_PAGES * PAGE_SIZE
#: Seconds after which the newest rows are read again when completion is asked for, and after which all are.
FRESH, WHOLE = 10.0, 300.0

T = TypeVar("T", "KnownJob", "KnownExecution")


class KnownJob(NamedTuple):
    """A job, as far as completion goes."""

    id: str
    name: str
    hosts: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()


class KnownExecution(NamedTuple):
    """An execution, as far as completion goes."""

    id: str
    job_id: str = ""
    status: str = ""
    failed_hosts: tuple[str, ...] = ()


@dataclass
class Names:
    """What is known of one account; jobs and executions by their ids, newest first.

    Parameters
    ----------
    read_at, whole_at
        When the newest rows, and when all rows were last asked for, on the monotonic clock.
    again
        Whether the newest are to be read again when what is being read has been.
    """

    jobs: dict[str, KnownJob] = field(default_factory=dict)
    executions: dict[str, KnownExecution] = field(default_factory=dict)
    service_accounts: tuple[str, ...] = ()
    read_at: float = float("-inf")
    whole_at: float = float("-inf")
    again: bool = False


class KnownNames:
    """The names of the account that is logged in; those of another one are forgotten at once."""

    def __init__(self) -> None:
        self._of: tuple[str, str] | None = None
        self._names = Names()
        self._reader: threading.Thread | None = None
        self._lock = threading.Lock()

    def now(self, session: "Session | None") -> Names:
        """Return what is known by now of a session's account; nothing is read."""
        of = (session.profile.runner_url, session.account_alias) if session is not None else None
        with self._lock:
            if of != self._of:
                # A reader of the account before goes on filling names that nobody looks at any more.
                self._of, self._names, self._reader = of, Names(), None
            return self._names

    def refresh(self, session: "Session") -> None:
        """Have the newest rows read again in the background when they are old, and all of them now and then."""
        names = self.now(session)
        now = time.monotonic()
        whole = now - names.whole_at >= WHOLE
        if (whole or now - names.read_at >= FRESH) and self._begin(session, names, MOST_PAGES, whole) and whole:
            names.whole_at = now

    def glance(self, session: "Session", *, changed: bool = False) -> None:
        """Have the newest rows read in the background: after a log-in, or after something was made or changed.

        Parameters
        ----------
        changed
            Whether rows that are known may be wrong now: the next completion has all of them read.
        """
        names = self.now(session)
        if changed:
            names.whole_at = float("-inf")
        if not self._begin(session, names, 1, False):
            # What is read just now may have been asked for before.
            names.again = True

    def _begin(self, session: "Session", names: Names, pages: int, whole: bool) -> bool:
        with self._lock:
            if names is not self._names or self._reader is not None:
                return False
            names.read_at = time.monotonic()
            names.again = False
            # A daemon: a service that hangs keeps no kernel from ending.
            self._reader = threading.Thread(
                target=self._read, args=(session, names, pages, whole), name="ctl-names", daemon=True
            )
            self._reader.start()
            return True

    def _read(self, session: "Session", names: Names, pages: int, whole: bool) -> None:
        is_done = False
        while not is_done:
            _read(session, names, pages, whole)
            with self._lock:
                is_done = not names.again
                names.again, pages, whole = False, 1, False
                if is_done and names is self._names:
                    self._reader = None


def session_in_use() -> "Session | None":
    """Return the session of the last log-in, ``None`` before the first; imports nothing."""
    client = sys.modules.get("ctl_jupyter.client")
    if client is None:
        return None
    try:
        session: Session = client.current_session()
    except client.NotLoggedIn:
        return None
    return session


def _read(session: "Session", names: Names, pages: int, whole: bool) -> None:
    """Read what an account has: ``GET /jobs/{alias}``, ``…/executions`` and ``GET /serviceAccounts/{alias}``."""
    from ctl_jupyter.documents import read_service_account_aliases

    calls = session.calls
    # Whatever goes wrong, here or with an answer of any form: completion then offers what it knows, and says nothing.
    with suppress(Exception):
        for jobs in _newest(calls.http, calls.job_path(), _job, names.jobs, pages, whole):
            names.jobs = jobs
    with suppress(Exception):
        path = calls.job_path("executions")
        for executions in _newest(calls.http, path, _execution, names.executions, pages, whole):
            names.executions = executions
    with suppress(Exception):
        answer = calls.http.look_up(calls.service_account_path())
        names.service_accounts = tuple(read_service_account_aliases(answer))


def _newest(
    http: "HTTP", path: str, read: Callable[[Any], T], known: dict[str, T], pages: int, whole: bool
) -> Iterator[dict[str, T]]:
    """Yield what is known of a list after each page of it, newest first, until the rest is known already.

    When fewer rows are left than are known, some are gone, and all are read to see which.
    """
    from ctl_jupyter.documents import read_page

    found: dict[str, T] = {}
    for number in range(pages):
        page = read_page(http.look_up(path, {"page": number, "size": PAGE_SIZE}), read)
        rows = {row.id: row for row in page.results}
        is_news = whole or not rows.keys() <= known.keys()
        found.update(rows)
        if not rows or not page.is_counted or (number + 1) * PAGE_SIZE >= page.total_size:
            break
        merged = {**found, **{row_id: row for row_id, row in known.items() if row_id not in found}}
        yield dict(islice(merged.items(), MOST))
        if not is_news and min(len(merged), MOST) == min(page.total_size, MOST):
            return
        if number + 1 == pages < MOST_PAGES:
            return
        time.sleep(BREATH)
    yield found


def _job(document: Any) -> KnownJob:
    hosts = document.get("hosts") or ()
    return KnownJob(
        str(document["id"]),
        str(document.get("name") or ""),
        tuple(str(host["id"] if isinstance(host, Mapping) else host) for host in hosts),
        tuple(str(name) for name in document.get("properties") or ()),
    )


def _execution(document: Any) -> KnownExecution:
    failed = document.get("failed_hosts") or ()
    return KnownExecution(
        str(document["execution_id"]),
        str(document.get("job_id") or ""),
        str(document.get("status") or ""),
        tuple(host for host in failed if isinstance(host, str)),
    )
