"""Whose history is kept where on this machine, and the names of its jobs: it can be looked at without Runner."""

import os
import re
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ctl_jupyter.client import AmbiguousName, NotFound, NotLoggedIn, Session, current_session
from ctl_jupyter.client.profiles import LOCAL, Environment, resolve_profile
from ctl_jupyter.history.pulling.catching_up import ListOf
from ctl_jupyter.history.store import Store
from ctl_jupyter.places import state_directory
from ctl_jupyter.settings import did_you_mean, setting

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["JobNames", "KeptList", "kept_executions", "kept_job", "store_of", "store_without_session"]

NAMES = "jobs.json"

_stores: dict[Path, Store] = {}


def store_of(session: Session) -> Store:
    """Return where the history of a session's account is kept."""
    return _store(session.profile.name, session.profile.runner_url, session.account_alias)


def store_without_session() -> Store:
    """Return where the history of the account is kept that one would log in to.

    Raises
    ------
    NotLoggedIn
        When neither a session nor ``CLC_ACCT_ALIAS`` or the profile of config.toml says which account that is.
    """
    with suppress(NotLoggedIn):
        return store_of(current_session())
    environment = Environment.read()
    name = str(setting("profile"))
    profile = None if name == LOCAL else resolve_profile(name, environment)
    account = environment.account_alias or (profile.account_alias if profile else None) or ("" if profile else "LOCAL")
    if not account:
        raise NotLoggedIn(
            "Not logged in, and nothing says whose history is meant: set CLC_ACCT_ALIAS, or 'account' of the profile "
            "in config.toml."
        )
    return _store(name, profile.runner_url if profile else "", account)


def _store(profile: str, runner_url: str, account: str) -> Store:
    # The embedded Runner has another port each time; what it has run lies where it keeps its files.
    store = Store.for_account(state_directory().as_uri() if profile == LOCAL else runner_url, account)
    # One for all histories of an account: what it knows of the files it looks for once.
    return _stores.setdefault(store.directory, store)


class JobNames:
    """The names of jobs by their ids, also of such that were deleted since, in a file beside the history."""

    def __init__(self, store: Store) -> None:
        self._path = store.directory / NAMES

    def read(self) -> dict[str, str]:
        """Return what is known; nothing when there is no such file or it cannot be read."""
        with suppress(OSError, msgspec.MsgspecError):
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, str])
        return {}

    def add(self, names: Mapping[str, str]) -> dict[str, str]:
        """Keep more names, and return all of them; those given hold where both know a job."""
        known = self.read()
        merged = {**known, **names}
        if merged != known:
            # Names can be asked for again: where they cannot be kept, nothing is lost.
            with suppress(OSError):
                self._write(merged)
        return merged

    def _write(self, names: Mapping[str, str]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=self._path.parent, prefix=NAMES)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.encode(names))
            Path(temporary).replace(self._path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def kept_job(store: Store, name: str, names: Mapping[str, str]) -> str:
    """Return the id of a job whose name, id or unique id prefix (4 characters or more) is known here.

    Raises
    ------
    NotFound
        When no history of it is kept.
    AmbiguousName
        When there are several.
    """
    found = [job_id for job_id, known in names.items() if name in (job_id, known)]
    if not found and re.fullmatch(r".{4,}", name):
        found = [job_id for job_id in names if job_id.startswith(name)]
    if not found:
        raise NotFound(
            f"No history of a job {name!r} is kept in {store.directory}"
            f"{did_you_mean(name, names.values()) if names else '.'}"
        )
    if len(found) > 1:
        raise AmbiguousName(
            f"History of {len(found)} jobs {name!r} is kept: name one by its id ({', '.join(sorted(found))})."
        )
    return found[0]


@dataclass(frozen=True)
class KeptList:
    """What is kept of a list of executions.

    Parameters
    ----------
    executions
        Of `ctl_jupyter.history.schema.pulled_executions_schema`, newest first.
    places
        The positions in the list pulled of all that is kept of it, newest first.
    total
        How many executions that list had when it was last asked for.
    """

    executions: "pa.Table"
    places: "pa.ChunkedArray"
    total: int

    def missing(self, since: int | None) -> int:
        """Return how many executions of the list were never pulled.

        Parameters
        ----------
        since
            Epoch milliseconds: what is older than one that began before need not be there.
        """
        import numpy as np

        places = self.places.to_numpy()
        if since is not None and len(places):
            # All is there from the newest down to here.
            whole = int(np.argmin(np.append(places == self.total - 1 - np.arange(len(places)), False)))
            if self._began_before(since, int(places[whole - 1]) if whole else self.total):
                return 0
        return self.total - len(places)

    def _began_before(self, time: int, place: int) -> bool:
        import pyarrow.compute as pc

        newer = self.executions.filter(pc.greater_equal(self.executions.column("position"), place))
        starts = pc.struct_field(pc.list_flatten(newer.column("timers")), "start").cast("int64")
        first = pc.min(starts).as_py()
        return first is not None and first < time


def kept_executions(store: Store, listed: ListOf) -> KeptList | None:
    """Return what is kept of a list; of a job's, what the account's list has of it, when that is more.

    ``None`` when nothing was ever pulled.
    """
    import pyarrow.compute as pc

    found = [kept for kept in (_kept_list(store, listed),) if kept is not None]
    account = _kept_list(store, ListOf()) if listed.job_id is not None else None
    if account is not None:
        is_its = pc.equal(account.executions.column("job_id").cast("large_string"), listed.job_id)
        its = account.executions.filter(pc.fill_null(is_its, fill_value=False))
        if its.num_rows:
            found.append(KeptList(its, account.places, account.total))
    return max(found, key=_how_much, default=None)


def _kept_list(store: Store, listed: ListOf) -> KeptList | None:
    total = store.known(listed.key).total
    if total is None:
        return None
    executions = store.executions(listed.key)
    return KeptList(executions, executions.column("position"), total)


def _how_much(kept: KeptList) -> tuple[int, int]:
    """Return how many executions there are and when one of them was last asked for."""
    import pyarrow.compute as pc

    return kept.executions.num_rows, pc.max(kept.executions.column("checked").cast("int64")).as_py() or 0
