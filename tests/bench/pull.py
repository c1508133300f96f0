"""What pulling executions over pages costs beside requests with ``json_normalize``, and beside the bytes alone."""

import gc
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from ctl_jupyter.client import Session, connect
from tests.bench.page_server import ALIAS, PAGE_SIZE
from tests.bench.pairs import measure_pairs

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LATENCIES", "measure_pull", "pages_served"]

#: How many times as fast as the naive way a pull must be.
LIMIT = 8
#: Of an answer, in milliseconds.
LATENCIES = (0, 20)


def measure_pull(count: int, executions: int) -> str:
    """Measure `count` pairs of pulls of so many executions, at each latency, and return what came of it."""
    lines = [f"{executions:,} executions in pages of {PAGE_SIZE} into a DataFrame, medians of {count} pairs"]
    with pages_served(executions) as urls:
        for latency, url in zip(LATENCIES, urls, strict=True):
            lines += _at(latency, url, executions, count)
    return "\n".join(lines)


def _at(latency: int, url: str, executions: int, count: int) -> list[str]:
    session = connect(url, username="ada", password=lambda user: user, keyring=False)
    pages = -(-executions // PAGE_SIZE)
    pairs = measure_pairs(
        lambda: _seconds(lambda: _ours(session), executions), lambda: _seconds(lambda: _naive(url), executions), count
    )
    floors = {
        f"the bytes alone, {what}": [_curl(url, pages, options) for _ in range(count)]
        for what, options in {"curl": [], "curl --parallel": ["--parallel", "--parallel-max", "16"]}.items()
    }
    session.close()
    ours, naive = median(pairs.measured), median(pairs.reference)
    rows = {"requests + json_normalize": naive, "ctl_jupyter": ours} | {
        what: median(values) for what, values in floors.items()
    }
    ratio = median(pairs.reference[i] / pairs.measured[i] for i in range(count))
    is_met = "within" if ratio >= LIMIT else "BELOW"
    return [
        f"at {latency} ms of latency",
        *(
            f"  {what:34}{seconds:8.3f} s{seconds / pages * 1000:9.3f} ms a page{ours / seconds:9.2f} times"
            for what, seconds in rows.items()
        ),
        f"  {ratio:.1f} times as fast as the naive way: {is_met} the limit of {LIMIT}",
    ]


def _seconds(pull: "Callable[[], pd.DataFrame]", executions: int) -> float:
    gc.collect()
    begun = time.perf_counter()
    frame = pull()
    seconds = time.perf_counter() - begun
    if len(frame) != executions:
        raise RuntimeError(f"{len(frame):,} of {executions:,} executions came.")
    return seconds


def _naive(url: str) -> "pd.DataFrame":
    """Pull as one would without this package, in the way most favourable to that."""
    import pandas as pd
    import requests

    rows: list[dict[str, Any]] = []
    with requests.Session() as http:
        http.headers["Authorization"] = "Bearer token"
        while True:
            query = {"page": len(rows) // PAGE_SIZE, "size": PAGE_SIZE}
            page = http.get(f"{url}/jobs/{ALIAS}/executions", params=query).json()
            rows += page["results"]
            if len(rows) >= page["totalSize"]:
                return pd.json_normalize(rows)


def _ours(session: Session) -> "pd.DataFrame":
    import numpy as np
    import pyarrow as pa

    from ctl_jupyter.history.frames import executions_frame
    from ctl_jupyter.history.pulling.page_pull import ExecutionsPull

    pull = ExecutionsPull(session)
    pull.ask_total()
    tables = sorted(pull.tables([range(pull.total)]), key=lambda table: -table.column("position")[0].as_py())
    pulled = pa.concat_tables(tables)
    if np.any(np.diff(pulled.column("position").to_numpy()) != -1):
        pulled = pulled.sort_by([("position", "descending")])
    return executions_frame(pulled)


def _curl(url: str, pages: int, options: list[str]) -> float:
    with tempfile.NamedTemporaryFile("w", suffix=".curl") as config:
        for page in range(pages):
            config.write(f'url = "{url}/jobs/{ALIAS}/executions?page={page}&size={PAGE_SIZE}"\noutput = "/dev/null"\n')
        config.flush()
        begun = time.perf_counter()
        command = ["curl", "--silent", *options, "--config", config.name]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        return time.perf_counter() - begun


@contextmanager
def pages_served(executions: int) -> Iterator[list[str]]:
    command = [sys.executable, "-m", "tests.bench.page_server", str(executions), *map(str, LATENCIES)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as process:
        assert process.stdout is not None
        try:
            yield [f"http://127.0.0.1:{int(process.stdout.readline())}" for _ in LATENCIES]
        finally:
            process.terminate()
