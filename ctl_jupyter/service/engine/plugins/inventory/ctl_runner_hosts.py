"""Ansible inventory plugin: hosts and variables of one execution, as JSON.

Variables come from users of the API: they are data. Texts read here carry no trust, so Ansible never takes one
for a template; and JSON costs a fifth of what YAML does with a thousand hosts.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible.plugins.inventory import BaseInventoryPlugin

DOCUMENTATION = """
    name: ctl_runner_hosts
    short_description: Hosts of one execution
    description: Reads host names and variables from a JSON file that the supervisor wrote.
    options: {}
"""


class InventoryModule(BaseInventoryPlugin):  # type: ignore[misc]
    """Reads ``{"host": {"variable": value}}``."""

    NAME = "ctl_runner_hosts"

    def verify_file(self, path: str) -> bool:
        """Whether this is a file of ours."""
        return path.endswith(".ctl.json")

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add every host with its variables."""
        super().parse(inventory, loader, path, cache)
        for host, variables in json.loads(Path(path).read_text()).items():
            inventory.add_host(host)
            for name, value in variables.items():
                inventory.set_variable(host, name, value)
