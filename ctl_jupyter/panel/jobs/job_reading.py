"""The job that a job form says; pure.

Everything is read over the job's own document: members that no field shows, and values that nobody touched, stay.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from ctl_jupyter.documents import (
    MASK,
    Callback,
    Credentials,
    DocumentError,
    Job,
    Repository,
    check_hosts,
    check_job,
    masked,
    parse_playbook,
    read_job,
    secret_values,
)
from ctl_jupyter.inputs.keys import encode_key
from ctl_jupyter.panel.hosts import read_hosts
from ctl_jupyter.panel.jobs.job_entries import PLAYBOOK, CallbackEntry, JobEntries, entries_of
from ctl_jupyter.panel.variables import read_variables

__all__ = ["WrongEntries", "job_of"]

T = TypeVar("T")
DEFAULT_PLAYBOOK = "site.yml"


class WrongEntries(DocumentError):
    """Fields that cannot be used.

    Parameters
    ----------
    sentences
        What is wrong, by the field's name in `JobEntries`; the empty name stands for the whole.
    """

    def __init__(self, sentences: Mapping[str, str]) -> None:
        super().__init__(next(iter(sentences.values())))
        self.sentences = dict(sentences)


def job_of(entries: JobEntries, known: Job | None = None) -> Job:
    """Return the job that the fields say, checked: a new one, or the known one with what was changed.

    Raises
    ------
    WrongEntries
        With a sentence for each field that cannot be used.
    """
    before = known if known is not None else Job()
    was = entries_of(before)
    wrong: dict[str, str] = {}

    def read(name: str, reader: Callable[[], T], otherwise: T) -> T:
        """Read a field unless it is as it was."""
        try:
            return reader()
        except DocumentError as error:
            wrong.setdefault(name, str(error))
            return otherwise

    def changed(name: str) -> bool:
        return bool(getattr(entries, name) != getattr(was, name))

    # A copy, all the way down, with the members that nobody here knows.
    job = read_job(before.to_wire()) if known is not None else Job()
    job.name = read("name", lambda: _name(entries.name), "")
    job.description = entries.description.strip() or None if changed("description") else job.description
    if entries.source == PLAYBOOK:
        job.repository = None
        if changed("playbook") or not before.playbook:
            job.playbook = read("playbook", lambda: _playbook(entries.playbook), None)
    else:
        job.playbook = None
        job.repository = _repository(entries, before.repository, read)
    if changed("hosts"):
        job.hosts = read("hosts", lambda: _hosts(entries.hosts, before), [])
    if changed("variables"):
        job.properties = read("variables", lambda: _variables(entries.variables, before), {})
    job.properties = {**job.properties, **entries.secret_variables}
    if changed("tags"):
        job.playbook_tags = [tag.strip() for tag in entries.tags.split(",") if tag.strip()]
    if changed("execution_ttl"):
        job.execution_ttl = read("execution_ttl", lambda: _minutes(entries.execution_ttl), None)
    job.use_dynamic_inventory = entries.use_dynamic_inventory
    rows = [_callback(entry, before, place, read) for place, entry in enumerate(entries.callbacks)]
    job.callbacks = [callback for callback in rows if callback is not None]
    if not wrong:
        read("", lambda: check_job(job), None)
    if wrong:
        raise WrongEntries(wrong)
    return job


Read = Callable[[str, Callable[[], Any], Any], Any]


def _name(text: str) -> str:
    if not text.strip():
        raise DocumentError("A job needs a name.")
    return text.strip()


def _playbook(text: str) -> str:
    if not text.strip():
        raise DocumentError("A job needs a playbook: a list of plays, each beginning with '- hosts: …'.")
    parse_playbook(text)
    return base64.b64encode(text.encode()).decode("ascii")


def _repository(entries: JobEntries, before: Repository | None, read: Read) -> Repository:
    """Return the repository; another one gets no password and no key of the one before."""
    url = read("url", lambda: _url(entries.url, before), "")
    is_same = before is not None and before.url == url
    kept = msgspec.structs.replace(before) if before is not None and is_same else Repository(url=url)
    kept.branch = read("branch", lambda: _branch(entries.branch), None)
    kept.default_playbook = read("default_playbook", lambda: _path(entries.default_playbook), None)
    had = kept.credentials if kept.credentials is not None else Credentials()
    credentials = msgspec.structs.replace(had)
    if entries.forgets_credentials:
        credentials.password = credentials.ssh_private_key = None
    credentials.username = entries.username.strip() or None
    credentials.password = entries.password or credentials.password
    if entries.key:
        credentials.ssh_private_key = read("key", lambda: encode_key(entries.key), None)
    kept.credentials = None if credentials == Credentials() else credentials
    return kept


def _url(text: str, before: Repository | None) -> str:
    url = text.strip()
    if before is not None and url == before.url:
        return url
    if not url or url.startswith("-"):
        raise DocumentError("Write the URL of a git repository.")
    try:
        urlsplit(url).port  # noqa: B018 -- asking for it is the check
    except ValueError:
        raise DocumentError("This cannot be read as a URL.") from None
    if masked(url) != url or MASK in url:
        raise DocumentError("The URL holds a password or a token: take it out, and give it below.")
    return url


def _branch(text: str) -> str | None:
    if text.strip().startswith("-"):
        raise DocumentError("Write the name of a branch or a tag.")
    return text.strip() or None


def _path(text: str) -> str:
    return text.strip() or DEFAULT_PLAYBOOK


def _hosts(text: str, before: Job) -> list[Any]:
    hosts = read_hosts(text, before.hosts)
    check_hosts(hosts)
    return hosts


def _variables(text: str, before: Job) -> dict[str, Any]:
    """Read variables; a masked value stays where the job has one of that name."""
    variables = read_variables(text)
    for name, value in variables.items():
        if MASK in secret_values({name: value}) and MASK not in secret_values({name: before.properties.get(name)}):
            raise DocumentError(
                f"{name} is written as {MASK}, which stands for a secret that the job has, and this is none: "
                "give it as a secret variable."
            )
    return variables


def _minutes(text: str) -> int | float | None:
    if not text.strip():
        return None
    try:
        minutes = float(text)
    except ValueError:
        minutes = -1.0
    if not 0 < minutes < float("inf"):
        raise DocumentError("Write a number of minutes above 0, or nothing.")
    return int(minutes) if minutes.is_integer() else minutes


def _callback(entry: CallbackEntry, job: Job, place: int, read: Read) -> Callback | None:
    """Return a row's callback; an empty row is none."""
    known = job.callbacks[entry.place] if entry.place is not None else None
    url = entry.url.strip()
    if not url and known is None and not entry.secret:
        return None
    was = CallbackEntry(url=known.url, level=known.level, place=entry.place) if known is not None else None
    if was is not None and replace(entry, url=url) == was:
        return known

    def check() -> Callback:
        if known is not None and url == known.url:
            # The service puts a masked secret back where the address is the same.
            return msgspec.structs.replace(known, level=entry.level, secret=entry.secret or known.secret)
        if not url.startswith(("http://", "https://")):
            raise DocumentError("A callback goes to an address that begins with http:// or https://.")
        if masked(url) != url or MASK in url:
            raise DocumentError("The address holds a password or a token, which would stay in the notebook.")
        if known is not None and known.secret and not entry.secret:
            raise DocumentError(
                "This callback signs with a secret, which Runner does not show: give it again with the new address."
            )
        secret = entry.secret or None
        if known is not None:
            return msgspec.structs.replace(known, url=url, level=entry.level, secret=secret)
        return Callback(url=url, level=entry.level, secret=secret)

    callback: Callback | None = read(f"callbacks[{place}]", check, None)
    return callback
