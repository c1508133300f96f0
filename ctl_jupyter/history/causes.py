"""What made hosts fail, as a DataFrame: the same columns and dtypes always, also without a row.

One row per failed host of an execution's last run, from what `ExecutionHandle.why` found; in the order it happened:

=================  ==============  =========================================================================
column             dtype           what it holds
=================  ==============  =========================================================================
execution_id       str             the execution
job_id             str             its job
job                str             the job's name
run                Int64           which run of the execution: 2 after one restart
cause              Int64           from 1; hosts with the same cause have the same number
host               str             the host; ``NaN`` when no event names it
outcome            category        failed, unreachable
timestamp          datetime (UTC)  when the service was told of the failure
play               str             where: play, task, role (``NaN`` outside of roles), module, file and line
task               str
role               str
action             str
path               str
item               str             of a loop, the first item that failed
message            str             Ansible's words
rc                 Int64           the exit code of the command
stdout             str             the end of what it printed: the last 20 lines at most
stderr             str
last_success       str             the execution in which this host last ended without failure
last_success_end   datetime (UTC)  when that ended
commit             str             the commit that was run
last_commit        str             the commit of that execution
differs            str             what differs since, in words
=================  ==============  =========================================================================
"""

from typing import TYPE_CHECKING

from ctl_jupyter.client import Why
from ctl_jupyter.client.why_text import differences
from ctl_jupyter.history.columns import as_time, categories, integers, texts, times

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["causes_frame"]

CAUSE_OUTCOMES = ("failed", "unreachable")


def causes_frame(why: Why) -> "pd.DataFrame":
    """Return one row per failed host.

    Parameters
    ----------
    why
        What `ctl_jupyter.client.ExecutionHandle.why` returned.
    """
    import pandas as pd

    rows = [(group.number, cause) for group in why.groups for cause in group.causes]
    causes = [cause for _, cause in rows]
    of_host = {host: success for success in reversed(why.successes) for host in success.hosts}
    found = [of_host.get(cause.host) for cause in causes]
    commit = why.commit.commit if why.commit else None
    differs = {
        success.execution_id: "; ".join(
            f"{label}: {text}" for label, text in differences(success) if label != "the same"
        )
        for success in why.successes
    }
    return pd.DataFrame(
        {
            "execution_id": texts(why.execution_id for _ in causes),
            "job_id": texts(why.job_id for _ in causes),
            "job": texts(why.job_name for _ in causes),
            "run": integers([why.run for _ in causes]),
            "cause": integers([number for number, _ in rows]),
            "host": texts(cause.host for cause in causes),
            "outcome": categories([CAUSE_OUTCOMES[cause.unreachable] for cause in causes], CAUSE_OUTCOMES),
            "timestamp": times([as_time(cause.timestamp) for cause in causes]),
            **{
                name: texts(getattr(cause, name) for cause in causes)
                for name in ("play", "task", "role", "action", "path", "item", "message")
            },
            "rc": integers([cause.rc for cause in causes]),
            "stdout": texts(cause.stdout for cause in causes),
            "stderr": texts(cause.stderr for cause in causes),
            "last_success": texts(success.execution_id if success else None for success in found),
            "last_success_end": times([as_time(success.ended) if success else None for success in found]),
            "commit": texts(commit for _ in causes),
            "last_commit": texts(
                success.commits[0].commit if success and success.commits else None for success in found
            ),
            "differs": texts(differs[success.execution_id] if success else None for success in found),
        }
    )
