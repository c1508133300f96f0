"""The user's time zone, and times as its clocks show them."""

import os
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ctl_jupyter.documents import DocumentError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["clock_times", "zone_name", "zone_of"]


def zone_of(tz: str | None) -> tzinfo:
    """Return a time zone by its IANA name; this machine's when ``None``.

    Raises
    ------
    DocumentError
        When there is no such zone.
    """
    if tz is None:
        return _local_zone()
    try:
        return ZoneInfo(tz)
    except (ValueError, OSError, KeyError) as error:
        raise DocumentError(f"There is no time zone {tz!r}: give an IANA name such as Europe/Berlin.") from error


def zone_name(zone: tzinfo) -> str:
    """Return what a chart calls a zone: its IANA name, or its distance from UTC."""
    return getattr(zone, "key", None) or str(datetime.now(zone).tzname())


def clock_times(times: "pd.Series[Any]", zone: tzinfo) -> "pd.Series[Any]":
    """Return times (UTC) as the zone's clocks show them, without a zone."""
    import pandas as pd

    aware = times if isinstance(times.dtype, pd.DatetimeTZDtype) else pd.to_datetime(times, utc=True)
    local: pd.Series[Any] = aware.dt.tz_convert(zone).dt.tz_localize(None)
    return local


def _local_zone() -> tzinfo:
    """Find the name: by it the hour changes with the season, as a mere distance from UTC does not."""
    named = os.environ.get("TZ") or "/".join(Path("/etc/localtime").resolve().parts).rpartition("zoneinfo/")[2]
    try:
        return ZoneInfo(named.removeprefix(":"))
    except (ValueError, OSError, KeyError):
        zone = datetime.now().astimezone().tzinfo
        assert zone is not None
        return zone
