"""What Runner costs beside what it stands on, and what it bears: ``python -m tests.bench WHAT``."""

import argparse
import random
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.bench.arrow import measure_arrow
from tests.bench.calls import measure_calls
from tests.bench.capture import measure_capture
from tests.bench.charts import measure_charts
from tests.bench.completion import measure_completion
from tests.bench.consistency import pull_while_it_grows
from tests.bench.follow import measure_follow
from tests.bench.frames import measure_frames
from tests.bench.history_store import measure_engines, measure_load_history
from tests.bench.host_measures import measure_host_measures
from tests.bench.interrupt import measure_interrupt
from tests.bench.jobs import measure_jobs
from tests.bench.kills import kill_at_random
from tests.bench.latency import measure_latency
from tests.bench.load import measure_load
from tests.bench.measures import measure_measures
from tests.bench.panel_jobs import measure_panel_jobs
from tests.bench.panel_live import measure_panel_live
from tests.bench.pull import measure_pull
from tests.bench.second_pull import measure_second_pull
from tests.bench.start import CASES, measure_start
from tests.bench.store import measure_store
from tests.bench.torture import torture


class Benchmark(NamedTuple):
    """What is done by a name, what its help says, and its options: whole numbers with their defaults."""

    what: str
    carry_out: Callable[..., Any]
    numbers: dict[str, int]


#: What is printed; a limit that is missed is said, and is no failure.
MEASUREMENTS = {
    "load": Benchmark("%%load_ext ctl_jupyter over bare IPython", measure_load, {"count": 9}),
    "interrupt": Benchmark(
        "from an interrupt to the end of the cell, also while the service hangs", measure_interrupt, {"count": 20}
    ),
    "completion": Benchmark(
        "completion over a kernel, thousands of names known, and beside a service that hangs",
        measure_completion,
        {"requests": 200, "rows": 5000},
    ),
    "jobs": Benchmark("%%ctl_jobs of 100 jobs over the same call by bare httpx", measure_jobs, {"count": 51}),
    "start": Benchmark("start to SUCCESS over bare ansible-playbook", measure_start, {"count": 9}),
    "capture": Benchmark(
        "CPU of Ansible with Runner's events over bare, beside ansible-runner and ARA",
        measure_capture,
        {"rounds": 5, "hosts": 25, "tasks": 40},
    ),
    "latency": Benchmark(
        "from a task's end to its event at a client, while 4 executions run",
        measure_latency,
        {"hosts": 3, "tasks": 150},
    ),
    "follow": Benchmark("CPU of a kernel whose cards show 4 executions", measure_follow, {"hosts": 100, "tasks": 50}),
    "panel-jobs": Benchmark(
        "from the call of the panel to its jobs in a real page", measure_panel_jobs, {"count": 5, "jobs": 1000}
    ),
    "panel-live": Benchmark(
        "the panel's live view in JupyterLab and Chromium",
        measure_panel_live,
        {"hosts": 100, "tasks": 200, "rate": 200},
    ),
    "frames": Benchmark("the five frames of executions and events", measure_frames, {"executions": 1_000_000}),
    "store": Benchmark(
        "calls with a long history over the same with a short one",
        measure_store,
        {"count": 9, "executions": 1_000_000},
    ),
    "pull": Benchmark(
        "executions over pages into a DataFrame over requests and json_normalize, and over the bytes alone",
        measure_pull,
        {"count": 5, "executions": 100_000},
    ),
    "arrow": Benchmark(
        "a history pulled as Arrow over requests page by page and json_normalize",
        measure_arrow,
        {"count": 3, "executions": 1_000_000, "naive": 20_000},
    ),
    "engines": Benchmark(
        "histories in Parquet parts, a DuckDB file and SQLite", measure_engines, {"executions": 1_000_000, "events": 5}
    ),
    "load-history": Benchmark(
        "executions from the store into pandas over the same columns from Parquet",
        measure_load_history,
        {"count": 5, "executions": 1_000_000},
    ),
    "host-measures": Benchmark(
        "measures over hosts and tasks over a plain group-by of the same frame",
        measure_host_measures,
        {"events": 5_000_000, "count": 3},
    ),
    "measures": Benchmark(
        "measures of executions over a plain group-by of the same frame",
        measure_measures,
        {"executions": 1_000_000, "count": 5},
    ),
    "second-pull": Benchmark(
        "a second pull of an account in which nothing happened over the first",
        measure_second_pull,
        {"count": 3, "executions": 100_000, "arrow": 1_000_000},
    ),
    "calls": Benchmark(
        "start calls over a bare route that inserts one row", measure_calls, {"count": 300, "queued": 200}
    ),
    "charts": Benchmark(
        "charts of a long history over a plain group-by of the same frame",
        measure_charts,
        {"executions": 1_000_000, "hosts": 5_000_000, "count": 3},
    ),
}
#: What ends in a tally, and fails when that is not clean.
TRIALS = {
    "consistency": Benchmark(
        "pulls of a list that grows: each row that was there, once", pull_while_it_grows, {"pulls": 200}
    ),
    "torture": Benchmark("random orders and killed processes at random moments", torture, {"trials": 200}),
    "kills": Benchmark(
        "kill -9 of any process, and every event held against what happened", kill_at_random, {"kills": 1000}
    ),
}


def main() -> int:
    """Do one of them and print what came of it."""
    options = vars(_parser().parse_args())
    name = options.pop("name")
    if name in MEASUREMENTS:
        print(MEASUREMENTS[name].carry_out(**options))
        return 0
    if options["seed"] is None:
        options["seed"] = random.randrange(10**6)
    print(f"seed {options['seed']}", flush=True)
    tally = TRIALS[name].carry_out(**options)
    print(tally)
    return 0 if tally.is_clean else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    commands = parser.add_subparsers(dest="name", required=True, metavar="WHAT")
    for name, benchmark in {**MEASUREMENTS, **TRIALS}.items():
        command = commands.add_parser(name, help=benchmark.what)
        for option, default in benchmark.numbers.items():
            flag = "--pairs" if option == "count" else f"--{option}"
            command.add_argument(
                flag, dest=option, type=_count, default=default, metavar="N", help=f"default: {default:,}"
            )
        if name == "start":
            command.add_argument("--case", choices=list(CASES), help="this one alone; default: all of them")
        if name == "capture":
            command.add_argument("--alone", action="store_true", help="without ansible-runner and ARA")
        if name in TRIALS:
            command.add_argument("--seed", type=int, default=None, help="of an earlier run, to try the same again")
    return parser


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number, 1 or more")
    return int(text)


sys.exit(main())
