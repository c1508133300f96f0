"""Starting a product: its job is found or created, and started with the form's variables and hosts."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ctl_jupyter.client import ExecutionHandle, Session
from ctl_jupyter.documents import DocumentError, Host, Job, StartRequest

__all__ = ["start_product"]


def start_product(
    session: Session,
    job: Job,
    found: Job | None,
    variables: Mapping[str, Any],
    hosts: Sequence[Host],
    secret_names: Sequence[str],
    changed: Callable[[Job], None],
) -> ExecutionHandle:
    """Start a product; its job is created when it has none. Each request that changes something is sent once.

    A Runner that takes no variables at a start gets them as the job's own, where they stay: secrets are refused then.

    Parameters
    ----------
    job
        The job as the product would have it.
    found
        The product's job, ``None`` where it has none yet.
    variables
        By name, secrets included.
    hosts
        Those of this start; the job's own are used without.
    secret_names
        Which of the variables are secret.
    changed
        Told the job when it was created or replaced, before it is started: it is there even if the start fails.

    Raises
    ------
    DocumentError
        When the Runner would have to keep a secret; nothing was sent then.
    """
    if session.calls.http.has_cursor:
        ready = found or session.create_job(job)
        if found is None:
            changed(ready)
        return session.start(ready, StartRequest(hosts=list(hosts), properties=dict(variables)))
    given = [name for name in secret_names if variables.get(name)]
    if given:
        raise DocumentError(
            f"This Runner takes variables with the job alone, where {', '.join(given)} would be kept: "
            "leave secrets empty, or start the product on the embedded service."
        )
    open_variables = {name: value for name, value in variables.items() if name not in secret_names}
    ready = found or job
    ready.properties = {**ready.properties, **open_variables}
    ready = session.update_job(ready) if found else session.create_job(ready)
    changed(ready)
    return session.start(ready, StartRequest(hosts=list(hosts)))
