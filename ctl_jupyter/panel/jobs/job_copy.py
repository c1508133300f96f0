"""A job as another one begins with: all that it says but its secrets, which Runner does not show; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ctl_jupyter.documents import MASK, Job, masked, read_job
from ctl_jupyter.inputs.names import listed

__all__ = ["Copy", "copy_of", "without_log_in"]

#: What belongs to the one job alone.
ITS_OWN = ("id", "accountAlias", "status", "createdTime", "lastUpdatedTime", "links")
WORDS = {"password": "the password", "sshPrivateKey": "the private key", "secret": "the secret of a callback"}


@dataclass(frozen=True)
class Copy:
    """A copy of a job.

    Parameters
    ----------
    job
        It has no id.
    variables
        The names of its secret variables, which are not in it.
    others
        What else was left out, in words.
    """

    job: Job
    variables: Sequence[str] = ()
    others: Sequence[str] = ()

    @property
    def note(self) -> str:
        """What it is, and what has to be given again."""
        left_out = [*self.variables, *self.others]
        again = f" Secrets are not copied, so give again: {listed(left_out)}." if left_out else ""
        return f"A copy; nothing is sent before Create.{again}"


def copy_of(job: Job) -> Copy:
    """Return a copy of a job, its name ending in ``copy``, without what is secret in it."""
    wire = {name: value for name, value in masked(job.to_wire()).items() if name not in ITS_OWN}
    properties = wire.get("properties", {})
    variables = [name for name, value in properties.items() if _holds_mask(value)]
    if variables:
        wire["properties"] = {name: value for name, value in properties.items() if name not in variables}
    others: list[str] = []
    wire = _without_masks(wire, others)
    wire["name"] = f"{job.name or job.id} copy"
    return Copy(read_job(wire), variables, tuple(dict.fromkeys(others)))


def without_log_in(url: str) -> str:
    """Return a URL without the user, the password and the query in it."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}".partition("?")[0]


def _holds_mask(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_mask, value.values()))
    if isinstance(value, list):
        return any(map(_holds_mask, value))
    return isinstance(value, str) and MASK in value


def _without_masks(value: Any, removed: list[str]) -> Any:
    """Return a document without the members that are masked; their names are added to `removed`."""
    if isinstance(value, list):
        return [_without_masks(part, removed) for part in value if not _is_mask(part)]
    if not isinstance(value, dict):
        return value
    kept: dict[str, Any] = {}
    for name, part in value.items():
        if isinstance(part, str) and MASK in part:
            removed.append(WORDS.get(name, name if name != "url" else "the log-in of the address"))
            if name == "url":
                kept[name] = without_log_in(part)
        else:
            kept[name] = _without_masks(part, removed)
    return kept


def _is_mask(part: Any) -> bool:
    return isinstance(part, str) and MASK in part
