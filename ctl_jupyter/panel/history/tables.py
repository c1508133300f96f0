"""The small tables of what fails and what takes long, below a history whose events are there."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.markup import element
from ctl_jupyter.panel.history.troubles import (
    CAUSES,
    HOSTS,
    TASKS,
    cause_rows,
    execution_of,
    host_rows,
    task_rows,
)
from ctl_jupyter.panel.table import Row, Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TroubleTables"]

logger = logging.getLogger(__name__)

LONGEST_TROUBLE = 300
#: Rows in sight.
HEIGHT = 5


class TroubleTables:
    """Causes of failures, hosts that are not healthy, and the slowest tasks; a table that fails says why in its place.

    Parameters
    ----------
    open_execution
        Called with an execution's id when a row that leads to one is opened.
    """

    def __init__(self, open_execution: Callable[[str], None]) -> None:
        self.causes = Table("What hosts failed of", CAUSES, "No host failed.", height=HEIGHT)
        self.hosts = Table("Hosts that are not healthy", HOSTS, "All hosts are healthy.", height=HEIGHT)
        self.tasks = Table("The slowest tasks", TASKS, "No task has ended.", height=HEIGHT)
        for table in (self.causes, self.tasks):
            table.on_open(lambda key: open_execution(execution_of(key)) if execution_of(key) else None)
        parts: list[Any] = []
        for title, table in (
            ("What hosts failed of (Enter or a double click opens the last execution that did)", self.causes),
            ("Hosts that are not healthy", self.hosts),
            ("Where the time goes (Enter or a double click opens the execution in which it took longest)", self.tasks),
        ):
            parts += [ipywidgets.HTML(element("h4", title)), table.widget]
        self.widget = ipywidgets.VBox(parts)
        self.clear()

    def clear(self) -> None:
        """Show none of them."""
        self.widget.layout.display = "none"
        for table in (self.causes, self.hosts, self.tasks):
            table.rows = []

    def show(self, hosts: "pd.DataFrame", tasks: "pd.DataFrame", executions: "pd.DataFrame") -> None:
        """Show what the frames tell."""
        _fill(self.causes, "No host failed.", lambda: cause_rows(hosts, executions))
        _fill(self.hosts, "All hosts are healthy.", lambda: host_rows(hosts, executions))
        _fill(self.tasks, "No task has ended.", lambda: task_rows(tasks))
        self.widget.layout.display = "none" if executions.empty else ""


def _fill(table: Table, empty: str, make: Callable[[], list[Row]]) -> None:
    try:
        found, words = make(), empty
    except Exception as error:
        # The sentence is shown; an error in the log would be printed into the notebook.
        logger.info("A table of the history could not be made.", exc_info=True)
        found, words = [], f"✗ It cannot be shown: {type(error).__name__}: {error}"
    table.empty = one_line(words, LONGEST_TROUBLE)
    table.rows = found
