"""A start form as the cell that does the same: ``%%ctl_start``; no secret is ever in it. Pure."""

import re
import shlex
from typing import Any

import yaml

from ctl_jupyter.documents import Job, StartRequest
from ctl_jupyter.inputs.starts import host_entities
from ctl_jupyter.panel.jobs.start_words import StartWords

__all__ = ["KEY_PLACEHOLDER", "SECRETS_NAME", "start_cell"]

#: Stands for the path of a key that was uploaded.
KEY_PLACEHOLDER = "PATH_OF_THE_KEY"
#: The Python variable that holds the secret variables.
SECRETS_NAME = "secret_variables"
#: This many hosts are named on the line; more stand in the cell.
MOST_ON_LINE = 8


def start_cell(words: StartWords, job: Job) -> str:
    """Return the cell that sends what the form sends.

    What it must not hold, secret variables and an uploaded key, it takes from a Python variable and from a path; a
    comment in it says how to fill them.

    Raises
    ------
    DocumentError
        When the job has secret variables for one of more hosts than fit on a line, which Runner does not show.
    """
    comments: list[str] = []
    line = ["%%ctl_start", _job_name(job)]
    body: dict[str, Any] = {}
    hosts = words.hosts
    entities = StartRequest(hosts=list(hosts.entities)).to_wire().get("hosts", [])
    if len(hosts.named) > MOST_ON_LINE or not all(map(_fits_on_line, hosts.named)):
        entities += host_entities(hosts.named, job)
    else:
        line += [_option("--host", name) for name in hosts.named]
    if entities:
        body["hosts"] = [
            host["id"] if list(host) == ["id"] or host == {"id": host["id"], "hostVars": {}} else host
            for host in entities
        ]
    if hosts.variable:
        line.append(_option("--hosts", hosts.variable))
    if words.limit:
        line.append(_option("--limit", words.limit))
    if words.tags:
        line.append(_option("--tags", ",".join(words.tags)))
    if words.variables:
        body["properties"] = dict(words.variables)
    if words.secret_variables:
        line.append(_option("--vars", SECRETS_NAME))
        comments += _how_to_fill(sorted(words.secret_variables))
    if words.key_path:
        line.append(_option("--ssh-key", words.key_path))
    elif words.key:
        line.append(_option("--ssh-key", KEY_PLACEHOLDER))
        comments.append(f"# The key was uploaded and is not in this cell: write its file's path for {KEY_PLACEHOLDER}.")
    written = yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=110) if body else ""
    return "\n".join([" ".join(line), *comments, written]).rstrip("\n") + "\n"


def _job_name(job: Job) -> str:
    """Return the job as the line names it: by its id where its name would be read as something else."""
    name = job.name or ""
    is_plain = _fits_on_line(name) and not name.startswith("-")
    return shlex.quote(name if is_plain else str(job.id))


def _fits_on_line(text: str) -> bool:
    return bool(text) and text.isprintable() and not re.search(r"^\s|\s$|,", text)


def _option(flag: str, value: str) -> str:
    # A value that begins with a dash is taken behind an equals sign alone.
    return f"{flag}={shlex.quote(value)}" if value.startswith("-") else f"{flag} {shlex.quote(value)}"


def _how_to_fill(names: list[str]) -> list[str]:
    asked = ", ".join(f'"{name}": getpass("{name}: ")' for name in names)
    return [
        "# Secrets are not in this cell; fill this variable in a cell before it:",
        f"#   from getpass import getpass; {SECRETS_NAME} = {{{asked}}}",
    ]
