"""Killed processes, several at once, full disks and damaged files: nothing is lost that was whole."""

import multiprocessing
import os
import random
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from ctl_jupyter.history.store import Store, StoreUnusable, parts
from tests.history.kept_tables import ids, pulled_events, pulled_executions
from tests.history.store_writers import STEP, fill_until_full, write_forever, write_range, write_some

LIST = "executions-account"
ROUNDS = 10
CONTEXT = multiprocessing.get_context("forkserver")


def started(work: Callable[..., Any], *arguments: Any) -> ForkServerProcess:
    """Start work in a process that shares nothing with this one; what it imports is imported once for all."""
    CONTEXT.set_forkserver_preload(["tests.history.store_writers", "pyarrow.parquet", "pandas"])
    process = CONTEXT.Process(target=work, args=arguments)
    process.start()
    return process


def await_lines(path: Path, count: int) -> list[int]:
    """Wait until a file has so many lines, and return them all."""
    while True:
        lines = path.read_text().split("\n")[:-1] if path.exists() else []
        if len(lines) >= count:
            return [int(line) for line in lines]
        time.sleep(0.001)


def check(store: Store, firsts: list[int]) -> None:
    """Check that what was said to be there is there once and right, and so is whatever else is there."""
    wanted = {place for first in firsts for place in range(first, first + STEP)}
    table = store.executions("account")
    found = table.column("position").to_pylist()
    assert found == sorted(set(found), reverse=True)
    assert wanted <= set(found)
    assert table.column("execution_id").to_pylist() == ids(found)
    assert sum(map(len, store.known("account").settled)) == len(found)
    assert (store.known_events(ids(sorted(wanted))) == 1).all()
    told = store.events().column("execution_id").to_pylist()
    assert len(told) == 5 * len(set(told))
    assert store.size().damaged == 0


def test_killed_at_any_moment(tmp_path: Path) -> None:
    dice = random.Random(20)
    store, said = Store(tmp_path / "store"), tmp_path / "said"
    firsts: list[int] = []
    for _ in range(ROUNDS):
        begin = firsts[-1] + STEP if firsts else 0
        process = started(write_forever, store.directory, said, begin)
        await_lines(said, len(firsts) + dice.randint(1, 5))
        # Any moment of writing and merging is as good as any other.
        time.sleep(dice.random() * 0.02)
        process.kill()
        process.join()
        firsts = await_lines(said, len(firsts) + 1)
        process.close()
        if dice.random() < 0.3:
            check(store, firsts)
    check(store, firsts)

    # What killed processes left behind goes when it is old, and nothing else does.
    for directory in ("events", LIST):
        leftover = store.directory / directory / ".0123456789abcdef.tmp"
        leftover.write_bytes(b"half of a part")
        young = leftover.with_name(".fedcba9876543210.tmp")
        young.write_bytes(b"half of another")
        for path in (store.directory / directory).glob(".*.tmp"):
            if path != young:
                os.utime(path, (1, 1))
    write_some(store, firsts[-1] + STEP)
    assert [path.name for path in store.directory.rglob("*.tmp")] == [".fedcba9876543210.tmp"] * 2
    check(Store(store.directory), firsts)


def test_killed_between_a_merge_and_the_end_of_what_it_merged(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    for first in range(0, parts.MANY_PARTS * STEP, STEP):
        write_some(store, first)
    store.add_executions("account", pulled_executions([3], "RUNNING"), total=parts.MANY_PARTS * STEP)
    assert len(list((store.directory / "events").glob("*.parquet"))) == parts.MANY_PARTS
    before = {path: path.read_bytes() for path in (store.directory / "events").glob("*.parquet")}
    firsts = list(range(0, (parts.MANY_PARTS + 1) * STEP, STEP))
    write_some(store, firsts[-1])
    assert not all(path.exists() for path in before)
    write_some(store, 0)

    # As if nobody had got to deleting them.
    for path, content in before.items():
        path.write_bytes(content)

    check(store, firsts)
    store.add_events(pulled_events(ids([5]), each=7), [(ids([5])[0], 2)])
    assert store.known_events(ids([5])).tolist() == [2]
    assert store.events(ids([5])).num_rows == 7
    assert not all(path.exists() for path in before)


def test_several_at_once_with_the_same_and_with_other_executions(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    ranges = [(0, 200), (0, 200), (150, 300)]
    processes = [started(write_range, store.directory, *each) for each in ranges]
    while any(process.is_alive() for process in processes):
        found = store.executions("account", ["position"]).column("position").to_pylist()
        assert found == sorted(set(found), reverse=True)
        told = store.events().column("execution_id").to_pylist()
        assert len(told) == 5 * len(set(told))
    for process in processes:
        process.join()
        assert process.exitcode == 0

    check(store, list(range(0, 300, STEP)))
    assert store.known("account").settled == [range(300)]
    assert len(list((store.directory / LIST).glob("*.parquet"))) <= 2 * parts.MANY_PARTS


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    store, said = Store(tmp_path / "store"), tmp_path / "said"
    write_some(store, 0)
    before = sorted(store.directory.rglob("*"))

    process = started(fill_until_full, store.directory, said)
    process.join()

    assert process.exitcode == 0
    assert said.read_text().startswith(f"No more history fits into {store.directory / LIST}: free some space")
    assert sorted(store.directory.rglob("*")) == before
    check(store, [0])


def test_where_no_store_can_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "store")

    with pytest.raises(StoreUnusable, match=r"cannot be used \(File exists\).*CTL_HISTORY_HOME"):
        write_some(store, 0)


def damage(path: Path, how: str) -> None:
    content = path.read_bytes()
    if how == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif how == "empty":
        path.write_bytes(b"")
    else:
        # In the first column's page: it can be read, and its checksum tells.
        column = pq.ParquetFile(path).metadata.row_group(0).column(0)
        place = column.data_page_offset + column.total_compressed_size - 1
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])


@pytest.mark.parametrize("how", ["cut", "empty", "flipped"])
def test_what_a_damaged_part_held_is_pulled_again(tmp_path: Path, how: str) -> None:
    store = Store(tmp_path / "store")
    store.add_executions("account", pulled_executions(range(10), "RUNNING"), total=10, cursor=1)
    store.add_executions("account", pulled_executions(range(4, 8)), total=10, cursor=2)
    store.add_executions("account", pulled_executions(range(9, 12)), total=12, cursor=3)
    damage(sorted((store.directory / LIST).glob("*.parquet"))[1], how)

    known = store.known("account")
    table = store.executions("account")

    # Not even what was known of these before: it may not hold since.
    assert table.column("position").to_pylist() == [11, 10, 9, 8, 3, 2, 1, 0]
    assert known.live.tolist() == [0, 1, 2, 3, 8]
    assert (known.settled, known.total) == ([range(9, 12)], 12)
    assert store.size().damaged == 1
    assert repr(store.size()).endswith("8 executions, 0 events, 1 damaged parts set aside")

    store.add_executions("account", pulled_executions(range(4, 8)), total=12)
    for _ in range(parts.MANY_PARTS):
        store.add_executions("account", pulled_executions([0]), total=12)

    assert store.known("account").settled == [range(1), range(4, 8), range(9, 12)]
    store.prune(keep_bytes=0)
    assert store.size().damaged == 0


def test_a_merge_leaves_out_what_a_damaged_part_made_doubtful(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.add_executions("account", pulled_executions(range(10)), total=10)
    store.add_executions("account", pulled_executions(range(3, 5), "FAILURE"), total=10)
    damage(sorted((store.directory / LIST).glob("*.parquet"))[1], "cut")
    store.known("account")
    for _ in range(parts.MANY_PARTS):
        store.add_executions("account", pulled_executions([0]), total=10)

    assert store.known("account").settled == [range(3), range(5, 10)]


@pytest.mark.parametrize("how", ["cut", "flipped"])
def test_damaged_events_are_pulled_again(tmp_path: Path, how: str) -> None:
    store = Store(tmp_path / "store")
    old, new = ids([1]), ids([2])
    store.add_events(pulled_events(old), [(old[0], 1)])
    store.add_events(pulled_events(new), [(new[0], 1)])
    damage(sorted((store.directory / "events").glob("*.parquet"))[1], how)

    assert set(store.events().column("execution_id").to_pylist()) == set(old)
    assert store.known_events([*old, *new]).tolist() == [1, -1]
    assert store.size().damaged == 1


def test_parts_of_another_version_are_as_good_as_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "store")
    monkeypatch.setattr(parts, "VERSION", parts.VERSION + 1)
    write_some(store, 0)
    monkeypatch.undo()
    assert (store.known("account").total, store.events().num_rows) == (None, 0)
    for first in range(STEP, 20 * STEP, STEP):
        write_some(store, first)
    check(store, list(range(STEP, 20 * STEP, STEP)))

    # The newer version finds its own again; what it merges, it takes the place of.
    monkeypatch.setattr(parts, "VERSION", parts.VERSION + 1)
    store = Store(tmp_path / "store")
    assert store.known("account").settled == [range(STEP)]
    for first in range(STEP, 20 * STEP, STEP):
        write_some(store, first)
    check(store, list(range(0, 20 * STEP, STEP)))
    versions = [pq.ParquetFile(path).metadata.metadata[b"version"] for path in store.directory.rglob("*.parquet")]
    assert versions.count(b"1") < 8
