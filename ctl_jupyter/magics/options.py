"""What magics are described with, and the help that is made of a description."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ctl_jupyter.magics import values

__all__ = [
    "COMMON",
    "HELP",
    "Argument",
    "Completes",
    "Kind",
    "MagicSpec",
    "Option",
    "describe",
    "help_text",
    "signature",
]


class Kind(StrEnum):
    """Where a magic may stand."""

    LINE = "line"
    CELL = "cell"
    #: A cell magic that also means something without a body.
    BOTH = "both"


class Completes(StrEnum):
    """What the value of an option or an argument names, so that it can be completed."""

    JOBS = "jobs"
    EXECUTIONS = "executions"
    HOSTS = "hosts"
    PROFILES = "profiles"
    STATUSES = "statuses"
    SERVICE_ACCOUNTS = "service accounts"
    FILES = "files"
    #: Names of variables of the notebook.
    VARIABLES = "variables"
    #: Names of variables of the notebook, and of the columns of its DataFrames.
    COLUMNS = "columns"
    #: Names of a job's properties, each with ``=`` behind it.
    PROPERTIES = "properties"


@dataclass(frozen=True)
class Argument:
    """What is given by its place on the line.

    Parameters
    ----------
    name
        As the code reads it; shown in capitals.
    how_many
        ``""`` for one, ``"?"`` for one at most, ``"*"`` for any number.
    """

    name: str
    help: str
    completes: Completes | None = None
    how_many: str = ""
    default: Any = None


@dataclass(frozen=True)
class Option:
    """What is given by a flag.

    Parameters
    ----------
    flag
        With its dashes; the name that the code reads it by is made of it.
    metavar
        What stands for its value; a switch when empty.
    short
        Its one-letter form.
    repeats
        Whether it may be given several times.
    read
        Makes its value of a text; raises `ValueError` with one sentence.
    choices
        The only values it takes.
    setting
        The trait of ``%config Ctl`` that stands in when it is not given; a switch then has a ``--no-…`` form, too.
    implies
        A switch that giving this one turns on; the setting stands in only where that switch is on.
    """

    flag: str
    help: str
    metavar: str = ""
    short: str = ""
    repeats: bool = False
    read: Callable[[str], Any] = values.text
    choices: tuple[str, ...] = ()
    completes: Completes | None = None
    setting: str = ""
    implies: str = ""

    @property
    def name(self) -> str:
        """The name that the code reads it by."""
        return self.flag.lstrip("-").replace("-", "_")

    @property
    def is_switch(self) -> bool:
        """Whether it takes no value."""
        return not self.metavar

    @property
    def flags(self) -> tuple[str, ...]:
        """Everything it may be given by: its short form, its flag, and the flag that turns a switch off."""
        negation = f"--no-{self.flag.lstrip('-')}" if self.is_switch and self.setting else ""
        return tuple(flag for flag in (self.short, self.flag, negation) if flag)

    @property
    def shown(self) -> str:
        """The option as help shows it: ``-o NAME, --out NAME``."""
        value = f" {self.metavar}" if self.metavar else ""
        return ", ".join(f"{flag}{value}" for flag in self.flags)


HELP = Option("--help", "show this and do nothing", short="-h")
#: Options of every magic.
COMMON = (HELP, Option("--debug", "show the whole traceback of an error"))


@dataclass(frozen=True)
class MagicSpec:
    """One magic.

    Parameters
    ----------
    name
        Without percent signs.
    summary
        What it does, one sentence.
    calls
        The calls of Runner's API that it makes.
    body
        What the cell below it holds.
    note
        What else a user must know, a sentence or two.
    example
        A line, or a whole cell, that works.
    """

    name: str
    kind: Kind
    summary: str
    calls: tuple[str, ...] = ()
    arguments: tuple[Argument, ...] = ()
    options: tuple[Option, ...] = ()
    body: str = ""
    note: str = ""
    example: str = ""

    @property
    def shown(self) -> str:
        """The name as users write it: with two percent signs when a cell belongs to it."""
        return f"{'%' if self.kind == Kind.LINE else '%%'}{self.name}"

    @property
    def changes(self) -> bool:
        """Whether it makes or changes something at the service, a log-in included."""
        return any(not call.startswith("GET ") for call in self.calls)


def signature(spec: MagicSpec) -> str:
    """Return how a magic is called, on one line: ``%%ctl_start JOB [options]``."""
    shapes = {"": "{}", "?": "[{}]", "*": "[{} …]"}
    arguments = [shapes[argument.how_many].format(argument.name.upper()) for argument in spec.arguments]
    return " ".join([spec.shown, *arguments, "[options]"])


def help_text(spec: MagicSpec) -> str:
    """Return everything about a magic as plain text, for ``-h`` and ``?``."""
    parts = [signature(spec), "", spec.summary]
    if spec.kind == Kind.BOTH:
        parts.append(f"%{spec.name}, with one percent sign or an empty cell, does the same without a body.")
    if spec.body:
        parts += ["", f"The cell: {spec.body}"]
    if spec.note:
        parts += ["", spec.note]
    arguments = [(argument.name.upper(), argument.help) for argument in spec.arguments]
    options = [(option.shown, describe(option)) for option in (*spec.options, *COMMON)]
    for rows in (arguments, options):
        if rows:
            parts += ["", *_columns(rows)]
    if spec.example:
        parts += ["", "Example:", *(f"    {line}" for line in spec.example.splitlines())]
    if spec.calls:
        parts += ["", "Calls: " + ", ".join(spec.calls)]
    return "\n".join(parts)


def describe(option: Option) -> str:
    """Return an option's help, with what it takes, whether it repeats and the setting behind it."""
    text = option.help
    if option.choices:
        text += f" ({', '.join(option.choices)})"
    if option.repeats:
        text += "; may be repeated"
    if option.setting:
        text += f"; default: %config Ctl.{option.setting}"
    return text


def _columns(rows: Sequence[tuple[str, str]]) -> list[str]:
    width = max(len(left) for left, _ in rows)
    return [f"  {left.ljust(width)}  {right}" for left, right in rows]
