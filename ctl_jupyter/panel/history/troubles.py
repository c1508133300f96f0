"""What fails and what takes long, as rows of small tables: causes, hosts, tasks; no widgets here."""

from typing import TYPE_CHECKING, Any

from ctl_jupyter.panel.history.tiles import words_of
from ctl_jupyter.panel.table import Column, Row

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CAUSES", "HOSTS", "TASKS", "cause_rows", "execution_of", "host_rows", "task_rows"]

#: Rows of each table.
MOST = 50
CAUSES = [
    Column("Cause", width="minmax(0, 3fr)"),
    Column("Task", hides_below=560),
    Column("Hosts", is_number=True, width="64px"),
    Column("Failures", is_number=True, hides_below=300, width="72px"),
    Column("Last (UTC)", hides_below=500, width="140px"),
]
HOSTS = [
    Column("Host"),
    Column("Verdict", width="110px"),
    Column("Job", hides_below=560),
    Column("Failed", is_number=True, hides_below=300, width="72px"),
    Column("Runs", is_number=True, hides_below=400, width="64px"),
    Column("Flips", is_number=True, hides_below=500, width="64px"),
]
TASKS = [
    Column("Task", width="minmax(0, 2fr)"),
    Column("Job", hides_below=560),
    Column("Median", is_number=True, hides_below=300, width="88px"),
    Column("95 %", is_number=True, hides_below=500, width="88px"),
    Column("Share", is_number=True, width="64px"),
]
VERDICTS = {"flaky": "warn", "unreachable": "bad", "broken": "bad"}


def cause_rows(hosts: "pd.DataFrame", executions: "pd.DataFrame") -> list[Row]:
    """Return what hosts failed of, the most frequent first; `execution_of` a row is the last that did."""
    from ctl_jupyter.history import measures

    return [
        Row(
            _key(place, row["execution_id"]),
            {
                "Cause": _text(row["cause"]) or _text(row["outcome"]),
                "Task": _text(row["task"]),
                "Hosts": f"{row['hosts']:,}",
                "Failures": f"{row['n']:,}",
                "Last (UTC)": f"{row['last']:%Y-%m-%d %H:%M}" if row["last"] == row["last"] else "",
            },
            order={"Hosts": float(row["hosts"]), "Failures": float(row["n"])},
            titles={"Cause": _text(row["message"]) or _text(row["cause"]), "Hosts": _text(row["host_names"])},
        )
        for place, row in _rows(measures.failure_groups(hosts, executions))
    ]


def host_rows(hosts: "pd.DataFrame", executions: "pd.DataFrame") -> list[Row]:
    """Return the hosts that are not healthy, the worst first."""
    from ctl_jupyter.history import measures

    found = measures.flaky_hosts(hosts, executions)
    return [
        Row(
            _key(place),
            {
                "Host": _text(row["host"]),
                "Verdict": _text(row["verdict"]),
                "Job": _text(row["job"]),
                "Failed": f"{row['failed'] + row['unreachable']:,}",
                "Runs": f"{row['n']:,}",
                "Flips": f"{row['flips']:,}",
            },
            {"Verdict": VERDICTS.get(_text(row["verdict"]), "quiet")},
            {
                "Failed": float(row["failed"] + row["unreachable"]),
                "Runs": float(row["n"]),
                "Flips": float(row["flips"]),
            },
        )
        for place, row in _rows(found[found["verdict"] != "healthy"])
    ]


def task_rows(tasks: "pd.DataFrame") -> list[Row]:
    """Return the tasks that take most of the time; `execution_of` a row is where it took longest."""
    import pandas as pd

    from ctl_jupyter.history import measures

    second = pd.Timedelta(seconds=1)
    return [
        Row(
            _key(place, row["slowest_execution"]),
            {
                "Task": _text(row["task"]),
                "Job": _text(row["job"]),
                "Median": words_of(row["median"]),
                "95 %": words_of(row["p95"]),
                "Share": f"{row['share']:.0%}" if row["share"] == row["share"] else "",
            },
            order={"Median": row["median"] / second, "95 %": row["p95"] / second, "Share": row["share"]},
        )
        for place, row in _rows(measures.slowest_tasks(tasks, by=("job", "task"), at_most=MOST))
    ]


def execution_of(key: str) -> str:
    """Return the execution that a row leads to; empty when it leads to none."""
    return key.partition(":")[2]


def _rows(found: "pd.DataFrame") -> "list[tuple[int, dict[Any, Any]]]":
    return list(enumerate(found.head(MOST).to_dict("records")))


def _key(place: int, execution_id: Any = None) -> str:
    # Several causes may have come up last in one execution.
    return f"{place}:{_text(execution_id)}"


def _text(value: Any) -> str:
    import pandas as pd

    return "" if value is None or pd.isna(value) else str(value)
