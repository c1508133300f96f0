"""What the frames say: each measure is a function of a frame, with its formula, denominator and source.

They take a frame of `ctl_jupyter.history.schema.FRAMES`, any rows of it, or an object that has it as an attribute; they
ask nobody. What they return has the same columns and dtypes always, also when there is nothing to say, and tells of how
many executions a number is. No row is left out silently: those without a value to group by are a group of their own.
"""

from ctl_jupyter.history.measures.changes import change_points
from ctl_jupyter.history.measures.cost import cost
from ctl_jupyter.history.measures.difference import ExecutionDifference, difference
from ctl_jupyter.history.measures.durations import duration_quantiles, queue_and_run
from ctl_jupyter.history.measures.failures import failure_groups
from ctl_jupyter.history.measures.flaky import flaky_hosts
from ctl_jupyter.history.measures.forks import fork_bound
from ctl_jupyter.history.measures.remaining import TimeLeft, time_left
from ctl_jupyter.history.measures.repair import time_to_repair
from ctl_jupyter.history.measures.slow_tasks import slowest_tasks
from ctl_jupyter.history.measures.stragglers import stragglers
from ctl_jupyter.history.measures.success import success_rate
from ctl_jupyter.history.measures.trends import trend

__all__ = [
    "ExecutionDifference",
    "TimeLeft",
    "change_points",
    "cost",
    "difference",
    "duration_quantiles",
    "failure_groups",
    "flaky_hosts",
    "fork_bound",
    "queue_and_run",
    "slowest_tasks",
    "stragglers",
    "success_rate",
    "time_left",
    "time_to_repair",
    "trend",
]
