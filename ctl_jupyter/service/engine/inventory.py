"""Reading an Ansible inventory by ``ansible-inventory``: its command, its settings and what it answers.

The service reads it so for the calls that product forms make, a supervisor before it runs a playbook on it. A part
that Ansible cannot read fails the whole: a run on half of the hosts would look like a success.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = [
    "InventoryUnreadable",
    "Listing",
    "arguments",
    "check_is_there",
    "read_listing",
    "settings",
    "why_unreadable",
]

PLUGINS = Path(__file__).with_name("plugins") / "inventory"
#: Ansible's own choice of plugins, for inventories of users; each declines what is not of its form.
DEFAULT_PLUGINS = "host_list,script,auto,yaml,ini,toml"
#: Groups that Ansible makes by itself.
MADE_BY_ANSIBLE = frozenset({"all", "ungrouped"})


class InventoryUnreadable(Exception):
    """Why an inventory could not be read, in one sentence that quotes nothing of it."""


@dataclass(frozen=True)
class Listing:
    """An inventory as Ansible understands it.

    Parameters
    ----------
    hosts
        Name → its variables, those of its groups among them; templates stand as they were written.
    members
        Group → hosts that it holds itself, not by way of another group.
    children
        Group → groups within it.
    """

    hosts: dict[str, dict[str, Any]]
    members: dict[str, list[str]]
    children: dict[str, list[str]]


def settings() -> dict[str, str]:
    """Return Ansible's settings for inventories, which are the same wherever one is read."""
    places = [os.environ.get("ANSIBLE_INVENTORY_PLUGINS"), str(PLUGINS)]
    enabled = os.environ.get("ANSIBLE_INVENTORY_ENABLED") or DEFAULT_PLUGINS
    return {
        "ANSIBLE_INVENTORY_PLUGINS": os.pathsep.join(place for place in places if place),
        "ANSIBLE_INVENTORY_ENABLED": f"ctl_runner_hosts,{enabled}",
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1",
        "ANSIBLE_NOCOLOR": "1",
    }


def arguments(inventory: str, output: Path) -> list[str]:
    """Return the arguments for ``ansible-inventory``, which writes its answer to a file: it holds secrets."""
    return ["-i", inventory, "--list", "--output", str(output)]


def check_is_there(inventory: str) -> None:
    """Check that there is something to read.

    Raises
    ------
    InventoryUnreadable
        When there is not.
    """
    if not os.access(inventory, os.R_OK):
        why = "this user may not read it" if Path(inventory).exists() else "there is no such file or directory"
        raise InventoryUnreadable(f"The inventory {inventory} cannot be read: {why}.")


def read_listing(output: Path) -> Listing:
    """Read what ``ansible-inventory`` wrote, a host without variables too."""
    document = json.loads(output.read_text())
    variables = document.pop("_meta", {}).get("hostvars", {})
    members = {name: list(group.get("hosts", ())) for name, group in document.items()}
    children = {name: list(group.get("children", ())) for name, group in document.items()}
    names = dict.fromkeys(host for hosts in members.values() for host in hosts)
    hosts = {name: _plain(variables.get(name, {})) for name in [*names, *(variables.keys() - names.keys())]}
    return Listing(
        hosts,
        {name: hosts for name, hosts in members.items() if name not in MADE_BY_ANSIBLE},
        {name: groups for name, groups in children.items() if name not in MADE_BY_ANSIBLE},
    )


def why_unreadable(inventory: str, said: str) -> InventoryUnreadable:
    """Return an error for what ``ansible-inventory`` printed, which may quote lines that hold secrets.

    Parameters
    ----------
    said
        Its errors and warnings: what is known to be free of the inventory's content is told on.
    """
    source = _found(r"^\[ERROR\]: Completely failed to parse inventory source (.+)$", said) or inventory
    place = re.search(r"^Origin: (/.+?):(\d+)(?::\d+)?$", said, re.MULTILINE)
    exit_code = _found(r"Inventory script returned non-zero exit code (\d+)", said)
    plugin = _found(r"specifies unknown plugin '([\w.]+)'", said)
    if exit_code:
        why = f"the script {source} ended with exit code {exit_code}"
    elif plugin:
        why = f"{source} needs the inventory plugin {plugin}, which is not installed"
    elif place:
        why = f"Ansible does not understand {place[1]} at line {place[2]}"
    else:
        why = f"Ansible does not understand {source}"
    return InventoryUnreadable(
        f"The inventory {inventory} cannot be read: {why} ('ansible-inventory -i {inventory} --list' tells more)."
    )


def _found(pattern: str, text: str) -> str | None:
    match = re.search(pattern, text, re.MULTILINE)
    return match[1] if match else None


def _plain(value: Any) -> Any:
    """Return a value without the mark that it is no template."""
    if isinstance(value, Mapping):
        if value.keys() == {"__ansible_unsafe"}:
            return value["__ansible_unsafe"]
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value
