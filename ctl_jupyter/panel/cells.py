"""A form as the cells that do the same, ``%%ctl_job`` and ``%%ctl_start``; no secret is ever in one. Pure."""

import re
import shlex
from base64 import b64decode
from typing import Any

import yaml

from ctl_jupyter.documents import Job, StartRequest
from ctl_jupyter.inputs.starts import host_entities
from ctl_jupyter.panel.start_words import StartWords

__all__ = ["CREDENTIALS_NAME", "KEY_PLACEHOLDER", "SECRETS_NAME", "job_cell", "job_on_line", "option", "start_cell"]

#: Stands for the path of a key that was uploaded.
KEY_PLACEHOLDER = "PATH_OF_THE_KEY"
#: The Python variable that holds the secret variables.
SECRETS_NAME = "secret_variables"
#: The Python variable that holds what lets in to a repository.
CREDENTIALS_NAME = "repository_log_in"
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
    line = ["%%ctl_start", job_on_line(job)]
    body: dict[str, Any] = {}
    hosts = words.hosts
    entities = StartRequest(hosts=list(hosts.entities)).to_wire().get("hosts", [])
    if len(hosts.named) > MOST_ON_LINE or not all(map(_fits_on_line, hosts.named)):
        entities += host_entities(hosts.named, job)
    else:
        line += [option("--host", name) for name in hosts.named]
    if entities:
        body["hosts"] = [
            host["id"] if list(host) == ["id"] or host == {"id": host["id"], "hostVars": {}} else host
            for host in entities
        ]
    if hosts.variable:
        line.append(option("--hosts", hosts.variable))
    if words.limit:
        line.append(option("--limit", words.limit))
    if words.tags:
        line.append(option("--tags", ",".join(words.tags)))
    if words.variables:
        body["properties"] = dict(words.variables)
    if words.secret_variables:
        line.append(option("--vars", SECRETS_NAME))
        asked = ", ".join(f'"{name}": getpass("{name}: ")' for name in sorted(words.secret_variables))
        comments += _how_to_fill(SECRETS_NAME, f"{{{asked}}}")
    if words.key_path:
        line.append(option("--ssh-key", words.key_path))
    elif words.key:
        line.append(option("--ssh-key", KEY_PLACEHOLDER))
        comments.append(f"# The key was uploaded and is not in this cell: write its file's path for {KEY_PLACEHOLDER}.")
    written = yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=110) if body else ""
    return "\n".join([" ".join(line), *comments, written]).rstrip("\n") + "\n"


def job_cell(job: Job) -> str:
    """Return the cell that creates a job with a playbook of its own, or one in a repository.

    Parameters
    ----------
    job
        One that a catalog gave; of it name, description, playbook and repository are in the cell.
    """
    options, comment = [], []
    if job.description and job.description.isprintable():
        options.append(option("--description", job.description))
    # Behind two dashes a name is no option, whatever it begins with.
    name = ["--"] * (job.name or "").startswith("-") + [shlex.quote(job.name or "")]
    repository = job.repository
    if repository is None:
        playbook = b64decode(job.playbook or "").decode()
        return "\n".join([" ".join(["%%ctl_job", *options, *name]), playbook])
    options.append(option("--repository", repository.url))
    if repository.branch:
        options.append(option("--branch", repository.branch))
    if repository.default_playbook:
        options.append(option("--playbook", repository.default_playbook))
    if repository.credentials is not None:
        options.append(option("--credentials", CREDENTIALS_NAME))
        comment = _how_to_fill(CREDENTIALS_NAME, '{"username": "…", "password": getpass()}')
    return "\n".join([*comment, " ".join(["%ctl_job", *options, *name])]) + "\n"


def job_on_line(job: Job) -> str:
    """Return the job as the line names it: by its id where its name would be read as something else."""
    name = job.name or ""
    is_plain = _fits_on_line(name) and not name.startswith("-")
    return shlex.quote(name if is_plain or job.id is None else str(job.id))


def _fits_on_line(text: str) -> bool:
    return bool(text) and text.isprintable() and not re.search(r"^\s|\s$|,", text)


def option(flag: str, value: str) -> str:
    """Return an option of a magic's line and its value, quoted where that is needed."""
    # A value that begins with a dash is taken behind an equals sign alone.
    return f"{flag}={shlex.quote(value)}" if value.startswith("-") else f"{flag} {shlex.quote(value)}"


def _how_to_fill(name: str, asked: str) -> list[str]:
    return [
        "# Secrets are not in this cell; fill this variable in a cell before it:",
        f"#   from getpass import getpass; {name} = {asked}",
    ]
