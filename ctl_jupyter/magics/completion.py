"""Completion of magics' lines, by the table: options, what their values name, and what arguments name.

It is a matcher of IPython's own (API version 2), asked by JupyterLab, Notebook and the terminal alike. On a line of
ours it answers alone; on any other it says nothing. It never asks the service: names of jobs, executions and the like
come from `KnownNames`, which are read in the background.

What begins with the text at the cursor is offered, else what holds it, the most likely first, and 200 at most: more
typing brings up the rest.
"""

import os
import re
import shlex
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from IPython.core.completer import SimpleCompletion

from ctl_jupyter.magics.arguments import Given, is_flag, options_of, sort_words
from ctl_jupyter.magics.known_names import KnownExecution, KnownJob, KnownNames, Names, session_in_use
from ctl_jupyter.magics.options import Argument, Completes, Kind, MagicSpec, Option
from ctl_jupyter.magics.table import MAGICS

if TYPE_CHECKING:
    from ctl_jupyter.magics.configuration import Ctl

__all__ = ["complete"]

MOST_OFFERED = 200
#: What is looked through at most, so that a long list costs milliseconds.
MOST_SEEN = 50_000
#: Characters of a line; beyond them nothing is offered.
LONGEST_LINE = 10_000
#: Characters of what stands beside an offer.
LONGEST_NOTE = 40
SHORTEST_ID = 4

OUR_LINE = re.compile(r"\s*(?:[^%='\"#]+=\s*)?(%{0,2})(ctl_\w+)[ \t]")
CELL_MAGIC = re.compile(r"%%(\w+)")
#: Cell magics whose body is Python, in which line magics work.
OF_PYTHON = frozenset({"capture", "prun", "time", "timeit"})
#: What a POSIX shell's splitting does not take as it is.
SPECIAL = re.compile(r"[\s'\"\\]")
#: Stands for the cursor, in a text that cannot hold it.
CURSOR = "\0"
#: Profiles that need no config.toml.
BUILT_IN_PROFILES = ("local", "prod", "qa")


class Offer(NamedTuple):
    """A text that may stand at the cursor, and what it is, in a few words."""

    text: str
    note: str = ""


class _Nothing(list[SimpleCompletion]):
    """No completions, and nobody else's either: IPython has others silenced only by what has a length."""

    def __len__(self) -> int:
        return 1

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True)
class Place:
    """Where the cursor is on a line of ours.

    Parameters
    ----------
    spec
        The line's magic.
    fragment
        What is replaced: the word at the cursor up to it, or the part of it behind ``--option=``, as it was typed.
    value
        The same without quotes.
    given
        What the line holds before that word.
    elsewhere
        What it holds behind the cursor.
    wanted
        The option whose value stands here; ``None`` for a flag or an argument.
    arguments_alone
        Whether ``--`` stands before.
    """

    spec: MagicSpec
    fragment: str
    value: str
    given: tuple[Given, ...]
    elsewhere: tuple[Given, ...]
    wanted: Option | None
    arguments_alone: bool


def complete(context: Any, shell: Any, known: KnownNames, settings: "Ctl") -> dict[str, Any]:
    """Return what may stand at the cursor, as IPython's matchers do; on a line that is not ours, nothing.

    Parameters
    ----------
    context
        IPython's ``CompletionContext``.
    """
    # Whatever goes wrong, a user who presses Tab is shown no error of ours.
    with suppress(Exception):
        names = _names(known, settings)
        place = find_place(context.full_text, context.cursor_line, context.cursor_position, shell.automagic)
        if place is not None:
            offers = _fitting(_offers(place, names, shell), place)
            return {
                "completions": [_shown(offer) for offer in offers] or _Nothing(),
                "matched_fragment": place.fragment,
                "suppress": True,
                "ordered": True,
            }
    return {"completions": []}


def _shown(offer: Offer) -> SimpleCompletion:
    # JupyterLab breaks a note at its spaces, over the lines below it.
    return SimpleCompletion(offer.text, type=offer.note.replace(" ", "\N{NO-BREAK SPACE}") or None)


def _names(known: KnownNames, settings: "Ctl") -> Names:
    if not settings.completion:
        return Names()
    session = session_in_use()
    if session is not None:
        known.refresh(session)
    return known.now(session)


# --- where the cursor is -------------------------------------------------------------------------------------------


def find_place(cell: str, row: int, column: int, automagic: bool = False) -> Place | None:
    """Return where the cursor is on a line of ours, ``None`` when it is anywhere else.

    Parameters
    ----------
    row, column
        Of the cursor, in characters.
    automagic
        Whether a line magic may stand without its percent sign, in a cell of its own.
    """
    lines = cell.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    before, after = lines[row][:column], lines[row][column:]
    whole = before
    if row != first:
        cell_magic = CELL_MAGIC.match(lines[first])
        if cell_magic and cell_magic[1] not in OF_PYTHON:
            return None
        above = row
        while above > 0 and lines[above - 1].endswith("\\"):
            above -= 1
            whole = f"{lines[above][:-1]} {whole}"
    found = OUR_LINE.match(whole)
    if not found or len(whole) > LONGEST_LINE:
        return None
    percents, name = found.groups()
    spec = MAGICS.get(name)
    wanted = (Kind.CELL, Kind.BOTH) if percents == "%%" else (Kind.LINE, Kind.BOTH)
    if spec is None or spec.kind not in wanted or (percents == "%%" and row != first):
        return None
    if not percents and not (automagic and len(lines) == 1):
        return None
    place = _place(spec, whole[found.end() :], after)
    return place if place is not None and before.endswith(place.fragment) else None


def _place(spec: MagicSpec, before: str, after: str) -> Place | None:
    split = _split(before)
    if split is None:
        return None
    words, fragment, value = split
    given = tuple(sort_words(spec, words))
    arguments_alone = "--" in words
    wanted = None
    if not arguments_alone:
        last = given[-1] if given else None
        if last and last.option and not last.option.is_switch and last.value is None and not is_flag(value):
            wanted, given = last.option, given[:-1]
        elif is_flag(value) and "=" in value:
            (item,) = sort_words(spec, [value])
            if item.option is None or item.option.is_switch or not fragment.startswith(f"{item.flag}="):
                return None
            wanted, fragment, value = item.option, fragment.partition("=")[2], item.value or ""
    elsewhere: tuple[Given, ...] = ()
    with suppress(ValueError):
        rest = shlex.split(after)
        # The end of the word at the cursor comes first, unless a space does.
        elsewhere = tuple(sort_words(spec, rest if after[:1].isspace() else rest[1:]))
    return Place(spec, fragment, value, given, elsewhere, wanted, arguments_alone)


def _split(text: str) -> tuple[list[str], str, str] | None:
    """Split a text that ends at the cursor, whatever quote is open there.

    Returns
    -------
    tuple
        The words before the one at the cursor; that one as it was typed; the same without quotes.
    """
    for closing in ("", "'", '"'):
        source = StringIO(text + CURSOR + closing)
        lexer = shlex.shlex(source, posix=True)
        lexer.whitespace_split = True
        lexer.commenters = ""
        words: list[str] = []
        begin = end = 0
        # Tried with the next kind of quote then.
        with suppress(ValueError):
            while (word := lexer.get_token()) is not None:
                words.append(word)
                begin, end = end, source.tell()
            return words[:-1], text[begin:].lstrip(" \t\r\n"), words[-1].removesuffix(CURSOR)
    return None


# --- what may stand there ------------------------------------------------------------------------------------------


def _offers(place: Place, names: Names, shell: Any) -> Iterator[Offer]:
    """Yield what may stand at the cursor, the most likely first."""
    spec = place.spec
    if place.wanted is not None:
        yield from (Offer(choice, "value") for choice in place.wanted.choices)
        yield from _values(place.wanted.completes, place, names, shell)
        return
    is_a_flag = is_flag(place.value) and not place.arguments_alone
    if not is_a_flag:
        argument = _argument_at(spec, sum(1 for item in place.given if not item.flag))
        if argument is not None:
            yield from _values(argument.completes, place, names, shell)
    if not place.arguments_alone and (is_a_flag or place.value in ("", "-")):
        used = {item.option for item in (*place.given, *place.elsewhere)}
        for option in options_of(spec):
            if option.repeats or option not in used:
                yield Offer(option.flag, _cut(option.help))
                # Besides its short form there is what turns a switch off.
                others = (flag for flag in option.flags if flag not in (option.flag, option.short))
                yield from (Offer(flag, f"not {option.flag}") for flag in others)


def _argument_at(spec: MagicSpec, number: int) -> Argument | None:
    """Return the argument that a line's word of that number, from 0, is."""
    if number < len(spec.arguments):
        return spec.arguments[number]
    return next((argument for argument in spec.arguments[-1:] if argument.how_many == "*"), None)


def _values(kind: Completes | None, place: Place, names: Names, shell: Any) -> Iterator[Offer]:
    # What looks like a flag would be read as one.
    return (offer for offer in _named(kind, place, names, shell) if not is_flag(offer.text))


def _named(kind: Completes | None, place: Place, names: Names, shell: Any) -> Iterable[Offer]:
    match kind:
        case Completes.JOBS:
            return _jobs(names, place)
        case Completes.EXECUTIONS:
            return _executions(names, place, shell)
        case Completes.HOSTS:
            return _hosts(names, place)
        case Completes.PROPERTIES:
            return _properties(names, place)
        case Completes.SERVICE_ACCOUNTS:
            return (Offer(alias, "service account") for alias in names.service_accounts)
        case Completes.PROFILES:
            return _profiles()
        case Completes.STATUSES:
            return _statuses()
        case Completes.FILES:
            return _files(place.value)
        case Completes.VARIABLES:
            return (Offer(name, type(value).__name__) for name, value in _variables(shell))
        case Completes.COLUMNS:
            return _columns(place.value, shell)
    return ()


def _jobs(names: Names, place: Place) -> Iterator[Offer]:
    """Yield names, and ids where a name says too little or the beginning of an id is there already."""
    jobs = list(names.jobs.values())
    several = {name for name, count in Counter(job.name for job in jobs).items() if count > 1}
    yield from (Offer(job.name, "job") for job in jobs if job.name and job.name not in several)
    for job in jobs:
        if not job.name or job.name in several or (place.value and job.id.startswith(place.value)):
            yield Offer(job.id, _cut(f"job {job.name}"))


def _executions(names: Names, place: Place, shell: Any) -> Iterator[Offer]:
    client = sys.modules.get("ctl_jupyter.client")
    if client is not None:
        for name, value in _variables(shell):
            if isinstance(value, client.ExecutionHandle):
                yield Offer(name, "handle")
    of_jobs = {job.id for job in _jobs_named(names, place)}
    for execution in names.executions.values():
        if not of_jobs or execution.job_id in of_jobs:
            job = names.jobs.get(execution.job_id)
            yield Offer(execution.id, _cut(f"{execution.status} {job.name if job else ''}"))


def _hosts(names: Names, place: Place) -> Iterator[Offer]:
    """Yield hosts of what the line names, failed ones first; those of every job when it names nothing."""
    executions = _executions_named(names, place)
    jobs = _jobs_named(names, place)
    of_jobs = [*jobs, *(names.jobs[item.job_id] for item in executions if item.job_id in names.jobs)]
    hosts = [
        *(Offer(host, "failed host") for item in executions for host in item.failed_hosts),
        *(Offer(host, _cut(f"host of {job.name}")) for job in of_jobs for host in job.hosts),
    ]
    if hosts:
        return iter(hosts)
    return (Offer(host, _cut(f"host of {job.name}")) for job in names.jobs.values() for host in job.hosts)


def _properties(names: Names, place: Place) -> Iterator[Offer]:
    given = {(item.value or "").partition("=")[0] for item in place.given if item.option == place.wanted}
    for job in _jobs_named(names, place):
        yield from (Offer(f"{name}=", _cut(f"of {job.name}")) for name in job.properties if name not in given)


def _jobs_named(names: Names, place: Place) -> list[KnownJob]:
    values = set(_values_given(place, Completes.JOBS))
    if not values:
        return []
    return [
        job
        for job in names.jobs.values()
        if job.name in values or any(len(value) >= SHORTEST_ID and job.id.startswith(value) for value in values)
    ]


def _executions_named(names: Names, place: Place) -> list[KnownExecution]:
    values = tuple(value for value in _values_given(place, Completes.EXECUTIONS) if len(value) >= SHORTEST_ID)
    return [item for item in names.executions.values() if values and item.id.startswith(values)]


def _values_given(place: Place, kind: Completes) -> Iterator[str]:
    """Yield what the line names of a kind."""
    number = 0
    for item in (*place.given, *place.elsewhere):
        if item.flag:
            completes = item.option.completes if item.option else None
        else:
            argument = _argument_at(place.spec, number)
            completes, number = (argument.completes if argument else None), number + 1
        if completes == kind and item.value:
            yield item.value


def _profiles() -> Iterator[Offer]:
    from ctl_jupyter.settings import SettingsError, config_path, read_config

    yield from (Offer(name, "profile") for name in BUILT_IN_PROFILES)
    with suppress(SettingsError):
        profiles = read_config().get("profiles")
        if isinstance(profiles, dict):
            yield from (Offer(name, f"profile of {config_path().name}") for name in profiles)


def _statuses() -> Iterator[Offer]:
    from ctl_jupyter.documents import Status

    yield from (Offer(str(status), "status") for status in Status)


def _files(value: str) -> Iterator[Offer]:
    """Yield what is in the directory that a path names, directories with a slash behind them."""
    shown, beginning = os.path.split(value)
    shown = f"{shown.rstrip('/')}/" if shown else ""
    with suppress(OSError), os.scandir(Path(shown or ".").expanduser()) as entries:
        found = [
            Offer(f"{shown}{entry.name}/", "directory") if entry.is_dir() else Offer(f"{shown}{entry.name}", "file")
            for entry in islice(entries, MOST_SEEN)
            if entry.name.startswith(beginning) and (beginning or not entry.name.startswith("."))
        ]
        yield from sorted(found)


def _variables(shell: Any) -> Iterator[tuple[str, Any]]:
    """Yield the variables that a user has made, by name; no modules, no functions."""
    for name, value in sorted(shell.user_ns.items(), key=lambda item: item[0]):
        is_own = name.isidentifier() and not name.startswith("_") and name not in shell.user_ns_hidden
        if is_own and not isinstance(value, ModuleType) and not callable(value):
            yield name, value


def _columns(value: str, shell: Any) -> Iterator[Offer]:
    """Yield variables, DataFrames with a dot behind them, and the columns of the DataFrame that is named."""
    pandas = sys.modules.get("pandas")
    wanted, dot, _ = value.partition(".")
    for name, content in _variables(shell):
        if pandas is None or not isinstance(content, pandas.DataFrame):
            yield Offer(name, type(content).__name__)
        elif not dot:
            yield Offer(f"{name}.", "DataFrame")
        elif name == wanted:
            columns = (column for column in content.columns if isinstance(column, str) and column)
            yield from (Offer(f"{name}.{column}", "column") for column in columns)


# --- what of it is offered -----------------------------------------------------------------------------------------


def _fitting(offers: Iterable[Offer], place: Place) -> list[Offer]:
    """Return the offers that fit the text at the cursor, as they are written on the line."""
    value, kept = place.value, ""
    if place.wanted is not None and "[," in place.wanted.metavar:
        # One of several between commas, each of which a ! may precede.
        kept = value[: max(value.rfind(",") + 1, value.rfind("!") + 1)]
        value = value.removeprefix(kept)
    taken = {item.value for item in place.given if item.option == place.wanted and item.value}
    possible = [offer for offer in islice(offers, MOST_SEEN) if offer.text.isprintable() and offer.text not in taken]
    begin = [offer for offer in possible if offer.text.startswith(value)]
    hold = [offer for offer in possible if value.lower() in offer.text.lower()]
    fitting: dict[str, Offer] = {}
    for offer in begin or hold:
        fitting.setdefault(offer.text, offer)
    return [
        Offer(_written(kept + offer.text, place.fragment), offer.note)
        for offer in islice(fitting.values(), MOST_OFFERED)
    ]


def _written(text: str, fragment: str) -> str:
    """Return a text as a POSIX shell reads it, in the kind of quotes that was begun with."""
    if fragment.startswith('"'):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if fragment.startswith("'") or SPECIAL.search(text):
        return "'" + text.replace("'", "'\"'\"'") + "'"
    return text


def _cut(note: str) -> str:
    note = " ".join(note.split())
    return note if len(note) <= LONGEST_NOTE else f"{note[: LONGEST_NOTE - 1]}…"
