"""Failures with the same cause, over hosts and runs."""

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from ctl_jupyter.client.causes import PLAIN_EXIT, TELLING, normalised
from ctl_jupyter.history.arrow_columns import whole
from ctl_jupyter.history.measures.frame_kind import takes
from ctl_jupyter.history.measures.groups import Groups, joined, names_of, taken
from ctl_jupyter.history.measures.hosts_of_runs import OK, UNREACHABLE, hosts_of_runs, told_at
from ctl_jupyter.history.measures.numbers import timestamps

if TYPE_CHECKING:
    import pandas as pd

    from ctl_jupyter.history.measures.numbers import Codes

__all__ = ["failure_groups", "without_line"]

OUTCOMES = ("failed", "unreachable")
PLACE = ("task", "action", "path")
#: The columns of the answer that there are whatever it is grouped by.
SHOWN = (
    "outcome",
    *PLACE,
    "cause",
    "hosts",
    "host_names",
    "tasks",
    "executions",
    "jobs",
    "first",
    "last",
    "message",
    "execution_id",
)
#: How messages begin that say that something failed and not what: of a command, of a module, of a loop.
TELLS_NOTHING = (PLAIN_EXIT, "module failure", "one or more items failed")
#: Hosts of a group that are named.
_NAMED = 3
#: Quoted text that is more than one name: a command, a list, a value with numbers in it.
_QUOTED = re.compile(r"(?<!\w)(['\"])(?![\w.\-]*\1)[^'\"]*\1(?!\w)")
#: What makes equal messages of many runs differ most often, and what stands for it: it is taken apart as that would be,
#: but once for all of them. Ids, paths, then all other digits.
_ALIKE = (
    (r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b", "00000000"),
    (r"(^|[^\w/.])(?:~|[A-Za-z]:)?[/\\][^\s'\"`:,;()<>\[\]{}]+", r"\1/path"),
    (r"[0-9]", "0"),
    (r"\b(?:0x[0a-fA-F]+|[a-f]{0,6}0[0a-f]{6,})\b", "00000000"),
)


NEEDED = (
    "execution_id",
    "run",
    "job",
    "host",
    "task",
    "action",
    "path",
    "outcome",
    "start",
    "end",
    "timestamp",
    "message",
)


@takes("hosts", *NEEDED)
def failure_groups(
    hosts: "pd.DataFrame", executions: "pd.DataFrame | None" = None, *, by: str | Sequence[str] | None = None
) -> "pd.DataFrame":
    """Return what hosts failed of, the cause that most host runs failed of first.

    Counted is one failure for each host of each run that failed or could not be reached: the last one, not ignored and
    not mended by a ``rescue`` section. Such a host is told as by `flaky_hosts`: by its last result, or by
    ``failed_hosts`` of `executions`.

    Two failures have the same cause, in whatever job, task, host and run, when their outcome is the same and so is the
    message without times, ids, addresses, numbers, paths, the names of hosts, and quoted text that is more than a name:
    what stands in quotes alone, like a variable's or a package's name, mostly is the cause. Messages are taken apart as
    those of one execution are (`ctl_jupyter.client.causes.normalised`), and a name that differs from a host's by digits
    alone is taken for a host's.

    A message that tells nothing of the cause (none at all, or words that Ansible has for any failure of a command, a
    module or a loop: `TELLS_NOTHING`) makes no failures alike: those have the same cause only in the same task, module
    and file; not the line, which moves with each commit.

    Parameters
    ----------
    hosts
        Rows of the frame ``hosts``, or of ``events``: of those, items of loops are left out.
    executions
        The frame ``executions``, to know which hosts failed in the end.
    by
        Columns that tell groups apart besides the cause: ``("task", "action", "path")`` for a group for each place that
        it came up in, ``"job"`` for one for each job. Of hosts that could not be reached, task, module and file are
        none; of ``path``, the line does not count.

    Returns
    -------
    pandas.DataFrame
        One row for each cause, the highest ``n`` first, and of these the one that came last:

        ==================  ===================  ==============================================================
        column              dtype                what it holds
        ==================  ===================  ==============================================================
        group               int64                from 1
        n                   int64                hosts of runs that failed of it
        outcome             category             failed, unreachable
        task, action, path  category             the task, its module, its file and line: of the last one; NaN
                                                 of what could not be reached
        cause               str                  the message without what differs
        hosts               int64                how many hosts
        host_names          str                  some of them, those that failed first first
        tasks               int64                in how many tasks, told by name, module and file; 0 of what
                                                 could not be reached
        executions          int64                in how many executions
        jobs                int64                of how many jobs
        first, last         datetime64[ms, UTC]  when the service was told of the first and the last one
        message             str                  the message of the last one, as it was
        execution_id        str                  the execution of the last one
        ==================  ===================  ==============================================================

        The columns of `by` that are none of these come after ``n``, with their dtypes.

    Raises
    ------
    DocumentError
        When a column is missing.
    """
    import numpy as np
    import pandas as pd

    if "event_type" in hosts.columns:
        is_item = hosts["event_type"].astype("str").str.startswith("runner_item").to_numpy(dtype=bool, na_value=False)
        hosts = hosts[~is_item & hosts["outcome"].notna().to_numpy()]
    apart = names_of(hosts, by)
    came_out = hosts_of_runs(hosts, executions)
    failed = came_out.outcome != OK
    rows = hosts[[*dict.fromkeys([*NEEDED, *names_of(hosts, "job"), *apart])]].iloc[came_out.failure[failed]]
    when = told_at(rows)
    order = np.argsort(when, kind="stable")
    rows, when = rows.iloc[order].reset_index(drop=True), when[order]
    outcome = (came_out.outcome[failed][order] == UNREACHABLE).astype(np.int64)
    cause, causes = _causes(rows["message"], hosts["host"].astype("category").cat.categories)
    rows.loc[outcome == 1, list(PLACE)] = np.nan
    place = rows[list(PLACE)].assign(path=without_line(rows["path"]))
    task = joined(place, PLACE)
    silent = np.array([text.lower().startswith(TELLS_NOTHING) or not text for text in causes], dtype=bool)[cause]
    told_apart = rows[apart].assign(**{name: place[name] for name in PLACE if name in apart})
    told_apart = told_apart.assign(_outcome=outcome, _cause=cause, _task=np.where(silent, task, 0))
    groups = Groups.by_key(joined(told_apart, [str(name) for name in told_apart]))
    last = np.zeros(len(groups), dtype=np.int64)
    # Rows are in the order of time: the last one stays.
    last[groups.codes] = np.arange(len(rows))
    n = groups.sizes()
    more = [name for name in apart if name not in SHOWN]
    hosts_of, host_names = _hosts(groups, rows["host"])
    reached = pd.Series(np.where(outcome == 0, task, -1)).where(outcome == 0)
    known = taken(rows[[*more, *PLACE]], last)
    found = known.assign(
        group=n,
        n=n,
        outcome=pd.Categorical.from_codes(outcome[last], categories=pd.Index(OUTCOMES, dtype="str")),
        cause=pd.array(causes, dtype="str")[cause[last]],
        hosts=hosts_of,
        host_names=host_names,
        tasks=_different(groups, reached),
        executions=_different(groups, rows["execution_id"]),
        jobs=_different(groups, pd.Series(joined(rows, names_of(rows, "job")))),
        first=timestamps(when[groups.first]),
        last=timestamps(when[last]),
        message=rows["message"].iloc[last].astype("str").array,
        execution_id=rows["execution_id"].iloc[last].astype("str").array,
    )
    found = found[["group", "n", *more, *SHOWN]]
    found = found.iloc[np.lexsort((-when[last], -n))].reset_index(drop=True)
    return found.assign(group=np.arange(1, len(found) + 1))


def without_line(path: "pd.Series[Any]") -> "pd.Categorical":
    """Return a column's files, without their lines."""
    import numpy as np
    import pandas as pd

    path = path.astype("category")
    codes, files = pd.factorize(path.cat.categories.astype("str").str.replace(r":\d+$", "", regex=True))
    return pd.Categorical.from_codes(np.append(codes, -1)[path.cat.codes.to_numpy()], categories=files)


def _causes(messages: "pd.Series[Any]", hosts: Collection[str]) -> "tuple[Codes, list[str]]":
    """Return the number of each message's cause, and the causes' texts."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    alike = whole(messages, pa.large_string()).fill_null("")
    for pattern, same in _ALIKE:
        alike = pc.replace_substring_regex(alike, pattern, same)
    distinct = alike.dictionary_encode()
    hosts = {re.sub(r"\d", "0", host.lower()) for host in hosts}
    of_text: dict[str, int] = {}
    codes = [of_text.setdefault(_cause(text, hosts), len(of_text)) for text in distinct.dictionary.to_pylist()]
    return np.array(codes, dtype=np.int64)[distinct.indices.to_numpy()], list(of_text)


def _cause(message: str, hosts: Collection[str]) -> str:
    """Return what tells a message from others; of long ones, as where those of one execution are folded, the ends."""
    text = _QUOTED.sub(r"\1…\1", normalised(message, hosts=hosts))
    return text if len(text) <= 2 * TELLING else f"{text[:TELLING]} … {text[-TELLING:]}"


def _distinct(groups: Groups, values: "pd.Series[Any]") -> "Codes":
    """Return the places in which each group's different values are found first, the missing one among them."""
    import pandas as pd

    return Groups.by_key(joined(pd.DataFrame({"group": groups.codes, "value": values.array}), ("group", "value"))).first


def _different(groups: Groups, values: "pd.Series[Any]") -> "Codes":
    """Return how many different values each group has, missing ones left out."""
    import numpy as np

    places = _distinct(groups, values)
    known = values.notna().to_numpy()[places]
    return np.bincount(groups.codes[places[known]], minlength=len(groups)).astype(np.int64, copy=False)


def _hosts(groups: Groups, host: "pd.Series[Any]") -> "tuple[Codes, pd.api.extensions.ExtensionArray]":
    """Return how many hosts each group has, and the names of the first."""
    import numpy as np
    import pandas as pd

    places = _distinct(groups, host)
    places = places[np.argsort(groups.codes[places], kind="stable")]
    of_group = groups.codes[places]
    many = np.bincount(of_group, minlength=len(groups))
    begins = np.cumsum(many) - many
    called = host.iloc[places].astype("str").fillna("").to_numpy(dtype=object)
    said = called[begins]
    for nth in range(1, _NAMED):
        has = np.flatnonzero(many > nth)
        said[has] += ", " + called[begins[has] + nth]
    more = np.flatnonzero(many > _NAMED)
    said[more] += " and " + (many[more] - _NAMED).astype(str).astype(object) + " more"
    return many, pd.array(said, dtype="str")
