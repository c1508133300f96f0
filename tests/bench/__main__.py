"""``python -m tests.bench load`` and ``python -m tests.bench start``: what Runner costs beside what it stands on."""

import argparse

from tests.bench.load import measure_load
from tests.bench.start import measure_start

MEASUREMENTS = {"load": measure_load, "start": measure_start}


def main() -> None:
    """Measure one thing and print its table; a limit that is missed is said, and is no failure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("what", choices=MEASUREMENTS, help="load: %%load_ext ctl_jupyter; start: start to SUCCESS")
    parser.add_argument("--pairs", type=_pairs, default=9, metavar="N", help="pairs of runs to compare (default: 9)")
    options = parser.parse_args()
    print(MEASUREMENTS[options.what](options.pairs))


def _pairs(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of pairs, 1 or more")
    return int(text)


main()
