"""Old history is dropped whole, and never leaves behind what looks complete and is not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ctl_jupyter.history.store import Store
from tests.history.kept_tables import BEGIN, MINUTE, ids, pulled_events, pulled_executions

COUNT = 400
STEP = 50


def at(position: int) -> datetime:
    """Return when the execution at a position begins."""
    return datetime.fromtimestamp(BEGIN / 1000, UTC) + timedelta(milliseconds=position * MINUTE)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store")
    for begin in range(0, COUNT, STEP):
        places = range(begin, begin + STEP)
        store.add_executions("account", pulled_executions(places), total=COUNT, cursor=begin)
        store.add_events(pulled_events(ids(places), begin=begin), [(name, 1) for name in ids(places)])
    return store


def known_events(store: Store) -> list[int]:
    """Return the positions whose events are known, each of which has all of them."""
    runs = Store(store.directory).known_events(ids(range(COUNT))).tolist()
    told = Store(store.directory).events().column("execution_id").to_pylist()
    whole = [place for place, its_runs in enumerate(runs) if its_runs == 1]
    assert sorted(told) == sorted(name for name in ids(whole) for _ in range(5))
    return whole


def test_what_ended_before_a_time_is_dropped(store: Store) -> None:
    freed = store.prune(before=at(120))

    known = Store(store.directory).known("account")
    assert freed > 0
    assert known_events(store) == list(range(120, COUNT))
    assert known.settled == [range(120, COUNT)]
    assert (known.total, known.cursor, known.oldest) == (COUNT, COUNT - STEP, (120, ids([120])[0]))
    assert Store(store.directory).executions("account", ["position"]).num_rows == COUNT - 120


def test_what_has_not_ended_is_not_old(store: Store) -> None:
    store.add_executions("account", pulled_executions([3], "RUNNING"), total=COUNT)

    store.prune(before=at(120))

    known = Store(store.directory).known("account")
    assert known.live.tolist() == [3]
    assert known.settled == [range(120, COUNT)]


def test_an_older_version_does_not_come_back(store: Store) -> None:
    store.add_executions("account", pulled_executions([COUNT], "RUNNING"), total=COUNT + 1)
    store.add_executions("account", pulled_executions([COUNT]), total=COUNT + 1)
    store.add_events(pulled_events(ids([7]), each=6, begin=7), [(ids([7])[0], 2)])

    store.prune(before=at(COUNT + 60))

    assert Store(store.directory).executions("account").num_rows == 0
    assert Store(store.directory).events().num_rows == 0
    assert Store(store.directory).known_events(ids([7])).tolist() == [-1]


@pytest.mark.parametrize("share", [0.9, 0.6, 0.3, 0])
def test_no_more_than_that_is_left_and_the_oldest_events_go_first(store: Store, share: float) -> None:
    before = store.size()
    keep = round(before.bytes * share)

    freed = store.prune(keep_bytes=keep)

    after = Store(store.directory).size()
    assert after.bytes <= keep
    assert freed == before.bytes - after.bytes
    left = known_events(store)
    assert left == list(range(COUNT - len(left), COUNT))
    rows = Store(store.directory).executions("account", ["position"]).column("position").to_pylist()
    assert rows == list(range(COUNT - 1, COUNT - 1 - len(rows), -1))
    # Executions go only when no events are left.
    assert len(rows) == COUNT or not left


def test_nothing_is_dropped_that_fits(store: Store) -> None:
    assert store.prune() == 0
    assert store.prune(before=at(-10), keep_bytes=store.size().bytes) == 0
    assert known_events(store) == list(range(COUNT))


def test_what_is_dropped_is_put_back_by_the_next_pull(store: Store) -> None:
    store.prune(before=at(200))
    store.add_executions("account", pulled_executions(range(200)), total=COUNT)
    store.add_events(pulled_events(ids(range(200))), [(name, 1) for name in ids(range(200))])

    assert known_events(store) == list(range(COUNT))
    assert Store(store.directory).known("account").settled == [range(COUNT)]


def test_bad_limits_are_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="time zone"):
        store.prune(before=at(1).replace(tzinfo=None))
    with pytest.raises(ValueError, match="0 or more"):
        store.prune(keep_bytes=-1)
