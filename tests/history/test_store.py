"""What is kept of executions and events comes back as it was, and as it was last."""

import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ctl_jupyter.history.schema import pulled_events_schema, pulled_executions_schema
from ctl_jupyter.history.store import Store
from tests.history.kept_tables import ids, pulled_events, pulled_executions
from tests.service import canaries

LIST = "account"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "histories" / "of-an-account")


def again(store: Store) -> Store:
    """Return the store as another process sees it."""
    return Store(store.directory)


def positions(store: Store, list_key: str = LIST) -> list[int]:
    return again(store).executions(list_key, ["position"]).column("position").to_pylist()  # type: ignore[no-any-return]


def statuses(store: Store) -> dict[int, str]:
    rows = again(store).executions(LIST, ["position", "status"]).to_pylist()
    return {row["position"]: row["status"] for row in rows}


def parts(store: Store, name: str = "executions-account") -> list[Path]:
    return sorted((store.directory / name).glob("*.parquet"))


def test_nothing_is_there_and_nothing_is_made_by_looking(store: Store) -> None:
    known = store.known(LIST)

    assert (known.total, known.settled, known.newest, known.oldest, known.cursor) == (None, [], None, None, None)
    assert (known.live.tolist(), known.failed.tolist()) == ([], [])
    assert store.executions(LIST).schema == pulled_executions_schema()
    assert store.events().schema == pulled_events_schema()
    assert store.events(ids([1])).num_rows == 0
    assert store.known_events(ids([1, 2])).tolist() == [-1, -1]
    assert (store.size().bytes, store.prune(keep_bytes=0)) == (0, 0)
    store.forget(LIST)
    store.clear()
    assert not store.directory.exists()


def test_executions_come_back_whole_and_newest_first(store: Store) -> None:
    table = pulled_executions(range(200), None)
    store.add_executions(LIST, table, total=200, cursor=7)

    found = again(store).executions(LIST)

    assert found.schema == pulled_executions_schema()
    assert found.to_pylist() == table.to_pylist()[::-1]


def test_any_order_and_a_position_given_twice(store: Store) -> None:
    table = pulled_executions([3, 1, 2, 1], ["SUCCESS", "RUNNING", "SUCCESS", "FAILURE"])
    store.add_executions(LIST, table, total=4)

    assert statuses(store) == {3: "SUCCESS", 2: "SUCCESS", 1: "FAILURE"}


def test_the_newest_row_of_a_position_counts(store: Store) -> None:
    store.add_executions(LIST, pulled_executions(range(6), "RUNNING"), total=6, cursor=1)
    store.add_executions(LIST, pulled_executions([1, 4], ["SUCCESS", "FAILURE"]), total=7)
    store.add_executions(LIST, pulled_executions([6, 4], ["PENDING", "RUNNING"]), total=8, cursor=9)

    known = again(store).known(LIST)

    assert positions(store) == [6, 5, 4, 3, 2, 1, 0]
    assert statuses(store)[1] == "SUCCESS"
    assert (known.total, known.cursor) == (8, 9)
    assert known.settled == [range(1, 2)]
    assert known.live.tolist() == [0, 2, 3, 4, 5, 6]


def test_known_tells_settled_live_failed_and_both_ends(store: Store) -> None:
    told = ["SUCCESS", "FAILURE", "RUNNING", "INIT_FAILURE", "KILLED", None, "NEW_STATUS", "STOPPED"]
    store.add_executions(LIST, pulled_executions(range(10, 18), told), total=30, cursor=3)
    store.add_executions(LIST, pulled_executions([]), total=31)

    known = again(store).known(LIST)

    assert known.total == 31
    assert known.settled == [range(10, 12), range(13, 15), range(17, 18)]
    assert known.live.tolist() == [12, 15, 16]
    assert known.failed.tolist() == [13, 11]
    assert known.newest == (17, ids([17])[0])
    assert known.oldest == (10, ids([10])[0])
    assert known.cursor == 3


def test_an_unchanged_list_writes_nothing(store: Store) -> None:
    nothing = pulled_executions([])
    store.add_executions(LIST, nothing, total=0, cursor=5)
    store.add_executions(LIST, nothing, total=0, cursor=5)
    store.add_executions(LIST, nothing, total=0)

    assert len(parts(store)) == 1
    assert (again(store).known(LIST).total, again(store).known(LIST).cursor) == (0, 5)


def test_lists_are_apart(store: Store) -> None:
    for list_key, count in (("account", 3), ("job-a1b2", 2), ("job-A1b2", 1), ("job-../../x", 4)):
        store.add_executions(list_key, pulled_executions(range(count)), total=count)

    store.forget("job-A1b2")

    assert [len(positions(store, key)) for key in ("account", "job-a1b2", "job-A1b2", "job-../../x")] == [3, 2, 0, 4]
    assert all(store.directory in path.parents for path in store.directory.parent.rglob("*.parquet"))


def test_many_parts_are_merged_and_say_the_same(store: Store) -> None:
    dice = np.random.default_rng(5)
    expected: dict[int, str] = {}
    for number in range(60):
        places = dice.choice(300, 5, replace=False)
        expected |= {int(place): f"author {number}" for place in places}
        authors = [f"author {number}"] * 5
        store.add_executions(LIST, pulled_executions(places, commit_author=authors), total=300, cursor=number)

    rows = again(store).executions(LIST, ["commit_author", "position"]).to_pylist()

    assert len(parts(store)) <= 17
    assert {row["position"]: row["commit_author"] for row in rows} == expected
    assert [row["position"] for row in rows] == sorted(expected, reverse=True)
    assert again(store).known(LIST).cursor == 59


def test_columns_are_those_asked_for(store: Store) -> None:
    store.add_executions(LIST, pulled_executions(range(3)), total=3)

    assert store.executions(LIST, ["status", "execution_id"]).schema.names == ["status", "execution_id"]
    with pytest.raises(ValueError, match="no column 'state': there are position, execution_id"):
        store.executions(LIST, ["state"])


def test_what_is_no_table_of_executions_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="must have the columns and types"):
        store.add_executions(LIST, pa.table({"position": [1]}), total=1)
    for bad in (-1, 10**12, None):
        table = pulled_executions([0]).set_column(0, "position", pa.array([bad], pa.int64()))
        with pytest.raises(ValueError, match="A position must be a whole number from 0"):
            store.add_executions(LIST, table, total=1)
    events = pulled_events(ids([0])).set_column(1, "execution_id", pa.nulls(5, pa.string()))
    with pytest.raises(ValueError, match="which execution it is of"):
        store.add_events(events, [])
    assert parts(store) == []


def test_events_come_back_whole(store: Store) -> None:
    names = ids(range(20))
    table = pulled_events(names)
    store.add_events(table, [(name, 1) for name in names])

    found = again(store).events()

    assert found.schema == pulled_events_schema()
    assert found.to_pylist() == table.to_pylist()
    few = again(store).events(pa.chunked_array([names[3:5], names[17:18]]))
    assert few.to_pylist() == table.slice(15, 10).to_pylist() + table.slice(85, 5).to_pylist()
    assert set(few.column("execution_id").unify_dictionaries().chunk(0).dictionary.to_pylist()) == {
        *names[3:5],
        names[17],
    }


def test_events_of_many_executions_are_found_in_all_row_groups(store: Store) -> None:
    names = ids(range(30_000))
    store.add_events(pulled_events(names), [(name, 1) for name in names])

    for wanted in (names[13_000:13_500], names[::3], names[29_999:]):
        found = again(store).events(wanted)
        told = found.column("execution_id").to_pylist()
        assert told == [name for name in wanted for _ in range(5)]
        assert found.column("position").to_pylist() == [0, 1, 2, 3, 4] * len(wanted)
    assert again(store).known_events([*names[:6000], "unknown"]).tolist() == [1] * 6000 + [-1]


def test_events_in_any_order_are_put_in_that_in_which_they_happened(store: Store) -> None:
    names = ids(range(30))
    table = pulled_events(names)
    mixed = np.random.default_rng(3).permutation(table.num_rows)
    store.add_events(table.take(np.append(mixed, mixed[:9])), [(name, 1) for name in names])

    for name in names:
        assert (
            store.events([name]).to_pylist()
            == pulled_events(names).filter(pa.compute.equal(table.column("execution_id"), name)).to_pylist()
        )


def test_only_whole_events_are_known_and_the_newest_ones_count(store: Store) -> None:
    one, two, empty, live, other = ids(range(5))
    store.add_events(pulled_events([one, two, live]), [(one, 1), (two, 1), (empty, 1)])
    assert store.known_events([one, two, empty, live, other]).tolist() == [1, 1, 1, -1, -1]
    assert store.events([live]).num_rows == 5

    store.add_events(pulled_events([two, live], each=9), [(two, 2), (live, 1)])

    assert again(store).known_events(pa.array([live, two, one])).tolist() == [1, 2, 1]
    assert [again(store).events([name]).num_rows for name in (one, two, empty, live)] == [5, 9, 0, 9]
    assert again(store).events().num_rows == 23
    assert again(store).size().events == 23


def test_many_parts_of_events_are_merged_and_say_the_same(store: Store) -> None:
    runs: dict[str, int] = {}
    for number in range(40):
        names = ids([number, number // 2, 100 + number])
        its_runs = dict.fromkeys(names, number + 1)
        runs |= its_runs
        store.add_events(pulled_events(sorted(its_runs), each=number + 1), its_runs.items())

    assert len(parts(store, "events")) <= 17
    assert again(store).known_events(runs).tolist() == list(runs.values())
    assert all(again(store).events([name]).num_rows == count for name, count in runs.items())


def test_size_says_what_is_there_and_clear_empties_it(store: Store) -> None:
    store.add_executions(LIST, pulled_executions(range(9)), total=9)
    store.add_executions("job-1", pulled_executions(range(4), "RUNNING"), total=4)
    store.add_events(pulled_events(ids(range(3))), [(name, 1) for name in ids(range(3))])
    size = again(store).size()

    assert (size.executions, size.events, size.damaged) == (13, 15, 0)
    assert size.bytes == sum(path.stat().st_size for path in store.directory.rglob("*") if path.is_file())
    assert repr(size) == f"{size.bytes / 1e3:,.1f} kB in {store.directory}: 13 executions, 15 events"
    assert repr(replace(size, bytes=1_250_000)).startswith("1.2 MB in ")

    again(store).clear()

    assert (store.size().bytes, store.known(LIST).total, store.events().num_rows) == (0, None, 0)


def test_others_cannot_look_into_it(store: Store) -> None:
    store.add_executions(LIST, pulled_executions(range(3)), total=3)
    store.add_events(pulled_events(ids([1])), [])
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [store.directory, *store.directory.rglob("*")]}

    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}
    assert stat.S_IMODE(store.directory.parent.stat().st_mode) == 0o700


def test_only_the_columns_of_the_schemas_are_kept(store: Store) -> None:
    secret = canaries.password("password")
    forms = {"password": canaries.password_forms(secret)}
    for table in (pulled_executions([1]), pulled_events(ids([1]))):
        carried = table.append_column("token", pa.array([secret] * table.num_rows))
        carried = carried.replace_schema_metadata({"password": secret})
        if "timers" in table.schema.names:
            store.add_executions(LIST, carried, total=1)
        else:
            store.add_events(carried, [])

    files = [path for path in store.directory.rglob("*") if path.is_file()]
    for path in files:
        assert not canaries.found_in(path.read_bytes() + path.name.encode(), forms)
    for path in store.directory.rglob("*.parquet"):
        file = pq.ParquetFile(path)
        told = f"{file.read().to_pylist()}{file.metadata.metadata}{file.schema_arrow.metadata}"
        assert not canaries.found_in(told.encode(), forms)
        assert "token" not in file.schema_arrow.names
    assert len(list(store.directory.rglob("*.parquet"))) == 2


def test_an_account_has_a_directory_of_its_own_that_can_be_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CTL_HISTORY_HOME", str(tmp_path / "kept"))
    asked = [
        ("https://api.runner.example/", "ACME"),
        ("https://ada:s3cret@api.runner.example", "acme"),
        ("https://api.runner.example", "ACME2"),
        ("http://127.0.0.1:8080", "LOCAL"),
        ("http://127.0.0.1:8081", "LOCAL"),
    ]
    found = [Store.for_account(*each).directory for each in asked]

    assert found[0] == found[1]
    assert len(set(found)) == 4
    assert {path.parent for path in found} == {tmp_path / "kept"}
    assert found[0].name.startswith("api-runner-example-acme-")
    assert found[3].name.startswith("127-0-0-1-8080-local-")
    monkeypatch.delenv("CTL_HISTORY_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert Store.for_account(*asked[0]).directory.parent == tmp_path / "data" / "ctl-jupyter" / "history"
