"""The panel's field of hosts, one host on a line as in an INI inventory: ``web1 ansible_port=22``; pure."""

import re
import shlex

from ctl_jupyter.documents import SECRET_NAME, DocumentError, Host, check_hosts

__all__ = ["read_hosts", "without_secrets"]

VARIABLE = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
#: A name and its value, however it was meant to be written, up to the end of a quoted or bare text.
ASSIGNMENT = re.compile(r"""(?P<name>[A-Za-z_][\w-]*)[ \t]*[=:][ \t]*(?:"[^"\n]*"?|'[^'\n]*'?|[^\s"'])+""")


def read_hosts(text: str) -> list[Host]:
    """Read the field; empty lines and lines that begin with ``#`` are passed over.

    Parameters
    ----------
    text
        On each line a host's name and, behind it, variables as ``name=value``, quoted where a value has spaces.
        Values are texts.

    Returns
    -------
    list of Host
        Empty when the field is: the job's own hosts are meant then.

    Raises
    ------
    DocumentError
        Naming the first line that cannot be used.
    """
    lines = ((number, line.strip()) for number, line in enumerate(text.splitlines(), start=1))
    hosts = [_read_host(line, number) for number, line in lines if line and not line.startswith("#")]
    check_hosts(hosts)
    return hosts


def _read_host(line: str, number: int) -> Host:
    name, *variables = _words(line, number)
    if "=" in name:
        raise DocumentError(f"Line {number} of the hosts begins with a variable: put the host's name before it.")
    if "," in name:
        raise DocumentError(f"Line {number} of the hosts has a comma: write each host on a line of its own.")
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
        raise DocumentError(f"Line {number} of the hosts: {word!r} is not a variable written as name=value.")
    name, value = found.groups()
    if SECRET_NAME.search(name):
        raise DocumentError(f"Line {number} of the hosts: {name} is a secret, and the panel takes none.")
    return name, value


def without_secrets(text: str) -> tuple[str, list[str]]:
    """Return the field's text without the variables that are secret, and their names.

    What stands in a widget can end in the saved notebook.
    """
    removed: list[str] = []

    def judge(found: re.Match[str]) -> str:
        if not SECRET_NAME.search(found["name"]):
            return found[0]
        removed.append(found["name"])
        return ""

    return ASSIGNMENT.sub(judge, text), removed
