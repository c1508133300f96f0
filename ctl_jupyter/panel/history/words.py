"""What the tab of history says of a history: measures as short texts, executions as rows; no widgets here."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from ctl_jupyter.panel.table import Row

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LOOKS", "MOST_ROWS", "Tile", "code", "report_name", "rows", "summary", "tiles", "tiles_of_events"]

#: The table shows the newest ones; a browser is not sent ten thousand.
MOST_ROWS = 500
#: Letters of a job's name in the name of a report's file.
LONGEST_NAME = 60
SIGNS = {"SUCCESS": "✓", "FAILURE": "✗", "INIT_FAILURE": "✗", "STOPPED": "■", "KILLED": "■"}
#: How many hosts a tile names.
NAMED = 3
LOOKS = {"SUCCESS": "good", "FAILURE": "bad", "INIT_FAILURE": "bad", "STOPPED": "warn", "KILLED": "warn"}


@dataclass(frozen=True)
class Tile:
    """A measure: its name, its value as text, and of how many executions it is."""

    name: str
    value: str
    note: str


def _words(duration: Any) -> str:
    import pandas as pd

    from ctl_jupyter.charts.texts import duration_in_words

    return "not known" if pd.isna(duration) else duration_in_words(duration / pd.Timedelta(milliseconds=1))


def tiles(executions: "pd.DataFrame") -> list[Tile]:
    """Return success rate, durations and time to repair of all rows of `executions` together."""
    from ctl_jupyter.history import measures

    if executions.empty:
        return []
    success = measures.success_rate(executions, by=None).iloc[0]
    times = measures.duration_quantiles(executions, by=None, quantiles=(0.5, 0.95)).iloc[0]
    repair = measures.time_to_repair(executions)
    mended = repair["duration"].dropna()
    return [
        _success_tile(success),
        Tile("Median duration", _words(times["q50"]), f"{times['n']:,} that succeeded"),
        Tile("95 % take at most", _words(times["q95"]), f"{times['n']:,} that succeeded"),
        Tile("Median time to repair", _words(mended.median()), f"{len(mended):,} of {len(repair):,} streaks mended"),
        _change_tile(executions),
        _cost_tile(executions),
    ]


def tiles_of_events(runs: "pd.DataFrame", hosts: "pd.DataFrame", executions: "pd.DataFrame") -> list[Tile]:
    """Return what status events tell besides: the time in the queue, and hosts that fail now and then."""
    from ctl_jupyter.history import measures

    if executions.empty:
        return []
    queue = measures.queue_and_run(runs, by=None).iloc[0]
    found = measures.flaky_hosts(hosts, executions)
    verdicts = {verdict: found.loc[found["verdict"] == verdict, "host"].astype(str) for verdict in ("flaky", "broken")}
    named = {verdict: list(dict.fromkeys(names)) for verdict, names in verdicts.items()}
    return [
        Tile("Median time in the queue", _words(queue["queue_median"]), f"{int(queue['queue_known']):,} runs"),
        Tile("Flaky hosts", f"{len(named['flaky']):,}", _named(named["flaky"])),
        Tile("Broken hosts", f"{len(named['broken']):,}", _named(named["broken"])),
    ]


def _named(names: list[str]) -> str:
    if not names:
        return "none"
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _change_tile(executions: "pd.DataFrame") -> Tile:
    """Return the last change of a duration's level, and the commit it came with."""
    from ctl_jupyter.history import measures

    changes = measures.change_points(executions)
    if changes.empty:
        return Tile("Change of duration", "none", "no level of durations changed")
    last = changes.sort_values("at").iloc[-1]
    commit = "" if last.isna()["commit"] else f" with {str(last['commit'])[:8]}"
    of = f" of {last['job']}" if executions["job"].nunique() > 1 else ""
    return Tile("Change of duration", f"{last['ratio']:.2g} times", f"since {last['at']:%Y-%m-%d}{commit}{of}")


def _cost_tile(executions: "pd.DataFrame") -> Tile:
    from ctl_jupyter.history import measures

    row = measures.cost(executions, by=None).iloc[0]
    return Tile("Cost", f"{row['cost']:,.2f} $", f"{row['hours']:,.1f} hours at 0.015 $ an hour")


def _success_tile(row: Any) -> Tile:
    decided = int(row["decided"])
    if not decided:
        return Tile("Success rate", "not known", "none succeeded or failed")
    return Tile(
        "Success rate", f"{row['rate']:.0%}", f"95 %: {row['low']:.0%} to {row['high']:.0%}, {decided:,} decided"
    )


def rows(executions: "pd.DataFrame", most: int = MOST_ROWS) -> list[Row]:
    """Return the newest `most` executions as rows; a row's key is the execution's id."""
    return [_row(row) for row in executions.head(most).to_dict("records")]


def _row(row: "dict[Any, Any]") -> Row:
    import pandas as pd

    def text(name: str) -> str:
        return "" if pd.isna(row[name]) else str(row[name])

    status, failed = text("status"), row["failed_hosts"]
    # Names; missing ones are a float or None.
    failed = failed if hasattr(failed, "__len__") else None
    cells = {
        "Status": f"{SIGNS.get(status, '●')} {status}",
        "Job": text("job"),
        "Start (UTC)": "" if pd.isna(row["start"]) else f"{row['start']:%Y-%m-%d %H:%M:%S}",
        "Duration": "" if pd.isna(row["duration"]) else _words(row["duration"]),
        "Failed hosts": "" if failed is None else f"{len(failed):,}",
        "Commit": text("commit")[:8],
    }
    order = {"Failed hosts": float(len(failed))} if failed is not None else {}
    order |= {} if pd.isna(row["duration"]) else {"Duration": row["duration"] / pd.Timedelta(seconds=1)}
    return Row(str(row["execution_id"]), cells, {"Status": LOOKS.get(status, "quiet")}, order)


def summary(number: int, is_complete: bool, is_offline: bool, most: int = MOST_ROWS) -> str:
    """Return the sentence that says what was loaded and what is missing."""
    loaded = f"{number:,} execution{'' if number == 1 else 's'}{' from the store alone' if is_offline else ''}."
    shown = f" The table shows the newest {most:,}." if number > most else ""
    return loaded + shown + ("" if is_complete else " This history is not complete.")


def code(job: str | None, since: str | None, with_events: bool, is_offline: bool) -> str:
    """Return Python that gives the same history; a cell to copy."""
    given = [repr(job)] if job else []
    given += [f"since={since!r}"] if since else []
    given += ["events=True"] if with_events else []
    given += ["offline=True"] if is_offline else []
    return f"import ctl_jupyter\n\nhistory = ctl_jupyter.history({', '.join(given)})"


def report_name(job: str | None, taken: Callable[[str], bool]) -> str:
    """Return the name of a report's file, one that is not taken yet.

    Parameters
    ----------
    job
        The job's name, ``None`` for the whole account.
    taken
        Whether there is a file of a name.
    """
    words = re.sub(r"[^\w.-]+", "-", job or "account").strip("-.")[:LONGEST_NAME] or "job"
    names = (f"report-{words}{f'-{number}' if number > 1 else ''}.html" for number in count(1))
    return next(name for name in names if not taken(name))
