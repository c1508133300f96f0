"""A long history pulled as Arrow from the embedded service, over what a user would write: page by page, normalised."""

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from ctl_jupyter.client import Session, connect
from ctl_jupyter.client.arrow import ARROW
from ctl_jupyter.history.frames import executions_frame
from ctl_jupyter.history.pulling.arrow_pull import EXECUTIONS, pull_executions
from tests.bench.history import make_history
from tests.bench.pairs import table
from tests.service.api import RunnerApi
from tests.service.embedded import EmbeddedRunner

__all__ = ["measure_arrow"]

#: How many times as fast it must be.
LIMIT = 20
PAGE = 100
#: What `make_history` makes all alike is made as different as it is in life: times, commits, failed hosts.
VARIED = """
    UPDATE executions SET
        timers = '[{"start":' || (1750000000000 + seq * 1000) || ',"end":' || (1750000001234 + seq * 1000) || '}]',
        status = iif(seq % 20, 'SUCCESS', 'FAILURE'),
        failed_hosts = iif(seq % 20, '[]', '["web' || (seq % 9) || '"]'),
        repository_log = iif(seq % 2, NULL, '{"recent_commit":[{"commit":"' || printf('%040x', seq / 100)
            || '","author":"A. Person","author_email":"person@example.com","date":"Wed Sep 16 16:27:20 2015 -0500",'
            || '"message":"Change ' || (seq / 100) || '"}],"tags":[]}')
"""


def measure_arrow(count: int, executions: int, naive: int) -> str:
    """Pull all `executions` as Arrow and the first `naive` page by page, `count` times in turn; return the table."""
    with tempfile.TemporaryDirectory(prefix="bench-arrow-") as name, ExitStack() as stack:
        service = stack.enter_context(EmbeddedRunner(Path(name)))
        history = make_history(service.home, executions, jobs=50)
        with sqlite3.connect(history.path) as connection:
            connection.execute(VARIED)
        connection.close()
        service.start("cold")
        stack.callback(service.stop)
        os.environ["CTL_RUNNER_HOME"] = str(service.home)
        api, session = stack.enter_context(service.log_in()), connect()
        ways: dict[str, tuple[Callable[[], float], int]] = {
            "requests, page by page, json_normalize": (lambda: _naive(api, naive), naive),
            "Arrow, to the typed frame": (lambda: _ours(session, executions), executions),
            "Arrow, read and not decoded": (lambda: _read(api, executions), executions),
        }
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(count):
            for way, (measure, _rows) in ways.items():
                seconds[way].append(measure())
    per_row = {way: [1e6 * value / ways[way][1] for value in values] for way, values in seconds.items()}
    slow, ours, floor = per_row.values()
    times = median(a / b for a, b in zip(slow, ours, strict=True))
    over_floor = median(a / b for a, b in zip(ours, floor, strict=True))
    met = "within" if times >= LIMIT else "BELOW"
    return "\n".join(
        [
            f"{executions:,} executions as Arrow, {naive:,} of them page by page, {count} times in turn, a row:",
            table(per_row, "µs"),
            f"{1e6 / median(ours):,.0f} executions a second, {over_floor:.2f} times the time of reading the same bytes",
            f"{times:.1f} times as fast as page by page: {met} the limit of {LIMIT:g}",
        ]
    )


def _naive(api: RunnerApi, rows: int) -> float:
    import pandas as pd
    import requests

    begun = time.perf_counter()
    results: list[dict[str, Any]] = []
    with requests.Session() as http:
        http.headers["Authorization"] = f"Bearer {api.token}"
        url = f"{str(api.http.base_url).rstrip('/')}/jobs/{api.account}/executions"
        for page in range(-(-rows // PAGE)):
            answer = http.get(url, params={"page": page, "size": PAGE}, timeout=30)
            answer.raise_for_status()
            results += answer.json()["results"]
        frame = pd.json_normalize(results)
    spent = time.perf_counter() - begun
    assert len(frame) == rows
    return spent


def _ours(session: Session, rows: int) -> float:
    import pyarrow as pa

    begun = time.perf_counter()
    frame = executions_frame(pa.concat_tables(pull_executions(session)))
    spent = time.perf_counter() - begun
    assert len(frame) == rows
    return spent


def _read(api: RunnerApi, rows: int) -> float:
    """Read the same answers, as many at a time."""

    def read(after: int) -> int:
        query = {"after": after, "size": EXECUTIONS}
        answer = api.http.get(f"/jobs/{api.account}/executions", params=query, headers={"Accept": ARROW})
        return len(answer.raise_for_status().content)

    begun = time.perf_counter()
    with ThreadPoolExecutor(2) as workers:
        sizes = list(workers.map(read, range(0, rows, EXECUTIONS)))
    spent = time.perf_counter() - begun
    assert sum(sizes) > rows
    return spent
