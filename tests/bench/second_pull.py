"""A second look at an account in which nothing happened, over the first: both as a user has them, with the store."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from ctl_jupyter.client import Session, connect
from ctl_jupyter.history import History, history
from ctl_jupyter.history.pulling.catching_up import ListOf, catch_up
from tests.bench.history import make_history
from tests.bench.pairs import table, verdict
from tests.bench.pull import LATENCIES, pages_served
from tests.service.embedded import EmbeddedRunner

__all__ = ["measure_second_pull"]

#: Of the first pull's time.
LIMIT = 0.02


def measure_second_pull(count: int, executions: int, arrow: int) -> str:
    """Pull so many executions over pages, and `arrow` from the embedded Runner, and again; `count` times each."""
    lines = []
    with pages_served(executions) as urls:
        for latency, url in zip(LATENCIES, urls, strict=True):
            what = f"{executions:,} executions over pages, {latency} ms of latency"
            session = connect(url, username="ada", password=lambda user: user, keyring=False)
            lines += _measured(what, session, count)
            session.close()
    with tempfile.TemporaryDirectory(prefix="bench-second-") as name, EmbeddedRunner(Path(name)) as service:
        make_history(service.home, arrow, jobs=50)
        service.start("cold")
        try:
            os.environ["CTL_RUNNER_HOME"] = str(service.home)
            session = connect(keyring=False)
            lines += _measured(f"{arrow:,} executions as Arrow from the embedded Runner", session, count)
            session.close()
        finally:
            service.stop()
    return "\n".join(lines)


def _measured(what: str, session: Session, count: int) -> list[str]:
    times: dict[str, list[float]] = {"first": [], "second": [], "second, and its frame": []}
    for _ in range(count):
        with _new_home():
            first = history(session=session)
            times["first"].append(_seconds(lambda pulled=first: _catch_up(session, pulled)))  # type: ignore[misc]
            second = history(session=session)
            times["second"].append(_seconds(lambda pulled=second: _catch_up(session, pulled)))  # type: ignore[misc]
            third = history(session=session)
            times["second, and its frame"].append(_seconds(lambda pulled=third: pulled.executions))  # type: ignore[misc]
    share = median(times["second"]) / median(times["first"])
    return [what, table(times), f"the second takes {share:.1%} of the first: {verdict(share, LIMIT, '')}"]


def _catch_up(session: Session, pulled: History) -> None:
    """Ask for what is new; what is kept is not made a frame of, which a first look and a second have to do alike."""
    catch_up(session, pulled.store, ListOf(), on_progress=lambda done, wanted: None)


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    kept = work()
    seconds = time.perf_counter() - begun
    del kept
    return seconds


@contextmanager
def _new_home() -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="bench-histories-") as name:
        os.environ["CTL_HISTORY_HOME"] = name
        yield
