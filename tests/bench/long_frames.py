"""Long frames, with the dtypes of `ctl_jupyter.history.schema`: 50 jobs over a year, 60 hosts, 12 tasks."""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = ["executions_frame", "hosts_frame", "runs_frame"]

JOBS, HOSTS, TASKS = 50, 60, 12
START, YEAR = 1_735_689_600_000, 365 * 86_400_000
MESSAGES = (
    "",
    "No space left on device: /var/log/app-%d.log",
    "Connection timed out",
    "Unable to find package nginx=%d",
)


def executions_frame(count: int) -> "pd.DataFrame":
    """Return a made-up year of 50 jobs, newest first.

    Durations scatter by a fifth, one job in five has become half as slow again in the middle of the year, 3 % fail.
    """
    return _frame("executions", count)


def runs_frame(count: int) -> "pd.DataFrame":
    """Return the one run of each execution, with its time in the queue."""
    return _frame("runs", count)


def _frame(name: str, count: int) -> "pd.DataFrame":
    from ctl_jupyter.history.schema import FRAMES, empty_frame

    table, empty = _made(count), empty_frame(name)
    missing = empty.drop(columns=[column for column in empty if column in table]).reindex(range(count))
    return table.assign(**missing)[[column.name for column in FRAMES[name]]]


@cache
def _made(executions: int) -> "pd.DataFrame":
    """Return what the frames of executions and of runs hold."""
    import numpy as np
    import pandas as pd

    from ctl_jupyter.history.schema import STATUSES

    random = np.random.default_rng(5)
    job = random.integers(JOBS, size=executions)
    start = START + np.sort(random.integers(YEAR, size=executions))[::-1]
    level = 10 + job % 7 / 3 + 0.4 * ((job % 5 == 0) & (start > START + YEAR / 2))
    duration = np.exp(random.normal(level, 0.2)).astype("int64")
    queue = random.integers(30_000, size=executions)
    status = random.choice([STATUSES.index("SUCCESS"), STATUSES.index("FAILURE")], size=executions, p=(0.97, 0.03))
    number = (start - START) // (3 * 86_400_000)
    commit = pd.Series([f"{place:040x}" for place in range(int(number.max()) + 1)], dtype="str")

    return pd.DataFrame(
        {
            "execution_id": pd.Series([f"{place:032x}-000" for place in range(executions)], dtype="str"),
            "job_id": _names(job, "", JOBS),
            "job": _names(job, "job ", JOBS),
            "account": _names(np.zeros(executions, dtype="int8"), "ACME", 1),
            "status": pd.Categorical.from_codes(status, categories=pd.Index(STATUSES, dtype="str")),
            "queued": _times(start - queue),
            "start": _times(start),
            "end": _times(start + duration),
            "queue": _spans(queue),
            "duration": _spans(duration),
            "run": pd.array(np.ones(executions, dtype="int64"), dtype="Int64"),
            "runs": pd.array(np.ones(executions, dtype="int64"), dtype="Int64"),
            "commit": commit.take(number).array,
            "commit_author": commit.str[-8:].take(number).array,
            "commit_message": ("Change " + commit).take(number).array,
            "schedule_id": pd.Series([None], dtype="str").repeat(executions).array,
        }
    )


def hosts_frame(executions: "pd.DataFrame", count: int) -> "pd.DataFrame":
    """Return `count` host results: of each execution so many hosts that all are used, each with five tasks."""
    import numpy as np
    import pandas as pd

    from ctl_jupyter.history.schema import FRAMES, OUTCOMES

    random = np.random.default_rng(3)
    each = max(1, count // len(executions))
    place = np.minimum(np.arange(count) // each, len(executions) - 1)
    task = np.arange(count) % each % TASKS
    host = (place * 7 + np.arange(count) // TASKS) % HOSTS
    outcome = np.array([0, 1, 2, 3, 4, 5])[np.searchsorted([0.6, 0.9, 0.95, 0.96, 0.99], random.random(count))]
    took = (2_000 * random.lognormal(0, 0.5, count)).astype("int64")
    start = executions["start"].dt.tz_localize(None).to_numpy().view("int64")[place] + 10_000 * task
    words = np.array(
        [text % number if "%" in text else text for number in range(50) for text in MESSAGES], dtype=object
    )
    message = np.where((outcome == 2) | (outcome == 3), random.integers(0, len(words), count), 0)
    columns: dict[str, Any] = {
        "execution_id": pd.Categorical.from_codes(place, categories=pd.Index(executions["execution_id"])),
        "job_id": _taken(executions["job_id"], place),
        "job": _taken(executions["job"], place),
        "run": pd.array(np.ones(count, dtype="int64"), dtype="Int64"),
        "number": pd.array(task + 1, dtype="Int64"),
        "host": _names(host, "web", HOSTS),
        "play": _names(host * 0, "all", 1),
        "task": _names(task, "task ", TASKS),
        "role": _names(host * 0, "role", 1),
        "action": _names(task % 3, "ansible.builtin.", 3),
        "path": _names(task, "site.yml:", TASKS),
        "outcome": pd.Categorical.from_codes(outcome, categories=pd.Index(OUTCOMES, dtype="str")),
        "changed": pd.array(outcome == 1, dtype="boolean"),
        "start": _times(start),
        "end": _times(start + took),
        "duration": _spans(took),
        "timestamp": _times(start + took),
        "rc": pd.array((outcome == 2).astype("int64"), dtype="Int64"),
        "message": pd.array(words, dtype="str").take(message),
    }
    return pd.DataFrame({column.name: columns[column.name] for column in FRAMES["hosts"]})


def _names(codes: "np.ndarray[Any, Any]", stem: str, count: int) -> "pd.Categorical":
    import pandas as pd

    return pd.Categorical.from_codes(codes, categories=pd.Index([f"{stem}{n}" for n in range(count)], dtype="str"))


def _taken(values: "pd.Series[Any]", place: "np.ndarray[Any, Any]") -> "pd.Categorical":
    import pandas as pd

    return pd.Categorical.from_codes(values.cat.codes.to_numpy()[place], categories=values.cat.categories)


def _times(milliseconds: "np.ndarray[Any, Any]") -> "pd.Series[Any]":
    import pandas as pd

    return pd.Series(milliseconds.astype("M8[ms]")).dt.tz_localize("UTC")


def _spans(milliseconds: "np.ndarray[Any, Any]") -> "pd.Series[Any]":
    import pandas as pd

    return pd.Series(milliseconds.astype("m8[ms]")).astype("m8[us]")
