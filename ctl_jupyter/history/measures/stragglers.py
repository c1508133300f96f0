"""What hosts cost that are last: the time that all others wait for them."""

from typing import TYPE_CHECKING

from ctl_jupyter.history.measures.frame_kind import takes
from ctl_jupyter.history.measures.groups import AnswerGroups, Groups, joined, names_of, taken
from ctl_jupyter.history.measures.numbers import (
    MISSING,
    by_group,
    group_quantiles,
    milliseconds,
    timedeltas,
)
from ctl_jupyter.history.measures.tasks_of_runs import TasksOfRuns, tasks_of_runs

if TYPE_CHECKING:
    import pandas as pd

    from ctl_jupyter.history.measures.numbers import Codes, Flags, Floats

__all__ = ["stragglers"]


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
    costs.

    A host may be last because it began last, for want of a fork (see `fork_bound`): ``late`` is the part of
    ``wall_lost`` that would not be, had it begun with the last host but one. The order of the rows leaves it out.

    Parameters
    ----------
    hosts
        Rows of the frame ``hosts``. Rows without an end or a task's number are left out.
    tasks
        The frame ``tasks``, for the runs' time; without it a run lasts from its first host's begin to its last end.

    Returns
    -------
    pandas.DataFrame
        One row for each job and host, the highest ``host_time`` first, but for the part that is ``late``:

        =========  ===============  ================================================================================
        column     dtype            what it holds
        =========  ===============  ================================================================================
        job, host  category         of which job, and which host; ``job_id`` after ``job``, where the frame has it
        n          int64            tasks of runs that it ended together with others
        last       int64            those that it ended last, and alone
        wall_lost  timedelta64[ms]  what those took longer for it alone
        host_time  timedelta64[ms]  the same for each of the others, added up
        late       timedelta64[ms]  the part of wall_lost that comes of beginning later than the last host but one
        share      float64          wall_lost / time of all runs of the job that are in the frame; NaN when that is 0
        excess     float64          of the tasks that it ended last and alone, the median of: its duration / median of
                                    the others' durations; NaN where there is none, or the others took no time
        =========  ===============  ================================================================================
    """
    import numpy as np

    together = tasks_of_runs(hosts)
    pair = AnswerGroups.of(hosts, ("job", "host"))
    n = np.bincount(pair.codes[together.row], minlength=len(pair))
    found = [_last_ones(some) for some in together.parts()] or [_last_ones(together)]
    row, lost, late, others, excess = (np.concatenate(each) for each in zip(*found, strict=True))
    of_pair = pair.codes[row]

    def added(values: "Codes") -> "Floats":
        return np.bincount(of_pair, weights=values, minlength=len(pair)).astype(np.float64)

    wall, host_time = added(lost), added(lost * others)
    of_job = _time_of_jobs(hosts if tasks is None else tasks, pair.keys)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(of_job > 0, wall / of_job, np.nan)
    known = ~np.isnan(excess)
    answer = pair.table(
        n=n,
        last=np.bincount(of_pair, minlength=len(pair)),
        wall_lost=timedeltas(wall),
        host_time=timedeltas(host_time),
        late=timedeltas(added(late)),
        share=share,
        excess=group_quantiles(excess[known], of_pair[known], len(pair), (0.5,))[0],
    )
    worst = np.lexsort((-host_time, -added((lost - late) * others)))
    return taken(answer, worst[n[worst] > 0])


def _last_ones(together: TasksOfRuns) -> "tuple[Codes, Codes, Codes, Codes, Floats]":
    """Return of the tasks that a host ended last and alone: its row, what was lost, and late, the others, the excess.

    What was lost, and what of that comes of its later begin, is in milliseconds.
    """
    import numpy as np

    if not len(together.begins):
        none = np.zeros(0, dtype=np.int64)
        return none, none, none, none, none.astype(np.float64)
    start, end = together.start, together.end.copy()
    last = _latest(end, together)
    ended = end[last]
    end[last] = MISSING
    second = _latest(end, together)
    lost = ended - end[second]
    known = (start[last] != MISSING) & (start[second] != MISSING)
    late = np.clip(np.where(known, start[last] - start[second], 0), 0, lost)
    alone = lost > 0
    excess = _excess(together, last[alone], alone)
    return together.row[last[alone]], lost[alone], late[alone], together.sizes[alone] - 1, excess


def _latest(end: "Codes", together: TasksOfRuns) -> "Codes":
    """Return the place of the latest end of each task, of several the first."""
    import numpy as np

    latest = np.maximum.reduceat(end, together.begins)
    places = np.flatnonzero(end == np.repeat(latest, together.sizes))
    return places[np.searchsorted(places, together.begins)]


def _excess(together: TasksOfRuns, last: "Codes", of_tasks: "Flags") -> "Floats":
    """Return of some tasks the duration on the last host by the median of those on the others."""
    import numpy as np

    begun = together.start != MISSING
    of_others = np.repeat(of_tasks, together.sizes) & begun
    of_others[last] = False
    took = np.where(begun, together.end - together.start, 0)
    task = together.task[of_others]
    others = by_group(took[of_others], task)
    n = np.bincount(task, minlength=len(of_tasks))[of_tasks]
    begins = np.cumsum(n) - n
    usable = np.flatnonzero((n > 0) & begun[last])
    low, high = begins[usable] + (n[usable] - 1) // 2, begins[usable] + n[usable] // 2
    middle = (others[low] + others[high]) / 2
    excess = np.full(len(last), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        excess[usable] = np.where(middle > 0, took[last[usable]] / middle, np.nan)
    return excess


def _time_of_jobs(rows: "pd.DataFrame", jobs: "pd.DataFrame") -> "Floats":
    """Return the milliseconds that all runs of some jobs took; `NaN` of one without a run."""
    import numpy as np
    import pandas as pd

    start, end = milliseconds(rows["start"]), milliseconds(rows["end"])
    known = np.flatnonzero((start != MISSING) & (end != MISSING))
    run = Groups.by_key(joined(rows, ("execution_id", "run"))[known])
    begins, ends = np.full(len(run), 2**62), np.full(len(run), -(2**62))
    np.minimum.at(begins, run.codes, start[known])
    np.maximum.at(ends, run.codes, end[known])
    shared = [name for name in names_of(jobs, "job") if name in rows.columns]
    job = AnswerGroups.of(rows[shared].iloc[known[run.first]], shared)
    took = job.keys.astype("str").assign(took=job.sums(ends - begins))
    found: Floats = pd.merge(jobs[shared].astype("str"), took, on=shared, how="left")["took"].to_numpy(np.float64)
    return found
