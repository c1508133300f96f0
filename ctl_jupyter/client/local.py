"""Finding the embedded service of this operating-system user, starting it when none runs."""

import importlib.util
import subprocess
import sys

import httpx

from ctl_jupyter.client.errors import LocalServiceError
from ctl_jupyter.places import ServiceRecord, read_service_record

__all__ = ["find_or_start", "find_running", "require_local_extra"]

#: What the extra ``local`` brings.
NEEDED = ("ansible", "cryptography", "sqlalchemy", "starlette", "uvicorn")
START_TIMEOUT = 60.0


def require_local_extra() -> None:
    """Check that the embedded service is installed.

    Raises
    ------
    LocalServiceError
        Naming the extra to install.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise LocalServiceError(
            "The embedded Runner is not installed here: pip install 'ctl-jupyter[local]' brings it, "
            f"in a clone of the repository pip install '.[local]' (missing: {', '.join(missing)})."
        )
    if not sys.platform.startswith("linux"):
        raise LocalServiceError("The embedded Runner runs on Linux alone; log in to a Runner elsewhere by its URL.")


def find_running() -> ServiceRecord | None:
    """Return how to reach the service that runs now, ``None`` when none answers."""
    record = read_service_record()
    if record is None:
        return None
    try:
        answer = httpx.get(f"{record.url}/health", timeout=5.0, trust_env=False).json()
    except (httpx.HTTPError, ValueError):
        return None
    return record if isinstance(answer, dict) and answer.get("pid") == record.pid else None


def find_or_start() -> ServiceRecord:
    """Return how to reach the embedded service, started as a process of its own when none runs.

    Raises
    ------
    LocalServiceError
        When it is not installed or does not come up.
    """
    record = find_running()
    if record is not None:
        return record
    require_local_extra()
    command = [sys.executable, "-m", "ctl_jupyter.cli", "start"]
    try:
        # A session of its own: an interrupted cell interrupts the kernel's process group.
        started = subprocess.run(  # noqa: S603
            command,
            capture_output=True,
            text=True,
            timeout=START_TIMEOUT,
            start_new_session=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        raise LocalServiceError(f"The embedded Runner did not come up within {START_TIMEOUT:g} s.") from None
    record = find_running()
    if record is None:
        said = (started.stderr.strip() or "it gave no reason").splitlines()[-1]
        raise LocalServiceError(f"The embedded Runner did not come up: {said}")
    return record
