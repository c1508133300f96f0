"""A history for the tab: from Runner, or what is kept here where Runner gives less; no widgets here."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctl_jupyter.client import RunnerError, Session
from ctl_jupyter.documents import DocumentError

if TYPE_CHECKING:
    import pandas as pd

    from ctl_jupyter.history.pull import History

__all__ = ["Asked", "Loaded", "kept_jobs", "load"]

#: A list that is longer is no help.
MOST_JOBS = 200


@dataclass(frozen=True)
class Asked:
    """What is on the form.

    Parameters
    ----------
    job
        A job's id, ``None`` for the whole account.
    since
        How long ago, as ``7 days``; ``None`` for all.
    with_events
        Whether the status events are wanted, too.
    is_offline
        Whether nobody is to be asked.
    """

    job: str | None
    since: str | None
    with_events: bool = False
    is_offline: bool = False


@dataclass(frozen=True)
class Loaded:
    """What came.

    Parameters
    ----------
    history
        The history, whose frames were looked at.
    executions
        Its executions.
    has_events
        Whether its events were looked at, too.
    is_stored
        Whether it is, at least in part, what was kept here before.
    was_stopped
        Whether somebody ended the pull.
    lacks
        Sentences that say what is missing.
    error
        What kept the rest from coming.
    """

    history: "History"
    executions: "pd.DataFrame"
    has_events: bool = False
    is_stored: bool = False
    was_stopped: bool = False
    lacks: tuple[str, ...] = ()
    error: RunnerError | None = None


def kept_jobs(session: Session | None) -> dict[str, str]:
    """Return the names of jobs that are known here, by their ids, in the order of their names; asks nobody.

    Parameters
    ----------
    session
        Whose; ``None`` for the account one would log in to.
    """
    from ctl_jupyter.history.pulling.kept import JobNames, store_of, store_without_session

    try:
        names = JobNames(store_of(session) if session else store_without_session()).read()
    except (RunnerError, DocumentError):
        return {}
    return dict(sorted(names.items(), key=lambda item: item[1].casefold())[:MOST_JOBS])


def load(asked: Asked, session: Session | None, told: Callable[[str], None], stop: threading.Event) -> Loaded:
    """Return the history that is asked for, or what is kept of it here where Runner does not give it.

    Parameters
    ----------
    session
        Whom to ask; ``None`` when nobody is logged in, which gives what is kept.
    told
        Takes the line of progress.
    stop
        Ends the pull when somebody sets it; what had come is returned.

    Raises
    ------
    RunnerError
        When Runner does not give it and nothing is kept.
    DocumentError
        When nobody was to be asked and nothing is kept.
    """
    from ctl_jupyter.history.pulling.progress import PullStopped, progress_told_to

    lacks: list[str] = []
    with progress_told_to(told, lack=lacks.append, stop=stop):
        if session is None or asked.is_offline:
            return _stored_alone(asked, session, lacks)
        try:
            history, executions = _look(asked, session, is_offline=False)
            return Loaded(history, executions, asked.with_events, is_stored=bool(lacks), lacks=tuple(lacks))
        except PullStopped:
            return _rest(asked, session, lacks, None)
        except RunnerError as error:
            return _rest(asked, session, lacks, error)


def _look(asked: Asked, session: Session | None, *, is_offline: bool) -> "tuple[History, pd.DataFrame]":
    from ctl_jupyter.history.pull import history

    found = history(asked.job, since=asked.since, events=asked.with_events, offline=is_offline, session=session)
    # Of these frames are the measures; they are made here, where somebody says what is lacking.
    executions = found.executions
    if asked.with_events:
        _ = found.runs, found.hosts, found.tasks
    return found, executions


def _stored_alone(asked: Asked, session: Session | None, lacks: list[str]) -> Loaded:
    try:
        history, executions = _look(asked, session, is_offline=True)
    except RunnerError as error:
        if asked.is_offline:
            # Runner refused nobody: nobody has to log in again because of it.
            raise DocumentError(str(error)) from error
        raise
    return Loaded(history, executions, asked.with_events, is_stored=True, lacks=tuple(lacks))


def _rest(asked: Asked, session: Session, lacks: list[str], error: RunnerError | None) -> Loaded:
    """Return what is kept after a pull that did not come to its end."""
    from ctl_jupyter.client import NotLoggedIn

    lacks.clear()
    try:
        history, executions = _look(asked, session, is_offline=True)
    except RunnerError as nothing:
        if error is not None:
            raise error from nothing
        if isinstance(nothing, NotLoggedIn):
            raise DocumentError("The history was not loaded: nothing had come yet.") from nothing
        raise
    return Loaded(history, executions, asked.with_events, True, error is None, tuple(lacks), error)
