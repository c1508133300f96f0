"""What a long history costs: the same calls of two services, one with 1,000 executions and one with many."""

import random
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.history import EVENTS_EACH, History, make_history
from tests.bench.pairs import measure_pairs, verdict
from tests.service.api import RunnerApi
from tests.service.embedded import EmbeddedRunner

__all__ = ["measure_store"]

#: How many times as long a call may take with the long history.
LIMIT = 2
FEW = 1_000
#: Calls that one measurement is the mean of.
CALLS = 20
PAGE = 100


@dataclass
class World:
    """A service with a history, and what is asked of it: other rows each time, the same in every run."""

    history: History
    api: RunnerApi
    dice: random.Random

    def deep(self, rows: int) -> int:
        """Return a page of the older half of a list."""
        last = max(rows // PAGE - 1, 0)
        return self.dice.randint(last // 2, last)

    def execution(self) -> tuple[str, str]:
        """Return job's and execution's id of any execution."""
        return self.history.some([self.dice.randint(1, self.history.executions)])[0]

    def seconds(self, ask: "Ask") -> float:
        """Return how long a call took, in the mean of `CALLS`."""
        wanted = [ask(self) for _ in range(CALLS)]
        begun = time.perf_counter()
        for path, query in wanted:
            self.api.call("GET", path, **query)
        return (time.perf_counter() - begun) / CALLS


#: Returns path and query of a call.
Ask = Callable[[World], tuple[str, dict[str, Any]]]


def _events(world: World) -> str:
    job_id, execution_id = world.execution()
    return f"/status/{{alias}}/job/{job_id}/execution/{execution_id}"


def _single(world: World) -> str:
    job_id, execution_id = world.execution()
    return f"/jobs/{{alias}}/{job_id}/executions/{execution_id}"


def _of_job(world: World) -> str:
    return f"/jobs/{{alias}}/{world.history.job_id}/executions"


def _half(world: World) -> int:
    return world.history.executions // 2


ASKED: dict[str, Ask] = {
    "executions, first page": lambda world: ("/jobs/{alias}/executions", {}),
    "executions, a deep page": lambda world: (
        "/jobs/{alias}/executions",
        {"page": world.deep(world.history.executions)},
    ),
    "executions of one job, first page": lambda world: (_of_job(world), {}),
    "executions of one job, a deep page": lambda world: (_of_job(world), {"page": world.deep(_half(world))}),
    "one execution": lambda world: (_single(world), {}),
    "status events of an execution, by page": lambda world: (_events(world), {}),
    "status events of an execution, by cursor": lambda world: (_events(world), {"after": 0}),
    "status events of one job, a deep page": lambda world: (
        f"/status/{{alias}}/job/{world.history.job_id}",
        {"page": world.deep(_half(world) * EVENTS_EACH)},
    ),
    "jobs, first page": lambda world: ("/jobs/{alias}", {}),
}


def measure_store(count: int, executions: int) -> str:
    """Measure `count` pairs of each call and return the table."""
    with tempfile.TemporaryDirectory(prefix="bench-store-") as name, ExitStack() as stack:
        few = _world(stack, Path(name) / "few", FEW, 100)
        begun = time.perf_counter()
        many = _world(stack, Path(name) / "many", executions, 1_000)
        filled = time.perf_counter() - begun
        lines, ratios = [], []
        for what, ask in ASKED.items():
            # Only the calls are timed, not what chooses them.
            pairs = measure_pairs(lambda ask=ask: many.seconds(ask), lambda ask=ask: few.seconds(ask), count)  # type: ignore[misc]
            ratios.append(median(pairs.ratios))
            milliseconds = (f"{median(values) * 1000:9.2f} ms" for values in (pairs.reference, pairs.measured))
            lines.append(f"{what:42}{''.join(milliseconds)}{ratios[-1]:8.2f}")
    heading = (
        f"Calls over HTTP with {FEW:,} and with {executions:,} executions of {EVENTS_EACH} events each "
        f"(made in {filled:.0f} s), medians of {count} pairs in alternating order"
    )
    return "\n".join(
        [
            heading,
            f"{'':42}{f'{FEW:,}':>12}{f'{executions:,}':>12}{'ratio':>8}",
            *lines,
            f"worst ratio {max(ratios):.2f}: {verdict(max(ratios), LIMIT, '')}",
        ]
    )


def _world(stack: ExitStack, directory: Path, executions: int, jobs: int) -> World:
    directory.mkdir()
    service = stack.enter_context(EmbeddedRunner(directory))
    history = make_history(service.home, executions, jobs)
    service.start("cold")
    stack.callback(service.stop)
    return World(history, stack.enter_context(service.log_in()), random.Random(7))
