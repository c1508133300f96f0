"""What the frames say: each measure is a function of a frame, with its formula, denominator and source.

They take a frame of `ctl_jupyter.history.schema.FRAMES`, any rows of it, or an object that has it as an attribute; they
ask nobody. What they return has the same columns and dtypes always, also when there is nothing to say, and tells of how
many executions a number is. No row is left out silently: those without a value to group by are a group of their own.
"""

from ctl_jupyter.history.measures.changes import change_points
from ctl_jupyter.history.measures.cost import cost
from ctl_jupyter.history.measures.durations import duration_quantiles, queue_and_run
from ctl_jupyter.history.measures.remaining import TimeLeft, time_left
from ctl_jupyter.history.measures.repair import time_to_repair
from ctl_jupyter.history.measures.success import success_rate
from ctl_jupyter.history.measures.trends import trend

__all__ = [
    "TimeLeft",
    "change_points",
    "cost",
    "duration_quantiles",
    "queue_and_run",
    "success_rate",
    "time_left",
    "time_to_repair",
    "trend",
]
