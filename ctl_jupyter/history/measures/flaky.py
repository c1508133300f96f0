"""Hosts that fail now and then, told from those that are broken, cannot be reached, or fail with everybody else."""

from typing import TYPE_CHECKING

from ctl_jupyter.history.measures.frame_kind import takes
from ctl_jupyter.history.measures.groups import AnswerGroups, Groups, joined, names_of
from ctl_jupyter.history.measures.hosts_of_runs import (
    FAILED,
    OK,
    TOLD,
    UNREACHABLE,
    HostsOfRuns,
    hosts_of_runs,
    told_at,
)
from ctl_jupyter.history.measures.numbers import MISSING, first_of_each, timestamps, whole_numbers, wilson

if TYPE_CHECKING:
    import pandas as pd

    from ctl_jupyter.history.measures.numbers import Codes, Flags, Floats

__all__ = ["flaky_hosts"]

#: What is said of a host, worst last.
VERDICTS = ("healthy", "flaky", "unreachable", "broken")
LAST_OUTCOMES = ("ok", "failed", "unreachable")


@takes("hosts", "execution_id", "run", "job", "host", "outcome", "start", "end", "timestamp")
def flaky_hosts(
    hosts: "pd.DataFrame",
    executions: "pd.DataFrame | None" = None,
    *,
    most: float = 0.5,
    steady: int = 3,
    recoveries: int = 2,
    flip_rate: float = 0.02,
    usual: float = 0.01,
    unreachable_rate: float = 0.1,
    confidence: float = 0.95,
) -> "pd.DataFrame":
    """Return each host of each job with how often it flipped between failed and not, and a verdict.

    What is looked at is a host's outcome of each run, in the order of time (a restarted execution has two runs): a host
    has failed when its last result that was not skipped is a failure that was not ignored, so what a ``rescue`` section
    mended is none; ``failed_hosts`` of `executions`, where known, goes before that.

    A failure that most of the other hosts share is the commit's or the network's, not the host's: that run is left out
    for this host. The others are, for a failure, the hosts of the execution that were reached in this run; for an
    unreachable one, all hosts of the execution. A host that was alone has nobody to share with.

    A **flip** is a pair of consecutive runs of the host in this job, on the same commit, that it ended differently,
    failed or not. Runs in which it could not be reached stand between no such pair: they are counted apart.
    ``flip_rate = flips / pairs``; ``flip_rate_low`` is the lower end of its Wilson score interval (E. B. Wilson,
    "Probable inference, the law of succession, and statistical inference", JASA 22, 1927, 209-212), which few pairs do
    not lift. ``expected_flips = pairs * 2 * p * (1 - p)`` with ``p = failed / reached`` is what failures that do not
    know of each other give: a host that was broken for a while has far fewer.

    ``chance`` is how probable so many failures are for a host like the others: with ``q`` the part of runs that failed
    on the job's other hosts, those that are broken left out, but `usual` at least, it is
    ``exp(-reached * (p * ln(p / q) + (1 - p) * ln((1 - p) / (1 - q))))`` where ``p > q``, else 1: an upper bound of the
    binomial distribution's tail (W. Hoeffding, "Probability inequalities for sums of bounded random variables", JASA
    58, 1963, 13-30, theorem 1). Where all hosts fail now and then, the job is flaky, not a host.

    The verdict is the first that holds:

    * *broken*: it failed in each of its last `steady` runs (shared ones left out): since ``since``;
    * *unreachable*: it could not be reached in each of its last `steady` runs (since ``since``), or the lower end of
      the Wilson interval of its unreachable runs by its runs is above `unreachable_rate`;
    * *flaky*: it failed and was well again in the next run on the same commit at least `recoveries` times, and
      ``flip_rate_low`` is above `flip_rate`, and ``chance`` below ``(1 - confidence) / hosts of the job``: among many
      hosts some fail more often than others for nothing;
    * *healthy*: nothing of these can be said, be it for want of runs.

    *Broken* and *unreachable* are said of how a host ends in these rows: one that was repaired since is neither. For
    the verdicts of an earlier time, give the rows until then: ``hosts[hosts["timestamp"] < then]``.

    Parameters
    ----------
    hosts
        Rows of the frame ``hosts``.
    executions
        The frame ``executions``, for commits and for which hosts failed; without it, all runs count as of the same
        commit.
    most
        A failure is shared when more than this part of the others failed too, 0 to 1.
    steady
        Runs in a row that make a host broken or unreachable.
    recoveries
        How many recoveries make a host flaky at least.
    usual
        The part of its runs in which a host may fail that nobody would call flaky, 0 to 1 (not 0 or 1).
    flip_rate, unreachable_rate
        What the lower ends of the intervals have to be above, 0 to 1.
    confidence
        Of the intervals, two-sided: 0.95 for 95 %.

    Returns
    -------
    pandas.DataFrame
        One row for each job and host, worst verdict first, and of these the highest ``flip_rate_low`` and most
        failures:

        ================  ===================  =====================================================================
        column            dtype                what it holds
        ================  ===================  =====================================================================
        job, job_id       category             of which job; ``job_id`` where the frame has it
        host              category             which host
        n                 int64                runs in which it took part
        reached           int64                those in which it was reached, without those shared
        failed            int64                those in which it failed, and not with most others
        unreachable       int64                those in which it could not be reached, and not with most others
        shared            int64                those in which it failed or could not be reached with most others
        pairs             int64                consecutive runs on one commit, in both of which it was reached
        flips             int64                pairs whose outcome changed
        flip_rate         float64              flips / pairs; NaN without a pair
        flip_rate_low     float64              its Wilson interval's lower end; NaN without a pair
        expected_flips    float64              flips that independent failures would give; NaN without a run to count
        chance            float64              how probable that is at most for a host like the others; NaN of none
        recoveries        int64                pairs in which it failed first and was well then
        last_outcome      category             of its last run that was not left out: ok, failed, unreachable; else NaN
        since             datetime64[ms, UTC]  begin of the last runs in a row of a broken or unreachable host
        verdict           category (ordered)   healthy < flaky < unreachable < broken
        ================  ===================  =====================================================================

    Raises
    ------
    ValueError
        When `usual` or `confidence` is not between 0 and 1.
    """
    import numpy as np
    import pandas as pd

    for name, value in (("usual", usual), ("confidence", confidence)):
        if not 0 < value < 1:
            raise ValueError(f"{name}={value!r} must be between 0 and 1, neither of them included.")
    came_out = hosts_of_runs(hosts, executions)
    needed = [*names_of(hosts, "job"), "execution_id", "run", "host", *TOLD]
    rows = hosts[needed].iloc[came_out.row]
    pair = AnswerGroups.of(rows, ("job", "host"))
    shared = _is_shared(rows, came_out, most)
    when = told_at(rows)
    order = np.lexsort((whole_numbers(rows["run"], 0), when, pair.codes))
    of_pair, outcome, when = pair.codes[order], came_out.outcome[order], when[order]
    own = ~shared[order]
    commit = _commits(executions, came_out.execution)[order]

    decided = own & (outcome != UNREACHABLE)
    before, after = _neighbours(of_pair, np.flatnonzero(decided))
    on_one = commit[before] == commit[after]
    before, after = before[on_one], after[on_one]
    flipped, recovered = outcome[before] != outcome[after], (outcome[before] == FAILED) & (outcome[after] == OK)

    def tally(places: "Codes | Flags") -> "Codes":
        return np.bincount(of_pair[places], minlength=len(pair))

    n, pairs, flips, recovers = pair.sizes(), tally(after), tally(after[flipped]), tally(after[recovered])
    failed, unreachable = tally(own & (outcome == FAILED)), tally(own & (outcome == UNREACHABLE))
    last, streak, since = _last_streaks(of_pair[own], outcome[own], when[own], len(pair))
    flip_low = wilson(flips, pairs, confidence)[0]
    is_steady = streak >= steady
    reached = tally(decided)
    job = AnswerGroups.of(pair.keys, "job")
    is_broken = is_steady & (last == FAILED)
    chance = _chance(failed, reached, is_broken, job, usual)
    verdict = np.select(
        [
            is_broken,
            (is_steady & (last == UNREACHABLE)) | (wilson(unreachable, n, confidence)[0] > unreachable_rate),
            (recovers >= recoveries) & (flip_low > flip_rate) & (chance * job.sizes()[job.codes] < 1 - confidence),
        ],
        [3, 2, 1],
        0,
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        share, rate = failed / reached, flips / pairs
    says_since = (verdict >= 2) & is_steady & (last != OK)
    found = pair.table(
        n=n,
        reached=reached,
        failed=failed,
        unreachable=unreachable,
        shared=tally(~own),
        pairs=pairs,
        flips=flips,
        flip_rate=rate,
        flip_rate_low=flip_low,
        expected_flips=pairs * 2 * share * (1 - share),
        chance=chance,
        recoveries=recovers,
        last_outcome=pd.Categorical.from_codes(last, categories=pd.Index(LAST_OUTCOMES, dtype="str")),
        since=timestamps(np.where(says_since, since, MISSING)),
        verdict=pd.Categorical.from_codes(verdict, categories=pd.Index(VERDICTS, dtype="str"), ordered=True),
    )
    worst = np.lexsort((-unreachable, -failed, -np.nan_to_num(flip_low), -verdict))
    return found.iloc[worst].reset_index(drop=True)


def _is_shared(rows: "pd.DataFrame", came_out: HostsOfRuns, most: float) -> "Flags":
    """Return which hosts of runs failed, or could not be reached, as most others of their execution did."""
    import numpy as np

    outcome = came_out.outcome
    run = Groups.by_key(joined(rows, ("execution_id", "run")))
    execution = Groups.by_key(joined(rows.iloc[run.first], ("execution_id",)))
    # A restart is of the hosts that had failed: the others count too.
    of_run = run.sizes()
    of_execution = np.zeros(len(execution), dtype=np.int64)
    np.maximum.at(of_execution, execution.codes, of_run)
    others = of_execution[execution.codes] - 1
    unreachable = run.sizes(outcome == UNREACHABLE)
    # By outcome and run: those that had the same trouble, but for the one that is looked at; and the others.
    alike = np.stack([np.zeros(len(run)), run.sizes(outcome == FAILED) - 1, unreachable - 1])
    beside = np.stack([others, others - unreachable, others])
    is_shared: Flags = (alike > most * beside) & (beside > 0)
    is_shared[OK] = False
    return is_shared[outcome, run.codes]


def _commits(executions: "pd.DataFrame | None", execution: "Codes") -> "Codes":
    """Return a number for the commit of each execution in some places, -1 being none; -1 where none is known."""
    import numpy as np
    import pandas as pd

    if executions is None or not len(executions):
        return np.full(len(execution), -1)
    commits, _ = pd.factorize(executions["commit"])
    return np.append(commits, -1)[execution]


def _neighbours(of_pair: "Codes", places: "Codes") -> "tuple[Codes, Codes]":
    """Return consecutive places, of those given, of the same job and host."""
    before, after = places[:-1], places[1:]
    same = of_pair[before] == of_pair[after]
    return before[same], after[same]


def _last_streaks(of_pair: "Codes", outcome: "Codes", when: "Codes", many: int) -> "tuple[Codes, Codes, Codes]":
    """Return each job and host's last outcome (-1: none), how many runs in a row had it, and when these began."""
    import numpy as np

    last, length, since = np.full(many, -1), np.zeros(many, dtype=np.int64), np.full(many, MISSING)
    begins = first_of_each(of_pair * 3 + outcome)
    # Of several streaks the last one stays.
    of_streak = of_pair[begins]
    last[of_streak], since[of_streak] = outcome[begins], when[begins]
    length[of_streak] = np.diff(np.append(begins, len(of_pair)))
    return last, length, since


def _chance(failed: "Codes", reached: "Codes", is_broken: "Flags", job: Groups, usual: float) -> "Floats":
    """Return how probable so many failures are at most, for a host that fails as often as the others of its job."""
    import numpy as np

    counted = (np.where(is_broken, 0, some) for some in (failed, reached))
    other_failed, other_reached = (job.sums(some)[job.codes] - some for some in counted)
    with np.errstate(invalid="ignore", divide="ignore"):
        own = failed / reached
        others = np.maximum(np.nan_to_num(other_failed / other_reached), usual)
        # 0 * ln(0) is 0.
        failing = np.where(own > 0, own * np.log(own / others), 0)
        lasting = np.where(own < 1, (1 - own) * np.log((1 - own) / (1 - others)), 0)
        chance = np.where(own > others, np.exp(-reached * (failing + lasting)), 1.0)
    return np.where(reached > 0, chance, np.nan)
