"""A run on the account's whole inventory (``useDynamicInventory``): what the run adds to it.

Ansible reads the inventory itself, in full; a second source, the run's own, comes after it and so wins. It holds
the hosts of job and start with their variables, and for every host that has no key of its own the start's key.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ctl_jupyter.secrecy import secret_values
from ctl_jupyter.service.engine import inventory
from ctl_jupyter.service.engine.inventory import Listing

__all__ = ["additions", "known_secrets", "read", "variable_files"]

#: The variables that Ansible's ssh takes the path of a key from.
KEY_VARIABLES = ("ansible_ssh_private_key_file", "ansible_private_key_file")
#: A host name that can be the name of a file, too.
FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def read(
    order: dict[str, Any],
    private: Path,
    run_helper: Callable[[list[str], dict[str, str]], tuple[int, str, str]],
) -> Listing:
    """Read the inventory of an order.

    Raises
    ------
    InventoryUnreadable
        When Ansible cannot read all of it.
    """
    path, output = order["inventory"], private / "inventory.json"
    inventory.check_is_there(path)
    environment = {**inventory.settings(), "ANSIBLE_LOCAL_TEMP": str(private / "tmp")}
    exit_code, _, said = run_helper([*order["ansible_inventory"], *inventory.arguments(path, output)], environment)
    if exit_code != 0 or not output.is_file():
        raise inventory.why_unreadable(path, said)
    try:
        return inventory.read_listing(output)
    finally:
        output.unlink()


def additions(
    listing: Listing,
    given: list[dict[str, Any]],
    complete: Callable[[dict[str, Any]], dict[str, Any]],
) -> dict[str, dict[str, Any]]:
    """Return host → variables of the run's own source.

    Parameters
    ----------
    given
        The hosts of job and start: ``id``, ``vars`` and ``key``.
    complete
        Returns the variables of such a host with those that reach it: connection, key.
    """
    by_name = {host["id"]: host for host in given}
    added = {}
    for name in [*listing.hosts, *(by_name.keys() - listing.hosts.keys())]:
        known, host = listing.hosts.get(name, {}), by_name.get(name, {"id": name})
        own = host.get("vars") or {}
        variables = {**known, **own}
        keys = [variables[variable] for variable in KEY_VARIABLES if variables.get(variable)]
        completed = complete({**host, "vars": variables, "key_file": str(keys[0]) if keys else None})
        added[name] = {
            variable: value
            for variable, value in completed.items()
            if variable in own or variable not in known or known[variable] != value
        }
    return added


def variable_files(listing: Listing, given: list[dict[str, Any]], added: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return name → variables of the files below ``host_vars`` that the run needs.

    Such a file of the inventory's would win over variables from any source; one of the run's own, read later, does so.
    """
    return {
        host["id"]: added[host["id"]]
        for host in given
        if host["id"] in listing.hosts and added[host["id"]] and FILE_NAME.fullmatch(host["id"])
    }


def known_secrets(listing: Listing) -> list[str]:
    """Return the secrets of the inventory, to hide them by value."""
    return sorted(set(secret_values(list(listing.hosts.values()))))
