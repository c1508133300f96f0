"""Whether a playbook needs files beside it, which a job that holds the playbook alone would not have."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["file_needed"]

#: Keywords of plays and tasks whose value names files.
KEYWORDS = frozenset({"import_playbook", "roles", "vars_files", "with_file", "with_fileglob", "with_first_found"})
#: Modules that read a playbook's own files.
INCLUDES = frozenset({"import_role", "import_tasks", "include", "include_role", "include_tasks", "include_vars"})
#: Modules that send a file of the playbook's to a host, unless what they get says otherwise.
SENDERS = frozenset({"copy", "patch", "script", "template", "unarchive", "win_copy", "win_template"})
#: Ways in which an expression reads a file.
READERS = ("lookup('file'", "lookup('template'", "lookup('fileglob'", "query('fileglob'", "lookup('csvfile'")
#: What Ansible loads from beside a playbook without being told.
LOADED = ("group_vars", "host_vars", "library", "module_utils", "roles", "ansible.cfg")


def file_needed(plays: list[Any], folder: Path) -> str:
    """Return what of a playbook needs files beside it, as a word of the playbook or a name; empty where nothing does.

    Parameters
    ----------
    plays
        The playbook.
    folder
        Where it lies.
    """
    beside = next((name for name in LOADED if (folder / name).exists()), "")
    plugins = next((path.name for path in sorted(folder.glob("*_plugins"))), "")
    return beside or plugins or next(_words(plays), "")


def _words(part: Any) -> Iterator[str]:
    """Yield each word in a playbook that asks for a file."""
    if isinstance(part, list):
        for each in part:
            yield from _words(each)
    elif isinstance(part, dict):
        for name, value in part.items():
            word = str(name).removeprefix("ansible.builtin.").removeprefix("ansible.legacy.")
            if (word in KEYWORDS and value) or word in INCLUDES or (word in SENDERS and _is_from_here(value)):
                yield word
            # Variables may be called as they like.
            yield from _readers(str(value)) if word == "vars" else _words(value)
    elif isinstance(part, str):
        yield from _readers(part)


def _readers(text: str) -> Iterator[str]:
    tight = text.replace(" ", "").replace('"', "'")
    yield from (reader + ")" for reader in READERS if reader in tight)


def _is_from_here(arguments: Any) -> bool:
    """Return whether a module's arguments send a file from beside the playbook."""
    if isinstance(arguments, str):
        words = arguments.split()
        given = dict(word.split("=", 1) for word in words if "=" in word)
        # What stands there bare is the file itself: "script: prepare.sh".
        arguments = {"src": words[0] if words and "=" not in words[0] else None, **given}
    if not isinstance(arguments, dict) or _is_truth(arguments.get("remote_src")):
        return False
    source = str(arguments.get("src") or arguments.get("cmd") or "")
    # A whole path is one of the machine that runs it; an address is fetched by the host.
    return bool(source) and not source.startswith("/") and "://" not in source


def _is_truth(value: Any) -> bool:
    return str(value).strip().lower() in ("true", "yes", "on", "1")
