"""What hosts cost that are last: the time that all others wait for them."""

from typing import TYPE_CHECKING

from ctl_jupyter.history.measures.frame_kind import takes
from ctl_jupyter.history.measures.grouping import (
    NEVER,
    counts,
    durations,
    first_of_each,
    grouped,
    joined,
    milliseconds,
    names,
)
from ctl_jupyter.history.measures.tasks_of_runs import TasksOfRuns, tasks_of_runs

if TYPE_CHECKING:
    import pandas as pd

    from ctl_jupyter.history.measures.grouping import Flags, Numbers, Whole

__all__ = ["stragglers"]

#: Durations in milliseconds, as a part of a key, stay below this: 34 years.
_LONGEST = 2**40 - 1


@takes("hosts", "execution_id", "run", "number", "job", "host", "start", "end")
def stragglers(hosts: "pd.DataFrame", tasks: "pd.DataFrame | None" = None) -> "pd.DataFrame":
    """Return each host of each job with what the others waited for it alone.

    Of each task of each run that ended on two hosts at least: the time from the end on the last host but one to the end
    on the last is what all others waited for this one alone, and is attributed to it. ``wall_lost`` adds it up;
    ``host_time`` adds up the same times the number of the others, who were idle. Where two hosts ended last in the same
    millisecond nobody waited for one alone. Hosts that were skipped take part: they are done at once, and wait.

    Assumed is the ``linear`` strategy, Ansible's default: no host begins a task before all have ended the one before
    (Ansible documentation, "Controlling playbook execution: strategies and more"; with ``serial``, all of a batch).
    With ``free`` no host waits for another but at the end of a play: then this tells which hosts lag, not what it
    costs. Forks are taken to be enough: a host that is last because it had to wait for one is no straggler; see
    `fork_bound`.

    Parameters
    ----------
    hosts
        Rows of the frame ``hosts``. Rows without an end or a task's number are left out.
    tasks
        The frame ``tasks``, for the runs' time; without it a run lasts from its first host's begin to its last end.

    Returns
    -------
    pandas.DataFrame
        One row for each job and host, the highest ``host_time`` first:

        =========  ===============  ================================================================================
        column     dtype            what it holds
        =========  ===============  ================================================================================
        job, host  category         of which job, and which host
        n          Int64            tasks of runs that it ended together with others
        last       Int64            those that it ended last, and alone
        wall_lost  timedelta64[ms]  what those took longer for it alone
        host_time  timedelta64[ms]  the same for each of the others, added up
        share      float64          wall_lost / time of all runs of the job that are in the frame; NaN when that is 0
        excess     float64          of the tasks that it ended last and alone, the median of: its duration / median of
                                    the others' durations; NaN where there is none, or the others took no time
        =========  ===============  ================================================================================
    """
    import numpy as np
    import pandas as pd

    together = tasks_of_runs(hosts)
    rows = hosts[["job", "host"]].iloc[together.row]
    pair = grouped(joined(rows, ("job", "host")))
    last, lost = _last_ones(together)
    alone = lost > 0
    last, lost, others = last[alone], lost[alone], together.sizes[alone] - 1
    of_pair = pair.codes[last]
    wall = np.bincount(of_pair, weights=lost, minlength=pair.count).astype(np.float64)
    host_time = np.bincount(of_pair, weights=lost * others, minlength=pair.count).astype(np.float64)
    job = names(rows, "job", pair.first)
    whole_time = _time_of_jobs(hosts if tasks is None else tasks).reindex(job.astype("str")).to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(whole_time > 0, wall / whole_time, np.nan)
    found = pd.DataFrame(
        {
            "job": job,
            "host": names(rows, "host", pair.first),
            "n": counts(pair.sizes()),
            "last": counts(np.bincount(of_pair, minlength=pair.count)),
            "wall_lost": durations(wall),
            "host_time": durations(host_time),
            "share": share,
            "excess": _median_of_each(of_pair, _excess(together, last, alone), pair.count),
        }
    )
    return found.iloc[np.lexsort((-wall, -host_time))].reset_index(drop=True)


def _last_ones(together: TasksOfRuns) -> "tuple[Whole, Whole]":
    """Return of each task the place of its last host, and how long after the others it ended, in milliseconds."""
    import numpy as np

    if not len(together.begins):
        return together.begins, together.begins
    end = together.end.copy()
    latest = np.maximum.reduceat(end, together.begins)
    is_last = np.flatnonzero(end == np.repeat(latest, together.sizes))
    last = is_last[np.searchsorted(is_last, together.begins)]
    end[last] = NEVER
    return last, latest - np.maximum.reduceat(end, together.begins)


def _excess(together: TasksOfRuns, last: "Whole", of_tasks: "Flags") -> "Numbers":
    """Return of some tasks the duration on the last host by the median of those on the others."""
    import numpy as np

    looked_at = np.repeat(of_tasks, together.sizes)
    known = looked_at & (together.start != NEVER)
    of_others = known.copy()
    of_others[last] = False
    took = np.clip(together.end - together.start, 0, _LONGEST)
    others = np.sort((together.task[of_others] << 40) + took[of_others])
    begins = np.searchsorted(others, np.flatnonzero(of_tasks) << 40)
    n = np.diff(np.append(begins, len(others)))
    excess = np.full(len(last), np.nan)
    usable = np.flatnonzero((n > 0) & known[last])
    low, high = begins[usable] + (n[usable] - 1) // 2, begins[usable] + n[usable] // 2
    middle = ((others[low] & _LONGEST) + (others[high] & _LONGEST)) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        excess[usable] = np.where(middle > 0, took[last[usable]] / middle, np.nan)
    return excess


def _median_of_each(of_pair: "Whole", values: "Numbers", many: int) -> "Numbers":
    """Return the median of each job and host's values, NaN left out."""
    import numpy as np

    known = ~np.isnan(values)
    order = np.lexsort((values[known], of_pair[known]))
    values, of_pair = values[known][order], of_pair[known][order]
    begins = first_of_each(of_pair)
    n = np.diff(np.append(begins, len(values)))
    found = np.full(many, np.nan)
    found[of_pair[begins]] = (values[begins + (n - 1) // 2] + values[begins + n // 2]) / 2
    return found


def _time_of_jobs(rows: "pd.DataFrame") -> "pd.Series[float]":
    """Return the milliseconds that all runs of each job took, by its name."""
    import numpy as np
    import pandas as pd

    start, end = milliseconds(rows["start"]), milliseconds(rows["end"])
    known = np.flatnonzero((start != NEVER) & (end != NEVER))
    key = joined(rows, ("execution_id", "run"))[known]
    if len(key) and (key[1:] < key[:-1]).any():
        order = np.argsort(key, kind="stable")
        known, key = known[order], key[order]
    begins = first_of_each(key)
    if not len(begins):
        return pd.Series(dtype=np.float64)
    took = np.maximum.reduceat(end[known], begins) - np.minimum.reduceat(start[known], begins)
    job = rows["job"].iloc[known[begins]].astype("str").array
    found: pd.Series[float] = pd.DataFrame({"job": job, "took": took}).groupby("job")["took"].sum()
    return found
