"""Cron expressions for the rhythms that are asked for most, and back; pure."""

import re
from dataclasses import dataclass

from ctl_jupyter.documents import DocumentError

__all__ = ["DAILY", "DAYS", "HOURLY", "MONTHLY", "OWN", "PRESETS", "WEEKLY", "Preset", "expression_of", "preset_of"]

OWN, HOURLY, DAILY, WEEKLY, MONTHLY = "own", "hourly", "daily", "weekly", "monthly"
#: What stands in the list, and what it is known by.
PRESETS = (
    ("own expression", OWN),
    ("every hour", HOURLY),
    ("every day", DAILY),
    ("every week", WEEKLY),
    ("every month", MONTHLY),
)
#: Days of the week with cron's number of each.
DAYS = tuple(
    (name, (number + 1) % 7)
    for number, name in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))
)
TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
SHAPE = re.compile(r"(\d{1,2}) (\*|\d{1,2}) (\*|\d{1,2}) \* (\*|[0-7])")


@dataclass(frozen=True)
class Preset:
    """A rhythm.

    Parameters
    ----------
    kind
        One of `PRESETS`.
    time
        Of the day, as ``02:30``; of `HOURLY` its minutes count alone.
    weekday
        Cron's number, 0 for Sunday.
    day
        Of the month, from 1.
    """

    kind: str = OWN
    time: str = "02:30"
    weekday: int = 1
    day: int = 1


def expression_of(preset: Preset) -> str:
    """Return the five fields of a rhythm; empty for `OWN`.

    Raises
    ------
    DocumentError
        When the time of the day cannot be read.
    """
    if preset.kind == OWN:
        return ""
    found = TIME.fullmatch(preset.time.strip())
    if found is None:
        raise DocumentError("A time of the day is written as in 02:30, from 00:00 to 23:59.")
    hour, minute = int(found[1]), int(found[2])
    fields = {
        HOURLY: f"{minute} * * * *",
        DAILY: f"{minute} {hour} * * *",
        WEEKLY: f"{minute} {hour} * * {preset.weekday}",
        MONTHLY: f"{minute} {hour} {preset.day} * *",
    }
    return fields[preset.kind]


def preset_of(expression: str) -> Preset:
    """Return the rhythm that an expression is, `OWN` when it is none of them."""
    found = SHAPE.fullmatch(" ".join(expression.split()))
    if found is None:
        return Preset()
    minute, hour, day, weekday = found.groups()
    kind = {
        (True, True, True): HOURLY,
        (False, True, True): DAILY,
        (False, True, False): WEEKLY,
        (False, False, True): MONTHLY,
    }.get((hour == "*", day == "*", weekday == "*"), OWN)
    at = f"{0 if hour == '*' else int(hour):02}:{int(minute):02}"
    preset = Preset(kind, at, 1 if weekday == "*" else int(weekday) % 7, 1 if day == "*" else int(day))
    is_in_range = TIME.fullmatch(at) is not None and 1 <= preset.day <= 31
    return preset if kind != OWN and is_in_range else Preset()
