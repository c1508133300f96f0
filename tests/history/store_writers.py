"""What other processes do with a store, for tests that kill them."""

import os
import resource
import signal
from pathlib import Path

from ctl_jupyter.history.store import Store, StoreFull
from tests.history.kept_tables import ids, pulled_events, pulled_executions

__all__ = ["STEP", "fill_until_full", "write_forever", "write_some"]

#: Executions of one addition.
STEP = 10
RUNS = 1


def write_forever(directory: Path, said: Path, begin: int) -> None:
    """Add executions and their events, `STEP` at a time, and say after each addition which are there."""
    store = Store(directory)
    with said.open("ab", buffering=0) as log:
        for first in range(begin, 1_000_000, STEP):
            write_some(store, first)
            os.write(log.fileno(), f"{first}\n".encode())


def write_some(store: Store, first: int) -> None:
    """Add `STEP` executions from a position on, and their events."""
    places = range(first, first + STEP)
    store.add_executions("account", pulled_executions(places), total=first + STEP, cursor=first)
    names = ids(places)
    store.add_events(pulled_events(names, begin=first), [(name, RUNS) for name in names])


def write_range(directory: Path, begin: int, end: int) -> None:
    """Add the executions of a range and their events."""
    store = Store(directory)
    for first in range(begin, end, STEP):
        write_some(store, first)


def fill_until_full(directory: Path, said: Path) -> None:
    """Add executions where no file may have more than 16 kB, and write down what was raised."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, 16_384))
    store = Store(directory)
    try:
        store.add_executions("account", pulled_executions(range(5_000)), total=5_000)
    except StoreFull as error:
        said.write_text(str(error), encoding="utf-8")
