"""The frames as tables of DuckDB."""

from pathlib import Path
from types import SimpleNamespace

import duckdb
import pandas as pd
import pytest

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.history import query
from ctl_jupyter.history.schema import FRAMES, empty_frame
from ctl_jupyter.history.sql import connect
from tests.history.small_history import SmallHistory, small_history

EMPTY = SimpleNamespace(**{name: empty_frame(name) for name in FRAMES})
#: What DuckDB's types are as pandas' dtypes, whatever is in a column.
EXPECTED = {"category": "str", "str": "str", "Int64": "Int64", "boolean": "boolean", "list of str": "large_list"}


@pytest.fixture
def history() -> SmallHistory:
    return small_history()


@pytest.mark.parametrize("name", list(FRAMES))
@pytest.mark.parametrize("is_empty", [True, False])
def test_every_column_goes_in_and_comes_out(history: SmallHistory, name: str, is_empty: bool) -> None:
    given = EMPTY if is_empty else history
    found, frame = query(given, f"select * from {name}"), getattr(given, name)
    assert list(found.columns) == list(frame.columns)
    for column in FRAMES[name]:
        dtype = str(found[column.name].dtype)
        if column.kind.dtype in EXPECTED:
            assert dtype.startswith(EXPECTED[column.kind.dtype]), column.name
        elif column.kind.dtype.startswith("datetime"):
            assert dtype == "datetime64[us, UTC]"
        else:
            assert dtype == "timedelta64[us]"
        told = frame[column.name]
        assert found[column.name].isna().tolist() == told.isna().tolist(), column.name
        pairs = zip(found[column.name].dropna(), told.dropna(), strict=True)
        assert all(one == other for one, other in pairs), column.name


def test_only_the_frames_that_are_named_are_asked_for(history: SmallHistory) -> None:
    found = query(history, "with runs as (select 1 as n) select count(*) as n, 'tasks' as word from Executions, runs")
    assert found.to_dict("list") == {"n": [3], "word": ["tasks"]}
    assert history.looks == ["executions"]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select * from execution", 'Table with name execution does not exist! Did you mean "executions"?'),
        ("select statuss from executions", 'Referenced column "statuss" not found in FROM clause!'),
        ("select * fro events", 'syntax error at or near "events"'),
        ("select sum(duration) from hosts", "No function matches the given name and argument types 'sum(INTERVAL)'."),
        ("select 'a", "unterminated"),
        (" \n", "The SQL is empty"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_sentence_before_anything_is_made(
    history: SmallHistory, sql: str, said: str
) -> None:
    with pytest.raises(DocumentError) as caught:
        query(history, sql)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "LINE" not in str(caught.value)
    assert history.looks == []


def test_what_fails_while_it_runs_is_said_in_one_sentence(history: SmallHistory) -> None:
    with pytest.raises(DocumentError, match=r"^The SQL cannot be run: Conversion Error: .*'deploy'"):
        query(history, "select job::int from executions")


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('{file}')",
        "select * from '{file}'",
        "copy executions to '{file}.out'",
        "attach '{file}.db'",
        "set enable_external_access = true",
    ],
)
def test_it_reaches_no_file(history: SmallHistory, tmp_path: Path, sql: str) -> None:
    file = tmp_path / "some.csv"
    file.write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(DocumentError):
        query(history, sql.format(file=file))
    assert list(tmp_path.iterdir()) == [file]


def test_it_reaches_no_variable_of_python(history: SmallHistory) -> None:
    somebodys = pd.DataFrame({"a": [1]})
    with pytest.raises(DocumentError, match="somebodys does not exist"):
        query(history, "select * from somebodys")
    assert len(somebodys) == 1


def test_all_five_are_joined(history: SmallHistory) -> None:
    found = query(
        history,
        """
        select x.job, r.run, t.task, h.host, h.outcome, count(e.seq is null) as events,
               sum(epoch(h.duration)) as seconds, any_value(x.start) as start
        from executions x
        join runs r using (execution_id)
        join tasks t on t.execution_id = r.execution_id and t.run = r.run
        join hosts h on h.execution_id = t.execution_id and h.run = t.run and h.number = t.number
        join events e on e.execution_id = h.execution_id and e.run = h.run and e.host = h.host
        group by all order by all
        """,
    )
    assert found[["job", "run", "task", "host", "outcome", "events"]].to_numpy().tolist() == [
        ["backup", 1, "dump", "db1", "ok", 1],
        ["deploy", 1, "install", "web1", "changed", 1],
        ["deploy", 1, "install", "web2", "failed", 1],
        ["deploy", 2, "install", "web2", "ok", 1],
    ]
    assert found["seconds"].tolist() == [0.5] * 4
    assert str(found["start"].dtype) == "datetime64[us, UTC]"
    assert sorted(history.looks) == sorted(FRAMES)


def test_names_are_sorted_as_texts_and_times_are_utc(history: SmallHistory) -> None:
    found = query(history, "select outcome, strftime(\"timestamp\", '%H:%M') as time from hosts order by outcome desc")
    assert found["outcome"].tolist() == ["ok", "ok", "failed", "changed"]
    assert set(found["time"]) == {"09:30"}


def test_sums_of_counts_are_whole_numbers(history: SmallHistory) -> None:
    found = query(history, "select sum(hosts) as hosts, count(*) > 3 as many, max(hosts) as a, max(ok) as a from tasks")
    assert found.dtypes.astype(str).tolist() == ["Int64", "boolean", "Int64", "Int64"]
    assert found.iloc[0].tolist() == [4, True, 2, 1]


def test_a_pivot_is_a_query_too(history: SmallHistory) -> None:
    found = query(
        history, "pivot (select host, outcome from hosts) on outcome using count(*) group by host order by host"
    )
    assert found["host"].tolist() == ["db1", "web1", "web2"]
    assert found["failed"].tolist() == [0, 0, 1]
    assert "executions" not in history.looks


def test_a_connection_has_the_frames_as_views(history: SmallHistory) -> None:
    with connect(history) as connection:
        told = connection.execute(
            "select status, duration, failed_hosts from executions order by execution_id"
        ).fetchall()
        assert [row[0] for row in told] == ["SUCCESS", "RUNNING", "PENDING"]
        assert [row[1] is None for row in told] == [False, True, True]
        assert connection.sql("select count(*) from events").fetchall() == [(len(history.events),)]
    history.looks.clear()
    with connect(history, "runs") as connection:
        assert connection.sql("select max(run) from runs").fetchall() == [(2,)]
    assert history.looks == ["runs"]
    with pytest.raises(DocumentError, match="There is no frame 'run'; did you mean 'runs'"):
        connect(history, "run")


@pytest.mark.parametrize("name", list(FRAMES))
@pytest.mark.parametrize("is_empty", [True, False])
def test_duckdb_reads_a_frame_by_its_variable(history: SmallHistory, name: str, is_empty: bool) -> None:
    frame = getattr(EMPTY if is_empty else history, name)
    with duckdb.connect() as connection:
        found = connection.execute("select * from frame").df()
    assert found["execution_id"].tolist() == frame["execution_id"].tolist()
