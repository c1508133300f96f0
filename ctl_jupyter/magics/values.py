"""Reading the value of an option or an argument; each raises `ValueError` with what is wrong, for the user."""

import keyword
import re
from datetime import UTC, datetime

__all__ = [
    "cron",
    "duration",
    "minutes",
    "moment",
    "past",
    "python_name",
    "python_path",
    "rows",
    "seconds",
    "secret_name",
    "text",
    "variable",
]

VARIABLE = re.compile(r"[A-Za-z_]\w*\Z")


def text(value: str) -> str:
    """Take a text as it is."""
    return value


def seconds(value: str) -> float:
    """Read a positive number of seconds."""
    number = _number(value)
    if not 0 < number < float("inf"):
        raise ValueError(f"{value!r} is not a positive number of seconds")
    return number


def duration(value: str) -> float:
    """Read a number of seconds, 0 or more."""
    number = _number(value)
    if not 0 <= number < float("inf"):
        raise ValueError(f"{value!r} is not a number of seconds, 0 or more")
    return number


def host_name(value: str) -> str:
    """Read the name of one host."""
    if "," in value:
        raise ValueError(f"{value!r} has a comma: give each host with a --host of its own")
    return value


def minutes(value: str) -> int | float:
    """Read a positive number of minutes."""
    number = _number(value)
    if not 0 < number < float("inf"):
        raise ValueError(f"{value!r} is not a positive number of minutes")
    return int(number) if number.is_integer() else number


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return -1.0


def rows(value: str) -> int:
    """Read a number of rows, 1 or more."""
    if not (value.isascii() and value.isdigit() and int(value) > 0):
        raise ValueError(f"{value!r} is not a number of rows, 1 or more")
    return int(value)


def python_name(value: str) -> str:
    """Read the name of a Python variable."""
    if not value.isidentifier() or keyword.iskeyword(value):
        # It may be the secret itself that was to be in the variable: it is not repeated.
        raise ValueError("this is not the name of a Python variable")
    return value


def secret_name(value: str) -> str:
    """Read the name of a Python variable that holds a secret."""
    if not value.isidentifier():
        # It may be the secret itself: it is not repeated.
        raise ValueError("it takes the name of a Python variable that holds the secret, never the secret")
    return value


def python_path(value: str) -> str:
    """Read the name of a Python variable, or a DataFrame's and one of its columns: ``df.column``."""
    name, dot, column = value.partition(".")
    if not name.isidentifier() or (dot and not column):
        raise ValueError("this is neither the name of a Python variable nor DATAFRAME.COLUMN")
    return value


def variable(value: str) -> tuple[str, str]:
    """Read ``name=value``; the value is a text, whatever it holds."""
    name, equals, content = value.partition("=")
    if not equals or not VARIABLE.match(name):
        # The value may be a secret that was written in the wrong place: it is not repeated.
        raise ValueError("a variable is written name=value, and a name has letters, digits and underscores")
    return name, content


def moment(value: str) -> str:
    """Read a date and time, and return it in UTC as Runner takes it: ``2027-01-01T03:00:00Z``."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value!r} is no date and time such as 2027-01-01T03:00:00Z") from None
    if found.tzinfo is None:
        return value
    return found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def past(value: str) -> str:
    """Read a moment of a history as `ctl_jupyter.history.history` takes it: a time, or how long ago."""
    from ctl_jupyter.documents import DocumentError
    from ctl_jupyter.history.pulling.window import window_of

    try:
        window_of(value, None, ())
    except DocumentError:
        raise ValueError(
            f"{value!r} is neither a time such as 2026-05-02 or '2026-05-02 09:30', nor how long ago, such as 12h or "
            "'7 days'"
        ) from None
    return value


def cron(value: str) -> str:
    """Read a cron expression as far as its number of fields; the service judges the rest."""
    if len(value.split()) not in (5, 6):
        raise ValueError(f"{value!r} is no cron expression: put its five fields in quotes, as in --cron '30 2 * * *'")
    return value
