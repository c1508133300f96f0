"""How each host came out of each run it took part in: one row a host and run, from its results of the tasks."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctl_jupyter.documents import Status
from ctl_jupyter.history.arrow_columns import whole
from ctl_jupyter.history.measures.groups import Groups, joined
from ctl_jupyter.history.measures.numbers import MISSING, milliseconds, whole_numbers
from ctl_jupyter.history.measures.rows import rows_with

if TYPE_CHECKING:
    import pandas as pd

    from ctl_jupyter.history.measures.numbers import Codes, Flags

__all__ = ["FAILED", "OK", "TOLD", "UNREACHABLE", "HostsOfRuns", "hosts_of_runs", "told_at"]

OK, FAILED, UNREACHABLE = range(3)
#: What tells when a result was told, best first.
TOLD = ("timestamp", "end", "start")


@dataclass(frozen=True)
class HostsOfRuns:
    """The hosts of all runs; one value each for every host of a run.

    Parameters
    ----------
    groups
        The rows of the frame, grouped by execution, run and host.
    row
        The place of the first of its rows, which names job, execution, run and host.
    outcome
        `OK`, `FAILED` or `UNREACHABLE`.
    failure
        The place of the failure that made it so; of one that is `OK`, of the last that was mended, or 0.
    execution
        The place of its execution in the frame ``executions``, -1 where it is not there.
    """

    groups: Groups
    row: "Codes"
    outcome: "Codes"
    failure: "Codes"
    execution: "Codes"


def hosts_of_runs(hosts: "pd.DataFrame", executions: "pd.DataFrame | None" = None) -> HostsOfRuns:
    """Return how each host came out of each run.

    A host has failed when the last of its results in the run, those that were skipped left out, is a failure that was
    not ignored: what a ``rescue`` section mended is followed by others. A failure that an ``always`` section follows
    cannot be told from that; for an execution's last run its ``failed_hosts``, where they are known, settle both.

    Parameters
    ----------
    hosts
        Rows of the frame ``hosts``.
    executions
        The frame ``executions``; executions that it lacks are judged by their results alone.
    """
    import numpy as np

    groups = Groups.by_key(joined(hosts, ("execution_id", "run", "host")))
    kind = np.zeros(len(hosts), dtype=np.int64)
    kind[rows_with(hosts, "outcome", "failed")] = FAILED
    kind[rows_with(hosts, "outcome", "unreachable")] = UNREACHABLE
    troubled = np.zeros(groups.count, dtype=bool)
    troubled[groups.codes[kind != OK]] = True
    told = np.flatnonzero(troubled[groups.codes] & ~rows_with(hosts, "outcome", "skipped"))
    told = told[np.lexsort((told_at(hosts[list(TOLD)].iloc[told]), groups.codes[told]))]
    # Of several results of one host the last one stays.
    outcome = np.zeros(groups.count, dtype=np.int64)
    outcome[groups.codes[told]] = kind[told]
    failure = np.zeros(groups.count, dtype=np.int64)
    failures = told[kind[told] != OK]
    failure[groups.codes[failures]] = failures
    execution = np.full(len(groups), -1)
    if executions is not None:
        execution = _executions_of(hosts, executions, groups.first)
        units = np.flatnonzero(troubled)
        known, failed = _said(hosts[["run", "host"]], executions, groups.first[units], execution[units])
        outcome[units[known]] = np.where(failed, kind[failure[units]], OK)[known]
    return HostsOfRuns(groups, groups.first, outcome, failure, execution)


def told_at(rows: "pd.DataFrame") -> "Codes":
    """Return when each result was told, in milliseconds; where nobody said, the task's end or begin."""
    import numpy as np

    found = milliseconds(rows[TOLD[0]])
    for column in TOLD[1:]:
        found = np.where(found == MISSING, milliseconds(rows[column]), found)
    return found


def _said(
    hosts: "pd.DataFrame", executions: "pd.DataFrame", places: "Codes", execution: "Codes"
) -> "tuple[Flags, Flags]":
    """Return for some rows whether their execution says which hosts failed in that run, and whether theirs did."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    lists = whole(executions["failed_hosts"], pa.large_list(pa.large_string()))
    decided = rows_with(executions, "status", Status.SUCCESS, Status.FAILURE)
    decided &= executions["failed_hosts"].notna().to_numpy(dtype=bool)
    runs = whole_numbers(executions["runs"], 0)
    rows = hosts.iloc[places]
    known = (
        (execution >= 0)
        & np.append(decided, False)[execution]
        & (whole_numbers(rows["run"], -1) == np.append(runs, 0)[execution])
    )
    said = pd.DataFrame({"execution": lists.value_parent_indices().to_numpy(), "host": lists.flatten().to_pandas()})
    codes = pd.Index(hosts["host"].cat.categories).get_indexer(said["host"])
    many = len(hosts["host"].cat.categories) + 1
    failed = np.isin(execution * many + rows["host"].cat.codes.to_numpy(), said["execution"].to_numpy() * many + codes)
    return known, known & failed


def _executions_of(hosts: "pd.DataFrame", executions: "pd.DataFrame", places: "Codes") -> "Codes":
    """Return the place in `executions` of the execution of some rows of `hosts`, -1 where it is not there."""
    import numpy as np
    import pandas as pd

    ids = hosts["execution_id"].astype("category")
    place = pd.Index(executions["execution_id"]).get_indexer(pd.Index(ids.cat.categories))
    return np.append(place, -1)[ids.cat.codes.to_numpy()[places]]
