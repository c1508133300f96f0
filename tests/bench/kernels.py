"""A real kernel to measure, in an environment of its own."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

__all__ = ["PATIENCE", "run_cell", "running_kernel"]

#: Seconds that anything may take.
PATIENCE = 120.0


@contextmanager
def running_kernel(directory: Path, variables: dict[str, str]) -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    """Start a kernel and end it afterwards.

    Parameters
    ----------
    directory
        Takes IPython's profile and a config file that is not there.
    variables
        What the kernel finds in its environment; none of the developer's settings are there.
    """
    with pytest.MonkeyPatch.context() as patch:
        for variable in [known for known in os.environ if known.startswith(("CTL_", "CLC_"))]:
            patch.delenv(variable)
        own = {"IPYTHONDIR": str(directory), "CTL_CONFIG": str(directory / "config.toml")}
        for name, value in (own | variables).items():
            patch.setenv(name, value)
        manager = KernelManager(kernel_name="python3")
        # Of what it writes there is nothing to see but that its port has no encryption.
        manager.start_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=PATIENCE)
            yield manager, client
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


def run_cell(client: BlockingKernelClient, cell: str) -> dict[str, Any]:
    """Run a cell that must not fail, and return the content of its reply."""
    reply = client.execute_interactive(cell, timeout=PATIENCE, output_hook=lambda message: None)
    content: dict[str, Any] = reply["content"]
    if content["status"] != "ok":
        raise RuntimeError(json.dumps(content.get("evalue")))
    return content
