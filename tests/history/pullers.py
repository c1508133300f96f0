"""Processes that pull a history, for tests that interrupt, kill and starve them."""

import multiprocessing
import os
import resource
import signal
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from ctl_jupyter.client import RunnerError, connect
from ctl_jupyter.history import history
from ctl_jupyter.history.pulling import arrow_pull, catching_up

__all__ = ["pull", "pull_until_interrupted", "pull_where_nothing_fits", "started"]

CONTEXT = multiprocessing.get_context("forkserver")
PRELOADED = ["tests.history.pullers", "tests.history.store_writers", "pyarrow.parquet", "pandas", "httpx", "tqdm"]


def started(work: Callable[..., None], *arguments: Any) -> ForkServerProcess:
    """Start work in a process of its own, in the environment that there is now."""
    CONTEXT.set_forkserver_preload(PRELOADED)
    process = CONTEXT.Process(target=_within, args=(dict(os.environ), work, *arguments), daemon=True)
    process.start()
    return process


def _within(environment: Mapping[str, str], work: Callable[..., None], *arguments: Any) -> None:
    os.environ.clear()
    os.environ.update(environment)
    work(*arguments)


def pull(url: str, said: Path) -> None:
    """Pull the account's history, keep what comes at once, and write down how much it is."""
    catching_up.SECONDS_AT_A_TIME = 0.0
    frame = history(session=connect(url)).executions
    said.write_text(f"{len(frame)} {frame['execution_id'].nunique()}", encoding="utf-8")


def pull_until_interrupted(url: str, said: Path) -> None:
    """Pull the account's history, some executions an answer, and write down what ended it."""
    arrow_pull.EXECUTIONS = 100
    pulled = history(session=connect(url))
    try:
        _ = pulled.executions
    except KeyboardInterrupt:
        said.write_text(repr(pulled), encoding="utf-8")


def pull_where_nothing_fits(url: str, said: Path) -> None:
    """Pull where no file may have more than 2 kB, and write down what was raised and what works all the same."""
    session = connect(url)
    kept = len(history("backup", session=session).executions)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_048, 2_048))
    lines = []
    for pulled in (history(session=session), history(session=session, events=True)):
        try:
            _ = pulled.executions
        except RunnerError as error:
            lines.append(f"{type(error).__name__}: {error}")
        lines.append(repr(pulled))
    without = history(session=session, store=False, events=True)
    lines.append(f"{len(without.executions)} {len(without.events)} {without.complete}")
    lines.append(f"{kept} {len(history('backup', session=session, offline=True).executions)}")
    said.write_text("\n".join(lines), encoding="utf-8")
