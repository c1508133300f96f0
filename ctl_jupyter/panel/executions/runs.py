"""The runs of an execution, read on as its events come; pure."""

from collections.abc import Sequence

from ctl_jupyter.client.runs import runs_of
from ctl_jupyter.documents import StatusEvent
from ctl_jupyter.panel.executions.grid import Grid

__all__ = ["Runs"]

#: Events that may begin another run; they are few.
TURNS = frozenset({"status_change", "playbook_on_start", "playbook_on_play_start", "playbook_result"})


class Runs:
    """The events of each run, and the grid of the one that is looked at: the last one, unless another was chosen."""

    def __init__(self) -> None:
        self.events: list[StatusEvent] = []
        self.grid = Grid()
        #: How many runs there are by now, 1 at least.
        self.count = 1
        self._chosen: int | None = None
        self._known: Sequence[StatusEvent] = ()
        self._read = 0

    @property
    def chosen(self) -> int:
        """The run that is looked at, from 1."""
        return self._chosen or self.count

    def choose(self, number: int) -> None:
        """Look at another run; the last one is looked at again also when a further one begins."""
        self._chosen = None if number >= self.count else number
        self._begin_again()

    def read(self, events: Sequence[StatusEvent]) -> bool:
        """Take up what is new.

        Parameters
        ----------
        events
            All of the execution, in order: the list of the last time with more at its end, or another list.

        Returns
        -------
        bool
            Whether the events of the run that is looked at are others than before, not only more.
        """
        is_other = events is not self._known or len(events) < self._read
        self._known = events
        fresh = events[0 if is_other else self._read : len(events)]
        self._read = (0 if is_other else self._read) + len(fresh)
        if is_other or any(event.event_type in TURNS for event in fresh):
            count = max(1, len(runs_of(events[: self._read])))
            if is_other or count != self.count:
                self.count = count
                self._begin_again()
                return True
        if self._chosen is None:
            for event in fresh:
                self.events.append(event)
                self.grid.add(event)
        return False

    def _begin_again(self) -> None:
        runs = runs_of(self._known[: self._read])
        self.events = list(runs[self.chosen - 1]) if runs else []
        self.grid = Grid(self.events)
