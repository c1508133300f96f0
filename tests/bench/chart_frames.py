"""Frames of any length, with the dtypes of `ctl_jupyter.history.schema`: 50 jobs over a year, 60 hosts, 12 tasks."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = ["executions_frame", "hosts_frame", "runs_frame"]

JOBS, HOSTS, TASKS = 50, 60, 12
YEAR = 365 * 86_400_000
NEW_YEAR = 1_767_225_600_000
MESSAGES = (
    "",
    "No space left on device: /var/log/app-%d.log",
    "Connection timed out",
    "Unable to find package nginx=%d",
)


def executions_frame(count: int) -> "pd.DataFrame":
    """Return `count` executions, newest first."""
    import numpy as np
    import pandas as pd

    from ctl_jupyter.history.schema import FRAMES, STATUSES, empty_frame

    random = np.random.default_rng(1)
    start = NEW_YEAR + np.sort(random.integers(0, YEAR, count))[::-1]
    job = random.integers(0, JOBS, count)
    took = ((60_000 + 6_000 * job) * random.lognormal(0, 0.3, count)).astype("int64")
    names = list(STATUSES)
    ends = np.array([names.index(name) for name in ("SUCCESS", "FAILURE", "STOPPED")])
    status = ends[np.searchsorted([0.93, 0.99], random.random(count))]
    commits = np.array([f"{number:040x}" for number in range(200)], dtype=object)
    columns: dict[str, Any] = {
        "execution_id": pd.array([f"{number:08x}-0000-4000-8000-000000000000" for number in range(count)], dtype="str"),
        "job_id": _names(job, "j", JOBS),
        "job": _names(job, "job ", JOBS),
        "account": pd.Categorical.from_codes(np.zeros(count, dtype="int8"), categories=pd.Index(["ACME"], dtype="str")),
        "status": pd.Categorical.from_codes(status, categories=pd.Index(names, dtype="str")),
        "start": _times(start),
        "end": _times(start + took),
        "duration": pd.Series(took.astype("m8[ms]")),
        "runs": pd.array(np.ones(count, dtype="int64"), dtype="Int64"),
        "commit": pd.array(commits[(start - NEW_YEAR) * 200 // (YEAR + 1)], dtype="str"),
        "complete": pd.array(np.ones(count, dtype=bool), dtype="boolean"),
    }
    frame = empty_frame("executions").reindex(range(count)).assign(**columns)
    return frame[[column.name for column in FRAMES["executions"]]]


def runs_frame(executions: "pd.DataFrame") -> "pd.DataFrame":
    """Return the one run of each execution, with its time in the queue."""
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(2)
    queue = pd.Series(random.lognormal(9, 1, len(executions)).astype("int64").astype("m8[ms]"))
    kept = ["execution_id", "job_id", "job", "status", "start", "end", "duration", "commit"]
    run = pd.array(np.ones(len(executions), dtype="int64"), dtype="Int64")
    return executions[kept].assign(run=run, queue=queue, queued=executions["start"] - queue)


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
        "duration": pd.Series(took.astype("m8[ms]")),
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
