"""What Runner costs beside what it stands on, and what it bears.

``python -m tests.bench WHAT``: load, start, capture, latency or torture.
"""

import argparse
import random
import sys

from tests.bench.capture import measure_capture
from tests.bench.latency import measure_latency
from tests.bench.load import measure_load
from tests.bench.start import measure_start
from tests.bench.torture import torture

MEASUREMENTS = {"load": measure_load, "start": measure_start}


def main() -> int:
    """Do one of them and print what came of it; a limit that is missed is said, and is no failure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    commands = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    for name, said in (
        ("load", "%%load_ext ctl_jupyter over bare IPython"),
        ("start", "start to SUCCESS over Ansible"),
    ):
        measurement = commands.add_parser(name, help=said)
        measurement.add_argument("--pairs", type=_count, default=9, metavar="N", help="pairs of runs (default: 9)")
    trials = commands.add_parser("torture", help="random orders and killed processes at random moments")
    trials.add_argument("--trials", type=_count, default=200, metavar="N", help="how many (default: 200)")
    trials.add_argument("--seed", type=int, default=None, help="of an earlier run, to try the same again")
    events = commands.add_parser("capture", help="CPU of Ansible with Runner's events over bare, and of others")
    for name, default in (("rounds", 5), ("hosts", 25), ("tasks", 40)):
        events.add_argument(
            f"--{name}", type=_count, default=default, metavar="N", help=f"how many (default: {default})"
        )
    events.add_argument("--alone", action="store_true", help="without ansible-runner and ARA")
    delays = commands.add_parser("latency", help="from a task's end to its event at a client, while 4 executions run")
    for name, default in (("hosts", 3), ("tasks", 150)):
        delays.add_argument(f"--{name}", type=_count, default=default, metavar="N", help=f"(default: {default})")
    options = parser.parse_args()
    if options.what == "latency":
        print(measure_latency(options.hosts, options.tasks))
        return 0
    if options.what == "capture":
        print(measure_capture(options.rounds, options.hosts, options.tasks, options.alone))
        return 0
    if options.what == "torture":
        seed = random.randrange(10**6) if options.seed is None else options.seed
        print(f"seed {seed}", flush=True)
        tally = torture(options.trials, seed)
        print(tally)
        return 0 if tally.is_clean else 1
    print(MEASUREMENTS[options.what](options.pairs))
    return 0


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number, 1 or more")
    return int(text)


sys.exit(main())
