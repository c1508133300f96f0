"""The histories that this machine keeps, so that they are pulled once.

Kept in Parquet files (zstd) that are written once, renamed into place and never changed: so a killed process leaves
nothing that is half there, and several kernels write at the same time, which a DuckDB file does not allow. Measured
(``python -m tests.bench engines --executions 200000``: 200,000 executions, 1,000,000 events, added 20,000 executions
at a time; CPU seconds of all threads):

=============  =====  ========  ========  ==============
engine         write  on disk   read all  one of 50 jobs
=============  =====  ========  ========  ==============
Parquet parts  1.0    20.6 MB   0.46      0.78
DuckDB file    3.2    31.7 MB   0.41      0.10
SQLite         28.1   205.5 MB  7.68      0.14
=============  =====  ========  ========  ==============

The others have no row that takes the place of another here, and no list of whose events are whole; the parts have.
DuckDB is faster at picking one job out of the account's list; the list of a job has a directory of its own.

::

    <user's data directory>/ctl-jupyter/history/     CTL_HISTORY_HOME names another
    └── <host>-<account>-<mark>/
        ├── executions-account/                      a directory of parts for each list
        ├── executions-job-<id>/
        └── events/                                  of the executions of all lists
"""

from ctl_jupyter.history.store.account import SizeReport, Store, histories_directory
from ctl_jupyter.history.store.errors import StoreFull, StoreUnusable
from ctl_jupyter.history.store.in_memory import StoreInMemory
from ctl_jupyter.history.store.lists import LATELY, Known

__all__ = [
    "LATELY",
    "Known",
    "SizeReport",
    "Store",
    "StoreFull",
    "StoreInMemory",
    "StoreUnusable",
    "histories_directory",
]
