"""Measures: functions of frames that ask nobody anything."""

from ctl_jupyter.history.measures.difference import ExecutionDifference, difference
from ctl_jupyter.history.measures.failures import failure_groups
from ctl_jupyter.history.measures.flaky import flaky_hosts
from ctl_jupyter.history.measures.forks import fork_bound
from ctl_jupyter.history.measures.slow_tasks import slowest_tasks
from ctl_jupyter.history.measures.stragglers import stragglers

__all__ = [
    "ExecutionDifference",
    "difference",
    "failure_groups",
    "flaky_hosts",
    "fork_bound",
    "slowest_tasks",
    "stragglers",
]
