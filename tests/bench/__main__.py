"""What Runner costs beside what it stands on, and what it bears.

``python -m tests.bench load``, ``start``, ``torture`` and ``kills``.
"""

import argparse
import random
import sys

from tests.bench.kills import kills
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
    killed = commands.add_parser("kills", help="kill -9 of any process, and every event held against what happened")
    killed.add_argument("--kills", type=_count, default=1000, metavar="N", help="how many (default: 1000)")
    for command in (trials, killed):
        command.add_argument("--seed", type=int, default=None, help="of an earlier run, to try the same again")
    options = parser.parse_args()
    if options.what in ("torture", "kills"):
        seed = random.randrange(10**6) if options.seed is None else options.seed
        print(f"seed {seed}", flush=True)
        tally = torture(options.trials, seed) if options.what == "torture" else kills(options.kills, seed, _say)
        print(tally)
        return 0 if tally.is_clean else 1
    print(MEASUREMENTS[options.what](options.pairs))
    return 0


def _say(text: str) -> None:
    print(text, flush=True)


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number, 1 or more")
    return int(text)


sys.exit(main())
