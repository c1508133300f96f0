"""What Runner costs beside what it stands on, and what it bears.

``python -m tests.bench calls``, ``load``, ``start``, ``store`` and ``torture``.
"""

import argparse
import random
import sys

from tests.bench.calls import measure_calls
from tests.bench.load import measure_load
from tests.bench.start import measure_start
from tests.bench.store import measure_store
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
    store = commands.add_parser("store", help="calls with a long history over the same with a short one")
    store.add_argument("--pairs", type=_count, default=9, metavar="N", help="pairs of runs (default: 9)")
    store.add_argument("--executions", type=_count, default=1_000_000, metavar="N", help="default: 1,000,000")
    calls = commands.add_parser("calls", help="start calls over a bare route that inserts one row")
    calls.add_argument("--pairs", type=_count, default=300, metavar="N", help="pairs of calls (default: 300)")
    calls.add_argument("--queued", type=_count, default=200, metavar="N", help="starts to queue (default: 200)")
    trials = commands.add_parser("torture", help="random orders and killed processes at random moments")
    trials.add_argument("--trials", type=_count, default=200, metavar="N", help="how many (default: 200)")
    trials.add_argument("--seed", type=int, default=None, help="of an earlier run, to try the same again")
    options = parser.parse_args()
    if options.what == "torture":
        seed = random.randrange(10**6) if options.seed is None else options.seed
        print(f"seed {seed}", flush=True)
        tally = torture(options.trials, seed)
        print(tally)
        return 0 if tally.is_clean else 1
    if options.what == "store":
        print(measure_store(options.pairs, options.executions))
        return 0
    if options.what == "calls":
        print(measure_calls(options.pairs, options.queued))
        return 0
    print(MEASUREMENTS[options.what](options.pairs))
    return 0


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number, 1 or more")
    return int(text)


sys.exit(main())
