"""What a start form says, as the request that is sent; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ctl_jupyter.documents import DocumentError, Host, Job, StartRequest, read_start_request
from ctl_jupyter.inputs.keys import read_key
from ctl_jupyter.inputs.starts import host_entities, limited

__all__ = ["HostsChoice", "StartWords", "start_of"]


@dataclass(frozen=True, kw_only=True)
class HostsChoice:
    """The hosts that were chosen; none of them means the job's own.

    Parameters
    ----------
    entities
        Hosts with their variables.
    named
        Names alone: one that the job names, too, has the variables that it has there.
    variable
        The Python variable, or DataFrame and column, that `held` comes from; empty without one.
    held
        What that variable holds: names and host entities, secrets perhaps among them.
    """

    entities: Sequence[Host] = ()
    named: Sequence[str] = ()
    variable: str = ""
    held: Sequence[str | dict[str, Any]] = field(default=(), repr=False)

    def documents(self, job: Job) -> list[dict[str, Any]]:
        """Return the hosts as a start takes them, in the order in which the magic has them."""
        given = StartRequest(hosts=list(self.entities)).to_wire().get("hosts", [])
        return [*given, *host_entities([*self.named, *self.held], job)]


@dataclass(frozen=True, kw_only=True)
class StartWords:
    """What a start form says.

    Parameters
    ----------
    limit
        Patterns of hosts, as ``--limit`` takes them; empty for none.
    variables
        Those that may be shown.
    secret_variables
        Those that may not.
    key_path
        The file of the private key; empty for none.
    key
        A private key that was uploaded, base64; empty for none.
    """

    hosts: HostsChoice = HostsChoice()
    limit: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    secret_variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    tags: Sequence[str] = ()
    key_path: str = ""
    key: str = field(default="", repr=False)


def start_of(words: StartWords, job: Job) -> StartRequest:
    """Return the request that a form says, checked; the key's file is read.

    Raises
    ------
    DocumentError
        When something of it cannot be used.
    """
    if words.key and words.key_path:
        raise DocumentError("There are two keys, a path and a file that was uploaded: give one.")
    hosts = words.hosts.documents(job)
    if words.limit:
        if not hosts and not job.hosts:
            raise DocumentError("The limit chooses among hosts, and neither the job nor the form names any.")
        hosts = limited(hosts, words.limit, job, "The limit")
    key = words.key or (read_key(words.key_path) if words.key_path else None)
    return read_start_request(
        {
            "hosts": hosts,
            "sshPrivateKey": key,
            "properties": {**words.variables, **words.secret_variables},
            "playbookTags": list(words.tags),
        }
    )
