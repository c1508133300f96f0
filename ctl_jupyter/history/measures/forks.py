"""Tasks whose hosts wait for a fork: fewer are at work at the same time than the task has."""

from typing import TYPE_CHECKING

from ctl_jupyter.history.measures.frame_kind import takes
from ctl_jupyter.history.measures.groups import AnswerGroups, joined, taken
from ctl_jupyter.history.measures.numbers import first_of_each, milliseconds, timedeltas
from ctl_jupyter.history.measures.tasks_of_runs import TasksOfRuns, tasks_of_runs

if TYPE_CHECKING:
    import pandas as pd

    from ctl_jupyter.history.measures.numbers import Codes, Flags, Floats

__all__ = ["fork_bound"]

#: Bits of a time that is part of a key, and the longest: 34 years.
_TIME = 40
_LONGEST = 2**_TIME - 1


@takes("hosts", "execution_id", "run", "number", "job", "play", "task", "start", "end")
def fork_bound(
    hosts: "pd.DataFrame", tasks: "pd.DataFrame | None" = None, *, tolerance: float = 0.05, prompt: float = 0.5
) -> "pd.DataFrame":
    """Return the tasks whose hosts waited for a fork, and what more forks could save.

    Ansible works on as many hosts at once as it has forks (``forks``, 5 if nobody says: Ansible documentation, "Ansible
    configuration settings"): of a task on more hosts, the others begin when one has ended. **Concurrency** is the
    greatest number of hosts at work at the same time, from begins and ends. Of a run, a task is fork bound when

    * its concurrency is below its hosts, and the same as the highest of the run's tasks (forks are one number for
      all),
    * of the hosts after the first ``concurrency``, at least the part `prompt` begin within `tolerance` of the end that
      made a fork free, and
    * its hosts work at least four times `tolerance`, on average: quicker ones hardly meet, and nothing can be told of
      such a task.

    A task with ``throttle`` looks the same, and forks do not help it; ``serial`` makes other tasks of each batch.

    Parameters
    ----------
    hosts
        Rows of the frame ``hosts``. Rows without begin, end or number are left out, and tasks with one host.
    tasks
        The frame ``tasks``, for the tasks' begins; without it a task begins on its first host.
    tolerance
        Seconds between an end and the begin that follows it; an end may be told as much later than that begin.
    prompt
        A part, 0 to 1.

    Returns
    -------
    pandas.DataFrame
        One row for each job, play and task that was fork bound in a run at least, the highest ``saved`` first:

        ===============  ===============  ===========================================================================
        column           dtype            what it holds
        ===============  ===============  ===========================================================================
        job, play, task  category         the task; ``job_id`` after ``job``, where the frame has it
        n                int64            how often it ran on two hosts or more
        bound            int64            how often it was fork bound; all that follows is of those
        hosts            int64            the most hosts that it had
        forks            int64            the highest concurrency
        waited           timedelta64[ms]  from the task's begin to the host's, of all hosts, added up
        wall             timedelta64[ms]  from the task's begin to its last end, added up
        wall_enough      timedelta64[ms]  the longest duration on a host, added up: an estimate of ``wall`` with enough
                                          forks, if the controller and what all share can bear so many at once
        saved            timedelta64[ms]  wall - wall_enough
        advice           str              what to write where
        ===============  ===============  ===========================================================================
    """
    import numpy as np

    together = tasks_of_runs(hosts, with_start=True)
    rows = hosts.iloc[together.row[together.begins]]
    limit = round(tolerance * 1000)
    parts = [_concurrency(some, limit, prompt) for some in together.parts()]
    forks = np.concatenate([np.zeros(0, dtype=np.int64), *(forks for forks, _ in parts)])
    is_prompt = np.concatenate([np.zeros(0, dtype=bool), *(is_prompt for _, is_prompt in parts)])
    bound = is_prompt & (forks < together.sizes) & (forks == _highest_of_run(rows, forks))
    place = AnswerGroups.of(rows, ("job", "play", "task"))
    began, wall, longest = _times(together, rows, tasks)
    waited = np.add.reduceat(together.start, together.begins) - together.sizes * began if len(began) else began
    times = place.sizes(bound)

    def added(values: "Codes") -> "Floats":
        return place.sums(np.where(bound, values, 0))

    def most(values: "Codes") -> "Codes":
        found = np.zeros(len(place), dtype=np.int64)
        np.maximum.at(found, place.codes[bound], values[bound])
        return found

    wall_enough, whole_wall, many, most_forks = (
        added(np.minimum(longest, wall)),
        added(wall),
        most(together.sizes),
        most(forks),
    )
    saved = whole_wall - wall_enough
    found = place.table(
        n=place.sizes(),
        bound=times,
        hosts=many,
        forks=most_forks,
        waited=timedeltas(added(waited)),
        wall=timedeltas(whole_wall),
        wall_enough=timedeltas(wall_enough),
        saved=timedeltas(saved),
        advice=_advice(many, most_forks, saved / np.maximum(times, 1)),
    )
    worst = np.argsort(-saved, kind="stable")
    return taken(found, worst[times[worst] > 0])


def _concurrency(together: TasksOfRuns, limit: int, prompt: float) -> "tuple[Codes, Flags]":
    """Return of each task how many hosts were at work at once, and whether the later ones began when one had ended.

    Of tasks whose hosts are too quick to tell, it is 0 hosts.
    """
    import numpy as np

    begins, sizes = together.begins, together.sizes
    forks, is_prompt = sizes.copy(), np.zeros(len(sizes), dtype=bool)
    took = np.add.reduceat(together.end, begins) - np.add.reduceat(together.start, begins)
    forks[took < 4 * limit * sizes] = 0
    at_once = np.maximum.reduceat(together.start, begins) < np.minimum.reduceat(together.end, begins) - limit
    asked = (forks > 0) & ~at_once
    if asked.any():
        forks[asked], is_prompt[asked] = _told_apart(together.some(asked), limit, prompt)
    return forks, is_prompt


def _told_apart(together: TasksOfRuns, limit: int, prompt: float) -> "tuple[Codes, Flags]":
    """Return the same of tasks whose hosts were not all at work at once."""
    import numpy as np

    task, sizes = together.task, together.sizes
    starts = together.start - np.repeat(np.minimum.reduceat(together.start, together.begins), sizes)
    # Ends are told late, and a host that took no time was at work for a moment.
    ends = together.end - together.start
    ends -= limit
    np.maximum(ends, 1, out=ends)
    ends += starts
    starts, ends = _keys(task, starts), _keys(task, ends)
    starts.sort()
    ends.sort()
    nth = np.arange(1, len(task) + 1)
    # At work when the nth begins, over all tasks: those that began, it among them, less those that have ended.
    forks = np.maximum.reduceat(nth - np.searchsorted(ends, starts, side="right"), together.begins)
    nth -= np.repeat(together.begins + forks, sizes)
    later = np.flatnonzero(nth > 0)
    task = task[later]
    wait = starts[later] - ends[later - forks[task]]
    after = np.bincount(task, minlength=len(forks))
    promptly = np.bincount(task[wait <= 2 * limit], minlength=len(forks))
    return forks, (after > 0) & (promptly >= prompt * after)


def _keys(task: "Codes", times: "Codes") -> "Codes":
    """Return whole numbers that sort by task and then by time, in milliseconds since the task's begin."""
    import numpy as np

    keys: Codes = np.clip(times, 0, _LONGEST)
    keys += task << _TIME
    return keys


def _highest_of_run(rows: "pd.DataFrame", forks: "Codes") -> "Codes":
    """Return for each task the highest concurrency of its run's tasks, which stand together."""
    import numpy as np

    begins = first_of_each(joined(rows, ("execution_id", "run")))
    if not len(begins):
        return forks
    return np.repeat(np.maximum.reduceat(forks, begins), np.diff(np.append(begins, len(forks))))


def _times(together: TasksOfRuns, rows: "pd.DataFrame", tasks: "pd.DataFrame | None") -> "tuple[Codes, Codes, Codes]":
    """Return each task's begin, its time until the last host's end, and its longest duration on a host."""
    import numpy as np

    if not len(together.begins):
        return together.begins, together.begins, together.begins
    first = np.minimum.reduceat(together.start, together.begins)
    began = first if tasks is None else np.minimum(first, _begins(rows, tasks, first))
    wall = np.maximum.reduceat(together.end, together.begins) - began
    return began, wall, np.maximum.reduceat(together.end - together.start, together.begins)


def _begins(rows: "pd.DataFrame", tasks: "pd.DataFrame", unknown: "Codes") -> "Codes":
    """Return when the tasks of some rows began, by the frame ``tasks``."""
    import numpy as np
    import pandas as pd

    place = ["execution_id", "run", "number"]
    told = tasks.loc[tasks["number"].notna() & tasks["start"].notna(), [*place, "start"]].drop_duplicates(place)
    both = pd.concat([rows[place], told[place]], ignore_index=True)
    # Categories of two frames are text once more when they are not the same ones.
    key = joined(both, place)
    wanted, known = key[: len(rows)], key[len(rows) :]
    order = np.argsort(known, kind="stable")
    spot = np.minimum(np.searchsorted(known[order], wanted), max(len(known) - 1, 0))
    if not len(known):
        return unknown
    at = order[spot]
    return np.where(known[at] == wanted, milliseconds(told["start"])[at], unknown)


def _advice(hosts: "Codes", forks: "Codes", saved: "Floats") -> "pd.Series[str]":
    """Return what to write where, for each task."""
    import numpy as np
    import pandas as pd

    many, few = pd.Series(hosts).astype("str"), pd.Series(forks).astype("str")
    seconds = pd.Series(np.round(saved / 1000, 1)).astype("str")
    return (
        "forks="
        + many
        + " in ansible.cfg, or --forks "
        + many
        + ": "
        + many
        + " hosts share "
        + few
        + " forks; up to "
        + seconds
        + " s less a run."
    ).astype("str")
