"""The panel's field of hosts, typed or pasted: ``web1 ansible_port=22`` on a line, or names between commas; pure."""

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ctl_jupyter.documents import MASK, SECRET_NAME, DocumentError, Host, check_hosts

__all__ = ["Pasted", "read_hosts", "read_pasted", "without_secrets", "write_hosts"]

VARIABLE = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
#: A name and its value, however it was meant to be written, up to the end of a quoted or bare text.
ASSIGNMENT = re.compile(
    r"""(?P<name>[A-Za-z_][\w-]*)["']?[ \t]*[=:][ \t]*(?P<value>(?:"[^"\n]*"?|'[^'\n]*'?|[^\s"'])+)"""
)
HEADING = re.compile(r"\[([^\[\],'\"]+)\]\s*(#.*)?")
#: Sections of an INI inventory that name no hosts.
NO_HOSTS = (":vars", ":children")
RANGE = re.compile(r"\[\w+:\w+(:\w+)?\]")


@dataclass(frozen=True)
class Pasted:
    """What a field of hosts holds.

    Parameters
    ----------
    hosts
        In their order.
    passed_over
        The headings of an INI inventory that were passed over; below those of variables and children, the lines, too.
    """

    hosts: list[Host]
    passed_over: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """What was passed over, a sentence; empty when nothing was."""
        if not self.passed_over:
            return ""
        note = f"Headings of groups were passed over: {', '.join(self.passed_over)}."
        if any(heading[1:-1].endswith(NO_HOSTS) for heading in self.passed_over):
            note += " So were the lines below those of variables and of children."
        return note


def read_hosts(text: str, known: Iterable[Host] = ()) -> list[Host]:
    """Read the field as `read_pasted` does, and return the hosts alone."""
    return read_pasted(text, known).hosts


def read_pasted(text: str, known: Iterable[Host] = ()) -> Pasted:
    """Read the field; empty lines, lines that begin with ``#`` and headings of groups are passed over.

    Parameters
    ----------
    text
        On each line a host's name and, behind it, variables as ``name=value``, quoted where a value has spaces; or
        names between commas. A list as Python, JSON or YAML writes it is taken, too. Values are texts.
    known
        Hosts that were there before: what is written as it was keeps its value's type, and a masked value stays.

    Returns
    -------
    Pasted
        No hosts when the field has none: the job's own are meant then.

    Raises
    ------
    DocumentError
        Naming the first line that cannot be used.
    """
    before = {host.id: host for host in known}
    hosts: list[Host] = []
    headings: list[str] = []
    is_passed_over = False
    for number, raw in enumerate(text.splitlines(), start=1):
        line = re.sub(r"^-\s+", "", raw.strip())
        heading = HEADING.fullmatch(line)
        if heading:
            headings.append(f"[{heading[1]}]")
            is_passed_over = heading[1].endswith(NO_HOSTS)
        elif line and not line.startswith(("#", ";")) and not is_passed_over:
            hosts += [_known_again(host, before, number) for host in _read_line(line, number)]
    check_hosts(hosts)
    return Pasted(hosts, tuple(headings))


def write_hosts(hosts: Iterable[Host]) -> str:
    """Return hosts as `read_pasted` reads them, one on a line.

    Their keys and what else is not a variable do not show; read again beside the same `known` hosts, they are kept.
    """
    return "\n".join(" ".join([_quoted(host.id), *_written(host.host_vars)]) for host in hosts)


def _read_line(line: str, number: int) -> list[Host]:
    if line.startswith("[") and line.endswith("]"):
        line = line[1:-1]
    if "," in line and "=" not in line.partition("#")[0]:
        return [_read_host(part.strip(), number) for part in line.split(",") if part.strip()]
    return [_read_host(line.removesuffix(","), number)]


def _read_host(line: str, number: int) -> Host:
    name, *variables = _words(line, number) or [""]
    if "=" in name:
        raise DocumentError(f"Line {number} of the hosts begins with a variable: put the host's name before it.")
    if "," in name:
        raise DocumentError(f"Line {number} of the hosts has a comma and variables: write each host on its own line.")
    if RANGE.search(name):
        raise DocumentError(f"Line {number} of the hosts: {name!r} is a range; write each host by itself.")
    return Host(id=name, host_vars=dict(_read_variable(word, number) for word in variables))


def _words(line: str, number: int) -> list[str]:
    splitter = shlex.shlex(line, posix=True, punctuation_chars=False)
    splitter.whitespace_split = True
    splitter.commenters = ""
    # Backslashes are part of Windows paths here, not escapes.
    splitter.escape = ""
    try:
        return list(splitter)
    except ValueError:
        raise DocumentError(f"Line {number} of the hosts has a quote that is not closed.") from None


def _read_variable(word: str, number: int) -> tuple[str, str]:
    found = VARIABLE.fullmatch(word)
    if not found:
        if SECRET_NAME.search(re.split(r"[:=]", word)[0]):
            raise DocumentError(f"Line {number} of the hosts: a variable is written name=value.")
        raise DocumentError(f"Line {number} of the hosts: {word!r} is not a variable written as name=value.")
    name, value = found.groups()
    if SECRET_NAME.search(name) and value != MASK:
        raise DocumentError(f"Line {number} of the hosts: {name} is a secret: give it as a secret variable.")
    return name, value


def _known_again(host: Host, before: Mapping[str, Host], number: int) -> Host:
    """Return a host with what it had before where that is written as it was."""
    known = before.get(host.id)
    had: Mapping[str, Any] = known.host_vars if known is not None else {}
    variables = {
        name: had[name] if name in had and _text_of(had[name]) == value else value
        for name, value in host.host_vars.items()
    }
    for name, value in variables.items():
        if value == MASK and had.get(name) != MASK:
            raise DocumentError(
                f"Line {number} of the hosts: {name} is written as {MASK}, which stands for a secret that the job "
                "has, and this is none: give it as a secret variable."
            )
    return msgspec.structs.replace(known if known is not None else host, host_vars=variables)


def _written(variables: Any) -> list[str]:
    return [f"{name}={_quoted(_text_of(value))}" for name, value in variables.items()]


def _text_of(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _quoted(text: str) -> str:
    text = text.replace("\r", " ").replace("\n", " ")
    if text and not re.search(r"[\s'\"#;,]", text):
        return text
    if "'" not in text:
        return f"'{text}'"
    # Without escapes, a text with quotes of both kinds is written in pieces.
    return "".join(f'"{part}"' if part == "'" else f"'{part}'" for part in re.split("(')", text) if part)


def without_secrets(text: str) -> tuple[str, list[str]]:
    """Return the field's text without the variables that are secret, and their names.

    What stands in a widget can end in the saved notebook. A value that is masked stays.
    """
    removed: list[str] = []

    def judge(found: re.Match[str]) -> str:
        if not SECRET_NAME.search(found["name"]) or found["value"].strip("'\"") == MASK:
            return found[0]
        removed.append(found["name"])
        return ""

    return ASSIGNMENT.sub(judge, text), removed
