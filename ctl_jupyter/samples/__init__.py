"""Made-up accounts to try measures, charts and servers on; `a_year` has things hidden in it, and says which.

from ctl_jupyter import samples

year = samples.a_year(executions=20_000)
year.executions, year.hosts   # DataFrames, as `ctl_jupyter.history` makes them
year.truth                    # what is hidden
"""

from ctl_jupyter.samples.sample import Sample
from ctl_jupyter.samples.truth import BadHost, DurationChange, FailingCommit, SlowTrend, SpreadFailure, Truth
from ctl_jupyter.samples.year import a_year

__all__ = [
    "BadHost",
    "DurationChange",
    "FailingCommit",
    "Sample",
    "SlowTrend",
    "SpreadFailure",
    "Truth",
    "a_year",
]
