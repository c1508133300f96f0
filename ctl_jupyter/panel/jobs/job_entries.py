"""What a job form holds, as the texts that are typed; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ctl_jupyter.documents import Credentials, DocumentError, Job, Repository, decode_base64
from ctl_jupyter.panel.hosts import write_hosts
from ctl_jupyter.panel.variables import write_variables

__all__ = ["LEVELS", "PLAYBOOK", "REPOSITORY", "CallbackEntry", "JobEntries", "entries_of"]

#: What a job runs: the values of `JobEntries.source`.
PLAYBOOK, REPOSITORY = "playbook", "repository"
#: Of callbacks, as Runner has them.
LEVELS = ("DEBUG", "ERROR", "RESULT")


@dataclass(frozen=True, kw_only=True)
class CallbackEntry:
    """One row of callbacks.

    Parameters
    ----------
    place
        Its place among the job's callbacks; ``None`` for a new one.
    secret
        A new one to sign with; empty to leave it.
    """

    url: str = ""
    level: str = "DEBUG"
    place: int | None = None
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class JobEntries:
    """The fields of a job form, as they are typed.

    Parameters
    ----------
    source
        ``playbook`` or ``repository``.
    password, key
        To log in to the repository with; empty leaves what is there. The key is a text, not base64.
    forgets_credentials
        Whether the password and key that are there go.
    secret_variables
        Variables that are added to `variables`.
    execution_ttl
        Minutes; empty for none.
    """

    name: str = ""
    description: str = ""
    source: str = PLAYBOOK
    playbook: str = ""
    url: str = ""
    branch: str = ""
    default_playbook: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    forgets_credentials: bool = False
    hosts: str = ""
    variables: str = ""
    secret_variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    tags: str = ""
    execution_ttl: str = ""
    use_dynamic_inventory: bool = False
    callbacks: Sequence[CallbackEntry] = ()


def entries_of(job: Job) -> JobEntries:
    """Return the fields that show a job."""
    repository = job.repository or Repository(url="")
    credentials = repository.credentials or Credentials()
    return JobEntries(
        name=job.name or "",
        description=job.description or "",
        source=REPOSITORY if job.repository else PLAYBOOK,
        playbook=_playbook_text(job.playbook),
        url=repository.url,
        branch=repository.branch or "",
        default_playbook=repository.default_playbook or "",
        username=credentials.username or "",
        hosts=write_hosts(job.hosts),
        variables=write_variables(job.properties),
        tags=", ".join(job.playbook_tags),
        execution_ttl="" if job.execution_ttl is None else f"{job.execution_ttl:g}",
        use_dynamic_inventory=job.use_dynamic_inventory,
        callbacks=[
            CallbackEntry(url=callback.url, level=callback.level, place=place)
            for place, callback in enumerate(job.callbacks)
        ],
    )


def _playbook_text(encoded: str | None) -> str:
    if not encoded:
        return ""
    try:
        return decode_base64(encoded, "The playbook").decode()
    except (DocumentError, UnicodeDecodeError):
        # Shown as it is, and kept while nobody changes it.
        return encoded
