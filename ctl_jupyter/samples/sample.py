"""A made-up account as it would be pulled, as frames and as documents."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ctl_jupyter.samples.truth import Truth

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ctl_jupyter.samples.documents import Documents

__all__ = ["Sample"]


@dataclass(frozen=True, repr=False, eq=False)
class Sample:
    """A year of an account: as it would be pulled, as frames and as documents.

    Parameters
    ----------
    pulled_executions, pulled_events
        Arrow tables as `ctl_jupyter.history.schema` says; executions newest first.
    job_names
        Names by job id.
    repositories
        URLs of the jobs' repositories by job id; jobs of a playbook are not among them.
    truth
        What is hidden.
    """

    pulled_executions: "pa.Table"
    pulled_events: "pa.Table"
    job_names: dict[str, str]
    repositories: dict[str, str]
    truth: Truth

    def __repr__(self) -> str:
        executions, events = self.pulled_executions.num_rows, self.pulled_events.num_rows
        return f"<Sample: {executions:,} executions of {len(self.job_names)} jobs, {events:,} status events>"

    @cached_property
    def executions(self) -> "pd.DataFrame":
        """One row per execution, newest first."""
        from ctl_jupyter.history.frames import executions_frame

        return executions_frame(self.pulled_executions, self.job_names)

    @cached_property
    def runs(self) -> "pd.DataFrame":
        """One row per run of an execution."""
        from ctl_jupyter.history.frames import runs_frame

        return runs_frame(self.pulled_executions, self.job_names, self.pulled_events)

    @cached_property
    def events(self) -> "pd.DataFrame":
        """One row per status event."""
        from ctl_jupyter.history.frames import events_frame

        return events_frame(self.pulled_events, self.job_names)

    @cached_property
    def tasks(self) -> "pd.DataFrame":
        """One row per task of a run."""
        from ctl_jupyter.history.task_frames import tasks_frame

        return tasks_frame(self.pulled_events, self.job_names)

    @cached_property
    def hosts(self) -> "pd.DataFrame":
        """One row per task that ended on a host."""
        from ctl_jupyter.history.task_frames import hosts_frame

        return hosts_frame(self.pulled_events, self.job_names)

    @cached_property
    def documents(self) -> "Documents":
        """The same as Runner's JSON documents, for a server to answer with."""
        from ctl_jupyter.samples.documents import Documents

        return Documents(self)
