"""A report: one page with all that matters about a job, or an account, to keep and to send."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ctl_jupyter.charts.given import frame_of, rows_of_job
from ctl_jupyter.charts.page import facts, fragment, note, page
from ctl_jupyter.charts.report_parts import Subject, sections
from ctl_jupyter.charts.texts import counted
from ctl_jupyter.charts.zones import zone_name, zone_of
from ctl_jupyter.markup import Markup, element

if TYPE_CHECKING:
    import pandas as pd

    from ctl_jupyter.history import History

__all__ = ["Report", "report"]

NEEDED = ("execution_id", "job_id", "job", "account", "status", "start", "end", "duration", "complete")


@dataclass(frozen=True)
class Report:
    """A report that a notebook shows and that can be saved.

    Parameters
    ----------
    title
        What it is about.
    html
        A page of its own: pictures within, no script, nothing from elsewhere.
    """

    title: str
    html: str = field(repr=False)
    _fragment: str = field(repr=False)

    def save(self, path: "str | Path") -> Path:
        """Write the page to a file and return its path."""
        target = Path(path)
        target.write_text(self.html, encoding="utf-8")
        return target

    def _repr_html_(self) -> str:
        return self._fragment


def report(history: "History | Any", job: str | None = None, tz: str | None = None) -> Report:
    """Make the report of a job, or of all jobs of a history.

    It says how many executions it is of and what is missing, how often they succeed, how long they take and since
    when, how long they wait, which hosts fail, what of, which tasks and hosts cost time, how long repairs take, and
    what all that costs: each as `ctl_jupyter.history.measures` counts it.

    Parameters
    ----------
    history
        A `History`, or anything with the attributes ``executions``, ``runs``, ``tasks`` and ``hosts``; the status
        events of a `History` are pulled when they have not been. ``executions`` alone will do: the report then says
        that nothing is known of hosts.
    job
        This job alone, by its id or its name.
    tz
        IANA name of the time zone of all times in it; this machine's when ``None``.

    Raises
    ------
    DocumentError
        When there is no such job or time zone, or what is given is no history.
    RunnerError
        When the history cannot be pulled.
    """
    zone = zone_of(tz)
    subject = _subject(history, job, tz, zone)
    title = f"Report: {subject.name}"
    parts = [element("h1", subject.name), _head(subject, history)]
    if subject.executions.empty:
        parts.append(note("No executions yet."))
    else:
        parts += sections(subject)
    content = fragment(*parts)
    return Report(title, page(title, content), content)


def _subject(history: Any, job: str | None, tz: str | None, zone: tzinfo) -> Subject:
    import pandas as pd

    from ctl_jupyter.history.schema import empty_frame

    executions = rows_of_job(frame_of(history, "executions", NEEDED, "report"), job, "report")
    others = {}
    # Hosts first: for them a `History` pulls its events, which tell runs of the queue and executions what is missing.
    for name in ("hosts", "tasks", "runs"):
        frame = None if isinstance(history, pd.DataFrame) else getattr(history, name, None)
        others[name] = frame if isinstance(frame, pd.DataFrame) else empty_frame(name)
    executions = rows_of_job(frame_of(history, "executions", NEEDED, "report"), job, "report")
    ids = [str(found) for found in executions["job_id"].dropna().unique()]
    if job is not None:
        others = {name: frame[frame["job_id"].isin(ids)] for name, frame in others.items()}
    accounts = [str(found) for found in executions["account"].dropna().unique()]
    names = [str(found) for found in executions["job"].dropna().unique()]
    is_one = len(ids) == 1
    account = f"account {', '.join(accounts)}" if accounts else "an account"
    return Subject(
        name=names[0] if is_one and names else (job or account),
        ids=ids,
        account=", ".join(accounts),
        executions=executions,
        **others,
        tz=tz,
        zone=zone,
    )


def _head(subject: Subject, history: Any) -> Markup:
    executions = subject.executions
    now = datetime.now(tz=UTC).astimezone(subject.zone)
    known = [] if executions.empty else [executions["start"].min(), executions["end"].max(), executions["start"].max()]
    moments = [moment for moment in known if moment == moment]
    span = f"{subject.moment(min(moments))} to {subject.moment(max(moments))}" if moments else "none has begun"
    jobs = element("code", subject.ids[0]) if len(subject.ids) == 1 else Markup(f"{len(subject.ids):,} jobs")
    missing = _missing(executions)
    if getattr(history, "complete", True) is False and not missing:
        missing = "This history says that not all of it was pulled."
    parts = [
        facts(
            [
                ("job" if len(subject.ids) == 1 else "jobs", jobs),
                ("account", subject.account or "unknown"),
                ("executions", f"{len(executions):,}"),
                ("from, to", span),
                ("times", zone_name(subject.zone)),
                ("made", f"{now:%Y-%m-%d %H:%M}"),
            ]
        )
    ]
    if missing:
        parts.append(note(missing, "missing"))
    elif len(executions):
        parts.append(note("Complete: all of them have ended, and nothing of them is missing."))
    return element("div", *parts)


def _missing(executions: "pd.DataFrame") -> str:
    """Say what is not complete; nothing when all is."""
    from ctl_jupyter.documents import FINAL_STATUSES

    is_complete = executions["complete"].fillna(value=False).to_numpy(dtype=bool)
    count = int((~is_complete).sum())
    if not count:
        return ""
    living = int((~executions["status"].isin([str(status) for status in FINAL_STATUSES])).sum())
    others = count - living
    words = [f"Not complete: {counted(count, 'execution')} of {len(executions):,}."]
    if living:
        words.append(f"{living:,} had not ended when the service was asked.")
    if others > 0:
        words.append(f"Of {others:,} status events are missing, so what is said of hosts and tasks is without those.")
    return " ".join(words)
