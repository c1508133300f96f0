"""Which executions of a list are asked for: since when, until when, in which statuses."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ctl_jupyter.documents import DocumentError, Status
from ctl_jupyter.settings import closest

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Moment", "Window", "window_of"]

#: A moment as a user says it.
Moment = datetime | date | timedelta | str

UNITS = {"h": "hours", "d": "days", "w": "weeks"}
AGO = re.compile(r"\s*(\d{1,6})\s*(h|d|w)(?:ours?|ays?|eeks?)?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Window:
    """Which executions are asked for.

    Parameters
    ----------
    since, until
        Epoch milliseconds UTC, ``None`` for no limit: executions whose first run began at or after the one and before
        the other. One that has not begun is later than every moment, so ``since`` keeps it and ``until`` does not.
    statuses
        Only executions in one of these; in any when there is none.
    """

    since: int | None = None
    until: int | None = None
    statuses: frozenset[str] = frozenset()

    def of(self, pulled: "pa.Table") -> "pa.Table":
        """Return those of the pulled executions that are asked for."""
        import pyarrow as pa
        import pyarrow.compute as pc

        kept = pa.scalar(value=True)
        if self.since is not None or self.until is not None:
            start = pc.struct_field(_first_timers(pulled), "start").cast(pa.int64())
            if self.since is not None:
                kept = pc.and_(kept, pc.fill_null(pc.greater_equal(start, self.since), fill_value=True))
            if self.until is not None:
                kept = pc.and_(kept, pc.fill_null(pc.less(start, self.until), fill_value=False))
        if self.statuses:
            wanted = pa.array(sorted(self.statuses), pa.large_string())
            kept = pc.and_(kept, pc.is_in(pulled.column("status").cast(pa.large_string()), wanted))
        return pulled if isinstance(kept, pa.Scalar) else pulled.filter(kept)


def window_of(
    since: Moment | None, until: Moment | None, status: str | Collection[str], now: datetime | None = None
) -> Window:
    """Return what a user asks for.

    Parameters
    ----------
    since, until
        A datetime (UTC when it has no zone, as in the frames), a date, an ISO text of one of them, or how long ago: a
        timedelta, or ``"7 days"``, ``"12h"``, ``"4 weeks"``.
    status
        One status or several. Of what no documentation knows, only what looks like a known one misspelt is refused:
        Runner may have others.
    now
        What "ago" counts from; the present when ``None``.

    Raises
    ------
    DocumentError
        When one of them is none of these.
    """
    present = now or datetime.now(UTC)
    statuses = (status,) if isinstance(status, str) else tuple(status)
    if not all(isinstance(name, str) for name in statuses):
        raise DocumentError("'status' is a status, as 'FAILURE', or several of them.")
    wanted = frozenset(name.strip().upper() for name in statuses if name.strip())
    for name in sorted(wanted - set(Status)):
        meant = closest(name, list(Status))
        if meant:
            raise DocumentError(f"There is no status {name!r}; did you mean {str(meant)!r}?")
    first, last = _moment("since", since, present), _moment("until", until, present)
    if first is not None and last is not None and first >= last:
        raise DocumentError("'since' is not before 'until', so no execution can lie between them.")
    return Window(first, last, wanted)


def _moment(name: str, value: Moment | None, present: datetime) -> int | None:
    if value is None:
        return None
    found = _datetime(value, present)
    if found is None:
        raise DocumentError(
            f"{name!r} is a datetime, a date, a text like '2026-05-02 09:30', or how long ago, like '7 days'."
        )
    return round((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)


def _datetime(value: Moment, present: datetime) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    try:
        if isinstance(value, timedelta):
            return present - value
        ago = AGO.fullmatch(value)
        if ago:
            return present - timedelta(**{UNITS[ago[2].lower()]: int(ago[1])})
        return datetime.fromisoformat(value.strip())
    except (OverflowError, TypeError, ValueError):
        return None


def _first_timers(pulled: "pa.Table") -> Any:
    """Return each execution's first timer, null where it has none."""
    import pyarrow.compute as pc

    timers = pulled.column("timers")
    return pc.list_element(pc.list_slice(timers, 0, 1, return_fixed_size_list=True), 0)
